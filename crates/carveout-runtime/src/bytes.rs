//! Python's `bytes`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use crate::fault::Outcome;
use crate::raise::index_error;

/// Immutable bytes, cheap to clone.
#[derive(Clone)]
pub struct Bytes(Data);

#[derive(Clone)]
enum Data {
    Own(Rc<Vec<u8>>),
    /// Those of a Python object, not copied.
    #[cfg(feature = "python")]
    Held(Rc<crate::boundary::HeldBytes>),
}

impl Bytes {
    #[cfg(feature = "python")]
    pub(crate) fn held(bytes: crate::boundary::HeldBytes) -> Self {
        Self(Data::Held(Rc::new(bytes)))
    }

    /// The Python object these bytes are, if they are all of one.
    #[cfg(feature = "python")]
    pub(crate) fn holder(&self) -> Option<&crate::boundary::HeldBytes> {
        match &self.0 {
            Data::Own(_) => None,
            Data::Held(held) => Some(held),
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(data: Vec<u8>) -> Self {
        Self(Data::Own(Rc::new(data)))
    }
}

impl From<&[u8]> for Bytes {
    fn from(data: &[u8]) -> Self {
        data.to_vec().into()
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Data::Own(data) => data,
            #[cfg(feature = "python")]
            Data::Held(held) => held,
        }
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bytes").field(&&**self).finish()
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
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
