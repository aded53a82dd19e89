//! Walks step by step, over what may change meanwhile, as Python's iterators do.
//!
//! ```
//! use carveout_runtime::walk;
//! let mut items = vec![1, 2];
//! let mut at = 0;
//! while let Some(item) = walk::item(&items, &mut at) {
//!     if item < 3 {
//!         items.push(item + 2);
//!     }
//! }
//! assert_eq!(items, [1, 2, 3, 4]);
//! ```

use crate::dict::{Dict, Key};
use crate::fault::{Outcome, PAST_I64, Stop};
use crate::{Deque, Set, dict};

/// The next item of a list, as it is by now.
#[inline]
pub fn item<T: Clone>(items: &[T], at: &mut usize) -> Option<T> {
    let item = items.get(*at)?.clone();
    *at += 1;
    Some(item)
}

/// The next item of `reversed(list)`; `left` starts at its length.
#[inline]
pub fn item_back<T: Clone>(items: &[T], left: &mut usize) -> Option<T> {
    let at = left.checked_sub(1)?;
    let item = items.get(at).cloned();
    // A list that became shorter than the place ends the walk.
    *left = if item.is_some() { at } else { 0 };
    item
}

/// `enumerate`; a number past 64 bits declines.
#[inline]
pub fn numbered<T>(step: Option<T>, count: &mut i128) -> Outcome<Option<(i64, T)>> {
    let Some(item) = step else { return Ok(None) };
    let number = i64::try_from(*count).map_err(|_| PAST_I64)?;
    *count += 1;
    Ok(Some((number, item)))
}

/// A walk over a dict. Keys that come or go meanwhile are the reference's business.
#[derive(Debug)]
pub struct Entries {
    walk: dict::Walk,
}

/// Starts a walk over a dict.
pub fn entries<K: Key, V>(dict: &Dict<K, V>) -> Entries {
    Entries { walk: dict.walk() }
}

const CHANGED: Stop = Stop::Decline("a dict, set or deque that changed while it was walked over");

impl Entries {
    pub fn keys<K: Key, V>(&mut self, dict: &Dict<K, V>) -> Outcome<Option<K>> {
        Ok(self.step(dict)?.map(|(key, _)| key.clone()))
    }

    pub fn values<K: Key, V: Clone>(&mut self, dict: &Dict<K, V>) -> Outcome<Option<V>> {
        Ok(self.step(dict)?.map(|(_, value)| value.clone()))
    }

    pub fn items<K: Key, V: Clone>(&mut self, dict: &Dict<K, V>) -> Outcome<Option<(K, V)>> {
        Ok(self
            .step(dict)?
            .map(|(key, value)| (key.clone(), value.clone())))
    }

    fn step<'a, K: Key, V>(&mut self, dict: &'a Dict<K, V>) -> Outcome<Option<(&'a K, &'a V)>> {
        self.walk.step(dict).map_err(|()| CHANGED)
    }
}

/// A walk over a deque, where an item that comes or goes is the reference's business.
#[derive(Debug)]
pub struct Queued {
    at: usize,
    changes: u32,
}

/// Starts a walk over a deque.
pub fn deque<T>(deque: &Deque<T>) -> Queued {
    Queued {
        at: 0,
        changes: deque.changes(),
    }
}

impl Queued {
    pub fn next<T: Clone>(&mut self, deque: &Deque<T>) -> Outcome<Option<T>> {
        if deque.changes() != self.changes {
            return Err(CHANGED);
        }
        let item = deque.nth(self.at).cloned();
        self.at += 1;
        Ok(item)
    }
}

/// A walk over a set.
#[derive(Debug)]
pub struct Items {
    walk: dict::Walk,
}

/// Starts a walk over a set.
pub fn set<T: Key>(set: &Set<T>) -> Items {
    Items {
        walk: set.entries().walk(),
    }
}

impl Items {
    pub fn next<T: Key>(&mut self, set: &Set<T>) -> Outcome<Option<T>> {
        let step = self.walk.step(set.entries()).map_err(|()| CHANGED)?;
        Ok(step.map(|(item, ())| item.clone()))
    }
}
