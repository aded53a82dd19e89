//! Plain values across the boundary, each checked to be of exactly its type.

use std::ffi::c_int;

use pyo3_ffi as ffi;

use super::{Cannot, Crossed, Cx, FromPy, Object, Owned, ToPy, done};
use crate::Num;
use crate::schema::Type;

const OTHER: Cannot = Cannot("an object of another type");
const UNLIKE: Cannot = Cannot("a type of the carving is not the contract's");

impl FromPy for i64 {
    #[inline]
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Int) {
            return Err(UNLIKE);
        }
        if object.class() != &raw mut ffi::PyLong_Type {
            return Err(OTHER);
        }
        let mut overflow = 0;
        // SAFETY: exactly an int; with that, -1 without overflow is just -1.
        let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(object.raw(), &raw mut overflow) };
        if overflow == 0 {
            Ok(value)
        } else {
            Err(Cannot("an int beyond 64 bits"))
        }
    }
}

impl ToPy for i64 {
    #[inline]
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Int) {
            return Err(UNLIKE);
        }
        // SAFETY: under the GIL.
        unsafe { Owned::take(ffi::PyLong_FromLongLong(*self)) }
    }
}

/// An int of any size as Python's `hex()` writes it; None if it is no int.
#[cfg(feature = "big")]
pub(crate) fn long_to_hex(object: Object<'_>, ty: &Type) -> Option<String> {
    if !matches!(ty, Type::Int) || object.class() != &raw mut ffi::PyLong_Type {
        return None;
    }
    // SAFETY: exactly an int; the text is read while it is held, and is ASCII.
    unsafe {
        let text = Owned::take(ffi::PyNumber_ToBase(object.raw(), 16)).ok()?;
        let mut size = 0;
        let data = ffi::PyUnicode_AsUTF8AndSize(text.raw(), &raw mut size);
        if data.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let bytes = std::slice::from_raw_parts(data.cast::<u8>(), size.cast_unsigned());
        String::from_utf8(bytes.to_vec()).ok()
    }
}

/// The int of hexadecimal digits.
#[cfg(feature = "big")]
pub(crate) fn long_from_hex(digits: &str, ty: &Type) -> Crossed<Owned> {
    if !matches!(ty, Type::Int) {
        return Err(UNLIKE);
    }
    let text = std::ffi::CString::new(digits).map_err(|_| UNLIKE)?;
    // SAFETY: a text that ends with NUL, under the GIL.
    unsafe {
        Owned::take(ffi::PyLong_FromString(
            text.as_ptr(),
            std::ptr::null_mut(),
            16,
        ))
    }
}

impl FromPy for f64 {
    #[inline]
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Float) {
            return Err(UNLIKE);
        }
        if object.class() != &raw mut ffi::PyFloat_Type {
            return Err(OTHER);
        }
        // SAFETY: exactly a float, so this cannot raise.
        Ok(unsafe { ffi::PyFloat_AsDouble(object.raw()) })
    }
}

impl ToPy for f64 {
    #[inline]
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Float) {
            return Err(UNLIKE);
        }
        // SAFETY: under the GIL.
        unsafe { Owned::take(ffi::PyFloat_FromDouble(*self)) }
    }
}

/// Whether a contract's type holds numbers: `float`, in place of which an int may stand, or both.
fn numbers(ty: &Type) -> bool {
    match ty {
        Type::Float => true,
        Type::Union(members) => matches!(members[..], [Type::Float, Type::Int]),
        _ => false,
    }
}

/// Python's own object decides whether it is an int or a float.
impl FromPy for Num {
    #[inline]
    fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
        if !numbers(ty) {
            return Err(UNLIKE);
        }
        if object.class() == &raw mut ffi::PyLong_Type {
            return i64::from_py(object, &Type::Int, cx).map(Self::Int);
        }
        f64::from_py(object, &Type::Float, cx).map(Self::Float)
    }
}

impl ToPy for Num {
    #[inline]
    fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
        if !numbers(ty) {
            return Err(UNLIKE);
        }
        match self {
            Self::Int(value) => value.to_py(&Type::Int, cx),
            Self::Float(value) => value.to_py(&Type::Float, cx),
        }
    }
}

impl FromPy for bool {
    #[inline]
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        if !matches!(ty, Type::Bool) {
            return Err(UNLIKE);
        }
        // SAFETY: the two singletons.
        let (yes, no) = unsafe { (ffi::Py_True(), ffi::Py_False()) };
        match object.raw() {
            o if o == yes => Ok(true),
            o if o == no => Ok(false),
            _ => Err(OTHER),
        }
    }
}

impl ToPy for bool {
    #[inline]
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if !matches!(ty, Type::Bool) {
            return Err(UNLIKE);
        }
        // SAFETY: under the GIL.
        unsafe { Owned::take(ffi::PyBool_FromLong(c_int::from(*self).into())) }
    }
}

fn none() -> Crossed<Owned> {
    // SAFETY: under the GIL.
    unsafe { Owned::take(ffi::Py_NewRef(ffi::Py_None())) }
}

fn is_none(object: Object<'_>) -> bool {
    // SAFETY: the singleton.
    object.raw() == unsafe { ffi::Py_None() }
}

impl FromPy for () {
    fn from_py(object: Object<'_>, ty: &Type, _: &Cx<'_>) -> Crossed<Self> {
        match ty {
            Type::None if is_none(object) => Ok(()),
            Type::None => Err(OTHER),
            _ => Err(UNLIKE),
        }
    }
}

impl ToPy for () {
    fn to_py(&self, ty: &Type, _: &Cx<'_>) -> Crossed<Owned> {
        if matches!(ty, Type::None) {
            none()
        } else {
            Err(UNLIKE)
        }
    }
}

impl<T: FromPy> FromPy for Option<T> {
    #[inline]
    fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
        let Type::Optional(item) = ty else {
            return Err(UNLIKE);
        };
        if is_none(object) {
            Ok(None)
        } else {
            T::from_py(object, item, cx).map(Some)
        }
    }
}

impl<T: ToPy> ToPy for Option<T> {
    #[inline]
    fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
        let Type::Optional(item) = ty else {
            return Err(UNLIKE);
        };
        self.as_ref()
            .map_or_else(none, |value| value.to_py(item, cx))
    }
}

impl<T: FromPy> FromPy for Box<T> {
    fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
        T::from_py(object, ty, cx).map(Self::new)
    }
}

impl<T: ToPy> ToPy for Box<T> {
    fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
        T::to_py(self, ty, cx)
    }
}

impl<T: FromPy> FromPy for Vec<T> {
    fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
        let raw = object.raw();
        cx.deeper()?;
        // SAFETY: exactly a list or tuple; an item is held while it is converted, and an index is
        // checked by Python against the size of that moment.
        let items = unsafe {
            match ty {
                Type::List(item) => {
                    if object.class() != &raw mut ffi::PyList_Type {
                        return Err(OTHER);
                    }
                    let len = ffi::PyList_Size(raw);
                    let mut items = Self::with_capacity(len.cast_unsigned());
                    for i in 0..len {
                        let Some(value) =
                            Object::new(ffi::PyList_GetItem(raw, i)).map(Object::hold)
                        else {
                            ffi::PyErr_Clear();
                            return Err(Cannot("a list that changed meanwhile"));
                        };
                        items.push(T::from_py(value.borrow(), item, cx)?);
                    }
                    if ffi::PyList_Size(raw) != len {
                        return Err(Cannot("a list that changed meanwhile"));
                    }
                    items
                }
                Type::VarTuple(item) => {
                    if object.class() != &raw mut ffi::PyTuple_Type {
                        return Err(OTHER);
                    }
                    let len = ffi::PyTuple_Size(raw);
                    let mut items = Self::with_capacity(len.cast_unsigned());
                    for i in 0..len {
                        let value = Object::new(ffi::PyTuple_GetItem(raw, i)).ok_or(OTHER)?;
                        items.push(T::from_py(value, item, cx)?);
                    }
                    items
                }
                _ => return Err(UNLIKE),
            }
        };
        cx.shallower();
        Ok(items)
    }
}

impl<T: ToPy> ToPy for Vec<T> {
    fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
        cx.deeper()?;
        let len = self.len().cast_signed();
        // SAFETY: a new list or tuple nobody else has seen, each place filled once.
        let made = unsafe {
            match ty {
                Type::List(item) => {
                    let list = Owned::take(ffi::PyList_New(len))?;
                    for (i, value) in self.iter().enumerate() {
                        let value = value.to_py(item, cx)?.into_raw();
                        done(ffi::PyList_SetItem(list.raw(), i.cast_signed(), value))?;
                    }
                    list
                }
                Type::VarTuple(item) => {
                    let tuple = Owned::take(ffi::PyTuple_New(len))?;
                    for (i, value) in self.iter().enumerate() {
                        let value = value.to_py(item, cx)?.into_raw();
                        done(ffi::PyTuple_SetItem(tuple.raw(), i.cast_signed(), value))?;
                    }
                    tuple
                }
                _ => return Err(UNLIKE),
            }
        };
        cx.shallower();
        Ok(made)
    }
}

macro_rules! tuples {
    ($(($len:literal: $($name:ident . $at:tt),+))+) => {$(
        impl<$($name: FromPy),+> FromPy for ($($name,)+) {
            fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
                let Type::Tuple(items) = ty else { return Err(UNLIKE) };
                if items.len() != $len {
                    return Err(UNLIKE);
                }
                // SAFETY: exactly a tuple of this length, alive for this call.
                unsafe {
                    if object.class() != &raw mut ffi::PyTuple_Type
                        || ffi::PyTuple_Size(object.raw()) != $len
                    {
                        return Err(OTHER);
                    }
                    cx.deeper()?;
                    let value = ($({
                        let item = Object::new(ffi::PyTuple_GetItem(object.raw(), $at)).ok_or(OTHER)?;
                        $name::from_py(item, &items[$at], cx)?
                    },)+);
                    cx.shallower();
                    Ok(value)
                }
            }
        }

        impl<$($name: ToPy),+> ToPy for ($($name,)+) {
            fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
                let Type::Tuple(items) = ty else { return Err(UNLIKE) };
                if items.len() != $len {
                    return Err(UNLIKE);
                }
                cx.deeper()?;
                // SAFETY: a new tuple nobody else has seen, each place filled once.
                let made = unsafe {
                    let tuple = Owned::take(ffi::PyTuple_New($len))?;
                    $(
                        let value = self.$at.to_py(&items[$at], cx)?.into_raw();
                        done(ffi::PyTuple_SetItem(tuple.raw(), $at, value))?;
                    )+
                    tuple
                };
                cx.shallower();
                Ok(made)
            }
        }
    )+};
}

tuples! {
    (1: A.0)
    (2: A.0, B.1)
    (3: A.0, B.1, C.2)
    (4: A.0, B.1, C.2, D.3)
    (5: A.0, B.1, C.2, D.3, E.4)
    (6: A.0, B.1, C.2, D.3, E.4, F.5)
    (7: A.0, B.1, C.2, D.3, E.4, F.5, G.6)
    (8: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7)
    (9: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8)
    (10: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9)
    (11: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10)
    (12: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11)
}
