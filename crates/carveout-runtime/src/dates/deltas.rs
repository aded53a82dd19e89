//! `timedelta`: a span, in whole microseconds.

use crate::fault::{Outcome, PAST_I64, Stop, zero_division};
use crate::int;

use super::{MICROS_PER_DAY, MICROS_PER_SECOND, SECONDS_PER_DAY};

/// Microseconds; within 999,999,999 days and a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timedelta(pub(crate) i128);

const FAR: Stop = Stop::Decline("a timedelta of hundreds of thousands of years");

/// Within the days that there may be.
fn checked(micros: i128) -> Outcome<Timedelta> {
    let days = micros.div_euclid(i128::from(MICROS_PER_DAY));
    if (-999_999_999..=999_999_999).contains(&days) {
        return Ok(Timedelta(micros));
    }
    match i32::try_from(days) {
        Ok(days) => Err(overflow_days(days)),
        Err(_) => Err(FAR),
    }
}

#[cold]
fn overflow_days(days: i32) -> Stop {
    if crate::fault::python_minor() > 13 {
        return FAR;
    }
    crate::fault::message(
        "builtins:OverflowError",
        format!("days={days}; must have magnitude <= 999999999"),
    )
}

/// `timedelta(days, seconds, microseconds, milliseconds, minutes, hours, weeks)`, of ints
pub fn timedelta(
    days: i64,
    seconds: i64,
    micros: i64,
    millis: i64,
    minutes: i64,
    hours: i64,
    weeks: i64,
) -> Outcome<Timedelta> {
    let wide = |n: i64, unit: i64| i128::from(n) * i128::from(unit);
    checked(
        wide(days, MICROS_PER_DAY)
            + wide(seconds, MICROS_PER_SECOND)
            + i128::from(micros)
            + wide(millis, 1000)
            + wide(minutes, 60 * MICROS_PER_SECOND)
            + wide(hours, 3600 * MICROS_PER_SECOND)
            + wide(weeks, 7 * MICROS_PER_DAY),
    )
}

impl Timedelta {
    pub fn of(days: i64, seconds: i64, micros: i64) -> Outcome<Self> {
        timedelta(days, seconds, micros, 0, 0, 0, 0)
    }

    #[must_use]
    pub fn days(self) -> i64 {
        self.0.div_euclid(i128::from(MICROS_PER_DAY)) as i64
    }

    fn within_day(self) -> i64 {
        self.0.rem_euclid(i128::from(MICROS_PER_DAY)) as i64
    }

    #[must_use]
    pub fn seconds(self) -> i64 {
        self.within_day() / MICROS_PER_SECOND
    }

    #[must_use]
    pub fn microseconds(self) -> i64 {
        self.within_day() % MICROS_PER_SECOND
    }

    /// All of it, where it is an offset.
    #[cfg(feature = "python")]
    #[must_use]
    pub(crate) fn micros(self) -> i64 {
        self.0 as i64
    }

    #[must_use]
    pub fn truth(self) -> bool {
        self.0 != 0
    }

    /// `delta.total_seconds()`
    #[must_use]
    pub fn total_seconds(self) -> f64 {
        int::rounded_quotient(self.0, MICROS_PER_SECOND.into())
    }
}

pub fn delta_add(a: Timedelta, b: Timedelta) -> Outcome<Timedelta> {
    checked(a.0 + b.0)
}

pub fn delta_sub(a: Timedelta, b: Timedelta) -> Outcome<Timedelta> {
    checked(a.0 - b.0)
}

pub fn delta_neg(a: Timedelta) -> Outcome<Timedelta> {
    checked(-a.0)
}

pub fn delta_abs(a: Timedelta) -> Outcome<Timedelta> {
    checked(if a.days() < 0 { -a.0 } else { a.0 })
}

pub fn delta_mul(a: Timedelta, n: i64) -> Outcome<Timedelta> {
    a.0.checked_mul(i128::from(n)).ok_or(FAR).and_then(checked)
}

/// `n * a`
pub fn delta_times(n: i64, a: Timedelta) -> Outcome<Timedelta> {
    delta_mul(a, n)
}

/// `a // n`
pub fn delta_floordiv(a: Timedelta, n: i64) -> Outcome<Timedelta> {
    if n == 0 {
        return Err(zero_division("integer division or modulo by zero"));
    }
    checked(floored(a.0, n.into()).0)
}

/// `a / n`: to the nearest microsecond, ties to even.
pub fn delta_truediv(a: Timedelta, n: i64) -> Outcome<Timedelta> {
    if n == 0 {
        return Err(zero_division("integer division or modulo by zero"));
    }
    let n = i128::from(n);
    let (a, n) = if n < 0 { (-a.0, -n) } else { (a.0, n) };
    let (whole, rest) = (a.div_euclid(n), a.rem_euclid(n));
    let up = 2 * rest > n || (2 * rest == n && whole % 2 != 0);
    checked(whole + i128::from(up))
}

/// `a / b` of two spans
pub fn delta_ratio(a: Timedelta, b: Timedelta) -> Outcome<f64> {
    if b.0 == 0 {
        return Err(zero_division("division by zero"));
    }
    Ok(int::rounded_quotient(a.0, b.0))
}

/// Floored quotient and rest.
fn floored(a: i128, b: i128) -> (i128, i128) {
    let (quotient, rest) = (a / b, a % b);
    if rest != 0 && (rest < 0) != (b < 0) {
        (quotient - 1, rest + b)
    } else {
        (quotient, rest)
    }
}

/// `a // b` of two spans
pub fn delta_floor_ratio(a: Timedelta, b: Timedelta) -> Outcome<i64> {
    if b.0 == 0 {
        return Err(zero_division("integer division or modulo by zero"));
    }
    i64::try_from(floored(a.0, b.0).0).map_err(|_| PAST_I64)
}

/// `a % b`
pub fn delta_modulo(a: Timedelta, b: Timedelta) -> Outcome<Timedelta> {
    if b.0 == 0 {
        return Err(zero_division("integer modulo by zero"));
    }
    checked(floored(a.0, b.0).1)
}

/// `divmod(a, b)`
pub fn delta_divmod(a: Timedelta, b: Timedelta) -> Outcome<(i64, Timedelta)> {
    Ok((delta_floor_ratio(a, b)?, checked(floored(a.0, b.0).1)?))
}

/// The ends of what there is: `timedelta.min`, `.max`, `.resolution`.
pub const DELTA_MIN: Timedelta = Timedelta(-999_999_999 * MICROS_PER_DAY as i128);
pub const DELTA_MAX: Timedelta = Timedelta(1_000_000_000 * MICROS_PER_DAY as i128 - 1);
pub const DELTA_RESOLUTION: Timedelta = Timedelta(1);

/// A time of the day, in microseconds, from its parts; raises what Python's constructors do.
pub(crate) fn time_of_day(hour: i64, minute: i64, second: i64, micro: i64) -> Outcome<i64> {
    for (value, most, words) in [
        (hour, 23, "hour must be in 0..23"),
        (minute, 59, "minute must be in 0..59"),
        (second, 59, "second must be in 0..59"),
        (micro, 999_999, "microsecond must be in 0..999999"),
    ] {
        if !(0..=most).contains(&value) {
            return Err(crate::fault::value_error(words));
        }
    }
    Ok(((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + micro)
}

/// An offset from UTC must be within a day.
pub(crate) fn offset_of(delta: Timedelta) -> Outcome<i64> {
    let most = i128::from(SECONDS_PER_DAY * MICROS_PER_SECOND);
    if -most < delta.0 && delta.0 < most {
        return Ok(delta.0 as i64);
    }
    Err(Stop::Decline("an offset of a day or more"))
}
