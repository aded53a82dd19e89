//! `**` with whole exponents, digit for digit as libmpdec multiplies.

use super::arithmetic::{product, quotient};
use super::digits::Digits;
use super::{Decimal, FURTHEST, Operand, PRECISION, Rounding, TOO_FAR, invalid};
use crate::fault::{Outcome, Stop};
use Digits::Small;

/// Larger exponents are the reference's.
const LARGEST: u128 = 1_000_000;

/// `a ** b`; declines for exponents that are not whole.
pub fn pow(a: impl Operand, b: impl Operand) -> Outcome<Decimal> {
    let (a, b) = (a.decimal()?, b.decimal()?);
    let (base, exponent) = (a.finite()?, b.finite()?);
    let whole = exponent.rescaled(0, Rounding::Down)?;
    if exponent.exponent < 0 && super::ne(exponent, &whole) {
        return Err(Stop::Decline("a Decimal to a power that is not whole"));
    }
    let Small(times @ 0..=LARGEST) = whole.digits else {
        return Err(TOO_FAR);
    };
    let negative = base.negative && times % 2 == 1;
    if base.zero() {
        return match (times, exponent.negative) {
            (0, _) => Err(invalid("InvalidOperation")),
            (_, true) => Ok(Decimal::infinity(negative)),
            _ => Decimal::made(negative, Small(0), 0),
        };
    }
    if times == 0 {
        return Decimal::made(false, Small(1), 0);
    }
    let one = Decimal::from(1);
    if super::eq(&super::copy_abs(base), &one) {
        // As many digits as the factors have together, at most those of a result.
        let places = if exponent.negative {
            0
        } else {
            (-base.exponent).max(0).saturating_mul(times as i64)
        };
        let places = places.min(PRECISION - 1);
        return Decimal::made(negative, Small(1).shifted(places), -places);
    }
    if (base.leading().abs() + 1).saturating_mul(times as i64) > FURTHEST {
        return Err(TOO_FAR);
    }
    // Two more digits than the exponent has, and one more for the reciprocal.
    let mut precision = PRECISION + exponent.digits.count() + exponent.exponent + 2;
    let mut factor = base.clone();
    if exponent.negative {
        precision += 1;
        factor = quotient(&one, base, precision)?;
    }
    let mut made = factor.clone();
    let mut bit = 1_u128 << times.ilog2();
    loop {
        bit >>= 1;
        if bit == 0 {
            break;
        }
        made = times_within(&made, &made, precision)?;
        if times & bit != 0 {
            made = times_within(&made, &factor, precision)?;
        }
    }
    Decimal::fixed(negative, made.digits, made.exponent)
}

fn times_within(a: &Decimal, b: &Decimal, precision: i64) -> Outcome<Decimal> {
    let (digits, exponent) = product(a, b);
    Decimal::rounded(false, digits, exponent, precision, Rounding::HalfEven)
}
