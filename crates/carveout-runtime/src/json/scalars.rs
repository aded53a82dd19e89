//! Scalars of a body: taken, refused in Pydantic's words, or left to Pydantic, which converts some.

use super::parse::{Node, Text};
use super::problem::{alternatives, expected, scalar_text};
use super::read::Checker;
use super::time;
use crate::schema::Type;
use crate::wire::Writer;

/// What Pydantic reads as a bool, in lower case.
const BOOLS: [&str; 12] = [
    "0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes",
];

impl Checker<'_> {
    pub(super) fn bool(&mut self, node: &Node<'_>, writer: &mut Writer<'_>) {
        const PARSING: &str = "Input should be a valid boolean, unable to interpret input";
        match node {
            Node::Bool(value) => writer.bool(*value),
            Node::Int("0" | "-0" | "1") => self.unsure("a number for a bool"),
            Node::Int(text) if text.parse::<i64>().is_ok() => {
                self.problem("bool_parsing", PARSING, node);
            }
            Node::Float(text) if text.parse::<f64>().is_ok_and(|v| v.fract() == 0.0) => {
                self.unsure("a number for a bool");
            }
            Node::Str(Text::Plain(text)) if !BOOLS.contains(&text.to_lowercase().as_str()) => {
                self.problem("bool_parsing", PARSING, node);
            }
            Node::Str(_) => self.unsure("a text for a bool"),
            _ => self.problem("bool_type", "Input should be a valid boolean", node),
        }
    }

    pub(super) fn int(&mut self, node: &Node<'_>, writer: &mut Writer<'_>) {
        match node {
            Node::Int(written) => write_int(written, writer),
            Node::Bool(_) => self.unsure("a bool for an int"),
            Node::Float(text) => match text.parse::<f64>() {
                Ok(value) if value.is_finite() && value.fract() != 0.0 => self.problem(
                    "int_from_float",
                    "Input should be a valid integer, got a number with a fractional part",
                    node,
                ),
                _ => self.unsure("a float for an int"),
            },
            Node::Str(Text::Plain(text)) if surely_no_int(text) => {
                self.problem("int_parsing", INT_PARSING, node);
            }
            Node::Str(_) => self.unsure("a text for an int"),
            _ => self.problem("int_type", "Input should be a valid integer", node),
        }
    }

    pub(super) fn float(&mut self, node: &Node<'_>, writer: &mut Writer<'_>) {
        match node {
            Node::Float(text) => match text.parse::<f64>() {
                Ok(value) if value.is_finite() || !self.closed => writer.f64(value),
                _ => self.unsure("a float that is not finite"),
            },
            // Python reads it as the int 0.
            Node::Int("-0") if self.closed => self.unsure("a negative zero"),
            Node::Int("-0") => writer.f64(0.0),
            Node::Int(text) => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => writer.f64(value),
                _ => self.unsure("an int beyond the floats"),
            },
            Node::Bool(_) => self.unsure("a bool for a float"),
            Node::Str(Text::Plain(text)) if surely_no_float(text) => self.problem(
                "float_parsing",
                "Input should be a valid number, unable to parse string as a number",
                node,
            ),
            Node::Str(_) => self.unsure("a text for a float"),
            _ => self.problem("float_type", "Input should be a valid number", node),
        }
    }

    pub(super) fn bytes(&mut self, node: &Node<'_>, writer: &mut Writer<'_>) {
        match node {
            Node::Str(Text::Plain(text)) => writer.bin(text.as_bytes()),
            Node::Str(_) => self.unsure("lone surrogates for bytes"),
            _ => self.problem("bytes_type", "Input should be a valid bytes", node),
        }
    }

    pub(super) fn str(&mut self, node: &Node<'_>, writer: &mut Writer<'_>) {
        match node {
            Node::Str(Text::Plain(text)) => writer.str(text),
            Node::Str(Text::Surrogates(bytes)) => writer.surrogates(bytes),
            _ => self.problem("string_type", "Input should be a valid string", node),
        }
    }

    /// A scalar that JSON carries as text; Pydantic reads more forms of each.
    pub(super) fn worded(&mut self, ty: &Type, node: &Node<'_>, writer: &mut Writer<'_>) {
        let read = match (ty, node) {
            (Type::Decimal, Node::Int(text)) if *text != "-0" => {
                writer.str(text);
                Some(())
            }
            (_, Node::Str(Text::Plain(text))) => match ty {
                Type::Date => time::read_date(text, writer),
                Type::Time => time::read_time(text, writer),
                Type::Datetime => time::read_datetime(text, writer),
                Type::Timedelta => time::read_timedelta(text, writer),
                Type::Uuid => uuid(text).map(|bytes| writer.bin(&bytes)),
                _ => is_decimal(text).then(|| writer.str(text)),
            },
            _ => None,
        };
        if read.is_none() {
            self.unsure("another form of a date, a time, a UUID or a Decimal");
        }
    }

    pub(super) fn literal(
        &mut self,
        values: &[serde_json::Value],
        node: &Node<'_>,
        writer: &mut Writer<'_>,
    ) {
        self.choose("literal_error", values.iter(), node, writer);
    }

    pub(super) fn member(
        &mut self,
        members: &[(String, serde_json::Value)],
        node: &Node<'_>,
        writer: &mut Writer<'_>,
    ) {
        self.choose("enum", members.iter().map(|(_, value)| value), node, writer);
    }

    fn choose<'v>(
        &mut self,
        kind: &str,
        values: impl Iterator<Item = &'v serde_json::Value> + Clone,
        node: &Node<'_>,
        writer: &mut Writer<'_>,
    ) {
        if let Some(index) = values.clone().position(|value| same(value, node)) {
            return writer.uint(index as u64);
        }
        if values.clone().any(|value| may_be(value, node)) {
            return self.unsure("a value that equals one of the choices in Python");
        }
        match values.map(scalar_text).collect::<Option<Vec<_>>>() {
            Some(listed) => {
                let listed = alternatives(&listed);
                let msg = format!("Input should be {listed}");
                self.problem_of(kind, msg, node, expected(&listed));
            }
            None => self.unsure("a value that is none of the choices"),
        }
    }
}

pub(super) const INT_PARSING: &str =
    "Input should be a valid integer, unable to parse string as an integer";

pub(super) fn write_int(written: &str, writer: &mut Writer<'_>) {
    if let Ok(value) = written.parse::<i64>() {
        writer.int(value);
    } else if let Ok(value) = written.parse::<u64>() {
        writer.uint(value);
    } else {
        writer.big_int(&twos_complement(written));
    }
}

/// Nothing that could be an int, however leniently read: empty, or with more than digits, signs,
/// points, underscores and white space in it.
pub(super) fn surely_no_int(text: &str) -> bool {
    let may = |c: char| c.is_ascii_digit() || "+-._".contains(c) || c.is_whitespace();
    text.is_empty() || !text.chars().all(may)
}

/// Nothing that could be a float: neither a number nor "nan", "inf", "infinity".
fn surely_no_float(text: &str) -> bool {
    let word = text.trim().trim_start_matches(['+', '-']);
    if ["nan", "inf", "infinity"].contains(&word.to_ascii_lowercase().as_str()) {
        return false;
    }
    let part = |part: &str| !part.is_empty() && surely_no_int(part);
    text.is_empty() || text.split(['e', 'E']).any(part)
}

/// Type-strict: `1`, `true` and `1.0` differ.
fn same(value: &serde_json::Value, node: &Node<'_>) -> bool {
    match (value, node) {
        (serde_json::Value::Null, Node::Null) => true,
        (serde_json::Value::Bool(a), Node::Bool(b)) => a == b,
        (serde_json::Value::String(a), Node::Str(text)) => text.plain() == Some(a),
        (serde_json::Value::Number(a), Node::Int(written)) => {
            !a.is_f64() && a.to_string() == *written
        }
        (serde_json::Value::Number(a), Node::Float(written)) => {
            a.is_f64() && a.as_f64() == written.parse().ok()
        }
        _ => false,
    }
}

/// Whether Python or Pydantic might still find the two equal, or word the refusal otherwise.
fn may_be(value: &serde_json::Value, node: &Node<'_>) -> bool {
    let number = match value {
        serde_json::Value::Bool(value) => Some(f64::from(u8::from(*value))),
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => return true,
        serde_json::Value::Null | serde_json::Value::String(_) => None,
    };
    match (number, node) {
        (Some(number), Node::Bool(b)) => number == f64::from(u8::from(*b)),
        (Some(number), Node::Int(text)) => {
            text.parse::<i64>().is_err() || text.parse() == Ok(number)
        }
        (Some(number), Node::Float(text)) => text.parse() == Ok(number),
        (Some(_), Node::Str(text)) => text.plain().is_none_or(|text| !surely_no_float(text)),
        _ => false,
    }
}

pub(super) fn is_canonical_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && text != "-0"
}

/// Big-endian two's complement of a decimal int as JSON writes it.
fn twos_complement(written: &str) -> Vec<u8> {
    let (negative, digits) = match written.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, written),
    };
    // Little-endian magnitude, nine digits at a time.
    let mut words: Vec<u32> = Vec::new();
    for chunk in digits.as_bytes().chunks(9) {
        let number = chunk
            .iter()
            .fold(0_u64, |n, d| n * 10 + u64::from(d - b'0'));
        let scale = 10_u64.pow(chunk.len() as u32);
        let mut carry = number;
        for word in &mut words {
            let sum = u64::from(*word) * scale + carry;
            *word = sum as u32;
            carry = sum >> 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    // One more word than the magnitude needs always has room for the sign.
    words.push(0);
    if negative {
        let mut carry = true;
        for word in &mut words {
            let (sum, over) = (!*word).overflowing_add(u32::from(carry));
            *word = sum;
            carry = over;
        }
    }
    words
        .iter()
        .rev()
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let hex = match text.len() {
        32 => text.to_owned(),
        36 if [8, 13, 18, 23]
            .iter()
            .all(|at| text.as_bytes()[*at] == b'-') =>
        {
            text.replace('-', "")
        }
        _ => return None,
    };
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&hex, 16).ok().map(u128::to_be_bytes)
}

/// `[+-]digits[.digits][e[+-]digits]`, at least one digit; no NaN, no infinity.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && whole.len() + fraction.len() > 0
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['+', '-']).unwrap_or(e);
            !e.is_empty() && e.len() < 7 && digits(e)
        })
}
