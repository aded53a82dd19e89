//! `str.maketrans`, `str.translate` and `str.expandtabs`.

use super::Str;
use crate::Dict;
use crate::fault::{Outcome, Stop, value_error};

/// `str.maketrans(from, to)`
pub fn maketrans(from: &Str, to: &Str) -> Outcome<Dict<i64, i64>> {
    if from.count() != to.count() {
        return Err(value_error(
            "the first two maketrans arguments must have equal length",
        ));
    }
    let codes = |c: char| i64::from(u32::from(c));
    let pairs = from.chars().zip(to.chars());
    Ok(pairs.map(|(a, b)| (codes(a), codes(b))).collect())
}

/// `str.maketrans(from, to, without)`
pub fn maketrans_without(from: &Str, to: &Str, without: &Str) -> Outcome<Dict<i64, Option<i64>>> {
    let made = maketrans(from, to)?.into_entries();
    let mut made: Dict<i64, Option<i64>> = made.map(|(key, value)| (key, Some(value))).collect();
    for c in without.chars() {
        made.insert(i64::from(u32::from(c)), None);
    }
    Ok(made)
}

fn put(made: &mut String, code: i64) -> Outcome<()> {
    let Ok(code) = u32::try_from(code) else {
        return Err(value_error("character mapping must be in range(0x110000)"));
    };
    if code > 0x10_ffff {
        return Err(value_error("character mapping must be in range(0x110000)"));
    }
    made.push(char::from_u32(code).ok_or(Stop::Decline("a lone surrogate"))?);
    Ok(())
}

/// `s.translate(table)`
pub fn translate(s: &Str, table: &Dict<i64, i64>) -> Outcome<Str> {
    let mut made = String::with_capacity(s.len());
    for c in s.chars() {
        match table.get(&i64::from(u32::from(c))) {
            Some(code) => put(&mut made, *code)?,
            None => made.push(c),
        }
    }
    Ok(made.into())
}

/// `s.translate(table)` of a table that also leaves out.
pub fn translate_some(s: &Str, table: &Dict<i64, Option<i64>>) -> Outcome<Str> {
    let mut made = String::with_capacity(s.len());
    for c in s.chars() {
        match table.get(&i64::from(u32::from(c))) {
            Some(Some(code)) => put(&mut made, *code)?,
            Some(None) => {}
            None => made.push(c),
        }
    }
    Ok(made.into())
}

/// `s.translate(table)` of a table of texts.
#[must_use]
pub fn translate_to(s: &Str, table: &Dict<i64, Str>) -> Str {
    let mut made = String::with_capacity(s.len());
    for c in s.chars() {
        match table.get(&i64::from(u32::from(c))) {
            Some(text) => made.push_str(text.as_str()),
            None => made.push(c),
        }
    }
    made.into()
}

/// `s.expandtabs(size)`
pub fn expandtabs(s: &Str, size: i64) -> Outcome<Str> {
    if size > 1000 {
        return Err(Stop::Decline("tabs of that size"));
    }
    let mut made = String::with_capacity(s.len());
    let mut column = 0;
    for c in s.chars() {
        match c {
            '\t' => {
                if size > 0 {
                    let room = size - column % size;
                    column += room;
                    made.extend(std::iter::repeat_n(' ', room as usize));
                }
            }
            '\n' | '\r' => {
                column = 0;
                made.push(c);
            }
            _ => {
                column += 1;
                made.push(c);
            }
        }
    }
    Ok(made.into())
}
