//! Facts about the process that change under us: forks, the first-call hook, interrupts.
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Counts forks; starts at 1 so that a fresh object (0) notices on its first call.
static GENERATION: AtomicU64 = AtomicU64::new(1);
static FIRST_CALL: Mutex<Option<Py<PyAny>>> = Mutex::new(None);
/// Whether a call waits while another thread is in the hook for its operation.
static WAITS: AtomicBool = AtomicBool::new(false);
const WAIT_AT_MOST: Duration = Duration::from_secs(10);

thread_local! {
    /// Set when waiting for a worker ended in a signal handler's exception (Ctrl-C): that one is
    /// the caller's, not the candidate's, and must not be swallowed.
    static INTERRUPTED: Cell<bool> = const { Cell::new(false) };
    /// Hooks this thread is in: one may call operations itself.
    static IN_HOOK: Cell<u32> = const { Cell::new(0) };
}

#[inline]
pub fn generation() -> u64 {
    GENERATION.load(Relaxed)
}

pub fn mark_interrupted() {
    INTERRUPTED.set(true);
}

pub fn take_interrupted() -> bool {
    INTERRUPTED.replace(false)
}

/// Runs the hook set by `set_first_call_hook`, if any. Its errors are never the caller's.
pub fn first_call(py: Python<'_>, operation: &Bound<'_, PyAny>) {
    let hook = {
        let guard = FIRST_CALL.lock().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().map(|hook| hook.clone_ref(py))
    };
    let Some(hook) = hook else { return };
    IN_HOOK.set(IN_HOOK.get() + 1);
    let result = hook.call1(py, (operation,));
    IN_HOOK.set(IN_HOOK.get() - 1);
    if let Err(error) = result {
        error.write_unraisable(py, Some(operation));
    }
}

/// Waits, if that was asked for, until another thread's hook is done.
pub fn wait_for_hook(py: Python<'_>, done: impl Fn() -> bool) {
    if !WAITS.load(Relaxed) || IN_HOOK.get() > 0 {
        return;
    }
    let until = Instant::now() + WAIT_AT_MOST;
    while !done() && Instant::now() < until {
        py.detach(|| std::thread::sleep(Duration::from_millis(1)));
    }
}

/// Called with the operation at its first call in this process, and again after a fork. With
/// `wait`, calls that other threads make meanwhile wait for it.
#[pyfunction]
#[pyo3(signature = (hook, wait=false))]
pub fn set_first_call_hook(hook: Option<Py<PyAny>>, wait: bool) {
    WAITS.store(wait, Relaxed);
    let old = {
        let mut guard = FIRST_CALL.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *guard, hook)
    };
    drop(old);
}

#[pyfunction]
fn _after_fork_in_child() {
    GENERATION.fetch_add(1, Relaxed);
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add_function(wrap_pyfunction!(set_first_call_hook, m)?)?;
    let hook = wrap_pyfunction!(_after_fork_in_child, m)?;
    let options = PyDict::new(py);
    options.set_item("after_in_child", hook)?;
    let os = py.import("os")?;
    if os.hasattr("register_at_fork")? {
        os.call_method("register_at_fork", (), Some(&options))?;
    }
    Ok(())
}
