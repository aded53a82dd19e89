//! `math` of whole numbers.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer as _;

use super::Integer::{Large, Small};
use super::{Integer, MOST_BITS, Operand, TOO_LARGE, mul};
use crate::fault::{Outcome, Stop, value_error};
use crate::math;

/// `math.gcd(a, b)`
#[must_use]
pub fn gcd(a: impl Operand, b: impl Operand) -> Integer {
    if let (Some(x), Some(y)) = (a.small(), b.small())
        && let Ok(made) = math::gcd(x, y)
    {
        return Small(made);
    }
    a.wide().gcd(&b.wide()).into()
}

/// `math.lcm(a, b)`
pub fn lcm(a: impl Operand, b: impl Operand) -> Outcome<Integer> {
    let (a, b) = (a.wide(), b.wide());
    if a.bits() + b.bits() > MOST_BITS {
        return Err(TOO_LARGE);
    }
    let made = BigInt::from(a.magnitude().lcm(b.magnitude()));
    Ok(made.into())
}

/// `math.isqrt(n)`
pub fn isqrt(n: &Integer) -> Outcome<Integer> {
    match n {
        Small(value) => math::isqrt(*value).map(Small),
        Large(value) if *value < BigInt::ZERO => {
            Err(value_error("isqrt() argument must be nonnegative"))
        }
        Large(value) => Ok(value.sqrt().into()),
    }
}

/// `math.factorial(n)`
pub fn factorial(n: i64) -> Outcome<Integer> {
    match math::factorial(n) {
        Err(Stop::Decline(_)) if n > 0 => {}
        done => return done.map(Small),
    }
    if n > 200_000 {
        return Err(TOO_LARGE);
    }
    Ok(BigInt::from(product(1, n.unsigned_abs())).into())
}

/// `low * (low + 1) * … * high`, halves first so that factors are of like size.
fn product(low: u64, high: u64) -> BigUint {
    if high - low < 8 {
        return (low..=high).map(BigUint::from).product();
    }
    let middle = low.midpoint(high);
    product(low, middle) * product(middle + 1, high)
}

/// `math.perm(n, k)`
pub fn perm(n: i64, k: i64) -> Outcome<Integer> {
    match math::perm(n, k) {
        Err(Stop::Decline(_)) if n >= k && k > 0 => {}
        done => return done.map(Small),
    }
    if k > 200_000 {
        return Err(TOO_LARGE);
    }
    let (n, k) = (n.unsigned_abs(), k.unsigned_abs());
    Ok(BigInt::from(product(n - k + 1, n)).into())
}

/// `math.comb(n, k)`
pub fn comb(n: i64, k: i64) -> Outcome<Integer> {
    match math::comb(n, k) {
        Err(Stop::Decline(_)) if n >= k && k > 0 => {}
        done => return done.map(Small),
    }
    let k = k.min(n - k);
    if k > 200_000 {
        return Err(TOO_LARGE);
    }
    let (n, k) = (n.unsigned_abs(), k.unsigned_abs());
    let made = product(n - k + 1, n) / product(1, k);
    Ok(BigInt::from(made).into())
}

/// `math.prod(items)`
pub fn prod<T: Operand>(items: &[T]) -> Outcome<Integer> {
    let mut made = Small(1);
    for item in items {
        made = mul(&made, item)?;
    }
    Ok(made)
}
