//! Python's `str`: code points, Python's white space, `repr`.
//!
//! Where the answer depends on Unicode tables that may differ from the running Python's (case and
//! class of letters past ASCII), the methods decline.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use crate::fault::{Outcome, Stop};
use crate::raise::{index_error, value_error};

const NOT_ASCII: Stop = Stop::Decline("letters past ASCII");

/// Immutable text, cheap to clone; indexing is O(1) where it is ASCII.
#[derive(Clone)]
pub struct Str {
    text: Rc<str>,
    /// Length in code points.
    chars: usize,
}

impl Str {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            chars: text.chars().count(),
            text: Rc::from(text),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Default for Str {
    fn default() -> Self {
        Self::new("")
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Self {
            chars: text.chars().count(),
            text: Rc::from(text),
        }
    }
}

impl Deref for Str {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// UTF-8 orders as code points do.
impl Ord for Str {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&repr(&self.text))
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether Python's `str.isspace` and `str.split` take it for white space.
#[must_use]
pub fn is_space(c: char) -> bool {
    matches!(c,
        '\t'..='\r' | '\x1c'..='\x1f' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}'
        | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// `len(s)`
#[inline]
#[must_use]
pub fn len(s: &Str) -> i64 {
    s.chars as i64
}

fn is_ascii(s: &Str) -> bool {
    s.chars == s.text.len()
}

/// Byte offset of a code point.
fn offset(s: &Str, index: usize) -> usize {
    if is_ascii(s) {
        index.min(s.text.len())
    } else {
        s.text
            .char_indices()
            .nth(index)
            .map_or(s.text.len(), |(at, _)| at)
    }
}

/// Code points before a byte offset.
fn point(s: &Str, at: usize) -> i64 {
    if is_ascii(s) {
        at as i64
    } else {
        s.text[..at].chars().count() as i64
    }
}

/// `s[i]`
pub fn get(s: &Str, index: i64) -> Outcome<Str> {
    let at = if index < 0 {
        index + s.chars as i64
    } else {
        index
    };
    if at < 0 || at >= s.chars as i64 {
        return Err(index_error("string index out of range"));
    }
    let rest = &s.text[offset(s, at as usize)..];
    let width = rest.chars().next().map_or(0, char::len_utf8);
    Ok(Str {
        text: Rc::from(&rest[..width]),
        chars: 1,
    })
}

/// `s[start:stop]`
#[must_use]
pub fn slice(s: &Str, start: Option<i64>, stop: Option<i64>) -> Str {
    let (from, to) = crate::list::bounds(s.chars, start, stop);
    if from >= to {
        return Str::default();
    }
    let begin = offset(s, from);
    let end = if is_ascii(s) {
        to
    } else {
        begin
            + s.text[begin..]
                .char_indices()
                .nth(to - from)
                .map_or(s.text.len() - begin, |(at, _)| at)
    };
    Str {
        text: Rc::from(&s.text[begin..end]),
        chars: to - from,
    }
}

/// `s[start:stop:step]`
pub fn slice_step(s: &Str, start: Option<i64>, stop: Option<i64>, step: i64) -> Outcome<Str> {
    let chars: Vec<char> = s.text.chars().collect();
    Ok(crate::list::indices(chars.len(), start, stop, step)?
        .map(|i| chars[i])
        .collect::<String>()
        .into())
}

/// `a + b`
#[must_use]
pub fn concat(a: &str, b: &str) -> Str {
    let mut text = String::with_capacity(a.len() + b.len());
    text.push_str(a);
    text.push_str(b);
    text.into()
}

/// `s * n`
pub fn repeat(s: &str, n: i64) -> Outcome<Str> {
    let n = n.max(0) as usize;
    if s.len().saturating_mul(n) > 1 << 30 {
        return Err(Stop::Decline("a text of more than 1 GiB"));
    }
    Ok(s.repeat(n).into())
}

/// The characters, each a text of its own.
pub fn chars(s: &Str) -> impl DoubleEndedIterator<Item = Str> + '_ {
    s.text.chars().map(|c| Str {
        text: Rc::from(c.encode_utf8(&mut [0; 4]) as &str),
        chars: 1,
    })
}

/// `needle in s`
#[must_use]
pub fn contains(s: &str, needle: &str) -> bool {
    s.contains(needle)
}

fn window(s: &Str, start: Option<i64>, stop: Option<i64>) -> Option<(usize, &str)> {
    let count = s.chars as i64;
    let clamp = |x: i64| if x < 0 { (x + count).max(0) } else { x };
    let (from, to) = (
        clamp(start.unwrap_or(0)),
        clamp(stop.unwrap_or(count)).min(count),
    );
    if from > to {
        return None;
    }
    let (begin, end) = (offset(s, from as usize), offset(s, to as usize));
    Some((begin, &s.text[begin..end]))
}

/// `s.find(needle, start, stop)`
#[must_use]
pub fn find(s: &Str, needle: &str, start: Option<i64>, stop: Option<i64>) -> i64 {
    let Some((begin, text)) = window(s, start, stop) else {
        return -1;
    };
    text.find(needle).map_or(-1, |at| point(s, begin + at))
}

/// `s.rfind(needle, start, stop)`
#[must_use]
pub fn rfind(s: &Str, needle: &str, start: Option<i64>, stop: Option<i64>) -> i64 {
    let Some((begin, text)) = window(s, start, stop) else {
        return -1;
    };
    text.rfind(needle).map_or(-1, |at| point(s, begin + at))
}

/// `s.index(needle)`
pub fn index(s: &Str, needle: &str) -> Outcome<i64> {
    match find(s, needle, None, None) {
        -1 => Err(value_error("substring not found")),
        at => Ok(at),
    }
}

/// `s.count(needle)`
#[must_use]
pub fn count(s: &Str, needle: &str) -> i64 {
    if needle.is_empty() {
        s.chars as i64 + 1
    } else {
        s.text.matches(needle).count() as i64
    }
}

#[must_use]
pub fn startswith(s: &str, prefix: &str) -> bool {
    s.starts_with(prefix)
}

#[must_use]
pub fn endswith(s: &str, suffix: &str) -> bool {
    s.ends_with(suffix)
}

/// `s.split()`: at runs of white space, none at the ends.
#[must_use]
pub fn split_whitespace(s: &str) -> Vec<Str> {
    s.split(is_space)
        .filter(|part| !part.is_empty())
        .map(Str::from)
        .collect()
}

/// `s.split(sep, maxsplit)`
pub fn split(s: &str, separator: &str, most: i64) -> Outcome<Vec<Str>> {
    if separator.is_empty() {
        return Err(value_error("empty separator"));
    }
    Ok(if most < 0 {
        s.split(separator).map(Str::from).collect()
    } else {
        s.splitn(most as usize + 1, separator)
            .map(Str::from)
            .collect()
    })
}

/// `s.rsplit(sep, maxsplit)`
pub fn rsplit(s: &str, separator: &str, most: i64) -> Outcome<Vec<Str>> {
    if separator.is_empty() {
        return Err(value_error("empty separator"));
    }
    let mut parts: Vec<Str> = if most < 0 {
        s.rsplit(separator).map(Str::from).collect()
    } else {
        s.rsplitn(most as usize + 1, separator)
            .map(Str::from)
            .collect()
    };
    parts.reverse();
    Ok(parts)
}

/// `s.partition(sep)`
pub fn partition(s: &str, separator: &str) -> Outcome<(Str, Str, Str)> {
    if separator.is_empty() {
        return Err(value_error("empty separator"));
    }
    Ok(match s.split_once(separator) {
        Some((before, after)) => (before.into(), separator.into(), after.into()),
        None => (s.into(), Str::default(), Str::default()),
    })
}

/// `s.splitlines()`
#[must_use]
pub fn splitlines(s: &str) -> Vec<Str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = s.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            continue;
        }
        lines.push(s[start..at].into());
        start = at + c.len_utf8();
        if c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
            chars.next();
            start += 1;
        }
    }
    if start < s.len() {
        lines.push(s[start..].into());
    }
    lines
}

#[must_use]
pub fn strip(s: &str) -> Str {
    s.trim_matches(is_space).into()
}

#[must_use]
pub fn lstrip(s: &str) -> Str {
    s.trim_start_matches(is_space).into()
}

#[must_use]
pub fn rstrip(s: &str) -> Str {
    s.trim_end_matches(is_space).into()
}

#[must_use]
pub fn strip_chars(s: &str, of: &str) -> Str {
    s.trim_matches(|c| of.contains(c)).into()
}

#[must_use]
pub fn lstrip_chars(s: &str, of: &str) -> Str {
    s.trim_start_matches(|c| of.contains(c)).into()
}

#[must_use]
pub fn rstrip_chars(s: &str, of: &str) -> Str {
    s.trim_end_matches(|c| of.contains(c)).into()
}

#[must_use]
pub fn removeprefix(s: &str, prefix: &str) -> Str {
    s.strip_prefix(prefix).unwrap_or(s).into()
}

#[must_use]
pub fn removesuffix(s: &str, suffix: &str) -> Str {
    s.strip_suffix(suffix).unwrap_or(s).into()
}

/// `s.replace(old, new)`
#[must_use]
pub fn replace(s: &str, old: &str, new: &str) -> Str {
    s.replace(old, new).into()
}

/// `sep.join(parts)`
#[must_use]
pub fn join<T: AsRef<str>>(separator: &str, parts: &[T]) -> Str {
    let size: usize = parts
        .iter()
        .map(|p| p.as_ref().len() + separator.len())
        .sum();
    let mut text = String::with_capacity(size);
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            text.push_str(separator);
        }
        text.push_str(part.as_ref());
    }
    text.into()
}

fn ascii(s: &str) -> Outcome<&str> {
    if s.is_ascii() { Ok(s) } else { Err(NOT_ASCII) }
}

pub fn upper(s: &str) -> Outcome<Str> {
    Ok(ascii(s)?.to_ascii_uppercase().into())
}

pub fn lower(s: &str) -> Outcome<Str> {
    Ok(ascii(s)?.to_ascii_lowercase().into())
}

pub fn capitalize(s: &str) -> Outcome<Str> {
    let mut text = ascii(s)?.to_ascii_lowercase();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Ok(text.into())
}

pub fn title(s: &str) -> Outcome<Str> {
    let mut text = String::with_capacity(s.len());
    let mut inside = false;
    for c in ascii(s)?.chars() {
        text.push(if inside {
            c.to_ascii_lowercase()
        } else {
            c.to_ascii_uppercase()
        });
        inside = c.is_ascii_alphabetic();
    }
    Ok(text.into())
}

fn every(s: &str, test: impl Fn(&char) -> bool) -> Outcome<bool> {
    Ok(!ascii(s)?.is_empty() && s.chars().all(|c| test(&c)))
}

pub fn isdigit(s: &str) -> Outcome<bool> {
    every(s, char::is_ascii_digit)
}

pub fn isalpha(s: &str) -> Outcome<bool> {
    every(s, char::is_ascii_alphabetic)
}

pub fn isalnum(s: &str) -> Outcome<bool> {
    every(s, char::is_ascii_alphanumeric)
}

#[must_use]
pub fn isspace(s: &str) -> bool {
    !s.is_empty() && s.chars().all(is_space)
}

pub fn isupper(s: &str) -> Outcome<bool> {
    Ok(ascii(s)?.bytes().any(|b| b.is_ascii_uppercase())
        && !s.bytes().any(|b| b.is_ascii_lowercase()))
}

pub fn islower(s: &str) -> Outcome<bool> {
    Ok(ascii(s)?.bytes().any(|b| b.is_ascii_lowercase())
        && !s.bytes().any(|b| b.is_ascii_uppercase()))
}

fn padded(s: &Str, width: i64, fill: &str, left: usize, right: usize) -> Outcome<Str> {
    if width > 1 << 28 {
        return Err(Stop::Decline("a text of more than 256 MiB"));
    }
    let mut chars = fill.chars();
    let (Some(fill), None) = (chars.next(), chars.next()) else {
        return Err(crate::raise::message(
            "builtins:TypeError",
            "The fill character must be exactly one character long",
        ));
    };
    let mut text = String::with_capacity(s.len() + left + right);
    text.extend(std::iter::repeat_n(fill, left));
    text.push_str(s);
    text.extend(std::iter::repeat_n(fill, right));
    Ok(text.into())
}

fn missing(s: &Str, width: i64) -> usize {
    (width - s.chars as i64).max(0) as usize
}

pub fn ljust(s: &Str, width: i64, fill: &str) -> Outcome<Str> {
    padded(s, width, fill, 0, missing(s, width))
}

pub fn rjust(s: &Str, width: i64, fill: &str) -> Outcome<Str> {
    padded(s, width, fill, missing(s, width), 0)
}

pub fn center(s: &Str, width: i64, fill: &str) -> Outcome<Str> {
    let lack = missing(s, width);
    // The odd one goes left where the width is odd (Objects/unicodeobject.c, unicode_center).
    let left = lack / 2 + (lack & width.max(0) as usize & 1);
    padded(s, width, fill, left, lack - left)
}

/// `s.zfill(width)`
pub fn zfill(s: &Str, width: i64) -> Outcome<Str> {
    let lack = missing(s, width);
    if lack == 0 {
        return Ok(s.clone());
    }
    match s.strip_prefix(['+', '-']) {
        Some(rest) => Ok(format!("{}{}{rest}", &s[..1], "0".repeat(lack)).into()),
        None => padded(s, width, "0", lack, 0),
    }
}

/// `ord(s)`
pub fn ord(s: &Str) -> Outcome<i64> {
    let mut chars = s.text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(i64::from(u32::from(c))),
        _ => Err(crate::raise::message(
            "builtins:TypeError",
            format!(
                "ord() expected a character, but string of length {} found",
                s.chars
            ),
        )),
    }
}

/// `chr(n)`
pub fn chr(n: i64) -> Outcome<Str> {
    match u32::try_from(n).ok().filter(|n| *n <= 0x10_FFFF) {
        None => Err(value_error("chr() arg not in range(0x110000)")),
        Some(n) => match char::from_u32(n) {
            Some(c) => Ok(Str::from(c.to_string())),
            None => Err(Stop::Decline("a lone surrogate")),
        },
    }
}

/// `repr(s)`, for text Python prints as it is; letters past ASCII are taken as printable except
/// for the ranges that never are.
#[must_use]
pub fn repr(s: &str) -> String {
    let quote = if s.contains('\'') && !s.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut text = String::with_capacity(s.len() + 2);
    text.push(quote);
    for c in s.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c == quote => {
                text.push('\\');
                text.push(c);
            }
            c if u32::from(c) < 0x20 || u32::from(c) == 0x7f => {
                text.push_str(&format!("\\x{:02x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text.push(quote);
    text
}

/// `repr(s)` as an operation of the carving: declines where printability needs Unicode's tables.
pub fn repr_of(s: &str) -> Outcome<Str> {
    Ok(repr(ascii(s)?).into())
}
