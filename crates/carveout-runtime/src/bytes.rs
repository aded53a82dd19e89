//! Python's `bytes`: cheap to clone, and those that came from Python are not copied.
//!
//! ```
//! use carveout_runtime::{Bytes, bytes};
//! assert_eq!(bytes::hex(&Bytes::from(vec![0, 255])).as_str(), "00ff");
//! ```

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use crate::Str;
use crate::fault::{Outcome, Stop, Value, index_error, raise, value_error};
use crate::list::{Steps, place, steps};
pub use crate::text::{decode_as, decode_with};

/// Immutable bytes. Clones and parts share what they came from.
#[derive(Clone)]
pub struct Bytes {
    whole: Rc<Whole>,
    from: usize,
    to: usize,
}

/// Bytes that others are parts of.
enum Whole {
    Own(Vec<u8>),
    /// Those of a Python object, not copied.
    #[cfg(feature = "python")]
    Held(crate::boundary::HeldBytes),
}

impl Deref for Whole {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(data) => data,
            #[cfg(feature = "python")]
            Self::Held(held) => held,
        }
    }
}

#[cfg(feature = "python")]
impl Bytes {
    pub(crate) fn held(bytes: crate::boundary::HeldBytes) -> Self {
        Self::all(Whole::Held(bytes))
    }

    /// The Python object these bytes are, if they are all of one.
    pub(crate) fn holder(&self) -> Option<&crate::boundary::HeldBytes> {
        match &*self.whole {
            Whole::Held(held) if self.from == 0 && self.to == held.len() => Some(held),
            _ => None,
        }
    }
}

impl Bytes {
    fn all(whole: Whole) -> Self {
        Self {
            from: 0,
            to: whole.len(),
            whole: Rc::new(whole),
        }
    }

    /// The parts one after the other. Large ones are written where Python will have them.
    fn joined(parts: &[&[u8]]) -> Self {
        #[cfg(feature = "python")]
        if let Some(held) = crate::boundary::HeldBytes::joined(parts) {
            return Self::held(held);
        }
        parts.concat().into()
    }

    /// The part from one offset to another, both within.
    pub(crate) fn part(&self, from: usize, to: usize) -> Self {
        Self {
            whole: Rc::clone(&self.whole),
            from: self.from + from,
            to: self.from + to,
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(data: Vec<u8>) -> Self {
        Self::all(Whole::Own(data))
    }
}

impl From<&[u8]> for Bytes {
    fn from(data: &[u8]) -> Self {
        data.to_vec().into()
    }
}

impl Deref for Bytes {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        &self.whole[self.from..self.to]
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&repr(self))
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

crate::compare::beside_looks!(Bytes);

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl Borrow<[u8]> for Bytes {
    fn borrow(&self) -> &[u8] {
        self
    }
}

/// `len(data)`
#[inline]
#[must_use]
pub fn len(data: &[u8]) -> i64 {
    data.len() as i64
}

/// `data[index]`
#[inline]
pub fn get(data: &[u8], index: i64) -> Outcome<i64> {
    place(data.len(), index)
        .and_then(|at| data.get(at))
        .map(|byte| i64::from(*byte))
        .ok_or_else(|| index_error("index out of range"))
}

/// `data[start:stop:step]`
pub fn slice(
    data: &Bytes,
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
) -> Outcome<Bytes> {
    Ok(match steps(data.len(), start, stop, step)? {
        Steps::Span(from, to) => data.part(from, to),
        Steps::Strided { from, step, count } => Steps::strided(from, step, count)
            .map(|at| data[at])
            .collect::<Vec<u8>>()
            .into(),
    })
}

/// The bytes as ints.
#[inline]
pub fn iter(data: &[u8]) -> impl DoubleEndedIterator<Item = i64> + ExactSizeIterator {
    data.iter().map(|byte| i64::from(*byte))
}

/// `a + b`
#[must_use]
pub fn concat(a: &[u8], b: &[u8]) -> Bytes {
    Bytes::joined(&[a, b])
}

/// `data * n`
pub fn repeat(data: &[u8], n: i64) -> Outcome<Bytes> {
    let n = usize::try_from(n).unwrap_or(0);
    if data.len().saturating_mul(n) > 1 << 30 {
        return Err(Stop::Decline("more than 1 GiB of bytes"));
    }
    let whole = data.len() * n;
    let mut made = crate::memory::vec(whole)?;
    if whole > 0 {
        made.extend_from_slice(data);
    }
    while made.len() < whole {
        made.extend_from_within(..made.len().min(whole - made.len()));
    }
    Ok(made.into())
}

/// Where `needle` first is.
fn position(data: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((first, _)) = needle.split_first() else {
        return Some(0);
    };
    let last = data.len().checked_sub(needle.len())?;
    let mut at = 0;
    while at <= last {
        at += data[at..=last].iter().position(|byte| byte == first)?;
        if data[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// `needle in data`
#[must_use]
pub fn contains(data: &[u8], needle: &[u8]) -> bool {
    position(data, needle).is_some()
}

/// `byte in data`
pub fn contains_int(data: &[u8], byte: i64) -> Outcome<bool> {
    match u8::try_from(byte) {
        Ok(byte) => Ok(data.contains(&byte)),
        Err(_) => Err(value_error("byte must be in range(0, 256)")),
    }
}

/// `data.find(needle)`
#[must_use]
pub fn find(data: &[u8], needle: &[u8]) -> i64 {
    position(data, needle).map_or(-1, |at| at as i64)
}

/// `data.rfind(needle)`
#[must_use]
pub fn rfind(data: &[u8], needle: &[u8]) -> i64 {
    if needle.len() > data.len() {
        return -1;
    }
    let places = (0..=data.len() - needle.len()).rev();
    let found = places
        .into_iter()
        .find(|at| data[*at..].starts_with(needle));
    found.map_or(-1, |at| at as i64)
}

/// `data.index(needle)`
pub fn index(data: &[u8], needle: &[u8]) -> Outcome<i64> {
    let found = position(data, needle).map(|at| at as i64);
    found.ok_or_else(|| value_error("subsection not found"))
}

/// `data.count(needle)`
#[must_use]
pub fn count(data: &[u8], needle: &[u8]) -> i64 {
    if needle.is_empty() {
        return data.len() as i64 + 1;
    }
    let (mut found, mut from) = (0, 0);
    while let Some(at) = position(&data[from..], needle) {
        found += 1;
        from += at + needle.len();
    }
    found
}

/// `data.count(byte)`
pub fn count_int(data: &[u8], byte: i64) -> Outcome<i64> {
    match u8::try_from(byte) {
        Ok(byte) => Ok(data.iter().filter(|b| **b == byte).count() as i64),
        Err(_) => Err(value_error("byte must be in range(0, 256)")),
    }
}

/// `data.replace(old, new)`
pub fn replace(data: &[u8], old: &[u8], new: &[u8]) -> Outcome<Bytes> {
    let mut made = Vec::with_capacity(data.len());
    if old.is_empty() {
        for byte in data {
            made.extend_from_slice(new);
            made.push(*byte);
        }
        made.extend_from_slice(new);
        return Ok(made.into());
    }
    let mut from = 0;
    while let Some(at) = position(&data[from..], old) {
        made.extend_from_slice(&data[from..from + at]);
        made.extend_from_slice(new);
        from += at + old.len();
    }
    made.extend_from_slice(&data[from..]);
    Ok(made.into())
}

/// `data.split(separator)`
pub fn split_on(data: &[u8], separator: &[u8]) -> Outcome<Vec<Bytes>> {
    if separator.is_empty() {
        return Err(value_error("empty separator"));
    }
    let (mut parts, mut from) = (Vec::new(), 0);
    while let Some(at) = position(&data[from..], separator) {
        parts.push(data[from..from + at].to_vec().into());
        from += at + separator.len();
    }
    parts.push(data[from..].to_vec().into());
    Ok(parts)
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// `data.split()`
#[must_use]
pub fn split(data: &[u8]) -> Vec<Bytes> {
    data.split(is_space)
        .filter(|part| !part.is_empty())
        .map(|part| part.to_vec().into())
        .collect()
}

fn trimmed(mut data: &[u8], left: bool, right: bool, out: impl Fn(&u8) -> bool) -> Bytes {
    while let [first, rest @ ..] = data
        && left
        && out(first)
    {
        data = rest;
    }
    while let [rest @ .., last] = data
        && right
        && out(last)
    {
        data = rest;
    }
    data.to_vec().into()
}

/// `data.strip()`
#[must_use]
pub fn strip(data: &[u8]) -> Bytes {
    trimmed(data, true, true, is_space)
}

/// `data.lstrip()`
#[must_use]
pub fn lstrip(data: &[u8]) -> Bytes {
    trimmed(data, true, false, is_space)
}

/// `data.rstrip()`
#[must_use]
pub fn rstrip(data: &[u8]) -> Bytes {
    trimmed(data, false, true, is_space)
}

/// `data.strip(of)`
#[must_use]
pub fn strip_bytes(data: &[u8], of: &[u8]) -> Bytes {
    trimmed(data, true, true, |byte| of.contains(byte))
}

/// `data.lstrip(of)`
#[must_use]
pub fn lstrip_bytes(data: &[u8], of: &[u8]) -> Bytes {
    trimmed(data, true, false, |byte| of.contains(byte))
}

/// `data.rstrip(of)`
#[must_use]
pub fn rstrip_bytes(data: &[u8], of: &[u8]) -> Bytes {
    trimmed(data, false, true, |byte| of.contains(byte))
}

/// `data.upper()`
#[must_use]
pub fn upper(data: &[u8]) -> Bytes {
    data.to_ascii_uppercase().into()
}

/// `data.lower()`
#[must_use]
pub fn lower(data: &[u8]) -> Bytes {
    data.to_ascii_lowercase().into()
}

/// `data.isdigit()`
#[must_use]
pub fn isdigit(data: &[u8]) -> bool {
    !data.is_empty() && data.iter().all(u8::is_ascii_digit)
}

/// `data.isalpha()`
#[must_use]
pub fn isalpha(data: &[u8]) -> bool {
    !data.is_empty() && data.iter().all(u8::is_ascii_alphabetic)
}

/// `data.isalnum()`
#[must_use]
pub fn isalnum(data: &[u8]) -> bool {
    !data.is_empty() && data.iter().all(u8::is_ascii_alphanumeric)
}

/// `bytes(count)`
pub fn zeros(count: i64) -> Outcome<Bytes> {
    match count {
        ..0 => Err(value_error("negative count")),
        0..0x1000_0000 => {
            let mut made = crate::memory::vec(count as usize)?;
            made.resize(count as usize, 0_u8);
            Ok(made.into())
        }
        _ => Err(Stop::Decline("that many bytes")),
    }
}

/// `bytes.fromhex(text)`
pub fn from_hex(text: &Str) -> Outcome<Bytes> {
    let mut made = Vec::with_capacity(text.len() / 2);
    let mut chars = text.chars().enumerate().peekable();
    let bad = |at: usize| {
        value_error(format!(
            "non-hexadecimal number found in fromhex() arg at position {at}"
        ))
    };
    while let Some((at, high)) = chars.next() {
        if u8::try_from(high).is_ok_and(|byte| is_space(&byte)) {
            continue;
        }
        let high = high.to_digit(16).ok_or_else(|| bad(at))?;
        let low = chars.next().map(|(_, low)| low.to_digit(16));
        let low = low.flatten().ok_or_else(|| bad(at + 1))?;
        made.push((16 * high + low) as u8);
    }
    Ok(made.into())
}

/// `data.startswith(prefix)`
#[must_use]
pub fn startswith(data: &[u8], prefix: &[u8]) -> bool {
    data.starts_with(prefix)
}

/// `data.endswith(suffix)`
#[must_use]
pub fn endswith(data: &[u8], suffix: &[u8]) -> bool {
    data.ends_with(suffix)
}

/// `separator.join(parts)`
#[must_use]
pub fn join(separator: &[u8], parts: &[Bytes]) -> Bytes {
    parts.join(separator).into()
}

/// `bytes(items)`
pub fn from_ints(items: &[i64]) -> Outcome<Bytes> {
    let bytes = items.iter().map(|item| u8::try_from(*item));
    match bytes.collect::<Result<Vec<u8>, _>>() {
        Ok(bytes) => Ok(bytes.into()),
        Err(_) => Err(value_error("bytes must be in range(0, 256)")),
    }
}

/// `data.decode()`: UTF-8.
pub fn decode(data: &[u8]) -> Outcome<Str> {
    match std::str::from_utf8(data) {
        Ok(text) => Ok(Str::new(text)),
        Err(error) => Err(not_utf8(data, error)),
    }
}

/// `int(data, base)`: of digits in ASCII; what is wrong with others is the reference's to say.
pub fn to_int(data: &[u8], base: i64) -> Outcome<i64> {
    const OTHER: Stop = Stop::Decline("int() of bytes that are no number");
    // Of these the reference takes only six for spaces, which it does of a text's too.
    if !data.is_ascii() || data.iter().any(|byte| (0x1c..=0x1f).contains(byte)) {
        return Err(OTHER);
    }
    let text = Str::new(std::str::from_utf8(data).map_err(|_| OTHER)?);
    crate::int::from_str_base(&text, base).map_err(|_| OTHER)
}

/// `UnicodeDecodeError(encoding, data, start, end, reason)`
#[cold]
fn not_utf8(data: &[u8], error: std::str::Utf8Error) -> Stop {
    let start = error.valid_up_to();
    let (end, reason) = match (error.error_len(), data[start]) {
        (None, _) => (data.len(), "unexpected end of data"),
        (Some(_), 0x80..=0xc1 | 0xf5..) => (start + 1, "invalid start byte"),
        (Some(length), _) => (start + length, "invalid continuation byte"),
    };
    raise(
        "builtins:UnicodeDecodeError",
        vec![
            Value::from("utf-8"),
            Value::Bytes(data.to_vec()),
            Value::Int(start as i64),
            Value::Int(end as i64),
            Value::from(reason),
        ],
    )
}

/// `data.hex()`
#[must_use]
pub fn hex(data: &[u8]) -> Str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * data.len());
    for byte in data {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    Str::ascii(text)
}

/// `repr(data)`
#[must_use]
pub fn repr(data: &[u8]) -> String {
    let quote = if data.contains(&b'\'') && !data.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut text = format!("b{quote}");
    for &byte in data {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b' '..=b'~' if char::from(byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_parts_are_what_python_slices() {
        let data = Bytes::from((0..100).collect::<Vec<u8>>());
        let part = slice(&data, Some(10), Some(-10), None).unwrap_or_default();
        assert_eq!(&*part, &(10..90).collect::<Vec<u8>>()[..]);
        let inner = slice(&part, Some(-5), None, None).unwrap_or_default();
        assert_eq!(&*inner, &[85, 86, 87, 88, 89]);
        assert_eq!(inner, Bytes::from(vec![85, 86, 87, 88, 89]));
        let back = slice(&inner, None, None, Some(-2)).unwrap_or_default();
        assert_eq!(&*back, &[89, 87, 85]);
        assert!(slice(&inner, Some(3), Some(2), None).is_ok_and(|none| none.is_empty()));
        assert_eq!(&*concat(&inner, &back), &[85, 86, 87, 88, 89, 89, 87, 85]);
    }
}
