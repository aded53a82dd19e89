//! `DECLINED` and `FAILED`: what a candidate returns when it did not answer.
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

#[pyclass(frozen, module = "carveout._native")]
pub struct Sentinel {
    name: &'static str,
}

#[pymethods]
impl Sentinel {
    fn __repr__(&self) -> &'static str {
        self.name
    }
    // Pickles and copies by name, so that identity survives.
    fn __reduce__(&self) -> &'static str {
        self.name
    }
}

static DECLINED: PyOnceLock<Py<Sentinel>> = PyOnceLock::new();
static FAILED: PyOnceLock<Py<Sentinel>> = PyOnceLock::new();

fn make(
    cell: &'static PyOnceLock<Py<Sentinel>>,
    py: Python<'_>,
    name: &'static str,
) -> &'static Py<Sentinel> {
    cell.get_or_init(py, || {
        Py::new(py, Sentinel { name }).expect("a sentinel can always be made")
    })
}

/// "Not me for this call": the reference answers, nothing is wrong.
pub fn declined(py: Python<'_>) -> &'static Py<Sentinel> {
    make(&DECLINED, py, "DECLINED")
}

/// "Something broke": the reference answers and the candidate is suspect.
pub fn failed(py: Python<'_>) -> &'static Py<Sentinel> {
    make(&FAILED, py, "FAILED")
}
