//! Finding, counting and replacing.

use super::Str;
use crate::fault::{Outcome, Stop, value_error};

/// `needle in s`
#[inline]
#[must_use]
pub fn contains(s: &str, needle: &str) -> bool {
    s.contains(needle)
}

/// `s.find(needle)`
#[must_use]
pub fn find(s: &Str, needle: &str) -> i64 {
    s.as_str().find(needle).map_or(-1, |at| s.point(at))
}

/// `s.rfind(needle)`
#[must_use]
pub fn rfind(s: &Str, needle: &str) -> i64 {
    s.as_str().rfind(needle).map_or(-1, |at| s.point(at))
}

/// `s.index(needle)`
pub fn index(s: &Str, needle: &str) -> Outcome<i64> {
    match find(s, needle) {
        -1 => Err(value_error("substring not found")),
        at => Ok(at),
    }
}

/// `s.rindex(needle)`
pub fn rindex(s: &Str, needle: &str) -> Outcome<i64> {
    match rfind(s, needle) {
        -1 => Err(value_error("substring not found")),
        at => Ok(at),
    }
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
