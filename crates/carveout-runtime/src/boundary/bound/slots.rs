//! Slots of classes, to call what Python itself would call in the end.

use pyo3_ffi as ffi;

use crate::boundary::Object;

/// The `tp_new` of a built-in class.
///
/// # Safety
/// `class` is a static type, under the GIL.
pub(super) unsafe fn new_of(class: *mut ffi::PyTypeObject) -> Result<ffi::newfunc, String> {
    // SAFETY: the slot `tp_new` of a type is a newfunc.
    unsafe {
        let slot = ffi::PyType_GetSlot(class, ffi::Py_tp_new);
        if slot.is_null() {
            return Err("bind: a built-in type has no __new__".into());
        }
        Ok(std::mem::transmute::<*mut std::ffi::c_void, ffi::newfunc>(
            slot,
        ))
    }
}

/// What `PyObject_GetAttr` ends in for this object, looked up once for all of its fields.
#[inline]
pub(super) fn attribute_of(object: Object<'_>) -> ffi::getattrofunc {
    // SAFETY: a live object's class; every class that is ready has this slot, a getattrofunc.
    unsafe {
        let slot = ffi::PyType_GetSlot(object.class(), ffi::Py_tp_getattro);
        if slot.is_null() {
            return ffi::PyObject_GetAttr;
        }
        std::mem::transmute::<*mut std::ffi::c_void, ffi::getattrofunc>(slot)
    }
}
