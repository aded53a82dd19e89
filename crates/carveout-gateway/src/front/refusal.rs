//! Why the front door turned something away: a status for the client, a word for the metrics.

/// A closed list of words: each is a value of the label `reason` in the metrics, and all that a
/// client hears besides the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub reason: &'static str,
}

impl Refusal {
    pub const fn new(status: u16, reason: &'static str) -> Refusal {
        Refusal { status, reason }
    }

    /// A request whose bytes do not follow RFC 9112 to the letter.
    pub const fn bad(reason: &'static str) -> Refusal {
        Refusal::new(400, reason)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.reason)
    }
}

impl std::error::Error for Refusal {}
