//! Python's `date`, `datetime` (naive, or at a fixed offset from UTC) and `timedelta`.
//!
//! ```
//! use carveout_runtime::dates::{self, Date, Timedelta};
//! let day = dates::date(2024, 2, 28)?;
//! let later = dates::date_add(day, Timedelta::of(2, 0, 0)?)?;
//! assert_eq!(dates::date_isoformat(later), "2024-03-01");
//! # Ok::<(), carveout_runtime::Stop>(())
//! ```
//!
//! Source of the rules: Lib/_pydatetime.py and Modules/_datetimemodule.c. The calendar is the
//! proleptic Gregorian one, of the years 1 to 9999; a zone is an offset, never a name.

mod cross;
mod deltas;
mod moments;
mod parse;
mod write;

pub use deltas::*;
pub use moments::*;
pub use parse::{date_from_iso, datetime_from_iso, strptime};
pub use write::*;

use crate::fault::{Outcome, Stop, overflow_error, value_error};

pub const MICROS_PER_SECOND: i64 = 1_000_000;
pub const SECONDS_PER_DAY: i64 = 86_400;
pub const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;
/// The ordinal of 9999-12-31.
const LAST_ORDINAL: i64 = 3_652_059;
pub(crate) const PAST_CINT: Stop = Stop::Decline("an int past those of C");

/// A day, by its number from 0001-01-01, which is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(pub(crate) i32);

/// Year, month and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

/// `calendar.isleap(year)`
#[must_use]
pub fn isleap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month.
#[must_use]
pub(crate) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(isleap(year)),
        _ => 31,
    }
}

fn before_year(year: i64) -> i64 {
    let y = year - 1;
    y * 365 + y / 4 - y / 100 + y / 400
}

fn before_month(year: i64, month: i64) -> i64 {
    (1..month).map(|m| days_in(year, m)).sum()
}

impl Civil {
    pub(crate) fn ordinal(self) -> i32 {
        (before_year(self.year) + before_month(self.year, self.month) + self.day) as i32
    }

    pub(crate) fn of(ordinal: i32) -> Self {
        let mut left = i64::from(ordinal) - 1;
        let (n400, rest) = (left / 146_097, left % 146_097);
        left = rest;
        let (n100, rest) = (left / 36_524, left % 36_524);
        left = rest;
        let (n4, rest) = (left / 1_461, left % 1_461);
        left = rest;
        let n1 = left / 365;
        let mut year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1;
        if n1 == 4 || n100 == 4 {
            year -= 1;
            return Self {
                year,
                month: 12,
                day: 31,
            };
        }
        let mut day = left % 365 + 1;
        let mut month = 1;
        while day > days_in(year, month) {
            day -= days_in(year, month);
            month += 1;
        }
        Self { year, month, day }
    }

    /// Raises what the constructor of a date does.
    pub(crate) fn checked(year: i64, month: i64, day: i64) -> Outcome<Self> {
        for part in [year, month, day] {
            i32::try_from(part).map_err(|_| PAST_CINT)?;
        }
        if !(1..=9999).contains(&year) {
            return Err(value_error(format!("year {year} is out of range")));
        }
        if !(1..=12).contains(&month) {
            return Err(value_error("month must be in 1..12"));
        }
        if !(1..=days_in(year, month)).contains(&day) {
            return Err(value_error("day is out of range for month"));
        }
        Ok(Self { year, month, day })
    }
}

/// `date(year, month, day)`
pub fn date(year: i64, month: i64, day: i64) -> Outcome<Date> {
    Civil::checked(year, month, day).map(|civil| Date(civil.ordinal()))
}

/// `date.fromordinal(n)`
pub fn from_ordinal(n: i64) -> Outcome<Date> {
    if n < 1 {
        return Err(value_error("ordinal must be >= 1"));
    }
    if n > LAST_ORDINAL {
        // Which words depends on how far past it is.
        return Err(Stop::Decline("a day past the year 9999"));
    }
    Ok(Date(n as i32))
}

pub(crate) fn in_range(ordinal: i64) -> Outcome<Date> {
    if (1..=LAST_ORDINAL).contains(&ordinal) {
        Ok(Date(ordinal as i32))
    } else {
        Err(overflow_error("date value out of range"))
    }
}

impl Date {
    #[must_use]
    pub fn civil(self) -> Civil {
        Civil::of(self.0)
    }

    #[must_use]
    pub fn year(self) -> i64 {
        self.civil().year
    }

    #[must_use]
    pub fn month(self) -> i64 {
        self.civil().month
    }

    #[must_use]
    pub fn day(self) -> i64 {
        self.civil().day
    }

    #[must_use]
    pub fn toordinal(self) -> i64 {
        i64::from(self.0)
    }

    /// Monday is 0.
    #[must_use]
    pub fn weekday(self) -> i64 {
        (self.toordinal() + 6) % 7
    }

    /// Monday is 1.
    #[must_use]
    pub fn isoweekday(self) -> i64 {
        self.weekday() + 1
    }

    /// Day of the year, from 1.
    #[must_use]
    pub(crate) fn yearday(self) -> i64 {
        self.toordinal() - before_year(self.year())
    }

    /// `date.replace`; None leaves a part as it is.
    pub fn replace(self, year: Option<i64>, month: Option<i64>, day: Option<i64>) -> Outcome<Self> {
        let civil = self.civil();
        date(
            year.unwrap_or(civil.year),
            month.unwrap_or(civil.month),
            day.unwrap_or(civil.day),
        )
    }
}

/// `day + delta`: only its whole days count.
pub fn date_add(day: Date, delta: Timedelta) -> Outcome<Date> {
    in_range(day.toordinal() + delta.days())
}

/// `day - delta`
pub fn date_sub(day: Date, delta: Timedelta) -> Outcome<Date> {
    in_range(day.toordinal() - delta.days())
}

/// `a - b`
#[must_use]
pub fn date_between(a: Date, b: Date) -> Timedelta {
    Timedelta(i128::from(a.0 - b.0) * i128::from(MICROS_PER_DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_itself() {
        for ordinal in 1..=LAST_ORDINAL as i32 {
            assert_eq!(Civil::of(ordinal).ordinal(), ordinal);
        }
    }
}
