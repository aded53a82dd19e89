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
mod active;
mod path;
mod pending;
mod sample;
mod signature;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::capture::{Captured, Queue};
use crate::clock::monotonic_ns;
use crate::codec::Codec;
use crate::counters::Arm;
use crate::process;
use crate::split::{Split, threshold};
use active::Active;
use path::Call;
pub use pending::Pending;
use sample::Sample;
use signature::Signature;

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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Dispatch {
    #[cold]
    fn enter_process(slf: &Bound<'_, Self>) {
        let this = slf.get();
        let now = process::generation();
        let seen = this.generation.load(Relaxed);
        if seen == now | IN_HOOK {
            let hooked = || this.generation.load(Relaxed) == now | IN_HOOK;
            return process::wait_for_hook(slf.py(), || !hooked());
        }
        this.generation.store(now | IN_HOOK, Relaxed);
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
        this.generation.store(now, Relaxed);
    }

    /// Whether what is counted and queued is this process's own, not its parent's.
    fn is_of_this_process(&self) -> bool {
        let seen = self.generation.load(Relaxed);
        seen == 0 || seen & !IN_HOOK == process::generation()
    }
}

/// Set in `Dispatch::generation` while the first call's hook runs.
const IN_HOOK: u64 = 1 << 63;

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
        let call = Call { args, kwargs };
        if this.is_async {
            if this.signature.arrange(args, kwargs).is_none() {
                // Wrong arguments: a coroutine function says so when it is called, not awaited.
                return this.ask_reference(py, &call);
            }
            return async_call(py)?.bind(py).call1((slf, args, kwargs));
        }
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

    /// What the function behind it has and this lacks: `__defaults__`, `cache_info`, …
    fn __getattr__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.get().reference.bind(slf.py()).getattr(name)
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
        let mine = self.is_of_this_process();
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

    /// How many captured calls are on the queue.
    fn waiting(&self) -> usize {
        if self.is_of_this_process() {
            self.queue.len()
        } else {
            0
        }
    }

    /// Takes up to `max` captured calls off the queue, oldest first.
    #[pyo3(signature = (max=1024))]
    fn drain(&self, max: usize) -> Vec<Captured> {
        if !self.is_of_this_process() {
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
        Pending::begin(slf, args, kwargs)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.reference)?;
        visit.call(&self.codec)
    }
}
