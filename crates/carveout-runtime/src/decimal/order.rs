//! Comparisons, by value: of decimals, and with ints and floats, exactly.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::{Decimal, Digits, from_float, from_int, invalid};
use crate::Integer;
use crate::fault::{Outcome, or_stop};

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |x: &Self| match (x.zero(), x.negative) {
            (true, _) => 0,
            (_, true) => -1,
            _ => 1,
        };
        let (mine, theirs) = (sign(self), sign(other));
        if mine != theirs || mine == 0 {
            return mine.cmp(&theirs);
        }
        let larger = magnitude(self, other);
        if mine < 0 { larger.reverse() } else { larger }
    }
}

fn magnitude(a: &Decimal, b: &Decimal) -> Ordering {
    if a.infinite || b.infinite {
        return a.infinite.cmp(&b.infinite);
    }
    let leading = a.leading().cmp(&b.leading());
    if leading.is_ne() {
        return leading;
    }
    // Of the same leading digit, so that the shift is no longer than the longer of them.
    let least = a.exponent.min(b.exponent);
    let (x, y) = (
        a.digits.shifted(a.exponent - least),
        b.digits.shifted(b.exponent - least),
    );
    match (&x, &y) {
        (Digits::Small(x), Digits::Small(y)) => x.cmp(y),
        _ => x.wide().cmp(&y.wide()),
    }
}

impl Hash for Decimal {
    /// Equal values are equal keys: `1.0` is `1`.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (digits, zeros) = self.digits.stripped();
        let zero = digits.is_zero();
        (self.negative && !self.zero(), self.infinite).hash(state);
        (if zero { 0 } else { self.exponent + zeros }).hash(state);
        match digits {
            Digits::Small(value) => value.hash(state),
            Digits::Large(value) => value.hash(state),
        }
    }
}

/// What a Decimal is compared with.
pub trait Against {
    /// How `a` stands to it; None if it is NaN.
    fn order(&self, a: &Decimal) -> Option<Ordering>;
}

impl Against for Decimal {
    fn order(&self, a: &Decimal) -> Option<Ordering> {
        Some(a.cmp(self))
    }
}

impl Against for i64 {
    fn order(&self, a: &Decimal) -> Option<Ordering> {
        Some(a.cmp(&Decimal::from(*self)))
    }
}

impl Against for Integer {
    fn order(&self, a: &Decimal) -> Option<Ordering> {
        match from_int(self) {
            Ok(int) => Some(a.cmp(&int)),
            // Longer than any Decimal here.
            Err(_) if crate::big::lt(self, 0) => Some(Ordering::Greater),
            Err(_) => Some(Ordering::Less),
        }
    }
}

impl Against for f64 {
    fn order(&self, a: &Decimal) -> Option<Ordering> {
        from_float(*self).ok().map(|float| a.cmp(&float))
    }
}

impl<T: Against> Against for &T {
    fn order(&self, a: &Decimal) -> Option<Ordering> {
        T::order(self, a)
    }
}

impl<T: Against> Against for &mut T {
    fn order(&self, a: &Decimal) -> Option<Ordering> {
        T::order(self, a)
    }
}

macro_rules! comparisons {
    ($($name:ident $of:ident $float:ident $of_float:ident $test:ident $turned:ident;)+) => { $(
        #[must_use]
        pub fn $name(a: &Decimal, b: impl Against) -> bool {
            b.order(a).is_some_and(Ordering::$test)
        }

        /// The same with the other one first.
        #[must_use]
        pub fn $of(a: impl Against, b: &Decimal) -> bool {
            a.order(b).is_some_and(Ordering::$turned)
        }

        /// With a float: NaN has no order, and says so.
        pub fn $float(a: &Decimal, b: f64) -> Outcome<bool> {
            or_stop(b.order(a), || invalid("InvalidOperation")).map(Ordering::$test)
        }

        pub fn $of_float(a: f64, b: &Decimal) -> Outcome<bool> {
            or_stop(a.order(b), || invalid("InvalidOperation")).map(Ordering::$turned)
        }
    )+ };
}

comparisons! {
    lt lt_of lt_float float_lt is_lt is_gt;
    le le_of le_float float_le is_le is_ge;
    gt gt_of gt_float float_gt is_gt is_lt;
    ge ge_of ge_float float_ge is_ge is_le;
}

/// `a == b`
#[must_use]
pub fn eq(a: &Decimal, b: impl Against) -> bool {
    b.order(a).is_some_and(Ordering::is_eq)
}

/// The same with the other one first.
#[must_use]
pub fn eq_of(a: impl Against, b: &Decimal) -> bool {
    a.order(b).is_some_and(Ordering::is_eq)
}

/// `a != b`
#[must_use]
pub fn ne(a: &Decimal, b: impl Against) -> bool {
    !eq(a, b)
}

/// `a != b` with the other one first.
#[must_use]
pub fn ne_of(a: impl Against, b: &Decimal) -> bool {
    !eq_of(a, b)
}

/// `min(a, b)` of the built-in: the first unless the second is less.
#[must_use]
pub fn min2(a: &Decimal, b: &Decimal) -> Decimal {
    if b < a { b.clone() } else { a.clone() }
}

/// `max(a, b)` of the built-in: the first unless the second is greater.
#[must_use]
pub fn max2(a: &Decimal, b: &Decimal) -> Decimal {
    if b > a { b.clone() } else { a.clone() }
}
