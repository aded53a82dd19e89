//! Objects of the standard library: dates and times, UUID, Decimal.
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use super::scalar::write_str;
use super::{Encoder, Result, at, cannot, is_class, mismatch};
use crate::codec::plan::Node;

impl<'py> Encoder<'_, '_> {
    /// A value of one of the library's classes; of no other node.
    pub(super) fn library(&mut self, node: &Node, value: &Bound<'py, PyAny>) -> Result<()> {
        let py = value.py();
        match node {
            Node::Date => {
                if !is_class(value, &self.plan.library.date) {
                    return mismatch(value, "datetime.date");
                }
                self.writer.array(3);
                self.numbers(value, &["year", "month", "day"])?;
            }
            Node::Datetime => {
                if !is_class(value, &self.plan.library.datetime) {
                    return mismatch(value, "datetime.datetime");
                }
                self.writer.array(9);
                self.numbers(
                    value,
                    &[
                        "year",
                        "month",
                        "day",
                        "hour",
                        "minute",
                        "second",
                        "microsecond",
                        "fold",
                    ],
                )?;
                at(self.zone(value), || ".tzinfo".to_owned())?;
            }
            Node::Time => {
                if !is_class(value, &self.plan.library.time) {
                    return mismatch(value, "datetime.time");
                }
                self.writer.array(6);
                self.numbers(value, &["hour", "minute", "second", "microsecond", "fold"])?;
                at(self.zone(value), || ".tzinfo".to_owned())?;
            }
            Node::Timedelta => {
                if !is_class(value, &self.plan.library.timedelta) {
                    return mismatch(value, "datetime.timedelta");
                }
                self.writer.array(3);
                self.numbers(value, &["days", "seconds", "microseconds"])?;
            }
            Node::Uuid => {
                if !is_class(value, &self.plan.library.uuid) {
                    return mismatch(value, "uuid.UUID");
                }
                let safe = value.getattr("is_safe")?;
                if !safe.is(self.plan.library.uuid_unknown.bind(py)) {
                    return cannot("a UUID that remembers how safely it was made");
                }
                let bytes = value
                    .getattr("int")?
                    .call_method1("to_bytes", (16, "big"))?;
                self.writer
                    .bin(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
            }
            Node::Decimal => {
                if !is_class(value, &self.plan.library.decimal) {
                    return mismatch(value, "decimal.Decimal");
                }
                // `str` writes the exponent's letter as the thread's decimal context has it.
                let text = value.str()?.to_string().replace('e', "E");
                self.writer.str(&text);
            }
            _ => return cannot("not of the standard library"),
        }
        Ok(())
    }

    fn numbers(&mut self, value: &Bound<'py, PyAny>, names: &[&str]) -> Result<()> {
        for name in names {
            let number = value.getattr(*name)?.extract::<i64>()?;
            self.writer.int(number);
        }
        Ok(())
    }

    fn zone(&mut self, value: &Bound<'py, PyAny>) -> Result<()> {
        let lib = &self.plan.library;
        let zone = value.getattr("tzinfo")?;
        if zone.is_none() {
            self.writer.nil();
        } else if is_class(&zone, &lib.timezone) {
            let initial = zone.call_method0("__getinitargs__")?;
            let initial = initial.cast::<PyTuple>().map_err(PyErr::from)?;
            if initial.len() != 1 {
                return cannot("a fixed offset with a name");
            }
            let offset = initial.get_item(0)?;
            let days = offset.getattr("days")?.extract::<i64>()?;
            let seconds = offset.getattr("seconds")?.extract::<i64>()?;
            let micros = offset.getattr("microseconds")?.extract::<i64>()?;
            self.writer
                .int((days * 86_400 + seconds) * 1_000_000 + micros);
        } else if is_class(&zone, &lib.zone_info) {
            let key = zone.getattr("key")?;
            let Ok(key) = key.cast_exact::<PyString>() else {
                return cannot("a ZoneInfo without a key");
            };
            // Times of one zone object are compared and subtracted by the clock on the wall, those
            // of two by the instant: a zone outside the cache would come back as another object.
            if !lib.zone_info.bind(zone.py()).call1((key,))?.is(&zone) {
                return cannot("a ZoneInfo that is not the one its key gives");
            }
            write_str(&mut self.writer, key)?;
        } else {
            return mismatch(&zone, "datetime.timezone or zoneinfo.ZoneInfo");
        }
        Ok(())
    }
}
