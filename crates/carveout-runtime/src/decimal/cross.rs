//! Decimals on the wire (their text), across the boundary, as keys and items.

use std::cmp::Ordering;

use super::{Decimal, from_str, repr, to_str};
use crate::Str;
use crate::compare::Compare;
use crate::dict::Key;
use crate::fault::{Outcome, Stop, Value};
use crate::wire::{Reader, Result, Wire, WireError, Writer};

impl Wire for Decimal {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        from_str(&Str::from(reader.str()?.to_owned())).map_err(|stop| match stop {
            Stop::Decline(why) => WireError::Declined(why),
            Stop::Fault(_) => WireError::Expected("a Decimal"),
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.str(to_str(self).as_str());
    }
}

impl Compare for Decimal {
    #[inline]
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        Ok(self.cmp(other))
    }

    #[inline]
    fn equal(&self, other: &Self) -> Outcome<bool> {
        Ok(self == other)
    }

    #[inline]
    fn orderly(&self) -> bool {
        true
    }

    fn shown(&self) -> Option<String> {
        Some(repr(self).into())
    }
}

impl Key for Decimal {
    fn key_value(&self) -> Value {
        Value::None
    }

    fn key_fault(&self) -> Stop {
        Stop::Decline("a KeyError of a Decimal")
    }
}

impl crate::show::Show for Decimal {
    fn show(&self, out: &mut String) -> Outcome<()> {
        out.push_str(repr(self).as_str());
        Ok(())
    }
}

impl crate::shared::Clear for Decimal {}
