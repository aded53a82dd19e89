//! Characters in Unicode as the running Python knows it, or not at all.

use super::tables::{
    FOLD_TEXTS, IGNORABLE, LOWER_TEXTS, RUNS, SETTLED, TITLE_TEXTS, TO_LOWER, TO_UPPER, UPPER_TEXTS,
};
use crate::fault::{Outcome, Stop, python_minor};

/// The last Python whose Unicode was compared with the tables.
const LAST_COMPARED_MINOR: u8 = 14;

/// What is known of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts(u32);

/// What is known of a character; declines where Pythons differ, or nobody knows yet.
#[inline]
pub(crate) fn facts(c: char) -> Outcome<Facts> {
    let facts = Facts(run_of(c).0);
    if facts.0 & SETTLED == 0 || !c.is_ascii() && python_minor() > LAST_COMPARED_MINOR {
        return Err(Stop::Decline("a character of a later Unicode"));
    }
    Ok(facts)
}

/// The bits of a character and the first of its run.
#[inline]
fn run_of(c: char) -> (u32, u32) {
    let code = u32::from(c);
    // The first run starts at zero.
    let at = RUNS.partition_point(|run| *run <= code << 10 | 0x3ff) - 1;
    (RUNS[at] & 0x3ff, RUNS[at] >> 10)
}

impl Facts {
    #[inline]
    pub fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    pub fn is_numeric(self) -> bool {
        self.0 & 3 >= 1
    }

    pub fn is_digit(self) -> bool {
        self.0 & 3 >= 2
    }

    pub fn is_decimal(self) -> bool {
        self.0 & 3 == 3
    }

    pub fn is_lower(self) -> bool {
        self.0 >> 2 & 3 == 1
    }

    pub fn is_upper(self) -> bool {
        self.0 >> 2 & 3 == 2
    }

    /// Lower, upper or title case.
    pub fn is_cased(self) -> bool {
        self.0 >> 2 & 3 != 0
    }

    pub fn is_ignorable(self) -> bool {
        self.has(IGNORABLE)
    }
}

/// The value of a decimal digit of any script; None if it is none.
pub(crate) fn decimal(c: char) -> Outcome<Option<u8>> {
    let facts = facts(c)?;
    // Digits stand in tens, from zero on.
    let value = (u32::from(c) - run_of(c).1) % 10;
    Ok(facts.is_decimal().then_some(value as u8))
}

type Row = (u32, u32, u32, i32);

fn moved(rows: &[Row], c: char) -> char {
    let code = u32::from(c);
    let at = rows.partition_point(|row| row.0 <= code);
    match rows[..at].last() {
        Some((first, last, stride, distance)) if code <= *last && (code - first) % stride == 0 => {
            char::from_u32(code.wrapping_add_signed(*distance)).unwrap_or(c)
        }
        _ => c,
    }
}

fn text(rows: &[(u32, &'static str)], c: char) -> Option<&'static str> {
    let at = rows.binary_search_by_key(&u32::from(c), |row| row.0).ok()?;
    Some(rows[at].1)
}

/// Appends the upper case of a character.
pub(super) fn push_upper(c: char, out: &mut String) {
    match text(&UPPER_TEXTS, c) {
        Some(made) => out.push_str(made),
        None => out.push(moved(&TO_UPPER, c)),
    }
}

/// Appends the lower case of a character, wherever it stands.
pub(super) fn push_lower(c: char, out: &mut String) {
    match text(&LOWER_TEXTS, c) {
        Some(made) => out.push_str(made),
        None => out.push(moved(&TO_LOWER, c)),
    }
}

/// Appends the title case of a character.
pub(super) fn push_title(c: char, out: &mut String) {
    match text(&TITLE_TEXTS, c) {
        Some(made) => out.push_str(made),
        None => push_upper(c, out),
    }
}

/// Appends a character as it is compared without regard to case.
pub(super) fn push_folded(c: char, out: &mut String) {
    match text(&FOLD_TEXTS, c) {
        Some(made) => out.push_str(made),
        None => push_lower(c, out),
    }
}

/// Whether `str.isdecimal` takes it: what `\d` matches.
pub(crate) fn is_decimal(c: char) -> Outcome<bool> {
    Ok(facts(c)?.is_decimal())
}

/// Whether `str.isalnum` or an underscore: what `\w` matches.
pub(crate) fn is_word(c: char) -> Outcome<bool> {
    let facts = facts(c)?;
    Ok(c == '_' || facts.has(super::tables::ALPHA) || facts.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compiler's tables are newer: where they say otherwise of a settled character, some later
    /// Python will too, and it belongs into `CHANGED_LATER` of tools/unicode_tables.py.
    #[test]
    fn settled_characters_are_settled_in_newer_unicode_too() {
        let mut changed = Vec::new();
        for c in ('\0'..=char::MAX).filter(|c| facts(*c).is_ok()) {
            let (mut upper, mut lower) = (String::new(), String::new());
            push_upper(c, &mut upper);
            push_lower(c, &mut lower);
            let facts = facts(c).unwrap();
            let same = upper.chars().eq(c.to_uppercase())
                && lower.chars().eq(c.to_lowercase())
                && facts.is_lower() == c.is_lowercase()
                && facts.is_upper() == c.is_uppercase();
            if !same {
                changed.push(u32::from(c));
            }
        }
        assert_eq!(changed, [0; 0], "{changed:#x?}");
    }
}
