//! Python's `list` over `Vec`: indexes from the end, slices, faults with Python's words.

use std::cmp::Ordering;

use crate::fault::{Outcome, Stop};
use crate::raise::{index_error, value_error};

/// `len(items)`
#[inline]
#[must_use]
pub fn len<T>(items: &[T]) -> i64 {
    items.len() as i64
}

#[inline]
fn place(length: usize, index: i64) -> Option<usize> {
    let at = if index < 0 {
        index + length as i64
    } else {
        index
    };
    usize::try_from(at).ok().filter(|at| *at < length)
}

/// `items[index]`, borrowed.
#[inline]
pub fn get<T>(items: &[T], index: i64) -> Outcome<&T> {
    match place(items.len(), index) {
        Some(at) => Ok(&items[at]),
        None => Err(index_error("list index out of range")),
    }
}

/// A place to change: `items[index].field = …`, `items[index].append(…)`.
#[inline]
pub fn get_mut<T>(items: &mut [T], index: i64) -> Outcome<&mut T> {
    match place(items.len(), index) {
        Some(at) => Ok(&mut items[at]),
        None => Err(index_error("list index out of range")),
    }
}

/// `items[index] = value`
#[inline]
pub fn set<T>(items: &mut [T], index: i64, value: T) -> Outcome<()> {
    match place(items.len(), index) {
        Some(at) => {
            items[at] = value;
            Ok(())
        }
        None => Err(index_error("list assignment index out of range")),
    }
}

/// `values[index]` of a tuple of any length.
#[inline]
pub fn tuple_get<T>(items: &[T], index: i64) -> Outcome<&T> {
    match place(items.len(), index) {
        Some(at) => Ok(&items[at]),
        None => Err(index_error("tuple index out of range")),
    }
}

/// `items.pop()`
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

/// `del items[index]`
pub fn delete<T>(items: &mut Vec<T>, index: i64) -> Outcome<()> {
    match place(items.len(), index) {
        Some(at) => {
            items.remove(at);
            Ok(())
        }
        None => Err(index_error("list assignment index out of range")),
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

/// What an item equals; NaN declines, because Python asks for identity first.
pub trait SameAs {
    fn same_as(&self, other: &Self) -> Outcome<bool>;
}

macro_rules! plain {
    ($($ty:ty),*) => { $(
        impl SameAs for $ty {
            #[inline]
            fn same_as(&self, other: &Self) -> Outcome<bool> {
                Ok(self == other)
            }
        }
    )* };
}
plain!(i64, bool, (), crate::Str, crate::Bytes);

impl SameAs for f64 {
    fn same_as(&self, other: &Self) -> Outcome<bool> {
        if self.is_nan() || other.is_nan() {
            return Err(Stop::Decline("NaN is looked for by identity"));
        }
        Ok(self == other)
    }
}

impl<T: SameAs> SameAs for Option<T> {
    fn same_as(&self, other: &Self) -> Outcome<bool> {
        match (self, other) {
            (Some(a), Some(b)) => a.same_as(b),
            (None, None) => Ok(true),
            _ => Ok(false),
        }
    }
}

impl<T: SameAs> SameAs for Vec<T> {
    fn same_as(&self, other: &Self) -> Outcome<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        for (a, b) in self.iter().zip(other) {
            if !a.same_as(b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

macro_rules! tuple {
    ($($name:ident $other:ident),+) => {
        impl<$($name: SameAs),+> SameAs for ($($name,)+) {
            #[allow(non_snake_case)]
            fn same_as(&self, other: &Self) -> Outcome<bool> {
                let ($($name,)+) = self;
                let ($($other,)+) = other;
                $(if !$name.same_as($other)? { return Ok(false); })+
                Ok(true)
            }
        }
    };
}
tuple!(A A1);
tuple!(A A1, B B1);
tuple!(A A1, B B1, C C1);
tuple!(A A1, B B1, C C1, D D1);
tuple!(A A1, B B1, C C1, D D1, E E1);
tuple!(A A1, B B1, C C1, D D1, E E1, F F1);

/// `value in items`
pub fn contains<T: SameAs>(items: &[T], value: &T) -> Outcome<bool> {
    for item in items {
        if item.same_as(value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `items.index(value)`; `shown` is the value's repr.
pub fn index<T: SameAs>(items: &[T], value: &T, shown: impl FnOnce() -> String) -> Outcome<i64> {
    for (at, item) in items.iter().enumerate() {
        if item.same_as(value)? {
            return Ok(at as i64);
        }
    }
    Err(value_error(format!("{} is not in list", shown())))
}

/// `items.count(value)`
pub fn count<T: SameAs>(items: &[T], value: &T) -> Outcome<i64> {
    let mut found = 0;
    for item in items {
        found += i64::from(item.same_as(value)?);
    }
    Ok(found)
}

/// `items.remove(value)`
pub fn remove<T: SameAs>(items: &mut Vec<T>, value: &T) -> Outcome<()> {
    for at in 0..items.len() {
        if items[at].same_as(value)? {
            items.remove(at);
            return Ok(());
        }
    }
    Err(value_error("list.remove(x): x not in list"))
}

/// Start and end of `[start:stop]`, clamped.
#[must_use]
pub fn bounds(length: usize, start: Option<i64>, stop: Option<i64>) -> (usize, usize) {
    let length = length as i64;
    let clamp = |x: i64| {
        if x < 0 {
            (x + length).max(0)
        } else {
            x.min(length)
        }
    };
    (
        clamp(start.unwrap_or(0)) as usize,
        clamp(stop.unwrap_or(length)) as usize,
    )
}

/// The indexes of `[start:stop:step]`.
pub fn indices(
    length: usize,
    start: Option<i64>,
    stop: Option<i64>,
    step: i64,
) -> Outcome<impl Iterator<Item = usize>> {
    if step == 0 {
        return Err(value_error("slice step cannot be zero"));
    }
    let count = length as i64;
    let (low, high) = if step > 0 {
        (0, count)
    } else {
        (-1, count - 1)
    };
    let clamp = |x: i64| {
        if x < 0 {
            (x + count).max(low)
        } else {
            x.min(high)
        }
    };
    let from = start.map_or(if step > 0 { low } else { high }, clamp);
    let to = stop.map_or(if step > 0 { high } else { low }, clamp);
    let mut at = from;
    Ok(std::iter::from_fn(move || {
        if (step > 0 && at < to) || (step < 0 && at > to) {
            let index = at as usize;
            at = at.saturating_add(step);
            Some(index)
        } else {
            None
        }
    }))
}

/// `items[start:stop]`
#[must_use]
pub fn slice<T: Clone>(items: &[T], start: Option<i64>, stop: Option<i64>) -> Vec<T> {
    let (from, to) = bounds(items.len(), start, stop);
    if from < to {
        items[from..to].to_vec()
    } else {
        Vec::new()
    }
}

/// `items[start:stop:step]`
pub fn slice_step<T: Clone>(
    items: &[T],
    start: Option<i64>,
    stop: Option<i64>,
    step: i64,
) -> Outcome<Vec<T>> {
    Ok(indices(items.len(), start, stop, step)?
        .map(|i| items[i].clone())
        .collect())
}

/// `a + b`
#[must_use]
pub fn concat<T: Clone>(a: &[T], b: &[T]) -> Vec<T> {
    [a, b].concat()
}

/// `items * n`
pub fn repeat<T: Clone>(items: &[T], n: i64) -> Outcome<Vec<T>> {
    let n = n.max(0) as usize;
    if items.len().saturating_mul(n) > 1 << 28 {
        return Err(Stop::Decline("a list of more than 2**28 items"));
    }
    let mut result = Vec::with_capacity(items.len() * n);
    for _ in 0..n {
        result.extend_from_slice(items);
    }
    Ok(result)
}

/// How two values order; NaN declines.
pub trait Ordered {
    fn ordering(&self, other: &Self) -> Outcome<Ordering>;
}

macro_rules! ordered {
    ($($ty:ty),*) => { $(
        impl Ordered for $ty {
            #[inline]
            fn ordering(&self, other: &Self) -> Outcome<Ordering> {
                Ok(self.cmp(other))
            }
        }
    )* };
}
ordered!(i64, bool, crate::Str, crate::Bytes);

impl Ordered for f64 {
    #[inline]
    fn ordering(&self, other: &Self) -> Outcome<Ordering> {
        self.partial_cmp(other)
            .ok_or(Stop::Decline("NaN has no order"))
    }
}

impl<T: Ordered> Ordered for Vec<T> {
    fn ordering(&self, other: &Self) -> Outcome<Ordering> {
        for (a, b) in self.iter().zip(other) {
            let ordering = a.ordering(b)?;
            if ordering != Ordering::Equal {
                return Ok(ordering);
            }
        }
        Ok(self.len().cmp(&other.len()))
    }
}

impl<T: Ordered> Ordered for &T {
    fn ordering(&self, other: &Self) -> Outcome<Ordering> {
        (**self).ordering(*other)
    }
}

macro_rules! ordered_tuple {
    ($($name:ident $other:ident),+) => {
        impl<$($name: Ordered),+> Ordered for ($($name,)+) {
            #[allow(non_snake_case)]
            #[inline]
            fn ordering(&self, other: &Self) -> Outcome<Ordering> {
                let ($($name,)+) = self;
                let ($($other,)+) = other;
                $(match $name.ordering($other)? {
                    Ordering::Equal => {}
                    found => return Ok(found),
                })+
                Ok(Ordering::Equal)
            }
        }
    };
}
ordered_tuple!(A A1);
ordered_tuple!(A A1, B B1);
ordered_tuple!(A A1, B B1, C C1);
ordered_tuple!(A A1, B B1, C C1, D D1);
ordered_tuple!(A A1, B B1, C C1, D D1, E E1);
ordered_tuple!(A A1, B B1, C C1, D D1, E E1, F F1);

/// `items.sort()`: stable; declines if two items have no order.
pub fn sort<T: Ordered>(items: &mut [T]) -> Outcome<()> {
    orderable(items.iter())?;
    sort_by(items, |a, b| a.ordering(b))
}

/// `items.sort(reverse=True)`: stable as well, equal items keep their order.
pub fn sort_reverse<T: Ordered>(items: &mut [T]) -> Outcome<()> {
    orderable(items.iter())?;
    sort_by(items, |a, b| b.ordering(a))
}

/// A NaN anywhere would make the order partial, and a sort's result an accident.
fn orderable<'a, T: Ordered + 'a>(items: impl Iterator<Item = &'a T>) -> Outcome<()> {
    for item in items {
        item.ordering(item)?;
    }
    Ok(())
}

fn sort_by<T>(
    items: &mut [T],
    mut compare: impl FnMut(&T, &T) -> Outcome<Ordering>,
) -> Outcome<()> {
    let mut stopped = None;
    items.sort_by(|a, b| match compare(a, b) {
        Ok(ordering) => ordering,
        Err(stop) => {
            stopped = Some(stop);
            Ordering::Equal
        }
    });
    stopped.map_or(Ok(()), Err)
}

/// `sorted(items, key=…)`: each key is computed once, in order.
pub fn sort_by_key<T, K: Ordered>(
    items: Vec<T>,
    reverse: bool,
    mut key: impl FnMut(&T) -> Outcome<K>,
) -> Outcome<Vec<T>> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((key(&item)?, item));
    }
    orderable(keyed.iter().map(|(key, _)| key))?;
    if reverse {
        sort_by(&mut keyed, |a, b| b.0.ordering(&a.0))?;
    } else {
        sort_by(&mut keyed, |a, b| a.0.ordering(&b.0))?;
    }
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

/// `sorted(items)`
pub fn sorted<T: Ordered>(mut items: Vec<T>, reverse: bool) -> Outcome<Vec<T>> {
    if reverse {
        sort_reverse(&mut items)?
    } else {
        sort(&mut items)?
    }
    Ok(items)
}

/// `min(items)`: the first of the least.
pub fn min<T: Ordered>(items: impl IntoIterator<Item = T>) -> Outcome<Option<T>> {
    best(items, Ordering::Less)
}

/// `max(items)`: the first of the greatest.
pub fn max<T: Ordered>(items: impl IntoIterator<Item = T>) -> Outcome<Option<T>> {
    best(items, Ordering::Greater)
}

fn best<T: Ordered>(items: impl IntoIterator<Item = T>, wanted: Ordering) -> Outcome<Option<T>> {
    let mut best: Option<T> = None;
    for item in items {
        let better = match &best {
            None => true,
            Some(held) => item.ordering(held)? == wanted,
        };
        if better {
            best = Some(item);
        }
    }
    Ok(best)
}

/// What `min()` and `max()` say of nothing.
#[cold]
#[must_use]
pub fn empty(function: &str) -> Stop {
    if crate::raise::python_minor() >= 12 {
        value_error(format!("{function}() iterable argument is empty"))
    } else {
        value_error(format!("{function}() arg is an empty sequence"))
    }
}
