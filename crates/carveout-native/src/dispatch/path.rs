//! The path of a call: which arm answers it, how long it took, what that says about the arm.
use std::sync::atomic::Ordering::Relaxed;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::active::Active;
use super::sample::Sample;
use super::{Dispatch, lock};
use crate::capture::Captured;
use crate::clock::monotonic_ns;
use crate::process;
use crate::sentinel::{declined, failed};

/// One call under way: what must be known to count and capture it at its end.
pub(super) struct Call<'py> {
    pub args: &'py Bound<'py, PyTuple>,
    pub kwargs: Option<&'py Bound<'py, PyDict>>,
}

/// What became of asking the candidate.
enum Asked<'py> {
    /// Its result, and the nanoseconds it took.
    Answered(PyResult<Bound<'py, PyAny>>, u64),
    /// The reference has to answer.
    Unanswered,
    /// A signal handler raised while we waited for a worker: the caller's own exception, and
    /// nobody's result.
    Interrupted(PyErr),
}

impl Dispatch {
    #[inline]
    pub(super) fn draw(&self) -> u64 {
        // SplitMix64: one addition of state, a good mix, no lock (the GIL orders the writers).
        let state = self
            .random
            .load(Relaxed)
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.store(state, Relaxed);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn choose_arm(&self) -> (bool, bool) {
        let draw = self.draw();
        let to_candidate = (draw >> 32) < self.share.load(Relaxed);
        let capture = if to_candidate {
            &self.capture_candidate
        } else {
            &self.capture_reference
        };
        (to_candidate, (draw & 0xffff_ffff) < capture.load(Relaxed))
    }

    /// A call that is sampled or goes to the candidate.
    #[cold]
    #[inline(never)]
    pub(super) fn call_attended<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'_>,
        start: u64,
        to_candidate: bool,
        sampled: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut sample = Sample::default();
        if sampled {
            let probability = if to_candidate {
                &self.capture_candidate
            } else {
                &self.capture_reference
            };
            sample = self.sample(call, probability.load(Relaxed));
        }
        // Encoding is the recorder's cost, not the operation's: time starts after it.
        let start = if sampled { monotonic_ns() } else { start };
        if to_candidate && let Some(args) = self.signature.arrange(call.args, call.kwargs) {
            let active = lock(&self.active).clone();
            match self.ask_candidate(py, &active, args.unbind().bind(py), start) {
                Asked::Answered(result, ns) => {
                    let captured = self.finish(py, call, sample, true, ns, result.as_ref());
                    if active.split.checked {
                        let answer = self.ask_reference(py, call);
                        self.push_checked(py, captured, answer.as_ref());
                        return answer;
                    }
                    self.push(captured);
                    return result;
                }
                Asked::Interrupted(error) => return Err(error),
                Asked::Unanswered => {}
            }
            let result = self.ask_reference(py, call);
            let ns = monotonic_ns() - start;
            // Assigned to the candidate, answered by the reference: the candidate's time and
            // error, since its arm is what callers would get; the capture says who answered.
            self.candidate_arm
                .answered(ns, result.is_err(), self.tau_ns.load(Relaxed));
            if sample.wanted {
                self.push(self.capture(py, call, sample, "reference", ns, result.as_ref()));
            }
            return result;
        }
        let result = self.ask_reference(py, call);
        let ns = monotonic_ns() - start;
        self.push(self.finish(py, call, sample, false, ns, result.as_ref()));
        result
    }

    /// The candidate's answer and the nanoseconds since `start`, if it gives one. The clock is read once for all who want to know: that is a tenth of a short call.
    #[inline]
    fn ask_candidate<'py>(
        &self,
        py: Python<'py>,
        active: &Active,
        args: &Bound<'py, PyTuple>,
        start: u64,
    ) -> Asked<'py> {
        let Some((candidate, held)) = active.choose() else {
            return Asked::Unanswered;
        };
        let result = candidate.bind(py).call1(args);
        let ns = monotonic_ns() - start;
        if held {
            active.learn(ns);
        }
        match result {
            Ok(value) if value.as_ptr() == declined(py).as_ptr() => {
                self.not_answered(active, true, "");
                Asked::Unanswered
            }
            Ok(value) if value.as_ptr() == failed(py).as_ptr() => {
                self.not_answered(active, false, "the candidate failed");
                Asked::Unanswered
            }
            Err(error) if process::take_interrupted() => Asked::Interrupted(error),
            Err(error) if !error.is_instance_of::<PyException>(py) => {
                self.not_answered(active, false, &format!("the candidate raised {error}"));
                Asked::Unanswered
            }
            result => Asked::Answered(result, ns),
        }
    }

    #[inline]
    pub(super) fn ask_reference<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let kwargs = call.kwargs.map_or(std::ptr::null_mut(), |k| k.as_ptr());
        // SAFETY: all three are live for the call; the result is a new reference or an error.
        unsafe {
            Bound::from_owned_ptr_or_err(
                py,
                pyo3::ffi::PyObject_Call(self.reference.as_ptr(), call.args.as_ptr(), kwargs),
            )
        }
    }

    /// Counts an answered call; what to queue if it was sampled or is worth keeping.
    #[inline]
    pub(super) fn finish(
        &self,
        py: Python<'_>,
        call: &Call<'_>,
        sample: Sample,
        candidate: bool,
        ns: u64,
        result: Result<&Bound<'_, PyAny>, &PyErr>,
    ) -> Option<Captured> {
        let arm = if candidate {
            &self.candidate_arm
        } else {
            &self.reference_arm
        };
        let slow = arm.answered(ns, result.is_err(), self.tau_ns.load(Relaxed));
        let slowest = !candidate && ns > self.keep_ns.load(Relaxed);
        let keep = (slow || slowest || result.is_err())
            && self.keep.load(Relaxed)
            && !sample.wanted
            && !self.queue.is_full(true);
        if sample.wanted || keep {
            let name = if candidate { "candidate" } else { "reference" };
            return self.capture(py, call, sample, name, ns, result);
        }
        None
    }

    pub(super) fn trip_locally(&self, reason: &str) {
        self.share.store(0, Relaxed);
        let mut tripped = lock(&self.tripped);
        if tripped.is_none() {
            *tripped = Some((reason.to_owned(), self.epoch.load(Relaxed)));
        }
    }

    /// What an unanswered candidate call means: counted, and for an inline failure, the end of
    /// this candidate in this process.
    pub(super) fn not_answered(&self, active: &Active, was_declined: bool, reason: &str) {
        if was_declined {
            self.candidate_arm.declined.add(1);
        } else {
            self.candidate_arm.failed.add(1);
            if active.split.trip_on_failure {
                self.trip_locally(reason);
            }
        }
    }
}
