//! What is wrong with a body, in Pydantic's words and FastAPI's form; or that only those can tell.

use super::parse::{Node, Text};
use super::write;

/// A step of the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loc {
    Key(String),
    Index(usize),
}

/// What is wrong with a body, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Pydantic's word for it: "missing", "int_type", …
    pub kind: String,
    /// From the body down; without FastAPI's leading "body".
    pub loc: Vec<Loc>,
    pub msg: String,
    /// The value that is wrong, as JSON.
    pub input: String,
    /// What the message was made of, as a JSON object; empty for most kinds.
    pub context: String,
}

/// Why a body gives no arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It violates the contract: FastAPI would answer 422, and with these details.
    Problems(Vec<Problem>),
    /// It is no text: FastAPI would answer 400.
    Unreadable,
    /// FastAPI might take it (it turns `"1"` into 1 and fills in defaults), or would word its
    /// refusal as nobody else can. The place and why.
    Unsure(String),
}

impl Refused {
    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Problems(problems) => problems
                .first()
                .map_or_else(String::new, |p| format!("{}: {}", place(&p.loc), p.msg)),
            Self::Unreadable => UNREADABLE.into(),
            Self::Unsure(why) => why.clone(),
        }
    }
}

/// FastAPI's words for a body it can't decode.
pub const UNREADABLE: &str = "There was an error parsing the body";

/// "body.lines[0].qty"
pub(super) fn place(loc: &[Loc]) -> String {
    let mut out = String::from("body");
    for step in loc {
        match step {
            Loc::Key(key) => {
                out.push('.');
                out.extend(key.chars().take(80));
            }
            Loc::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// The body of FastAPI's 422 with these problems.
#[must_use]
pub fn details(problems: &[Problem]) -> Vec<u8> {
    let mut out = b"{\"detail\":[".to_vec();
    for (i, problem) in problems.iter().enumerate() {
        out.extend_from_slice(if i > 0 { b",{\"type\":" } else { b"{\"type\":" });
        write::string(&problem.kind, &mut out);
        out.extend_from_slice(b",\"loc\":[\"body\"");
        for step in &problem.loc {
            out.push(b',');
            match step {
                Loc::Key(key) => write::string(key, &mut out),
                Loc::Index(index) => out.extend_from_slice(index.to_string().as_bytes()),
            }
        }
        out.extend_from_slice(b"],\"msg\":");
        write::string(&problem.msg, &mut out);
        out.extend_from_slice(b",\"input\":");
        out.extend_from_slice(problem.input.as_bytes());
        if !problem.context.is_empty() {
            out.extend_from_slice(b",\"ctx\":");
            out.extend_from_slice(problem.context.as_bytes());
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}

/// A value as Python would write it back; None if it can't (NaN, lone surrogates).
pub(super) fn written(node: &Node<'_>) -> Option<String> {
    let mut out = Vec::new();
    write_node(node, &mut out)?;
    String::from_utf8(out).ok()
}

fn write_node(node: &Node<'_>, out: &mut Vec<u8>) -> Option<()> {
    match node {
        Node::Null => out.extend_from_slice(b"null"),
        Node::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Node::Int("-0") => out.push(b'0'),
        Node::Int(text) => out.extend_from_slice(text.as_bytes()),
        Node::Float(text) => {
            let value: f64 = text.parse().ok()?;
            if !value.is_finite() {
                return None;
            }
            out.extend_from_slice(crate::float::repr(value).as_bytes());
        }
        Node::Str(Text::Plain(text)) => write::string(text, out),
        Node::Str(Text::Surrogates(_)) => return None,
        Node::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_node(item, out)?;
            }
            out.push(b']');
        }
        Node::Object(entries) => {
            out.push(b'{');
            for (i, (key, item)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write::string(key.plain()?, out);
                out.push(b':');
                write_node(item, out)?;
            }
            out.push(b'}');
        }
    }
    Some(())
}

/// `{"expected": text}`
pub(super) fn expected(text: &str) -> String {
    context("expected", text)
}

/// A JSON object of one text.
pub(super) fn context(key: &str, text: &str) -> String {
    let mut out = Vec::new();
    out.push(b'{');
    write::string(key, &mut out);
    out.push(b':');
    write::string(text, &mut out);
    out.push(b'}');
    String::from_utf8(out).unwrap_or_default()
}

/// A constant of the contract as Python's `repr` writes it; None where that takes more than this.
pub(super) fn scalar_text(value: &serde_json::Value) -> Option<String> {
    Some(match value {
        serde_json::Value::String(s) => {
            if s.contains(|c: char| c == '\'' || c == '\\' || c.is_control() || !c.is_ascii()) {
                return None;
            }
            format!("'{s}'")
        }
        serde_json::Value::Null => "None".into(),
        serde_json::Value::Bool(true) => "True".into(),
        serde_json::Value::Bool(false) => "False".into(),
        serde_json::Value::Number(number) if number.is_f64() => {
            crate::float::repr(number.as_f64()?).into()
        }
        serde_json::Value::Number(number) => number.to_string(),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
    })
}

/// "'a', 'b' or 'c'".
pub(super) fn alternatives(values: &[String]) -> String {
    match values {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}
