//! The wire to Python objects. Malformed bytes are a `ValueError`, never anything worse.
use carveout_runtime::schema::StructKind;
use carveout_runtime::wire::{EXT_ABSENT, EXT_SURROGATES, Int, Kind, Reader, WireError};
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType,
};

use super::plan::{Field, Named, Node, Plan};

pub fn malformed(error: WireError) -> PyErr {
    PyValueError::new_err(format!("bad wire: {error}"))
}

fn bad(what: &str) -> PyErr {
    PyValueError::new_err(format!("bad wire: {what}"))
}

pub struct Decoder<'a, 'py> {
    pub plan: &'a Plan,
    pub py: Python<'py>,
}

impl<'py> Decoder<'_, 'py> {
    pub fn value(&self, node: &Node, reader: &mut Reader<'_>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        Ok(match node {
            Node::None => {
                reader.nil().map_err(malformed)?;
                py.None().into_bound(py)
            }
            Node::Bool => PyBool::new(py, reader.bool().map_err(malformed)?)
                .to_owned()
                .into_any(),
            Node::Int => self.int(reader)?,
            Node::Float => PyFloat::new(py, reader.f64().map_err(malformed)?).into_any(),
            Node::Str => self.str(reader)?,
            Node::Bytes => PyBytes::new(py, reader.bin().map_err(malformed)?).into_any(),
            Node::List(item) => PyList::new(py, self.items(item, reader)?)?.into_any(),
            Node::VarTuple(item) => PyTuple::new(py, self.items(item, reader)?)?.into_any(),
            Node::Set(item) => {
                let items = self.items(item, reader)?;
                let set = PySet::new(py, &items)?;
                if set.len() != items.len() {
                    return Err(bad("a set with equal items"));
                }
                set.into_any()
            }
            Node::FrozenSet(item) => {
                let items = self.items(item, reader)?;
                let set = PyFrozenSet::new(py, &items)?;
                if set.len() != items.len() {
                    return Err(bad("a set with equal items"));
                }
                set.into_any()
            }
            Node::Tuple(nodes) => {
                reader.array_of(nodes.len()).map_err(malformed)?;
                reader.enter().map_err(malformed)?;
                let mut items = Vec::with_capacity(nodes.len());
                for node in nodes {
                    items.push(self.value(node, reader)?);
                }
                reader.leave();
                PyTuple::new(py, items)?.into_any()
            }
            Node::Dict(key, value) => {
                let len = reader.map().map_err(malformed)?;
                reader.enter().map_err(malformed)?;
                let dict = PyDict::new(py);
                for _ in 0..len {
                    let key = self.value(key, reader)?;
                    dict.set_item(key, self.value(value, reader)?)?;
                }
                reader.leave();
                if dict.len() != len {
                    return Err(bad("a dict with equal keys"));
                }
                dict.into_any()
            }
            Node::Optional(item) => {
                if reader.try_nil().map_err(malformed)? {
                    py.None().into_bound(py)
                } else {
                    self.value(item, reader)?
                }
            }
            Node::Union(members) => {
                reader.array_of(2).map_err(malformed)?;
                reader.enter().map_err(malformed)?;
                let index = reader.index().map_err(malformed)?;
                let member = members
                    .get(index)
                    .ok_or_else(|| bad("no such union member"))?;
                let value = self.value(member, reader)?;
                reader.leave();
                value
            }
            Node::Literal(values) => {
                let index = reader.index().map_err(malformed)?;
                let value = values.get(index).ok_or_else(|| bad("no such literal"))?;
                value.bind(py).clone()
            }
            Node::Ref(index) => self.named(&self.plan.named[*index], reader)?,
            Node::Date => {
                let [y, m, d] = self.numbers(reader, 3)?;
                self.plan.library.date.bind(py).call1((y, m, d))?
            }
            Node::Timedelta => {
                let [d, s, us] = self.numbers(reader, 3)?;
                self.plan.library.timedelta.bind(py).call1((d, s, us))?
            }
            Node::Time => {
                let [h, m, s, us, fold] = self.numbers(reader, 6)?;
                let zone = self.zone(reader)?;
                let options = PyDict::new(py);
                options.set_item(intern!(py, "fold"), fold)?;
                self.plan
                    .library
                    .time
                    .bind(py)
                    .call((h, m, s, us, zone), Some(&options))?
            }
            Node::Datetime => {
                let [y, mo, d, h, m, s, us, fold] = self.numbers(reader, 9)?;
                let zone = self.zone(reader)?;
                let options = PyDict::new(py);
                options.set_item(intern!(py, "fold"), fold)?;
                self.plan
                    .library
                    .datetime
                    .bind(py)
                    .call((y, mo, d, h, m, s, us, zone), Some(&options))?
            }
            Node::Uuid => {
                let bytes = reader.bin().map_err(malformed)?;
                let options = PyDict::new(py);
                options.set_item(intern!(py, "bytes"), PyBytes::new(py, bytes))?;
                self.plan.library.uuid.bind(py).call((), Some(&options))?
            }
            Node::Decimal => {
                let text = reader.str().map_err(malformed)?;
                self.plan.library.decimal.bind(py).call1((text,))?
            }
        })
    }

    fn int(&self, reader: &mut Reader<'_>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        match reader.int().map_err(malformed)? {
            Int::Small(value) => Ok(PyInt::new(py, value).into_any()),
            Int::Unsigned(value) => Ok(PyInt::new(py, value).into_any()),
            Int::Big(bytes) => {
                let options = PyDict::new(py);
                options.set_item(intern!(py, "signed"), true)?;
                let bytes = PyBytes::new(py, bytes);
                let from_bytes = self.plan.library.from_bytes.bind(py);
                from_bytes.call((bytes, intern!(py, "big")), Some(&options))
            }
        }
    }

    fn str(&self, reader: &mut Reader<'_>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        if reader.kind().map_err(malformed)? == Kind::Ext {
            let (code, data) = reader.ext().map_err(malformed)?;
            if code != EXT_SURROGATES {
                return Err(bad("expected str"));
            }
            return PyBytes::new(py, data).call_method1("decode", ("utf-8", "surrogatepass"));
        }
        Ok(PyString::new(py, reader.str().map_err(malformed)?).into_any())
    }

    fn items(&self, node: &Node, reader: &mut Reader<'_>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let len = reader.array().map_err(malformed)?;
        reader.enter().map_err(malformed)?;
        let mut items = Vec::with_capacity(len);
        for _ in 0..len {
            items.push(self.value(node, reader)?);
        }
        reader.leave();
        Ok(items)
    }

    fn numbers<const N: usize>(&self, reader: &mut Reader<'_>, len: usize) -> PyResult<[i64; N]> {
        reader.array_of(len).map_err(malformed)?;
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = reader.i64().map_err(malformed)?;
        }
        Ok(numbers)
    }

    fn zone(&self, reader: &mut Reader<'_>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let lib = &self.plan.library;
        match reader.kind().map_err(malformed)? {
            Kind::Nil => {
                reader.nil().map_err(malformed)?;
                Ok(py.None().into_bound(py))
            }
            Kind::Int => {
                let micros = reader.i64().map_err(malformed)?;
                let offset = lib.timedelta.bind(py).call1((0, 0, micros))?;
                lib.timezone.bind(py).call1((offset,))
            }
            _ => {
                let key = reader.str().map_err(malformed)?;
                lib.zone_info.bind(py).call1((key,))
            }
        }
    }

    fn named(&self, named: &Named, reader: &mut Reader<'_>) -> PyResult<Bound<'py, PyAny>> {
        match named {
            Named::Enum { members, .. } => {
                let index = reader.index().map_err(malformed)?;
                let member = members.get(index).ok_or_else(|| bad("no such member"))?;
                Ok(member.bind(self.py).clone())
            }
            Named::Struct {
                class,
                kind,
                fields,
                ..
            } => {
                let class = class.bind(self.py);
                let len = reader.array().map_err(malformed)?;
                let partial = *kind == StructKind::Pydantic && len == fields.len() + 1;
                if len != fields.len() && !partial {
                    return Err(bad("a struct with another number of fields"));
                }
                reader.enter().map_err(malformed)?;
                let object = match kind {
                    StructKind::NamedTuple => self.named_tuple(class, fields, reader)?,
                    StructKind::TypedDict => self.typed_dict(fields, reader)?,
                    StructKind::Pydantic => self.pydantic(class, fields, partial, reader)?,
                    StructKind::Dataclass | StructKind::Msgspec | StructKind::Object => {
                        let object = self.blank(class)?;
                        for field in fields {
                            let value = self.value(&field.node, reader)?;
                            self.set(&object, field.name.bind(self.py), &value)?;
                        }
                        object
                    }
                };
                reader.leave();
                Ok(object)
            }
        }
    }

    /// An instance with nothing set and no user code run: no `__init__`, no `__post_init__`.
    fn blank(&self, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: what `object.__new__` does for a heap type; msgspec's classes allow no other way
        // around their `__post_init__`.
        unsafe {
            Bound::from_owned_ptr_or_err(
                self.py,
                ffi::PyType_GenericAlloc(class.as_ptr().cast(), 0),
            )
        }
    }

    /// `object.__setattr__`: frozen classes and slots too.
    fn set(
        &self,
        object: &Bound<'py, PyAny>,
        name: &Bound<'py, PyString>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        // SAFETY: three live objects, the name a str.
        let failed =
            unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) };
        if failed == 0 {
            Ok(())
        } else {
            Err(PyErr::fetch(self.py))
        }
    }

    fn named_tuple(
        &self,
        class: &Bound<'py, PyType>,
        fields: &[Field],
        reader: &mut Reader<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            values.push(self.value(&field.node, reader)?);
        }
        let new = self.py.get_type::<PyTuple>().getattr("__new__")?;
        new.call1((class, PyTuple::new(self.py, values)?))
    }

    fn typed_dict(&self, fields: &[Field], reader: &mut Reader<'_>) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(self.py);
        for field in fields {
            if !field.required && reader.kind().map_err(malformed)? == Kind::Ext {
                let mut ahead = reader.clone();
                if ahead.ext().map_err(malformed)? == (EXT_ABSENT, &[][..]) {
                    *reader = ahead;
                    continue;
                }
            }
            dict.set_item(field.name.bind(self.py), self.value(&field.node, reader)?)?;
        }
        Ok(dict.into_any())
    }

    fn pydantic(
        &self,
        class: &Bound<'py, PyType>,
        fields: &[Field],
        partial: bool,
        reader: &mut Reader<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let dict = PyDict::new(py);
        for field in fields {
            dict.set_item(field.name.bind(py), self.value(&field.node, reader)?)?;
        }
        let set = PySet::empty(py)?;
        let flags = if partial {
            reader.bin().map_err(malformed)?
        } else {
            &[]
        };
        if partial && flags.len() != fields.len() {
            return Err(bad("a model with another number of set fields"));
        }
        for (index, field) in fields.iter().enumerate() {
            if !partial || flags[index] != 0 {
                set.add(field.name.bind(py))?;
            }
        }
        let object = self.blank(class)?;
        self.set(&object, intern!(py, "__dict__"), dict.as_any())?;
        self.set(
            &object,
            intern!(py, "__pydantic_fields_set__"),
            set.as_any(),
        )?;
        let none = py.None().into_bound(py);
        let config = class.getattr("model_config")?;
        let allows = config
            .call_method1("get", ("extra",))?
            .eq(intern!(py, "allow"))?;
        let extra = if allows {
            PyDict::new(py).into_any()
        } else {
            none.clone()
        };
        self.set(&object, intern!(py, "__pydantic_extra__"), &extra)?;
        self.set(&object, intern!(py, "__pydantic_private__"), &none)?;
        Ok(object)
    }

    /// A fault's argument, which describes itself.
    pub fn scalar(&self, reader: &mut Reader<'_>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        Ok(match reader.kind().map_err(malformed)? {
            Kind::Nil => self.value(&Node::None, reader)?,
            Kind::Bool => self.value(&Node::Bool, reader)?,
            Kind::Int => self.int(reader)?,
            Kind::Float => self.value(&Node::Float, reader)?,
            Kind::Str => self.str(reader)?,
            Kind::Bin => self.value(&Node::Bytes, reader)?,
            Kind::Ext => {
                let (code, _) = reader.clone().ext().map_err(malformed)?;
                if code == EXT_SURROGATES {
                    self.str(reader)?
                } else {
                    self.int(reader)?
                }
            }
            Kind::Array => {
                let len = reader.array().map_err(malformed)?;
                reader.enter().map_err(malformed)?;
                let mut items = Vec::with_capacity(len);
                for _ in 0..len {
                    items.push(self.scalar(reader)?);
                }
                reader.leave();
                PyTuple::new(py, items)?.into_any()
            }
            Kind::Map => return Err(bad("a map in a fault")),
        })
    }
}
