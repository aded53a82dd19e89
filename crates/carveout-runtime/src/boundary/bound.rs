//! What `bind` prepares once: classes, interned attribute names, enum members; and reading and
//! building structs with it.

mod classes;
mod exact;
mod slots;

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3_ffi as ffi;

use classes::{bind_entry, interned};
use exact::{dict_of, only_fields, reachable};
use slots::{attribute_of, new_of};

use super::objects::Objects;
use super::{Cannot, Crossed, FromPy, Object, Owned, ToPy, done};
use crate::schema::{Contract, Shape, Type};
use crate::wire::MAX_DEPTH;

/// Records walked in one call; a graph that unfolds beyond is not worth unfolding.
const MAX_RECORDS: u32 = 50_000_000;

/// How an object of a class is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Build {
    /// Allocate, then set attributes: dataclasses.
    Attributes,
    /// Call the class with the fields in order, or by name.
    Positional,
    Keywords,
    /// `tuple.__new__`.
    NamedTuple,
    /// A plain dict.
    Dict,
    /// Allocate, then set `__dict__` and Pydantic's own three slots.
    Pydantic,
    /// It can be read but not made.
    Cannot(&'static str),
}

/// One named type of the contract, bound to its class.
pub(super) struct Entry {
    class: Owned,
    build: Build,
    fields: Vec<Place>,
    /// A Pydantic model, which knows which of its fields were given.
    model: bool,
    /// Its `__dict__` has to hold its fields and nothing else.
    exact: bool,
    /// What lies in its `__dict__` is what its attributes are.
    in_dict: bool,
    /// Enum members in the contract's order.
    members: Vec<Owned>,
}

/// A field: its interned name and its type.
struct Place {
    name: Owned,
    ty: Type,
}

/// Everything `bind` was told.
pub(super) struct Bound {
    pub contract: Contract,
    pub entries: Vec<Entry>,
    pub classes: Owned,
    pub declined: Owned,
    pub failed: Owned,
    empty: Owned,
    fields_set: Owned,
    tuple_new: ffi::newfunc,
    object_new: ffi::newfunc,
}

/// A Rust type's link to a named type of the contract; a `static` in generated glue.
pub struct Slot {
    name: &'static str,
    fields: &'static [&'static str],
    members: usize,
    /// Index in the contract's table plus one, once checked.
    index: AtomicUsize,
}

impl Slot {
    #[must_use]
    pub const fn record(name: &'static str, fields: &'static [&'static str]) -> Self {
        Self {
            name,
            fields,
            members: 0,
            index: AtomicUsize::new(0),
        }
    }

    #[must_use]
    pub const fn choice(name: &'static str, members: usize) -> Self {
        Self {
            name,
            fields: &[],
            members,
            index: AtomicUsize::new(0),
        }
    }

    #[cold]
    fn check(&self, index: usize, contract: &Contract) -> Crossed<()> {
        let definition = &contract.types[index];
        let same = definition.name == self.name
            && match &definition.shape {
                Shape::Struct { fields, .. } => {
                    fields.len() == self.fields.len()
                        && fields
                            .iter()
                            .zip(self.fields)
                            .all(|(f, name)| same_name(&f.name, name))
                }
                Shape::Enum { members, .. } => members.len() == self.members,
            };
        if !same {
            return Err(Cannot("a type of the carving is not the contract's"));
        }
        self.index.store(index + 1, Ordering::Relaxed);
        Ok(())
    }
}

/// A Python name as Rust may write it: `type` as `r#type` or `type_`.
fn same_name(python: &str, rust: &str) -> bool {
    let rust = rust.strip_prefix("r#").unwrap_or(rust);
    python == rust || rust.strip_suffix('_') == Some(python)
}

/// The context of one call.
pub struct Cx<'b> {
    pub(super) bound: &'b Bound,
    depth: Cell<u32>,
    records: Cell<u32>,
    /// Which Python object each counted one is; empty unless there are any.
    pub(super) objects: Objects,
}

impl<'b> Cx<'b> {
    pub(super) fn new(bound: &'b Bound) -> Self {
        Self {
            bound,
            depth: Cell::new(0),
            records: Cell::new(0),
            objects: Objects::default(),
        }
    }

    #[inline]
    fn entry(&self, ty: &Type, slot: &Slot) -> Crossed<&'b Entry> {
        let Type::Ref(index) = *ty else {
            return Err(Cannot("a type of the carving is not the contract's"));
        };
        if slot.index.load(Ordering::Relaxed) != index + 1 {
            slot.check(index, &self.bound.contract)?;
        }
        Ok(&self.bound.entries[index])
    }

    #[inline]
    pub(super) fn deeper(&self) -> Crossed<()> {
        let depth = self.depth.get() + 1;
        self.depth.set(depth);
        if depth > MAX_DEPTH {
            Err(Cannot("nested too deep"))
        } else {
            Ok(())
        }
    }

    #[inline]
    pub(super) fn shallower(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// Begins reading a struct.
    #[inline]
    pub fn open<'c>(&'c self, object: Object<'c>, ty: &Type, slot: &Slot) -> Crossed<Fields<'c>> {
        let entry = self.entry(ty, slot)?;
        let class = if entry.build == Build::Dict {
            &raw mut ffi::PyDict_Type
        } else {
            entry.class.raw().cast()
        };
        if object.class() != class {
            return Err(Cannot("an object of another class"));
        }
        if entry.build == Build::Dict {
            as_declared(object, &entry.fields)?;
        }
        if entry.build == Build::NamedTuple {
            // SAFETY: a tuple of a subclass.
            let len = unsafe { ffi::PyTuple_Size(object.raw()) };
            if usize::try_from(len) != Ok(entry.fields.len()) {
                return Err(Cannot("a named tuple with another number of items"));
            }
        }
        if entry.model {
            self.all_given(object, entry.fields.len())?;
        }
        let dict = if entry.exact && entry.in_dict {
            Some(dict_of(object)?)
        } else {
            if entry.exact {
                only_fields(object, entry)?;
            }
            None
        };
        self.records.set(self.records.get() + 1);
        if self.records.get() > MAX_RECORDS {
            return Err(Cannot("too many objects"));
        }
        self.deeper()?;
        Ok(Fields {
            cx: self,
            object,
            get: if dict.is_some() {
                ffi::PyObject_GetAttr
            } else {
                attribute_of(object)
            },
            entry,
            dict,
            found: 0,
            rest: entry.fields.iter(),
            at: 0,
        })
    }

    /// A model remembers which fields were left to their defaults; a struct of the carving's can't.
    fn all_given(&self, object: Object<'_>, fields: usize) -> Crossed<()> {
        // SAFETY: a live object and a str; a set is held while it is asked.
        let given = unsafe {
            let set = Owned::take(ffi::PyObject_GetAttr(
                object.raw(),
                self.bound.fields_set.raw(),
            ))?;
            let size = ffi::PySet_Size(set.raw());
            ffi::PyErr_Clear();
            size
        };
        if usize::try_from(given) == Ok(fields) {
            Ok(())
        } else {
            Err(Cannot("a model with fields left to their defaults"))
        }
    }

    /// Begins building a struct.
    #[inline]
    pub fn build<'c>(&'c self, ty: &Type, slot: &Slot) -> Crossed<Building<'c>> {
        let entry = self.entry(ty, slot)?;
        // SAFETY: under the GIL; `bind` checked that a class built by attributes has `object`'s
        // `__new__`.
        let object = unsafe {
            Owned::take(match entry.build {
                // Not `PyType_GenericAlloc`: in 3.11 its instances lack the inline values that make
                // setting and reading attributes twice as fast.
                Build::Attributes => (self.bound.object_new)(
                    entry.class.raw().cast(),
                    self.bound.empty.raw(),
                    std::ptr::null_mut(),
                ),
                Build::Positional | Build::NamedTuple => {
                    ffi::PyTuple_New(entry.fields.len().cast_signed())
                }
                Build::Keywords | Build::Dict | Build::Pydantic => ffi::PyDict_New(),
                Build::Cannot(why) => return Err(Cannot(why)),
            })?
        };
        self.deeper()?;
        Ok(Building {
            cx: self,
            entry,
            rest: entry.fields.iter(),
            at: 0,
            object,
        })
    }

    /// The index of an enum member.
    #[inline]
    pub fn member(&self, object: Object<'_>, ty: &Type, slot: &Slot) -> Crossed<usize> {
        let entry = self.entry(ty, slot)?;
        let found = entry.members.iter().position(|m| m.raw() == object.raw());
        found.ok_or(Cannot("not a member of the enum"))
    }

    /// The enum member of an index.
    #[inline]
    pub fn choose(&self, index: usize, ty: &Type, slot: &Slot) -> Crossed<Owned> {
        let entry = self.entry(ty, slot)?;
        let member = entry
            .members
            .get(index)
            .ok_or(Cannot("not a member of the enum"))?;
        Ok(member.borrow().hold())
    }

    /// The names of a struct's fields, as interned strs.
    pub(super) fn field_names(&self, index: usize) -> impl Iterator<Item = *mut ffi::PyObject> {
        self.bound.entries[index]
            .fields
            .iter()
            .map(|p| p.name.raw())
    }

    pub(super) fn empty_tuple(&self) -> Owned {
        self.bound.empty.borrow().hold()
    }
}

/// A struct being read, field by field.
pub struct Fields<'c> {
    cx: &'c Cx<'c>,
    object: Object<'c>,
    /// The class's own way to an attribute.
    get: ffi::getattrofunc,
    entry: &'c Entry,
    /// Where its fields lie, and how many were found there: if it holds more, a copy would lack it.
    dict: Option<Owned>,
    found: isize,
    rest: std::slice::Iter<'c, Place>,
    at: isize,
}

impl Fields<'_> {
    /// The next field.
    #[inline]
    pub fn read<T: FromPy>(&mut self) -> Crossed<T> {
        let Some(Place { name, ty }) = self.rest.next() else {
            return Err(Cannot("a type of the carving is not the contract's"));
        };
        let at = self.at;
        self.at += 1;
        // SAFETY: the object is alive and of the entry's class; every result is held until it is
        // converted.
        let value = unsafe {
            match self.entry.build {
                Build::NamedTuple => {
                    let item = ffi::PyTuple_GetItem(self.object.raw(), at);
                    Object::new(item).map(Object::hold)
                }
                Build::Dict => {
                    let item = ffi::PyDict_GetItemWithError(self.object.raw(), name.raw());
                    Object::new(item).map(Object::hold)
                }
                _ => {
                    let item = self.dict.as_ref().and_then(|dict| {
                        Object::new(ffi::PyDict_GetItemWithError(dict.raw(), name.raw()))
                    });
                    match item {
                        Some(item) => {
                            self.found += 1;
                            Some(item.hold())
                        }
                        // Without a dict, in a slot, or a default that lives on the class.
                        None => {
                            ffi::PyErr_Clear();
                            Owned::take((self.get)(self.object.raw(), name.raw())).ok()
                        }
                    }
                }
            }
        };
        let Some(value) = value else {
            // SAFETY: the GIL is held.
            unsafe { ffi::PyErr_Clear() };
            return Err(Cannot("an object without one of its fields"));
        };
        T::from_py(value.borrow(), ty, self.cx)
    }

    #[inline]
    pub fn close(self) -> Crossed<()> {
        self.cx.shallower();
        if let Some(dict) = &self.dict
            // SAFETY: exactly a dict.
            && unsafe { ffi::PyDict_Size(dict.raw()) } != self.found
        {
            only_fields(self.object, self.entry)?;
        }
        Ok(())
    }
}

/// A struct being built, field by field.
pub struct Building<'c> {
    cx: &'c Cx<'c>,
    entry: &'c Entry,
    rest: std::slice::Iter<'c, Place>,
    at: isize,
    object: Owned,
}

impl Building<'_> {
    /// The next field.
    #[inline]
    pub fn put<T: ToPy>(&mut self, value: &T) -> Crossed<()> {
        let Some(Place { name, ty }) = self.rest.next() else {
            return Err(Cannot("a type of the carving is not the contract's"));
        };
        let at = self.at;
        self.at += 1;
        let value = value.to_py(ty, self.cx)?;
        let object = self.object.raw();
        // SAFETY: `object` is what `build` made for this kind: an instance, a tuple nobody else
        // has seen, or a dict.
        done(unsafe {
            match self.entry.build {
                Build::Attributes => ffi::PyObject_GenericSetAttr(object, name.raw(), value.raw()),
                Build::Positional | Build::NamedTuple => {
                    ffi::PyTuple_SetItem(object, at, value.into_raw())
                }
                _ => ffi::PyDict_SetItem(object, name.raw(), value.raw()),
            }
        })
    }

    /// The finished object.
    pub fn finish(self) -> Crossed<Owned> {
        self.cx.shallower();
        let class = self.entry.class.raw();
        // SAFETY: classes and tuples of the right kinds, under the GIL.
        unsafe {
            match self.entry.build {
                Build::Attributes | Build::Dict => Ok(self.object),
                Build::Positional => Owned::take(ffi::PyObject_Call(
                    class,
                    self.object.raw(),
                    std::ptr::null_mut(),
                )),
                Build::Keywords => {
                    let empty = self.cx.empty_tuple();
                    Owned::take(ffi::PyObject_Call(class, empty.raw(), self.object.raw()))
                }
                Build::NamedTuple => {
                    let args = Owned::take(ffi::PyTuple_New(1))?;
                    done(ffi::PyTuple_SetItem(args.raw(), 0, self.object.into_raw()))?;
                    let made =
                        (self.cx.bound.tuple_new)(class.cast(), args.raw(), std::ptr::null_mut());
                    Owned::take(made)
                }
                Build::Pydantic => {
                    let model = Owned::take(ffi::PyType_GenericAlloc(class.cast(), 0))?;
                    let set = Owned::take(ffi::PySet_New(self.object.raw()))?;
                    let none = ffi::Py_None();
                    for (name, value) in [
                        (c"__dict__", self.object.raw()),
                        (c"__pydantic_fields_set__", set.raw()),
                        (c"__pydantic_extra__", none),
                        (c"__pydantic_private__", none),
                    ] {
                        let name = Owned::take(ffi::PyUnicode_InternFromString(name.as_ptr()))?;
                        done(ffi::PyObject_GenericSetAttr(model.raw(), name.raw(), value))?;
                    }
                    Ok(model)
                }
                Build::Cannot(why) => Err(Cannot(why)),
            }
        }
    }
}

impl Bound {
    /// Looks every named type up in `classes`, a dict.
    pub(super) fn new(
        contract: Contract,
        classes: Object<'_>,
        declined: Object<'_>,
        failed: Object<'_>,
    ) -> Result<Self, String> {
        let mut entries = Vec::with_capacity(contract.types.len());
        let in_result = reachable(&contract);
        for (definition, in_result) in contract.types.iter().zip(in_result) {
            let class = lookup(classes, &definition.name)
                .ok_or_else(|| format!("bind: no class for {}", definition.name))?;
            let entry = bind_entry(class, &definition.shape, in_result);
            entries.push(entry.map_err(|Cannot(why)| format!("bind: {}: {why}", definition.name))?);
        }
        // SAFETY: under the GIL; both are static types.
        let (empty, tuple_new, object_new) = unsafe {
            (
                Owned::take(ffi::PyTuple_New(0)).map_err(|c| c.0.to_owned())?,
                new_of(&raw mut ffi::PyTuple_Type)?,
                new_of(&raw mut ffi::PyBaseObject_Type)?,
            )
        };
        Ok(Self {
            contract,
            entries,
            classes: classes.hold(),
            declined: declined.hold(),
            failed: failed.hold(),
            empty,
            fields_set: interned("__pydantic_fields_set__").map_err(|c| c.0.to_owned())?,
            tuple_new,
            object_new,
        })
    }
}

/// Whether a dict has these keys, in this order: another one can be seen, and would get lost.
fn as_declared(dict: Object<'_>, fields: &[Place]) -> Crossed<()> {
    let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    for place in fields {
        // SAFETY: exactly a dict, whose keys are borrowed while nothing else runs: comparing two
        // exact strs runs no code of anybody's.
        let same = unsafe {
            ffi::PyDict_Next(dict.raw(), &raw mut at, &raw mut key, &raw mut value) != 0
                && (key == place.name.raw()
                    || ffi::Py_TYPE(key) == &raw mut ffi::PyUnicode_Type
                        && ffi::PyUnicode_Compare(key, place.name.raw()) == 0)
        };
        if !same {
            return Err(Cannot("a TypedDict with other keys, or in another order"));
        }
    }
    // SAFETY: exactly a dict.
    if usize::try_from(unsafe { ffi::PyDict_Size(dict.raw()) }) == Ok(fields.len()) {
        Ok(())
    } else {
        Err(Cannot("a TypedDict with other keys"))
    }
}

/// An item of a dict with str keys.
pub(super) fn lookup<'a>(dict: Object<'a>, key: &str) -> Option<Object<'a>> {
    // SAFETY: under the GIL; the dict keeps what it holds alive, and nobody changes it meanwhile.
    unsafe {
        let key = Owned::take(ffi::PyUnicode_FromStringAndSize(
            key.as_ptr().cast(),
            key.len().cast_signed(),
        ))
        .ok()?;
        let found = ffi::PyDict_GetItemWithError(dict.raw(), key.raw());
        if found.is_null() {
            ffi::PyErr_Clear();
        }
        Object::new(found)
    }
}
