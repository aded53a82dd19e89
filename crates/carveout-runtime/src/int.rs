//! Python's `int` within 64 bits: every operation is exact or declines.

mod packed;

use std::cmp::Ordering;

#[cfg(feature = "big")]
pub(crate) use packed::big_endian;
pub use packed::{from_bytes, to_bytes};

use crate::Str;
use crate::fault::{Outcome, PAST_I64, Stop, or_stop, overflow_error, value_error, zero_division};
use crate::text::number;

macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $method:ident) => {
        $(#[$doc])*
        #[inline]
        pub fn $name(a: i64, b: i64) -> Outcome<i64> {
            or_stop(a.$method(b), || PAST_I64)
        }
    };
}

checked!(/** `a + b` */ add, checked_add);
checked!(/** `a - b` */ sub, checked_sub);
checked!(/** `a * b` */ mul, checked_mul);

/// What a `__len__` gave, as `len` takes it.
///
/// # Errors
///
/// ValueError if it is negative.
pub fn length(n: i64) -> Outcome<i64> {
    if n < 0 {
        return Err(value_error("__len__() should return >= 0"));
    }
    Ok(n)
}

/// `-a`
#[inline]
pub fn neg(a: i64) -> Outcome<i64> {
    or_stop(a.checked_neg(), || PAST_I64)
}

/// `abs(a)`
#[inline]
pub fn abs(a: i64) -> Outcome<i64> {
    or_stop(a.checked_abs(), || PAST_I64)
}

/// `a // b`: towards minus infinity.
#[inline]
pub fn floordiv(a: i64, b: i64) -> Outcome<i64> {
    if b == 0 {
        return Err(zero_division("integer division or modulo by zero"));
    }
    let quotient = or_stop(a.checked_div(b), || PAST_I64)?;
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
        return Err(zero_division("integer modulo by zero"));
    }
    let rest = a.wrapping_rem(b);
    Ok(if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    })
}

/// `a * b % c`, also where the product is past 64 bits.
#[inline]
pub fn mul_modulo(a: i64, b: i64, c: i64) -> Outcome<i64> {
    match a.checked_mul(b) {
        Some(product) => modulo(product, c),
        None => wide_modulo(i128::from(a) * i128::from(b), c),
    }
}

#[cold]
fn wide_modulo(product: i128, c: i64) -> Outcome<i64> {
    if c == 0 {
        return Err(zero_division("integer modulo by zero"));
    }
    let c = i128::from(c);
    let rest = product % c;
    // Within the divisor, which is of 64 bits.
    Ok(if rest != 0 && (rest < 0) != (c < 0) {
        rest + c
    } else {
        rest
    } as i64)
}

/// `divmod(a, b)`
#[inline]
pub fn divmod(a: i64, b: i64) -> Outcome<(i64, i64)> {
    if b == 0 {
        return Err(zero_division("integer division or modulo by zero"));
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
    Ok(rounded_quotient(a.into(), b.into()))
}

/// The double nearest to a / b, ties to even, by integer division with a sticky bit; of less than 70
/// bits each.
#[cold]
pub(crate) fn rounded_quotient(a: i128, b: i128) -> f64 {
    if a == 0 {
        return if b < 0 { -0.0 } else { 0.0 };
    }
    let (n, d) = (a.unsigned_abs(), b.unsigned_abs());
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
        return Err(if a == 0 {
            zero_division("0.0 cannot be raised to a negative power")
        } else {
            Stop::Decline("an integer to a negative power is a float")
        });
    }
    match a {
        0 => return Ok(i64::from(b == 0)),
        1 => return Ok(1),
        -1 => return Ok(if b % 2 == 0 { 1 } else { -1 }),
        _ => {}
    }
    let exponent = u32::try_from(b).map_err(|_| PAST_I64)?;
    or_stop(a.checked_pow(exponent), || PAST_I64)
}

/// `pow(a, b, m)`; of a negative exponent, the inverse is raised.
pub fn pow_mod(a: i64, b: i64, m: i64) -> Outcome<i64> {
    if m == 0 {
        return Err(value_error("pow() 3rd argument cannot be 0"));
    }
    let modulus = i128::from(m).abs();
    if modulus == 1 {
        return Ok(0);
    }
    let mut base = i128::from(a).rem_euclid(modulus);
    if b < 0 {
        base = inverse(base, modulus)
            .ok_or_else(|| value_error("base is not invertible for the given modulus"))?;
    }
    let mut exponent = b.unsigned_abs();
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    if m < 0 && result != 0 {
        result -= modulus;
    }
    i64::try_from(result).map_err(|_| PAST_I64)
}

/// What `a` is multiplied with to leave 1, by Euclid's algorithm.
fn inverse(a: i128, modulus: i128) -> Option<i128> {
    let (mut rest, mut next) = (modulus, a);
    let (mut found, mut step) = (0, 1);
    while next != 0 {
        let times = rest / next;
        (rest, next) = (next, rest - times * next);
        (found, step) = (step, found - times * step);
    }
    (rest == 1).then(|| found.rem_euclid(modulus))
}

/// `a << b`
#[inline]
pub fn shl(a: i64, b: i64) -> Outcome<i64> {
    if b < 0 {
        return Err(value_error("negative shift count"));
    }
    if b < 64 {
        i64::try_from(i128::from(a) << b).map_err(|_| PAST_I64)
    } else if a == 0 {
        Ok(0)
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
pub fn cmp_float(a: i64, b: f64) -> Option<Ordering> {
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

macro_rules! against_float {
    ($($name:ident $test:ident;)+) => { $(
        #[inline]
        #[must_use]
        pub fn $name(a: i64, b: f64) -> bool {
            cmp_float(a, b).is_some_and(Ordering::$test)
        }
    )+ };
}

against_float! {
    eq_float is_eq;
    lt_float is_lt;
    le_float is_le;
    gt_float is_gt;
    ge_float is_ge;
}

/// `int(text)`
pub fn from_str(text: &Str) -> Outcome<i64> {
    from_str_base(text, 10)
}

/// `int(text, base)`: signs, prefixes, underscores between digits, white space around.
pub fn from_str_base(text: &Str, base: i64) -> Outcome<i64> {
    match read_any(text, base)? {
        Read::Small(value) => Ok(value),
        Read::Past(..) => Err(PAST_I64),
    }
}

/// An int in a text: within 64 bits, or its sign, radix and digits.
pub(crate) enum Read {
    Small(i64),
    #[cfg_attr(not(feature = "big"), allow(dead_code))]
    Past(bool, u32, String),
}

pub(crate) fn read_any(text: &Str, base: i64) -> Outcome<Read> {
    if base != 0 && !(2..=36).contains(&base) {
        return Err(value_error("int() base must be >= 2 and <= 36, or 0"));
    }
    // The reference refuses texts of thousands of digits, by a limit that can be set.
    if text.len() > 4300 {
        return Err(Stop::Decline("int() of a very long text"));
    }
    let plain = number::plain(text)?;
    let trimmed = number::trimmed(&plain);
    match read(trimmed, base) {
        None => Err(invalid(text, base)),
        Some(Some(value)) => Ok(Read::Small(value)),
        Some(None) => {
            let unsigned = trimmed.trim_start_matches(['-', '+']);
            let (radix, digits, _) = radix_of(unsigned.as_bytes(), base);
            let digits = digits.iter().filter(|byte| **byte != b'_');
            let digits = digits.map(|byte| char::from(*byte)).collect();
            Ok(Read::Past(trimmed.starts_with('-'), radix, digits))
        }
    }
}

#[cold]
fn invalid(text: &Str, base: i64) -> Stop {
    match crate::text::repr(text) {
        Ok(shown) => {
            let shown = shown.chars().take(200).collect::<String>();
            value_error(format!(
                "invalid literal for int() with base {base}: {shown}"
            ))
        }
        Err(stop) => stop,
    }
}

/// None if it is no number; Some(None) if it is one past 64 bits.
fn read(text: &str, base: i64) -> Option<Option<i64>> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (radix, digits, prefixed) = radix_of(digits, base);
    let mut value = Some(0_i64);
    let mut zeros_only = true;
    // One underscore may follow a prefix, and stand between digits.
    let mut may_mark = prefixed;
    let mut last_is_digit = false;
    for &byte in digits {
        if byte == b'_' && may_mark {
            (may_mark, last_is_digit) = (false, false);
            continue;
        }
        let digit = char::from(byte).to_digit(radix)?;
        zeros_only &= digit == 0;
        let signed = if negative {
            -i64::from(digit)
        } else {
            i64::from(digit)
        };
        value = value
            .and_then(|value| value.checked_mul(radix.into()))
            .and_then(|value| value.checked_add(signed));
        (may_mark, last_is_digit) = (true, true);
    }
    // Without a base, a number may not begin with a zero; zero itself may.
    let old_octal = base == 0 && !prefixed && digits.first() == Some(&b'0') && !zeros_only;
    (last_is_digit && !old_octal).then_some(value)
}

/// The radix, the digits after a prefix, and whether there was one.
fn radix_of(digits: &[u8], base: i64) -> (u32, &[u8], bool) {
    let found = match digits {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    if found != 0 && (base == 0 || base == i64::from(found)) {
        (found, &digits[2..], true)
    } else {
        (if base == 0 { 10 } else { base as u32 }, digits, false)
    }
}

/// `str(a)`
#[must_use]
pub fn to_str(a: i64) -> Str {
    Str::copied(crate::text::digits(a, &mut [0; 20]), true)
}

/// `hex(a)`
#[must_use]
pub fn hex(a: i64) -> Str {
    prefixed(a, format!("0x{:x}", a.unsigned_abs()))
}

/// `oct(a)`
#[must_use]
pub fn oct(a: i64) -> Str {
    prefixed(a, format!("0o{:o}", a.unsigned_abs()))
}

/// `bin(a)`
#[must_use]
pub fn bin(a: i64) -> Str {
    prefixed(a, format!("0b{:b}", a.unsigned_abs()))
}

fn prefixed(a: i64, mut text: String) -> Str {
    if a < 0 {
        text.insert(0, '-');
    }
    Str::ascii(text)
}

/// `a.bit_length()`
#[must_use]
pub fn bit_length(a: i64) -> i64 {
    i64::from(64 - a.unsigned_abs().leading_zeros())
}

/// `a.bit_count()`
#[must_use]
pub fn bit_count(a: i64) -> i64 {
    i64::from(a.unsigned_abs().count_ones())
}

/// `round(a, digits)`: to tens, hundreds … for negative digits, half to even.
pub fn round_digits(a: i64, digits: i64) -> Outcome<i64> {
    if digits >= 0 {
        return Ok(a);
    }
    // Half of 10**20 is beyond any i64.
    if digits < -19 {
        return Ok(0);
    }
    let unit = 10_i128.pow(digits.unsigned_abs() as u32);
    let (whole, rest) = (
        i128::from(a).div_euclid(unit),
        i128::from(a).rem_euclid(unit),
    );
    let up = match (2 * rest).cmp(&unit) {
        Ordering::Less => false,
        Ordering::Greater => true,
        Ordering::Equal => whole % 2 != 0,
    };
    i64::try_from((whole + i128::from(up)) * unit).map_err(|_| PAST_I64)
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
        assert_eq!(
            truediv(i64::MAX, 3).unwrap(),
            3_074_457_345_618_258_602.333_f64
        );
        assert_eq!(truediv(i64::MIN, 1).unwrap(), -9_223_372_036_854_775_808.0);
    }

    #[test]
    fn compares_with_floats_exactly() {
        assert!(gt_float((1 << 53) + 1, 9_007_199_254_740_992.0));
        assert!(gt_float(-1, -1.5));
    }
}
