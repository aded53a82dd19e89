//! A number where Python code says `float` and may hold an int: `total: float = 0` stays the int 0.
//!
//! Two ints are added as ints, and `1` shows as `1`, never as `1.0`.

use std::cell::Cell;
use std::cmp::Ordering;

use crate::fault::{Outcome, Stop, Value, or_stop};
use crate::format::Spec;
use crate::{Compare, Str, float, int, math};

/// An int or a float.
#[derive(Debug, Clone, Copy)]
pub enum Num {
    Int(i64),
    Float(f64),
}

use Num::{Float, Int};

const NAN: Stop = Stop::Decline("NaN compares by identity");

impl Num {
    /// As an operand of float arithmetic.
    #[inline]
    #[must_use]
    pub fn float(self) -> f64 {
        match self {
            Int(x) => x as f64,
            Float(x) => x,
        }
    }

    #[inline]
    #[must_use]
    pub fn is_int(self) -> bool {
        matches!(self, Int(_))
    }

    /// The int that it was narrowed to.
    ///
    /// # Errors
    ///
    /// A decline if it is a float after all.
    pub fn narrowed(self) -> Outcome<i64> {
        match self {
            Int(x) => Ok(x),
            Float(_) => Err(Stop::Decline("a float where an int was narrowed to")),
        }
    }

    /// `bool(x)`
    #[inline]
    #[must_use]
    pub fn truth(self) -> bool {
        match self {
            Int(x) => x != 0,
            Float(x) => x != 0.0,
        }
    }

    /// `repr(x)`
    #[must_use]
    pub fn repr(self) -> Str {
        match self {
            Int(x) => int::to_str(x),
            Float(x) => float::repr(x),
        }
    }

    #[inline]
    fn cmp(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Int(a), Int(b)) => Some(a.cmp(&b)),
            (Int(a), Float(b)) => int::cmp_float(a, b),
            (Float(a), Int(b)) => int::cmp_float(b, a).map(Ordering::reverse),
            (Float(a), Float(b)) => a.partial_cmp(&b),
        }
    }

    fn nan(self) -> bool {
        matches!(self, Float(x) if x.is_nan())
    }
}

macro_rules! operators {
    ($($name:ident;)+) => { $(
        #[inline]
        pub fn $name(a: Num, b: Num) -> Outcome<Num> {
            match (a, b) {
                (Int(a), Int(b)) => int::$name(a, b).map(Int),
                _ => float::$name(a.float(), b.float()).map(Float),
            }
        }
    )+ };
}

operators! {
    floordiv;
    modulo;
}

macro_rules! exact {
    ($($name:ident $op:tt;)+) => { $(
        #[inline]
        pub fn $name(a: Num, b: Num) -> Outcome<Num> {
            match (a, b) {
                (Int(a), Int(b)) => int::$name(a, b).map(Int),
                _ => Ok(Float(a.float() $op b.float())),
            }
        }
    )+ };
}

exact! {
    add +;
    sub -;
    mul *;
}

macro_rules! comparisons {
    ($($name:ident $test:ident;)+) => { $(
        /// Exact, as Python compares.
        #[inline]
        #[must_use]
        pub fn $name(a: Num, b: Num) -> bool {
            a.cmp(b).is_some_and(Ordering::$test)
        }
    )+ };
}

comparisons! {
    eq is_eq;
    lt is_lt;
    le is_le;
    gt is_gt;
    ge is_ge;
}

/// `a / b`
pub fn truediv(a: Num, b: Num) -> Outcome<f64> {
    match (a, b) {
        (Int(a), Int(b)) => int::truediv(a, b),
        _ => float::truediv(a.float(), b.float()),
    }
}

/// `a ** b`; a negative power of an int is a float.
pub fn pow(a: Num, b: Num) -> Outcome<Num> {
    match (a, b) {
        (Int(a), Int(b)) if b >= 0 => int::pow(a, b).map(Int),
        _ => float::pow(a.float(), b.float()).map(Float),
    }
}

/// `-a`
pub fn neg(a: Num) -> Outcome<Num> {
    match a {
        Int(a) => int::neg(a).map(Int),
        Float(a) => Ok(Float(-a)),
    }
}

/// `abs(a)`
pub fn abs(a: Num) -> Outcome<Num> {
    match a {
        Int(a) => int::abs(a).map(Int),
        Float(a) => Ok(Float(a.abs())),
    }
}

/// `min(a, b)`: the first, unless the second is less.
#[must_use]
pub fn min2(a: Num, b: Num) -> Num {
    if lt(b, a) { b } else { a }
}

/// `max(a, b)`
#[must_use]
pub fn max2(a: Num, b: Num) -> Num {
    if gt(b, a) { b } else { a }
}

/// `round(x)`
pub fn round(x: Num) -> Outcome<i64> {
    match x {
        Int(x) => Ok(x),
        Float(x) => float::round(x),
    }
}

/// `round(x, digits)`
pub fn round_digits(x: Num, digits: i64) -> Outcome<Num> {
    match x {
        Int(x) => int::round_digits(x, digits).map(Int),
        Float(x) => float::round_digits(x, digits).map(Float),
    }
}

macro_rules! whole {
    ($($name:ident $of_float:path;)+) => { $(
        pub fn $name(x: Num) -> Outcome<i64> {
            match x {
                Int(x) => Ok(x),
                Float(x) => $of_float(x),
            }
        }
    )+ };
}

whole! {
    floor math::floor;
    ceil math::ceil;
    trunc math::trunc;
    to_int int::from_float;
}

/// `x.is_integer()`; ints have it from Python 3.12 on.
pub fn is_integer(x: Num) -> Outcome<bool> {
    match x {
        Int(_) => Err(Stop::Decline("is_integer of an int")),
        Float(x) => Ok(float::is_integer(x)),
    }
}

/// `format(x, spec)`
pub fn format(x: Num, spec: &Spec) -> Outcome<Str> {
    match x {
        Int(x) => crate::format::int(x, spec),
        Float(x) => crate::format::float(x, spec),
    }
}

/// `sum`: ints as ints until the first float; what follows is added to a float.
#[derive(Debug, Clone)]
pub enum Sum {
    Ints(i64),
    Floats(float::Sum),
}

impl Sum {
    #[inline]
    #[must_use]
    pub fn starting(start: Num) -> Self {
        match start {
            Int(start) => Self::Ints(start),
            Float(start) => Self::Floats(float::Sum::starting(start)),
        }
    }

    #[inline]
    pub fn add(&mut self, x: Num) -> Outcome<()> {
        match (&mut *self, x) {
            (Self::Ints(total), Int(x)) => *total = int::add(*total, x)?,
            (Self::Ints(total), Float(x)) => {
                *self = Self::Floats(float::Sum::starting(*total as f64 + x));
            }
            (Self::Floats(sum), Int(x)) => sum.add_int(x),
            (Self::Floats(sum), Float(x)) => sum.add(x),
        }
        Ok(())
    }

    #[inline]
    pub fn finish(self) -> Outcome<Num> {
        match self {
            Self::Ints(total) => Ok(Int(total)),
            Self::Floats(sum) => sum.finish().map(Float),
        }
    }
}

impl PartialEq for Num {
    fn eq(&self, other: &Self) -> bool {
        eq(*self, *other)
    }
}

impl Compare for Num {
    #[inline]
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        or_stop(self.cmp(*other), || NAN)
    }

    #[inline]
    fn equal(&self, other: &Self) -> Outcome<bool> {
        if self.nan() && other.nan() {
            return Err(NAN);
        }
        Ok(self == other)
    }

    #[inline]
    fn orderly(&self) -> bool {
        !self.nan()
    }

    fn shown(&self) -> Option<String> {
        Some(self.repr().into())
    }
}

thread_local! {
    static UNION: Cell<bool> = const { Cell::new(false) };
}

/// Says how the call that begins on this thread writes its numbers: as `int | float`, or as `float`.
pub fn crossing_as_union(union: bool) {
    UNION.set(union);
}

pub(crate) fn crosses_as_union() -> bool {
    UNION.get()
}

impl crate::shared::Clear for Num {}

impl From<Num> for Value {
    fn from(value: Num) -> Self {
        match value {
            Int(x) => Self::Int(x),
            Float(x) => Self::Float(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_an_int_among_ints() {
        assert_eq!(add(Int(1), Int(2)).unwrap().repr().as_str(), "3");
        assert_eq!(add(Int(1), Float(2.0)).unwrap().repr().as_str(), "3.0");
        assert_eq!(pow(Int(2), Int(-1)).unwrap().repr().as_str(), "0.5");
        assert_eq!(round_digits(Int(15), -1).unwrap().repr().as_str(), "20");
        assert!(add(Int(i64::MAX), Int(1)).is_err());
    }

    #[test]
    fn compares_exactly() {
        let big = (1_i64 << 53) + 1;
        assert!(!eq(Int(big), Float(9_007_199_254_740_992.0)));
        assert!(lt(Float(9_007_199_254_740_992.0), Int(big)));
        assert!(Int(0).compare(&Float(f64::NAN)).is_err());
    }

    #[test]
    fn sums_ints_before_floats() {
        let mut sum = Sum::starting(Int(0));
        for x in [Int(1 << 53), Int(1), Float(0.5)] {
            sum.add(x).unwrap();
        }
        // 2**53 + 1 is exact as an int, and rounds once as a float.
        assert_eq!(sum.finish().unwrap().repr().as_str(), "9007199254740992.0");
        assert!(Sum::starting(Int(0)).finish().unwrap().is_int());
    }
}
