//! What a connection's guard and the requests on it tell each other.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};
use std::task::Waker;

use super::refusal::Refusal;

#[derive(Debug)]
pub struct Conn {
    pub peer: SocketAddr,
    pub local: SocketAddr,
    /// The peer's address as a header has it.
    pub peer_value: http::HeaderValue,
    pub tls: bool,
    /// The client certificate's subject was checked against the listener's authorities.
    pub client_certified: bool,
    pub in_flight: AtomicU32,
    pub(super) refusal: OnceLock<Refusal>,
    pub(super) upgrade: AtomicU8,
    pub(super) waker: Mutex<Option<Waker>>,
    pub body_cut: AtomicBool,
}

pub(super) const NONE: u8 = 0;
pub(super) const ASKED: u8 = 1;
pub(super) const RAW: u8 = 2;
pub(super) const STAY: u8 = 3;

impl Conn {
    pub fn new(peer: SocketAddr, local: SocketAddr, tls: bool, client_certified: bool) -> Conn {
        Conn {
            peer,
            local,
            peer_value: http::HeaderValue::from_str(&peer.ip().to_canonical().to_string())
                .unwrap_or(http::HeaderValue::from_static("unknown")),
            tls,
            client_certified,
            in_flight: AtomicU32::new(0),
            refusal: OnceLock::new(),
            upgrade: AtomicU8::new(NONE),
            waker: Mutex::new(None),
            body_cut: AtomicBool::new(false),
        }
    }

    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal.get().copied()
    }

    /// Whether the request being served asked to leave HTTP and was found fit to.
    pub fn wants_upgrade(&self) -> bool {
        self.upgrade.load(Relaxed) == ASKED
    }

    /// Answer `wants_upgrade`: go on as raw bytes, or as HTTP.
    pub fn decide(&self, raw: bool) {
        if self.upgrade.load(Relaxed) == ASKED {
            self.upgrade.store(if raw { RAW } else { STAY }, Relaxed);
            if let Some(waker) = self.waker.lock().ok().and_then(|mut w| w.take()) {
                waker.wake();
            }
        }
    }
}
