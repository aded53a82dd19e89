//! A text of exactly one character, where the compiler knows that it is one: a Rust `char`.
//!
//! ```
//! use carveout_runtime::{Str, character};
//! let c = character::at(&Str::from("größe"), 2).unwrap();
//! assert_eq!(c, 'ö');
//! assert!(character::isalpha(c).unwrap());
//! assert_eq!(character::text(c), "ö");
//! ```
//!
//! Everything is as the function of the same name in [`crate::text`] has it; texts hold no lone
//! surrogates, so that no character is left out.

use crate::fault::{Outcome, index_error};
use crate::list::place;
use crate::{Str, int, text};

/// `s[index]`
#[inline]
pub fn at(s: &Str, index: i64) -> Outcome<char> {
    if s.is_ascii() {
        let bytes = s.raw();
        return match place(bytes.len(), index) {
            Some(at) => Ok(char::from(bytes[at])),
            None => Err(index_error("string index out of range")),
        };
    }
    wide_at(s, index)
}

/// Apart, so that loops over ASCII stay small.
#[inline(never)]
fn wide_at(s: &Str, index: i64) -> Outcome<char> {
    let found = if index >= 0 {
        s.chars().nth(index as usize)
    } else {
        let back = usize::try_from(-(index + 1)).unwrap_or(usize::MAX);
        s.chars().nth_back(back)
    };
    found.ok_or_else(|| index_error("string index out of range"))
}

/// `chr(n)`
pub fn chr(n: i64) -> Outcome<char> {
    let made = text::chr(n)?;
    // A text of one character.
    Ok(made.chars().next().unwrap_or_default())
}

/// The character as a text.
#[inline]
#[must_use]
pub fn text(c: char) -> Str {
    Str::char(c)
}

/// `ord(c)`
#[inline]
#[must_use]
pub fn ord(c: char) -> i64 {
    i64::from(u32::from(c))
}

/// `c == s`
#[inline]
#[must_use]
pub fn is(c: char, s: &Str) -> bool {
    let mut buffer = [0; 4];
    s.raw() == c.encode_utf8(&mut buffer).as_bytes()
}

/// `c in s`
#[inline]
#[must_use]
pub fn within(c: char, s: &str) -> bool {
    if c.is_ascii() {
        return s.as_bytes().contains(&(c as u8));
    }
    s.contains(c)
}

/// `s + c`, where `s` is not needed any more.
#[inline]
#[must_use]
pub fn append(mut s: Str, c: char) -> Str {
    s.push_char(c);
    s
}

macro_rules! classes {
    ($($name:ident, $ascii:expr;)*) => {$(
        #[doc = concat!("`c.", stringify!($name), "()`")]
        #[inline]
        pub fn $name(c: char) -> Outcome<bool> {
            if c.is_ascii() {
                let test: fn(&char) -> bool = $ascii;
                return Ok(test(&c));
            }
            wide(c, text::$name)
        }
    )*};
}

classes! {
    isdecimal, char::is_ascii_digit;
    isdigit, char::is_ascii_digit;
    isnumeric, char::is_ascii_digit;
    isalpha, char::is_ascii_alphabetic;
    isalnum, char::is_ascii_alphanumeric;
    isspace, |c| matches!(c, '\t'..='\r' | '\x1c'..='\x1f' | ' ');
    isupper, char::is_ascii_uppercase;
    islower, char::is_ascii_lowercase;
    isidentifier, |c| c.is_ascii_alphabetic() || *c == '_';
    isprintable, |c| matches!(c, ' '..='~');
}

#[inline(never)]
fn wide(c: char, test: fn(&Str) -> Outcome<bool>) -> Outcome<bool> {
    test(&Str::char(c))
}

/// `c.isascii()`
#[inline]
#[must_use]
pub fn isascii(c: char) -> bool {
    c.is_ascii()
}

/// `c.lower()`: a text, as one character may become several.
#[inline]
pub fn lower(c: char) -> Outcome<Str> {
    if c.is_ascii() {
        return Ok(Str::char(c.to_ascii_lowercase()));
    }
    text::lower(&Str::char(c))
}

/// `c.upper()`: a text, as one character may become several.
#[inline]
pub fn upper(c: char) -> Outcome<Str> {
    if c.is_ascii() {
        return Ok(Str::char(c.to_ascii_uppercase()));
    }
    text::upper(&Str::char(c))
}

/// `int(c)`
#[inline]
pub fn int(c: char) -> Outcome<i64> {
    if c.is_ascii_digit() {
        return Ok(i64::from(c as u8 - b'0'));
    }
    int::from_str(&Str::char(c))
}
