//! `date`, `datetime` and `timedelta` across the boundary, by their attributes: the stable ABI has no
//! other way. Each must be of exactly its class, and a zone a plain `timezone`.

use std::ffi::CStr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi as ffi;

use super::{Cannot, Crossed, Cx, FromPy, Object, Owned, PyObject, ToPy, done};
use crate::dates::{Date, Datetime, Timedelta, date, datetime};
use crate::schema::Type;

const UNLIKE: Cannot = Cannot("a type of the carving is not the contract's");
const OTHER: Cannot = Cannot("an object of another type");
const ZONE: Cannot = Cannot("a time zone that is more than an offset");

/// A class of the module `datetime`, found once and kept.
struct Class {
    name: &'static CStr,
    kept: AtomicPtr<PyObject>,
}

static DATE: Class = Class::new(c"date");
static DATETIME: Class = Class::new(c"datetime");
static TIMEDELTA: Class = Class::new(c"timedelta");
static TIMEZONE: Class = Class::new(c"timezone");

impl Class {
    const fn new(name: &'static CStr) -> Self {
        Self {
            name,
            kept: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    fn get(&self) -> Crossed<*mut PyObject> {
        let kept = self.kept.load(Ordering::Acquire);
        if !kept.is_null() {
            return Ok(kept);
        }
        // SAFETY: under the GIL; the reference is never given back, so that the pointer stays valid.
        unsafe {
            let module = Owned::take(ffi::PyImport_ImportModule(c"datetime".as_ptr()))?;
            let class = Owned::take(ffi::PyObject_GetAttrString(
                module.raw(),
                self.name.as_ptr(),
            ))?;
            let class = class.into_raw();
            self.kept.store(class, Ordering::Release);
            Ok(class)
        }
    }

    fn check(&self, object: Object<'_>) -> Crossed<()> {
        if object.class().cast::<PyObject>() == self.get()? {
            Ok(())
        } else {
            Err(OTHER)
        }
    }

    /// Calls the class with ints and an object at the end, if there is one.
    fn make(&self, parts: &[i64], last: Option<Owned>) -> Crossed<Owned> {
        let len = parts.len() + usize::from(last.is_some());
        // SAFETY: a new tuple nobody else has seen, each place filled once.
        unsafe {
            let args = Owned::take(ffi::PyTuple_New(len.cast_signed()))?;
            for (at, part) in parts.iter().enumerate() {
                let part = Owned::take(ffi::PyLong_FromLongLong(*part))?.into_raw();
                done(ffi::PyTuple_SetItem(args.raw(), at.cast_signed(), part))?;
            }
            if let Some(last) = last {
                let at = parts.len().cast_signed();
                done(ffi::PyTuple_SetItem(args.raw(), at, last.into_raw()))?;
            }
            Owned::take(ffi::PyObject_CallObject(self.get()?, args.raw()))
        }
    }
}

fn attribute(object: Object<'_>, name: &CStr) -> Crossed<Owned> {
    // SAFETY: a live object, under the GIL.
    unsafe { Owned::take(ffi::PyObject_GetAttrString(object.raw(), name.as_ptr())) }
}

fn number(object: Object<'_>, name: &CStr) -> Crossed<i64> {
    let value = attribute(object, name)?;
    // SAFETY: an int of the datetime module's own making.
    let found = unsafe { ffi::PyLong_AsLongLong(value.raw()) };
    // SAFETY: under the GIL.
    if found == -1 && unsafe { !ffi::PyErr_Occurred().is_null() } {
        // SAFETY: under the GIL.
        unsafe { ffi::PyErr_Clear() };
        return Err(OTHER);
    }
    Ok(found)
}

impl FromPy for Date {
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Date) {
            return Err(UNLIKE);
        }
        DATE.check(object)?;
        let parts = [c"year", c"month", c"day"].map(|name| number(object, name));
        let [year, month, day] = parts;
        date(year?, month?, day?).map_err(|_| OTHER)
    }
}

impl ToPy for Date {
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Date) {
            return Err(UNLIKE);
        }
        let civil = self.civil();
        DATE.make(&[civil.year, civil.month, civil.day], None)
    }
}

fn delta_from(object: Object<'_>) -> Crossed<Timedelta> {
    TIMEDELTA.check(object)?;
    let [days, seconds, micros] =
        [c"days", c"seconds", c"microseconds"].map(|name| number(object, name));
    Timedelta::of(days?, seconds?, micros?).map_err(|_| OTHER)
}

fn delta_to(delta: Timedelta) -> Crossed<Owned> {
    TIMEDELTA.make(&[delta.days(), delta.seconds(), delta.microseconds()], None)
}

impl FromPy for Timedelta {
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Timedelta) {
            return Err(UNLIKE);
        }
        delta_from(object)
    }
}

impl ToPy for Timedelta {
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Timedelta) {
            return Err(UNLIKE);
        }
        delta_to(*self)
    }
}

/// The offset of a zone that is no more than one.
fn zone_from(object: Object<'_>) -> Crossed<Option<i64>> {
    let zone = attribute(object, c"tzinfo")?;
    // SAFETY: the singleton.
    if zone.raw() == unsafe { ffi::Py_None() } {
        return Ok(None);
    }
    TIMEZONE.check(zone.borrow()).map_err(|_| ZONE)?;
    // A name of its own would be lost: without one, two arguments rebuild it and there is one here.
    // SAFETY: under the GIL.
    let args = unsafe {
        Owned::take(ffi::PyObject_CallMethod(
            zone.raw(),
            c"__getinitargs__".as_ptr(),
            std::ptr::null(),
        ))?
    };
    // SAFETY: a tuple of the datetime module's own making, held here.
    unsafe {
        if ffi::PyTuple_Size(args.raw()) != 1 {
            ffi::PyErr_Clear();
            return Err(ZONE);
        }
        let delta = Object::new(ffi::PyTuple_GetItem(args.raw(), 0)).ok_or(ZONE)?;
        Ok(Some(delta_from(delta)?.micros()))
    }
}

fn zone_to(zone: i64) -> Crossed<Owned> {
    let delta = delta_to(Timedelta::of(0, 0, zone).map_err(|_| ZONE)?)?;
    TIMEZONE.make(&[], Some(delta))
}

impl FromPy for Datetime {
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Datetime) {
            return Err(UNLIKE);
        }
        DATETIME.check(object)?;
        let [year, month, day, hour, minute, second, micro, fold] = [
            c"year",
            c"month",
            c"day",
            c"hour",
            c"minute",
            c"second",
            c"microsecond",
            c"fold",
        ]
        .map(|name| number(object, name));
        let made = datetime(year?, month?, day?, hour?, minute?, second?, micro?);
        let made = made.map_err(|_| OTHER)?;
        Ok(made.with(zone_from(object)?, fold? != 0))
    }
}

impl ToPy for Datetime {
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Datetime) {
            return Err(UNLIKE);
        }
        if self.fold() {
            // The constructor takes it by its name only.
            return Err(Cannot("a datetime with a fold"));
        }
        let parts = [
            self.year(),
            self.month(),
            self.day(),
            self.hour(),
            self.minute(),
            self.second(),
            self.microsecond(),
        ];
        DATETIME.make(&parts, self.zone().map(zone_to).transpose()?)
    }
}
