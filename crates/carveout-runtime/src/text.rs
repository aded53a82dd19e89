//! Python's `str`: code points, Python's white space, `repr`.
//!
//! ```
//! use carveout_runtime::{Str, text};
//! let line = Str::from("größe = 3");
//! assert_eq!(text::slice(&line, Some(1), Some(4), None).unwrap(), "röß");
//! assert_eq!(text::find(&line, "="), 6);
//! ```
//!
//! Parts (slices, fields of a split) share the text they come from. What hangs on Unicode's tables
//! (case and class of letters past ASCII) is in `case` and `class`.

mod builder;
mod case;
mod class;
mod codec;
pub(crate) mod number;
mod pad;
mod search;
mod small;
mod split;
mod str;
mod tables;
mod translate;
pub(crate) mod unicode;

pub(crate) use builder::digits;
pub use builder::{Builder, Piece};
pub use case::{capitalize, casefold, lower, swapcase, title, upper};
pub(crate) use class::is_space;
pub use class::{
    isalnum, isalpha, isascii, isdecimal, isdigit, isidentifier, islower, isnumeric, isprintable,
    isspace, istitle, isupper,
};
pub use codec::{decode_as, decode_with, encode_as, encode_with};
pub use pad::{center, center_with, ljust, ljust_with, rjust, rjust_with, zfill};
pub use search::{
    contains, count, count_in, endswith, endswith_any, endswith_in, find, find_in, index, index_in,
    removeprefix, removesuffix, replace, replace_max, rfind, rfind_in, rindex, rindex_in,
    startswith, startswith_any, startswith_in,
};
pub use split::{
    lstrip, lstrip_chars, partition, rpartition, rsplit_max, rsplit_on, rsplit_on_max, rstrip,
    rstrip_chars, split, split_max, split_on, split_on_max, splitlines, splitlines_keeping, strip,
    strip_chars,
};
pub use str::Str;
pub use translate::{
    expandtabs, maketrans, maketrans_without, translate, translate_some, translate_to,
};

use crate::Bytes;
use crate::fault::{
    Outcome, Stop, index_error, overflow_error, python_minor, type_error, value_error,
};
use crate::list::{Steps, place, steps};

/// `len(s)`
#[inline]
#[must_use]
pub fn len(s: &Str) -> i64 {
    s.count() as i64
}

/// `s[index]`
#[inline]
pub fn get(s: &Str, index: i64) -> Outcome<Str> {
    let length = if s.is_ascii() {
        s.as_str().len()
    } else {
        s.count()
    };
    match place(length, index) {
        None => Err(index_error("string index out of range")),
        Some(at) if s.is_ascii() => Ok(Str::ascii_char(s.as_bytes()[at])),
        Some(at) => {
            let begin = s.offset(at);
            let width = s[begin..].chars().next().map_or(0, char::len_utf8);
            Ok(s.part(begin, begin + width))
        }
    }
}

/// `s[start:stop:step]`
pub fn slice(s: &Str, start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Outcome<Str> {
    Ok(match steps(s.count(), start, stop, step)? {
        Steps::Span(from, to) if s.is_ascii() => s.part(from, to),
        Steps::Span(from, to) => {
            let begin = s.offset(from);
            let mut rest = s[begin..].chars();
            if to > from {
                rest.nth(to - from - 1);
            }
            s.part(begin, s.as_str().len() - rest.as_str().len())
        }
        Steps::Strided { from, step, count } if s.is_ascii() => {
            let bytes = s.as_bytes();
            let picked = Steps::strided(from, step, count).map(|at| char::from(bytes[at]));
            Str::ascii(picked.collect())
        }
        Steps::Strided { from, step, count } => {
            let chars: Vec<char> = s.chars().collect();
            let picked = Steps::strided(from, step, count).map(|at| chars[at]);
            picked.collect::<String>().into()
        }
    })
}

/// The characters, each a text of its own.
#[inline]
pub fn chars(s: &Str) -> Chars<'_> {
    Chars(if s.is_ascii() {
        Walk::Ascii(s.as_bytes().iter())
    } else {
        Walk::Wide(s.as_str().chars())
    })
}

/// See [`chars`].
#[derive(Debug, Clone)]
pub struct Chars<'a>(Walk<'a>);

#[derive(Debug, Clone)]
enum Walk<'a> {
    Ascii(std::slice::Iter<'a, u8>),
    Wide(std::str::Chars<'a>),
}

impl Iterator for Chars<'_> {
    type Item = Str;

    #[inline]
    fn next(&mut self) -> Option<Str> {
        match &mut self.0 {
            Walk::Ascii(bytes) => bytes.next().map(|byte| Str::ascii_char(*byte)),
            Walk::Wide(chars) => chars.next().map(Str::char),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Walk::Ascii(bytes) => bytes.size_hint(),
            Walk::Wide(chars) => chars.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Chars<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Str> {
        match &mut self.0 {
            Walk::Ascii(bytes) => bytes.next_back().map(|byte| Str::ascii_char(*byte)),
            Walk::Wide(chars) => chars.next_back().map(Str::char),
        }
    }
}

/// `list(s)`
#[must_use]
pub fn to_vec(s: &Str) -> Vec<Str> {
    chars(s).collect()
}

/// `a + b`
#[must_use]
pub fn concat(a: &Str, b: &Str) -> Str {
    if a.is_empty() {
        return b.clone();
    }
    if b.is_empty() {
        return a.clone();
    }
    let (ascii, length) = (a.is_ascii() && b.is_ascii(), a.len() + b.len());
    if length <= small::MOST {
        let mut both = Str::copied(a, ascii);
        both.push(b);
        return both;
    }
    let mut text = String::with_capacity(length);
    text.push_str(a);
    text.push_str(b);
    Str::whole(text, ascii)
}

/// `s + more`, where `s` is not needed any more: it grows in place unless it is shared.
#[inline]
#[must_use]
pub fn append(mut s: Str, more: &Str) -> Str {
    s.push(more);
    s
}

/// `s * n`
pub fn repeat(s: &str, n: i64) -> Outcome<Str> {
    let n = usize::try_from(n).unwrap_or(0);
    if s.len().saturating_mul(n) > 1 << 30 {
        return Err(Stop::Decline("a text of more than 1 GiB"));
    }
    let mut made = crate::memory::text(s.len() * n)?;
    let whole = s.len() * n;
    if whole > 0 {
        made.push_str(s);
    }
    while made.len() < whole {
        // Whole copies of `s`, twice as many each time.
        made.extend_from_within(..made.len().min(whole - made.len()));
    }
    Ok(made.into())
}

/// `separator.join(parts)`
#[must_use]
pub fn join(separator: &str, parts: &[Str]) -> Str {
    match parts {
        [] => Str::default(),
        [part] => part.clone(),
        _ => parts.join(separator).into(),
    }
}

/// `s.encode()`
#[must_use]
pub fn encode(s: &str) -> Bytes {
    s.as_bytes().into()
}

/// `str(flag)`
#[inline]
#[must_use]
pub fn from_bool(flag: bool) -> Str {
    Str::from_static(if flag { "True" } else { "False" })
}

/// `ord(s)`
pub fn ord(s: &Str) -> Outcome<i64> {
    let mut chars = s.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(i64::from(u32::from(c))),
        _ => Err(type_error(format!(
            "ord() expected a character, but string of length {} found",
            s.count()
        ))),
    }
}

/// `chr(n)`
pub fn chr(n: i64) -> Outcome<Str> {
    if python_minor() < 13 && i32::try_from(n).is_err() {
        return Err(overflow_error("Python int too large to convert to C int"));
    }
    match u32::try_from(n).ok().filter(|n| *n <= 0x10_FFFF) {
        None => Err(value_error("chr() arg not in range(0x110000)")),
        Some(n) => char::from_u32(n)
            .map(Str::char)
            .ok_or(Stop::Decline("a lone surrogate")),
    }
}

/// `repr(s)`
pub fn repr(s: &Str) -> Outcome<Str> {
    let quote = if s.contains('\'') && !s.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut text = String::with_capacity(s.as_str().len() + 2);
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
            ' '..='~' => text.push(c),
            c if unicode::facts(c)?.has(tables::PRINTABLE) => text.push(c),
            c => codec::escape(&mut text, u32::from(c)),
        }
    }
    text.push(quote);
    Ok(text.into())
}

/// What `ascii` makes of a `repr`.
#[must_use]
pub fn to_ascii(shown: &Str) -> Str {
    if shown.is_ascii() {
        return shown.clone();
    }
    let mut text = String::with_capacity(shown.as_str().len());
    for c in shown.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            codec::escape(&mut text, u32::from(c));
        }
    }
    Str::ascii(text)
}

/// `"%c" % n`
pub fn percent_int(n: i64) -> Outcome<Str> {
    match u32::try_from(n).ok().filter(|n| *n <= 0x10_FFFF) {
        None => Err(overflow_error("%c arg not in range(0x110000)")),
        Some(n) => chr(i64::from(n)),
    }
}

/// `"%c" % s`
pub fn percent_str(s: &Str) -> Outcome<Str> {
    if s.count() == 1 {
        return Ok(s.clone());
    }
    // Later versions name what was given.
    if python_minor() < 14 {
        return Err(type_error("%c requires int or char"));
    }
    Err(Stop::Decline("%c of a text that is not one character"))
}
