//! Dates and times on the wire, across the boundary, as keys.

use std::cmp::Ordering;

use crate::compare::{Compare, total};
use crate::dict::Key;
use crate::fault::{Outcome, Stop, Value};
use crate::wire::{Reader, Result, Wire, WireError, Writer};

use super::{Date, Datetime, Timedelta, date, date_repr, datetime, datetime_repr, delta_repr};

const NO_DATE: WireError = WireError::Expected("a date");
const NO_TIME: WireError = WireError::Expected("a datetime");

impl Wire for Date {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array_of(3)?;
        date(reader.i64()?, reader.i64()?, reader.i64()?).map_err(|_| NO_DATE)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(3);
        let civil = self.civil();
        [civil.year, civil.month, civil.day]
            .into_iter()
            .for_each(|part| writer.int(part));
    }
}

impl Wire for Timedelta {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array_of(3)?;
        Self::of(reader.i64()?, reader.i64()?, reader.i64()?)
            .map_err(|_| WireError::Expected("a timedelta"))
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(3);
        [self.days(), self.seconds(), self.microseconds()]
            .into_iter()
            .for_each(|part| writer.int(part));
    }
}

impl Wire for Datetime {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array_of(9)?;
        let mut parts = [0; 8];
        for part in &mut parts {
            *part = reader.i64()?;
        }
        let [year, month, day, hour, minute, second, micro, fold] = parts;
        let made = datetime(year, month, day, hour, minute, second, micro).map_err(|_| NO_TIME)?;
        // A zone by its name is no int.
        let zone = if reader.try_nil()? {
            None
        } else {
            Some(reader.i64()?)
        };
        Ok(Self {
            zone,
            fold: fold != 0,
            ..made
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(9);
        [
            self.year(),
            self.month(),
            self.day(),
            self.hour(),
            self.minute(),
            self.second(),
            self.microsecond(),
            i64::from(self.fold),
        ]
        .into_iter()
        .for_each(|part| writer.int(part));
        match self.zone {
            None => writer.nil(),
            Some(zone) => writer.int(zone),
        }
    }
}

total! {
    Date, |value| Some(date_repr(*value).into());
    Timedelta, |value| Some(delta_repr(*value).into());
}

macro_rules! shown {
    ($($ty:ty, $repr:path;)+) => { $(
        impl crate::show::Show for $ty {
            fn show(&self, out: &mut String) -> Outcome<()> {
                out.push_str($repr(*self).as_str());
                Ok(())
            }
        }
    )+ };
}

shown! {
    Date, date_repr;
    Datetime, datetime_repr;
    Timedelta, delta_repr;
}

impl Compare for Datetime {
    #[inline]
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        self.order(*other)
    }

    #[inline]
    fn equal(&self, other: &Self) -> Outcome<bool> {
        Ok(self == other)
    }
}

macro_rules! keys {
    ($($ty:ty),+) => { $(
        impl Key for $ty {
            fn key_value(&self) -> Value {
                Value::None
            }

            fn key_fault(&self) -> Stop {
                Stop::Decline("a KeyError of a date or a time")
            }
        }

        impl crate::shared::Clear for $ty {}
    )+ };
}

keys!(Date, Datetime, Timedelta);
