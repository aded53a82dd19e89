//! Python's `float`: IEEE doubles, with Python's errors, rounding and text.

use crate::Value;
use crate::fault::{Outcome, Stop};
use crate::raise::{fault, python_minor, value_error, zero_division, zero_division_by};

/// `a / b`
#[inline]
pub fn truediv(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 {
        return Err(zero_division_by("float division by zero"));
    }
    Ok(a / b)
}

/// Quotient and remainder as CPython computes them (Objects/floatobject.c, _float_div_mod).
fn div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = 0.0_f64.copysign(b);
    }
    let floored = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        }
    } else {
        0.0_f64.copysign(a / b)
    };
    (floored, rest)
}

/// `a // b`
pub fn floordiv(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 {
        return Err(zero_division_by("float floor division by zero"));
    }
    Ok(div_mod(a, b).0)
}

/// `a % b`
pub fn modulo(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 {
        return Err(zero_division_by(if python_minor() >= 12 {
            "float modulo by zero"
        } else {
            "float modulo"
        }));
    }
    let mut rest = a % b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
        }
    } else {
        rest = 0.0_f64.copysign(b);
    }
    Ok(rest)
}

/// `divmod(a, b)`
pub fn divmod(a: f64, b: f64) -> Outcome<(f64, f64)> {
    if b == 0.0 {
        return Err(zero_division_by("float floor division by zero"));
    }
    Ok(div_mod(a, b))
}

/// `a ** b`
pub fn pow(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 || a == 1.0 {
        return Ok(1.0);
    }
    if a.is_finite() && b.is_finite() {
        if a == 0.0 && b < 0.0 {
            return Err(zero_division("0.0 cannot be raised to a negative power"));
        }
        if a < 0.0 && b.fract() != 0.0 {
            return Err(Stop::Decline(
                "a negative number to a fractional power is complex",
            ));
        }
        let result = a.powf(b);
        if result.is_infinite() {
            return Err(fault(
                "builtins:OverflowError",
                vec![
                    Value::Int(34),
                    Value::Str("Numerical result out of range".into()),
                ],
            ));
        }
        return Ok(result);
    }
    Ok(a.powf(b))
}

/// `round(x)`: half to even, an int.
pub fn round(x: f64) -> Outcome<i64> {
    crate::int::from_float(x.round_ties_even())
}

/// `round(x, digits)`: correctly rounded in decimal, half to even on the exact value.
pub fn round_to(x: f64, digits: i64) -> Outcome<f64> {
    if !x.is_finite() || x == 0.0 {
        return Ok(x);
    }
    if digits > 323 {
        return Ok(x);
    }
    if digits < -308 {
        return Ok(0.0_f64.copysign(x));
    }
    if digits < 0 {
        return Err(Stop::Decline("round() to tens and more"));
    }
    // Rust writes the exact decimal value rounded half to even, as CPython's dtoa mode 3 does.
    let text = format!("{:.*}", digits as usize, x);
    text.parse().map_err(|_| Stop::Decline("round()"))
}

/// `repr(x)`: the shortest text that reads back, in Python's notation.
#[must_use]
pub fn repr(x: f64) -> String {
    if x.is_nan() {
        return "nan".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.into();
    }
    if x == 0.0 {
        return if x.is_sign_negative() { "-0.0" } else { "0.0" }.into();
    }
    // d.ddde±x with the shortest digits.
    let scientific = format!("{x:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{x}");
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// `float(text)`
pub fn parse(text: &str) -> Outcome<f64> {
    let invalid = || {
        value_error(format!(
            "could not convert string to float: {}",
            crate::text::repr(text)
        ))
    };
    if !text.is_ascii() {
        return Err(Stop::Decline("float() of non-ASCII text"));
    }
    let trimmed = text.trim_matches(crate::text::is_space);
    let lower = trimmed.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let negative = lower.starts_with('-');
    match unsigned {
        "inf" | "infinity" => {
            return Ok(if negative {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            });
        }
        "nan" => return Ok(if negative { -f64::NAN } else { f64::NAN }),
        _ => {}
    }
    let bytes = lower.as_bytes();
    let mut cleaned = String::with_capacity(lower.len());
    for (i, &byte) in bytes.iter().enumerate() {
        match byte {
            b'_' => {
                let between = i > 0
                    && bytes[i - 1].is_ascii_digit()
                    && bytes.get(i + 1).is_some_and(u8::is_ascii_digit);
                if !between {
                    return Err(invalid());
                }
            }
            b'0'..=b'9' | b'.' | b'e' | b'+' | b'-' => cleaned.push(char::from(byte)),
            _ => return Err(invalid()),
        }
    }
    cleaned.parse().map_err(|_| invalid())
}

/// `x.is_integer()`
#[must_use]
pub fn is_integer(x: f64) -> bool {
    x.is_finite() && x.fract() == 0.0
}

/// `sum(items, start)` of floats: plain until 3.11, compensated (Neumaier) from 3.12 on.
pub fn sum(items: impl IntoIterator<Item = f64>, start: f64) -> f64 {
    if python_minor() < 12 {
        return items.into_iter().fold(start, |total, x| total + x);
    }
    let (mut total, mut lost) = (start, 0.0_f64);
    for x in items {
        let next = total + x;
        if total.abs() >= x.abs() {
            lost += (total - next) + x;
        } else {
            lost += (x - next) + total;
        }
        total = next;
    }
    // CPython adds the compensation only where it is finite and not zero.
    if lost != 0.0 && lost.is_finite() {
        total + lost
    } else {
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_floats_as_python_does() {
        for (x, text) in [
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (-0.0, "-0.0"),
            (1.5e300, "1.5e+300"),
            (0.1, "0.1"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(repr(x), text);
        }
    }

    #[test]
    fn floors_and_rounds() {
        assert_eq!(floordiv(-7.0, 2.0).unwrap(), -4.0);
        assert_eq!(modulo(-1e-20, 3.0).unwrap(), 3.0);
        assert_eq!(round(2.5).unwrap(), 2);
        assert_eq!(round_to(2.675, 2).unwrap(), 2.67);
    }
}
