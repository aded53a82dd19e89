//! Python's `range`.

use crate::fault::{Outcome, PAST_I64, Stop, or_stop, value_error};
use crate::memory::{MOST_ITEMS, NO_ROOM};

/// The numbers that `enumerate(…, start)` gives; one past 64 bits declines where it is used.
pub fn count_from(start: i64) -> impl Iterator<Item = Outcome<i64>> {
    (0_i64..).map(move |n| or_stop(start.checked_add(n), || PAST_I64))
}

/// `zip(a, b, strict=True)` of two that are as long as each other. Python raises once one of them
/// ends before the other, which is left to it.
pub fn zip_strict<A, B>(a: A, b: B) -> Outcome<std::iter::Zip<A, B>>
where
    A: ExactSizeIterator,
    B: ExactSizeIterator,
{
    if a.len() == b.len() {
        Ok(a.zip(b))
    } else {
        Err(Stop::Decline("zip of different lengths"))
    }
}

/// The numbers of a `range`, from either end.
#[derive(Debug, Clone)]
pub struct Range {
    next: i64,
    step: i64,
    left: u64,
}

/// `range(start, stop, step)`
#[inline]
pub fn range(start: i64, stop: i64, step: i64) -> Outcome<Range> {
    let left = match step {
        0 => return Err(value_error("range() arg 3 must not be zero")),
        1.. if start < stop => (stop.abs_diff(start) - 1) / step.unsigned_abs() + 1,
        ..0 if start > stop => (start.abs_diff(stop) - 1) / step.unsigned_abs() + 1,
        _ => 0,
    };
    Ok(Range {
        next: start,
        step,
        left,
    })
}

/// Room for the items of `range(stop)`, but not for more than a sane list has.
#[inline]
#[must_use]
pub fn room(stop: i64) -> usize {
    usize::try_from(stop).unwrap_or(0).min(1 << 20)
}

/// The same for a container that will have them all: it declines where Python would need tens of
/// gigabytes, since memory that runs out ends a process here.
#[inline]
pub fn whole(stop: i64) -> Outcome<usize> {
    if stop > MOST_ITEMS as i64 {
        return Err(Stop::Decline(NO_ROOM));
    }
    Ok(room(stop))
}

impl Iterator for Range {
    type Item = i64;

    #[inline]
    fn next(&mut self) -> Option<i64> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let value = self.next;
        // Past the last one it may leave 64 bits; nobody sees that.
        self.next = value.wrapping_add(self.step);
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Range {
    fn next_back(&mut self) -> Option<i64> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(
            self.next
                .wrapping_add(self.step.wrapping_mul(self.left.cast_signed())),
        )
    }
}

impl ExactSizeIterator for Range {}

/// Where `count(start, step)` would leave what can be reached; a start far out declines.
pub fn count_stop(start: i64, step: i64) -> Outcome<i64> {
    if start.unsigned_abs() > 1 << 62 || step.unsigned_abs() > 1000 || step == 0 {
        return Err(PAST_I64);
    }
    Ok(if step > 0 { i64::MAX } else { i64::MIN })
}
