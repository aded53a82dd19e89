//! The call path of an operation: pick an arm, time it, count it, maybe capture it.
//!
//! Invariants:
//! - The reference's result (value or exception) passes through untouched.
//! - A candidate that declines, fails or raises anything but an `Exception` is not heard of by
//!   the caller: the reference answers this very call.
//! - While the split is checked, the reference also answers the calls that the candidate answered:
//!   a caller can't get an answer of the candidate's that the reference would not have given.
//! - No lock is held while Python code runs, so operations may call each other and recurse.
//! - Everything counted here is written under the GIL.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::capture::{Captured, MAX_CALL_BYTES, Queue};
use crate::clock::{monotonic_ns, thread_cpu_ns};
use crate::codec::{Codec, Refused};
use crate::counters::Arm;
use crate::process;
use crate::sentinel::{declined, failed};
use crate::split::{Split, threshold};

/// While the candidate runs without the GIL, one call in this many holds it: the measured time
/// then is the computation's own, not the wait for the GIL, so the policy can change its mind.
const PROBE_EVERY: u64 = 64;

/// The split in force and what is learned about its candidate.
struct Active {
    split: Split,
    releasing: AtomicBool,
    calls: AtomicU64,
    /// Moving average of held calls, in nanoseconds, as f64 bits; 0 = none yet.
    average_ns: AtomicU64,
}

impl Active {
    fn new(split: Split) -> Self {
        Active {
            split,
            releasing: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            average_ns: AtomicU64::new(0),
        }
    }

    /// The callable for this call and whether it holds the GIL.
    fn choose(&self) -> Option<(&Py<PyAny>, bool)> {
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
    fn learn(&self, ns: u64) {
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

/// How positional and keyword arguments become the contract's array.
struct Signature {
    names: Vec<Py<PyString>>,
    defaults: Vec<Option<Py<PyAny>>>,
    positional_only: usize,
    /// Parameters from here on are keyword-only.
    keyword_only_from: usize,
}

impl Signature {
    /// The arguments in the contract's order, or None if the reference would not take them (it
    /// then says so itself, with Python's own message).
    fn arrange<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> Option<Bound<'py, PyTuple>> {
        let py = args.py();
        let given = args.len();
        let named = kwargs.map_or(0, |k| k.len());
        if named == 0 && given == self.names.len() && given <= self.keyword_only_from {
            return Some(args.clone());
        }
        if given > self.keyword_only_from {
            return None;
        }
        let mut used = 0;
        let mut values = Vec::with_capacity(self.names.len());
        for value in args.iter() {
            values.push(value);
        }
        for (index, name) in self.names.iter().enumerate().skip(given) {
            let keyword = match kwargs {
                Some(kwargs) if index >= self.positional_only => {
                    kwargs.get_item(name.bind(py)).ok()?
                }
                _ => None,
            };
            match (keyword, &self.defaults[index]) {
                (Some(value), _) => {
                    used += 1;
                    values.push(value);
                }
                (None, Some(default)) => values.push(default.bind(py).clone()),
                (None, None) => return None,
            }
        }
        if used != named {
            return None;
        }
        PyTuple::new(py, values).ok()
    }
}

/// A function that can be answered by its reference or by a carving. See the module's head.
#[pyclass(frozen, dict, weakref, module = "carveout._native")]
pub struct Dispatch {
    reference: Py<PyAny>,
    codec: Option<Py<Codec>>,
    signature: Signature,
    immutable: bool,
    is_async: bool,
    share: AtomicU64,
    capture_reference: AtomicU64,
    capture_candidate: AtomicU64,
    tau_ns: AtomicU64,
    /// Past this a call of the reference is among the slowest there were; `u64::MAX` = not known.
    keep_ns: AtomicU64,
    keep: AtomicBool,
    epoch: AtomicU64,
    /// Process generation these counters belong to; differs at the first call and after a fork.
    generation: AtomicU64,
    random: AtomicU64,
    active: Mutex<Arc<Active>>,
    tripped: Mutex<Option<(String, u64)>>,
    reference_arm: Arm,
    candidate_arm: Arm,
    queue: Queue,
}

/// One call under way: what must be known to count and capture it at its end.
struct Call<'py> {
    args: &'py Bound<'py, PyTuple>,
    kwargs: Option<&'py Bound<'py, PyDict>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a capture needs from before the call.
#[derive(Default)]
struct Sample {
    wanted: bool,
    args: Option<Vec<u8>>,
    weight: f64,
    cpu_start: u64,
}

impl Dispatch {
    #[inline]
    fn draw(&self) -> u64 {
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

    #[cold]
    fn enter_process(slf: &Bound<'_, Self>) {
        let this = slf.get();
        let seen = this.generation.swap(process::generation(), Relaxed);
        if seen != 0 {
            this.queue.clear();
            this.reference_arm.clear();
            this.candidate_arm.clear();
            this.keep_ns.store(u64::MAX, Relaxed);
        }
        // Two processes forked from one must not draw the same arms.
        let seed = monotonic_ns() ^ (u64::from(std::process::id()) << 32) ^ slf.as_ptr() as u64;
        this.random.store(seed, Relaxed);
        process::first_call(slf.py(), slf.as_any());
    }

    /// Encodes the arguments for a sample, or says that there won't be one.
    fn sample(&self, call: &Call<'_>, probability: u64) -> Sample {
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
    fn capture(
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

    fn push(&self, captured: Option<Captured>) {
        if let Some(captured) = captured {
            self.queue.push(captured);
        }
    }

    /// Queues a checked call, with what the reference said to it.
    fn push_checked(
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

    /// Counts an answered call; what to queue if it was sampled or is worth keeping.
    #[inline]
    fn finish(
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

    fn trip_locally(&self, reason: &str) {
        self.share.store(0, Relaxed);
        let mut tripped = lock(&self.tripped);
        if tripped.is_none() {
            *tripped = Some((reason.to_owned(), self.epoch.load(Relaxed)));
        }
    }

    /// What an unanswered candidate call means: counted, and for an inline failure, the end of
    /// this candidate in this process.
    fn not_answered(&self, active: &Active, was_declined: bool, reason: &str) {
        if was_declined {
            self.candidate_arm.declined.add(1);
        } else {
            self.candidate_arm.failed.add(1);
            if active.split.trip_on_failure {
                self.trip_locally(reason);
            }
        }
    }

    /// The candidate's answer, or None if the reference has to give it.
    fn ask_candidate<'py>(
        &self,
        py: Python<'py>,
        active: &Active,
        args: &Bound<'py, PyTuple>,
    ) -> Option<PyResult<Bound<'py, PyAny>>> {
        let (candidate, held) = active.choose()?;
        let start = monotonic_ns();
        let result = candidate.bind(py).call1(args);
        if held {
            active.learn(monotonic_ns() - start);
        }
        match result {
            Ok(value) if value.as_ptr() == declined(py).as_ptr() => {
                self.not_answered(active, true, "");
                None
            }
            Ok(value) if value.as_ptr() == failed(py).as_ptr() => {
                self.not_answered(active, false, "the candidate failed");
                None
            }
            Err(error) if !error.is_instance_of::<PyException>(py) => {
                if process::take_interrupted() {
                    return Some(Err(error));
                }
                self.not_answered(active, false, &format!("the candidate raised {error}"));
                None
            }
            result => Some(result),
        }
    }

    /// A call that is sampled or goes to the candidate.
    #[cold]
    #[inline(never)]
    fn call_attended<'py>(
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
            if let Some(result) = self.ask_candidate(py, &active, args.unbind().bind(py)) {
                let ns = monotonic_ns() - start;
                let captured = self.finish(py, call, sample, true, ns, result.as_ref());
                if active.split.checked && !interrupts(py, &result) {
                    let answer = self.ask_reference(py, call);
                    self.push_checked(py, captured, answer.as_ref());
                    return answer;
                }
                self.push(captured);
                return result;
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

    #[inline]
    fn ask_reference<'py>(&self, py: Python<'py>, call: &Call<'_>) -> PyResult<Bound<'py, PyAny>> {
        let kwargs = call.kwargs.map_or(std::ptr::null_mut(), |k| k.as_ptr());
        // SAFETY: all three are live for the call; the result is a new reference or an error.
        unsafe {
            Bound::from_owned_ptr_or_err(
                py,
                pyo3::ffi::PyObject_Call(self.reference.as_ptr(), call.args.as_ptr(), kwargs),
            )
        }
    }

    fn choose_arm(&self) -> (bool, bool) {
        let draw = self.draw();
        let to_candidate = (draw >> 32) < self.share.load(Relaxed);
        let capture = if to_candidate {
            &self.capture_candidate
        } else {
            &self.capture_reference
        };
        (to_candidate, (draw & 0xffff_ffff) < capture.load(Relaxed))
    }
}

/// Whether a candidate's result is no answer but an interrupt of the program (Ctrl-C).
fn interrupts(py: Python<'_>, result: &PyResult<Bound<'_, PyAny>>) -> bool {
    matches!(result, Err(error) if !error.is_instance_of::<PyException>(py))
}

static METHOD_TYPE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static ASYNC_CALL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn async_call(py: Python<'_>) -> PyResult<&'static Py<PyAny>> {
    ASYNC_CALL.get_or_try_init(py, || {
        Ok(py
            .import("carveout.place.asynchronous")?
            .getattr("call")?
            .unbind())
    })
}

#[pymethods]
impl Dispatch {
    #[new]
    #[pyo3(signature = (reference, codec, names, n_required, defaults, immutable=false, is_async=false,
        *, positional_only=0, keyword_only=0))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        reference: Py<PyAny>,
        codec: Option<Py<Codec>>,
        names: Vec<Py<PyString>>,
        n_required: usize,
        defaults: &Bound<'_, PyDict>,
        immutable: bool,
        is_async: bool,
        positional_only: usize,
        keyword_only: usize,
    ) -> PyResult<Self> {
        let py = defaults.py();
        let values = names
            .iter()
            .map(|name| Ok(defaults.get_item(name.bind(py))?.map(Bound::unbind)))
            .collect::<PyResult<Vec<_>>>()?;
        let required = values.iter().filter(|v| v.is_none()).count();
        if required != n_required {
            return Err(PyRuntimeError::new_err(format!(
                "{n_required} required parameters announced, {required} have no default"
            )));
        }
        let keyword_only_from = names.len().saturating_sub(keyword_only);
        Ok(Dispatch {
            reference,
            codec,
            signature: Signature {
                names,
                defaults: values,
                positional_only,
                keyword_only_from,
            },
            immutable,
            is_async,
            share: AtomicU64::new(0),
            capture_reference: AtomicU64::new(0),
            capture_candidate: AtomicU64::new(0),
            tau_ns: AtomicU64::new(0),
            keep_ns: AtomicU64::new(u64::MAX),
            keep: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            random: AtomicU64::new(0),
            active: Mutex::new(Arc::new(Active::new(Split::default()))),
            tripped: Mutex::new(None),
            reference_arm: Arm::default(),
            candidate_arm: Arm::default(),
            queue: Queue::default(),
        })
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        let py = slf.py();
        if this.generation.load(Relaxed) != process::generation() {
            Self::enter_process(slf);
        }
        if this.is_async {
            return async_call(py)?.bind(py).call1((slf, args, kwargs));
        }
        let call = Call { args, kwargs };
        let (to_candidate, sampled) = this.choose_arm();
        let start = monotonic_ns();
        if to_candidate || sampled {
            return this.call_attended(py, &call, start, to_candidate, sampled);
        }
        let result = this.ask_reference(py, &call);
        let ns = monotonic_ns() - start;
        this.push(this.finish(py, &call, Sample::default(), false, ns, result.as_ref()));
        result
    }

    /// A coroutine for asyncio callers: a worker is awaited, not waited for.
    #[pyo3(signature = (*args, **kwargs))]
    fn aio<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if slf.get().generation.load(Relaxed) != process::generation() {
            Self::enter_process(slf);
        }
        async_call(py)?.bind(py).call1((slf, args, kwargs))
    }

    /// Binds like a function does, so that an operation works inside a class.
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let Some(instance) = instance.filter(|i| !i.is_none()) else {
            return Ok(slf.as_any().clone());
        };
        let method = METHOD_TYPE.get_or_try_init(py, || {
            Ok::<_, PyErr>(py.import("types")?.getattr("MethodType")?.unbind())
        })?;
        method.bind(py).call1((slf, instance))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = slf.as_any().getattr("__qualname__");
        let name = match name {
            Ok(name) => name.to_string(),
            Err(_) => slf.get().reference.bind(slf.py()).repr()?.to_string(),
        };
        Ok(format!("<operation {name}>"))
    }

    /// Pickles as functions do: by the name it is imported by.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_any().getattr("__qualname__")
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }
    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    #[getter]
    fn reference(&self, py: Python<'_>) -> Py<PyAny> {
        self.reference.clone_ref(py)
    }
    #[getter]
    fn codec(&self, py: Python<'_>) -> Option<Py<Codec>> {
        self.codec.as_ref().map(|c| c.clone_ref(py))
    }
    #[getter]
    fn is_async(&self) -> bool {
        self.is_async
    }
    #[getter]
    fn immutable(&self) -> bool {
        self.immutable
    }
    #[getter]
    fn stage(&self) -> String {
        lock(&self.active).split.stage.clone()
    }
    #[getter]
    fn epoch(&self) -> u64 {
        self.epoch.load(Relaxed)
    }
    /// Whether long calls of the current candidate run without the GIL.
    #[getter]
    fn releasing(&self) -> bool {
        lock(&self.active).releasing.load(Relaxed)
    }

    /// Puts a split in force for the calls that start from now on.
    fn set_split(&self, py: Python<'_>, split: &Bound<'_, Split>) {
        let split = split.get();
        let own = |o: &Option<Py<PyAny>>| o.as_ref().map(|o| o.clone_ref(py));
        let copy = Split {
            stage: split.stage.clone(),
            candidate: own(&split.candidate),
            candidate_release: own(&split.candidate_release),
            ..*split
        };
        self.capture_reference
            .store(threshold(split.capture_reference), Relaxed);
        self.capture_candidate
            .store(threshold(split.capture_candidate), Relaxed);
        self.tau_ns.store(split.tau_ns, Relaxed);
        self.keep.store(split.keep_exceptions, Relaxed);
        let still_tripped = {
            let mut tripped = lock(&self.tripped);
            if tripped
                .as_ref()
                .is_some_and(|(_, epoch)| split.epoch > *epoch)
            {
                *tripped = None;
            }
            tripped.is_some()
        };
        self.epoch.store(split.epoch, Relaxed);
        let share = if still_tripped || split.candidate.is_none() {
            0
        } else {
            threshold(split.share)
        };
        self.share.store(share, Relaxed);
        let old = std::mem::replace(&mut *lock(&self.active), Arc::new(Active::new(copy)));
        drop(old); // outside the lock: it may run finalizers
    }

    /// Switches the candidate off in this process until a split of a higher epoch comes.
    fn trip(&self, reason: &str) {
        self.trip_locally(reason);
    }
    /// From now on also captures the reference's calls that take longer than this, where faults
    /// are kept too.
    fn keep_slower(&self, ns: u64) {
        self.keep_ns.store(ns, Relaxed);
    }
    #[getter]
    fn tripped(&self) -> Option<String> {
        lock(&self.tripped)
            .as_ref()
            .map(|(reason, _)| reason.clone())
    }

    /// Counters since the process started (or forked): one dict an arm, and the capture's.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        // Counters of the parent are not this process's, even before its first call.
        let mine = matches!(self.generation.load(Relaxed), 0)
            || self.generation.load(Relaxed) == process::generation();
        if mine {
            dict.set_item("reference", self.reference_arm.to_dict(py)?)?;
            dict.set_item("candidate", self.candidate_arm.to_dict(py)?)?;
        } else {
            dict.set_item("reference", Arm::default().to_dict(py)?)?;
            dict.set_item("candidate", Arm::default().to_dict(py)?)?;
        }
        for (name, count) in [
            ("captured", &self.queue.captured),
            ("dropped", &self.queue.dropped),
            ("oversize", &self.queue.oversize),
            ("uncrossable", &self.queue.uncrossable),
        ] {
            dict.set_item(name, if mine { count.get() } else { 0 })?;
        }
        Ok(dict)
    }

    /// Takes up to `max` captured calls off the queue, oldest first.
    #[pyo3(signature = (max=1024))]
    fn drain(&self, max: usize) -> Vec<Captured> {
        if self.generation.load(Relaxed) != process::generation() {
            return Vec::new();
        }
        self.queue.drain(max)
    }

    /// Starts a call made by a coroutine; see `carveout.place.asynchronous`.
    #[pyo3(signature = (args, kwargs))]
    fn _begin<'py>(
        slf: &Bound<'py, Self>,
        args: Bound<'py, PyTuple>,
        kwargs: Option<Bound<'py, PyDict>>,
    ) -> Pending {
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

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.reference)?;
        visit.call(&self.codec)
    }
}

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
