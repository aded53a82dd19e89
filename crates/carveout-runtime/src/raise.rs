//! Python's built-in exceptions, with the messages of the running minor version.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::fault::{Fault, Stop, Value};

/// Minor version of the Python whose messages and sums are followed (11 for 3.11).
static PYTHON_MINOR: AtomicU8 = AtomicU8::new(11);

/// Says which Python this carving answers for; the loader calls it before the first call.
pub fn set_python_minor(minor: u8) {
    PYTHON_MINOR.store(minor, Ordering::Relaxed);
}

#[must_use]
pub fn python_minor() -> u8 {
    PYTHON_MINOR.load(Ordering::Relaxed)
}

/// An exception of any class with these arguments.
#[cold]
#[must_use]
pub fn fault(kind: &'static str, args: Vec<Value>) -> Stop {
    Stop::Fault(Box::new(Fault {
        kind: Cow::Borrowed(kind),
        args,
    }))
}

/// An exception whose one argument is a message.
#[cold]
#[must_use]
pub fn message(kind: &'static str, text: impl Into<String>) -> Stop {
    fault(kind, vec![Value::Str(text.into())])
}

#[cold]
#[must_use]
pub fn value_error(text: impl Into<String>) -> Stop {
    message("builtins:ValueError", text)
}

#[cold]
#[must_use]
pub fn index_error(text: &str) -> Stop {
    message("builtins:IndexError", text)
}

#[cold]
#[must_use]
pub fn key_error(key: Value) -> Stop {
    fault("builtins:KeyError", vec![key])
}

#[cold]
#[must_use]
pub fn zero_division(text: &str) -> Stop {
    message("builtins:ZeroDivisionError", text)
}

/// `integer division or modulo by zero` and its kin changed their words in 3.14.
#[cold]
#[must_use]
pub fn zero_division_by(before_3_14: &str) -> Stop {
    zero_division(if python_minor() >= 14 {
        "division by zero"
    } else {
        before_3_14
    })
}

#[cold]
#[must_use]
pub fn overflow_error(text: &str) -> Stop {
    message("builtins:OverflowError", text)
}

/// What a carving says past 64 bits: the reference has integers without bounds.
pub const PAST_I64: Stop = Stop::Decline("an integer past 64 bits");

/// A value as an exception's argument.
pub trait AsArgument {
    fn as_argument(&self) -> Value;
}

impl AsArgument for () {
    fn as_argument(&self) -> Value {
        Value::None
    }
}

impl AsArgument for bool {
    fn as_argument(&self) -> Value {
        Value::Bool(*self)
    }
}

impl AsArgument for i64 {
    fn as_argument(&self) -> Value {
        Value::Int(*self)
    }
}

impl AsArgument for f64 {
    fn as_argument(&self) -> Value {
        Value::Float(*self)
    }
}

impl AsArgument for crate::Str {
    fn as_argument(&self) -> Value {
        Value::Str(self.as_str().to_owned())
    }
}

impl AsArgument for crate::Bytes {
    fn as_argument(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl<T: AsArgument> AsArgument for Option<T> {
    fn as_argument(&self) -> Value {
        self.as_ref().map_or(Value::None, AsArgument::as_argument)
    }
}

impl<T: AsArgument> AsArgument for &T {
    fn as_argument(&self) -> Value {
        (*self).as_argument()
    }
}

macro_rules! tuple {
    ($($name:ident),+) => {
        impl<$($name: AsArgument),+> AsArgument for ($($name,)+) {
            #[allow(non_snake_case)]
            fn as_argument(&self) -> Value {
                let ($($name,)+) = self;
                Value::Tuple(vec![$($name.as_argument()),+])
            }
        }
    };
}
tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
