//! Objects with an identity: which Python object a counted one is, and how it is changed in place.
//!
//! An argument that the carving may change or give back comes in as a `Shared`. The same Python object
//! always becomes the same one, and goes out as itself; what was opened for a change is written back
//! into it when the call has ended.
//!
//! Invariants: nothing is written back unless all of it can be; a call that declines changed nothing.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;

use pyo3_ffi as ffi;

use super::{Cannot, Crossed, Cx, FromPy, Object, Owned, ToPy, done};
use crate::Shared;
use crate::schema::{Shape, Type};
use crate::shared::Clear;

/// The objects of one call.
#[derive(Default)]
pub(super) struct Objects {
    came: RefCell<Vec<Came>>,
    /// Made at the first: seeding a hash costs more than a call.
    known: RefCell<Option<Known>>,
}

#[derive(Default)]
struct Known {
    /// Index in `came` of each Python object that came in.
    by_python: HashMap<usize, usize>,
    /// The Python object of each counted one.
    by_identity: HashMap<usize, Owned>,
}

/// A Python object and what it became.
struct Came {
    object: Owned,
    /// A type of the bound contract, which is never freed.
    ty: *const Type,
    handle: Box<dyn Handle>,
}

/// A `Shared` of any kind.
trait Handle {
    fn edited(&self) -> bool;
    /// What it holds by now, as a new Python object.
    fn anew(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned>;
    fn any(&self) -> &dyn Any;
}

impl<T: ToPy + 'static> Handle for Shared<T> {
    fn edited(&self) -> bool {
        Self::edited(self)
    }

    fn anew(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
        self.look().map_err(|_| IN_USE)?.to_py(ty, cx)
    }

    fn any(&self) -> &dyn Any {
        self
    }
}

const IN_USE: Cannot = Cannot("an object in use");

impl Objects {
    pub(super) fn is_empty(&self) -> bool {
        self.came.borrow().is_empty()
    }
}

impl<T: FromPy + ToPy + Clear + 'static> FromPy for Shared<T> {
    fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
        let place = object.raw().addr();
        if let Some(known) = &*cx.objects.known.borrow()
            && let Some(&at) = known.by_python.get(&place)
        {
            let came = cx.objects.came.borrow();
            let handle = came[at].handle.any().downcast_ref::<Self>();
            return handle
                .cloned()
                .ok_or(Cannot("an object that stands for two types"));
        }
        let made = Self::adopted(T::from_py(object, ty, cx)?);
        let mut came = cx.objects.came.borrow_mut();
        let mut known = cx.objects.known.borrow_mut();
        let known = known.get_or_insert_default();
        known.by_python.insert(place, came.len());
        known.by_identity.insert(made.identity(), object.hold());
        came.push(Came {
            object: object.hold(),
            ty,
            handle: Box::new(made.clone()),
        });
        Ok(made)
    }
}

impl<T: ToPy + 'static> ToPy for Shared<T> {
    fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
        let identity = self.identity();
        if let Some(known) = &*cx.objects.known.borrow()
            && let Some(object) = known.by_identity.get(&identity)
        {
            return Ok(object.borrow().hold());
        }
        let made = self.look().map_err(|_| IN_USE)?.to_py(ty, cx)?;
        let mut known = cx.objects.known.borrow_mut();
        let known = known.get_or_insert_default();
        known.by_identity.insert(identity, made.borrow().hold());
        Ok(made)
    }
}

impl Cx<'_> {
    /// Writes what was changed back into the objects that came in.
    pub(super) fn give_back(&self) -> Crossed<()> {
        let came = self.objects.came.borrow();
        let mut changes = Vec::new();
        for object in came.iter().filter(|object| object.handle.edited()) {
            // SAFETY: types of the bound contract are never freed.
            let ty = unsafe { &*object.ty };
            let anew = object.handle.anew(ty, self)?;
            changes.push((object, ty, anew));
        }
        for (came, ty, anew) in changes {
            self.rewrite(came.object.borrow(), anew.borrow(), ty)?;
        }
        Ok(())
    }

    /// Makes `object` hold what `anew`, of the same type, holds.
    fn rewrite(&self, object: Object<'_>, anew: Object<'_>, ty: &Type) -> Crossed<()> {
        let (object, anew) = (object.raw(), anew.raw());
        // SAFETY: both were checked to be exactly of the type when they were read or made.
        unsafe {
            match ty {
                Type::List(_) => done(ffi::PyList_SetSlice(
                    object,
                    0,
                    ffi::PyList_Size(object),
                    anew,
                )),
                Type::Dict(..) => {
                    ffi::PyDict_Clear(object);
                    done(ffi::PyDict_Update(object, anew))
                }
                Type::Set(_) => {
                    done(ffi::PySet_Clear(object))?;
                    let name = Owned::take(ffi::PyUnicode_InternFromString(c"update".as_ptr()))?;
                    let method = Owned::take(ffi::PyObject_GetAttr(object, name.raw()))?;
                    Owned::take(ffi::PyObject_CallFunctionObjArgs(
                        method.raw(),
                        anew,
                        std::ptr::null_mut::<ffi::PyObject>(),
                    ))
                    .map(drop)
                }
                Type::Ref(index) => {
                    let Shape::Struct { .. } = self.bound.contract.shape(*index) else {
                        return Err(Cannot("an object that cannot change"));
                    };
                    if ffi::PyDict_CheckExact(object) != 0 {
                        return done(ffi::PyDict_Update(object, anew));
                    }
                    for name in self.field_names(*index) {
                        let value = Owned::take(ffi::PyObject_GetAttr(anew, name))?;
                        done(ffi::PyObject_SetAttr(object, name, value.raw()))?;
                    }
                    Ok(())
                }
                _ => Err(Cannot("an object that cannot change")),
            }
        }
    }
}
