//! Facts about the process that change under us: forks, the first-call hook, interrupts.
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Counts forks; starts at 1 so that a fresh object (0) notices on its first call.
static GENERATION: AtomicU64 = AtomicU64::new(1);
static FIRST_CALL: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

thread_local! {
    /// Set when waiting for a worker ended in a signal handler's exception (Ctrl-C): that one is
    /// the caller's, not the candidate's, and must not be swallowed.
    static INTERRUPTED: Cell<bool> = const { Cell::new(false) };
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
    if let Some(hook) = hook
        && let Err(error) = hook.call1(py, (operation,))
    {
        error.write_unraisable(py, Some(operation));
    }
}

/// Called with the operation at its first call in this process, and again after a fork.
#[pyfunction]
#[pyo3(signature = (hook))]
pub fn set_first_call_hook(hook: Option<Py<PyAny>>) {
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
