//! `+ - * / // %` and `divmod`.

use num_bigint::BigUint;
use num_integer::Integer as _;

use super::digits::{Digits, ten_to};
use super::{Decimal, FURTHEST, Operand, PRECISION, Rounding, TOO_FAR, by_zero, invalid, signal};
use crate::fault::Outcome;
use Digits::Small;

/// `a + b`
pub fn add(a: impl Operand, b: impl Operand) -> Outcome<Decimal> {
    let (a, b) = (a.decimal()?, b.decimal()?);
    plus(&a, &b, b.negative)
}

/// `a - b`
pub fn sub(a: impl Operand, b: impl Operand) -> Outcome<Decimal> {
    let (a, b) = (a.decimal()?, b.decimal()?);
    plus(&a, &b, !b.negative)
}

/// `a` and `b` with another sign, aligned, added and rounded.
fn plus(a: &Decimal, b: &Decimal, b_negative: bool) -> Outcome<Decimal> {
    let (a, b) = (a.finite()?, b.finite()?);
    let exponent = a.exponent.min(b.exponent);
    let (by_a, by_b) = (a.exponent - exponent, b.exponent - exponent);
    if by_a.max(by_b) > 2 * FURTHEST {
        return Err(TOO_FAR);
    }
    let (x, y) = (a.digits.shifted(by_a), b.digits.shifted(by_b));
    if a.negative == b_negative {
        let sum = match (&x, &y) {
            (Small(x), Small(y)) => x.checked_add(*y).map(Small),
            _ => None,
        };
        let sum = sum.unwrap_or_else(|| (x.wide() + y.wide()).into());
        return Decimal::fixed(a.negative, sum, exponent);
    }
    let (larger, difference) = match (&x, &y) {
        (Small(x), Small(y)) => (x.cmp(y), Small(x.abs_diff(*y))),
        _ => {
            let (x, y) = (x.wide(), y.wide());
            let order = x.cmp(&y);
            let difference = if order.is_ge() { x - y } else { y - x };
            (order, difference.into())
        }
    };
    let negative = match larger {
        std::cmp::Ordering::Greater => a.negative,
        std::cmp::Ordering::Less => b_negative,
        std::cmp::Ordering::Equal => false,
    };
    Decimal::fixed(negative, difference, exponent)
}

/// `a * b`
pub fn mul(a: impl Operand, b: impl Operand) -> Outcome<Decimal> {
    let (a, b) = (a.decimal()?, b.decimal()?);
    let (a, b) = (a.finite()?, b.finite()?);
    let (digits, exponent) = product(a, b);
    Decimal::fixed(a.negative != b.negative, digits, exponent)
}

pub(super) fn product(a: &Decimal, b: &Decimal) -> (Digits, i64) {
    let digits = match (&a.digits, &b.digits) {
        (Small(x), Small(y)) => x.checked_mul(*y).map(Small),
        _ => None,
    };
    let digits = digits.unwrap_or_else(|| (a.digits.wide() * b.digits.wide()).into());
    (digits, a.exponent + b.exponent)
}

/// `a / b`
pub fn truediv(a: impl Operand, b: impl Operand) -> Outcome<Decimal> {
    let (a, b) = (a.decimal()?, b.decimal()?);
    quotient(&a, &b, PRECISION)
}

pub(super) fn quotient(a: &Decimal, b: &Decimal, precision: i64) -> Outcome<Decimal> {
    let (a, b) = (a.finite()?, b.finite()?);
    if b.zero() {
        return Err(if a.zero() {
            invalid("DivisionUndefined")
        } else {
            by_zero()
        });
    }
    let negative = a.negative != b.negative;
    let ideal = a.exponent - b.exponent;
    if a.zero() {
        return Decimal::fixed(negative, Small(0), ideal);
    }
    let shift = b.digits.count() - a.digits.count() + precision + 1;
    let (mut over, mut under) = (a.digits.wide(), b.digits.wide());
    if shift >= 0 {
        over *= ten_to(shift);
    } else {
        under *= ten_to(-shift);
    }
    let (mut found, rest) = over.div_rem(&under);
    let mut exponent = ideal - shift;
    if rest == BigUint::ZERO {
        // Exact: with as many zeros as its operands have.
        let (stripped, zeros) = Digits::from(found).stripped();
        let keep = (zeros - (ideal - exponent)).max(0).min(zeros);
        let digits = stripped.shifted(keep);
        exponent += zeros - keep;
        return Decimal::rounded(negative, digits, exponent, precision, Rounding::HalfEven);
    }
    // The last digit stands for all that follow: never of a half, never of nothing.
    if &found % 5_u32 == BigUint::ZERO {
        found += 1_u32;
    }
    Decimal::rounded(
        negative,
        found.into(),
        exponent,
        precision,
        Rounding::HalfEven,
    )
}

/// The whole part of a quotient, towards zero, and what is left.
fn parted(a: &Decimal, b: &Decimal) -> Outcome<(Decimal, Decimal)> {
    let negative = a.negative != b.negative;
    let ideal = a.exponent.min(b.exponent);
    let apart = a.leading() - b.leading();
    if a.zero() || apart <= -2 {
        let rest = a.rescaled(ideal, Rounding::HalfEven)?;
        return Ok((Decimal::made(negative, Small(0), 0)?, rest));
    }
    if apart <= PRECISION {
        let x = a.digits.shifted(a.exponent - ideal);
        let y = b.digits.shifted(b.exponent - ideal);
        let (whole, rest) = match (&x, &y) {
            (Small(x), Small(y)) => (Small(x / y), Small(x % y)),
            _ => {
                let (whole, rest) = x.wide().div_rem(&y.wide());
                (whole.into(), rest.into())
            }
        };
        if whole.count() <= PRECISION {
            let whole = Decimal::made(negative, whole, 0)?;
            return Ok((whole, Decimal::made(a.negative, rest, ideal)?));
        }
    }
    Err(invalid("DivisionImpossible"))
}

/// `a // b`: towards zero.
pub fn floordiv(a: impl Operand, b: impl Operand) -> Outcome<Decimal> {
    let (a, b) = (a.decimal()?, b.decimal()?);
    let (a, b) = (a.finite()?, b.finite()?);
    if b.zero() {
        return Err(if a.zero() {
            invalid("DivisionUndefined")
        } else {
            by_zero()
        });
    }
    parted(a, b).map(|(whole, _)| whole)
}

/// `a % b`: of the sign of `a`.
pub fn modulo(a: impl Operand, b: impl Operand) -> Outcome<Decimal> {
    let (a, b) = (a.decimal()?, b.decimal()?);
    let (a, b) = (a.finite()?, b.finite()?);
    if b.zero() {
        return Err(invalid(if a.zero() {
            "DivisionUndefined"
        } else {
            "InvalidOperation"
        }));
    }
    let (_, rest) = parted(a, b)?;
    Decimal::fixed(rest.negative, rest.digits, rest.exponent)
}

/// `divmod(a, b)`
pub fn divmod(a: impl Operand, b: impl Operand) -> Outcome<(Decimal, Decimal)> {
    let (a, b) = (a.decimal()?, b.decimal()?);
    let (a, b) = (a.finite()?, b.finite()?);
    if b.zero() {
        return Err(if a.zero() {
            invalid("DivisionUndefined")
        } else {
            signal(
                "decimal:InvalidOperation",
                &["InvalidOperation", "DivisionByZero"],
            )
        });
    }
    let (whole, rest) = parted(a, b)?;
    Ok((
        whole,
        Decimal::fixed(rest.negative, rest.digits, rest.exponent)?,
    ))
}
