//! Bytes of a Python object used where they are: a megabyte is not copied to be read.
//!
//! The object's reference may be given up while the GIL is released (arguments die inside the
//! operation), where nothing of Python may be touched. So giving up only notes it, and the next
//! moment this thread surely holds the GIL, the end of a call, does the rest.

use std::cell::RefCell;
use std::ops::Deref;
use std::ptr::NonNull;

use pyo3_ffi as ffi;
use pyo3_ffi::PyObject;

use super::{Object, Owned};

thread_local! {
    static GIVEN_UP: RefCell<Vec<NonNull<PyObject>>> = const { RefCell::new(Vec::new()) };
}

/// A bytes object we hold a reference to.
pub struct HeldBytes {
    object: NonNull<PyObject>,
    data: NonNull<u8>,
    len: usize,
}

impl HeldBytes {
    /// `None` if it is not exactly bytes.
    pub(super) fn new(object: Object<'_>) -> Option<Self> {
        if object.class() != &raw mut ffi::PyBytes_Type {
            return None;
        }
        // SAFETY: exactly bytes: data and size belong together and never change.
        let (data, len) = unsafe {
            (
                ffi::PyBytes_AsString(object.raw()),
                ffi::PyBytes_Size(object.raw()),
            )
        };
        let data = NonNull::new(data.cast::<u8>())?;
        let object = NonNull::new(object.hold().into_raw())?;
        Some(Self {
            object,
            data,
            len: len.cast_unsigned(),
        })
    }

    /// The object itself; under the GIL.
    pub(super) fn object(&self) -> Owned {
        let object = Object {
            pointer: self.object,
            alive: std::marker::PhantomData,
        };
        object.hold()
    }
}

impl Deref for HeldBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: the object is held, and bytes never change or move.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        // A thread that is ending may leak the reference; it may not touch Python.
        let _ = GIVEN_UP.try_with(|given_up| given_up.borrow_mut().push(self.object));
    }
}

/// Gives back what was given up; at the end of every call, under the GIL.
#[inline]
pub(super) fn settle() {
    GIVEN_UP.with(|given_up| {
        // Giving back may run code that calls a carving again: never while the list is borrowed.
        loop {
            let next = given_up.borrow_mut().pop();
            let Some(object) = next else { break };
            // SAFETY: one reference is ours, and the GIL is held.
            unsafe { ffi::Py_DECREF(object.as_ptr()) };
        }
    });
}
