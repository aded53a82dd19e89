//! Python's `bisect`: places in a list that is in order.

use std::borrow::Borrow;

use crate::compare::Compare;
use crate::fault::Outcome;

/// The first place from which on `is_after` holds, by halving.
fn halve<T>(items: &[T], mut is_after: impl FnMut(&T) -> Outcome<bool>) -> Outcome<usize> {
    let (mut low, mut high) = (0, items.len());
    while low < high {
        let middle = low.midpoint(high);
        if is_after(&items[middle])? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

fn left<T, Q>(items: &[T], value: &Q) -> Outcome<usize>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    halve(items, |item| Ok(item.borrow().compare(value)?.is_ge()))
}

fn right<T, Q>(items: &[T], value: &Q) -> Outcome<usize>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    halve(items, |item| Ok(item.borrow().compare(value)?.is_gt()))
}

/// `bisect.bisect_left(items, value)`
pub fn bisect_left<T, Q>(items: &[T], value: &Q) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    Ok(left(items, value)? as i64)
}

/// `bisect.bisect_right(items, value)`
pub fn bisect_right<T, Q>(items: &[T], value: &Q) -> Outcome<i64>
where
    T: Borrow<Q>,
    Q: Compare + ?Sized,
{
    Ok(right(items, value)? as i64)
}

/// `bisect.insort_left(items, value)`
pub fn insort_left<T: Compare>(items: &mut Vec<T>, value: T) -> Outcome<()> {
    let at = left(items, &value)?;
    items.insert(at, value);
    Ok(())
}

/// `bisect.insort_right(items, value)`
pub fn insort_right<T: Compare>(items: &mut Vec<T>, value: T) -> Outcome<()> {
    let at = right(items, &value)?;
    items.insert(at, value);
    Ok(())
}
