//! Python's `range`.

use crate::fault::{Outcome, Stop};
use crate::raise::value_error;

/// `range(start, stop, step)`, iterated.
pub fn range(start: i64, stop: i64, step: i64) -> Outcome<impl DoubleEndedIterator<Item = i64>> {
    if step == 0 {
        return Err(value_error("range() arg 3 must not be zero"));
    }
    let (from, to, by) = (i128::from(start), i128::from(stop), i128::from(step));
    let count = if by > 0 {
        (to - from + by - 1).div_euclid(by)
    } else {
        (from - to - by - 1).div_euclid(-by)
    };
    let count = i64::try_from(count.max(0)).map_err(|_| Stop::Decline("a range past 64 bits"))?;
    Ok((0..count).map(move |i| start + i * step))
}
