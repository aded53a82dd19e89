//! `itertools` and `functools.reduce`, made whole: lists of what Python's iterators would give.
//!
//! ```
//! use carveout_runtime::{int, itertools};
//! assert_eq!(itertools::accumulate(&[1, 2, 3], int::add).unwrap(), [1, 3, 6]);
//! assert_eq!(itertools::pairs(itertools::combinations(&[1, 2, 3], 2).unwrap())[2], (2, 3));
//! ```
//!
//! More rows than [`MOST_ROWS`] decline: the reference makes them one at a time.

use crate::fault::{Outcome, Stop, type_error, value_error};

const MOST_ROWS: usize = 1 << 22;
const TOO_MANY: Stop = Stop::Decline("more rows than are made at once");

/// `functools.reduce(combine, items)`
pub fn reduce<T: Clone>(items: &[T], combine: impl Fn(T, T) -> Outcome<T>) -> Outcome<T> {
    match items.split_first() {
        Some((first, rest)) => reduce_from(rest, first.clone(), combine),
        None => Err(type_error(
            "reduce() of empty iterable with no initial value",
        )),
    }
}

/// `functools.reduce(combine, items, start)`
pub fn reduce_from<T: Clone>(
    items: &[T],
    start: T,
    combine: impl Fn(T, T) -> Outcome<T>,
) -> Outcome<T> {
    items
        .iter()
        .try_fold(start, |made, item| combine(made, item.clone()))
}

/// `itertools.accumulate(items, combine)`
pub fn accumulate<T: Clone>(items: &[T], combine: impl Fn(T, T) -> Outcome<T>) -> Outcome<Vec<T>> {
    match items.split_first() {
        Some((first, rest)) => accumulate_from(rest, first.clone(), combine),
        None => Ok(Vec::new()),
    }
}

/// `itertools.accumulate(items, combine, initial=start)`
pub fn accumulate_from<T: Clone>(
    items: &[T],
    start: T,
    combine: impl Fn(T, T) -> Outcome<T>,
) -> Outcome<Vec<T>> {
    let mut made = Vec::with_capacity(items.len() + 1);
    made.push(start.clone());
    let mut so_far = start;
    for item in items {
        so_far = combine(so_far, item.clone())?;
        made.push(so_far.clone());
    }
    Ok(made)
}

fn chosen(r: i64) -> Outcome<usize> {
    usize::try_from(r).map_err(|_| value_error("r must be non-negative"))
}

fn row<T: Clone>(pool: &[T], places: &[usize]) -> Vec<T> {
    places.iter().map(|at| pool[*at].clone()).collect()
}

fn add<T>(rows: &mut Vec<Vec<T>>, row: Vec<T>) -> Outcome<()> {
    if rows.len() >= MOST_ROWS {
        return Err(TOO_MANY);
    }
    rows.push(row);
    Ok(())
}

/// `itertools.combinations(pool, r)`
pub fn combinations<T: Clone>(pool: &[T], r: i64) -> Outcome<Vec<Vec<T>>> {
    let (n, r) = (pool.len(), chosen(r)?);
    let mut rows = Vec::new();
    if r > n {
        return Ok(rows);
    }
    let mut places: Vec<usize> = (0..r).collect();
    loop {
        add(&mut rows, row(pool, &places))?;
        let Some(at) = (0..r).rev().find(|at| places[*at] != at + n - r) else {
            return Ok(rows);
        };
        let next = places[at] + 1;
        for (step, place) in places[at..].iter_mut().enumerate() {
            *place = next + step;
        }
    }
}

/// `itertools.combinations_with_replacement(pool, r)`
pub fn combinations_with_replacement<T: Clone>(pool: &[T], r: i64) -> Outcome<Vec<Vec<T>>> {
    let (n, r) = (pool.len(), chosen(r)?);
    let mut rows = Vec::new();
    if n == 0 && r > 0 {
        return Ok(rows);
    }
    let mut places = vec![0; r];
    loop {
        add(&mut rows, row(pool, &places))?;
        let Some(at) = (0..r).rev().find(|at| places[*at] + 1 != n) else {
            return Ok(rows);
        };
        let next = places[at] + 1;
        places[at..].fill(next);
    }
}

/// `itertools.permutations(pool, r)`; all of the pool if `r` is None.
pub fn permutations<T: Clone>(pool: &[T], r: Option<i64>) -> Outcome<Vec<Vec<T>>> {
    let n = pool.len();
    let r = r.map_or(Ok(n), chosen)?;
    let mut rows = Vec::new();
    if r > n {
        return Ok(rows);
    }
    let mut places: Vec<usize> = (0..n).collect();
    let mut cycles: Vec<usize> = (n - r + 1..=n).rev().collect();
    add(&mut rows, row(pool, &places[..r]))?;
    'next: loop {
        for at in (0..r).rev() {
            cycles[at] -= 1;
            if cycles[at] == 0 {
                places[at..].rotate_left(1);
                cycles[at] = n - at;
            } else {
                let other = n - cycles[at];
                places.swap(at, other);
                add(&mut rows, row(pool, &places[..r]))?;
                continue 'next;
            }
        }
        return Ok(rows);
    }
}

/// `itertools.product(pool, repeat=times)`
pub fn product_repeat<T: Clone>(pool: &[T], times: i64) -> Outcome<Vec<Vec<T>>> {
    let Ok(times) = usize::try_from(times) else {
        return Err(value_error("repeat argument cannot be negative"));
    };
    if times > 64 {
        return Err(TOO_MANY);
    }
    let mut rows = Vec::new();
    if pool.is_empty() && times > 0 {
        return Ok(rows);
    }
    let mut places = vec![0; times];
    loop {
        add(&mut rows, row(pool, &places))?;
        let Some(at) = (0..times).rev().find(|at| places[*at] + 1 != pool.len()) else {
            return Ok(rows);
        };
        places[at] += 1;
        places[at + 1..].fill(0);
    }
}

/// `itertools.product(a, b)`
pub fn product<A: Clone, B: Clone>(a: &[A], b: &[B]) -> Outcome<Vec<(A, B)>> {
    if a.len().saturating_mul(b.len()) > MOST_ROWS {
        return Err(TOO_MANY);
    }
    let rows = a
        .iter()
        .flat_map(|x| b.iter().map(|y| (x.clone(), y.clone())));
    Ok(rows.collect())
}

/// `itertools.product(a, b, c)`
pub fn product3<A: Clone, B: Clone, C: Clone>(
    a: &[A],
    b: &[B],
    c: &[C],
) -> Outcome<Vec<(A, B, C)>> {
    let pairs = product(a, b)?;
    if pairs.len().saturating_mul(c.len()) > MOST_ROWS {
        return Err(TOO_MANY);
    }
    let rows = pairs
        .into_iter()
        .flat_map(|(x, y)| c.iter().map(move |z| (x.clone(), y.clone(), z.clone())));
    Ok(rows.collect())
}

macro_rules! fixed {
    ($($name:ident $count:literal ($($part:ident),+) ($($ty:ident),+);)+) => { $(
        /// Rows of a known length as tuples.
        #[must_use]
        pub fn $name<T>(rows: Vec<Vec<T>>) -> Vec<($($ty,)+)> {
            rows.into_iter()
                .map(|row| match <[T; $count]>::try_from(row) {
                    Ok([$($part),+]) => ($($part,)+),
                    Err(_) => unreachable!("rows of another length"),
                })
                .collect()
        }
    )+ };
}

fixed! {
    pairs 2 (a, b) (T, T);
    triples 3 (a, b, c) (T, T, T);
    fours 4 (a, b, c, d) (T, T, T, T);
    fives 5 (a, b, c, d, e) (T, T, T, T, T);
}

/// `itertools.pairwise(items)`
#[must_use]
pub fn pairwise<T: Clone>(items: &[T]) -> Vec<(T, T)> {
    items
        .windows(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect()
}

/// `itertools.chain.from_iterable(lists)`
#[must_use]
pub fn flat<T: Clone>(lists: &[Vec<T>]) -> Vec<T> {
    lists.concat()
}

/// `itertools.compress(items, selectors)`
#[must_use]
pub fn compress<T: Clone>(items: &[T], selectors: &[bool]) -> Vec<T> {
    let both = items.iter().zip(selectors);
    both.filter(|(_, keep)| **keep)
        .map(|(item, _)| item.clone())
        .collect()
}

/// `itertools.zip_longest(a, b, fillvalue=fill)`
#[must_use]
pub fn zip_longest<T: Clone>(a: &[T], b: &[T], fill: &T) -> Vec<(T, T)> {
    let at = |items: &[T], at: usize| items.get(at).unwrap_or(fill).clone();
    (0..a.len().max(b.len()))
        .map(|index| (at(a, index), at(b, index)))
        .collect()
}

fn bound(value: Option<i64>, otherwise: usize, what: &str) -> Outcome<usize> {
    match value {
        None => Ok(otherwise),
        Some(value) => usize::try_from(value).map_err(|_| {
            value_error(format!(
                "{what} for islice() must be None or an integer: 0 <= x <= sys.maxsize."
            ))
        }),
    }
}

/// `itertools.islice(items, stop)`
pub fn islice<T: Clone>(items: &[T], stop: Option<i64>) -> Outcome<Vec<T>> {
    let stop = bound(stop, items.len(), "Stop argument")?;
    Ok(items[..stop.min(items.len())].to_vec())
}

/// `itertools.islice(items, start, stop, step)`
pub fn islice_between<T: Clone>(
    items: &[T],
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
) -> Outcome<Vec<T>> {
    let stop = bound(stop, items.len(), "Stop argument")?.min(items.len());
    let start = bound(start, 0, "Indices")?;
    let step = match step {
        None => 1,
        Some(step) => match usize::try_from(step) {
            Ok(step) if step > 0 => step,
            _ => {
                return Err(value_error(
                    "Step for islice() must be a positive integer or None.",
                ));
            }
        },
    };
    if start >= stop {
        return Ok(Vec::new());
    }
    Ok(items[start..stop].iter().step_by(step).cloned().collect())
}
