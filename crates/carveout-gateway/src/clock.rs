//! Milliseconds since the process began: small, monotonic, fits an atomic.

use std::sync::OnceLock;
use std::time::Instant;

pub fn millis() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    // From 1: 0 means "never" in the atomics that hold such times.
    START.get_or_init(Instant::now).elapsed().as_millis() as u64 + 1
}
