//! Python objects to the wire, exactly: carried, or refused with the path to what can't cross.
use carveout_runtime::schema::StructKind;
use carveout_runtime::wire::Writer;
use pyo3::exceptions::PyUnicodeEncodeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple,
};

use super::plan::{Field, Named, Node, Plan};

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
        let py = value.py();
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
            Node::Date => {
                if !is_class(value, &self.plan.library.date) {
                    return mismatch(value, "datetime.date");
                }
                self.writer.array(3);
                self.numbers(value, &["year", "month", "day"])?;
            }
            Node::Datetime => {
                if !is_class(value, &self.plan.library.datetime) {
                    return mismatch(value, "datetime.datetime");
                }
                self.writer.array(9);
                self.numbers(
                    value,
                    &[
                        "year",
                        "month",
                        "day",
                        "hour",
                        "minute",
                        "second",
                        "microsecond",
                        "fold",
                    ],
                )?;
                at(self.zone(value), || ".tzinfo".to_owned())?;
            }
            Node::Time => {
                if !is_class(value, &self.plan.library.time) {
                    return mismatch(value, "datetime.time");
                }
                self.writer.array(6);
                self.numbers(value, &["hour", "minute", "second", "microsecond", "fold"])?;
                at(self.zone(value), || ".tzinfo".to_owned())?;
            }
            Node::Timedelta => {
                if !is_class(value, &self.plan.library.timedelta) {
                    return mismatch(value, "datetime.timedelta");
                }
                self.writer.array(3);
                self.numbers(value, &["days", "seconds", "microseconds"])?;
            }
            Node::Uuid => {
                if !is_class(value, &self.plan.library.uuid) {
                    return mismatch(value, "uuid.UUID");
                }
                let safe = value.getattr("is_safe")?;
                if !safe.is(self.plan.library.uuid_unknown.bind(py)) {
                    return cannot("a UUID that remembers how safely it was made");
                }
                let bytes = value
                    .getattr("int")?
                    .call_method1("to_bytes", (16, "big"))?;
                self.writer
                    .bin(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
            }
            Node::Decimal => {
                if !is_class(value, &self.plan.library.decimal) {
                    return mismatch(value, "decimal.Decimal");
                }
                write_str(&mut self.writer, &value.str()?)?;
            }
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

    fn named(&mut self, named: &Named, value: &Bound<'py, PyAny>) -> Result<()> {
        match named {
            Named::Enum { class, members } => {
                if !is_class(value, class) {
                    return mismatch(value, &class_name(class.bind(value.py())));
                }
                match members.iter().position(|m| m.as_ptr() == value.as_ptr()) {
                    Some(index) => self.writer.uint(index as u64),
                    None => {
                        return cannot(format!("{} is no declared member", short_repr(value)));
                    }
                }
                Ok(())
            }
            Named::Struct {
                class,
                kind,
                fields,
                has_dict,
                derived,
            } => {
                if *kind == StructKind::TypedDict {
                    return self.typed_dict(fields, value);
                }
                if !is_class(value, class) {
                    return mismatch(value, &class_name(class.bind(value.py())));
                }
                self.enter()?;
                match kind {
                    StructKind::NamedTuple => self.named_tuple(fields, value)?,
                    StructKind::Pydantic => self.pydantic(fields, derived, value)?,
                    _ if *has_dict => self.attributes_dict(fields, derived, value)?,
                    _ => {
                        self.writer.array(fields.len());
                        for field in fields {
                            self.attribute(field, value)?;
                        }
                    }
                }
                self.writer.leave();
                Ok(())
            }
        }
    }

    fn attribute(&mut self, field: &Field, value: &Bound<'py, PyAny>) -> Result<()> {
        let result = match value.getattr(field.name.bind(value.py())) {
            Ok(attribute) => self.value(&field.node, &attribute),
            Err(_) => cannot("is not set"),
        };
        at(result, || format!(".{}", field.text))
    }

    /// Fields that lie in the instance's `__dict__`, which may hold nothing else.
    fn attributes_dict(
        &mut self,
        fields: &[Field],
        derived: &[String],
        value: &Bound<'py, PyAny>,
    ) -> Result<()> {
        let py = value.py();
        let dict = instance_dict(value)?;
        self.writer.array(fields.len());
        let mut found = 0;
        for field in fields {
            if let Some(attribute) = dict.get_item(field.name.bind(py))? {
                found += 1;
                at(self.value(&field.node, &attribute), || {
                    format!(".{}", field.text)
                })?;
            } else {
                // Inherited slots, or a default that lives on the class.
                self.attribute(field, value)?;
            }
        }
        if dict.len() != found {
            only_declared(&dict, fields, derived)?;
        }
        Ok(())
    }

    fn named_tuple(&mut self, fields: &[Field], value: &Bound<'py, PyAny>) -> Result<()> {
        let tuple = value.cast::<PyTuple>().map_err(PyErr::from)?;
        if tuple.len() != fields.len() {
            return cannot("has another number of items than its class declares");
        }
        self.writer.array(fields.len());
        for (field, item) in fields.iter().zip(tuple.iter_borrowed()) {
            at(self.value(&field.node, &item), || {
                format!(".{}", field.text)
            })?;
        }
        Ok(())
    }

    fn typed_dict(&mut self, fields: &[Field], value: &Bound<'py, PyAny>) -> Result<()> {
        let py = value.py();
        let Ok(dict) = value.cast_exact::<PyDict>() else {
            return mismatch(value, "dict");
        };
        self.enter()?;
        self.writer.array(fields.len());
        let mut keys = dict.iter();
        let mut found = 0;
        for field in fields {
            match dict.get_item(field.name.bind(py))? {
                Some(item) => {
                    found += 1;
                    let in_order = keys
                        .next()
                        .is_some_and(|(key, _)| key.eq(field.name.bind(py)).unwrap_or(false));
                    if !in_order {
                        return cannot("its keys are in another order than declared");
                    }
                    at(self.value(&field.node, &item), || {
                        format!("[{:?}]", field.text)
                    })?;
                }
                None if field.required => {
                    return at(cannot("is missing"), || format!("[{:?}]", field.text));
                }
                None => self.writer.absent(),
            }
        }
        if dict.len() != found {
            return cannot("has keys that are not declared");
        }
        self.writer.leave();
        Ok(())
    }

    /// A model's fields, and, when not all of them were set by the caller, which ones were.
    fn pydantic(
        &mut self,
        fields: &[Field],
        derived: &[String],
        value: &Bound<'py, PyAny>,
    ) -> Result<()> {
        let py = value.py();
        let extra = value.getattr("__pydantic_extra__")?;
        if !extra.is_none() && !extra.is_empty()? {
            return cannot("a model with extra values");
        }
        let private = value.getattr("__pydantic_private__")?;
        if !private.is_none() {
            return cannot("a model with private attributes");
        }
        let set = value.getattr("__pydantic_fields_set__")?;
        let set = set.cast::<PySet>().map_err(PyErr::from)?.clone();
        let mut flags = Vec::with_capacity(fields.len());
        for field in fields {
            flags.push(u8::from(set.contains(field.name.bind(py))?));
        }
        let n_set: usize = flags.iter().map(|flag| usize::from(*flag)).sum();
        if n_set != set.len() {
            return cannot("a model with fields set that are not declared");
        }
        let dict = instance_dict(value)?;
        let partial = n_set != fields.len();
        self.writer.array(fields.len() + usize::from(partial));
        let mut found = 0;
        for field in fields {
            let result = match dict.get_item(field.name.bind(py))? {
                Some(item) => {
                    found += 1;
                    self.value(&field.node, &item)
                }
                None => cannot("is not set"),
            };
            at(result, || format!(".{}", field.text))?;
        }
        if dict.len() != found {
            only_declared(&dict, fields, derived)?;
        }
        if partial {
            self.writer.bin(&flags);
        }
        Ok(())
    }

    fn numbers(&mut self, value: &Bound<'py, PyAny>, names: &[&str]) -> Result<()> {
        for name in names {
            let number = value.getattr(*name)?.extract::<i64>()?;
            self.writer.int(number);
        }
        Ok(())
    }

    fn zone(&mut self, value: &Bound<'py, PyAny>) -> Result<()> {
        let lib = &self.plan.library;
        let zone = value.getattr("tzinfo")?;
        if zone.is_none() {
            self.writer.nil();
        } else if is_class(&zone, &lib.timezone) {
            let initial = zone.call_method0("__getinitargs__")?;
            let initial = initial.cast::<PyTuple>().map_err(PyErr::from)?;
            if initial.len() != 1 {
                return cannot("a fixed offset with a name");
            }
            let offset = initial.get_item(0)?;
            let days = offset.getattr("days")?.extract::<i64>()?;
            let seconds = offset.getattr("seconds")?.extract::<i64>()?;
            let micros = offset.getattr("microseconds")?.extract::<i64>()?;
            self.writer
                .int((days * 86_400 + seconds) * 1_000_000 + micros);
        } else if is_class(&zone, &lib.zone_info) {
            let key = zone.getattr("key")?;
            let Ok(key) = key.cast_exact::<PyString>() else {
                return cannot("a ZoneInfo without a key");
            };
            write_str(&mut self.writer, key)?;
        } else {
            return mismatch(&zone, "datetime.timezone or zoneinfo.ZoneInfo");
        }
        Ok(())
    }
}

fn instance_dict<'py>(value: &Bound<'py, PyAny>) -> Result<Bound<'py, PyDict>> {
    // SAFETY: returns a new reference to the instance's dict, or an error.
    let dict = unsafe {
        Bound::from_owned_ptr_or_err(
            value.py(),
            ffi::PyObject_GenericGetDict(value.as_ptr(), std::ptr::null_mut()),
        )
    }?;
    Ok(dict.cast_into::<PyDict>().map_err(PyErr::from)?)
}

/// Refuses attributes that would get lost; derived ones (`cached_property`) come back by themselves.
fn only_declared(dict: &Bound<'_, PyDict>, fields: &[Field], derived: &[String]) -> Result<()> {
    for (key, _) in dict.iter() {
        let name = key.extract::<String>()?;
        let known = fields.iter().any(|f| f.text == name) || derived.contains(&name);
        if !known {
            return cannot(format!("has the undeclared attribute {name:?}"));
        }
    }
    Ok(())
}

fn class_name(class: &Bound<'_, pyo3::types::PyType>) -> String {
    class
        .fully_qualified_name()
        .map_or_else(|_| "its class".to_owned(), |n| n.to_string())
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

pub fn write_int(writer: &mut Writer<'_>, value: &Bound<'_, PyInt>) -> Result<()> {
    let mut overflow = 0;
    // SAFETY: the object is an int; -1 with no overflow is the number itself for an exact int.
    let small = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &mut overflow) };
    if overflow == 0 {
        writer.int(small);
        return Ok(());
    }
    let py = value.py();
    let bits = value.call_method0("bit_length")?.extract::<usize>()?;
    let options = PyDict::new(py);
    options.set_item("signed", true)?;
    let bytes = value.call_method("to_bytes", (bits / 8 + 1, "big"), Some(&options))?;
    writer.big_int(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
    Ok(())
}

pub fn write_str(writer: &mut Writer<'_>, value: &Bound<'_, PyString>) -> Result<()> {
    match value.to_str() {
        Ok(text) => {
            if text.len() > u32::MAX as usize {
                return cannot("longer than 4 GiB");
            }
            writer.str(text);
        }
        Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(value.py()) => {
            let bytes = value.call_method1("encode", ("utf-8", "surrogatepass"))?;
            writer.surrogates(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// A fault's argument: it describes itself, so only scalars and tuples of them.
pub fn write_scalar(writer: &mut Writer<'_>, value: &Bound<'_, PyAny>) -> Result<()> {
    if value.is_none() {
        writer.nil();
    } else if let Ok(value) = value.cast_exact::<PyBool>() {
        writer.bool(value.is_true());
    } else if let Ok(value) = value.cast_exact::<PyInt>() {
        write_int(writer, value)?;
    } else if let Ok(value) = value.cast_exact::<PyFloat>() {
        writer.f64(value.value());
    } else if let Ok(value) = value.cast_exact::<PyString>() {
        write_str(writer, value)?;
    } else if let Ok(value) = value.cast_exact::<PyBytes>() {
        writer.bin(value.as_bytes());
    } else if let Ok(value) = value.cast_exact::<PyTuple>() {
        if !writer.enter() {
            return cannot("nested deeper than 200");
        }
        writer.array(value.len());
        for (index, item) in value.iter_borrowed().enumerate() {
            at(write_scalar(writer, &item), || format!("[{index}]"))?;
        }
        writer.leave();
    } else {
        return mismatch(value, "a scalar or a tuple of scalars");
    }
    Ok(())
}
