//! What can be a dict's key or a set's item.

use std::hash::Hash;

use crate::fault::{Stop, Value, key_error};
use crate::{Bytes, Str};

/// A key as Python compares it. Floats are no keys here: NaN and `0.0 == -0.0` need identity.
pub trait Key: Hash + Eq + Clone {
    /// The key as the argument of a KeyError.
    fn key_value(&self) -> Value;

    /// `KeyError(key)`. Keys that can't be an exception's argument decline.
    #[cold]
    fn key_fault(&self) -> Stop {
        key_error(self.key_value())
    }
}

macro_rules! plain {
    ($($ty:ty),+) => { $(
        impl Key for $ty {
            fn key_value(&self) -> Value {
                Value::from(self.clone())
            }
        }
    )+ };
}

plain!(i64, bool, (), Str, Bytes);

impl<T: Key> Key for Option<T> {
    fn key_value(&self) -> Value {
        self.as_ref().map_or(Value::None, Key::key_value)
    }

    fn key_fault(&self) -> Stop {
        self.as_ref()
            .map_or_else(|| key_error(Value::None), Key::key_fault)
    }
}

/// A tuple of any length. No list is a key: the compiler sees to that.
impl<T: Key> Key for Vec<T> {
    fn key_value(&self) -> Value {
        Value::Tuple(self.iter().map(Key::key_value).collect())
    }

    fn key_fault(&self) -> Stop {
        for item in self {
            if let declined @ Stop::Decline(_) = item.key_fault() {
                return declined;
            }
        }
        key_error(self.key_value())
    }
}

macro_rules! tuples {
    ($(($($name:ident . $at:tt),+))+) => {$(
        impl<$($name: Key),+> Key for ($($name,)+) {
            fn key_value(&self) -> Value {
                Value::Tuple(vec![$(self.$at.key_value()),+])
            }

            fn key_fault(&self) -> Stop {
                $(if let declined @ Stop::Decline(_) = self.$at.key_fault() {
                    return declined;
                })+
                key_error(self.key_value())
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
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11)
}
