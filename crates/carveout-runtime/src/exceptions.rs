//! What a caught exception says of itself: its class, its arguments, its repr.

use crate::fault::{Fault, Outcome, Stop, Value};
use crate::{Bytes, Str};

/// What a constructor's argument was, by its type.
pub trait Argument: Sized {
    fn of(value: &Value) -> Option<Self>;
}

impl Argument for i64 {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }
}

impl Argument for f64 {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }
}

impl Argument for bool {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }
}

impl Argument for Str {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Str(text) => Some(Self::from(text.clone())),
            _ => None,
        }
    }
}

impl Argument for Bytes {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(data) => Some(Self::from(data.clone())),
            _ => None,
        }
    }
}

impl<T: Argument> Argument for Option<T> {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::None => Some(None),
            some => T::of(some).map(Some),
        }
    }
}

impl Fault {
    /// An argument of its constructor.
    ///
    /// # Errors
    ///
    /// A decline, where it is of another type than that.
    pub fn arg<T: Argument>(&self, index: usize) -> Outcome<T> {
        self.args
            .get(index)
            .and_then(T::of)
            .ok_or(Stop::Decline("the argument of an exception"))
    }

    /// Whether it is of this very class.
    #[must_use]
    pub fn exactly(&self, kind: &str) -> bool {
        self.kind == kind
    }

    /// `type(error).__name__`
    #[must_use]
    pub fn class_name(&self) -> &str {
        let (_, name) = self.kind.rsplit_once(':').unwrap_or(("", &self.kind));
        name.rsplit_once('.').map_or(name, |(_, last)| last)
    }

    /// `str(error)` of a class below KeyError: the repr of its one argument.
    ///
    /// # Errors
    ///
    /// A decline, for characters that Python versions show differently.
    pub fn key_text(&self) -> Outcome<String> {
        match &self.args[..] {
            _ if self.made => Err(Stop::Decline("the text of this exception")),
            [] => Ok(String::new()),
            [one] => one.repr(),
            more => Value::Tuple(more.to_vec()).repr(),
        }
    }

    /// `repr(error)`
    ///
    /// # Errors
    ///
    /// A decline, of classes that show more than their arguments.
    pub fn repr(&self) -> Outcome<String> {
        let argued = [
            "builtins:OSError",
            "builtins:UnicodeError",
            "decimal:DecimalException",
        ];
        if self.made || self.is(&argued) {
            return Err(Stop::Decline("the repr of this exception"));
        }
        let name = self.class_name();
        match &self.args[..] {
            [one] => Ok(format!("{name}({})", one.repr()?)),
            more => Ok(format!("{name}{}", Value::Tuple(more.to_vec()).repr()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{construct, raise};

    fn fault(stop: Stop) -> Fault {
        match stop {
            Stop::Fault(fault) => *fault,
            Stop::Decline(why) => panic!("{why}"),
        }
    }

    #[test]
    fn arguments_come_back_as_what_they_were_or_not_at_all() {
        let made = fault(construct(
            "pkg.mod:Outer.Wrong",
            vec![Value::Int(3), Value::Str("x".into()), Value::None],
        ));
        assert_eq!(made.arg::<i64>(0), Ok(3));
        assert_eq!(made.arg::<Str>(1), Ok(Str::from_static("x")));
        assert_eq!(made.arg::<Option<f64>>(2), Ok(None));
        assert!(made.arg::<f64>(0).is_err());
        assert!(made.arg::<i64>(3).is_err());
        assert_eq!(made.class_name(), "Wrong");
        assert!(made.repr().is_err());
        assert!(made.text().is_err());
    }

    #[test]
    fn the_repr_is_that_of_a_call() {
        let none = fault(raise("builtins:ValueError", vec![]));
        assert_eq!(none.repr(), Ok("ValueError()".to_owned()));
        let one = fault(raise("builtins:KeyError", vec![Value::Str("k".into())]));
        assert_eq!(one.repr(), Ok("KeyError('k')".to_owned()));
        assert_eq!(one.key_text(), Ok("'k'".to_owned()));
        assert_eq!(none.key_text(), Ok(String::new()));
        let two = fault(raise("a:B", vec![Value::Int(1), Value::Bool(true)]));
        assert_eq!(two.repr(), Ok("B(1, True)".to_owned()));
        let file = fault(raise("builtins:TimeoutError", vec![Value::Int(1)]));
        assert!(file.repr().is_err());
    }
}
