//! Python objects to the wire, exactly: carried, or refused with the path to what can't cross.
//!
//! Here: containers, and which of the rest's files a value is for.
mod library;
mod scalar;
mod structs;

use carveout_runtime::schema::StructKind;
use carveout_runtime::wire::Writer;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple,
};

use super::plan::{Named, Node, Plan};
pub use scalar::write_scalar;
use scalar::{write_int, write_str};

/// Why a value was not encoded.
pub enum Refused {
    CannotCross {
        path: String,
        reason: String,
    },
    /// More bytes than the caller wants to keep.
    TooLarge,
    /// A property or descriptor of the value raised.
    Python(PyErr),
}

impl From<PyErr> for Refused {
    fn from(error: PyErr) -> Self {
        Refused::Python(error)
    }
}

pub type Result<T> = std::result::Result<T, Refused>;

pub fn cannot<T>(reason: impl Into<String>) -> Result<T> {
    Err(Refused::CannotCross {
        path: String::new(),
        reason: reason.into(),
    })
}

/// Puts one more step in front of the path of a refusal.
pub fn at<T>(result: Result<T>, step: impl FnOnce() -> String) -> Result<T> {
    result.map_err(|refused| match refused {
        Refused::CannotCross { path, reason } => Refused::CannotCross {
            path: step() + &path,
            reason,
        },
        other => other,
    })
}

pub struct Encoder<'a, 'w> {
    pub plan: &'a Plan,
    pub writer: Writer<'w>,
    pub limit: usize,
}

#[inline]
fn is_type(object: &Bound<'_, PyAny>, class: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: the object is live; reading its type needs nothing else.
    unsafe { ffi::Py_TYPE(object.as_ptr()) == class }
}

#[inline]
fn is_class<T>(object: &Bound<'_, PyAny>, class: &Py<T>) -> bool {
    is_type(object, class.as_ptr().cast())
}

fn mismatch<T>(object: &Bound<'_, PyAny>, expected: &str) -> Result<T> {
    let name = object
        .get_type()
        .fully_qualified_name()
        .map_or_else(|_| "an object".to_owned(), |n| n.to_string());
    cannot(format!("{name} where exactly {expected} is declared"))
}

fn short_repr(object: &Bound<'_, PyAny>) -> String {
    let text = object
        .repr()
        .map_or_else(|_| "?".to_owned(), |r| r.to_string());
    text.chars().take(60).collect()
}

impl<'py> Encoder<'_, '_> {
    fn enter(&mut self) -> Result<()> {
        if self.writer.len() > self.limit {
            return Err(Refused::TooLarge);
        }
        if self.writer.enter() {
            Ok(())
        } else {
            cannot("nested deeper than 200")
        }
    }

    fn check_size(&self) -> Result<()> {
        if self.writer.len() > self.limit {
            Err(Refused::TooLarge)
        } else {
            Ok(())
        }
    }

    /// Whether the value is at first sight of this type: enough to choose a union's member.
    fn suits(&self, node: &Node, value: &Bound<'py, PyAny>) -> bool {
        let lib = &self.plan.library;
        match node {
            Node::None => value.is_none(),
            Node::Bool => value.is_exact_instance_of::<PyBool>(),
            Node::Int => value.is_exact_instance_of::<PyInt>(),
            Node::Float => value.is_exact_instance_of::<PyFloat>(),
            Node::Str => value.is_exact_instance_of::<PyString>(),
            Node::Bytes => value.is_exact_instance_of::<PyBytes>(),
            Node::Date => is_class(value, &lib.date),
            Node::Datetime => is_class(value, &lib.datetime),
            Node::Time => is_class(value, &lib.time),
            Node::Timedelta => is_class(value, &lib.timedelta),
            Node::Uuid => is_class(value, &lib.uuid),
            Node::Decimal => is_class(value, &lib.decimal),
            Node::List(_) => value.is_exact_instance_of::<PyList>(),
            Node::Set(_) => value.is_exact_instance_of::<PySet>(),
            Node::FrozenSet(_) => value.is_exact_instance_of::<PyFrozenSet>(),
            Node::VarTuple(_) | Node::Tuple(_) => value.is_exact_instance_of::<PyTuple>(),
            Node::Dict(..) => value.is_exact_instance_of::<PyDict>(),
            Node::Optional(item) => value.is_none() || self.suits(item, value),
            Node::Union(members) => members.iter().any(|m| self.suits(m, value)),
            Node::Literal(values) => literal_index(values, value).is_some(),
            Node::Ref(index) => match &self.plan.named[*index] {
                Named::Struct {
                    kind: StructKind::TypedDict,
                    ..
                } => value.is_exact_instance_of::<PyDict>(),
                Named::Struct { class, .. } | Named::Enum { class, .. } => is_class(value, class),
            },
        }
    }

    pub fn value(&mut self, node: &Node, value: &Bound<'py, PyAny>) -> Result<()> {
        match node {
            Node::None => {
                if !value.is_none() {
                    return mismatch(value, "None");
                }
                self.writer.nil();
            }
            Node::Bool => {
                let Ok(value) = value.cast_exact::<PyBool>() else {
                    return mismatch(value, "bool");
                };
                self.writer.bool(value.is_true());
            }
            Node::Int => {
                let Ok(value) = value.cast_exact::<PyInt>() else {
                    return mismatch(value, "int");
                };
                write_int(&mut self.writer, value)?;
            }
            Node::Float => {
                let Ok(value) = value.cast_exact::<PyFloat>() else {
                    return mismatch(value, "float");
                };
                self.writer.f64(value.value());
            }
            Node::Str => {
                let Ok(value) = value.cast_exact::<PyString>() else {
                    return mismatch(value, "str");
                };
                write_str(&mut self.writer, value)?;
            }
            Node::Bytes => {
                let Ok(value) = value.cast_exact::<PyBytes>() else {
                    return mismatch(value, "bytes");
                };
                let bytes = value.as_bytes();
                if bytes.len() > self.limit {
                    return Err(Refused::TooLarge);
                }
                if bytes.len() > u32::MAX as usize {
                    return cannot("longer than 4 GiB");
                }
                self.writer.bin(bytes);
            }
            Node::List(item) => {
                let Ok(list) = value.cast_exact::<PyList>() else {
                    return mismatch(value, "list");
                };
                self.enter()?;
                let len = list.len();
                self.writer.array(len);
                for (index, value) in list.iter().enumerate() {
                    at(self.value(item, &value), || format!("[{index}]"))?;
                    self.check_size()?;
                }
                if list.len() != len {
                    return cannot("changed while it was being read");
                }
                self.writer.leave();
            }
            Node::VarTuple(item) => {
                let Ok(tuple) = value.cast_exact::<PyTuple>() else {
                    return mismatch(value, "tuple");
                };
                self.enter()?;
                self.writer.array(tuple.len());
                for (index, value) in tuple.iter_borrowed().enumerate() {
                    at(self.value(item, &value), || format!("[{index}]"))?;
                    self.check_size()?;
                }
                self.writer.leave();
            }
            Node::Tuple(items) => {
                let Ok(tuple) = value.cast_exact::<PyTuple>() else {
                    return mismatch(value, "tuple");
                };
                if tuple.len() != items.len() {
                    return cannot(format!(
                        "a tuple of {} where {} items are declared",
                        tuple.len(),
                        items.len()
                    ));
                }
                self.enter()?;
                self.writer.array(tuple.len());
                for (index, (item, value)) in items.iter().zip(tuple.iter_borrowed()).enumerate() {
                    at(self.value(item, &value), || format!("[{index}]"))?;
                }
                self.writer.leave();
            }
            Node::Set(item) => {
                let Ok(set) = value.cast_exact::<PySet>() else {
                    return mismatch(value, "set");
                };
                self.items(item, set.len(), set.iter())?;
            }
            Node::FrozenSet(item) => {
                let Ok(set) = value.cast_exact::<PyFrozenSet>() else {
                    return mismatch(value, "frozenset");
                };
                self.items(item, set.len(), set.iter())?;
            }
            Node::Dict(key_node, value_node) => {
                let Ok(dict) = value.cast_exact::<PyDict>() else {
                    return mismatch(value, "dict");
                };
                self.enter()?;
                self.writer.map(dict.len());
                for (key, value) in dict.iter() {
                    at(self.value(key_node, &key), || {
                        format!("[key {}]", short_repr(&key))
                    })?;
                    at(self.value(value_node, &value), || {
                        format!("[{}]", short_repr(&key))
                    })?;
                    self.check_size()?;
                }
                self.writer.leave();
            }
            Node::Optional(item) => {
                if value.is_none() {
                    self.writer.nil();
                } else {
                    self.value(item, value)?;
                }
            }
            Node::Union(members) => return self.union(members, value),
            Node::Literal(values) => match literal_index(values, value) {
                Some(index) => self.writer.uint(index as u64),
                None => return cannot(format!("{} is none of the literals", short_repr(value))),
            },
            Node::Ref(index) => return self.named(&self.plan.named[*index], value),
            Node::Date
            | Node::Datetime
            | Node::Time
            | Node::Timedelta
            | Node::Uuid
            | Node::Decimal => return self.library(node, value),
        }
        Ok(())
    }

    fn items(
        &mut self,
        node: &Node,
        len: usize,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
    ) -> Result<()> {
        self.enter()?;
        self.writer.array(len);
        for value in items {
            at(self.value(node, &value), || {
                format!("{{{}}}", short_repr(&value))
            })?;
            self.check_size()?;
        }
        self.writer.leave();
        Ok(())
    }

    fn union(&mut self, members: &[Node], value: &Bound<'py, PyAny>) -> Result<()> {
        let mut first_refusal = None;
        let start = self.writer.len();
        for (index, member) in members.iter().enumerate() {
            if !self.suits(member, value) {
                continue;
            }
            self.enter()?;
            self.writer.array(2);
            self.writer.uint(index as u64);
            let result = self.value(member, value);
            match result {
                Ok(()) => {
                    self.writer.leave();
                    return Ok(());
                }
                // Two members may look alike (list[int] | list[str]): try the next.
                Err(refused @ Refused::CannotCross { .. }) => {
                    self.writer.truncate(start);
                    self.writer.leave();
                    first_refusal.get_or_insert(refused);
                }
                Err(other) => return Err(other),
            }
        }
        match first_refusal {
            Some(refused) => Err(refused),
            None => mismatch(value, "a member of the union"),
        }
    }
}

/// The literal that is this very value: same type, equal.
fn literal_index(values: &[Py<PyAny>], value: &Bound<'_, PyAny>) -> Option<usize> {
    let py = value.py();
    values.iter().position(|literal| {
        let literal = literal.bind(py);
        // SAFETY: both objects are live.
        let same = unsafe { ffi::Py_TYPE(literal.as_ptr()) == ffi::Py_TYPE(value.as_ptr()) };
        same && literal.eq(value).unwrap_or(false)
    })
}
