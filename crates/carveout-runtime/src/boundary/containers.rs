//! Text, bytes, dicts, sets and shared objects across the boundary.

use pyo3_ffi as ffi;

use super::{Cannot, Crossed, Cx, FromPy, HeldBytes, HeldText, Object, Owned, ToPy, done};
use crate::dict::Key;
use crate::schema::Type;
use crate::{Bytes, Dict, Set, Str};

const OTHER: Cannot = Cannot("an object of another type");
const UNLIKE: Cannot = Cannot("a type of the carving is not the contract's");

impl FromPy for Str {
    #[inline]
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Str) {
            return Err(UNLIKE);
        }
        HeldText::new(object).map(Self::held)
    }
}

impl ToPy for Str {
    #[inline]
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Str) {
            return Err(UNLIKE);
        }
        if let Some(held) = self.holder() {
            return Ok(held.object());
        }
        let text = self.as_str();
        // SAFETY: UTF-8 of this length.
        unsafe {
            Owned::take(ffi::PyUnicode_FromStringAndSize(
                text.as_ptr().cast(),
                text.len().cast_signed(),
            ))
        }
    }
}

impl FromPy for Bytes {
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Bytes) {
            return Err(UNLIKE);
        }
        HeldBytes::new(object).map(Self::held).ok_or(OTHER)
    }
}

impl ToPy for Bytes {
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Bytes) {
            return Err(UNLIKE);
        }
        if let Some(held) = self.holder() {
            return Ok(held.object());
        }
        let data: &[u8] = self;
        // SAFETY: copies this many bytes.
        unsafe {
            Owned::take(ffi::PyBytes_FromStringAndSize(
                data.as_ptr().cast(),
                data.len().cast_signed(),
            ))
        }
    }
}

impl<K: FromPy + Key, V: FromPy> FromPy for Dict<K, V> {
    fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
        let Type::Dict(key_type, value_type) = ty else {
            return Err(UNLIKE);
        };
        if object.class() != &raw mut ffi::PyDict_Type {
            return Err(OTHER);
        }
        cx.deeper()?;
        let raw = object.raw();
        // SAFETY: exactly a dict; key and value are held while they are converted, as that may run
        // code that changes the dict, and a change of its size ends the walk.
        let entries = unsafe {
            let len = ffi::PyDict_Size(raw);
            let mut entries = Self::with_capacity(len.cast_unsigned());
            let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            while ffi::PyDict_Next(raw, &raw mut at, &raw mut key, &raw mut value) != 0 {
                let (Some(key), Some(value)) = (Object::new(key), Object::new(value)) else {
                    return Err(OTHER);
                };
                let (key, value) = (key.hold(), value.hold());
                let key = K::from_py(key.borrow(), key_type, cx)?;
                entries.insert(key, V::from_py(value.borrow(), value_type, cx)?);
                if ffi::PyDict_Size(raw) != len {
                    return Err(Cannot("a dict that changed meanwhile"));
                }
            }
            entries
        };
        cx.shallower();
        Ok(entries)
    }
}

impl<K: ToPy + Key, V: ToPy> ToPy for Dict<K, V> {
    fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
        let Type::Dict(key_type, value_type) = ty else {
            return Err(UNLIKE);
        };
        cx.deeper()?;
        // SAFETY: a new dict; it takes its own references.
        let dict = unsafe { Owned::take(ffi::PyDict_New())? };
        for (key, value) in self.iter() {
            let (key, value) = (key.to_py(key_type, cx)?, value.to_py(value_type, cx)?);
            // SAFETY: as above.
            done(unsafe { ffi::PyDict_SetItem(dict.raw(), key.raw(), value.raw()) })?;
        }
        cx.shallower();
        Ok(dict)
    }
}

impl<T: FromPy + Key> FromPy for Set<T> {
    fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
        let (class, item_type) = match ty {
            Type::Set(item) => (&raw mut ffi::PySet_Type, item),
            Type::FrozenSet(item) => (&raw mut ffi::PyFrozenSet_Type, item),
            _ => return Err(UNLIKE),
        };
        if object.class() != class {
            return Err(OTHER);
        }
        cx.deeper()?;
        let mut items = Self::new();
        // SAFETY: exactly a set; the iterator gives new references and notices changes itself.
        unsafe {
            let iterator = Owned::take(ffi::PyObject_GetIter(object.raw()))?;
            loop {
                let next = ffi::PyIter_Next(iterator.raw());
                if next.is_null() {
                    if !ffi::PyErr_Occurred().is_null() {
                        ffi::PyErr_Clear();
                        return Err(Cannot("a set that changed meanwhile"));
                    }
                    break;
                }
                let item = Owned::take(next)?;
                items.insert(T::from_py(item.borrow(), item_type, cx)?);
            }
        }
        cx.shallower();
        Ok(items)
    }
}

impl<T: ToPy + Key> ToPy for Set<T> {
    fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
        let (frozen, item_type) = match ty {
            Type::Set(item) => (false, item),
            Type::FrozenSet(item) => (true, item),
            _ => return Err(UNLIKE),
        };
        cx.deeper()?;
        // SAFETY: a new set nobody else has seen (adding to a fresh frozenset is allowed); it takes
        // its own references.
        unsafe {
            let nothing = std::ptr::null_mut();
            let set = Owned::take(if frozen {
                ffi::PyFrozenSet_New(nothing)
            } else {
                ffi::PySet_New(nothing)
            })?;
            for item in self.iter() {
                let item = item.to_py(item_type, cx)?;
                done(ffi::PySet_Add(set.raw(), item.raw()))?;
            }
            cx.shallower();
            Ok(set)
        }
    }
}
