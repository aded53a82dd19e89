//! `decimal.Decimal` across the boundary, by its text, and the thread's context.

use std::ffi::CStr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi as ffi;

use super::{Cannot, Crossed, Cx, FromPy, Object, Owned, PyObject, ToPy, done};
use crate::decimal::{Decimal, from_str, to_str};
use crate::schema::Type;
use crate::{Stop, Str};

const UNLIKE: Cannot = Cannot("a type of the carving is not the contract's");
const OTHER: Cannot = Cannot("an object of another type");
const CONTEXT: Cannot = Cannot("a decimal context that is not the default one");

/// An object that is made once and kept for good.
struct Kept(AtomicPtr<PyObject>);

static CLASS: Kept = Kept::new();
static GET_CONTEXT: Kept = Kept::new();
static DEFAULT: Kept = Kept::new();

impl Kept {
    const fn new() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    fn get(&self, make: impl FnOnce() -> Crossed<Owned>) -> Crossed<*mut PyObject> {
        let kept = self.0.load(Ordering::Acquire);
        if !kept.is_null() {
            return Ok(kept);
        }
        // The reference is never given back, so that the pointer stays valid.
        let made = make()?.into_raw();
        self.0.store(made, Ordering::Release);
        Ok(made)
    }
}

fn of_module(name: &CStr) -> Crossed<Owned> {
    // SAFETY: under the GIL.
    unsafe {
        let module = Owned::take(ffi::PyImport_ImportModule(c"decimal".as_ptr()))?;
        Owned::take(ffi::PyObject_GetAttrString(module.raw(), name.as_ptr()))
    }
}

fn class() -> Crossed<*mut PyObject> {
    CLASS.get(|| of_module(c"Decimal"))
}

/// Precision, rounding, exponents, capitals, clamp, flags and traps of a context.
fn parts(context: &Owned) -> Crossed<Owned> {
    // SAFETY: under the GIL; `__reduce__` of a context gives its class and a tuple.
    unsafe {
        let reduced = Owned::take(ffi::PyObject_CallMethod(
            context.raw(),
            c"__reduce__".as_ptr(),
            std::ptr::null(),
        ))?;
        Owned::take(ffi::PySequence_GetItem(reduced.raw(), 1))
    }
}

/// The parts of a context as Python starts with, whatever was made of the module's own since.
fn default_parts() -> Crossed<Owned> {
    // SAFETY: under the GIL; tuples nobody else has seen, each place filled once.
    unsafe {
        let args = Owned::take(ffi::PyTuple_New(8))?;
        let int = |value| ffi::PyLong_FromLong(value);
        let traps = ffi::PyList_New(0);
        let rounding = c"ROUND_HALF_EVEN";
        let values = [
            int(28),
            ffi::PyUnicode_FromString(rounding.as_ptr()),
            int(-999_999),
            int(999_999),
            int(1),
            int(0),
            ffi::PyList_New(0),
            traps,
        ];
        for (at, value) in values.into_iter().enumerate() {
            let value = Owned::take(value)?.into_raw();
            done(ffi::PyTuple_SetItem(args.raw(), at.cast_signed(), value))?;
        }
        for name in [c"InvalidOperation", c"DivisionByZero", c"Overflow"] {
            let signal = of_module(name)?;
            done(ffi::PyList_Append(traps, signal.raw()))?;
        }
        let class = of_module(c"Context")?;
        parts(&Owned::take(ffi::PyObject_CallObject(
            class.raw(),
            args.raw(),
        ))?)
    }
}

/// Declines where this thread's context is another than the default: its flags don't count.
pub(super) fn default_context() -> Crossed<()> {
    let get = GET_CONTEXT.get(|| of_module(c"getcontext"))?;
    let wanted = DEFAULT.get(default_parts)?;
    // SAFETY: under the GIL; items of a tuple and of a sequence that is held here.
    unsafe {
        let context = Owned::take(ffi::PyObject_CallObject(get, std::ptr::null_mut()))?;
        let parts = parts(&context)?;
        for at in [0, 1, 2, 3, 4, 5, 7] {
            let mine = Owned::take(ffi::PySequence_GetItem(parts.raw(), at))?;
            let same = ffi::PyObject_RichCompareBool(
                mine.raw(),
                ffi::PyTuple_GetItem(wanted, at),
                ffi::Py_EQ,
            );
            done(same)?;
            if same != 1 {
                return Err(CONTEXT);
            }
        }
    }
    Ok(())
}

impl FromPy for Decimal {
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Decimal) {
            return Err(UNLIKE);
        }
        if object.class().cast::<PyObject>() != class()? {
            return Err(OTHER);
        }
        // SAFETY: under the GIL; the text lives as long as its object, which is held here.
        let text = unsafe {
            let text = Owned::take(ffi::PyObject_Str(object.raw()))?;
            let mut size = 0;
            let data = ffi::PyUnicode_AsUTF8AndSize(text.raw(), &raw mut size);
            if data.is_null() {
                ffi::PyErr_Clear();
                return Err(OTHER);
            }
            let bytes = std::slice::from_raw_parts(data.cast(), size.cast_unsigned());
            Str::from(std::str::from_utf8(bytes).map_err(|_| OTHER)?.to_owned())
        };
        from_str(&text).map_err(|stop| match stop {
            Stop::Decline(why) => Cannot(why),
            Stop::Fault(_) => OTHER,
        })
    }
}

impl ToPy for Decimal {
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Decimal) {
            return Err(UNLIKE);
        }
        let text = to_str(self);
        let text = text.as_str();
        // SAFETY: a new tuple nobody else has seen, filled once.
        unsafe {
            let args = Owned::take(ffi::PyTuple_New(1))?;
            let text =
                ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len().cast_signed());
            let text = Owned::take(text)?.into_raw();
            done(ffi::PyTuple_SetItem(args.raw(), 0, text))?;
            Owned::take(ffi::PyObject_CallObject(class()?, args.raw()))
        }
    }
}
