//! Division: floored, and correctly rounded to a float.

use num_bigint::{BigInt, Sign};
use num_integer::Integer as _;

use super::Integer::Small;
use super::{Integer, Operand};
use crate::fault::{Outcome, Stop, overflow_error, zero_division};
use crate::int;

fn zero(b: &impl Operand) -> bool {
    b.small() == Some(0)
}

/// `a // b`
#[inline]
pub fn floordiv(a: impl Operand, b: impl Operand) -> Outcome<Integer> {
    if let (Some(x), Some(y)) = (a.small(), b.small())
        && (x, y) != (i64::MIN, -1)
    {
        return int::floordiv(x, y).map(Small);
    }
    if zero(&b) {
        return Err(zero_division("integer division or modulo by zero"));
    }
    Ok(a.wide().div_floor(&b.wide()).into())
}

/// `a % b`
#[inline]
pub fn modulo(a: impl Operand, b: impl Operand) -> Outcome<Integer> {
    if let (Some(x), Some(y)) = (a.small(), b.small()) {
        return int::modulo(x, y).map(Small);
    }
    if zero(&b) {
        return Err(zero_division("integer modulo by zero"));
    }
    Ok(a.wide().mod_floor(&b.wide()).into())
}

/// `divmod(a, b)`
pub fn divmod(a: impl Operand, b: impl Operand) -> Outcome<(Integer, Integer)> {
    if zero(&b) {
        return Err(zero_division("integer division or modulo by zero"));
    }
    if let (Some(x), Some(y)) = (a.small(), b.small())
        && (x, y) != (i64::MIN, -1)
    {
        return int::divmod(x, y).map(|(q, r)| (Small(q), Small(r)));
    }
    let (quotient, rest) = a.wide().div_mod_floor(&b.wide());
    Ok((quotient.into(), rest.into()))
}

/// `round(a, digits)`: to tens, hundreds … for negative digits, half to even.
pub fn round_digits(a: &Integer, digits: i64) -> Outcome<Integer> {
    if digits >= 0 {
        return Ok(a.clone());
    }
    if let Integer::Small(small) = a
        && let Ok(made) = int::round_digits(*small, digits)
    {
        return Ok(Small(made));
    }
    let wide = a.wide();
    // Half of that power is beyond it.
    if digits.unsigned_abs() > wide.bits() / 3 + 2 {
        return Ok(Small(0));
    }
    let unit = BigInt::from(10).pow(digits.unsigned_abs() as u32);
    let (whole, rest) = wide.div_mod_floor(&unit);
    let up = match (&rest * 2_u32).cmp(&unit) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => whole.is_odd(),
    };
    Ok(((whole + u32::from(up)) * unit).into())
}

/// `a / b`, correctly rounded, as `long_true_divide` in Objects/longobject.c.
pub fn truediv(a: impl Operand, b: impl Operand) -> Outcome<f64> {
    const TOO_LARGE: &str = "integer division result too large for a float";
    if let (Some(x), Some(y)) = (a.small(), b.small()) {
        return int::truediv(x, y);
    }
    if zero(&b) {
        return Err(zero_division("division by zero"));
    }
    let (a, b) = (a.wide(), b.wide());
    let negative = (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus);
    let signed = |x: f64| if negative { -x } else { x };
    if a.sign() == Sign::NoSign {
        return Ok(signed(0.0));
    }
    let (n, d) = (a.magnitude(), b.magnitude());
    let difference = n.bits().cast_signed() - d.bits().cast_signed();
    if difference > 1024 {
        return Err(overflow_error(TOO_LARGE));
    }
    if difference < -1075 {
        return Ok(signed(0.0));
    }
    // The quotient gets two bits more than a float has, or fewer where the result is subnormal.
    let shift = difference.max(-1021) - 55;
    let (quotient, rest) = if shift <= 0 {
        (n << shift.unsigned_abs()).div_rem(d)
    } else {
        n.div_rem(&(d << shift.unsigned_abs()))
    };
    let sticky = u64::from(rest.bits() > 0);
    let Ok(quotient) = u64::try_from(&quotient) else {
        return Err(Stop::Decline("a quotient of more bits than there can be"));
    };
    let bits = i64::from(64 - quotient.leading_zeros());
    let extra = bits.max(-1021 - shift) - 53;
    let mask = 1_u64 << (extra - 1);
    let mut low = quotient | sticky;
    if low & mask != 0 && low & (3 * mask - 1) != 0 {
        low += mask;
    }
    let kept = low & !(2 * mask - 1);
    if shift + bits >= 1024 && (shift + bits > 1024 || kept == 1 << bits) {
        return Err(overflow_error(TOO_LARGE));
    }
    // Exact, in two steps where one power would be none.
    let half = (shift / 2) as i32;
    Ok(signed(
        kept as f64 * 2f64.powi(half) * 2f64.powi(shift as i32 - half),
    ))
}
