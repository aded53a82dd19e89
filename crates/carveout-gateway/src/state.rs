//! What one process shares between its cores, and what each core has of its own.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::access::Log;
use crate::filters::rate::Buckets;
use crate::metrics::Totals;
use crate::record::Recorder;
use crate::snapshot::{Registry, Snapshot};
use crate::spans::Spans;

pub struct Shared {
    pub snapshot: ArcSwap<Snapshot>,
    pub registry: Registry,
    pub file: PathBuf,
    pub cores: usize,
    pub totals: Arc<Totals>,
    pub buckets: Buckets,
    pub log: Log,
    pub recorder: Recorder,
    pub spans: Spans,
    pub drain: watch::Sender<bool>,
    draining: AtomicBool,
    pub reload: watch::Sender<u64>,
    /// Set once another process has the sockets.
    pub handed_over: AtomicBool,
    /// The drain has ended; what is still open is cut.
    pub over: AtomicBool,
    pub connections: AtomicUsize,
    per_address: Vec<Mutex<HashMap<IpAddr, u32>>>,
    /// The last reload's error, for the admin API.
    pub last_error: Mutex<Option<String>>,
}

impl Shared {
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        snapshot: Arc<Snapshot>,
        registry: Registry,
        file: PathBuf,
        cores: usize,
        totals: Arc<Totals>,
        log: Log,
        recorder: Recorder,
    ) -> Shared {
        Shared {
            snapshot: ArcSwap::new(snapshot),
            registry,
            file,
            cores,
            totals,
            buckets: Buckets::default(),
            log,
            recorder,
            spans: Spans::default(),
            drain: watch::Sender::new(false),
            draining: AtomicBool::new(false),
            reload: watch::Sender::new(0),
            handed_over: AtomicBool::new(false),
            over: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            per_address: (0..16).map(|_| Mutex::default()).collect(),
            last_error: Mutex::default(),
        }
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    /// Take no new connections, and end those that there are.
    pub fn begin_drain(&self) {
        self.draining.store(true, Relaxed);
        self.drain.send_replace(true);
    }
}

pub struct Core {
    pub id: usize,
    pub shared: Arc<Shared>,
}

/// A place among the connections, given back when dropped.
pub struct Seat {
    shared: Arc<Shared>,
    address: IpAddr,
}

fn shard(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(v4) => v4.octets()[3] as usize % 16,
        IpAddr::V6(v6) => v6.octets()[7] as usize % 16,
    }
}

/// IPv6 clients own at least a /64: they are counted by it.
fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(std::net::Ipv6Addr::from_bits(
            v6.to_bits() & !u128::from(u64::MAX),
        )),
        v4 => v4,
    }
}

impl Seat {
    /// None when the process or the address has as many as it may.
    pub fn take(
        shared: &Arc<Shared>,
        address: IpAddr,
        total: usize,
        per_address: u32,
    ) -> Option<Seat> {
        let address = counted(address);
        if shared.connections.fetch_add(1, Relaxed) >= total {
            shared.connections.fetch_sub(1, Relaxed);
            return None;
        }
        let allowed = match shared.per_address[shard(address)].lock() {
            Ok(mut map) => {
                let n = map.entry(address).or_insert(0);
                let allowed = *n < per_address;
                *n += u32::from(allowed);
                allowed
            }
            Err(_) => true,
        };
        if !allowed {
            shared.connections.fetch_sub(1, Relaxed);
            return None;
        }
        Some(Seat {
            shared: shared.clone(),
            address,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.connections.fetch_sub(1, Relaxed);
        if let Ok(mut map) = self.shared.per_address[shard(self.address)].lock()
            && let Some(n) = map.get_mut(&self.address)
        {
            *n -= 1;
            if *n == 0 {
                map.remove(&self.address);
            }
        }
    }
}
