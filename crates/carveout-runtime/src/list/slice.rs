//! Slices: `items[start:stop:step]`, with Python's clamping.

use crate::fault::{Outcome, value_error};

/// Where a slice of a sequence of some length goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    /// From one place up to another, one by one.
    Span(usize, usize),
    /// From a place on, by a step, so many times.
    Strided {
        from: usize,
        step: i64,
        count: usize,
    },
}

/// The places of `[start:stop:step]`. Source: Objects/sliceobject.c, PySlice_AdjustIndices.
#[inline]
pub(crate) fn steps(
    length: usize,
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
) -> Outcome<Steps> {
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(value_error("slice step cannot be zero"));
    }
    let length = length as i64;
    let (low, high) = if step > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let clamp = |x: i64| {
        if x < 0 {
            (x + length).max(low)
        } else {
            x.min(high)
        }
    };
    let from = start.map_or(if step > 0 { low } else { high }, clamp);
    let to = stop.map_or(if step > 0 { high } else { low }, clamp);
    let distance = if step > 0 { to - from } else { from - to };
    if distance <= 0 {
        return Ok(Steps::Span(0, 0));
    }
    if step == 1 {
        return Ok(Steps::Span(from as usize, to as usize));
    }
    let count = (distance as u64 - 1) / step.unsigned_abs() + 1;
    Ok(Steps::Strided {
        from: from as usize,
        step,
        count: count as usize,
    })
}

impl Steps {
    /// The places of a strided slice.
    pub(crate) fn strided(from: usize, step: i64, count: usize) -> impl Iterator<Item = usize> {
        // The last step may leave the sequence; nobody goes there.
        (0..count as i64).map(move |i| (from as i64).wrapping_add(step.wrapping_mul(i)) as usize)
    }
}

/// `items[start:stop:step]`
pub fn slice<T: Clone>(
    items: &[T],
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
) -> Outcome<Vec<T>> {
    Ok(match steps(items.len(), start, stop, step)? {
        Steps::Span(from, to) => items[from..to].to_vec(),
        Steps::Strided { from, step, count } => Steps::strided(from, step, count)
            .map(|at| items[at].clone())
            .collect(),
    })
}

/// `del items[start:stop:step]`
pub fn del_slice<T>(
    items: &mut Vec<T>,
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
) -> Outcome<()> {
    match steps(items.len(), start, stop, step)? {
        Steps::Span(from, to) => {
            items.drain(from..to);
        }
        Steps::Strided { from, step, count } => {
            let mut gone = vec![false; items.len()];
            for at in Steps::strided(from, step, count) {
                gone[at] = true;
            }
            let mut gone = gone.into_iter();
            items.retain(|_| gone.next() == Some(false));
        }
    }
    Ok(())
}

/// `items[start:stop:step] = values`
pub fn set_slice<T: Clone>(
    items: &mut Vec<T>,
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
    values: &[T],
) -> Outcome<()> {
    let found = steps(items.len(), start, stop, step)?;
    if step.unwrap_or(1) == 1 {
        let length = items.len() as i64;
        let clamp = |x: i64| if x < 0 { (x + length).max(0) } else { x.min(length) } as usize;
        let from = start.map_or(0, clamp);
        let to = stop.map_or(items.len(), clamp).max(from);
        items.splice(from..to, values.iter().cloned());
        return Ok(());
    }
    let (from, step, count) = match found {
        Steps::Span(..) => (0, 1, 0),
        Steps::Strided { from, step, count } => (from, step, count),
    };
    if count != values.len() {
        return Err(value_error(format!(
            "attempt to assign sequence of size {} to extended slice of size {count}",
            values.len()
        )));
    }
    for (at, value) in Steps::strided(from, step, count).zip(values) {
        items[at] = value.clone();
    }
    Ok(())
}
