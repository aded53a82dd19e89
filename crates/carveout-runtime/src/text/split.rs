//! Splitting and stripping: every part shares the text it comes from.

use super::search::single;
use super::{Str, is_space};
use crate::fault::{Outcome, value_error};

/// `s.split()`: at runs of white space, none at the ends.
#[must_use]
pub fn split(s: &Str) -> Vec<Str> {
    if s.is_ascii() {
        return split_ascii(s);
    }
    s.as_str()
        .split(is_space)
        .filter(|part| !part.is_empty())
        .map(|part| s.same(part))
        .collect()
}

/// The same by bytes.
fn split_ascii(s: &Str) -> Vec<Str> {
    let bytes = s.as_bytes();
    let mut parts = Vec::new();
    let mut at = 0;
    loop {
        while at < bytes.len() && is_ascii_space(bytes[at]) {
            at += 1;
        }
        if at == bytes.len() {
            return parts;
        }
        let from = at;
        while at < bytes.len() && !is_ascii_space(bytes[at]) {
            at += 1;
        }
        parts.push(s.part(from, at));
    }
}

#[inline]
fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=0x1f | b' ')
}

/// `s.split(separator)`
pub fn split_on(s: &Str, separator: &str) -> Outcome<Vec<Str>> {
    split_on_max(s, separator, -1)
}

/// `s.split(separator, most)`; everywhere where `most` is negative.
pub fn split_on_max(s: &Str, separator: &str, most: i64) -> Outcome<Vec<Str>> {
    if separator.is_empty() {
        return Err(value_error("empty separator"));
    }
    let parts = usize::try_from(most).map_or(usize::MAX, |most| most + 1);
    if let Some(c) = single(separator) {
        return Ok(s.splitn(parts, c).map(|part| s.same(part)).collect());
    }
    Ok(s.splitn(parts, separator)
        .map(|part| s.same(part))
        .collect())
}

/// `s.split(None, most)`: the rest keeps its white space.
#[must_use]
pub fn split_max(s: &Str, most: i64) -> Vec<Str> {
    let Ok(most) = usize::try_from(most) else {
        return split(s);
    };
    let mut parts = Vec::new();
    let mut rest = s.as_str().trim_start_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == most {
            parts.push(s.same(rest));
            break;
        }
        let end = rest.find(is_space).unwrap_or(rest.len());
        parts.push(s.same(&rest[..end]));
        rest = rest[end..].trim_start_matches(is_space);
    }
    parts
}

/// `s.rsplit(None, most)`: the rest keeps its white space.
#[must_use]
pub fn rsplit_max(s: &Str, most: i64) -> Vec<Str> {
    let Ok(most) = usize::try_from(most) else {
        return split(s);
    };
    let mut parts = Vec::new();
    let mut rest = s.as_str().trim_end_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == most {
            parts.push(s.same(rest));
            break;
        }
        // Behind the last white space there is: its first byte is `at`, one character long.
        let start = rest
            .char_indices()
            .rfind(|(_, c)| is_space(*c))
            .map_or(0, |(at, c)| at + c.len_utf8());
        parts.push(s.same(&rest[start..]));
        rest = rest[..start].trim_end_matches(is_space);
    }
    parts.reverse();
    parts
}

/// `s.rsplit(separator, most)`; everywhere where `most` is negative.
pub fn rsplit_on_max(s: &Str, separator: &str, most: i64) -> Outcome<Vec<Str>> {
    if separator.is_empty() {
        return Err(value_error("empty separator"));
    }
    let parts = usize::try_from(most).map_or(usize::MAX, |most| most + 1);
    let mut parts: Vec<Str> = s
        .rsplitn(parts, separator)
        .map(|part| s.same(part))
        .collect();
    parts.reverse();
    Ok(parts)
}

/// `s.rsplit(separator)`
pub fn rsplit_on(s: &Str, separator: &str) -> Outcome<Vec<Str>> {
    rsplit_on_max(s, separator, -1)
}

/// `s.splitlines()`
#[must_use]
pub fn splitlines(s: &Str) -> Vec<Str> {
    splitlines_keeping(s, false)
}

/// `s.splitlines(keep)`: with the ends of the lines if `keep` is true.
#[must_use]
pub fn splitlines_keeping(s: &Str, keep: bool) -> Vec<Str> {
    if s.is_ascii() {
        return ascii_lines(s, keep);
    }
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = s.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            continue;
        }
        let mut end = at + c.len_utf8();
        if c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
            chars.next();
            end += 1;
        }
        lines.push(s.part(start, if keep { end } else { at }));
        start = end;
    }
    if start < s.as_str().len() {
        lines.push(s.part(start, s.as_str().len()));
    }
    lines
}

/// The same by bytes.
fn ascii_lines(s: &Str, keep: bool) -> Vec<Str> {
    let bytes = s.raw();
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        // All ends of lines are below a space, and so is little else.
        if bytes[at] >= b' ' || !matches!(bytes[at], b'\n'..=b'\r' | 0x1c..=0x1e) {
            at += 1;
            continue;
        }
        let pair = bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
        let end = at + 1 + usize::from(pair);
        lines.push(s.part(start, if keep { end } else { at }));
        (start, at) = (end, end);
    }
    if start < bytes.len() {
        lines.push(s.part(start, bytes.len()));
    }
    lines
}

/// `s.partition(separator)`
pub fn partition(s: &Str, separator: &Str) -> Outcome<(Str, Str, Str)> {
    if separator.is_empty() {
        return Err(value_error("empty separator"));
    }
    Ok(match s.split_once(separator.as_str()) {
        Some((before, after)) => (s.same(before), separator.clone(), s.same(after)),
        None => (s.clone(), Str::default(), Str::default()),
    })
}

/// `s.rpartition(separator)`
pub fn rpartition(s: &Str, separator: &Str) -> Outcome<(Str, Str, Str)> {
    if separator.is_empty() {
        return Err(value_error("empty separator"));
    }
    Ok(match s.rsplit_once(separator.as_str()) {
        Some((before, after)) => (s.same(before), separator.clone(), s.same(after)),
        None => (Str::default(), Str::default(), s.clone()),
    })
}

/// `s.strip()`
pub fn strip(s: &Str) -> Outcome<Str> {
    Ok(stripped(s, true, true))
}

/// `s.lstrip()`
pub fn lstrip(s: &Str) -> Outcome<Str> {
    Ok(stripped(s, true, false))
}

/// `s.rstrip()`
pub fn rstrip(s: &Str) -> Outcome<Str> {
    Ok(stripped(s, false, true))
}

fn stripped(s: &Str, left: bool, right: bool) -> Str {
    if s.is_ascii() {
        let bytes = s.raw();
        let (mut from, mut to) = (0, bytes.len());
        while left && from < to && is_ascii_space(bytes[from]) {
            from += 1;
        }
        while right && from < to && is_ascii_space(bytes[to - 1]) {
            to -= 1;
        }
        return s.part(from, to);
    }
    let rest = if left {
        s.trim_start_matches(is_space)
    } else {
        s
    };
    s.same(if right {
        rest.trim_end_matches(is_space)
    } else {
        rest
    })
}

/// `s.strip(of)`
#[must_use]
pub fn strip_chars(s: &Str, of: &str) -> Str {
    s.same(s.trim_matches(|c| of.contains(c)))
}

/// `s.lstrip(of)`
#[must_use]
pub fn lstrip_chars(s: &Str, of: &str) -> Str {
    s.same(s.trim_start_matches(|c| of.contains(c)))
}

/// `s.rstrip(of)`
#[must_use]
pub fn rstrip_chars(s: &Str, of: &str) -> Str {
    s.same(s.trim_end_matches(|c| of.contains(c)))
}
