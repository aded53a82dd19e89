//! Reading and writing decimals; `format`.

use num_bigint::BigUint;

use super::digits::Digits;
use super::{Decimal, FURTHEST, Rounding, TOO_FAR, invalid};
use crate::Str;
use crate::fault::{Outcome, Stop, value_error};
use crate::format::Spec;

/// `Decimal(text)`
pub fn from_str(text: &Str) -> Outcome<Decimal> {
    let plain = crate::text::number::plain(text)?;
    let trimmed = plain
        .trim_matches(|c| matches!(c, ' ' | '\t'..='\r' | '\x1c'..='\x1f'))
        .replace('_', "");
    let (negative, rest) = match trimmed.as_bytes() {
        [b'-', ..] => (true, &trimmed[1..]),
        [b'+', ..] => (false, &trimmed[1..]),
        _ => (false, &trimmed[..]),
    };
    match parse(negative, rest) {
        Some(made) => made,
        None => Err(invalid("ConversionSyntax")),
    }
}

fn parse(negative: bool, text: &str) -> Option<Outcome<Decimal>> {
    let lower = text.to_ascii_lowercase();
    if lower == "inf" || lower == "infinity" {
        return Some(Ok(Decimal::infinity(negative)));
    }
    if let Some(payload) = lower
        .strip_prefix("snan")
        .or_else(|| lower.strip_prefix("nan"))
    {
        let digits = payload.bytes().all(|b| b.is_ascii_digit());
        return digits.then_some(Err(Stop::Decline("a Decimal that is NaN")));
    }
    let (mantissa, exponent) = match lower.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (&lower[..], "0"),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if size.is_empty() || !size.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let exponent = exponent.parse::<i32>();
    let (Ok(exponent), true) = (exponent, digits.len() as i64 <= FURTHEST) else {
        return Some(Err(TOO_FAR));
    };
    let coefficient = match digits.parse::<u128>() {
        Ok(value) => Digits::Small(value),
        Err(_) => Digits::from(BigUint::parse_bytes(digits.as_bytes(), 10)?),
    };
    let exponent = i64::from(exponent) - after.len() as i64;
    Some(Decimal::made(negative, coefficient, exponent))
}

/// `str(a)`
#[must_use]
pub fn to_str(a: &Decimal) -> Str {
    Str::ascii(shown(a))
}

/// `repr(a)`
#[must_use]
pub fn repr(a: &Decimal) -> Str {
    Str::ascii(format!("Decimal('{}')", shown(a)))
}

fn shown(a: &Decimal) -> String {
    let sign = if a.negative { "-" } else { "" };
    if a.infinite {
        return format!("{sign}Infinity");
    }
    let digits = a.digits.text();
    let left = a.exponent + digits.len() as i64;
    let point = if a.exponent <= 0 && left > -6 {
        left
    } else {
        1
    };
    let (whole, part) = at_point(&digits, point);
    let mut text = format!("{sign}{whole}");
    if !part.is_empty() {
        text.push('.');
        text.push_str(&part);
    }
    if left != point {
        text.push_str(&format!("E{:+}", left - point));
    }
    text
}

/// The digits before and after a point that stands after so many of them.
fn at_point(digits: &str, point: i64) -> (String, String) {
    if point <= 0 {
        let zeros = "0".repeat(point.unsigned_abs() as usize);
        return ("0".to_owned(), format!("{zeros}{digits}"));
    }
    let point = point as usize;
    if point > digits.len() {
        let zeros = "0".repeat(point - digits.len());
        return (format!("{digits}{zeros}"), String::new());
    }
    (digits[..point].to_owned(), digits[point..].to_owned())
}

/// `format(a, spec)`
pub fn format(a: &Decimal, spec: &Spec) -> Outcome<Str> {
    let bad = || value_error("invalid format string");
    let kind = match spec.kind {
        None => 'G',
        Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => kind,
        Some(_) => return Err(bad()),
    };
    let twice = spec.zero && spec.align.is_some();
    if spec.alternate || twice || spec.grouping == Some('_') {
        return Err(bad());
    }
    if a.infinite {
        return Err(Stop::Decline("this format of a Decimal"));
    }
    let mut made = a.clone();
    if kind == '%' {
        made.exponent += 2;
    }
    if let Some(precision) = spec.precision {
        let precision = precision as i64;
        made = match kind {
            'e' | 'E' if made.zero() => made,
            'e' | 'E' => {
                let made = significant(&made, precision + 1)?;
                // As many as were asked for, here.
                let more = precision + 1 - made.digits.count();
                made.rescaled(made.exponent - more, Rounding::HalfEven)?
            }
            'f' | 'F' | '%' => made.rescaled(-precision, Rounding::HalfEven)?,
            _ => significant(&made, precision.max(1))?,
        };
    }
    if made.zero() && made.exponent > 0 && matches!(kind, 'f' | 'F' | '%') {
        made.exponent = 0;
    }
    let digits = made.digits.text();
    let left = made.exponent + digits.len() as i64;
    let point = match kind {
        'e' | 'E' => match spec.precision {
            Some(precision) if made.zero() => 1 - precision as i64,
            _ => 1,
        },
        'f' | 'F' | '%' => left,
        _ if made.exponent <= 0 && left > -6 => left,
        _ => 1,
    };
    let (whole, part) = at_point(&digits, point);
    let mut rest = String::new();
    if !part.is_empty() {
        rest.push('.');
        rest.push_str(&part);
    }
    let exponent = left - point;
    if exponent != 0 || matches!(kind, 'e' | 'E') {
        let mark = if kind.is_ascii_lowercase() { 'e' } else { 'E' };
        rest.push_str(&format!("{mark}{exponent:+}"));
    }
    if kind == '%' {
        rest.push('%');
    }
    Ok(spec.number(spec.sign_of(made.negative), "", &whole, &rest))
}

/// Rounded to so many digits.
fn significant(a: &Decimal, digits: i64) -> Outcome<Decimal> {
    Decimal::rounded(
        a.negative,
        a.digits.clone(),
        a.exponent,
        digits,
        Rounding::HalfEven,
    )
}
