//! Values that may be None, where the type checker knows that they are not.
//!
//! It can be wrong (a narrowed attribute that changed since): then the call declines.

use crate::Shared;
use crate::fault::{Outcome, Stop};

const NONE: Stop = Stop::Decline("None where a value was narrowed to");

#[inline]
pub fn some<T>(value: &Option<T>) -> Outcome<&T> {
    value.as_ref().ok_or(NONE)
}

#[inline]
pub fn some_mut<T>(value: &mut Option<T>) -> Outcome<&mut T> {
    value.as_mut().ok_or(NONE)
}

#[inline]
pub fn take<T>(value: Option<T>) -> Outcome<T> {
    value.ok_or(NONE)
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
