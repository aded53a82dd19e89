//! Python's `list` and `tuple[T, ...]` over `Vec`: indexes from the end, slices, Python's words.
//!
//! ```
//! use carveout_runtime::list;
//! assert_eq!(*list::get(&[1, 2, 3], -1).unwrap(), 3);
//! assert_eq!(list::slice(&[1, 2, 3, 4], None, None, Some(-2)).unwrap(), [4, 2]);
//! ```

mod bisect;
mod order;
mod slice;

use std::borrow::Borrow;

pub use bisect::{
    bisect_left, bisect_left_in, bisect_right, bisect_right_in, insort_left, insort_right,
};
pub use order::{
    max, max_by_key, max_by_key_unordered, max_default, max_float, min, min_by_key,
    min_by_key_unordered, min_default, min_float, several, some, sort, sort_by_key, sorted,
    sorted_by_key, sorted_by_key_unordered, sum_int,
};
pub(crate) use slice::{Steps, steps};
pub use slice::{del_slice, set_slice, slice};

use crate::compare::Compare;
use crate::fault::{Outcome, Stop, index_error, value_error};

/// Repeats past this many items are left to the reference, which may run out of memory by itself.
use crate::memory::MOST_ITEMS;

/// `len(items)`
#[inline]
#[must_use]
pub fn len<T>(items: &[T]) -> i64 {
    items.len() as i64
}

/// `a, b = items`: as many items as there are names.
pub fn unpack(length: i64, wanted: i64) -> Outcome<()> {
    match length.cmp(&wanted) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(value_error(format!(
            "not enough values to unpack (expected {wanted}, got {length})"
        ))),
        std::cmp::Ordering::Greater => Err(value_error(format!(
            "too many values to unpack (expected {wanted})"
        ))),
    }
}

/// `a, *rest = items`: at least as many items as there are other names.
pub fn unpack_rest(length: i64, wanted: i64) -> Outcome<()> {
    if length >= wanted {
        return Ok(());
    }
    Err(value_error(format!(
        "not enough values to unpack (expected at least {wanted}, got {length})"
    )))
}

/// The place of a Python index, counted from the end if it is negative.
#[inline]
pub(crate) fn place(length: usize, index: i64) -> Option<usize> {
    let at = if index < 0 {
        index.wrapping_add(length as i64)
    } else {
        index
    };
    // A negative one becomes larger than any length.
    let at = at as u64 as usize;
    if at < length { Some(at) } else { None }
}

/// `items[index]`, looked at.
#[inline]
pub fn get<T>(items: &[T], index: i64) -> Outcome<&T> {
    place(items.len(), index)
        .and_then(|at| items.get(at))
        .ok_or_else(|| index_error("list index out of range"))
}

/// A place to change: `items[index].field = …`, `items[index].append(…)`.
#[inline]
pub fn get_mut<T>(items: &mut [T], index: i64) -> Outcome<&mut T> {
    place(items.len(), index)
        .and_then(|at| items.get_mut(at))
        .ok_or_else(|| index_error("list index out of range"))
}

/// `values[index]` of a tuple of any length.
#[inline]
pub fn get_tuple<T>(items: &[T], index: i64) -> Outcome<&T> {
    place(items.len(), index)
        .and_then(|at| items.get(at))
        .ok_or_else(|| index_error("tuple index out of range"))
}

/// `items[index] = value`
#[inline]
pub fn set<T>(items: &mut [T], index: i64, value: T) -> Outcome<()> {
    match place(items.len(), index).and_then(|at| items.get_mut(at)) {
        Some(item) => {
            *item = value;
            Ok(())
        }
        None => Err(index_error("list assignment index out of range")),
    }
}

/// `items.append(value)`
///
/// As `push`, but what makes room is a call apart that the value is given to: it would else be kept
/// in memory over that call, and so in all of the loop that computes it.
#[inline]
pub fn append<T>(items: &mut Vec<T>, value: T) {
    if items.len() == items.capacity() {
        return append_growing(items, value);
    }
    items.push(value);
}

#[cold]
#[inline(never)]
fn append_growing<T>(items: &mut Vec<T>, value: T) {
    items.push(value);
}

/// A list of these items with room for more.
#[inline]
#[must_use]
pub fn with_room<T, const N: usize>(items: [T; N], more: usize) -> Vec<T> {
    let mut made = Vec::with_capacity(N + more);
    made.extend(items);
    made
}

/// `del items[index]`
pub fn del<T>(items: &mut Vec<T>, index: i64) -> Outcome<()> {
    match place(items.len(), index) {
        Some(at) => {
            items.remove(at);
            Ok(())
        }
        None => Err(index_error("list assignment index out of range")),
    }
}

/// `items.pop()`
#[inline]
pub fn pop<T>(items: &mut Vec<T>) -> Outcome<T> {
    items
        .pop()
        .ok_or_else(|| index_error("pop from empty list"))
}

/// `items.pop(index)`
pub fn pop_at<T>(items: &mut Vec<T>, index: i64) -> Outcome<T> {
    if items.is_empty() {
        return Err(index_error("pop from empty list"));
    }
    match place(items.len(), index) {
        Some(at) => Ok(items.remove(at)),
        None => Err(index_error("pop index out of range")),
    }
}

/// `items.insert(index, value)`
pub fn insert<T>(items: &mut Vec<T>, index: i64, value: T) {
    let length = items.len() as i64;
    let at = if index < 0 {
        (index + length).max(0)
    } else {
        index.min(length)
    };
    items.insert(at as usize, value);
}

/// `items.extend(more)`
#[inline]
pub fn extend<T: Clone>(items: &mut Vec<T>, more: &[T]) {
    items.extend_from_slice(more);
}

/// `a + b`
#[must_use]
pub fn concat<T: Clone>(a: &[T], b: &[T]) -> Vec<T> {
    [a, b].concat()
}

/// `items * n`
pub fn repeat<T: Clone>(items: &[T], n: i64) -> Outcome<Vec<T>> {
    let n = if items.is_empty() {
        0
    } else {
        n.max(0) as usize
    };
    let size = items.len().saturating_mul(n);
    if size > MOST_ITEMS {
        return Err(Stop::Decline("a list of more than 2**28 items"));
    }
    let mut result = crate::memory::vec(size)?;
    for _ in 0..n {
        result.extend_from_slice(items);
    }
    Ok(result)
}

/// `items *= n`
pub fn repeat_in_place<T: Clone>(items: &mut Vec<T>, n: i64) -> Outcome<()> {
    *items = repeat(items, n)?;
    Ok(())
}

/// `value in items`
#[inline]
pub fn contains<T, Q>(items: &[T], value: &Q) -> Outcome<bool>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    Ok(position(items, value)?.is_some())
}

#[inline]
fn position<T, Q>(items: &[T], value: &Q) -> Outcome<Option<usize>>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    for (at, item) in items.iter().enumerate() {
        if item.borrow().equal(value)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// `items.index(value)`
pub fn index<T, Q>(items: &[T], value: &Q) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    match position(items, value)? {
        Some(at) => Ok(at as i64),
        None => Err(match value.shown() {
            Some(shown) => value_error(format!("{shown} is not in list")),
            None => Stop::Decline("the text of what is not in the list"),
        }),
    }
}

/// `items.index(value, start, stop)`
pub fn index_in<T, Q>(items: &[T], value: &Q, start: i64, stop: Option<i64>) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    let count = items.len() as i64;
    let clamp = |at: i64| {
        if at < 0 {
            (at + count).max(0)
        } else {
            at.min(count)
        }
    };
    let (from, to) = (clamp(start), clamp(stop.unwrap_or(count)));
    let part = if from < to {
        &items[from as usize..to as usize]
    } else {
        &[]
    };
    match position(part, value)? {
        Some(at) => Ok(from + at as i64),
        None => index(&items[..0], value),
    }
}

/// `values.index(value)` of a tuple of any length.
pub fn index_tuple<T, Q>(items: &[T], value: &Q) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    position(items, value)?
        .map(|at| at as i64)
        .ok_or_else(|| value_error("tuple.index(x): x not in tuple"))
}

/// `items.count(value)`
pub fn count<T, Q>(items: &[T], value: &Q) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    let mut found = 0;
    for item in items {
        found += i64::from(item.borrow().equal(value)?);
    }
    Ok(found)
}

/// `items.remove(value)`
pub fn remove<T, Q>(items: &mut Vec<T>, value: &Q) -> Outcome<()>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    match position(items, value)? {
        Some(at) => {
            items.remove(at);
            Ok(())
        }
        None => Err(value_error("list.remove(x): x not in list")),
    }
}

/// `sum(lists, start)`
#[must_use]
pub fn sum<T: Clone, L: AsRef<[T]>>(lists: &[L], start: &[T]) -> Vec<T> {
    let mut made = start.to_vec();
    for items in lists {
        made.extend_from_slice(items.as_ref());
    }
    made
}
