//! Whether an object holds anything that its fields don't say, which a copy of it would lack.
//!
//! Asked only where it can matter: of objects whose class also occurs in the result, as only those
//! can come back to the caller as copies.

use pyo3_ffi as ffi;

use super::classes::attribute;
use super::{Build, Entry, Place};
use crate::boundary::{Cannot, Crossed, Object, Owned};
use crate::schema::{Contract, Shape, Type};

pub(super) fn has_dict(class: Object<'_>) -> bool {
    attribute(class, c"__dictoffset__").is_none_or(|offset| {
        // SAFETY: a live object; an error is -1, which says "yes" here, the careful answer.
        unsafe {
            let offset = ffi::PyLong_AsLong(offset.raw());
            ffi::PyErr_Clear();
            offset != 0
        }
    })
}

/// Whether an instance's `__dict__` says what its fields are: not where a class has a property, a
/// slot or another data descriptor of a field's name, which goes before it.
pub(super) fn fields_in_dict(class: Object<'_>, fields: &[Place]) -> bool {
    let Some(mro) = attribute(class, c"__mro__") else {
        return false;
    };
    // SAFETY: `__mro__` of a class is a tuple, read within its size; live objects.
    unsafe {
        (0..ffi::PyTuple_Size(mro.raw())).all(|i| {
            let base = Object::new(ffi::PyTuple_GetItem(mro.raw(), i));
            let Some(names) = base.and_then(|base| attribute(base, c"__dict__")) else {
                return false;
            };
            fields.iter().all(|field| {
                match Owned::take(ffi::PyObject_GetItem(names.raw(), field.name.raw())) {
                    Err(_) => true,
                    Ok(found) => {
                        let kind = ffi::Py_TYPE(found.raw());
                        ffi::PyType_GetSlot(kind, ffi::Py_tp_descr_set).is_null()
                    }
                }
            })
        })
    }
}

/// The object's `__dict__`, made if it isn't yet.
#[inline]
pub(super) fn dict_of(object: Object<'_>) -> Crossed<Owned> {
    // SAFETY: a live object whose class has a dict.
    let dict = unsafe {
        Owned::take(ffi::PyObject_GenericGetDict(
            object.raw(),
            std::ptr::null_mut(),
        ))?
    };
    if dict.borrow().class() == &raw mut ffi::PyDict_Type {
        Ok(dict)
    } else {
        Err(Cannot("an object whose __dict__ is no plain dict"))
    }
}

/// The named types that a result may hold.
pub(super) fn reachable(contract: &Contract) -> Vec<bool> {
    fn mark(ty: &Type, contract: &Contract, seen: &mut [bool]) {
        match ty {
            Type::List(inner)
            | Type::Set(inner)
            | Type::FrozenSet(inner)
            | Type::VarTuple(inner)
            | Type::Optional(inner) => mark(inner, contract, seen),
            Type::Dict(key, value) => {
                mark(key, contract, seen);
                mark(value, contract, seen);
            }
            Type::Tuple(inner) | Type::Union(inner) => {
                inner.iter().for_each(|ty| mark(ty, contract, seen));
            }
            Type::Ref(index) if !seen[*index] => {
                seen[*index] = true;
                if let Shape::Struct { fields, .. } = contract.shape(*index) {
                    fields
                        .iter()
                        .for_each(|field| mark(&field.ty, contract, seen));
                }
            }
            _ => {}
        }
    }
    let mut seen = vec![false; contract.types.len()];
    mark(&contract.result, contract, &mut seen);
    seen
}

/// Refuses an object that holds more than its fields say.
#[cold]
#[inline(never)]
pub(super) fn only_fields(object: Object<'_>, entry: &Entry) -> Crossed<()> {
    // SAFETY: the object is alive and its class has a dict; key and value are borrowed from it
    // while nothing else runs.
    unsafe {
        let dict = dict_of(object)?;
        let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        while ffi::PyDict_Next(dict.raw(), &raw mut at, &raw mut key, &raw mut value) != 0 {
            let is_field = entry.build != Build::NamedTuple
                && entry.fields.iter().any(|field| same_text(key, &field.name));
            if !is_field && !is_cached_property(entry.class.borrow(), key) {
                return Err(Cannot("an object with an attribute that is not declared"));
            }
        }
        Ok(())
    }
}

/// Whether a key is exactly this text.
///
/// # Safety
/// `key` is a live object, under the GIL.
unsafe fn same_text(key: *mut ffi::PyObject, name: &Owned) -> bool {
    // SAFETY: both are alive; two exact strs compare without running anybody's code.
    unsafe {
        key == name.raw()
            || (ffi::Py_TYPE(key) == &raw mut ffi::PyUnicode_Type
                && ffi::PyUnicode_Compare(key, name.raw()) == 0)
    }
}

/// Values of `functools.cached_property` are derived from the fields: a copy makes them anew.
///
/// # Safety
/// `key` is a live object, under the GIL.
unsafe fn is_cached_property(class: Object<'_>, key: *mut ffi::PyObject) -> bool {
    // SAFETY: live objects.
    unsafe {
        let Ok(found) = Owned::take(ffi::PyObject_GetAttr(class.raw(), key)) else {
            return false;
        };
        let Ok(functools) = Owned::take(ffi::PyImport_ImportModule(c"functools".as_ptr())) else {
            return false;
        };
        attribute(functools.borrow(), c"cached_property")
            .is_some_and(|kind| ffi::Py_TYPE(found.raw()).cast() == kind.raw())
    }
}
