//! The boundary to Python: objects walked into Rust values and built back, without a copy of them
//! on the wire in between.
//!
//! All `unsafe` of the runtime is in this folder. What is outside of it only ever holds an
//! [`Object`] (borrowed, alive for its lifetime) or an [`Owned`] (one counted reference), and can
//! make neither from thin air.
//!
//! Invariants:
//! - An object is read only if its type is exactly the contract's; else it cannot cross.
//! - Anything borrowed from a container that user code could change is held by a reference.
//! - No Python error is left set when a conversion returns [`Cannot`].
//! - The GIL is held wherever an [`Object`], [`Owned`] or [`Cx`] exists; none of them is `Send`.

mod bound;
mod containers;
mod dates;
#[cfg(feature = "decimal")]
mod decimals;
mod held;
mod module;
mod objects;
mod values;

use std::marker::PhantomData;
use std::ptr::NonNull;

use pyo3_ffi as ffi;

pub use bound::{Building, Cx, Fields, Slot};
pub use ffi::PyObject;
pub use held::{HeldBytes, HeldText};
pub use module::{Arguments, Binding, Inline, init};
#[cfg(feature = "big")]
pub(crate) use values::{long_from_hex, long_to_hex};

use crate::schema::Type;

/// Why a value does not cross here; the reference answers instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cannot(pub &'static str);

pub type Crossed<T> = Result<T, Cannot>;

/// A borrowed Python object.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    pointer: NonNull<PyObject>,
    alive: PhantomData<&'a PyObject>,
}

impl Object<'_> {
    /// # Safety
    /// `pointer` is a live object, kept alive for as long as the caller says, under the GIL.
    unsafe fn new(pointer: *mut PyObject) -> Option<Self> {
        Some(Self {
            pointer: NonNull::new(pointer)?,
            alive: PhantomData,
        })
    }

    #[inline]
    fn raw(self) -> *mut PyObject {
        self.pointer.as_ptr()
    }

    /// Its type, to compare by identity.
    #[inline]
    fn class(self) -> *mut ffi::PyTypeObject {
        // SAFETY: the object is live.
        unsafe { ffi::Py_TYPE(self.raw()) }
    }

    /// A reference of our own.
    #[inline]
    fn hold(self) -> Owned {
        // SAFETY: the object is live and the GIL is held.
        unsafe { ffi::Py_INCREF(self.raw()) };
        Owned {
            pointer: self.pointer,
        }
    }
}

/// A Python object we count a reference to.
pub struct Owned {
    pointer: NonNull<PyObject>,
}

impl Owned {
    /// Takes over a new reference; null means Python raised, and its error is dropped.
    ///
    /// # Safety
    /// `pointer` is null or a new reference, under the GIL.
    #[inline]
    unsafe fn take(pointer: *mut PyObject) -> Crossed<Self> {
        match NonNull::new(pointer) {
            Some(pointer) => Ok(Self { pointer }),
            None => {
                // SAFETY: the GIL is held.
                unsafe { ffi::PyErr_Clear() };
                Err(Cannot("Python raised while a value crossed"))
            }
        }
    }

    #[inline]
    fn borrow(&self) -> Object<'_> {
        Object {
            pointer: self.pointer,
            alive: PhantomData,
        }
    }

    #[inline]
    fn raw(&self) -> *mut PyObject {
        self.pointer.as_ptr()
    }

    #[inline]
    fn into_raw(self) -> *mut PyObject {
        let pointer = self.pointer.as_ptr();
        std::mem::forget(self);
        pointer
    }
}

impl Drop for Owned {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: one reference is ours, and the GIL is held wherever an Owned exists.
        unsafe { ffi::Py_DECREF(self.pointer.as_ptr()) };
    }
}

/// -1 from Python means it raised; its error is dropped.
#[inline]
fn done(status: std::ffi::c_int) -> Crossed<()> {
    if status < 0 {
        // SAFETY: the GIL is held.
        unsafe { ffi::PyErr_Clear() };
        return Err(Cannot("Python raised while a value crossed"));
    }
    Ok(())
}

/// A value read from a Python object of the type the contract gives.
pub trait FromPy: Sized {
    fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self>;
}

/// A value made into a Python object of the type the contract gives.
pub trait ToPy {
    fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned>;
}
