//! Python's `bisect`: places in a list that is in order.

use std::borrow::Borrow;

use crate::compare::Compare;
use crate::fault::{Outcome, index_error, value_error};

/// The first place from `low` to `high` from which on `is_after` holds, by halving.
fn halve<T>(
    items: &[T],
    low: i64,
    high: Option<i64>,
    mut is_after: impl FnMut(&T) -> Outcome<bool>,
) -> Outcome<i64> {
    if low < 0 {
        return Err(value_error("lo must be non-negative"));
    }
    // CPython takes -1 for None.
    let mut high = high
        .filter(|high| *high != -1)
        .unwrap_or(items.len() as i64);
    let mut low = low;
    while low < high {
        let middle = low.midpoint(high);
        let Some(item) = items.get(usize::try_from(middle).unwrap_or(usize::MAX)) else {
            return Err(index_error("list index out of range"));
        };
        if is_after(item)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// `bisect.bisect_left(items, value)`
pub fn bisect_left<T, Q>(items: &[T], value: &Q) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    bisect_left_in(items, value, 0, None)
}

/// `bisect.bisect_right(items, value)`
pub fn bisect_right<T, Q>(items: &[T], value: &Q) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    bisect_right_in(items, value, 0, None)
}

/// `bisect.bisect_left(items, value, low, high)`
pub fn bisect_left_in<T, Q>(items: &[T], value: &Q, low: i64, high: Option<i64>) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    halve(items, low, high, |item| {
        Ok(item.borrow().compare(value)?.is_ge())
    })
}

/// `bisect.bisect_right(items, value, low, high)`
pub fn bisect_right_in<T, Q>(items: &[T], value: &Q, low: i64, high: Option<i64>) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    halve(items, low, high, |item| {
        Ok(item.borrow().compare(value)?.is_gt())
    })
}

/// `bisect.insort_left(items, value)`
pub fn insort_left<T: Compare>(items: &mut Vec<T>, value: T) -> Outcome<()> {
    let at = bisect_left(items, &value)?;
    items.insert(at as usize, value);
    Ok(())
}

/// `bisect.insort_right(items, value)`
pub fn insort_right<T: Compare>(items: &mut Vec<T>, value: T) -> Outcome<()> {
    let at = bisect_right(items, &value)?;
    items.insert(at as usize, value);
    Ok(())
}
