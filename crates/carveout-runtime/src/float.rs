//! Python's `float`: IEEE doubles, with Python's errors, rounding and text.

use std::cmp::Ordering;
use std::hint::black_box;

use crate::fault::{
    Outcome, Stop, Value, overflow_error, python_minor, raise, value_error, zero_division,
};
use crate::text::number;
use crate::{Str, int};

/// `a / b`
#[inline]
pub fn truediv(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 {
        return Err(zero_division("float division by zero"));
    }
    Ok(a / b)
}

/// The remainder with the sign of `b`, and the one before that correction.
#[inline]
fn remainder(a: f64, b: f64) -> (f64, f64) {
    let raw = a % b;
    let rest = if raw == 0.0 {
        0.0_f64.copysign(b)
    } else if (b < 0.0) == (raw < 0.0) {
        raw
    } else {
        raw + b
    };
    (rest, raw)
}

/// Quotient and remainder. The quotient is rounded to a whole number, as the division before it is
/// off by a fraction at most.
fn quotient_and_rest(a: f64, b: f64) -> (f64, f64) {
    let (rest, raw) = remainder(a, b);
    let mut quotient = (a - raw) / b;
    if raw != 0.0 && (b < 0.0) != (raw < 0.0) {
        quotient -= 1.0;
    }
    let whole = if quotient == 0.0 {
        0.0_f64.copysign(a / b)
    } else if quotient - quotient.floor() > 0.5 {
        quotient.floor() + 1.0
    } else {
        quotient.floor()
    };
    (whole, rest)
}

/// `a // b`
pub fn floordiv(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 {
        return Err(zero_division("float floor division by zero"));
    }
    Ok(quotient_and_rest(a, b).0)
}

/// `a % b`
pub fn modulo(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 {
        return Err(zero_division(if python_minor() >= 13 {
            "float modulo by zero"
        } else {
            "float modulo"
        }));
    }
    Ok(remainder(a, b).0)
}

/// `divmod(a, b)`
pub fn divmod(a: f64, b: f64) -> Outcome<(f64, f64)> {
    if b == 0.0 {
        return Err(zero_division("float divmod()"));
    }
    Ok(quotient_and_rest(a, b))
}

/// The C library's `pow`. The optimizer must not see the arguments: it would write `x ** 2.0` as
/// `x * x`, which can differ in the last bit.
#[inline]
pub(crate) fn c_pow(a: f64, b: f64) -> f64 {
    black_box(a).powf(black_box(b))
}

/// `a ** b`
pub fn pow(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 || a == 1.0 {
        return Ok(1.0);
    }
    if !a.is_finite() || !b.is_finite() {
        return Ok(c_pow(a, b));
    }
    if a == 0.0 && b < 0.0 {
        return Err(zero_division("0.0 cannot be raised to a negative power"));
    }
    if a < 0.0 && b.fract() != 0.0 {
        return Err(Stop::Decline(
            "a negative number to a fractional power is complex",
        ));
    }
    let result = c_pow(a, b);
    if result.is_infinite() {
        let args = vec![
            Value::Int(34),
            Value::Str("Numerical result out of range".into()),
        ];
        return Err(raise("builtins:OverflowError", args));
    }
    Ok(result)
}

/// `round(x)`: half to even, an int.
pub fn round(x: f64) -> Outcome<i64> {
    int::from_float(x.round_ties_even())
}

/// `round(x, digits)`: correctly rounded in decimal, half to even on the exact value.
pub fn round_digits(x: f64, digits: i64) -> Outcome<f64> {
    // Bounds past which nothing, or everything, is rounded away.
    if !x.is_finite() || x == 0.0 || digits > 323 {
        return Ok(x);
    }
    if digits < -308 {
        return Ok(0.0_f64.copysign(x));
    }
    // Rust writes the exact decimal value, rounded half to even.
    let text = if digits >= 0 {
        format!("{:.*}", digits as usize, x)
    } else {
        rounded_to_tens(x, digits.unsigned_abs() as usize)
    };
    match text.parse::<f64>() {
        Ok(rounded) if rounded.is_infinite() => {
            Err(overflow_error("rounded value too large to represent"))
        }
        Ok(rounded) => Ok(rounded),
        Err(_) => Err(Stop::Decline("round()")),
    }
}

/// Decimal text of `x` rounded half to even at `10**tens`.
fn rounded_to_tens(x: f64, tens: usize) -> String {
    let sign = if x.is_sign_negative() { "-" } else { "" };
    let digits = format!("{:.0}", x.abs().trunc());
    let padded = format!("{digits:0>width$}", width = tens + 1);
    let (kept, dropped) = padded.split_at(padded.len() - tens);
    let half = format!("5{}", "0".repeat(tens - 1));
    let odd = kept.as_bytes()[kept.len() - 1] % 2 == 1;
    let up = match dropped.cmp(half.as_str()) {
        Ordering::Less => false,
        Ordering::Greater => true,
        Ordering::Equal => x.fract() != 0.0 || odd,
    };
    let mut kept = kept.as_bytes().to_vec();
    if up {
        let mut at = kept.len();
        loop {
            if at == 0 {
                kept.insert(0, b'1');
                break;
            }
            at -= 1;
            if kept[at] == b'9' {
                kept[at] = b'0';
            } else {
                kept[at] += 1;
                break;
            }
        }
    }
    let kept: String = kept.into_iter().map(char::from).collect();
    format!("{sign}{kept}{}", "0".repeat(tens))
}

/// `repr(x)`: the shortest text that reads back, in Python's notation.
#[must_use]
pub fn repr(x: f64) -> Str {
    crate::text!(x)
}

/// The same for all floats, however many digits they have.
pub(crate) fn long_repr(x: f64) -> Str {
    if x.is_nan() {
        return Str::from_static("nan");
    }
    if x.is_infinite() {
        return Str::from_static(if x > 0.0 { "inf" } else { "-inf" });
    }
    Str::ascii(shortest(x))
}

/// `repr` of a finite float.
pub(crate) fn shortest(x: f64) -> String {
    let magnitude = x.abs();
    let (digits, exponent) = shortest_digits(magnitude);
    let mut text = String::with_capacity(24);
    if x.is_sign_negative() {
        text.push('-');
    }
    // Below 1e16 and from 1e-4 on, Python writes no exponent.
    if (-4..16).contains(&exponent) || magnitude == 0.0 {
        let point = exponent + 1;
        let whole = usize::try_from(point).unwrap_or(0);
        if point <= 0 {
            text.push_str("0.");
            text.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
            text.push_str(&digits);
        } else if digits.len() <= whole {
            text.push_str(&digits);
            text.extend(std::iter::repeat_n('0', whole - digits.len()));
            text.push_str(".0");
        } else {
            text.push_str(&digits[..whole]);
            text.push('.');
            text.push_str(&digits[whole..]);
        }
        return text;
    }
    text.push_str(&digits[..1]);
    if digits.len() > 1 {
        text.push('.');
        text.push_str(&digits[1..]);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    text.push_str(&format!("e{sign}{:02}", exponent.unsigned_abs()));
    text
}

/// The fewest digits that read back as a finite positive float, and the exponent of the first.
pub(crate) fn shortest_digits(x: f64) -> (String, i32) {
    let (digits, exponent) = digits_of(&format!("{x:e}"));
    // Two texts of the same length may be equally near: Python takes the even one, Rust the upper.
    // That needs a float that ends within 18 digits, so with few bits after the point.
    if digits.len() >= 16 && fraction_bits(x) <= 25 {
        let near = format!("{x:.*e}", digits.len() - 1);
        if near.parse() == Ok(x) {
            return digits_of(&near);
        }
    }
    (digits, exponent)
}

/// "1.25e-7" as digits and exponent.
pub(crate) fn digits_of(scientific: &str) -> (String, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let mut digits = mantissa.replace('.', "");
    digits.truncate(digits.trim_end_matches('0').len().max(1));
    (digits, exponent.parse().unwrap_or(0))
}

/// How many binary digits there are after the point.
fn fraction_bits(x: f64) -> i32 {
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1) | if exponent > 0 { 1 << 52 } else { 0 };
    1075 - exponent.max(1) - mantissa.trailing_zeros() as i32
}

/// `float(text)`
pub fn from_str(text: &Str) -> Outcome<f64> {
    let plain = number::plain(text)?;
    let trimmed = number::trimmed(&plain);
    let (negative, unsigned) = match trimmed.as_bytes() {
        [b'-', ..] => (true, &trimmed[1..]),
        [b'+', ..] => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    match decimal(unsigned).or_else(|| named(unsigned)) {
        Some(value) => Ok(if negative { -value } else { value }),
        None => Err(match crate::text::repr(text) {
            Ok(shown) => value_error(format!("could not convert string to float: {shown}")),
            Err(stop) => stop,
        }),
    }
}

fn named(text: &str) -> Option<f64> {
    let is = |name: &str| text.eq_ignore_ascii_case(name);
    if is("inf") || is("infinity") {
        Some(f64::INFINITY)
    } else if is("nan") {
        Some(f64::NAN)
    } else {
        None
    }
}

/// Digits with a point, an exponent and underscores between digits; no sign, no names.
fn decimal(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-' | b'_');
    if !bytes.first()?.is_ascii_digit() && bytes[0] != b'.' || !bytes.iter().all(|b| plain(*b)) {
        return None;
    }
    if !text.contains('_') {
        return text.parse().ok();
    }
    let digit_at = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let fits = |at: usize| digit_at(at.checked_sub(1)) && digit_at(Some(at + 1));
    let marks = (0..bytes.len()).filter(|at| bytes[*at] == b'_');
    if !marks.into_iter().all(fits) {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// `x.is_integer()`
#[inline]
#[must_use]
pub fn is_integer(x: f64) -> bool {
    x.is_finite() && x.fract() == 0.0
}

/// `min(a, b)`: the first unless the second is less.
#[inline]
#[must_use]
pub fn min2(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// `max(a, b)`: the first unless the second is greater.
#[inline]
#[must_use]
pub fn max2(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

macro_rules! against_int {
    ($($name:ident $mirror:ident;)+) => { $(
        /// Exact, as Python compares the two.
        #[inline]
        #[must_use]
        pub fn $name(a: f64, b: i64) -> bool {
            int::$mirror(b, a)
        }
    )+ };
}

against_int! {
    eq_int eq_float;
    lt_int gt_float;
    le_int ge_float;
    gt_int lt_float;
    ge_int le_float;
}

/// `sum` of floats: plain until Python 3.11, compensated (Neumaier) from 3.12 on.
#[derive(Debug, Clone)]
pub struct Sum {
    total: f64,
    lost: f64,
    compensated: bool,
    /// Whether there is a float at all: the sum of nothing is the int 0.
    begun: bool,
}

impl Default for Sum {
    fn default() -> Self {
        Self::new()
    }
}

impl Sum {
    /// `sum(items)`
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self {
            total: 0.0,
            lost: 0.0,
            compensated: python_minor() >= 12,
            begun: false,
        }
    }

    /// `sum(items, start)` with a float to start from.
    #[inline]
    #[must_use]
    pub fn starting(start: f64) -> Self {
        Self {
            total: start,
            begun: true,
            ..Self::new()
        }
    }

    #[inline]
    pub fn add(&mut self, x: f64) {
        let next = self.total + x;
        if self.compensated {
            self.lost += if self.total.abs() >= x.abs() {
                (self.total - next) + x
            } else {
                (x - next) + self.total
            };
        }
        self.total = next;
        self.begun = true;
    }

    /// An int among floats is not compensated for.
    #[inline]
    pub fn add_int(&mut self, x: i64) {
        self.total += x as f64;
        self.begun = true;
    }

    /// The sum; declines if nothing was added and there was no float to start from.
    #[inline]
    pub fn finish(self) -> Outcome<f64> {
        if !self.begun {
            return Err(Stop::Decline("the sum of no floats is an int"));
        }
        // A correction that is not finite would turn an overflow into NaN; zero would lose -0.0.
        Ok(if self.lost != 0.0 && self.lost.is_finite() {
            self.total + self.lost
        } else {
            self.total
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_floats_as_python_does() {
        for (x, text) in [
            (1e16, "1e+16"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e15, "1000000000000000.0"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (-0.0, "-0.0"),
            (1.5e300, "1.5e+300"),
            (0.1, "0.1"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(repr(x).as_str(), text);
        }
    }

    #[test]
    fn floors_and_rounds() {
        assert_eq!(floordiv(-7.0, 2.0).unwrap(), -4.0);
        assert_eq!(modulo(-1e-20, 3.0).unwrap(), 3.0);
        assert_eq!(round(2.5).unwrap(), 2);
        assert_eq!(round_digits(2.675, 2).unwrap(), 2.67);
        assert_eq!(round_digits(25.0, -1).unwrap(), 20.0);
    }
}
