//! The wheel's native module: dispatch, codec and worker client.
use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;

mod capture;
mod client;
mod clock;
mod codec;
mod counters;
mod dispatch;
mod plain;
mod process;
mod sentinel;
mod split;

fn in_main_interpreter() -> bool {
    // SAFETY: called while the module is imported, attached to an interpreter.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) == 0 }
}

#[pymodule]
fn _native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    if !in_main_interpreter() {
        // What a process holds once (the first call's hook, the sentinels) would be shared between
        // interpreters and outlive one of them. Without this module the reference answers.
        return Err(PyImportError::new_err(
            "carveout's native module runs in the main interpreter only",
        ));
    }
    m.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    m.add("DECLINED", sentinel::declined(py))?;
    m.add("FAILED", sentinel::failed(py))?;
    m.add_class::<capture::Captured>()?;
    m.add("CannotCross", py.get_type::<codec::CannotCross>())?;
    m.add_class::<codec::Codec>()?;
    m.add_class::<dispatch::Dispatch>()?;
    m.add_class::<dispatch::Pending>()?;
    m.add_class::<plain::PlainRequests>()?;
    m.add_class::<split::Split>()?;
    m.add_class::<client::Remote>()?;
    m.add_class::<client::WorkerClient>()?;
    process::register(m)
}
