//! Objects of the library that are handles in Rust: a clone is the same object, as in Python.

/// Equality by identity, no order, nothing to let go of.
macro_rules! handle {
    ($ty:ty) => {
        impl PartialEq for $ty {
            fn eq(&self, other: &Self) -> bool {
                std::rc::Rc::ptr_eq(&self.0, &other.0)
            }
        }

        impl $crate::compare::Compare for $ty {
            fn compare(&self, _: &Self) -> $crate::fault::Outcome<std::cmp::Ordering> {
                Err($crate::compare::NO_ORDER)
            }

            fn equal(&self, other: &Self) -> $crate::fault::Outcome<bool> {
                Ok(self == other)
            }
        }

        impl $crate::shared::Clear for $ty {}
    };
}

pub(crate) use handle;
