//! Upper and lower case.

use super::Str;
use crate::fault::{Outcome, Stop};

const NOT_ASCII: Stop = Stop::Decline("letters past ASCII");

fn ascii(s: &Str) -> Outcome<&str> {
    if s.is_ascii() { Ok(s) } else { Err(NOT_ASCII) }
}

/// `s.upper()`
pub fn upper(s: &Str) -> Outcome<Str> {
    Ok(Str::ascii(ascii(s)?.to_ascii_uppercase()))
}

/// `s.lower()`
pub fn lower(s: &Str) -> Outcome<Str> {
    Ok(Str::ascii(ascii(s)?.to_ascii_lowercase()))
}

/// `s.casefold()`
pub fn casefold(s: &Str) -> Outcome<Str> {
    lower(s)
}

/// `s.capitalize()`
pub fn capitalize(s: &Str) -> Outcome<Str> {
    let mut text = ascii(s)?.to_ascii_lowercase();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Ok(text.into())
}

/// `s.swapcase()`
pub fn swapcase(s: &Str) -> Outcome<Str> {
    let swapped = ascii(s)?.chars().map(|c| match c {
        'a'..='z' => c.to_ascii_uppercase(),
        _ => c.to_ascii_lowercase(),
    });
    Ok(Str::ascii(swapped.collect()))
}

/// `s.title()`
pub fn title(s: &Str) -> Outcome<Str> {
    let mut inside = false;
    let titled = ascii(s)?.chars().map(|c| {
        let made = if inside {
            c.to_ascii_lowercase()
        } else {
            c.to_ascii_uppercase()
        };
        inside = c.is_ascii_alphabetic();
        made
    });
    Ok(Str::ascii(titled.collect()))
}
