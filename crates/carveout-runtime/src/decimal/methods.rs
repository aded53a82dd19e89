//! Methods, `round`, `floor`, `ceil`, and what becomes an int or a float.

use num_bigint::BigUint;
use num_integer::Integer as _;

use super::digits::{Digits, ten_to};
use super::{Decimal, FURTHEST, Operand, PRECISION, Rounding, TOO_FAR, invalid, whole};
use crate::big::Integer;
use crate::fault::{Outcome, Stop};
use Digits::Small;

const NO_INT: Stop = Stop::Decline("an infinite Decimal as an int");

/// `Decimal(x)` of a float: exactly what it is.
pub fn from_float(x: f64) -> Outcome<Decimal> {
    if x.is_nan() {
        return Err(Stop::Decline("a Decimal that is NaN"));
    }
    let negative = x.is_sign_negative();
    if x.is_infinite() {
        return Ok(Decimal::infinity(negative));
    }
    let bits = x.to_bits();
    let raised = (bits >> 52 & 0x7ff) as i64;
    let mut mantissa = bits & ((1 << 52) - 1);
    if raised > 0 {
        mantissa |= 1 << 52;
    }
    let mut exponent = raised.max(1) - 1075;
    if mantissa == 0 {
        return Decimal::made(negative, Small(0), 0);
    }
    let even = mantissa.trailing_zeros();
    mantissa >>= even;
    exponent += i64::from(even);
    let mantissa = BigUint::from(mantissa);
    if exponent >= 0 {
        return Decimal::made(negative, (mantissa << exponent as u64).into(), 0);
    }
    // A half is five tenths.
    let digits = mantissa * BigUint::from(5_u32).pow(-exponent as u32);
    Decimal::made(negative, digits.into(), exponent)
}

/// `float(a)`: the nearest.
pub fn to_float(a: &Decimal) -> Outcome<f64> {
    if a.infinite {
        return Ok(if a.negative {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        });
    }
    let sign = if a.negative { "-" } else { "" };
    let text = format!("{sign}{}e{}", a.digits.text(), a.exponent);
    text.parse().map_err(|_| TOO_FAR)
}

/// The whole number of this rounding.
fn rounded_whole(a: &Decimal, how: Rounding) -> Outcome<Integer> {
    if a.infinite {
        return Err(NO_INT);
    }
    let made = a.rescaled(0, how)?;
    Ok(whole(made.negative, made.digits.wide()))
}

/// `int(a)` and `math.trunc(a)`
pub fn to_int(a: &Decimal) -> Outcome<Integer> {
    rounded_whole(a, Rounding::Down)
}

/// `math.floor(a)`
pub fn floor(a: &Decimal) -> Outcome<Integer> {
    rounded_whole(a, Rounding::Floor)
}

/// `math.ceil(a)`
pub fn ceil(a: &Decimal) -> Outcome<Integer> {
    rounded_whole(a, Rounding::Ceiling)
}

/// `round(a)`: an int, half to even.
pub fn round_int(a: &Decimal) -> Outcome<Integer> {
    rounded_whole(a, Rounding::HalfEven)
}

/// `round(a, places)`: as `quantize` does.
pub fn round_digits(a: &Decimal, places: i64) -> Outcome<Decimal> {
    let exponent = places.checked_neg().ok_or(TOO_FAR)?;
    quantized(a, exponent, Rounding::HalfEven)
}

/// `a.quantize(pattern)`
pub fn quantize(a: &Decimal, pattern: impl Operand) -> Outcome<Decimal> {
    quantized(a, pattern.decimal()?.finite()?.exponent, Rounding::HalfEven)
}

/// `a.quantize(pattern, rounding)`
pub fn quantize_by(a: &Decimal, pattern: impl Operand, rounding: &str) -> Outcome<Decimal> {
    let how = Rounding::named(rounding)?;
    quantized(a, pattern.decimal()?.finite()?.exponent, how)
}

fn quantized(a: &Decimal, exponent: i64, how: Rounding) -> Outcome<Decimal> {
    let a = a.finite()?;
    if exponent.abs() > FURTHEST {
        return Err(TOO_FAR);
    }
    if !a.zero() && a.leading() - exponent + 1 > PRECISION {
        return Err(invalid("InvalidOperation"));
    }
    let made = a.rescaled(exponent, how)?;
    if made.digits.count() > PRECISION {
        return Err(invalid("InvalidOperation"));
    }
    Ok(made)
}

/// `a.to_integral_value()`
pub fn to_integral(a: &Decimal) -> Outcome<Decimal> {
    integral(a, Rounding::HalfEven)
}

/// `a.to_integral_value(rounding)`
pub fn to_integral_by(a: &Decimal, rounding: &str) -> Outcome<Decimal> {
    integral(a, Rounding::named(rounding)?)
}

fn integral(a: &Decimal, how: Rounding) -> Outcome<Decimal> {
    if a.infinite || a.exponent >= 0 {
        return Ok(a.clone());
    }
    a.rescaled(0, how)
}

/// `a.normalize()`: rounded, without zeros at its end.
pub fn normalize(a: &Decimal) -> Outcome<Decimal> {
    if a.infinite {
        return Ok(a.clone());
    }
    let made = Decimal::fixed(a.negative, a.digits.clone(), a.exponent)?;
    let (digits, zeros) = made.digits.stripped();
    let exponent = if digits.is_zero() {
        0
    } else {
        made.exponent + zeros
    };
    Decimal::made(made.negative, digits, exponent)
}

/// `a.sqrt()`
pub fn sqrt(a: &Decimal) -> Outcome<Decimal> {
    let a = a.finite()?;
    let half = a.exponent.div_euclid(2);
    if a.zero() {
        return Decimal::made(a.negative, Small(0), half);
    }
    if a.negative {
        return Err(invalid("InvalidOperation"));
    }
    let precision = PRECISION + 1;
    let count = a.digits.count();
    let (mut square, length) = if a.exponent % 2 == 0 {
        (a.digits.wide(), (count + 1) / 2)
    } else {
        (a.digits.wide() * 10_u32, count / 2 + 1)
    };
    let shift = precision - length;
    let mut exact = true;
    if shift >= 0 {
        square *= ten_to(2 * shift);
    } else {
        let (kept, rest) = square.div_rem(&ten_to(-2 * shift));
        (square, exact) = (kept, rest == BigUint::ZERO);
    }
    let mut root = square.sqrt();
    let mut exponent = half - shift;
    if exact && &root * &root == square {
        if shift >= 0 {
            root /= ten_to(shift);
        } else {
            root *= ten_to(-shift);
        }
        exponent += shift;
    } else if &root % 5_u32 == BigUint::ZERO {
        root += 1_u32;
    }
    Decimal::fixed(false, root.into(), exponent)
}

/// `a.copy_abs()`: not rounded.
#[must_use]
pub fn copy_abs(a: &Decimal) -> Decimal {
    Decimal {
        negative: false,
        ..a.clone()
    }
}

/// `a.copy_negate()`: not rounded.
#[must_use]
pub fn copy_negate(a: &Decimal) -> Decimal {
    Decimal {
        negative: !a.negative,
        ..a.clone()
    }
}

/// `a.copy_sign(b)`
pub fn copy_sign(a: &Decimal, b: impl Operand) -> Outcome<Decimal> {
    Ok(Decimal {
        negative: b.decimal()?.negative,
        ..a.clone()
    })
}

/// `a.is_zero()`
#[must_use]
pub fn is_zero(a: &Decimal) -> bool {
    a.zero()
}

/// `a.adjusted()`: the exponent of the first digit.
#[must_use]
pub fn adjusted(a: &Decimal) -> i64 {
    if a.infinite || a.zero() && a.exponent == 0 {
        return 0;
    }
    a.leading()
}

/// `a.as_tuple().exponent`, which is a text where it is infinite.
pub fn exponent(a: &Decimal) -> Outcome<i64> {
    Ok(a.finite()?.exponent)
}

/// `a.compare(b)`: -1, 0 or 1 as a Decimal.
pub fn compare(a: &Decimal, b: impl Operand) -> Outcome<Decimal> {
    Ok(Decimal::from(a.cmp(b.decimal()?.as_ref()) as i64))
}

/// `a.same_quantum(b)`
pub fn same_quantum(a: &Decimal, b: impl Operand) -> Outcome<bool> {
    let b = b.decimal()?;
    Ok(if a.infinite || b.infinite {
        a.infinite && b.infinite
    } else {
        a.exponent == b.exponent
    })
}

/// `a.scaleb(b)`
pub fn scaleb(a: &Decimal, by: i64) -> Outcome<Decimal> {
    let a = a.finite()?;
    if by.abs() > FURTHEST {
        return Err(TOO_FAR);
    }
    Decimal::fixed(a.negative, a.digits.clone(), a.exponent + by)
}

/// `a.max(b)`: of equal ones that of the larger exponent if positive; rounded.
pub fn max(a: &Decimal, b: impl Operand) -> Outcome<Decimal> {
    let b = b.decimal()?;
    let first = total(a, &b).is_gt();
    rounded(if first { a } else { &b })
}

/// `a.min(b)`: of equal ones that of the smaller exponent if positive; rounded.
pub fn min(a: &Decimal, b: impl Operand) -> Outcome<Decimal> {
    let b = b.decimal()?;
    let first = total(a, &b).is_lt();
    rounded(if first { a } else { &b })
}

fn rounded(a: &Decimal) -> Outcome<Decimal> {
    if a.infinite {
        return Ok(a.clone());
    }
    Decimal::fixed(a.negative, a.digits.clone(), a.exponent)
}

/// By value, then by sign, then by exponent.
fn total(a: &Decimal, b: &Decimal) -> std::cmp::Ordering {
    a.cmp(b).then_with(|| match (a.negative, b.negative) {
        (false, true) => std::cmp::Ordering::Greater,
        (true, false) => std::cmp::Ordering::Less,
        (false, false) => a.exponent.cmp(&b.exponent),
        (true, true) => b.exponent.cmp(&a.exponent),
    })
}

/// `a.as_integer_ratio()`; declines past 64 bits.
pub fn int_ratio(a: &Decimal) -> Outcome<(i64, i64)> {
    if a.infinite {
        return Err(NO_INT);
    }
    let (mut over, mut under) = (a.digits.wide(), BigUint::from(1_u32));
    if a.zero() {
        over = BigUint::ZERO;
    } else if a.exponent >= 0 {
        over *= ten_to(a.exponent);
    } else {
        under = ten_to(-a.exponent);
        let common = over.gcd(&under);
        over /= &common;
        under /= &common;
    }
    Ok((
        whole(a.negative, over).narrowed()?,
        whole(false, under).narrowed()?,
    ))
}

/// `a.is_nan()`: there is none here.
#[must_use]
pub fn is_nan(_: &Decimal) -> bool {
    false
}

/// `sum(…)`: from the int 0 on, which declines if it is all there is.
pub struct Sum {
    total: Decimal,
    some: bool,
}

impl Sum {
    #[must_use]
    #[allow(clippy::new_without_default)] // only ever in a draft
    pub fn new() -> Self {
        Self {
            total: Decimal::from(0),
            some: false,
        }
    }

    #[must_use]
    pub fn starting(total: Decimal) -> Self {
        Self { total, some: true }
    }

    pub fn add(&mut self, item: &Decimal) -> Outcome<()> {
        self.total = super::add(&self.total, item)?;
        self.some = true;
        Ok(())
    }

    pub fn finish(self) -> Outcome<Decimal> {
        if self.some {
            Ok(self.total)
        } else {
            Err(Stop::Decline("the sum of no Decimals, which is an int"))
        }
    }
}
