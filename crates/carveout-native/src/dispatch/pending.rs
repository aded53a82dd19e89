//! Calls made by coroutines: begun, awaited in Python, ended. See `carveout.place.asynchronous`.
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::active::Active;
use super::path::Call;
use super::sample::Sample;
use super::{Dispatch, lock};
use crate::capture::Captured;
use crate::clock::monotonic_ns;

/// An asynchronous call under way, from `_begin` to its end.
#[pyclass(frozen, module = "carveout._native")]
pub struct Pending {
    dispatch: Py<Dispatch>,
    to_candidate: bool,
    #[pyo3(get)]
    candidate: Option<Py<PyAny>>,
    #[pyo3(get)]
    arranged: Option<Py<PyTuple>>,
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
    active: Arc<Active>,
    sample: Mutex<Sample>,
    /// The candidate's part of a checked call, until the reference has answered.
    unchecked: Mutex<Option<Captured>>,
    start: u64,
}

impl Pending {
    /// Picks the arm and takes the sample; nothing is called yet.
    pub(super) fn begin<'py>(
        slf: &Bound<'py, Dispatch>,
        args: Bound<'py, PyTuple>,
        kwargs: Option<Bound<'py, PyDict>>,
    ) -> Self {
        let py = slf.py();
        let this = slf.get();
        let (to_candidate, sampled) = this.choose_arm();
        let call = Call {
            args: &args,
            kwargs: kwargs.as_ref(),
        };
        let mut sample = Sample::default();
        if sampled {
            let probability = if to_candidate {
                &this.capture_candidate
            } else {
                &this.capture_reference
            };
            sample = this.sample(&call, probability.load(Relaxed));
            // The thread's CPU time says nothing over an await.
            sample.cpu_start = u64::MAX;
        }
        let active = lock(&this.active).clone();
        let arranged = if to_candidate {
            this.signature.arrange(&args, kwargs.as_ref())
        } else {
            None
        };
        let candidate = match (&arranged, active.choose()) {
            (Some(_), Some((candidate, _))) => Some(candidate.clone_ref(py)),
            _ => None,
        };
        Pending {
            dispatch: slf.clone().unbind(),
            to_candidate: candidate.is_some(),
            candidate,
            arranged: arranged.map(Bound::unbind),
            args: args.unbind(),
            kwargs: kwargs.map(Bound::unbind),
            active,
            sample: Mutex::new(sample),
            unchecked: Mutex::new(None),
            start: monotonic_ns(),
        }
    }

    fn end(&self, py: Python<'_>, by_candidate: bool, result: Result<&Bound<'_, PyAny>, &PyErr>) {
        let this = self.dispatch.get();
        let ns = monotonic_ns() - self.start;
        let sample = std::mem::take(&mut *lock(&self.sample));
        let kwargs = self.kwargs.as_ref().map(|k| k.bind(py));
        let call = Call {
            args: self.args.bind(py),
            kwargs,
        };
        if self.to_candidate && !by_candidate {
            this.candidate_arm
                .answered(ns, result.is_err(), this.tau_ns.load(Relaxed));
            if sample.wanted {
                this.push(this.capture(py, &call, sample, "reference", ns, result));
            }
        } else {
            let captured = this.finish(py, &call, sample, self.to_candidate, ns, result);
            if self.checked() && by_candidate {
                *lock(&self.unchecked) = captured;
            } else {
                this.push(captured);
            }
        }
    }

    fn check(&self, py: Python<'_>, result: Result<&Bound<'_, PyAny>, &PyErr>) {
        let captured = lock(&self.unchecked).take();
        self.dispatch.get().push_checked(py, captured, result);
    }
}

#[pymethods]
impl Pending {
    /// Whether the reference answers this call also when the candidate did.
    #[getter]
    fn checked(&self) -> bool {
        self.active.split.checked
    }
    /// What the reference said to a checked call.
    fn check_returned(&self, value: &Bound<'_, PyAny>) {
        self.check(value.py(), Ok(value));
    }
    fn check_raised(&self, error: &Bound<'_, PyAny>) {
        self.check(error.py(), Err(&PyErr::from_value(error.clone())));
    }
    fn returned(&self, value: &Bound<'_, PyAny>, by_candidate: bool) {
        self.end(value.py(), by_candidate, Ok(value));
    }
    fn raised(&self, error: &Bound<'_, PyAny>, by_candidate: bool) {
        let err = PyErr::from_value(error.clone());
        self.end(error.py(), by_candidate, Err(&err));
    }
    /// The candidate did not answer; `reason` is None for a decline.
    #[pyo3(signature = (reason=None))]
    fn fell_back(&self, reason: Option<&str>) {
        self.dispatch
            .get()
            .not_answered(&self.active, reason.is_none(), reason.unwrap_or(""));
    }
}
