//! Least, greatest, sorted and summed.
//!
//! Where a NaN (or anything else without a place among the others) takes part, the result hangs on
//! which comparisons are made: those calls decline, but for plain floats, where it is Python's rule.

use std::cmp::Ordering;

use crate::compare::Compare;
use crate::fault::{Outcome, PAST_I64, Stop, python_minor, value_error};

/// What `min()` and `max()` say of nothing.
#[cold]
fn empty(function: &str) -> Stop {
    value_error(if python_minor() >= 12 {
        format!("{function}() iterable argument is empty")
    } else {
        format!("{function}() arg is an empty sequence")
    })
}

/// The first of the best. `wanted` is how a better item compares with the best so far.
#[inline]
fn best<'a, T, K: Compare + 'a>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &'a K,
    wanted: Ordering,
) -> Outcome<Option<T>> {
    let mut items = items.into_iter();
    let Some(mut best) = items.next() else {
        return Ok(None);
    };
    for item in items {
        if key(&item).compare(key(&best))? == wanted {
            best = item;
        }
    }
    Ok(Some(best))
}

/// `min(items)`
#[inline]
pub fn min<T: Compare>(items: &[T]) -> Outcome<&T> {
    best(items, |item| *item, Ordering::Less)?.ok_or_else(|| empty("min"))
}

/// `max(items)`
#[inline]
pub fn max<T: Compare>(items: &[T]) -> Outcome<&T> {
    best(items, |item| *item, Ordering::Greater)?.ok_or_else(|| empty("max"))
}

/// What `min(*items)` takes as its arguments: of one it asks for its items, of none for one.
#[inline]
pub fn several<T>(items: &[T]) -> Outcome<&[T]> {
    if items.len() < 2 {
        return Err(Stop::Decline("min() and max() of fewer than two arguments"));
    }
    Ok(items)
}

/// Rows that several names are unpacked from by `zip(*rows)`.
pub fn some<T>(items: Vec<T>) -> Outcome<Vec<T>> {
    if items.is_empty() {
        return Err(Stop::Decline("nothing to unpack"));
    }
    Ok(items)
}

/// `min(items, default=default)`
pub fn min_default<T: Compare + Clone>(items: &[T], default: T) -> Outcome<T> {
    Ok(best(items, |item| *item, Ordering::Less)?.map_or(default, T::clone))
}

/// `max(items, default=default)`
pub fn max_default<T: Compare + Clone>(items: &[T], default: T) -> Outcome<T> {
    Ok(best(items, |item| *item, Ordering::Greater)?.map_or(default, T::clone))
}

fn best_by_key<K: Compare, T>(items: Vec<(K, T)>, wanted: Ordering) -> Outcome<Option<T>> {
    let mut items = items.into_iter();
    let Some(mut best) = items.next() else {
        return Ok(None);
    };
    for item in items {
        if item.0.compare(&best.0)? == wanted {
            best = item;
        }
    }
    Ok(Some(best.1))
}

/// `min(items, key=…)`, of items with their keys.
pub fn min_by_key<K: Compare, T>(items: Vec<(K, T)>) -> Outcome<T> {
    best_by_key(items, Ordering::Less)?.ok_or_else(|| empty("min"))
}

/// `max(items, key=…)`, of items with their keys.
pub fn max_by_key<K: Compare, T>(items: Vec<(K, T)>) -> Outcome<T> {
    best_by_key(items, Ordering::Greater)?.ok_or_else(|| empty("max"))
}

/// `min(items)` of floats: a NaN at the front stays, others are passed over.
#[inline]
pub fn min_float(items: &[f64]) -> Outcome<f64> {
    let best = items.iter().copied().reduce(crate::float::min2);
    best.ok_or_else(|| empty("min"))
}

/// `max(items)` of floats: a NaN at the front stays, others are passed over.
#[inline]
pub fn max_float(items: &[f64]) -> Outcome<f64> {
    let best = items.iter().copied().reduce(crate::float::max2);
    best.ok_or_else(|| empty("max"))
}

/// `sum(items)` of ints; only the whole sum has to be within 64 bits.
#[inline]
pub fn sum_int(items: &[i64]) -> Outcome<i64> {
    let total: i128 = items.iter().copied().map(i128::from).sum();
    i64::try_from(total).map_err(|_| PAST_I64)
}

/// `items.sort(reverse=reverse)`: stable, also when reversed.
pub fn sort<T: Compare>(items: &mut [T], reverse: bool) -> Outcome<()> {
    sort_on(items, |item| item, reverse)
}

/// `sorted(items, reverse=reverse)`
pub fn sorted<T: Compare>(mut items: Vec<T>, reverse: bool) -> Outcome<Vec<T>> {
    sort(&mut items, reverse)?;
    Ok(items)
}

/// `sorted(items, key=…, reverse=reverse)`, of items with their keys.
pub fn sorted_by_key<K: Compare, T>(mut items: Vec<(K, T)>, reverse: bool) -> Outcome<Vec<T>> {
    sort_on(&mut items, |item| &item.0, reverse)?;
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

/// What comes of a set's items in whatever order: keys that stop, or are alike, don't tell.
fn unordered<T>(found: Outcome<T>) -> Outcome<T> {
    found.map_err(|_| Stop::Decline("a key stopped, and a set has no first item"))
}

/// `sorted(items, key=…, reverse=reverse)` of a set's items.
pub fn sorted_by_key_unordered<K: Compare, T>(
    items: Outcome<Vec<(K, T)>>,
    reverse: bool,
) -> Outcome<Vec<T>> {
    let mut items = unordered(items)?;
    sort_on(&mut items, |item| &item.0, reverse)?;
    for pair in items.windows(2) {
        if pair[0].0.compare(&pair[1].0)? == Ordering::Equal {
            return Err(ALIKE);
        }
    }
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

const ALIKE: Stop = Stop::Decline("two items of a set have the same key");

/// `min(items, key=…)` of a set's items.
pub fn min_by_key_unordered<K: Compare, T>(items: Outcome<Vec<(K, T)>>) -> Outcome<T> {
    let items = alone(unordered(items)?, Ordering::Less)?;
    items.ok_or_else(|| empty("min"))
}

/// `max(items, key=…)` of a set's items.
pub fn max_by_key_unordered<K: Compare, T>(items: Outcome<Vec<(K, T)>>) -> Outcome<T> {
    let items = alone(unordered(items)?, Ordering::Greater)?;
    items.ok_or_else(|| empty("max"))
}

/// The best, if no other is as good.
fn alone<K: Compare, T>(items: Vec<(K, T)>, wanted: Ordering) -> Outcome<Option<T>> {
    if items.len() > 1 && !items.iter().all(|item| item.0.orderly()) {
        return Err(Stop::Decline("NaN has no place in an order"));
    }
    let mut rest = items.into_iter();
    let Some(mut best) = rest.next() else {
        return Ok(None);
    };
    let mut shared = false;
    for item in rest {
        match item.0.compare(&best.0)? {
            found if found == wanted => (best, shared) = (item, false),
            Ordering::Equal => shared = true,
            _ => {}
        }
    }
    if shared { Err(ALIKE) } else { Ok(Some(best.1)) }
}

/// `items.sort(key=…, reverse=reverse)`; `keyed` are the items with their keys.
pub fn sort_by_key<K: Compare, T>(
    items: &mut Vec<T>,
    keyed: Vec<(K, T)>,
    reverse: bool,
) -> Outcome<()> {
    *items = sorted_by_key(keyed, reverse)?;
    Ok(())
}

fn sort_on<T, K: Compare>(items: &mut [T], key: fn(&T) -> &K, reverse: bool) -> Outcome<()> {
    if items.len() < 2 {
        return Ok(());
    }
    if !items.iter().all(|item| key(item).orderly()) {
        return Err(Stop::Decline("NaN has no place in an order"));
    }
    let mut stopped = None;
    items.sort_by(|a, b| {
        let found = if reverse {
            key(b).compare(key(a))
        } else {
            key(a).compare(key(b))
        };
        found.unwrap_or_else(|stop| {
            stopped = Some(stop);
            Ordering::Equal
        })
    });
    stopped.map_or(Ok(()), Err)
}
