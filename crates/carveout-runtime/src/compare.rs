//! How Python's `==` and `<` see values.
//!
//! Three answers are possible: yes, no, and "the reference knows". NaN among the items of a
//! container is the last: there Python asks for identity before equality, and no order is total.

use std::cmp::Ordering;

use crate::fault::{Outcome, Stop, or_stop};
use crate::{Bytes, Dict, Set, Shared, Str};

/// What a generated class says to `compare`.
pub const NO_ORDER: Stop = Stop::Decline("these have no order");
const NAN: Stop = Stop::Decline("NaN compares by identity");

/// Python's comparisons. A class without an order declines in `compare`.
pub trait Compare {
    fn compare(&self, other: &Self) -> Outcome<Ordering>;

    fn equal(&self, other: &Self) -> Outcome<bool>;

    /// Whether it has a place among all others of its type that say so: no NaN, no None.
    fn orderly(&self) -> bool {
        false
    }

    /// `repr(self)`, where it is known here.
    fn shown(&self) -> Option<String> {
        None
    }
}

/// Values that are compared with looks at others as they are with them: `*item == name` needs no star.
macro_rules! beside_looks {
    ($ty:ty) => {
        impl PartialEq<&$ty> for $ty {
            #[inline]
            fn eq(&self, other: &&$ty) -> bool {
                *self == **other
            }
        }

        impl PartialEq<$ty> for &$ty {
            #[inline]
            fn eq(&self, other: &$ty) -> bool {
                **self == *other
            }
        }

        impl PartialOrd<&$ty> for $ty {
            #[inline]
            fn partial_cmp(&self, other: &&$ty) -> Option<std::cmp::Ordering> {
                Some(self.cmp(*other))
            }
        }

        impl PartialOrd<$ty> for &$ty {
            #[inline]
            fn partial_cmp(&self, other: &$ty) -> Option<std::cmp::Ordering> {
                Some((*self).cmp(other))
            }
        }
    };
}
pub(crate) use beside_looks;

macro_rules! total {
    ($($ty:ty, |$value:ident| $shown:expr;)+) => { $(
        impl Compare for $ty {
            #[inline]
            fn compare(&self, other: &Self) -> Outcome<Ordering> {
                Ok(self.cmp(other))
            }

            #[inline]
            fn equal(&self, other: &Self) -> Outcome<bool> {
                Ok(self == other)
            }

            #[inline]
            fn orderly(&self) -> bool {
                true
            }

            fn shown(&self) -> Option<String> {
                let $value = self;
                $shown
            }
        }
    )+ };
}

pub(crate) use total;

total! {
    i64, |value| Some(value.to_string());
    bool, |value| Some(if *value { "True" } else { "False" }.to_owned());
    Str, |value| crate::text::repr(value).ok().map(String::from);
    Bytes, |value| Some(crate::bytes::repr(value));
}

impl Compare for f64 {
    #[inline]
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        or_stop(self.partial_cmp(other), || NAN)
    }

    #[inline]
    fn equal(&self, other: &Self) -> Outcome<bool> {
        if self.is_nan() && other.is_nan() {
            return Err(NAN);
        }
        Ok(self == other)
    }

    #[inline]
    fn orderly(&self) -> bool {
        !self.is_nan()
    }

    fn shown(&self) -> Option<String> {
        Some(crate::float::repr(*self).into())
    }
}

impl Compare for () {
    /// `None < None` is a TypeError, which the reference raises.
    fn compare(&self, _: &Self) -> Outcome<Ordering> {
        Err(NO_ORDER)
    }

    fn equal(&self, _: &Self) -> Outcome<bool> {
        Ok(true)
    }

    fn shown(&self) -> Option<String> {
        Some("None".to_owned())
    }
}

impl<T: Compare> Compare for Option<T> {
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        match (self, other) {
            (Some(a), Some(b)) => a.compare(b),
            _ => Err(NO_ORDER),
        }
    }

    fn equal(&self, other: &Self) -> Outcome<bool> {
        match (self, other) {
            (Some(a), Some(b)) => a.equal(b),
            (None, None) => Ok(true),
            _ => Ok(false),
        }
    }

    fn orderly(&self) -> bool {
        self.as_ref().is_some_and(Compare::orderly)
    }

    fn shown(&self) -> Option<String> {
        self.as_ref().map_or_else(|| ().shown(), Compare::shown)
    }
}

impl<T: Compare> Compare for [T] {
    /// The first items that differ decide, then the lengths.
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        for (a, b) in self.iter().zip(other) {
            if !a.equal(b)? {
                return a.compare(b);
            }
        }
        Ok(self.len().cmp(&other.len()))
    }

    fn equal(&self, other: &Self) -> Outcome<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        for (a, b) in self.iter().zip(other) {
            if !a.equal(b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn orderly(&self) -> bool {
        self.iter().all(Compare::orderly)
    }
}

impl<T: Compare> Compare for Vec<T> {
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        self.as_slice().compare(other.as_slice())
    }

    fn equal(&self, other: &Self) -> Outcome<bool> {
        self.as_slice().equal(other.as_slice())
    }

    fn orderly(&self) -> bool {
        self.as_slice().orderly()
    }
}

macro_rules! forward {
    ($([$($generics:tt)+] $ty:ty;)+) => { $(
        impl<$($generics)+> Compare for $ty {
            #[inline]
            fn compare(&self, other: &Self) -> Outcome<Ordering> {
                (**self).compare(&**other)
            }

            #[inline]
            fn equal(&self, other: &Self) -> Outcome<bool> {
                (**self).equal(&**other)
            }

            #[inline]
            fn orderly(&self) -> bool {
                (**self).orderly()
            }

            fn shown(&self) -> Option<String> {
                (**self).shown()
            }
        }
    )+ };
}

forward! {
    [T: Compare + ?Sized] &T;
    [T: Compare + ?Sized] Box<T>;
}

impl<T: Compare> Compare for Shared<T> {
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        let _level = crate::depth::enter()?;
        self.look()?.compare(&*other.look()?)
    }

    /// An object equals itself; a class's `__eq__` compares its fields, identity first.
    fn equal(&self, other: &Self) -> Outcome<bool> {
        if self.is(other) {
            return Ok(true);
        }
        let _level = crate::depth::enter()?;
        self.look()?.equal(&*other.look()?)
    }

    fn orderly(&self) -> bool {
        self.look().is_ok_and(|inside| inside.orderly())
    }
}

impl<K: crate::dict::Key, V: Compare> Compare for Dict<K, V> {
    fn compare(&self, _: &Self) -> Outcome<Ordering> {
        Err(NO_ORDER)
    }

    /// The same keys with the same values, in any order.
    fn equal(&self, other: &Self) -> Outcome<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        // Two NaN values: Python finds out by identity, and a different key before it may decide.
        for (key, value) in self.iter() {
            match other.get(key) {
                None => return Ok(false),
                Some(theirs) if !value.equal(theirs)? => return Ok(false),
                Some(_) => {}
            }
        }
        Ok(true)
    }
}

impl<K: crate::dict::Key> Compare for Set<K> {
    fn compare(&self, _: &Self) -> Outcome<Ordering> {
        Err(NO_ORDER)
    }

    fn equal(&self, other: &Self) -> Outcome<bool> {
        Ok(self == other)
    }
}

macro_rules! tuples {
    ($(($($name:ident . $at:tt),+))+) => {$(
        impl<$($name: Compare),+> Compare for ($($name,)+) {
            #[inline]
            fn compare(&self, other: &Self) -> Outcome<Ordering> {
                $(if !self.$at.equal(&other.$at)? {
                    return self.$at.compare(&other.$at);
                })+
                Ok(Ordering::Equal)
            }

            #[inline]
            fn equal(&self, other: &Self) -> Outcome<bool> {
                $(if !self.$at.equal(&other.$at)? {
                    return Ok(false);
                })+
                Ok(true)
            }

            #[inline]
            fn orderly(&self) -> bool {
                true $(&& self.$at.orderly())+
            }

            fn shown(&self) -> Option<String> {
                let items = [$(self.$at.shown()?),+];
                Some(match &items[..] {
                    [one] => format!("({one},)"),
                    more => format!("({})", more.join(", ")),
                })
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
