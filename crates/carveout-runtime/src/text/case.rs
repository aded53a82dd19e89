//! Upper, lower and title case. Source of the rules: Objects/unicodeobject.c, do_upper and its like.

use super::Str;
use super::unicode::{facts, push_folded, push_lower, push_title, push_upper};
use crate::fault::Outcome;

/// Makes a text character by character: ASCII's way, or with a look at the whole text and the place.
fn made(
    s: &Str,
    ascii: impl FnMut(u8) -> u8,
    mut push: impl FnMut(char, usize, &mut String) -> Outcome<()>,
) -> Outcome<Str> {
    if s.is_ascii() {
        return Ok(Str::ascii(s.bytes().map(ascii).map(char::from).collect()));
    }
    let mut out = String::with_capacity(s.as_str().len() + 2);
    for (at, c) in s.char_indices() {
        push(c, at, &mut out)?;
    }
    Ok(out.into())
}

/// Lower case at a place: a sigma at a word's end has a form of its own.
fn push_lower_at(s: &str, at: usize, c: char, out: &mut String) -> Outcome<()> {
    facts(c)?;
    if c == 'Σ' {
        let ends_word = is_cased_next(s[..at].chars().rev())?
            && !is_cased_next(s[at + c.len_utf8()..].chars())?;
        out.push(if ends_word { 'ς' } else { 'σ' });
    } else {
        push_lower(c, out);
    }
    Ok(())
}

/// Whether the first character that is not passed over has a case.
fn is_cased_next(chars: impl Iterator<Item = char>) -> Outcome<bool> {
    for c in chars {
        let facts = facts(c)?;
        if !facts.is_ignorable() {
            return Ok(facts.is_cased());
        }
    }
    Ok(false)
}

/// `s.upper()`
pub fn upper(s: &Str) -> Outcome<Str> {
    if s.is_ascii() {
        if !s.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Ok(s.clone());
        }
        return Ok(Str::ascii(s.as_str().to_ascii_uppercase()));
    }
    made(
        s,
        |byte| byte.to_ascii_uppercase(),
        |c, _, out| {
            facts(c)?;
            push_upper(c, out);
            Ok(())
        },
    )
}

/// `s.lower()`
pub fn lower(s: &Str) -> Outcome<Str> {
    if s.is_ascii() {
        if !s.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Ok(s.clone());
        }
        return Ok(Str::ascii(s.as_str().to_ascii_lowercase()));
    }
    made(
        s,
        |byte| byte.to_ascii_lowercase(),
        |c, at, out| push_lower_at(s, at, c, out),
    )
}

/// `s.casefold()`
pub fn casefold(s: &Str) -> Outcome<Str> {
    made(
        s,
        |byte| byte.to_ascii_lowercase(),
        |c, _, out| {
            facts(c)?;
            push_folded(c, out);
            Ok(())
        },
    )
}

/// `s.capitalize()`
pub fn capitalize(s: &Str) -> Outcome<Str> {
    let mut first = true;
    let ascii = |byte: u8| {
        if std::mem::take(&mut first) {
            byte.to_ascii_uppercase()
        } else {
            byte.to_ascii_lowercase()
        }
    };
    made(s, ascii, |c, at, out| {
        if at > 0 {
            return push_lower_at(s, at, c, out);
        }
        facts(c)?;
        push_title(c, out);
        Ok(())
    })
}

/// `s.swapcase()`
pub fn swapcase(s: &Str) -> Outcome<Str> {
    let ascii = |byte: u8| {
        if byte.is_ascii_lowercase() {
            byte.to_ascii_uppercase()
        } else {
            byte.to_ascii_lowercase()
        }
    };
    made(s, ascii, |c, at, out| {
        let facts = facts(c)?;
        if facts.is_upper() {
            return push_lower_at(s, at, c, out);
        }
        if facts.is_lower() {
            push_upper(c, out);
        } else {
            out.push(c);
        }
        Ok(())
    })
}

/// `s.title()`
pub fn title(s: &Str) -> Outcome<Str> {
    let mut inside = false;
    let ascii = |byte: u8| {
        let before = std::mem::replace(&mut inside, byte.is_ascii_alphabetic());
        if before {
            byte.to_ascii_lowercase()
        } else {
            byte.to_ascii_uppercase()
        }
    };
    let mut after_cased = false;
    made(s, ascii, |c, at, out| {
        let cased = facts(c)?.is_cased();
        if std::mem::replace(&mut after_cased, cased) {
            return push_lower_at(s, at, c, out);
        }
        push_title(c, out);
        Ok(())
    })
}
