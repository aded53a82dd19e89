//! What one arm of a dispatch did: calls, faults, slow calls, and a latency histogram.
//!
//! Only code that holds the GIL writes here, so a relaxed load and store is a whole increment:
//! no locked instruction on the caller's path.
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// 64 powers of two with 4 linear sub-buckets each: at most 25 % wide.
pub const BUCKETS: usize = 256;

/// The bucket of a duration. Bucket `4e + s` covers `2^e (1 + s/4) ..` nanoseconds.
pub fn bucket(ns: u64) -> usize {
    let ns = ns.max(1);
    let exponent = 63 - ns.leading_zeros() as usize;
    let sub = if exponent >= 2 {
        (ns >> (exponent - 2)) & 3
    } else {
        (ns << (2 - exponent)) & 3
    };
    exponent * 4 + sub as usize
}

/// A counter written under the GIL only.
#[derive(Default)]
pub struct Count(AtomicU64);

impl Count {
    #[inline]
    pub fn add(&self, n: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(n), Relaxed);
    }
    pub fn raise_to(&self, n: u64) {
        if n > self.get() {
            self.0.store(n, Relaxed);
        }
    }
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
    pub fn clear(&self) {
        self.0.store(0, Relaxed);
    }
}

/// Counters of one arm (the reference's or the candidate's).
pub struct Arm {
    pub calls: Count,
    pub errors: Count,
    pub slow: Count,
    pub declined: Count,
    pub failed: Count,
    pub total_ns: Count,
    pub cpu_ns: Count,
    pub cpu_samples: Count,
    pub max_ns: Count,
    histogram: [Count; BUCKETS],
}

impl Default for Arm {
    fn default() -> Self {
        Arm {
            calls: Count::default(),
            errors: Count::default(),
            slow: Count::default(),
            declined: Count::default(),
            failed: Count::default(),
            total_ns: Count::default(),
            cpu_ns: Count::default(),
            cpu_samples: Count::default(),
            max_ns: Count::default(),
            histogram: std::array::from_fn(|_| Count::default()),
        }
    }
}

impl Arm {
    /// Counts one answered call. `tau_ns` is the threshold past which a call is slow; 0 = none.
    #[inline]
    pub fn answered(&self, ns: u64, fault: bool, tau_ns: u64) -> bool {
        let slow = tau_ns != 0 && ns > tau_ns;
        self.calls.add(1);
        self.total_ns.add(ns);
        self.max_ns.raise_to(ns);
        self.histogram[bucket(ns)].add(1);
        if fault {
            self.errors.add(1);
        }
        if slow {
            self.slow.add(1);
        }
        slow
    }

    fn scalars(&self) -> [(&'static str, &Count); 9] {
        [
            ("calls", &self.calls),
            ("errors", &self.errors),
            ("slow", &self.slow),
            ("declined", &self.declined),
            ("failed", &self.failed),
            ("total_ns", &self.total_ns),
            ("cpu_ns", &self.cpu_ns),
            ("cpu_samples", &self.cpu_samples),
            ("max_ns", &self.max_ns),
        ]
    }

    pub fn clear(&self) {
        for (_, count) in self.scalars() {
            count.clear();
        }
        for count in &self.histogram {
            count.clear();
        }
    }

    pub fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, count) in self.scalars() {
            dict.set_item(name, count.get())?;
        }
        let histogram = PyList::new(py, self.histogram.iter().map(Count::get))?;
        dict.set_item("histogram", histogram)?;
        Ok(dict)
    }
}
