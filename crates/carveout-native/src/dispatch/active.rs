//! The split in force, and what its candidate teaches about holding the GIL.
//!
//! Short calls hold it: releasing it in a 20 µs call costs a thread switch of 5 ms behind a busy
//! thread. Long ones release it, so that others can run.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use pyo3::prelude::*;

use crate::split::Split;

/// While the candidate runs without the GIL, one call in this many holds it: the measured time
/// then is the computation's own, not the wait for the GIL, so the policy can change its mind.
const PROBE_EVERY: u64 = 64;

/// The split in force and what is learned about its candidate.
pub(super) struct Active {
    pub split: Split,
    pub releasing: AtomicBool,
    calls: AtomicU64,
    /// Moving average of held calls, in nanoseconds, as f64 bits; 0 = none yet.
    average_ns: AtomicU64,
}

impl Active {
    pub fn new(split: Split) -> Self {
        Active {
            split,
            releasing: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            average_ns: AtomicU64::new(0),
        }
    }

    /// The callable for this call and whether it holds the GIL.
    pub fn choose(&self) -> Option<(&Py<PyAny>, bool)> {
        let held = self.split.candidate.as_ref()?;
        if let Some(released) = &self.split.candidate_release
            && self.releasing.load(Relaxed)
        {
            let n = self.calls.load(Relaxed).wrapping_add(1);
            self.calls.store(n, Relaxed);
            if n % PROBE_EVERY != 0 {
                return Some((released, false));
            }
        }
        Some((held, true))
    }

    /// Learns from a held call; hysteresis of a factor of two keeps it from flapping.
    pub fn learn(&self, ns: u64) {
        let old = f64::from_bits(self.average_ns.load(Relaxed));
        let new = if old == 0.0 {
            ns as f64
        } else {
            old + (ns as f64 - old) / 8.0
        };
        self.average_ns.store(new.to_bits(), Relaxed);
        let limit = self.split.release_after_us * 1_000.0;
        if new > limit {
            self.releasing.store(true, Relaxed);
        } else if new < limit / 2.0 {
            self.releasing.store(false, Relaxed);
        }
    }
}
