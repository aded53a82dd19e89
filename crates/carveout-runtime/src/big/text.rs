//! Ints as text, and text as ints.

use num_bigint::{BigInt, Sign};

use super::Integer;
use super::Integer::{Large, Small};
use crate::Str;
use crate::fault::{Outcome, Stop};
use crate::format::Spec;
use crate::int;

/// Python refuses to write or read more decimal digits, unless it was told to (3.11 on).
const MOST_DIGITS: usize = 4300;
const MANY_DIGITS: Stop = Stop::Decline("an int of more than 4,300 digits as text");

/// `str(a)`
pub fn to_str(a: &Integer) -> Outcome<Str> {
    match a {
        Small(value) => Ok(int::to_str(*value)),
        Large(value) => decimal(value).map(Str::ascii),
    }
}

fn decimal(value: &BigInt) -> Outcome<String> {
    // 10**4300 has 14285 bits: beyond them it is surely longer, and is not worked out.
    if value.bits() > 14_285 {
        return Err(MANY_DIGITS);
    }
    let text = value.to_string();
    if text.len() - usize::from(text.starts_with('-')) > MOST_DIGITS {
        return Err(MANY_DIGITS);
    }
    Ok(text)
}

macro_rules! written {
    ($($name:ident $prefix:literal $radix:literal;)+) => { $(
        #[must_use]
        pub fn $name(a: &Integer) -> Str {
            match a {
                Small(value) => int::$name(*value),
                Large(value) => {
                    let sign = if value.sign() == Sign::Minus { "-" } else { "" };
                    let digits = value.magnitude().to_str_radix($radix);
                    Str::ascii(format!("{sign}{}{digits}", $prefix))
                }
            }
        }
    )+ };
}

written! {
    hex "0x" 16;
    oct "0o" 8;
    bin "0b" 2;
}

/// `int(text)`
pub fn from_str(text: &Str) -> Outcome<Integer> {
    from_str_base(text, 10)
}

/// `int(text, base)`
pub fn from_str_base(text: &Str, base: i64) -> Outcome<Integer> {
    match int::read_any(text, base)? {
        int::Read::Small(value) => Ok(Small(value)),
        int::Read::Past(negative, radix, digits) => BigInt::parse_bytes(digits.as_bytes(), radix)
            .map(|value| Integer::from(if negative { -value } else { value }))
            .ok_or(Stop::Decline("digits that are none")),
    }
}

/// `format(a, spec)`
pub fn format(a: &Integer, spec: &Spec) -> Outcome<Str> {
    let value = match a {
        Small(value) => return crate::format::int(*value, spec),
        Large(value) => value,
    };
    let digits = match spec.kind {
        None | Some('d') => decimal(value)?.trim_start_matches('-').to_owned(),
        Some('x') => value.magnitude().to_str_radix(16),
        Some('X') => value.magnitude().to_str_radix(16).to_ascii_uppercase(),
        Some('o') => value.magnitude().to_str_radix(8),
        Some('b') => value.magnitude().to_str_radix(2),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
            return crate::format::float(super::to_float(a)?, spec);
        }
        // The same words as for any int.
        Some(_) => return crate::format::int(0, spec),
    };
    crate::format::whole(value.sign() == Sign::Minus, digits, spec)
}
