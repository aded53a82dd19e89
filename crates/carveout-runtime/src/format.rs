//! Python's format specs: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.

use crate::Str;
use crate::fault::{Outcome, Stop};
use crate::raise::value_error;

/// A parsed spec; what is not covered declines where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    fill: char,
    /// '<', '>', '^', '=' or none given.
    align: Option<char>,
    sign: char,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    /// Declines specs this does not know; the reference says what is wrong with them.
    pub fn parse(text: &str) -> Outcome<Self> {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        let mut spec = Self {
            fill: ' ',
            align: None,
            sign: '-',
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        };
        let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
        if is_align(chars.get(1)) {
            spec.fill = chars[0];
            spec.align = Some(chars[1]);
            at = 2;
        } else if is_align(chars.first()) {
            spec.align = Some(chars[0]);
            at = 1;
        }
        if let Some(&c @ ('+' | '-' | ' ')) = chars.get(at) {
            spec.sign = c;
            at += 1;
        }
        if chars.get(at) == Some(&'#') {
            spec.alternate = true;
            at += 1;
        }
        if chars.get(at) == Some(&'0') {
            if spec.align.is_none() {
                spec.fill = '0';
                spec.align = Some('=');
            } else if spec.fill == ' ' && !is_align(chars.get(1)) {
                spec.fill = '0';
            }
            at += 1;
        }
        let number = |at: &mut usize| {
            let start = *at;
            while chars.get(*at).is_some_and(char::is_ascii_digit) {
                *at += 1;
            }
            chars[start..*at]
                .iter()
                .collect::<String>()
                .parse::<usize>()
                .ok()
        };
        spec.width = number(&mut at).unwrap_or(0);
        if let Some(&c @ (',' | '_')) = chars.get(at) {
            spec.grouping = Some(c);
            at += 1;
        }
        if chars.get(at) == Some(&'.') {
            at += 1;
            spec.precision = Some(number(&mut at).ok_or(Stop::Decline("a format spec"))?);
        }
        if let Some(&c) = chars.get(at) {
            spec.kind = Some(c);
            at += 1;
        }
        let sane = at == chars.len() && spec.width < 1 << 20 && spec.precision.unwrap_or(0) < 1000;
        if sane {
            Ok(spec)
        } else {
            Err(Stop::Decline("a format spec"))
        }
    }

    /// Pads `sign`, `digits` (which grouping may have widened already) to the width.
    fn number(&self, sign: &str, prefix: &str, digits: &str, rest: &str) -> Str {
        let mut body = match self.grouping {
            Some(mark) => grouped(digits, mark, if prefix.is_empty() { 3 } else { 4 }, 0),
            None => digits.to_owned(),
        };
        let fixed = sign.len() + prefix.len() + rest.len();
        let align = self.align.unwrap_or('>');
        if align == '=' && self.fill == '0' {
            if let Some(mark) = self.grouping {
                let every = if prefix.is_empty() { 3 } else { 4 };
                body = grouped(digits, mark, every, self.width.saturating_sub(fixed));
            }
        }
        let lack = self.width.saturating_sub(fixed + body.chars().count());
        let pad = |count: usize| self.fill.to_string().repeat(count);
        match align {
            '<' => format!("{sign}{prefix}{body}{rest}{}", pad(lack)),
            '^' => format!(
                "{}{sign}{prefix}{body}{rest}{}",
                pad(lack / 2),
                pad(lack - lack / 2)
            ),
            '=' => format!("{sign}{prefix}{}{body}{rest}", pad(lack)),
            _ => format!("{}{sign}{prefix}{body}{rest}", pad(lack)),
        }
        .into()
    }

    fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            _ => "",
        }
    }
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

/// `format(x, spec)` of an int.
pub fn int(x: i64, spec: &str) -> Outcome<Str> {
    let spec = Spec::parse(spec)?;
    if spec.precision.is_some()
        && !matches!(spec.kind, Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%'))
    {
        return Err(value_error(
            "Precision not allowed in integer format specifier",
        ));
    }
    let magnitude = x.unsigned_abs();
    let sign = spec.sign_of(x < 0);
    let (prefix, digits) = match spec.kind {
        None | Some('d') => ("", magnitude.to_string()),
        Some('x') => ("0x", format!("{magnitude:x}")),
        Some('X') => ("0X", format!("{magnitude:X}")),
        Some('o') => ("0o", format!("{magnitude:o}")),
        Some('b') => ("0b", format!("{magnitude:b}")),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return format_float(x as f64, spec),
        _ => return Err(Stop::Decline("a format spec")),
    };
    let radix = !prefix.is_empty();
    if radix && spec.grouping.is_some() {
        return Err(Stop::Decline("grouped digits of another base"));
    }
    Ok(spec.number(sign, if spec.alternate { prefix } else { "" }, &digits, ""))
}

/// `format(x, spec)` of a float.
pub fn float(x: f64, spec: &str) -> Outcome<Str> {
    format_float(x, Spec::parse(spec)?)
}

fn format_float(x: f64, spec: Spec) -> Outcome<Str> {
    if spec.alternate {
        return Err(Stop::Decline("a format spec with #"));
    }
    let negative = x.is_sign_negative() && !x.is_nan();
    let sign = spec.sign_of(negative);
    let magnitude = x.abs();
    let upper = matches!(spec.kind, Some('E' | 'F' | 'G'));
    let percent = if spec.kind == Some('%') { "%" } else { "" };
    if !x.is_finite() {
        let text = match (x.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        let mut plain = spec;
        plain.grouping = None;
        return Ok(plain.number(sign, "", "", &format!("{text}{percent}")));
    }
    let text = match spec.kind {
        Some('f' | 'F') => format!("{magnitude:.*}", spec.precision.unwrap_or(6)),
        Some('%') => {
            let scaled = magnitude * 100.0;
            if scaled.is_infinite() {
                return Err(Stop::Decline("a per cent past the floats"));
            }
            format!("{scaled:.*}", spec.precision.unwrap_or(6))
        }
        Some('e' | 'E') => scientific(magnitude, spec.precision.unwrap_or(6)),
        Some('g' | 'G') => general(magnitude, spec.precision.unwrap_or(6).max(1), false),
        None => match spec.precision {
            None => crate::float::repr(magnitude),
            Some(digits) => general(magnitude, digits.max(1), true),
        },
        _ => return Err(Stop::Decline("a format spec")),
    };
    let text = if upper {
        text.to_ascii_uppercase()
    } else {
        text
    };
    let whole = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    Ok(spec.number(
        sign,
        "",
        &text[..whole],
        &format!("{}{percent}", &text[whole..]),
    ))
}

fn scientific(x: f64, digits: usize) -> String {
    let text = format!("{x:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// Python's `g`: `digits` significant, trailing zeros dropped. Without a type letter a precision
/// keeps one digit after the point and switches to an exponent one earlier.
fn general(x: f64, digits: usize, untyped: bool) -> String {
    let rounded = scientific(x, digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let limit = digits as i64 - i64::from(untyped);
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..limit).contains(&exponent) || x == 0.0 {
        let decimals = (digits as i64 - 1 - exponent).max(0) as usize;
        let text = trim(&format!("{x:.decimals$}"));
        if untyped && !text.contains('.') {
            text + ".0"
        } else {
            text
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(mantissa), exponent.unsigned_abs())
    }
}

/// `format(s, spec)` of a text.
pub fn text(s: &str, spec: &str) -> Outcome<Str> {
    let spec = Spec::parse(spec)?;
    if !matches!(spec.kind, None | Some('s'))
        || spec.align == Some('=')
        || spec.sign != '-'
        || spec.alternate
        || spec.grouping.is_some()
    {
        return Err(Stop::Decline("a format spec"));
    }
    let kept: String = match spec.precision {
        Some(most) => s.chars().take(most).collect(),
        None => s.to_owned(),
    };
    let lack = spec.width.saturating_sub(kept.chars().count());
    let pad = |count: usize| spec.fill.to_string().repeat(count);
    Ok(match spec.align {
        Some('>') => format!("{}{kept}", pad(lack)),
        Some('^') => format!("{}{kept}{}", pad(lack / 2), pad(lack - lack / 2)),
        _ => format!("{kept}{}", pad(lack)),
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_as_python_does() {
        for (x, spec, text) in [
            (1234567.891, ",.2f", "1,234,567.89"),
            (0.5, ".0f", "0"),
            (2.5, ".0f", "2"),
            (1e20, "g", "1e+20"),
            (123456.0, ".3", "1.23e+05"),
            (0.0, ".3", "0.0"),
            (3.14159, "010.3f", "000003.142"),
            (-3.0, "+.1e", "-3.0e+00"),
            (0.256, ".1%", "25.6%"),
            (1234.5, "015,.2f", "0,000,001,234.50"),
        ] {
            assert_eq!(float(x, spec).unwrap().as_str(), text, "{spec}");
        }
        assert_eq!(int(255, "#06x").unwrap().as_str(), "0x00ff");
        assert_eq!(int(-1234567, ",").unwrap().as_str(), "-1,234,567");
        assert_eq!(super::text("ab", "*^5").unwrap().as_str(), "*ab**");
    }
}
