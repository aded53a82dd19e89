//! How a carving ends without a value: it declines, or it raises.

use std::borrow::Cow;

/// A Python value small enough to be an exception's argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
    Tuple(Vec<Value>),
}

/// An exception as a result: its class ("builtins:KeyError") and arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub kind: Cow<'static, str>,
    pub args: Vec<Value>,
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// "Not me": the reference answers this call.
    Decline(&'static str),
    Fault(Box<Fault>),
}

pub type Outcome<T> = Result<T, Stop>;
