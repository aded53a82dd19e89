//! `collections.Counter`: how often each key was seen; one that was not was seen 0 times.

use std::cmp::Ordering;

use super::{inside, mapping};
use crate::compare::Compare;
use crate::dict::Key;
use crate::fault::{Outcome, PAST_I64};
use crate::shared::Clear;
use crate::wire::{Reader, Result, Wire, Writer};
use crate::{Dict, int};

#[derive(Debug, Clone)]
pub struct Counter<K> {
    dict: Dict<K, i64>,
}

mapping!([K] Counter<K>, K, i64);
inside!([K] Counter<K>);

impl<K> Default for Counter<K> {
    fn default() -> Self {
        Self {
            dict: Dict::default(),
        }
    }
}

impl<K: Key> Counter<K> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `Counter(items)`
    #[must_use]
    pub fn of(items: &[K]) -> Self {
        let mut made = Self::default();
        for item in items {
            *made.place(item) += 1;
        }
        made
    }

    /// `Counter(dict)`
    #[must_use]
    pub fn from_dict(dict: Dict<K, i64>) -> Self {
        Self { dict }
    }

    /// The count of a key, which comes in with 0 if it is not there.
    fn place(&mut self, key: &K) -> &mut i64 {
        crate::dict::setdefault(&mut self.dict, key.clone(), 0)
    }
}

/// `c[key]`
#[inline]
pub fn item<K: Key>(counter: &Counter<K>, key: &K) -> i64 {
    counter.get(key).copied().unwrap_or(0)
}

/// `del c[key]`, which is content without it.
pub fn del<K: Key>(counter: &mut Counter<K>, key: &K) {
    counter.dict.remove(key);
}

/// `c.most_common()`, and of `c.most_common(n)` what comes first.
#[must_use]
pub fn most_common<K: Key>(counter: &Counter<K>, n: Option<i64>) -> Vec<(K, i64)> {
    let mut found: Vec<(K, i64)> = counter.iter().map(|(key, n)| (key.clone(), *n)).collect();
    found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    if let Some(n) = n {
        found.truncate(usize::try_from(n).unwrap_or(0));
    }
    found
}

/// `list(c.elements())`
pub fn elements<K: Key>(counter: &Counter<K>) -> Outcome<Vec<K>> {
    let mut found = Vec::new();
    for (key, n) in counter.iter() {
        found.extend(crate::list::repeat(std::slice::from_ref(key), *n)?);
    }
    Ok(found)
}

/// `c.total()`
pub fn total<K: Key>(counter: &Counter<K>) -> Outcome<i64> {
    let sum: i128 = counter.values().map(|n| i128::from(*n)).sum();
    i64::try_from(sum).map_err(|_| PAST_I64)
}

/// `c.update(items)`
pub fn update<K: Key>(counter: &mut Counter<K>, items: &[K]) -> Outcome<()> {
    for item in items {
        let place = counter.place(item);
        *place = int::add(*place, 1)?;
    }
    Ok(())
}

/// `c.update(mapping)`
pub fn update_dict<K: Key>(counter: &mut Counter<K>, other: &Dict<K, i64>) -> Outcome<()> {
    for (key, n) in other.iter() {
        let place = counter.place(key);
        *place = int::add(*place, *n)?;
    }
    Ok(())
}

/// `c.subtract(items)`
pub fn subtract<K: Key>(counter: &mut Counter<K>, items: &[K]) -> Outcome<()> {
    for item in items {
        let place = counter.place(item);
        *place = int::sub(*place, 1)?;
    }
    Ok(())
}

/// `c.subtract(mapping)`
pub fn subtract_dict<K: Key>(counter: &mut Counter<K>, other: &Dict<K, i64>) -> Outcome<()> {
    for (key, n) in other.iter() {
        let place = counter.place(key);
        *place = int::sub(*place, *n)?;
    }
    Ok(())
}

/// What `combine` makes of both counts, where that is positive, in Python's order.
fn combined<K: Key>(
    a: &Counter<K>,
    b: &Counter<K>,
    combine: fn(i64, i64) -> Outcome<i64>,
) -> Outcome<Counter<K>> {
    let mut made = Counter::default();
    let others = b.iter().filter(|(key, _)| !a.contains(key));
    let all = a.keys().chain(others.map(|(key, _)| key));
    for key in all {
        let n = combine(item(a, key), item(b, key))?;
        if n > 0 {
            made.insert(key.clone(), n);
        }
    }
    Ok(made)
}

/// `a + b`
pub fn add<K: Key>(a: &Counter<K>, b: &Counter<K>) -> Outcome<Counter<K>> {
    combined(a, b, int::add)
}

/// `a - b`
pub fn sub<K: Key>(a: &Counter<K>, b: &Counter<K>) -> Outcome<Counter<K>> {
    combined(a, b, int::sub)
}

/// `a | b`
pub fn union<K: Key>(a: &Counter<K>, b: &Counter<K>) -> Outcome<Counter<K>> {
    combined(a, b, |x, y| Ok(x.max(y)))
}

/// `a & b`
pub fn intersection<K: Key>(a: &Counter<K>, b: &Counter<K>) -> Outcome<Counter<K>> {
    combined(a, b, |x, y| Ok(x.min(y)))
}

/// What is not positive goes.
fn keep_positive<K: Key>(counter: &mut Counter<K>) {
    let kept = std::mem::take(&mut counter.dict).into_entries();
    counter.dict = kept.filter(|(_, n)| *n > 0).collect();
}

/// `a += b`
pub fn add_in_place<K: Key>(a: &mut Counter<K>, b: &Counter<K>) -> Outcome<()> {
    update_dict(a, b)?;
    keep_positive(a);
    Ok(())
}

/// `a -= b`
pub fn sub_in_place<K: Key>(a: &mut Counter<K>, b: &Counter<K>) -> Outcome<()> {
    subtract_dict(a, b)?;
    keep_positive(a);
    Ok(())
}

/// `a |= b`
pub fn or_in_place<K: Key>(a: &mut Counter<K>, b: &Counter<K>) {
    for (key, n) in b.iter() {
        if *n > item(a, key) {
            a.insert(key.clone(), *n);
        }
    }
    keep_positive(a);
}

/// `a &= b`
pub fn and_in_place<K: Key>(a: &mut Counter<K>, b: &Counter<K>) {
    let keys: Vec<K> = a.keys().cloned().collect();
    for key in keys {
        let n = item(a, &key).min(item(b, &key));
        a.insert(key, n);
    }
    keep_positive(a);
}

/// `a <= b`
#[must_use]
pub fn is_within<K: Key>(a: &Counter<K>, b: &Counter<K>) -> bool {
    a.keys()
        .chain(b.keys())
        .all(|key| item(a, key) <= item(b, key))
}

/// A key that is not there counts 0.
impl<K: Key> PartialEq for Counter<K> {
    fn eq(&self, other: &Self) -> bool {
        self.keys()
            .chain(other.keys())
            .all(|key| item(self, key) == item(other, key))
    }
}

impl<K: Key> Compare for Counter<K> {
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        self.dict.compare(&other.dict)
    }

    fn equal(&self, other: &Self) -> Outcome<bool> {
        Ok(self == other)
    }
}

impl<K: Key> Clear for Counter<K> {
    fn clear(&mut self) {
        self.dict.clear();
    }
}

impl<K: Key + Wire> Wire for Counter<K> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Dict::read(reader).map(Self::from_dict)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.dict.write(writer);
    }
}
