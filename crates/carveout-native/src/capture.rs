//! The bounded queue between callers and the recorder.
//!
//! A full queue drops and counts; it never waits and never grows. Entries are bytes already
//! encoded, so that nothing here can change after the call.
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::counters::Count;

pub const MAX_CALLS: usize = 1_024;
pub const MAX_BYTES: usize = 64 << 20;
/// One call's arguments and outcome together.
pub const MAX_CALL_BYTES: usize = 256 << 10;
/// Always-keep entries (faults, slow calls) leave room for the samples that a bound counts on.
const MAX_KEPT: usize = 256;

/// One captured call.
#[pyclass(frozen, module = "carveout._native")]
pub struct Captured {
    pub args: Vec<u8>,
    pub outcome: Vec<u8>,
    /// The reference's outcome, where it was asked as well (a checked call).
    pub expected: Option<Vec<u8>>,
    #[pyo3(get)]
    pub arm: &'static str,
    #[pyo3(get)]
    pub duration_ns: u64,
    #[pyo3(get)]
    pub cpu_ns: u64,
    /// How many calls this one stands for (1/probability); 0 for "keep", which is no sample.
    #[pyo3(get)]
    pub weight: f64,
    #[pyo3(get)]
    pub epoch: u64,
    #[pyo3(get)]
    pub why: &'static str,
}

#[pymethods]
impl Captured {
    #[getter]
    fn args<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.args)
    }
    #[getter]
    fn outcome<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.outcome)
    }
    #[getter]
    fn expected<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.expected.as_ref().map(|bytes| PyBytes::new(py, bytes))
    }
    fn __repr__(&self) -> String {
        format!(
            "Captured(arm={:?}, why={:?}, duration_ns={}, args={} B, outcome={} B)",
            self.arm,
            self.why,
            self.duration_ns,
            self.args.len(),
            self.outcome.len()
        )
    }
}

impl Captured {
    fn size(&self) -> usize {
        self.args.len() + self.outcome.len() + self.expected.as_ref().map_or(0, Vec::len)
    }
}

#[derive(Default)]
struct Waiting {
    calls: VecDeque<Captured>,
    bytes: usize,
}

#[derive(Default)]
pub struct Queue {
    waiting: Mutex<Waiting>,
    pub captured: Count,
    pub dropped: Count,
    pub oversize: Count,
    pub uncrossable: Count,
}

impl Queue {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an entry would be dropped, so that the caller needn't encode it.
    pub fn is_full(&self, kept: bool) -> bool {
        let waiting = self.waiting();
        waiting.calls.len() >= if kept { MAX_KEPT } else { MAX_CALLS } || waiting.bytes >= MAX_BYTES
    }

    pub fn push(&self, call: Captured) {
        if call.args.len() + call.outcome.len() > MAX_CALL_BYTES {
            self.oversize.add(1);
            return;
        }
        let size = call.size();
        let mut waiting = self.waiting();
        if waiting.calls.len() >= MAX_CALLS || waiting.bytes + size > MAX_BYTES {
            drop(waiting);
            self.dropped.add(1);
            return;
        }
        waiting.bytes += size;
        waiting.calls.push_back(call);
        drop(waiting);
        self.captured.add(1);
    }

    pub fn len(&self) -> usize {
        self.waiting().calls.len()
    }

    pub fn drain(&self, max: usize) -> Vec<Captured> {
        let mut waiting = self.waiting();
        let n = max.min(waiting.calls.len());
        let calls: Vec<Captured> = waiting.calls.drain(..n).collect();
        let size: usize = calls.iter().map(Captured::size).sum();
        waiting.bytes -= size;
        calls
    }

    pub fn clear(&self) {
        let old = std::mem::take(&mut *self.waiting());
        drop(old);
        for count in [
            &self.captured,
            &self.dropped,
            &self.oversize,
            &self.uncrossable,
        ] {
            count.clear();
        }
    }
}
