//! What kind of characters a text is made of.

use super::Str;
use crate::fault::{Outcome, Stop};

const NOT_ASCII: Stop = Stop::Decline("letters past ASCII");

/// Whether Python's `str.isspace` and `str.split` take it for white space.
#[inline]
#[must_use]
pub(crate) fn is_space(c: char) -> bool {
    matches!(c,
        '\t'..='\r' | '\x1c'..='\x1f' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}'
        | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

fn ascii(s: &Str) -> Outcome<&str> {
    if s.is_ascii() { Ok(s) } else { Err(NOT_ASCII) }
}

fn every(s: &Str, test: impl Fn(&u8) -> bool) -> Outcome<bool> {
    Ok(!ascii(s)?.is_empty() && s.as_bytes().iter().all(test))
}

/// `s.isdecimal()`
pub fn isdecimal(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_digit)
}

/// `s.isdigit()`
pub fn isdigit(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_digit)
}

/// `s.isnumeric()`
pub fn isnumeric(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_digit)
}

/// `s.isalpha()`
pub fn isalpha(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_alphabetic)
}

/// `s.isalnum()`
pub fn isalnum(s: &Str) -> Outcome<bool> {
    every(s, u8::is_ascii_alphanumeric)
}

/// `s.isidentifier()`
pub fn isidentifier(s: &Str) -> Outcome<bool> {
    let starts_with_digit = s.as_bytes().first().is_some_and(u8::is_ascii_digit);
    Ok(every(s, |b| b.is_ascii_alphanumeric() || *b == b'_')? && !starts_with_digit)
}

/// `s.isspace()`
pub fn isspace(s: &Str) -> Outcome<bool> {
    Ok(!s.is_empty() && s.chars().all(is_space))
}

/// `s.isupper()`
pub fn isupper(s: &Str) -> Outcome<bool> {
    let bytes = ascii(s)?.as_bytes();
    Ok(bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase))
}

/// `s.islower()`
pub fn islower(s: &Str) -> Outcome<bool> {
    let bytes = ascii(s)?.as_bytes();
    Ok(bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase))
}
