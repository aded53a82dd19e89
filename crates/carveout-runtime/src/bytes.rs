//! Python's `bytes`.

use std::ops::Deref;
use std::rc::Rc;

use crate::fault::Outcome;
use crate::raise::index_error;

/// Immutable bytes, cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(Rc<Vec<u8>>);

impl From<Vec<u8>> for Bytes {
    fn from(data: Vec<u8>) -> Self {
        Self(Rc::new(data))
    }
}

impl From<&[u8]> for Bytes {
    fn from(data: &[u8]) -> Self {
        Self(Rc::new(data.to_vec()))
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// `data[i]`
pub fn get(data: &[u8], index: i64) -> Outcome<i64> {
    let at = if index < 0 {
        index + data.len() as i64
    } else {
        index
    };
    usize::try_from(at)
        .ok()
        .and_then(|at| data.get(at))
        .map(|byte| i64::from(*byte))
        .ok_or_else(|| index_error("index out of range"))
}

/// `data[start:stop]`
#[must_use]
pub fn slice(data: &[u8], start: Option<i64>, stop: Option<i64>) -> Bytes {
    let (from, to) = crate::list::bounds(data.len(), start, stop);
    if from < to {
        Bytes::from(&data[from..to])
    } else {
        Bytes::default()
    }
}

/// `a + b`
#[must_use]
pub fn concat(a: &[u8], b: &[u8]) -> Bytes {
    [a, b].concat().into()
}

/// The bytes as ints.
pub fn ints(data: &[u8]) -> impl DoubleEndedIterator<Item = i64> + '_ {
    data.iter().map(|byte| i64::from(*byte))
}
