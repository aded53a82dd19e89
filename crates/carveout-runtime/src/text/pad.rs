//! Texts filled up to a width.

use super::Str;
use crate::fault::{Outcome, Stop, type_error};

fn missing(s: &Str, width: i64) -> Outcome<usize> {
    if width > 1 << 28 {
        return Err(Stop::Decline("a text of more than 256 MiB"));
    }
    Ok((width - s.count() as i64).max(0) as usize)
}

fn padded(s: &Str, fill: char, left: usize, right: usize) -> Outcome<Str> {
    if left + right == 0 {
        return Ok(s.clone());
    }
    let size = s.as_str().len() + (left + right) * fill.len_utf8();
    let mut text = crate::memory::text(size)?;
    text.extend(std::iter::repeat_n(fill, left));
    text.push_str(s);
    text.extend(std::iter::repeat_n(fill, right));
    Ok(text.into())
}

fn filler(fill: &str) -> Outcome<char> {
    let mut chars = fill.chars();
    match (chars.next(), chars.next()) {
        (Some(fill), None) => Ok(fill),
        _ => Err(type_error(
            "The fill character must be exactly one character long",
        )),
    }
}

/// `s.ljust(width)`
pub fn ljust(s: &Str, width: i64) -> Outcome<Str> {
    ljust_with(s, width, " ")
}

/// `s.ljust(width, fill)`
pub fn ljust_with(s: &Str, width: i64, fill: &str) -> Outcome<Str> {
    padded(s, filler(fill)?, 0, missing(s, width)?)
}

/// `s.rjust(width)`
pub fn rjust(s: &Str, width: i64) -> Outcome<Str> {
    rjust_with(s, width, " ")
}

/// `s.rjust(width, fill)`
pub fn rjust_with(s: &Str, width: i64, fill: &str) -> Outcome<Str> {
    padded(s, filler(fill)?, missing(s, width)?, 0)
}

/// `s.center(width)`
pub fn center(s: &Str, width: i64) -> Outcome<Str> {
    center_with(s, width, " ")
}

/// `s.center(width, fill)`: the odd one goes left where the width is odd.
pub fn center_with(s: &Str, width: i64, fill: &str) -> Outcome<Str> {
    let fill = filler(fill)?;
    let lack = missing(s, width)?;
    let left = lack / 2 + (lack & width as usize & 1);
    padded(s, fill, left, lack - left)
}

/// `s.zfill(width)`
pub fn zfill(s: &Str, width: i64) -> Outcome<Str> {
    let lack = missing(s, width)?;
    match s.strip_prefix(['+', '-']) {
        Some(rest) if lack > 0 => {
            let mut text = crate::memory::text(s.as_str().len() + lack)?;
            text.push_str(&s[..1]);
            text.extend(std::iter::repeat_n('0', lack));
            text.push_str(rest);
            Ok(text.into())
        }
        _ => padded(s, '0', lack, 0),
    }
}
