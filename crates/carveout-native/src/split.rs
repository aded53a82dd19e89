//! What a dispatch does with its calls until told otherwise.
use pyo3::prelude::*;

/// A snapshot of one stage: which share of the calls goes to which candidate.
#[pyclass(frozen, get_all, module = "carveout._native")]
pub struct Split {
    pub stage: String,
    /// Share of calls (0..=1) the candidate answers.
    pub share: f64,
    pub candidate: Option<Py<PyAny>>,
    /// The same candidate, releasing the GIL while it computes; used when it is long-running.
    pub candidate_release: Option<Py<PyAny>>,
    pub release_after_us: f64,
    /// Past this a call is slow (an event for guard C); 0 = none yet.
    pub tau_ns: u64,
    /// Probability of capturing a call of each arm.
    pub capture_reference: f64,
    pub capture_candidate: f64,
    /// Also capture faults and slow calls that no sample picked.
    pub keep_exceptions: bool,
    pub epoch: u64,
    /// Whether one FAILED switches the candidate off at once (inline: a panic). A worker's crash
    /// is survived by its supervisor instead.
    pub trip_on_failure: bool,
    /// Whether the reference answers the candidate's calls too, so that the candidate is run and
    /// compared on live calls and no caller depends on it.
    pub checked: bool,
}

#[pymethods]
impl Split {
    #[new]
    #[pyo3(signature = (stage="reference".to_owned(), share=0.0, candidate=None, candidate_release=None,
        release_after_us=1000.0, tau_ns=0, capture_reference=0.0, capture_candidate=0.0,
        keep_exceptions=false, epoch=0, trip_on_failure=false, checked=false))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        stage: String,
        share: f64,
        candidate: Option<Py<PyAny>>,
        candidate_release: Option<Py<PyAny>>,
        release_after_us: f64,
        tau_ns: u64,
        capture_reference: f64,
        capture_candidate: f64,
        keep_exceptions: bool,
        epoch: u64,
        trip_on_failure: bool,
        checked: bool,
    ) -> Self {
        Split {
            stage,
            share,
            candidate,
            candidate_release,
            release_after_us,
            tau_ns,
            capture_reference,
            capture_candidate,
            keep_exceptions,
            epoch,
            trip_on_failure,
            checked,
        }
    }
}

impl Default for Split {
    fn default() -> Self {
        Split::new(
            "reference".to_owned(),
            0.0,
            None,
            None,
            1000.0,
            0,
            0.0,
            0.0,
            false,
            0,
            false,
            false,
        )
    }
}

/// A probability as a threshold for 32 random bits; 1.0 is always, 0.0 is never.
pub fn threshold(probability: f64) -> u64 {
    (probability.clamp(0.0, 1.0) * 4_294_967_296.0) as u64
}
