//! Python's `collections`: `deque`, `defaultdict`, `Counter` and `OrderedDict`.
//!
//! ```
//! use carveout_runtime::{Counter, Deque, counter, deque};
//! let mut queue = Deque::from_vec(vec![1, 2]);
//! queue.push(3);
//! assert_eq!(deque::popleft(&mut queue).unwrap(), 1);
//! assert_eq!(counter::item(&Counter::of(&[3_i64, 3]), &4), 0);
//! ```
//!
//! The three mappings are a [`crate::Dict`] and open as one. They stay inside a carving: no contract
//! has them, so they cross the wire only in tests.

pub mod counter;
pub mod default;
pub mod deque;
pub mod ordered;

/// What every value inside a carving must be able to do, for types that no contract has.
macro_rules! inside {
    ([$($generics:tt)*] $ty:ty) => {
        #[cfg(feature = "python")]
        impl<$($generics)*> crate::boundary::FromPy for $ty {
            fn from_py(
                _: crate::boundary::Object<'_>,
                _: &crate::schema::Type,
                _: &crate::boundary::Cx<'_>,
            ) -> crate::boundary::Crossed<Self> {
                Err(crate::boundary::Cannot("a type that no contract has"))
            }
        }

        #[cfg(feature = "python")]
        impl<$($generics)*> crate::boundary::ToPy for $ty {
            fn to_py(
                &self,
                _: &crate::schema::Type,
                _: &crate::boundary::Cx<'_>,
            ) -> crate::boundary::Crossed<crate::boundary::Owned> {
                Err(crate::boundary::Cannot("a type that no contract has"))
            }
        }
    };
}

/// A mapping that is a dict with something of its own.
macro_rules! mapping {
    ([$($generics:tt)*] $ty:ty, $key:ty, $value:ty) => {
        impl<$($generics)*> std::ops::Deref for $ty {
            type Target = crate::Dict<$key, $value>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.dict
            }
        }

        impl<$($generics)*> std::ops::DerefMut for $ty {
            #[inline]
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.dict
            }
        }

        impl<$($generics)*> $ty
        where
            $key: crate::dict::Key,
        {
            pub fn into_keys(self) -> impl DoubleEndedIterator<Item = $key> {
                self.dict.into_keys()
            }

            pub fn into_values(self) -> impl DoubleEndedIterator<Item = $value> {
                self.dict.into_values()
            }

            pub fn into_entries(self) -> impl DoubleEndedIterator<Item = ($key, $value)> {
                self.dict.into_entries()
            }
        }
    };
}

pub(crate) use {inside, mapping};
