//! Python's `int` within 64 bits: every operation is exact or declines.

use std::cmp::Ordering;

use crate::fault::{Outcome, Stop};
use crate::raise::{PAST_I64, overflow_error, value_error, zero_division, zero_division_by};

macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $method:ident) => {
        $(#[$doc])*
        #[inline]
        pub fn $name(a: i64, b: i64) -> Outcome<i64> {
            a.$method(b).ok_or(PAST_I64)
        }
    };
}

checked!(/** `a + b` */ add, checked_add);
checked!(/** `a - b` */ sub, checked_sub);
checked!(/** `a * b` */ mul, checked_mul);

/// `-a`
#[inline]
pub fn neg(a: i64) -> Outcome<i64> {
    a.checked_neg().ok_or(PAST_I64)
}

/// `abs(a)`
#[inline]
pub fn abs(a: i64) -> Outcome<i64> {
    a.checked_abs().ok_or(PAST_I64)
}

/// `a // b`: towards minus infinity.
#[inline]
pub fn floordiv(a: i64, b: i64) -> Outcome<i64> {
    if b == 0 {
        return Err(zero_division_by("integer division or modulo by zero"));
    }
    let quotient = a.checked_div(b).ok_or(PAST_I64)?;
    Ok(if a % b != 0 && (a < 0) != (b < 0) {
        quotient - 1
    } else {
        quotient
    })
}

/// `a % b`: the sign of `b`.
#[inline]
pub fn modulo(a: i64, b: i64) -> Outcome<i64> {
    if b == 0 {
        return Err(zero_division_by("integer modulo by zero"));
    }
    let rest = a.wrapping_rem(b);
    Ok(if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    })
}

/// `divmod(a, b)`
#[inline]
pub fn divmod(a: i64, b: i64) -> Outcome<(i64, i64)> {
    if b == 0 {
        return Err(zero_division_by("integer division or modulo by zero"));
    }
    Ok((floordiv(a, b)?, modulo(a, b)?))
}

/// `a / b`, correctly rounded also past 2**53.
#[inline]
pub fn truediv(a: i64, b: i64) -> Outcome<f64> {
    const EXACT: u64 = 1 << 53;
    if b == 0 {
        return Err(zero_division("division by zero"));
    }
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Ok(a as f64 / b as f64);
    }
    Ok(rounded_quotient(a, b))
}

/// The double nearest to a / b, ties to even, by integer division with a sticky bit.
#[cold]
fn rounded_quotient(a: i64, b: i64) -> f64 {
    if a == 0 {
        return if b < 0 { -0.0 } else { 0.0 };
    }
    let (n, d) = (u128::from(a.unsigned_abs()), u128::from(b.unsigned_abs()));
    // Shift so that the quotient has at least 55 bits: 53, a rounding bit, a sticky bit.
    let bits = |x: u128| 128 - x.leading_zeros() as i32;
    let shift = (55 - (bits(n) - bits(d))).max(0);
    let scaled = n << shift;
    let quotient = scaled / d;
    let sticky = u128::from(scaled % d != 0);
    // A u128 to f64 cast rounds to nearest even; the sticky bit breaks false ties.
    let magnitude = ((quotient << 1) | sticky) as f64 * 2f64.powi(-(shift + 1));
    if (a < 0) == (b < 0) {
        magnitude
    } else {
        -magnitude
    }
}

/// `a ** b` for `b >= 0`; a negative exponent makes a float in Python, so it declines.
pub fn pow(a: i64, b: i64) -> Outcome<i64> {
    if b < 0 {
        return Err(Stop::Decline("an integer to a negative power is a float"));
    }
    match a {
        0 => return Ok(i64::from(b == 0)),
        1 => return Ok(1),
        -1 => return Ok(if b % 2 == 0 { 1 } else { -1 }),
        _ => {}
    }
    let exponent = u32::try_from(b).map_err(|_| PAST_I64)?;
    a.checked_pow(exponent).ok_or(PAST_I64)
}

/// `pow(a, b, m)` for `b >= 0`.
pub fn pow_mod(a: i64, b: i64, m: i64) -> Outcome<i64> {
    if m == 0 {
        return Err(value_error("pow() 3rd argument cannot be 0"));
    }
    if b < 0 {
        return Err(Stop::Decline("a modular inverse"));
    }
    let modulus = i128::from(m);
    let (mut base, mut exponent) = (i128::from(a).rem_euclid(modulus.abs()), b);
    let mut result = 1 % modulus.abs();
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % modulus.abs();
        }
        base = base * base % modulus.abs();
        exponent >>= 1;
    }
    if m < 0 && result != 0 {
        result += modulus;
    }
    i64::try_from(result).map_err(|_| PAST_I64)
}

/// `a << b`
#[inline]
pub fn shl(a: i64, b: i64) -> Outcome<i64> {
    if b < 0 {
        return Err(value_error("negative shift count"));
    }
    if a == 0 {
        return Ok(0);
    }
    if b >= 63 {
        return Err(PAST_I64);
    }
    let shifted = a << b;
    if shifted >> b == a {
        Ok(shifted)
    } else {
        Err(PAST_I64)
    }
}

/// `a >> b`
#[inline]
pub fn shr(a: i64, b: i64) -> Outcome<i64> {
    if b < 0 {
        return Err(value_error("negative shift count"));
    }
    Ok(a >> b.min(63))
}

/// How `int` compares with `float`: exactly, not by rounding the int. None when `b` is NaN.
#[must_use]
pub fn compare_float(a: i64, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    if b >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    if b < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    let whole = b.trunc();
    Some(a.cmp(&(whole as i64)).then_with(|| {
        if b > whole {
            Ordering::Less
        } else if b < whole {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }))
}

/// `int(x)` of a float.
pub fn from_float(x: f64) -> Outcome<i64> {
    if x.is_nan() {
        return Err(value_error("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(overflow_error("cannot convert float infinity to integer"));
    }
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x) {
        Ok(x as i64)
    } else {
        Err(PAST_I64)
    }
}

/// `int(text)`: base 10, signs, underscores between digits, white space around.
pub fn parse(text: &str) -> Outcome<i64> {
    let invalid = || {
        value_error(format!(
            "invalid literal for int() with base 10: {}",
            crate::text::repr(text)
        ))
    };
    if !text.is_ascii() {
        return Err(Stop::Decline("int() of non-ASCII text"));
    }
    let trimmed = text.trim_matches(crate::text::is_space);
    let (negative, digits) = match trimmed.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut value: i64 = 0;
    let mut previous_digit = false;
    if digits.is_empty() {
        return Err(invalid());
    }
    let mut overflow = false;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                let digit = i64::from(byte - b'0');
                let next = value.checked_mul(10).and_then(|v| {
                    if negative {
                        v.checked_sub(digit)
                    } else {
                        v.checked_add(digit)
                    }
                });
                match next {
                    Some(next) => value = next,
                    None => overflow = true,
                }
                previous_digit = true;
            }
            b'_' if previous_digit => previous_digit = false,
            _ => return Err(invalid()),
        }
    }
    if !previous_digit {
        return Err(invalid());
    }
    if overflow { Err(PAST_I64) } else { Ok(value) }
}

/// `a.bit_length()`
#[must_use]
pub fn bit_length(a: i64) -> i64 {
    i64::from(64 - a.unsigned_abs().leading_zeros())
}

/// `sum(items, start)`
pub fn sum(items: impl IntoIterator<Item = i64>, start: i64) -> Outcome<i64> {
    items.into_iter().try_fold(start, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_like_python() {
        assert_eq!(divmod(-7, 2).unwrap(), (-4, 1));
        assert_eq!(divmod(7, -2).unwrap(), (-4, -1));
        assert_eq!(modulo(i64::MIN, -1).unwrap(), 0);
        assert!(floordiv(i64::MIN, -1).is_err());
    }

    #[test]
    fn divides_past_2_53() {
        let (a, b) = (i64::MAX, 3);
        assert_eq!(truediv(a, b).unwrap(), 3074457345618258602.333_f64);
        assert_eq!(truediv(i64::MIN, 1).unwrap(), -9223372036854775808.0);
    }

    #[test]
    fn compares_with_floats_exactly() {
        assert_eq!(
            compare_float((1 << 53) + 1, 9007199254740992.0),
            Some(Ordering::Greater)
        );
        assert_eq!(compare_float(-1, -1.5), Some(Ordering::Greater));
    }
}
