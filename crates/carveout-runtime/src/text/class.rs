//! What kind of characters a text is made of.

use super::Str;
use super::tables::{ALPHA, CONTINUES, PRINTABLE, STARTS};
use super::unicode::{Facts, facts};
use crate::fault::Outcome;

/// Whether Python's `str.isspace` and `str.split` take it for white space.
#[inline]
#[must_use]
pub(crate) fn is_space(c: char) -> bool {
    matches!(c,
        '\t'..='\r' | '\x1c'..='\x1f' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}'
        | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Whether there are characters, and all of them pass.
#[inline]
fn every(s: &Str, ascii: fn(&u8) -> bool, test: fn(Facts) -> bool) -> Outcome<bool> {
    if s.is_ascii() {
        return Ok(!s.is_empty() && s.as_bytes().iter().all(ascii));
    }
    for c in s.chars() {
        if !test(facts(c)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `s.isdecimal()`
pub fn isdecimal(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_digit, Facts::is_decimal)
}

/// `s.isdigit()`: also "²", which is no decimal digit.
pub fn isdigit(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_digit, Facts::is_digit)
}

/// `s.isnumeric()`: also "½".
pub fn isnumeric(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_digit, Facts::is_numeric)
}

/// `s.isalpha()`
pub fn isalpha(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_alphabetic, |facts| facts.has(ALPHA))
}

/// `s.isalnum()`
pub fn isalnum(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_alphanumeric, |facts| {
        facts.has(ALPHA) || facts.is_numeric()
    })
}

/// `s.isidentifier()`
pub fn isidentifier(s: &Str) -> Outcome<bool> {
    let Some(first) = s.chars().next() else {
        return Ok(false);
    };
    let continues = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    Ok(facts(first)?.has(STARTS) && every(s, continues, |facts| facts.has(CONTINUES))?)
}

/// `s.isspace()`
pub fn isspace(s: &Str) -> Outcome<bool> {
    Ok(!s.is_empty() && s.chars().all(is_space))
}

/// Whether some characters are of the wanted case, and none of another.
fn only(s: &Str, wanted: fn(Facts) -> bool) -> Outcome<bool> {
    let mut some = false;
    for c in s.chars() {
        let facts = facts(c)?;
        if wanted(facts) {
            some = true;
        } else if facts.is_cased() {
            return Ok(false);
        }
    }
    Ok(some)
}

/// `s.isupper()`
pub fn isupper(s: &Str) -> Outcome<bool> {
    if s.is_ascii() {
        let bytes = s.as_bytes();
        return Ok(
            bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
        );
    }
    only(s, Facts::is_upper)
}

/// `s.islower()`
pub fn islower(s: &Str) -> Outcome<bool> {
    if s.is_ascii() {
        let bytes = s.as_bytes();
        return Ok(
            bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
        );
    }
    only(s, Facts::is_lower)
}

/// `s.istitle()`: capitals only where words begin, small letters only after others.
pub fn istitle(s: &Str) -> Outcome<bool> {
    let (mut some, mut inside) = (false, false);
    for c in s.chars() {
        let facts = facts(c)?;
        if facts.is_cased() {
            if facts.is_lower() != inside {
                return Ok(false);
            }
            some = true;
        }
        inside = facts.is_cased();
    }
    Ok(some)
}

/// `s.isprintable()`
pub fn isprintable(s: &Str) -> Outcome<bool> {
    for c in s.chars() {
        if !facts(c)?.has(PRINTABLE) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `s.isascii()`
#[inline]
#[must_use]
pub fn isascii(s: &Str) -> bool {
    s.is_ascii()
}
