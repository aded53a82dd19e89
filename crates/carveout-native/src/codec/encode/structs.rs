//! Objects with fields: read from where their kind keeps them, refused if anything would get lost.
use carveout_runtime::schema::StructKind;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyString, PyTuple, PyType};

use super::{Encoder, Result, at, cannot, is_class, mismatch, short_repr};
use crate::codec::plan::{Field, Named};

impl<'py> Encoder<'_, '_> {
    pub(super) fn named(&mut self, named: &Named, value: &Bound<'py, PyAny>) -> Result<()> {
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
                    StructKind::NamedTuple => {
                        // A subclass of a named tuple's class may keep attributes beside the items.
                        if *has_dict {
                            only_declared(&instance_dict(value)?, &[], derived)?;
                        }
                        self.named_tuple(fields, value)?;
                    }
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
                    let key = keys.next().map(|(key, _)| key);
                    let in_order = key
                        .as_ref()
                        .is_some_and(|key| key.eq(field.name.bind(py)).unwrap_or(false));
                    if !in_order {
                        return cannot("its keys are in another order than declared");
                    }
                    if !key.is_some_and(|key| key.is_exact_instance_of::<PyString>()) {
                        return cannot("a key that is no plain str");
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

fn class_name(class: &Bound<'_, PyType>) -> String {
    class
        .fully_qualified_name()
        .map_or_else(|_| "its class".to_owned(), |n| n.to_string())
}
