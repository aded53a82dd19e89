//! Captured calls: decided before the call, encoded around it, queued after it.
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use std::sync::atomic::Ordering::Relaxed;

use super::Dispatch;
use super::path::Call;
use crate::capture::{Captured, MAX_CALL_BYTES};
use crate::clock::thread_cpu_ns;
use crate::codec::Refused;
use crate::counters::Arm;

/// What a capture needs from before the call.
#[derive(Default)]
pub(super) struct Sample {
    pub wanted: bool,
    args: Option<Vec<u8>>,
    weight: f64,
    pub cpu_start: u64,
}

impl Dispatch {
    /// Encodes the arguments for a sample, or says that there won't be one.
    pub(super) fn sample(&self, call: &Call<'_>, probability: u64) -> Sample {
        let mut sample = Sample {
            wanted: true,
            weight: 4_294_967_296.0 / probability.max(1) as f64,
            ..Sample::default()
        };
        if self.queue.is_full(false) {
            self.queue.dropped.add(1);
            sample.wanted = false;
        } else if !self.immutable {
            sample.args = self.encode_args(call);
            sample.wanted = sample.args.is_some();
        }
        sample.cpu_start = thread_cpu_ns();
        sample
    }

    fn refused(&self, why: &Refused) {
        match why {
            Refused::TooLarge => self.queue.oversize.add(1),
            Refused::CannotCross { .. } | Refused::Python(_) => self.queue.uncrossable.add(1),
        }
    }

    fn encode_args(&self, call: &Call<'_>) -> Option<Vec<u8>> {
        let codec = self.codec.as_ref()?.get();
        let args = self.signature.arrange(call.args, call.kwargs)?;
        match codec.args_to_wire(&args, MAX_CALL_BYTES) {
            Ok(bytes) => Some(bytes),
            Err(why) => {
                self.refused(&why);
                None
            }
        }
    }

    fn encode_outcome(
        &self,
        py: Python<'_>,
        result: Result<&Bound<'_, PyAny>, &PyErr>,
    ) -> Option<Vec<u8>> {
        let codec = self.codec.as_ref()?.get();
        let outcome = match result {
            Ok(value) => codec.value_to_wire(value, MAX_CALL_BYTES),
            Err(error) if error.is_instance_of::<PyException>(py) => {
                codec.fault_to_wire(error.value(py).as_any(), MAX_CALL_BYTES)
            }
            Err(_) => return None,
        };
        match outcome {
            Ok(bytes) => Some(bytes),
            Err(why) => {
                self.refused(&why);
                None
            }
        }
    }

    /// A call as it goes onto the queue: a sample that was decided before it, or a keep decided
    /// after it. None if it can't be encoded, which is counted.
    pub(super) fn capture(
        &self,
        py: Python<'_>,
        call: &Call<'_>,
        sample: Sample,
        arm: &'static str,
        ns: u64,
        result: Result<&Bound<'_, PyAny>, &PyErr>,
    ) -> Option<Captured> {
        let timed = sample.wanted && sample.cpu_start != u64::MAX;
        let cpu_ns = if timed {
            thread_cpu_ns().saturating_sub(sample.cpu_start)
        } else {
            0
        };
        if timed {
            let counters = self.arm(arm);
            counters.cpu_ns.add(cpu_ns);
            counters.cpu_samples.add(1);
        }
        let outcome = self.encode_outcome(py, result)?;
        let args = match sample.args {
            Some(args) => args,
            None => self.encode_args(call)?,
        };
        Some(Captured {
            args,
            outcome,
            expected: None,
            arm,
            duration_ns: ns,
            cpu_ns,
            weight: sample.weight,
            epoch: self.epoch.load(Relaxed),
            why: match (sample.wanted, self.immutable) {
                (true, _) => "sample",
                (false, true) => "keep",
                // The call may have changed its arguments before they could be seen.
                (false, false) => "after",
            },
        })
    }

    #[inline]
    pub(super) fn push(&self, captured: Option<Captured>) {
        if let Some(captured) = captured {
            self.queue.push(captured);
        }
    }

    /// Queues a checked call, with what the reference said to it.
    pub(super) fn push_checked(
        &self,
        py: Python<'_>,
        captured: Option<Captured>,
        reference: Result<&Bound<'_, PyAny>, &PyErr>,
    ) {
        if let Some(captured) = captured {
            self.queue.push(Captured {
                expected: self.encode_outcome(py, reference),
                ..captured
            });
        }
    }

    fn arm(&self, name: &str) -> &Arm {
        if name == "candidate" {
            &self.candidate_arm
        } else {
            &self.reference_arm
        }
    }
}
