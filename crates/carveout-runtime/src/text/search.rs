//! Finding, counting and replacing.

use super::Str;
use crate::fault::{Outcome, Stop, value_error};

/// The character that a needle is: one is found in a fraction of the time that a text takes.
#[inline]
pub(super) fn single(needle: &str) -> Option<char> {
    match needle.as_bytes() {
        [byte] => Some(char::from(*byte)),
        _ => None,
    }
}

/// Where a needle stands first, in bytes.
#[inline]
fn first(s: &str, needle: &str) -> Option<usize> {
    match single(needle) {
        Some(c) => s.find(c),
        None => s.find(needle),
    }
}

/// Where a needle stands last, in bytes.
#[inline]
fn last(s: &str, needle: &str) -> Option<usize> {
    match single(needle) {
        Some(c) => s.rfind(c),
        None => s.rfind(needle),
    }
}

/// `needle in s`
#[inline]
#[must_use]
pub fn contains(s: &str, needle: &str) -> bool {
    first(s, needle).is_some()
}

/// `s.find(needle)`
#[must_use]
pub fn find(s: &Str, needle: &str) -> i64 {
    first(s, needle).map_or(-1, |at| s.point(at))
}

/// `s.rfind(needle)`
#[must_use]
pub fn rfind(s: &Str, needle: &str) -> i64 {
    last(s, needle).map_or(-1, |at| s.point(at))
}

fn found(at: i64) -> Outcome<i64> {
    match at {
        -1 => Err(value_error("substring not found")),
        at => Ok(at),
    }
}

/// `s.index(needle)`
pub fn index(s: &Str, needle: &str) -> Outcome<i64> {
    found(find(s, needle))
}

/// `s.rindex(needle)`
pub fn rindex(s: &Str, needle: &str) -> Outcome<i64> {
    found(rfind(s, needle))
}

/// `s.count(needle)`
#[must_use]
pub fn count(s: &Str, needle: &str) -> i64 {
    if needle.is_empty() {
        s.count() as i64 + 1
    } else {
        s.matches(needle).count() as i64
    }
}

/// `s.startswith(prefix)`
#[inline]
#[must_use]
pub fn startswith(s: &str, prefix: &str) -> bool {
    s.starts_with(prefix)
}

/// `s.endswith(suffix)`
#[inline]
#[must_use]
pub fn endswith(s: &str, suffix: &str) -> bool {
    s.ends_with(suffix)
}

/// The part of a text between two indexes, and its offset in bytes; None if it starts past its end.
fn window(s: &Str, start: i64, stop: Option<i64>) -> Option<(&str, usize)> {
    let count = s.count() as i64;
    let clamp = |index: i64| {
        if index < 0 {
            (index + count).max(0)
        } else {
            index
        }
    };
    let (from, to) = (clamp(start), clamp(stop.unwrap_or(count)).min(count));
    if from > to {
        return None;
    }
    let (begin, end) = (s.offset(from as usize), s.offset(to as usize));
    Some((&s[begin..end], begin))
}

/// `s.find(needle, start, stop)`
#[must_use]
pub fn find_in(s: &Str, needle: &str, start: i64, stop: Option<i64>) -> i64 {
    window(s, start, stop)
        .and_then(|(part, begin)| Some(s.point(begin + first(part, needle)?)))
        .unwrap_or(-1)
}

/// `s.rfind(needle, start, stop)`
#[must_use]
pub fn rfind_in(s: &Str, needle: &str, start: i64, stop: Option<i64>) -> i64 {
    window(s, start, stop)
        .and_then(|(part, begin)| Some(s.point(begin + last(part, needle)?)))
        .unwrap_or(-1)
}

/// `s.index(needle, start, stop)`
pub fn index_in(s: &Str, needle: &str, start: i64, stop: Option<i64>) -> Outcome<i64> {
    found(find_in(s, needle, start, stop))
}

/// `s.rindex(needle, start, stop)`
pub fn rindex_in(s: &Str, needle: &str, start: i64, stop: Option<i64>) -> Outcome<i64> {
    found(rfind_in(s, needle, start, stop))
}

/// `s.count(needle, start, stop)`
#[must_use]
pub fn count_in(s: &Str, needle: &str, start: i64, stop: Option<i64>) -> i64 {
    match window(s, start, stop) {
        None => 0,
        Some((part, _)) if needle.is_empty() => part.chars().count() as i64 + 1,
        Some((part, _)) => part.matches(needle).count() as i64,
    }
}

/// `s.startswith(prefix, start, stop)`
#[must_use]
pub fn startswith_in(s: &Str, prefix: &str, start: i64, stop: Option<i64>) -> bool {
    window(s, start, stop).is_some_and(|(part, _)| part.starts_with(prefix))
}

/// `s.endswith(suffix, start, stop)`
#[must_use]
pub fn endswith_in(s: &Str, suffix: &str, start: i64, stop: Option<i64>) -> bool {
    window(s, start, stop).is_some_and(|(part, _)| part.ends_with(suffix))
}

/// `s.removeprefix(prefix)`
#[must_use]
pub fn removeprefix(s: &Str, prefix: &str) -> Str {
    s.strip_prefix(prefix)
        .map_or_else(|| s.clone(), |rest| s.same(rest))
}

/// `s.removesuffix(suffix)`
#[must_use]
pub fn removesuffix(s: &Str, suffix: &str) -> Str {
    s.strip_suffix(suffix)
        .map_or_else(|| s.clone(), |rest| s.same(rest))
}

/// `s.replace(old, new)`
pub fn replace(s: &Str, old: &str, new: &str) -> Outcome<Str> {
    replace_max(s, old, new, -1)
}

/// `s.replace(old, new, most)`; all where `most` is negative.
pub fn replace_max(s: &Str, old: &str, new: &str, most: i64) -> Outcome<Str> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if most == 0 || !s.contains(old) {
        return Ok(s.clone());
    }
    let times = (s.as_str().len() / old.len().max(1) + 1).min(most);
    if new.len().saturating_mul(times) > 1 << 30 {
        return Err(Stop::Decline("a text of more than 1 GiB"));
    }
    Ok(s.replacen(old, new, most).into())
}

/// `s.startswith((…))`
#[must_use]
pub fn startswith_any(s: &str, prefixes: &[Str]) -> bool {
    prefixes.iter().any(|prefix| s.starts_with(prefix.as_str()))
}

/// `s.endswith((…))`
#[must_use]
pub fn endswith_any(s: &str, suffixes: &[Str]) -> bool {
    suffixes.iter().any(|suffix| s.ends_with(suffix.as_str()))
}
