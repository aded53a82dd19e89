//! Which endpoint gets a request.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::{Endpoint, Upstream};
use crate::config::model::Balance;
use crate::filters::trace::random;

impl Upstream {
    /// An endpoint, other than those `tried` where there is a choice. With none usable every
    /// endpoint is tried rather than none (`is_down` says so first).
    pub fn choose(
        &self,
        key: impl Fn(Option<&str>) -> u64,
        tried: &[usize],
    ) -> Option<&Arc<Endpoint>> {
        if let [only] = self.endpoints.as_slice() {
            return Some(only);
        }
        let fresh = |e: &&Arc<Endpoint>| !tried.contains(&place(e));
        let mut among: Vec<&Arc<Endpoint>> = self
            .endpoints
            .iter()
            .filter(|e| e.is_usable())
            .filter(fresh)
            .collect();
        if among.is_empty() {
            among = self.endpoints.iter().filter(|e| e.is_usable()).collect();
        }
        if among.is_empty() {
            among = self.endpoints.iter().filter(fresh).collect();
        }
        if among.is_empty() {
            among = self.endpoints.iter().collect();
        }
        match &self.balance {
            Balance::RoundRobin => {
                let turn = self.turn.fetch_add(1, Relaxed) as usize;
                among.get(turn % among.len().max(1)).copied()
            }
            Balance::Hash(header) => {
                // Rendezvous hashing: when an endpoint goes, only its own keys move.
                let key = key(header.as_deref());
                among
                    .into_iter()
                    .max_by_key(|e| mix(key ^ fnv(e.label.as_bytes())))
            }
            Balance::LeastRequest => {
                let n = among.len() as u64;
                let first = random() % n;
                let second = (first + 1 + random() % (n.max(2) - 1)) % n;
                let (a, b) = (among[first as usize], among[second as usize]);
                Some(if a.in_flight.load(Relaxed) <= b.in_flight.load(Relaxed) {
                    a
                } else {
                    b
                })
            }
        }
    }

    /// No endpoint is healthy.
    pub fn is_down(&self) -> bool {
        !self.endpoints.iter().any(|e| e.is_usable())
    }
}

/// Tells endpoints apart.
pub fn place(endpoint: &Arc<Endpoint>) -> usize {
    Arc::as_ptr(endpoint) as usize
}

/// FNV-1a.
pub fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &b| {
        (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of splitmix64: spreads FNV's low bits over the word.
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
