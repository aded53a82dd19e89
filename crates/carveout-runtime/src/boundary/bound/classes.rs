//! What a class is, looked at once: how its objects are made, and which cannot be.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::exact::{fields_in_dict, has_dict};
use super::{Build, Entry, Place, lookup};
use crate::boundary::{Cannot, Crossed, Object, Owned};
use crate::schema::{Field, Shape, StructKind};

pub(super) fn attribute(object: Object<'_>, name: &CStr) -> Option<Owned> {
    // SAFETY: a live object and a C string.
    unsafe { Owned::take(ffi::PyObject_GetAttrString(object.raw(), name.as_ptr())).ok() }
}

pub(super) fn interned(name: &str) -> Crossed<Owned> {
    // SAFETY: under the GIL; interning replaces the reference by an equal one.
    unsafe {
        let mut text =
            ffi::PyUnicode_FromStringAndSize(name.as_ptr().cast(), name.len().cast_signed());
        if !text.is_null() {
            ffi::PyUnicode_InternInPlace(&raw mut text);
        }
        Owned::take(text)
    }
}

fn is_true(object: &Owned) -> bool {
    // SAFETY: a live object; a failing truth test counts as true, the careful answer here.
    unsafe {
        let truth = ffi::PyObject_IsTrue(object.raw());
        if truth < 0 {
            ffi::PyErr_Clear();
        }
        truth != 0
    }
}

/// Whether `class.__new__` is `object.__new__`: then zeroed memory is a fresh instance.
fn plain_new(class: Object<'_>) -> bool {
    // SAFETY: `object` is a static type.
    let object = unsafe { Object::new((&raw mut ffi::PyBaseObject_Type).cast()) };
    let theirs = attribute(class, c"__new__");
    let plain = object.and_then(|o| attribute(o, c"__new__"));
    matches!((theirs, plain), (Some(a), Some(b)) if a.raw() == b.raw())
}

/// `in_result`: objects of this class may come back to the caller.
pub(super) fn bind_entry(class: Object<'_>, shape: &Shape, in_result: bool) -> Crossed<Entry> {
    // SAFETY: a live object.
    if unsafe { ffi::PyType_Check(class.raw()) } == 0 {
        return Err(Cannot("not a class"));
    }
    match shape {
        Shape::Struct { kind, fields, .. } => {
            let places = fields
                .iter()
                .map(|f| {
                    Ok(Place {
                        name: interned(&f.name)?,
                        ty: f.ty.clone(),
                    })
                })
                .collect::<Crossed<Vec<_>>>()?;
            let build = match kind {
                StructKind::Dataclass if plain_new(class) => Build::Attributes,
                StructKind::Dataclass => Build::Cannot("a dataclass with a __new__ of its own"),
                StructKind::Object if plain_new(class) => Build::Attributes,
                StructKind::Object => Build::Cannot("a class with a __new__ of its own"),
                StructKind::NamedTuple => Build::NamedTuple,
                StructKind::TypedDict if fields.iter().all(|f| f.required) => Build::Dict,
                StructKind::TypedDict => {
                    return Err(Cannot("a TypedDict with keys that may be absent"));
                }
                StructKind::Msgspec => msgspec_build(class, fields),
                StructKind::Pydantic => pydantic_build(class),
            };
            Ok(Entry {
                class: class.hold(),
                build,
                // An attribute beside those of a plain class may stand before one of its methods.
                exact: (in_result || *kind == StructKind::Object)
                    && build != Build::Dict
                    && has_dict(class),
                in_dict: build != Build::NamedTuple && fields_in_dict(class, &places),
                fields: places,
                model: *kind == StructKind::Pydantic,
                members: Vec::new(),
            })
        }
        Shape::Enum { members, .. } => {
            let members = members
                .iter()
                .map(|(name, _)| {
                    let name = interned(name)?;
                    // SAFETY: a class and a str.
                    unsafe { Owned::take(ffi::PyObject_GetAttr(class.raw(), name.raw())) }
                })
                .collect::<Crossed<Vec<_>>>()?;
            let build = Build::Cannot("an enum is not built");
            Ok(Entry {
                class: class.hold(),
                build,
                exact: false,
                in_dict: false,
                fields: Vec::new(),
                model: false,
                members,
            })
        }
    }
}

/// Structs are made by calling the class: their memory is msgspec's own business.
fn msgspec_build(class: Object<'_>, fields: &[Field]) -> Build {
    if attribute(class, c"__post_init__").is_some() {
        return Build::Cannot("a Struct with __post_init__");
    }
    let keywords = attribute(class, c"__struct_config__")
        .and_then(|config| attribute(config.borrow(), c"kw_only"))
        .is_none_or(|flag| is_true(&flag));
    let ordered = attribute(class, c"__struct_fields__").is_some_and(|names| {
        // SAFETY: indexes are within the tuple's size.
        unsafe {
            ffi::PyTuple_Check(names.raw()) != 0
                && ffi::PyTuple_Size(names.raw()) == fields.len().cast_signed()
                && fields.iter().enumerate().all(|(i, field)| {
                    let item = ffi::PyTuple_GetItem(names.raw(), i.cast_signed());
                    interned(&field.name)
                        .is_ok_and(|name| ffi::PyUnicode_Compare(item, name.raw()) == 0)
                })
        }
    });
    // Fields that are keyword-only because of a base class fail a positional call, which then
    // cannot cross; by name always works.
    if keywords || !ordered || has_keyword_only_base(class) {
        Build::Keywords
    } else {
        Build::Positional
    }
}

fn has_keyword_only_base(class: Object<'_>) -> bool {
    let Some(mro) = attribute(class, c"__mro__") else {
        return true;
    };
    // SAFETY: `__mro__` of a class is a tuple.
    unsafe {
        (0..ffi::PyTuple_Size(mro.raw())).any(|i| {
            Object::new(ffi::PyTuple_GetItem(mro.raw(), i))
                .and_then(|base| attribute(base, c"__struct_config__"))
                .and_then(|config| attribute(config.borrow(), c"kw_only"))
                .is_some_and(|flag| is_true(&flag))
        })
    }
}

fn pydantic_build(class: Object<'_>) -> Build {
    if !plain_new(class) {
        return Build::Cannot("a model with a __new__ of its own");
    }
    if attribute(class, c"__private_attributes__").is_none_or(|p| is_true(&p)) {
        return Build::Cannot("a model with private attributes");
    }
    if attribute(class, c"__pydantic_post_init__").is_none_or(|p| is_true(&p)) {
        return Build::Cannot("a model with model_post_init");
    }
    let extra = attribute(class, c"model_config").and_then(|config| {
        // SAFETY: `model_config` is a dict.
        unsafe {
            if ffi::PyDict_Check(config.raw()) == 0 {
                return None;
            }
            lookup(config.borrow(), "extra").map(Object::hold)
        }
    });
    let allow = extra.is_some_and(|e| {
        // SAFETY: under the GIL.
        unsafe {
            ffi::PyUnicode_Check(e.raw()) != 0
                && ffi::PyUnicode_CompareWithASCIIString(e.raw(), c"allow".as_ptr()) == 0
        }
    });
    if allow {
        Build::Cannot("a model that takes extra fields")
    } else {
        Build::Pydantic
    }
}
