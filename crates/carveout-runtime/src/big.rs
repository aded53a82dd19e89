//! Python's `int` of any size: small ones as `i64`, the rest by num-bigint.
//!
//! ```
//! use carveout_runtime::big::{self, Integer};
//! let mut product = Integer::from(1);
//! for n in 1..=25_i64 {
//!     product = big::mul(&product, n)?;
//! }
//! assert_eq!(big::to_str(&product)?.as_str(), "15511210043330985984000000");
//! # Ok::<(), carveout_runtime::Stop>(())
//! ```
//!
//! Invariant: `Large` only ever holds what is beyond 64 bits, so that equal ints are equal values.
//! What would take more than [`MOST_BITS`] declines: Python too would take its time.

mod bits;
mod cross;
mod divide;
mod parts;
mod power;
mod text;

use std::borrow::Cow;
use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

pub use bits::{bit_count, bit_length, from_bytes, shl, shr, to_bytes};
pub use divide::{divmod, floordiv, modulo, round_digits, truediv};
pub use parts::{comb, factorial, gcd, isqrt, lcm, perm, prod};
pub use power::{pow, pow_mod};
pub use text::{bin, format, from_str, from_str_base, hex, oct, to_str};

use crate::fault::{Outcome, PAST_I64, Stop, overflow_error, value_error};

/// Ints of more bits than this are the reference's.
pub const MOST_BITS: u64 = 1 << 26;
pub(crate) const TOO_LARGE: Stop = Stop::Decline("an integer of millions of digits");

/// An int of any size.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Integer {
    Small(i64),
    /// Beyond 64 bits.
    Large(BigInt),
}

use Integer::{Large, Small};

/// What an operation takes: an [`Integer`] or a plain i64, owned or looked at.
pub trait Operand {
    fn small(&self) -> Option<i64>;
    fn wide(&self) -> Cow<'_, BigInt>;
}

impl Operand for i64 {
    #[inline]
    fn small(&self) -> Option<i64> {
        Some(*self)
    }

    fn wide(&self) -> Cow<'_, BigInt> {
        Cow::Owned(BigInt::from(*self))
    }
}

impl Operand for Integer {
    #[inline]
    fn small(&self) -> Option<i64> {
        match self {
            Small(value) => Some(*value),
            Large(_) => None,
        }
    }

    fn wide(&self) -> Cow<'_, BigInt> {
        match self {
            Small(value) => Cow::Owned(BigInt::from(*value)),
            Large(value) => Cow::Borrowed(value),
        }
    }
}

impl<T: Operand> Operand for &T {
    #[inline]
    fn small(&self) -> Option<i64> {
        T::small(self)
    }

    fn wide(&self) -> Cow<'_, BigInt> {
        T::wide(self)
    }
}

impl From<i64> for Integer {
    #[inline]
    fn from(value: i64) -> Self {
        Small(value)
    }
}

impl From<i128> for Integer {
    fn from(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| Large(BigInt::from(value)), Small)
    }
}

impl From<BigInt> for Integer {
    fn from(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(small) => Small(small),
            Err(_) => Large(value),
        }
    }
}

impl Integer {
    /// A literal too long for an i128, in hexadecimal: `-1fff…`.
    ///
    /// # Panics
    ///
    /// If it is none; the compiler writes it.
    #[must_use]
    pub fn literal(hex: &str) -> Self {
        BigInt::parse_bytes(hex.as_bytes(), 16)
            .expect("a hexadecimal number")
            .into()
    }

    /// Whether it is not 0.
    #[inline]
    #[must_use]
    pub fn truth(&self) -> bool {
        *self != Small(0)
    }

    /// As an i64, where the draft has one; declines past it.
    #[inline]
    pub fn narrowed(&self) -> Outcome<i64> {
        match self {
            Small(value) => Ok(*value),
            Large(_) => Err(PAST_I64),
        }
    }
}

fn bounded(value: BigInt) -> Outcome<Integer> {
    if value.bits() > MOST_BITS {
        return Err(TOO_LARGE);
    }
    Ok(value.into())
}

macro_rules! arithmetic {
    ($($name:ident $checked:ident $op:tt;)+) => { $(
        #[inline]
        pub fn $name(a: impl Operand, b: impl Operand) -> Outcome<Integer> {
            if let (Some(x), Some(y)) = (a.small(), b.small())
                && let Some(made) = x.$checked(y)
            {
                return Ok(Small(made));
            }
            let (a, b) = (a.wide(), b.wide());
            bounded(&*a $op &*b)
        }
    )+ };
}

arithmetic! {
    add checked_add +;
    sub checked_sub -;
    mul checked_mul *;
}

/// `-a`
pub fn neg(a: impl Operand) -> Outcome<Integer> {
    sub(0, a)
}

/// `abs(a)`
#[must_use]
pub fn abs(a: &Integer) -> Integer {
    match a {
        Small(value) => Integer::from(i128::from(*value).abs()),
        Large(value) => Large(BigInt::from(value.magnitude().clone())),
    }
}

/// `~a`
#[must_use]
pub fn invert(a: &Integer) -> Integer {
    match a {
        Small(value) => Small(!value),
        Large(value) => Integer::from(!value),
    }
}

macro_rules! bitwise {
    ($($name:ident $op:tt;)+) => { $(
        #[inline]
        #[must_use]
        pub fn $name(a: impl Operand, b: impl Operand) -> Integer {
            if let (Some(x), Some(y)) = (a.small(), b.small()) {
                return Small(x $op y);
            }
            let (a, b) = (a.wide(), b.wide());
            Integer::from(&*a $op &*b)
        }
    )+ };
}

bitwise! {
    and &;
    or |;
    xor ^;
}

/// How two ints stand to each other.
#[inline]
pub fn order(a: impl Operand, b: impl Operand) -> Ordering {
    match (a.small(), b.small()) {
        (Some(x), Some(y)) => x.cmp(&y),
        _ => a.wide().cmp(&b.wide()),
    }
}

/// How an int and a float stand to each other, exactly; None when `b` is NaN.
#[must_use]
pub fn order_float(a: &Integer, b: f64) -> Option<Ordering> {
    match a {
        Small(value) => crate::int::cmp_float(*value, b),
        Large(_) if b.is_nan() => None,
        Large(value) if b.is_infinite() || b.abs() < 9e18 => {
            let positive = value.sign() == Sign::Plus;
            let less = b == f64::INFINITY || (!positive && b != f64::NEG_INFINITY);
            Some(if less {
                Ordering::Less
            } else {
                Ordering::Greater
            })
        }
        // A float of that size is whole.
        Large(value) => Some(value.cmp(&whole(b))),
    }
}

/// The int a whole, finite float is.
fn whole(x: f64) -> BigInt {
    let (mantissa, exponent) = {
        let bits = x.abs().to_bits();
        let exponent = (bits >> 52) as i64 - 1075;
        ((bits & ((1 << 52) - 1)) | (1 << 52), exponent)
    };
    let made = if exponent >= 0 {
        BigInt::from(mantissa) << exponent.unsigned_abs()
    } else {
        BigInt::from(mantissa >> exponent.unsigned_abs().min(63))
    };
    if x < 0.0 { -made } else { made }
}

macro_rules! comparisons {
    ($($name:ident $with_float:ident $of_float:ident $test:ident $turned:ident;)+) => { $(
        #[inline]
        pub fn $name(a: impl Operand, b: impl Operand) -> bool {
            order(a, b).$test()
        }

        #[must_use]
        pub fn $with_float(a: &Integer, b: f64) -> bool {
            order_float(a, b).is_some_and(Ordering::$test)
        }

        #[must_use]
        pub fn $of_float(a: f64, b: &Integer) -> bool {
            order_float(b, a).is_some_and(Ordering::$turned)
        }
    )+ };
}

comparisons! {
    eq eq_float float_eq is_eq is_eq;
    lt lt_float float_lt is_lt is_gt;
    le le_float float_le is_le is_ge;
    gt gt_float float_gt is_gt is_lt;
    ge ge_float float_ge is_ge is_le;
}

/// `min(a, b)`
pub fn min2(a: impl Operand, b: impl Operand) -> Integer {
    if lt(&b, &a) { owned(&b) } else { owned(&a) }
}

/// `max(a, b)`
pub fn max2(a: impl Operand, b: impl Operand) -> Integer {
    if gt(&b, &a) { owned(&b) } else { owned(&a) }
}

fn owned(a: &impl Operand) -> Integer {
    match a.small() {
        Some(value) => Small(value),
        None => Large(a.wide().into_owned()),
    }
}

/// `float(a)`: the nearest, ties to even.
pub fn to_float(a: &Integer) -> Outcome<f64> {
    match a {
        Small(value) => Ok(*value as f64),
        Large(value) => {
            let found = nearest(value);
            if found.is_infinite() {
                return Err(overflow_error("int too large to convert to float"));
            }
            Ok(found)
        }
    }
}

/// The same where Python's words or order of faults are not known: it declines.
pub fn as_float(a: &Integer) -> Outcome<f64> {
    to_float(a).map_err(|_| Stop::Decline("an int beyond the floats"))
}

fn nearest(value: &BigInt) -> f64 {
    let bits = value.bits();
    let shift = bits.saturating_sub(64);
    if shift > 1024 {
        return f64::INFINITY;
    }
    let magnitude = value.magnitude();
    let top = magnitude >> shift;
    let mut word = top.iter_u64_digits().next().unwrap_or(0);
    if magnitude.trailing_zeros().unwrap_or(0) < shift {
        word |= 1;
    }
    let made = word as f64 * 2f64.powi(shift as i32);
    if value.sign() == Sign::Minus {
        -made
    } else {
        made
    }
}

/// A float that takes part in arithmetic with ints: the int is converted once both are known.
pub trait Real {
    fn real(&self) -> Outcome<f64>;
}

impl Real for f64 {
    #[inline]
    fn real(&self) -> Outcome<f64> {
        Ok(*self)
    }
}

impl Real for Integer {
    fn real(&self) -> Outcome<f64> {
        to_float(self)
    }
}

impl<T: Real> Real for &T {
    #[inline]
    fn real(&self) -> Outcome<f64> {
        T::real(self)
    }
}

macro_rules! with_floats {
    ($($name:ident $op:tt;)+) => { $(
        pub fn $name(a: impl Real, b: impl Real) -> Outcome<f64> {
            Ok(a.real()? $op b.real()?)
        }
    )+ };
}

with_floats! {
    float_add +;
    float_sub -;
    float_mul *;
}

macro_rules! through_floats {
    ($($name:ident $of:path;)+) => { $(
        pub fn $name(a: impl Real, b: impl Real) -> Outcome<f64> {
            $of(a.real()?, b.real()?)
        }
    )+ };
}

through_floats! {
    float_truediv crate::float::truediv;
    float_floordiv crate::float::floordiv;
    float_modulo crate::float::modulo;
    float_pow crate::float::pow;
}

/// `int(x)` of a float.
pub fn from_float(x: f64) -> Outcome<Integer> {
    if x.is_nan() {
        return Err(value_error("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(overflow_error("cannot convert float infinity to integer"));
    }
    if x.abs() < 9e18 {
        return Ok(Small(x as i64));
    }
    Ok(whole(x).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_small_where_it_fits() {
        let past = add(i64::MAX, 1).unwrap();
        assert!(matches!(past, Large(_)));
        assert_eq!(sub(&past, 1).unwrap(), Small(i64::MAX));
        assert_eq!(neg(&past).unwrap(), Small(i64::MIN));
        assert_eq!(abs(&Small(i64::MIN)), past);
    }

    #[test]
    fn compares_with_floats_exactly() {
        let big = Integer::from((1_i128 << 100) + 1);
        let power = 2f64.powi(100);
        assert!(gt_float(&big, power) && !eq_float(&big, power));
        assert!(lt_float(&big, f64::INFINITY) && !lt_float(&big, f64::NAN));
        assert!(!float_lt(-power, &neg(&big).unwrap()));
    }

    #[test]
    fn rounds_to_even() {
        let half = Integer::from((1_i128 << 100) + (1_i128 << 47));
        assert_eq!(to_float(&half).unwrap(), 2f64.powi(100));
        let above = Integer::from((1_i128 << 100) + (1_i128 << 47) + 1);
        assert_eq!(to_float(&above).unwrap(), 2f64.powi(100).next_up());
        assert!(to_float(&pow(10, 400).unwrap()).is_err());
    }
}
