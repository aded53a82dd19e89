//! Python's `set` and `frozenset`. Their order is never shown: the compiler refuses what would
//! observe it.
//!
//! ```
//! use carveout_runtime::{Set, set};
//! let (a, b) = (Set::from_iter([1, 2, 3]), Set::from_iter([3, 4]));
//! assert!(set::intersection(&a, &b).contains(&3));
//! ```

use std::hash::{Hash, Hasher};

use crate::dict::{self, Dict, Key};
use crate::fault::{Outcome, Stop, Value, decline};
use crate::hash;

#[derive(Debug, Clone)]
pub struct Set<T> {
    items: Dict<T, ()>,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self {
            items: Dict::default(),
        }
    }
}

impl<T: Key> Set<T> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        Self {
            items: Dict::with_capacity(count),
        }
    }

    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// `len(s)`
    #[inline]
    #[must_use]
    pub fn len_int(&self) -> i64 {
        self.items.len_int()
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn entries(&self) -> &Dict<T, ()> {
        &self.items
    }

    /// The items, of a set that was made just to walk over it.
    pub fn into_items(self) -> impl DoubleEndedIterator<Item = T> {
        self.items.into_keys()
    }

    /// `item in s`
    #[inline]
    pub fn contains(&self, item: &T) -> bool {
        self.items.contains(item)
    }

    /// `s.add(item)`
    #[inline]
    pub fn insert(&mut self, item: T) {
        self.items.insert(item, ());
    }

    pub fn clear(&mut self) {
        self.items.clear();
    }

    /// Only for what can't see the order: sums, sorted copies, other sets.
    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.keys()
    }
}

impl<T: Key> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self {
            items: items.into_iter().map(|item| (item, ())).collect(),
        }
    }
}

impl<T: Key> PartialEq for Set<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && is_subset(self, other)
    }
}

impl<T: Key> Eq for Set<T> {}

/// The same whatever order the items came in, as `==` is. Only a frozenset is hashed: the compiler
/// sees to that.
impl<T: Key> Hash for Set<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mixed = self.iter().fold(0_u64, |all, item| {
            all.wrapping_add(u64::from(hash::hash(item)).wrapping_mul(hash::ODD))
        });
        state.write_u64(mixed ^ self.len() as u64);
    }
}

impl<T: Key> Key for Set<T> {
    fn key_value(&self) -> Value {
        Value::None
    }

    /// No frozenset is the argument of an exception here: its order would be seen.
    #[cold]
    fn key_fault(&self) -> Stop {
        decline("a KeyError of a frozenset")
    }
}

/// `set(items)`
#[must_use]
pub fn from_vec<T: Key>(items: Vec<T>) -> Set<T> {
    items.into_iter().collect()
}

/// `s.remove(item)`
pub fn remove<T: Key>(set: &mut Set<T>, item: &T) -> Outcome<()> {
    dict::pop(&mut set.items, item)
}

/// `s.discard(item)`
pub fn discard<T: Key>(set: &mut Set<T>, item: &T) {
    set.items.remove(item);
}

/// `s.update(other)`
pub fn update<T: Key>(set: &mut Set<T>, other: &Set<T>) {
    for item in other.iter() {
        set.insert(item.clone());
    }
}

/// `a &= b`
pub fn keep_common<T: Key>(a: &mut Set<T>, b: &Set<T>) {
    *a = intersection(a, b);
}

/// `a -= b`
pub fn remove_all<T: Key>(a: &mut Set<T>, b: &Set<T>) {
    for item in b.iter() {
        a.items.remove(item);
    }
}

/// `a ^= b`
pub fn toggle_all<T: Key>(a: &mut Set<T>, b: &Set<T>) {
    *a = symmetric_difference(a, b);
}

/// `a | b`
#[must_use]
pub fn union<T: Key>(a: &Set<T>, b: &Set<T>) -> Set<T> {
    let mut both = a.clone();
    update(&mut both, b);
    both
}

/// `a & b`
#[must_use]
pub fn intersection<T: Key>(a: &Set<T>, b: &Set<T>) -> Set<T> {
    let (few, many) = if b.len() < a.len() { (b, a) } else { (a, b) };
    few.iter()
        .filter(|item| many.contains(item))
        .cloned()
        .collect()
}

/// `a - b`
#[must_use]
pub fn difference<T: Key>(a: &Set<T>, b: &Set<T>) -> Set<T> {
    a.iter().filter(|item| !b.contains(item)).cloned().collect()
}

/// `a ^ b`
#[must_use]
pub fn symmetric_difference<T: Key>(a: &Set<T>, b: &Set<T>) -> Set<T> {
    let only_a = a.iter().filter(|item| !b.contains(item));
    let only_b = b.iter().filter(|item| !a.contains(item));
    only_a.chain(only_b).cloned().collect()
}

/// `a <= b`
#[must_use]
pub fn is_subset<T: Key>(a: &Set<T>, b: &Set<T>) -> bool {
    a.len() <= b.len() && a.iter().all(|item| b.contains(item))
}

/// `a >= b`
#[must_use]
pub fn is_superset<T: Key>(a: &Set<T>, b: &Set<T>) -> bool {
    is_subset(b, a)
}

/// `a < b`
#[must_use]
pub fn is_strict_subset<T: Key>(a: &Set<T>, b: &Set<T>) -> bool {
    a.len() < b.len() && is_subset(a, b)
}

/// `a > b`
#[must_use]
pub fn is_strict_superset<T: Key>(a: &Set<T>, b: &Set<T>) -> bool {
    is_strict_subset(b, a)
}

/// `a.isdisjoint(b)`
#[must_use]
pub fn is_disjoint<T: Key>(a: &Set<T>, b: &Set<T>) -> bool {
    let (few, many) = if b.len() < a.len() { (b, a) } else { (a, b) };
    !few.iter().any(|item| many.contains(item))
}
