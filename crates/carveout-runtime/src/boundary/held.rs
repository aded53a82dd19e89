//! Bytes and text of Python objects used where they are: a megabyte is not copied to be read.
//!
//! An object's reference may be given up while the GIL is released (arguments die inside the
//! operation), where nothing of Python may be touched. So there giving up only notes it, and the
//! next moment this thread surely holds the GIL, the end of a call, does the rest.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::ptr::NonNull;

use pyo3_ffi as ffi;
use pyo3_ffi::PyObject;

use super::{Cannot, Crossed, Object, Owned};

/// Bytes from which on a result is made as a Python object at once, instead of being copied to one.
const WORTH_MAKING: usize = 1024;

thread_local! {
    static GIVEN_UP: RefCell<Vec<NonNull<PyObject>>> = const { RefCell::new(Vec::new()) };
    /// Whether this thread is in a call and holds the GIL.
    static HOLDS: Cell<bool> = const { Cell::new(false) };
    /// Whether anything was noted, so that the end of a call needn't look into the list.
    static NOTED: Cell<bool> = const { Cell::new(false) };
}

/// A reference to an object, given up wherever the value that holds it dies.
struct Held(NonNull<PyObject>);

impl Held {
    fn new(object: Object<'_>) -> Self {
        let pointer = object.pointer;
        std::mem::forget(object.hold());
        Self(pointer)
    }

    /// The object itself; under the GIL.
    fn object(&self) -> Owned {
        let object = Object {
            pointer: self.0,
            alive: std::marker::PhantomData,
        };
        object.hold()
    }
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        match HOLDS.try_with(Cell::get) {
            // SAFETY: one reference is ours, and the GIL is held.
            Ok(true) => unsafe { ffi::Py_DECREF(self.0.as_ptr()) },
            Ok(false) => {
                let _ = GIVEN_UP.try_with(|given_up| given_up.borrow_mut().push(self.0));
                let _ = NOTED.try_with(|noted| noted.set(true));
            }
            // A thread that is ending may leak the reference; it may not touch Python.
            Err(_) => {}
        }
    }
}

/// A bytes object we hold a reference to.
pub struct HeldBytes {
    held: Held,
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
        Some(Self {
            data: NonNull::new(data.cast::<u8>())?,
            held: Held::new(object),
            len: len.cast_unsigned(),
        })
    }

    /// The parts one after the other, written where Python will have them; `None` for few bytes,
    /// where it doesn't pay, and where the GIL is not held.
    pub(crate) fn joined(parts: &[&[u8]]) -> Option<Self> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        if len < WORTH_MAKING || !HOLDS.get() {
            return None;
        }
        // SAFETY: the GIL is held; new bytes, `len` long, that nobody else has seen.
        unsafe {
            let object =
                ffi::PyBytes_FromStringAndSize(std::ptr::null(), isize::try_from(len).ok()?);
            let Some(pointer) = NonNull::new(object) else {
                ffi::PyErr_Clear();
                return None;
            };
            let held = Held(pointer);
            let data = NonNull::new(ffi::PyBytes_AsString(object).cast::<u8>())?;
            let mut at = data.as_ptr();
            for part in parts {
                std::ptr::copy_nonoverlapping(part.as_ptr(), at, part.len());
                at = at.add(part.len());
            }
            Some(Self { held, data, len })
        }
    }

    /// The object itself; under the GIL.
    pub(super) fn object(&self) -> Owned {
        self.held.object()
    }
}

impl Deref for HeldBytes {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: the object is held, and bytes never change or move.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }
}

/// A str object we hold a reference to.
pub struct HeldText {
    held: Held,
    data: NonNull<u8>,
    len: usize,
    ascii: bool,
}

impl HeldText {
    /// Of an object that is exactly a str.
    #[inline]
    pub(super) fn new(object: Object<'_>) -> Crossed<Self> {
        if object.class() != &raw mut ffi::PyUnicode_Type {
            return Err(Cannot("an object of another type"));
        }
        let mut len = 0;
        // SAFETY: exactly a str.
        let (data, count) = unsafe {
            (
                ffi::PyUnicode_AsUTF8AndSize(object.raw(), &raw mut len),
                ffi::PyUnicode_GetLength(object.raw()),
            )
        };
        let Some(data) = NonNull::new(data.cast_mut().cast::<u8>()) else {
            // SAFETY: under the GIL.
            unsafe { ffi::PyErr_Clear() };
            return Err(Cannot("a str with lone surrogates"));
        };
        Ok(Self {
            held: Held::new(object),
            data,
            len: len.cast_unsigned(),
            ascii: count == len,
        })
    }

    /// Whether every character is below 128.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The object itself; under the GIL.
    #[inline]
    pub(super) fn object(&self) -> Owned {
        self.held.object()
    }
}

impl Deref for HeldText {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        // SAFETY: a str's UTF-8 lives as long as it does, never changes, and is valid by Python's
        // word.
        unsafe {
            let bytes = std::slice::from_raw_parts(self.data.as_ptr(), self.len);
            std::str::from_utf8_unchecked(bytes)
        }
    }
}

/// Runs `work`, a call under the GIL, knowing that it is held.
pub(super) fn holding<T>(work: impl FnOnce() -> T) -> T {
    // Not false at the end: a call may be made inside of another.
    let before = HOLDS.replace(true);
    let result = work();
    HOLDS.set(before);
    result
}

/// Runs `work` without the GIL, which is held.
pub(super) fn released<T>(work: impl FnOnce() -> T) -> T {
    struct Restore {
        state: *mut ffi::PyThreadState,
        held: bool,
    }
    impl Drop for Restore {
        fn drop(&mut self) {
            // SAFETY: the state this thread saved, also when `work` unwinds.
            unsafe { ffi::PyEval_RestoreThread(self.state) };
            HOLDS.set(self.held);
        }
    }
    let held = HOLDS.replace(false);
    // SAFETY: the GIL is held here, and nothing of Python is touched until it is again.
    let state = unsafe { ffi::PyEval_SaveThread() };
    let _restore = Restore { state, held };
    work()
}

/// Gives back what was given up without the GIL; at the end of every call, under the GIL.
#[inline]
pub(super) fn settle() {
    if !NOTED.replace(false) {
        return;
    }
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
