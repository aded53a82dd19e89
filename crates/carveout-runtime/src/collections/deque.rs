//! `collections.deque`: ends in constant time, and at most so many items where it has a bound.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::inside;
use crate::compare::Compare;
use crate::fault::{Outcome, Stop, index_error, value_error};
use crate::shared::Clear;
use crate::wire::{Reader, Result, Wire, Writer};

#[derive(Debug, Clone)]
pub struct Deque<T> {
    items: VecDeque<T>,
    /// `maxlen`
    most: Option<usize>,
    /// How often an item came or went.
    changes: u32,
}

impl<T> Default for Deque<T> {
    fn default() -> Self {
        Self::from_vec(Vec::new())
    }
}

impl<T> Deque<T> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `deque(items)`
    #[must_use]
    pub fn from_vec(items: Vec<T>) -> Self {
        Self {
            items: items.into(),
            most: None,
            changes: 0,
        }
    }

    /// `deque(items, maxlen)`: the last ones stay.
    pub fn bounded(items: Vec<T>, most: Option<i64>) -> Outcome<Self> {
        let most = match most {
            None => None,
            Some(most) => match usize::try_from(most) {
                Ok(most) => Some(most),
                Err(_) => return Err(value_error("maxlen must be non-negative")),
            },
        };
        let mut made = Self {
            items: VecDeque::new(),
            most,
            changes: 0,
        };
        made.extend_from(items);
        Ok(made)
    }

    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// `len(d)`
    #[inline]
    #[must_use]
    pub fn len_int(&self) -> i64 {
        self.items.len() as i64
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// `d.maxlen`
    #[must_use]
    pub fn maxlen(&self) -> Option<i64> {
        self.most.map(|most| most as i64)
    }

    fn changed(&mut self) {
        self.changes = self.changes.wrapping_add(1);
    }

    /// `d.append(item)`
    #[inline]
    pub fn push(&mut self, item: T) {
        self.changed();
        self.items.push_back(item);
        if self.most.is_some_and(|most| self.items.len() > most) {
            self.items.pop_front();
        }
    }

    /// `d.appendleft(item)`
    #[inline]
    pub fn push_front(&mut self, item: T) {
        self.changed();
        self.items.push_front(item);
        if self.most.is_some_and(|most| self.items.len() > most) {
            self.items.pop_back();
        }
    }

    fn extend_from(&mut self, items: impl IntoIterator<Item = T>) {
        for item in items {
            self.push(item);
        }
    }

    /// `d.clear()`
    pub fn clear(&mut self) {
        self.changed();
        self.items.clear();
    }

    /// `d.reverse()`
    pub fn reverse(&mut self) {
        self.items.make_contiguous().reverse();
    }

    #[inline]
    pub fn iter(&self) -> std::collections::vec_deque::Iter<'_, T> {
        self.items.iter()
    }

    #[inline]
    pub fn iter_mut(&mut self) -> std::collections::vec_deque::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// Counts how often items came or went, for walks over it.
    pub(crate) fn changes(&self) -> u32 {
        self.changes
    }

    /// The item of a walk's step.
    pub(crate) fn nth(&self, at: usize) -> Option<&T> {
        self.items.get(at)
    }

    fn place(&self, index: i64) -> Option<usize> {
        let at = if index < 0 {
            index + self.len_int()
        } else {
            index
        };
        usize::try_from(at).ok().filter(|at| *at < self.len())
    }
}

impl<T> IntoIterator for Deque<T> {
    type Item = T;
    type IntoIter = std::collections::vec_deque::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

const RANGE: &str = "deque index out of range";
const EMPTY: &str = "pop from an empty deque";

/// `d[index]`, looked at.
#[inline]
pub fn get<T>(deque: &Deque<T>, index: i64) -> Outcome<&T> {
    deque
        .place(index)
        .and_then(|at| deque.items.get(at))
        .ok_or_else(|| index_error(RANGE))
}

/// `d[index]` as a place to change.
#[inline]
pub fn get_mut<T>(deque: &mut Deque<T>, index: i64) -> Outcome<&mut T> {
    match deque.place(index) {
        Some(at) => deque.items.get_mut(at),
        None => None,
    }
    .ok_or_else(|| index_error(RANGE))
}

/// `d[index] = value`
#[inline]
pub fn set<T>(deque: &mut Deque<T>, index: i64, value: T) -> Outcome<()> {
    *get_mut(deque, index)? = value;
    Ok(())
}

/// `del d[index]`
pub fn del<T>(deque: &mut Deque<T>, index: i64) -> Outcome<()> {
    let at = deque.place(index).ok_or_else(|| index_error(RANGE))?;
    deque.items.remove(at);
    deque.changed();
    Ok(())
}

/// `d.pop()`
#[inline]
pub fn pop<T>(deque: &mut Deque<T>) -> Outcome<T> {
    deque.changed();
    deque.items.pop_back().ok_or_else(|| index_error(EMPTY))
}

/// `d.popleft()`
#[inline]
pub fn popleft<T>(deque: &mut Deque<T>) -> Outcome<T> {
    deque.changed();
    deque.items.pop_front().ok_or_else(|| index_error(EMPTY))
}

/// `d.extend(items)`
pub fn extend<T: Clone>(deque: &mut Deque<T>, items: &[T]) {
    deque.extend_from(items.iter().cloned());
}

/// `d.extendleft(items)`: one after the other, so that they come out reversed.
pub fn extendleft<T: Clone>(deque: &mut Deque<T>, items: &[T]) {
    for item in items {
        deque.push_front(item.clone());
    }
}

/// `d.rotate(n)`
pub fn rotate<T>(deque: &mut Deque<T>, n: i64) {
    let len = deque.len_int();
    if len > 1 {
        deque.items.rotate_right(n.rem_euclid(len) as usize);
        deque.changed();
    }
}

/// `d.insert(index, item)`
pub fn insert<T>(deque: &mut Deque<T>, index: i64, item: T) -> Outcome<()> {
    if deque.most.is_some_and(|most| deque.len() >= most) {
        return Err(index_error("deque already at its maximum size"));
    }
    let len = deque.len_int();
    let at = if index < 0 {
        (index + len).max(0)
    } else {
        index.min(len)
    };
    deque.items.insert(at as usize, item);
    deque.changed();
    Ok(())
}

fn position<T: Compare>(deque: &Deque<T>, value: &T) -> Outcome<Option<usize>> {
    for (at, item) in deque.items.iter().enumerate() {
        if item.equal(value)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// `value in d`
pub fn contains<T: Compare>(deque: &Deque<T>, value: &T) -> Outcome<bool> {
    Ok(position(deque, value)?.is_some())
}

/// `d.index(value)`
pub fn index<T: Compare>(deque: &Deque<T>, value: &T) -> Outcome<i64> {
    position(deque, value)?
        .map(|at| at as i64)
        .ok_or_else(|| missing(value))
}

#[cold]
fn missing(value: &impl Compare) -> Stop {
    match value.shown() {
        Some(shown) => value_error(format!("{shown} is not in deque")),
        None => Stop::Decline("the text of what is not in the deque"),
    }
}

/// `d.count(value)`
pub fn count<T: Compare>(deque: &Deque<T>, value: &T) -> Outcome<i64> {
    let mut found = 0;
    for item in &deque.items {
        found += i64::from(item.equal(value)?);
    }
    Ok(found)
}

/// `d.remove(value)`
pub fn remove<T: Compare>(deque: &mut Deque<T>, value: &T) -> Outcome<()> {
    match position(deque, value)? {
        Some(at) => {
            deque.items.remove(at);
            deque.changed();
            Ok(())
        }
        None => Err(missing(value)),
    }
}

impl<T: PartialEq> PartialEq for Deque<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl<T: Compare> Compare for Deque<T> {
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        for (a, b) in self.items.iter().zip(&other.items) {
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
        for (a, b) in self.items.iter().zip(&other.items) {
            if !a.equal(b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn orderly(&self) -> bool {
        self.items.iter().all(Compare::orderly)
    }
}

impl<T> Clear for Deque<T> {
    fn clear(&mut self) {
        Self::clear(self);
    }
}

impl<T: Wire> Wire for Deque<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Vec::read(reader).map(Self::from_vec)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(self.len());
        if writer.enter() {
            for item in &self.items {
                item.write(writer);
            }
        }
        writer.leave();
    }
}

inside!([T] Deque<T>);
