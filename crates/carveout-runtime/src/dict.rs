//! Python's `dict`: insertion order kept, deletion in constant time.
//!
//! ```
//! use carveout_runtime::{Dict, dict};
//! let mut stock = Dict::from_iter([(1, "one"), (2, "two")]);
//! dict::del(&mut stock, &1).unwrap();
//! stock.insert(1, "again");
//! assert!(stock.keys().eq(&[2, 1]));
//! ```
//!
//! Entries stand in a vector in their order; a deleted one leaves a gap, closed when gaps outnumber
//! entries, so that nothing moves. Past a few entries a table of places by hash stands beside it.
//!
//! Invariants: `table` is empty or maps exactly the entries that are not gaps; the last entry is
//! never a gap.

mod key;
mod places;

pub use key::Key;

use crate::fault::{Outcome, message};
use crate::hash::hash;
use places::Places;

/// So many entries are looked through one by one.
const FEW: usize = 8;

#[derive(Debug, Clone)]
struct Entry<K, V> {
    hash: u32,
    key: K,
    value: V,
}

#[derive(Debug, Clone)]
pub struct Dict<K, V> {
    entries: Vec<Option<Entry<K, V>>>,
    places: Places,
    len: usize,
    /// Before this place there are gaps only.
    first: usize,
    /// How often a key came or went.
    changes: u32,
}

impl<K, V> Default for Dict<K, V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            places: Places::default(),
            len: 0,
            first: 0,
            changes: 0,
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
        let mut places = Places::default();
        if count > FEW {
            places.reserve(count);
        }
        Self {
            entries: Vec::with_capacity(count),
            places,
            len: 0,
            first: 0,
            changes: 0,
        }
    }

    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// `len(d)`
    #[inline]
    #[must_use]
    pub fn len_int(&self) -> i64 {
        self.len as i64
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entry's place.
    #[inline]
    fn find(&self, hash: u32, key: &K) -> Option<usize> {
        let is_it = |at: usize| matches!(self.entries.get(at), Some(Some(entry)) if entry.hash == hash && entry.key == *key);
        if self.places.is_empty() {
            (0..self.entries.len()).find(|at| is_it(*at))
        } else {
            self.places.find(hash, is_it)
        }
    }

    /// `key in d`
    #[inline]
    pub fn contains(&self, key: &K) -> bool {
        self.len > 0 && self.find(hash(key), key).is_some()
    }

    /// `d.get(key)`, looked at.
    #[inline]
    pub fn get(&self, key: &K) -> Option<&V> {
        if self.len == 0 {
            return None;
        }
        let at = self.find(hash(key), key)?;
        self.entries[at].as_ref().map(|entry| &entry.value)
    }

    #[inline]
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        if self.len == 0 {
            return None;
        }
        let at = self.find(hash(key), key)?;
        self.entries[at].as_mut().map(|entry| &mut entry.value)
    }

    /// `d[key]` as a place to change.
    #[inline]
    pub fn item_mut(&mut self, key: &K) -> Outcome<&mut V> {
        self.get_mut(key).ok_or_else(|| key.key_fault())
    }

    /// `d[key] = value`: a key that is there keeps its place, and stays itself.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) {
        let hash = hash(&key);
        match self.find(hash, &key) {
            Some(at) => {
                if let Some(entry) = &mut self.entries[at] {
                    entry.value = value;
                }
            }
            None => self.push(Entry { hash, key, value }),
        }
    }

    /// `d[key]` as a place to change; `default` is put there first if there is nothing.
    #[inline]
    pub fn slot(&mut self, key: &K, default: V) -> &mut V {
        let hash = hash(key);
        let at = match self.find(hash, key) {
            Some(at) => at,
            None => self.start(hash, key.clone(), default),
        };
        match &mut self.entries[at] {
            Some(entry) => &mut entry.value,
            None => unreachable!("a gap that was found"),
        }
    }

    /// Puts an entry at the end, and says where that is.
    #[inline(never)]
    fn start(&mut self, hash: u32, key: K, value: V) -> usize {
        self.push(Entry { hash, key, value });
        self.entries.len() - 1
    }

    fn push(&mut self, entry: Entry<K, V>) {
        let at = self.entries.len();
        if at >= FEW && self.places.is_full(at) {
            self.rebuild();
            return self.push(entry);
        }
        if !self.places.is_empty() {
            self.places.add(entry.hash, at);
        }
        self.entries.push(Some(entry));
        self.len += 1;
        self.changes = self.changes.wrapping_add(1);
    }

    /// Closes the gaps and makes the table anew, with room for as many again.
    #[cold]
    fn rebuild(&mut self) {
        self.entries.retain(Option::is_some);
        self.first = 0;
        self.places.clear();
        self.places.reserve(2 * self.entries.len().max(FEW));
        for (at, entry) in self.entries.iter().enumerate() {
            if let Some(entry) = entry {
                self.places.add(entry.hash, at);
            }
        }
    }

    /// Takes an entry out, wherever it is.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Takes an entry out, with its key.
    pub fn remove_entry(&mut self, key: &K) -> Option<(K, V)> {
        if self.len == 0 {
            return None;
        }
        let hash = hash(key);
        let at = self.find(hash, key)?;
        let entry = self.entries[at].take()?;
        self.places.remove(hash, at);
        self.len -= 1;
        self.changes = self.changes.wrapping_add(1);
        if at + 1 == self.entries.len() {
            self.drop_last_gaps();
        } else if self.entries.len() > 4 * FEW && self.entries.len() > 2 * self.len {
            self.rebuild();
        } else if at == self.first {
            self.first += 1;
        }
        Some((entry.key, entry.value))
    }

    /// Takes the oldest entry out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let gaps = self
            .entries
            .iter()
            .skip(self.first)
            .take_while(|entry| entry.is_none());
        self.first += gaps.count();
        let key = self.entries.get(self.first)?.as_ref()?.key.clone();
        self.remove_entry(&key)
    }

    /// Takes the newest entry out.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let entry = self.entries.pop().flatten()?;
        self.places.remove(entry.hash, self.entries.len());
        self.len -= 1;
        self.changes = self.changes.wrapping_add(1);
        self.drop_last_gaps();
        Some((entry.key, entry.value))
    }

    fn drop_last_gaps(&mut self) {
        while let Some(None) = self.entries.last() {
            self.entries.pop();
        }
        self.first = self.first.min(self.entries.len());
    }

    pub fn clear(&mut self) {
        self.entries.clear();
        self.places.clear();
        self.len = 0;
        self.first = 0;
        self.changes = self.changes.wrapping_add(1);
    }

    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries
            .iter()
            .flatten()
            .map(|entry| (&entry.key, &entry.value))
    }

    #[inline]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    #[inline]
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

/// Where a walk over a dict is, and what the dict was like when it started.
#[derive(Debug)]
pub struct Walk {
    at: usize,
    len: usize,
    changes: u32,
}

impl<K: Key, V> Dict<K, V> {
    #[must_use]
    pub fn walk(&self) -> Walk {
        Walk {
            at: 0,
            len: self.len,
            changes: self.changes,
        }
    }

    pub fn into_keys(self) -> impl DoubleEndedIterator<Item = K> {
        self.entries.into_iter().flatten().map(|entry| entry.key)
    }

    pub fn into_values(self) -> impl DoubleEndedIterator<Item = V> {
        self.entries.into_iter().flatten().map(|entry| entry.value)
    }

    pub fn into_entries(self) -> impl DoubleEndedIterator<Item = (K, V)> {
        self.entries
            .into_iter()
            .flatten()
            .map(|entry| (entry.key, entry.value))
    }
}

impl Walk {
    /// The next entry; an error if keys came or went since the walk started.
    pub(crate) fn step<'a, K: Key, V>(
        &mut self,
        dict: &'a Dict<K, V>,
    ) -> Result<Option<(&'a K, &'a V)>, ()> {
        if dict.len != self.len || dict.changes != self.changes {
            return Err(());
        }
        while let Some(entry) = dict.entries.get(self.at) {
            self.at += 1;
            if let Some(entry) = entry {
                return Ok(Some((&entry.key, &entry.value)));
            }
        }
        Ok(None)
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

/// The same keys with the same values, in any order.
impl<K: Key, V: PartialEq> PartialEq for Dict<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }
}

/// `d[key]`, looked at.
#[inline]
pub fn get<'a, K: Key, V>(dict: &'a Dict<K, V>, key: &K) -> Outcome<&'a V> {
    dict.get(key).ok_or_else(|| key.key_fault())
}

/// `d[key]` as a place to change.
#[inline]
pub fn get_mut<'a, K: Key, V>(dict: &'a mut Dict<K, V>, key: &K) -> Outcome<&'a mut V> {
    dict.item_mut(key)
}

/// `del d[key]`
pub fn del<K: Key, V>(dict: &mut Dict<K, V>, key: &K) -> Outcome<()> {
    pop(dict, key).map(drop)
}

/// `d.pop(key)`
pub fn pop<K: Key, V>(dict: &mut Dict<K, V>, key: &K) -> Outcome<V> {
    dict.remove(key).ok_or_else(|| key.key_fault())
}

/// `d.pop(key, default)`
pub fn pop_default<K: Key, V>(dict: &mut Dict<K, V>, key: &K, default: V) -> V {
    dict.remove(key).unwrap_or(default)
}

/// `d.pop(key, None)`
pub fn pop_some<K: Key, V>(dict: &mut Dict<K, V>, key: &K) -> Option<V> {
    dict.remove(key)
}

/// `d.popitem()`: the last one in.
pub fn popitem<K: Key, V>(dict: &mut Dict<K, V>) -> Outcome<(K, V)> {
    dict.pop_last()
        .ok_or_else(|| message("builtins:KeyError", "popitem(): dictionary is empty"))
}

/// `d.setdefault(key, default)`, as a place to change.
pub fn setdefault<K: Key, V>(dict: &mut Dict<K, V>, key: K, default: V) -> &mut V {
    setdefault_with(dict, key, || default)
}

/// The value of a key, as a place to change; made and put in where it is not there.
pub fn setdefault_with<K: Key, V>(
    dict: &mut Dict<K, V>,
    key: K,
    make: impl FnOnce() -> V,
) -> &mut V {
    let hash = hash(&key);
    let at = dict.find(hash, &key).unwrap_or_else(|| {
        let value = make();
        dict.push(Entry { hash, key, value });
        dict.entries.len() - 1
    });
    match &mut dict.entries[at] {
        Some(entry) => &mut entry.value,
        None => unreachable!("found, or just put there"),
    }
}

/// `d.update(other)`
pub fn update<K: Key, V: Clone>(dict: &mut Dict<K, V>, other: &Dict<K, V>) {
    for (key, value) in other.iter() {
        dict.insert(key.clone(), value.clone());
    }
}

/// `d.update(pairs)`
pub fn update_pairs<K: Key, V: Clone>(dict: &mut Dict<K, V>, pairs: &[(K, V)]) {
    for (key, value) in pairs {
        dict.insert(key.clone(), value.clone());
    }
}

/// `dict.fromkeys(keys, value)`
#[must_use]
pub fn from_keys<K: Key, V: Clone>(keys: Vec<K>, value: V) -> Dict<K, V> {
    keys.into_iter().map(|key| (key, value.clone())).collect()
}

/// `dict(mapping)` of a mapping that is more than a dict.
#[must_use]
pub fn plain<K: Key, V: Clone>(dict: &Dict<K, V>) -> Dict<K, V> {
    dict.clone()
}

/// `a | b`
#[must_use]
pub fn merge<K: Key, V: Clone>(a: &Dict<K, V>, b: &Dict<K, V>) -> Dict<K, V> {
    let mut merged = a.clone();
    update(&mut merged, b);
    merged
}

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
        assert_eq!(popitem(&mut dict).unwrap(), (5, 55));
        assert_eq!(dict.len(), 10);
    }

    /// Against a vector that does the same slowly.
    #[test]
    fn agrees_with_a_plain_list() {
        let mut dict = Dict::new();
        let mut plain: Vec<(i64, u64)> = Vec::new();
        let mut random = 1_u64;
        for round in 0..20_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let key = (random >> 33) as i64 % [7, 40, 900][round / 1000 % 3];
            let at = plain.iter().position(|(k, _)| *k == key);
            match random >> 61 {
                0..4 => {
                    dict.insert(key, random);
                    match at {
                        Some(at) => plain[at].1 = random,
                        None => plain.push((key, random)),
                    }
                }
                4..6 => assert_eq!(dict.remove(&key), at.map(|at| plain.remove(at).1)),
                6 => assert_eq!(popitem(&mut dict).ok(), plain.pop()),
                _ => assert_eq!(dict.get(&key), at.map(|at| &plain[at].1)),
            }
            assert_eq!(dict.len(), plain.len());
            if round % 64 == 0 {
                assert!(dict.iter().eq(plain.iter().map(|(k, v)| (k, v))));
            }
        }
    }
}
