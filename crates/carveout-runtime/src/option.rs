//! Values that may be None, where the type checker knows that they are not.
//!
//! It can be wrong (a narrowed attribute that changed since): then the call declines.

use crate::Shared;
use crate::fault::{Outcome, Stop, or_stop};

const NONE: Stop = Stop::Decline("None where a value was narrowed to");

#[inline]
pub fn some<T>(value: &Option<T>) -> Outcome<&T> {
    or_stop(value.as_ref(), || NONE)
}

#[inline]
pub fn some_mut<T>(value: &mut Option<T>) -> Outcome<&mut T> {
    or_stop(value.as_mut(), || NONE)
}

#[inline]
pub fn take<T>(value: Option<T>) -> Outcome<T> {
    or_stop(value, || NONE)
}

/// `a is b` of objects or None.
#[must_use]
pub fn same<T>(a: &Option<Shared<T>>, b: &Option<Shared<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is(b),
        (None, None) => true,
        _ => false,
    }
}
