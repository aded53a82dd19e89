//! `datetime`: a moment by its local time, at an offset from UTC or at none.

use std::hash::{Hash, Hasher};

use crate::fault::{Outcome, Stop, type_error};
use crate::int;

use super::deltas::{offset_of, time_of_day};
use super::{Civil, Date, MICROS_PER_DAY, MICROS_PER_SECOND, PAST_CINT, Timedelta, in_range};

/// Local time in microseconds from the start of 0001-01-01; an offset from UTC in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Datetime {
    pub(crate) local: i64,
    pub(crate) zone: Option<i64>,
    pub(crate) fold: bool,
}

/// 1970-01-01, as `local` counts.
const EPOCH: i64 = 719_162 * MICROS_PER_DAY;

impl Datetime {
    /// Whether it has an offset, and its time with it taken off: what `==` and hashes are of.
    fn identity(self) -> (bool, i64) {
        (self.zone.is_some(), self.local - self.zone.unwrap_or(0))
    }

    #[must_use]
    pub fn date(self) -> Date {
        Date((self.local / MICROS_PER_DAY) as i32 + 1)
    }

    fn civil(self) -> Civil {
        self.date().civil()
    }

    fn within_day(self) -> i64 {
        self.local % MICROS_PER_DAY
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
    pub fn hour(self) -> i64 {
        self.within_day() / (3600 * MICROS_PER_SECOND)
    }

    #[must_use]
    pub fn minute(self) -> i64 {
        self.within_day() / (60 * MICROS_PER_SECOND) % 60
    }

    #[must_use]
    pub fn second(self) -> i64 {
        self.within_day() / MICROS_PER_SECOND % 60
    }

    #[must_use]
    pub fn microsecond(self) -> i64 {
        self.within_day() % MICROS_PER_SECOND
    }

    pub(crate) fn with(self, zone: Option<i64>, fold: bool) -> Self {
        Self { zone, fold, ..self }
    }

    #[cfg(feature = "python")]
    pub(crate) fn zone(self) -> Option<i64> {
        self.zone
    }

    #[cfg(feature = "python")]
    pub(crate) fn fold(self) -> bool {
        self.fold
    }

    /// `moment.timestamp()`; of a naive one it asks for the machine's zone.
    pub fn timestamp(self) -> Outcome<f64> {
        let Some(zone) = self.zone else {
            return Err(Stop::Decline("the timestamp of a naive datetime"));
        };
        int::truediv(self.local - zone - EPOCH, MICROS_PER_SECOND)
    }

    /// `moment.replace` of the numbers; None leaves a part as it is.
    #[allow(clippy::too_many_arguments)]
    pub fn replace(
        self,
        year: Option<i64>,
        month: Option<i64>,
        day: Option<i64>,
        hour: Option<i64>,
        minute: Option<i64>,
        second: Option<i64>,
        micro: Option<i64>,
    ) -> Outcome<Self> {
        let civil = self.civil();
        let made = datetime(
            year.unwrap_or(civil.year),
            month.unwrap_or(civil.month),
            day.unwrap_or(civil.day),
            hour.unwrap_or(self.hour()),
            minute.unwrap_or(self.minute()),
            second.unwrap_or(self.second()),
            micro.unwrap_or(self.microsecond()),
        )?;
        Ok(Self {
            local: made.local,
            ..self
        })
    }

    /// `moment.replace(tzinfo=timezone.utc)`, or of another offset, or None
    pub fn at_offset(self, zone: Option<Timedelta>) -> Outcome<Self> {
        let zone = zone.map(offset_of).transpose()?;
        Ok(Self { zone, ..self })
    }

    /// `moment.astimezone(timezone.utc)`, or to another offset
    pub fn to_offset(self, zone: Timedelta) -> Outcome<Self> {
        let Some(from) = self.zone else {
            return Err(Stop::Decline("astimezone of a naive datetime"));
        };
        let to = offset_of(zone)?;
        let local = self.local - from + to;
        if from == to {
            // Of the same zone Python gives the same object, of an equal one another without a fold.
            return if self.fold {
                Err(Stop::Decline("astimezone of a folded datetime"))
            } else {
                Ok(self)
            };
        }
        // In between it may leave the calendar, which Python notices.
        in_range((self.local - from).div_euclid(MICROS_PER_DAY) + 1)?;
        in_range(local.div_euclid(MICROS_PER_DAY) + 1)?;
        Ok(Self {
            local,
            zone: Some(to),
            fold: false,
        })
    }

    /// `moment.utcoffset()`
    #[must_use]
    pub fn utcoffset(self) -> Option<Timedelta> {
        self.zone.map(|zone| Timedelta(zone.into()))
    }

    /// How two stand to each other; raises where only one has an offset.
    pub(crate) fn order(self, other: Self) -> Outcome<std::cmp::Ordering> {
        if self.zone.is_some() != other.zone.is_some() {
            return Err(type_error(
                "can't compare offset-naive and offset-aware datetimes",
            ));
        }
        Ok(self.identity().cmp(&other.identity()))
    }
}

impl PartialEq for Datetime {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Datetime {}

impl Hash for Datetime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// `datetime(year, month, day, hour, minute, second, microsecond)`
pub fn datetime(
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micro: i64,
) -> Outcome<Datetime> {
    for part in [hour, minute, second, micro] {
        i32::try_from(part).map_err(|_| PAST_CINT)?;
    }
    let civil = Civil::checked(year, month, day)?;
    Ok(start_of(Date(civil.ordinal())).plus(time_of_day(hour, minute, second, micro)?))
}

/// The same with `tzinfo=timezone(zone)`, which is made first.
#[allow(clippy::too_many_arguments)]
pub fn datetime_at(
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micro: i64,
    zone: Option<Timedelta>,
) -> Outcome<Datetime> {
    let zone = zone.map(offset_of).transpose()?;
    let made = datetime(year, month, day, hour, minute, second, micro)?;
    Ok(made.with(zone, false))
}

fn start_of(day: Date) -> Datetime {
    Datetime {
        local: (day.toordinal() - 1) * MICROS_PER_DAY,
        zone: None,
        fold: false,
    }
}

impl Datetime {
    fn plus(self, micros: i64) -> Self {
        Self {
            local: self.local + micros,
            ..self
        }
    }
}

/// `moment + delta`
pub fn moment_add(moment: Datetime, delta: Timedelta) -> Outcome<Datetime> {
    let local = i128::from(moment.local) + delta.0;
    let day = local.div_euclid(i128::from(MICROS_PER_DAY)) + 1;
    in_range(i64::try_from(day).unwrap_or(0))?;
    Ok(Datetime {
        local: local as i64,
        fold: false,
        ..moment
    })
}

/// `moment - delta`
pub fn moment_sub(moment: Datetime, delta: Timedelta) -> Outcome<Datetime> {
    moment_add(moment, Timedelta(-delta.0))
}

/// `a - b`
pub fn moment_between(a: Datetime, b: Datetime) -> Outcome<Timedelta> {
    if a.zone.is_some() != b.zone.is_some() {
        return Err(type_error(
            "can't subtract offset-naive and offset-aware datetimes",
        ));
    }
    Ok(Timedelta(
        i128::from(a.identity().1) - i128::from(b.identity().1),
    ))
}
