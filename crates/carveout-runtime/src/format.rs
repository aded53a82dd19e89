//! Python's `format()` of numbers and text: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
//!
//! ```
//! use carveout_runtime::format::{self, Spec};
//! let spec = Spec { grouping: Some(','), precision: Some(2), kind: Some('f'), ..Spec::PLAIN };
//! assert_eq!(format::float(1234.5, &spec).unwrap(), "1,234.50");
//! ```
//!
//! Specifications are parsed when a function is cut. Source of the rules: Python/formatter_unicode.c
//! and format_float_short in Python/pystrtod.c.

use crate::Str;
use crate::fault::{Outcome, Stop, value_error};

/// A parsed specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    pub fill: char,
    /// '<', '>', '^', '=' or none given.
    pub align: Option<char>,
    /// '-', '+', ' ' or none given.
    pub sign: Option<char>,
    /// `#`
    pub alternate: bool,
    /// A `0` before the width, and no fill.
    pub zero: bool,
    pub width: usize,
    pub grouping: Option<char>,
    pub precision: Option<usize>,
    pub kind: Option<char>,
}

/// A width that is worked out. `0` is no width but a sign, and `-1` another specification.
pub fn width(given: i64) -> Outcome<usize> {
    match given {
        1..=9999 => Ok(given as usize),
        _ => Err(Stop::Decline("a width that is none")),
    }
}

/// A precision that is worked out.
pub fn precision(given: i64) -> Outcome<usize> {
    match given {
        0..=999 => Ok(given as usize),
        _ => Err(Stop::Decline("a precision that is none")),
    }
}

impl Spec {
    /// Nothing specified.
    pub const PLAIN: Self = Self {
        fill: ' ',
        align: None,
        sign: None,
        alternate: false,
        zero: false,
        width: 0,
        grouping: None,
        precision: None,
        kind: None,
    };

    fn filler(&self) -> char {
        if self.zero { '0' } else { self.fill }
    }

    pub(crate) fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        }
    }

    /// Marks among the digits are for decimal digits; '_' also for those of other bases.
    fn check_grouping(&self, default: char) -> Outcome<()> {
        let kind = self.kind.unwrap_or(default);
        match (self.grouping, kind) {
            (None, _) | (Some('_'), 'b' | 'o' | 'x' | 'X') => Ok(()),
            (Some(_), 'd' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => Ok(()),
            (Some(mark), _) => Err(value_error(format!(
                "Cannot specify '{mark}' with '{kind}'."
            ))),
        }
    }

    /// Pads what stands before, between and after the padding of '='.
    fn padded(&self, default: char, head: &str, body: &str) -> Str {
        let used = head.chars().count() + body.chars().count();
        let lack = self.width.saturating_sub(used);
        let align = match self.align {
            Some(align) => align,
            None if self.zero && default == '>' => '=',
            None => default,
        };
        let (left, inside, right) = match align {
            '<' => (0, 0, lack),
            '^' => (lack / 2, 0, lack - lack / 2),
            '=' => (0, lack, 0),
            _ => (lack, 0, 0),
        };
        let fill = self.filler();
        let mut text = String::with_capacity(head.len() + body.len() + lack * fill.len_utf8());
        text.extend(std::iter::repeat_n(fill, left));
        text.push_str(head);
        text.extend(std::iter::repeat_n(fill, inside));
        text.push_str(body);
        text.extend(std::iter::repeat_n(fill, right));
        text.into()
    }

    /// A number: sign and prefix, digits to group, and what follows them.
    pub(crate) fn number(&self, sign: &str, prefix: &str, digits: &str, rest: &str) -> Str {
        let head = format!("{sign}{prefix}");
        let Some(mark) = self.grouping.filter(|_| !digits.is_empty()) else {
            return self.padded('>', &head, &format!("{digits}{rest}"));
        };
        let every = if matches!(self.kind, Some('b' | 'o' | 'x' | 'X')) {
            4
        } else {
            3
        };
        // Zeros that fill up to the width are grouped too.
        let zeros_inside = self.filler() == '0'
            && matches!((self.align, self.zero), (Some('='), _) | (None, true));
        let least = if zeros_inside {
            self.width.saturating_sub(head.len() + rest.len())
        } else {
            0
        };
        let body = grouped(digits, mark, every, least);
        self.padded('>', &head, &format!("{body}{rest}"))
    }
}

#[cold]
fn unknown(kind: char, object: &str) -> Stop {
    value_error(format!(
        "Unknown format code '{kind}' for object of type '{object}'"
    ))
}

/// Digits with a mark every `every`, at least `width` wide (zeros in front, marks among them).
fn grouped(digits: &str, mark: char, every: usize, width: usize) -> String {
    let mut reversed = String::new();
    let mut count = 0;
    let mut source = digits.chars().rev();
    loop {
        let next = match source.next() {
            Some(c) => c,
            // Python never starts with a mark: one more zero goes in front of it.
            None if reversed.len() < width => '0',
            None => break,
        };
        if count > 0 && count % every == 0 {
            reversed.push(mark);
        }
        reversed.push(next);
        count += 1;
    }
    reversed.chars().rev().collect()
}

/// `format(x, spec)` of a bool: its name where nothing is specified, else as an int.
pub fn bool(x: bool, spec: &Spec) -> Outcome<Str> {
    if *spec == Spec::PLAIN {
        return Ok(crate::text::from_bool(x));
    }
    integer(i64::from(x), spec, "bool")
}

/// `format(x, spec)` of an int.
pub fn int(x: i64, spec: &Spec) -> Outcome<Str> {
    integer(x, spec, "int")
}

fn integer(x: i64, spec: &Spec, object: &str) -> Outcome<Str> {
    spec.check_grouping('d')?;
    let magnitude = x.unsigned_abs();
    let digits = match spec.kind {
        None | Some('d') => magnitude.to_string(),
        Some('x') => format!("{magnitude:x}"),
        Some('X') => format!("{magnitude:X}"),
        Some('o') => format!("{magnitude:o}"),
        Some('b') => format!("{magnitude:b}"),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return float(x as f64, spec),
        Some(kind) => return Err(unknown(kind, object)),
    };
    whole(x < 0, digits, spec)
}

/// A whole number by its digits, in the base of `spec`.
pub(crate) fn whole(negative: bool, digits: String, spec: &Spec) -> Outcome<Str> {
    spec.check_grouping('d')?;
    if spec.precision.is_some() {
        return Err(value_error(
            "Precision not allowed in integer format specifier",
        ));
    }
    let prefix = match spec.kind {
        Some('x') if spec.alternate => "0x",
        Some('X') if spec.alternate => "0X",
        Some('o') if spec.alternate => "0o",
        Some('b') if spec.alternate => "0b",
        _ => "",
    };
    Ok(spec.number(spec.sign_of(negative), prefix, &digits, ""))
}

/// `format(x, spec)` of a float.
pub fn float(x: f64, spec: &Spec) -> Outcome<Str> {
    spec.check_grouping('g')?;
    let upper = matches!(spec.kind, Some('E' | 'F' | 'G'));
    let kind = match spec.kind {
        Some('e' | 'E') => Notation::Exponent,
        Some('f' | 'F' | '%') => Notation::Fixed,
        Some('g' | 'G') => Notation::General,
        None if spec.precision.is_some() => Notation::Untyped,
        None => Notation::Shortest,
        Some(kind) => return Err(unknown(kind, "float")),
    };
    let (x, percent) = if spec.kind == Some('%') {
        (x * 100.0, "%")
    } else {
        (x, "")
    };
    let sign = spec.sign_of(x.is_sign_negative() && !x.is_nan());
    let mut text = if x.is_nan() {
        "nan".to_owned()
    } else if x.is_infinite() {
        "inf".to_owned()
    } else {
        finite(x.abs(), kind, spec.precision.unwrap_or(6), spec.alternate)
    };
    if upper {
        text.make_ascii_uppercase();
    }
    let whole = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let rest = format!("{}{percent}", &text[whole..]);
    Ok(spec.number(sign, "", &text[..whole], &rest))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Exponent,
    Fixed,
    General,
    /// As `General`, with at least one digit after the point.
    Untyped,
    /// As many digits as read back the same.
    Shortest,
}

/// The digits of a finite positive float and where its point is, counted from the first of them.
fn digits(x: f64, notation: Notation, precision: usize) -> (String, i64) {
    let scientific = match notation {
        Notation::Shortest => {
            let (digits, exponent) = crate::float::shortest_digits(x);
            return (digits, i64::from(exponent) + 1);
        }
        Notation::Exponent => format!("{x:.precision$e}"),
        Notation::General | Notation::Untyped => {
            let after = precision.max(1) - 1;
            format!("{x:.after$e}")
        }
        Notation::Fixed => {
            let fixed = format!("{x:.precision$}");
            let (whole, part) = fixed.split_once('.').unwrap_or((&fixed, ""));
            return if whole == "0" {
                (part.to_owned(), 0)
            } else {
                (format!("{whole}{part}"), whole.len() as i64)
            };
        }
    };
    let (digits, exponent) = crate::float::digits_of(&scientific);
    (digits, i64::from(exponent) + 1)
}

/// A finite positive float in one of Python's notations.
fn finite(x: f64, notation: Notation, precision: usize, alternate: bool) -> String {
    let precision = match notation {
        Notation::General | Notation::Untyped => precision.max(1),
        _ => precision,
    };
    let (digits, mut point) = digits(x, notation, precision);
    let with_point = matches!(notation, Notation::Untyped | Notation::Shortest);
    let mut exponent = None;
    let mut end = digits.len() as i64;
    let places = precision as i64;
    match notation {
        Notation::Exponent => {
            exponent = Some(point - 1);
            end = places + 1;
        }
        Notation::Fixed => end = point + places,
        Notation::General | Notation::Untyped => {
            if point <= -4 || point > places - i64::from(with_point) {
                exponent = Some(point - 1);
            }
            if alternate {
                end = places;
            }
        }
        Notation::Shortest if point <= -4 || point > 16 => exponent = Some(point - 1),
        Notation::Shortest => {}
    }
    if exponent.is_some() {
        point = 1;
    }
    let end = end.max(point + i64::from(with_point && exponent.is_none()));
    let digit = |at: i64| {
        let found = usize::try_from(at)
            .ok()
            .and_then(|at| digits.as_bytes().get(at));
        char::from(*found.unwrap_or(&b'0'))
    };
    let mut text: String = (point.min(1) - 1..point).map(digit).collect();
    if end > point {
        text.push('.');
        text.extend((point..end).map(digit));
    } else if alternate {
        text.push('.');
    }
    if let Some(exponent) = exponent {
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push_str(&format!("e{sign}{:02}", exponent.unsigned_abs()));
    }
    text
}

/// `format(s, spec)` of a text.
pub fn str(s: &Str, spec: &Spec) -> Outcome<Str> {
    spec.check_grouping('s')?;
    if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
        return Err(unknown(kind, "str"));
    }
    if let Some(sign) = spec.sign {
        let what = if sign == ' ' { "Space" } else { "Sign" };
        return Err(value_error(format!(
            "{what} not allowed in string format specifier"
        )));
    }
    if spec.alternate {
        return Err(value_error(
            "Alternate form (#) not allowed in string format specifier",
        ));
    }
    if spec.align == Some('=') {
        return Err(value_error(
            "'=' alignment not allowed in string format specifier",
        ));
    }
    let kept = match spec.precision {
        Some(most) if most < s.count() => s.part(0, s.offset(most)),
        _ => s.clone(),
    };
    Ok(spec.padded('<', "", &kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations() {
        for (x, notation, precision, text) in [
            (0.5, Notation::Fixed, 0, "0"),
            (2.5, Notation::Fixed, 0, "2"),
            (0.001, Notation::Fixed, 1, "0.0"),
            (1e20, Notation::General, 6, "1e+20"),
            (123_456.0, Notation::Untyped, 3, "1.23e+05"),
            (0.0, Notation::Untyped, 3, "0.0"),
            (1e16, Notation::Shortest, 6, "1e+16"),
            (0.0001, Notation::Shortest, 6, "0.0001"),
        ] {
            assert_eq!(finite(x, notation, precision, false), text);
        }
    }

    #[test]
    fn fills_with_zeros_among_the_marks() {
        let spec = Spec {
            zero: true,
            width: 15,
            grouping: Some(','),
            precision: Some(2),
            kind: Some('f'),
            ..Spec::PLAIN
        };
        assert_eq!(float(1234.5, &spec).unwrap(), "0,000,001,234.50");
    }
}
