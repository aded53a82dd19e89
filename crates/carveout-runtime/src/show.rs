//! `repr` of values and of what they are made of: `[(1, 'a'), None]`.
//!
//! ```
//! use carveout_runtime::{Str, show};
//! assert_eq!(show::repr(&vec![(1_i64, Some(2.5)), (2, None)]).unwrap().as_str(), "[(1, 2.5), (2, None)]");
//! assert_eq!(show::tuple(&[Str::from("a")]).unwrap().as_str(), "('a',)");
//! ```
//!
//! Invariants: a `Vec` is shown as a list; that one is a tuple of any length is the compiler's to
//! know. A set is only shown where it has no order. What holds itself is as deep as it goes, and
//! declines.

use crate::collections::counter::most_common;
use crate::dict::Key;
use crate::fault::{Outcome, Stop};
use crate::{Bytes, Counter, Deque, Dict, Num, OneOf2, OneOf3, OneOf4, Set, Shared, Str};

/// Appends `repr(self)`.
pub trait Show {
    fn show(&self, out: &mut String) -> Outcome<()>;
}

/// `repr(value)`
pub fn repr<T: Show + ?Sized>(value: &T) -> Outcome<Str> {
    let mut out = String::new();
    value.show(&mut out)?;
    Ok(Str::from(out))
}

/// `repr` of a tuple of any length.
pub fn tuple<T: Show>(items: &[T]) -> Outcome<Str> {
    let mut out = String::from("(");
    join(items, &mut out)?;
    out.push_str(if items.len() == 1 { ",)" } else { ")" });
    Ok(Str::from(out))
}

fn join<'a, T: Show + 'a>(items: impl IntoIterator<Item = &'a T>, out: &mut String) -> Outcome<()> {
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        item.show(out)?;
    }
    Ok(())
}

impl Show for i64 {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str(&self.to_string());
        Ok(())
    }
}

impl Show for bool {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str(if *self { "True" } else { "False" });
        Ok(())
    }
}

impl Show for f64 {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str(crate::float::repr(*self).as_str());
        Ok(())
    }
}

impl Show for Num {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str(self.repr().as_str());
        Ok(())
    }
}

#[cfg(feature = "big")]
impl Show for crate::big::Integer {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str(crate::big::to_str(self)?.as_str());
        Ok(())
    }
}

impl Show for Str {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str(crate::text::repr(self)?.as_str());
        Ok(())
    }
}

impl Show for Bytes {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str(&crate::bytes::repr(self));
        Ok(())
    }
}

impl Show for () {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str("None");
        Ok(())
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self, out: &mut String) -> Outcome<()> {
        match self {
            Some(value) => value.show(out),
            None => ().show(out),
        }
    }
}

impl<T: Show> Show for [T] {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push('[');
        join(self, out)?;
        out.push(']');
        Ok(())
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self, out: &mut String) -> Outcome<()> {
        self.as_slice().show(out)
    }
}

impl<K: Key + Show, V: Show> Show for Dict<K, V> {
    fn show(&self, out: &mut String) -> Outcome<()> {
        entries(self.iter(), out)
    }
}

fn entries<'a, K: Show + 'a, V: Show + 'a>(
    pairs: impl Iterator<Item = (&'a K, &'a V)>,
    out: &mut String,
) -> Outcome<()> {
    out.push('{');
    for (at, (key, value)) in pairs.enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        key.show(out)?;
        out.push_str(": ");
        value.show(out)?;
    }
    out.push('}');
    Ok(())
}

impl<K: Key + Show> Show for Counter<K> {
    /// The most common first.
    fn show(&self, out: &mut String) -> Outcome<()> {
        let counted = most_common(self, None);
        if counted.is_empty() {
            out.push_str("Counter()");
            return Ok(());
        }
        out.push_str("Counter(");
        entries(counted.iter().map(|(key, count)| (key, count)), out)?;
        out.push(')');
        Ok(())
    }
}

impl<T: Show> Show for Deque<T> {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str("deque([");
        join(self.iter(), out)?;
        out.push(']');
        if let Some(most) = self.maxlen() {
            out.push_str(&format!(", maxlen={most}"));
        }
        out.push(')');
        Ok(())
    }
}

/// A set's order is not ours to know; one that has none is shown.
impl<T: Key + Show> Show for Set<T> {
    fn show(&self, out: &mut String) -> Outcome<()> {
        if self.len() > 1 {
            return Err(Stop::Decline("the order of a set would be seen"));
        }
        if self.is_empty() {
            out.push_str("set()");
            return Ok(());
        }
        out.push('{');
        for item in self.entries().keys() {
            item.show(out)?;
        }
        out.push('}');
        Ok(())
    }
}

impl<T: Show> Show for Shared<T> {
    fn show(&self, out: &mut String) -> Outcome<()> {
        let _level = crate::depth::enter()?;
        self.look()?.show(out)
    }
}

impl<T: Show + ?Sized> Show for &T {
    fn show(&self, out: &mut String) -> Outcome<()> {
        (**self).show(out)
    }
}

impl<T: Show + ?Sized> Show for Box<T> {
    fn show(&self, out: &mut String) -> Outcome<()> {
        (**self).show(out)
    }
}

macro_rules! unions {
    ($($name:ident: $($member:ident)+;)+) => { $(
        impl<$($member: Show),+> Show for $name<$($member),+> {
            fn show(&self, out: &mut String) -> Outcome<()> {
                match self {
                    $(Self::$member(value) => value.show(out),)+
                }
            }
        }
    )+ };
}

unions! {
    OneOf2: A B;
    OneOf3: A B C;
    OneOf4: A B C D;
}

macro_rules! tuples {
    ($(($first:ident $(, $name:ident . $at:tt)*))+) => { $(
        impl<$first: Show $(, $name: Show)*> Show for ($first, $($name,)*) {
            fn show(&self, out: &mut String) -> Outcome<()> {
                out.push('(');
                self.0.show(out)?;
                let mut many = false;
                $(
                    many = true;
                    out.push_str(", ");
                    self.$at.show(out)?;
                )*
                out.push_str(if many { ")" } else { ",)" });
                Ok(())
            }
        }
    )+ };
}

// The first of them never sets `many` anew.
#[allow(unused_mut, unused_assignments)]
mod of_tuples {
    use super::{Outcome, Show};

    tuples! {
        (A)
        (A, B.1)
        (A, B.1, C.2)
        (A, B.1, C.2, D.3)
        (A, B.1, C.2, D.3, E.4)
        (A, B.1, C.2, D.3, E.4, F.5)
        (A, B.1, C.2, D.3, E.4, F.5, G.6)
        (A, B.1, C.2, D.3, E.4, F.5, G.6, H.7)
        (A, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8)
        (A, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9)
        (A, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10)
        (A, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11)
    }
}
