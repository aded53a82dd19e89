//! Python's `dict` and `set`: insertion order kept, deletion in constant time.
//!
//! Deleted entries leave a gap that is closed when gaps outnumber entries, so that order, iteration
//! and `popitem` stay Python's while deletion does not move anything. A set's order is never shown:
//! the compiler refuses what would observe it.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::Hash;

use crate::fault::Outcome;
use crate::raise::{AsArgument, key_error, message};

/// A key as Python compares it. Floats are no keys here: NaN and 0.0 == -0.0 need identity.
pub trait Key: Hash + Eq + Clone {}
impl<T: Hash + Eq + Clone> Key for T {}

#[derive(Debug, Clone)]
pub struct Dict<K, V> {
    index: HashMap<K, usize, RandomState>,
    entries: Vec<Option<(K, V)>>,
}

impl<K, V> Default for Dict<K, V> {
    fn default() -> Self {
        Self {
            index: HashMap::default(),
            entries: Vec::new(),
        }
    }
}

impl<K: Key, V> Dict<K, V> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        Self {
            index: HashMap::with_capacity_and_hasher(count, RandomState::new()),
            entries: Vec::with_capacity(count),
        }
    }

    /// `len(d)`
    #[inline]
    #[must_use]
    pub fn len(&self) -> i64 {
        self.index.len() as i64
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// `key in d`
    #[inline]
    pub fn contains(&self, key: &K) -> bool {
        self.index.contains_key(key)
    }

    /// `d.get(key)`, borrowed.
    #[inline]
    pub fn get(&self, key: &K) -> Option<&V> {
        let at = *self.index.get(key)?;
        self.entries[at].as_ref().map(|(_, value)| value)
    }

    #[inline]
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = *self.index.get(key)?;
        self.entries[at].as_mut().map(|(_, value)| value)
    }

    /// `d[key] = value`: a key that is there keeps its place (and its own object).
    pub fn insert(&mut self, key: K, value: V) {
        if let Some(&at) = self.index.get(&key) {
            if let Some(entry) = &mut self.entries[at] {
                entry.1 = value;
            }
            return;
        }
        self.index.insert(key.clone(), self.entries.len());
        self.entries.push(Some((key, value)));
    }

    /// Takes the entry out, wherever it is.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.index.remove(key)?;
        let taken = self.entries[at].take().map(|(_, value)| value);
        if at + 1 == self.entries.len() {
            while matches!(self.entries.last(), Some(None)) {
                self.entries.pop();
            }
        } else if self.entries.len() > 16 && self.entries.len() > self.index.len() * 2 {
            self.close_gaps();
        }
        taken
    }

    fn close_gaps(&mut self) {
        self.entries.retain(Option::is_some);
        for (at, entry) in self.entries.iter().enumerate() {
            if let Some((key, _)) = entry
                && let Some(place) = self.index.get_mut(key)
            {
                *place = at;
            }
        }
    }

    /// `d.setdefault(key, value)`, a place to change.
    pub fn setdefault(&mut self, key: K, value: V) -> &mut V {
        let at = match self.index.get(&key) {
            Some(&at) => at,
            None => {
                self.index.insert(key.clone(), self.entries.len());
                self.entries.push(Some((key.clone(), value)));
                self.entries.len() - 1
            }
        };
        match &mut self.entries[at] {
            Some((_, value)) => value,
            None => unreachable!("the index never points at a gap"),
        }
    }

    pub fn clear(&mut self) {
        self.index.clear();
        self.entries.clear();
    }

    /// `d.update(other)`
    pub fn update(&mut self, other: &Self)
    where
        V: Clone,
    {
        for (key, value) in other.iter() {
            self.insert(key.clone(), value.clone());
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries
            .iter()
            .flatten()
            .map(|(key, value)| (key, value))
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    pub fn into_entries(self) -> impl Iterator<Item = (K, V)> {
        self.entries.into_iter().flatten()
    }

    /// `d[key]`, borrowed.
    #[inline]
    pub fn item(&self, key: &K) -> Outcome<&V>
    where
        K: AsArgument,
    {
        self.get(key).ok_or_else(|| key_error(key.as_argument()))
    }

    /// `d[key]` as a place to change.
    #[inline]
    pub fn item_mut(&mut self, key: &K) -> Outcome<&mut V>
    where
        K: AsArgument,
    {
        let missing = || key_error(key.as_argument());
        let at = *self.index.get(key).ok_or_else(missing)?;
        self.entries[at]
            .as_mut()
            .map(|(_, value)| value)
            .ok_or_else(missing)
    }

    /// `del d[key]` and `d.pop(key)`
    pub fn pop(&mut self, key: &K) -> Outcome<V>
    where
        K: AsArgument,
    {
        self.remove(key).ok_or_else(|| key_error(key.as_argument()))
    }

    /// `d.popitem()`: the last one in.
    pub fn popitem(&mut self) -> Outcome<(K, V)> {
        let Some(entry) = self.entries.pop().flatten() else {
            return Err(message(
                "builtins:KeyError",
                "popitem(): dictionary is empty",
            ));
        };
        self.index.remove(&entry.0);
        while matches!(self.entries.last(), Some(None)) {
            self.entries.pop();
        }
        Ok(entry)
    }
}

impl<K: Key, V> FromIterator<(K, V)> for Dict<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Self {
        let items = items.into_iter();
        let mut dict = Self::with_capacity(items.size_hint().0);
        for (key, value) in items {
            dict.insert(key, value);
        }
        dict
    }
}

/// `a == b`: the same keys with the same values, in any order.
impl<K: Key, V: PartialEq> PartialEq for Dict<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }
}

/// Python's `set` and `frozenset`.
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
    pub fn len(&self) -> i64 {
        self.items.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn contains(&self, item: &T) -> bool {
        self.items.contains(item)
    }

    /// `s.add(item)`: an equal item that is there stays.
    pub fn add(&mut self, item: T) {
        if !self.items.contains(&item) {
            self.items.insert(item, ());
        }
    }

    pub fn discard(&mut self, item: &T) {
        self.items.remove(item);
    }

    /// `s.remove(item)`
    pub fn remove(&mut self, item: &T) -> Outcome<()>
    where
        T: AsArgument,
    {
        self.items.pop(item)
    }

    pub fn clear(&mut self) {
        self.items.clear();
    }

    /// Only for what can't see the order: sums, sorted copies, other sets.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.keys()
    }

    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).cloned().collect()
    }

    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.iter()
            .filter(|item| other.contains(item))
            .cloned()
            .collect()
    }

    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.iter()
            .filter(|item| !other.contains(item))
            .cloned()
            .collect()
    }

    #[must_use]
    pub fn issubset(&self, other: &Self) -> bool {
        self.len() <= other.len() && self.iter().all(|item| other.contains(item))
    }
}

impl<T: Key> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::new();
        for item in items {
            set.add(item);
        }
        set
    }
}

impl<T: Key> PartialEq for Set<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.issubset(other)
    }
}

impl<T: Key> Eq for Set<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_over_deletes_and_reinserts() {
        let mut dict: Dict<i64, i64> = (0..100).map(|i| (i, i)).collect();
        for i in 0..90 {
            dict.remove(&i);
        }
        dict.insert(5, 55);
        dict.insert(95, 0);
        let keys: Vec<i64> = dict.keys().copied().collect();
        assert_eq!(keys, [90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 5]);
        assert_eq!(dict.get(&95), Some(&0));
        assert_eq!(dict.popitem().unwrap(), (5, 55));
        assert_eq!(dict.len(), 10);
    }
}
