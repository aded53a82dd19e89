//! How a carving ends without a value: it declines, or it raises as Python does.
//!
//! Python's own messages are those of 3.11 to 3.13, by the minor version that runs. Later ones have
//! other words for many faults, so there [`builtin`] faults decline and the reference speaks itself.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, Ordering};

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
    /// The arguments are those of a constructor of the class's own, which makes others of them.
    pub made: bool,
}

impl Fault {
    /// An exception of a class, given its arguments as they are.
    #[must_use]
    pub fn new(kind: impl Into<Cow<'static, str>>, args: Vec<Value>) -> Self {
        Self {
            kind: kind.into(),
            args,
            made: false,
        }
    }

    /// Whether its class is one of these or below one: what `except` asks.
    ///
    /// Python's own hierarchy is known here; of a package's classes an `except` names them all.
    #[must_use]
    pub fn is(&self, kinds: &[&str]) -> bool {
        let mut kind = self.kind.as_ref();
        if kind == "decimal:DivisionByZero" && kinds.contains(&"builtins:ZeroDivisionError") {
            // It has two bases.
            return true;
        }
        loop {
            if kinds.contains(&kind) {
                return true;
            }
            match base(kind) {
                Some(above) => kind = above,
                None => return false,
            }
        }
    }

    /// `str(error)`; declines for classes that show more than their arguments.
    ///
    /// # Errors
    ///
    /// A decline.
    pub fn text(&self) -> Outcome<String> {
        let kind = self.kind.as_ref();
        let plain = !matches!(
            base(kind),
            Some("builtins:UnicodeError" | "builtins:OSError")
        ) && kind != "builtins:OSError";
        match &self.args[..] {
            _ if !plain || self.made => Err(Stop::Decline("the text of this exception")),
            [] => Ok(String::new()),
            [Value::Str(text)] if kind != "builtins:KeyError" => Ok(text.clone()),
            [one] => one.repr(),
            more => Value::Tuple(more.to_vec()).repr(),
        }
    }
}

/// The class above one of Python's own.
fn base(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "builtins:KeyError" | "builtins:IndexError" => "builtins:LookupError",
        "builtins:ZeroDivisionError" | "builtins:OverflowError" | "builtins:FloatingPointError" => {
            "builtins:ArithmeticError"
        }
        "builtins:UnicodeDecodeError"
        | "builtins:UnicodeEncodeError"
        | "builtins:UnicodeTranslateError" => "builtins:UnicodeError",
        "builtins:UnicodeError" | "binascii:Error" => "builtins:ValueError",
        "builtins:NotImplementedError" | "builtins:RecursionError" => "builtins:RuntimeError",
        "builtins:PermissionError" | "builtins:ConnectionError" | "builtins:TimeoutError" => {
            "builtins:OSError"
        }
        "decimal:InvalidOperation" | "decimal:DivisionByZero" => "decimal:DecimalException",
        "decimal:DecimalException" => "builtins:ArithmeticError",
        "builtins:UnboundLocalError" => "builtins:NameError",
        _ => return None,
    })
}

impl Value {
    /// `repr(value)`
    ///
    /// # Errors
    ///
    /// A decline, for characters that Python versions show differently.
    pub fn repr(&self) -> Outcome<String> {
        Ok(match self {
            Self::None => "None".to_owned(),
            Self::Bool(flag) => crate::text::from_bool(*flag).into(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => crate::float::repr(*number).into(),
            Self::Str(text) => crate::text::repr(&crate::Str::from(text.clone()))?.into(),
            Self::Bytes(data) => crate::bytes::repr(data),
            Self::Tuple(items) => {
                let shown: Vec<String> = items.iter().map(Self::repr).collect::<Outcome<_>>()?;
                match &shown[..] {
                    [one] => format!("({one},)"),
                    more => format!("({})", more.join(", ")),
                }
            }
        })
    }
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// "Not me": the reference answers this call.
    Decline(&'static str),
    Fault(Box<Fault>),
}

pub type Outcome<T> = Result<T, Stop>;

impl Stop {
    /// For what Python would raise at another time: the reference raises it.
    #[must_use]
    pub fn unraised(self) -> Self {
        match self {
            Self::Fault(_) => Self::Decline("an exception among items that are made early"),
            declined => declined,
        }
    }
}

/// Minor version of the Python whose messages and sums are followed (11 for 3.11).
static PYTHON_MINOR: AtomicU8 = AtomicU8::new(11);

/// The last minor version whose messages are known here.
const LAST_KNOWN_MINOR: u8 = 13;

/// Says which Python this carving answers for; the loader calls it before the first call.
pub fn set_python_minor(minor: u8) {
    PYTHON_MINOR.store(minor, Ordering::Relaxed);
}

#[must_use]
pub fn python_minor() -> u8 {
    PYTHON_MINOR.load(Ordering::Relaxed)
}

/// `raise kind(*args)`
#[cold]
#[must_use]
pub fn raise(kind: &'static str, args: Vec<Value>) -> Stop {
    Stop::Fault(Box::new(Fault {
        kind: Cow::Borrowed(kind),
        args,
        made: false,
    }))
}

/// `raise kind(*args)` of a class with an `__init__` of its own.
#[cold]
#[must_use]
pub fn construct(kind: &'static str, args: Vec<Value>) -> Stop {
    Stop::Fault(Box::new(Fault {
        kind: Cow::Borrowed(kind),
        args,
        made: true,
    }))
}

/// `raise kind(text)`
#[cold]
#[must_use]
pub fn message(kind: &'static str, text: impl Into<String>) -> Stop {
    raise(kind, vec![Value::Str(text.into())])
}

/// Leaves the call to the reference.
#[cold]
#[must_use]
pub fn decline(why: &'static str) -> Stop {
    Stop::Decline(why)
}

/// `raise AssertionError` without a message.
#[cold]
#[must_use]
pub fn assertion() -> Stop {
    raise("builtins:AssertionError", Vec::new())
}

/// What Python itself raises, in its own words.
#[cold]
#[must_use]
pub fn builtin(kind: &'static str, text: impl Into<String>) -> Stop {
    if python_minor() > LAST_KNOWN_MINOR {
        return Stop::Decline("the words of this fault in a later Python");
    }
    message(kind, text)
}

#[cold]
#[must_use]
pub fn value_error(text: impl Into<String>) -> Stop {
    builtin("builtins:ValueError", text)
}

#[cold]
#[must_use]
pub fn type_error(text: impl Into<String>) -> Stop {
    builtin("builtins:TypeError", text)
}

#[cold]
#[must_use]
pub fn index_error(text: &'static str) -> Stop {
    builtin("builtins:IndexError", text)
}

#[cold]
#[must_use]
pub fn zero_division(text: &'static str) -> Stop {
    builtin("builtins:ZeroDivisionError", text)
}

#[cold]
#[must_use]
pub fn overflow_error(text: &'static str) -> Stop {
    builtin("builtins:OverflowError", text)
}

/// A key that is not there: the exception carries the key itself.
#[cold]
#[must_use]
pub fn key_error(key: Value) -> Stop {
    raise("builtins:KeyError", vec![key])
}

/// The value, or what stops the call.
///
/// As `ok_or_else`, for stops that are cheap to make: `ok_or` would make one for every value too, and
/// drop it by a call that is not inlined. In a loop of additions that took half of the time.
#[inline]
pub fn or_stop<T>(value: Option<T>, stop: impl FnOnce() -> Stop) -> Outcome<T> {
    value.ok_or_else(stop)
}

/// What a carving says past 64 bits: the reference has integers without bounds.
pub const PAST_I64: Stop = Stop::Decline("an integer past 64 bits");

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::None
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<crate::Str> for Value {
    fn from(value: crate::Str) -> Self {
        Self::Str(value.into())
    }
}

impl From<crate::Bytes> for Value {
    fn from(value: crate::Bytes) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<T> From<Option<T>> for Value
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Self::from)
    }
}

/// Looked at, for values that stay where they are.
impl<T: Clone> From<&T> for Value
where
    Self: From<T>,
{
    fn from(value: &T) -> Self {
        Self::from(value.clone())
    }
}

macro_rules! tuples {
    ($(($($name:ident . $at:tt),+))+) => {$(
        impl<$($name),+> From<($($name,)+)> for Value
        where
            $(Value: From<$name>),+
        {
            fn from(value: ($($name,)+)) -> Self {
                Self::Tuple(vec![$(Self::from(value.$at)),+])
            }
        }
    )+};
}

tuples! {
    (A.0)
    (A.0, B.1)
    (A.0, B.1, C.2)
    (A.0, B.1, C.2, D.3)
    (A.0, B.1, C.2, D.3, E.4)
    (A.0, B.1, C.2, D.3, E.4, F.5)
}
