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

/// A call counts as this many limits at most.
const CAP: f64 = 4.0;

/// The split in force and what is learned about its candidate.
pub(super) struct Active {
    pub split: Split,
    pub releasing: AtomicBool,
    calls: AtomicU64,
    /// Moving average of held calls, capped, in nanoseconds, as f64 bits; 0 = none yet.
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
    ///
    /// The average is of many calls and of capped times: a call that lost its core for 10 ms says
    /// nothing about the computation, and letting go of the GIL behind a busy thread would make
    /// hundreds after it really slow.
    pub fn learn(&self, ns: u64) {
        let limit = self.split.release_after_us * 1_000.0;
        let ns = (ns as f64).min(limit * CAP);
        let old = f64::from_bits(self.average_ns.load(Relaxed));
        let new = if old == 0.0 {
            // The first call is the one that loads and warms.
            ns.min(limit / 2.0)
        } else if self.releasing.load(Relaxed) {
            // Only one call in PROBE_EVERY is heard of.
            old + (ns - old) / 8.0
        } else {
            old + (ns - old) / 32.0
        };
        self.average_ns.store(new.to_bits(), Relaxed);
        if new > limit {
            self.releasing.store(true, Relaxed);
        } else if new < limit / 2.0 {
            self.releasing.store(false, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active() -> Active {
        Active::new(Split {
            release_after_us: 1_000.0,
            ..Split::default()
        })
    }

    fn releasing(active: &Active) -> bool {
        active.releasing.load(Relaxed)
    }

    #[test]
    fn long_calls_let_go_after_a_few() {
        let active = active();
        for _ in 0..8 {
            active.learn(10_000_000);
        }
        assert!(releasing(&active));
    }

    #[test]
    fn a_few_calls_that_lost_their_core_change_nothing() {
        let active = active();
        active.learn(30_000_000);
        for call in 0..1_000 {
            active.learn(if call % 20 == 0 { 12_000_000 } else { 110_000 });
            assert!(!releasing(&active), "after call {call}");
        }
    }

    #[test]
    fn one_long_call_in_three_is_enough_to_let_go() {
        let active = active();
        for call in 0..100 {
            active.learn(if call % 3 == 0 { 10_000_000 } else { 20_000 });
        }
        assert!(releasing(&active));
    }

    #[test]
    fn calls_that_became_short_hold_again_after_a_few_probes() {
        let active = active();
        for _ in 0..100 {
            active.learn(10_000_000);
        }
        assert!(releasing(&active));
        for _ in 0..20 {
            active.learn(100_000);
        }
        assert!(!releasing(&active));
    }
}
