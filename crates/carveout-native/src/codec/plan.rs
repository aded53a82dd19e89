//! The contract bound to Python: every type with the classes and names it needs, made once.
use std::collections::HashMap;

use carveout_runtime::schema::{Contract, Shape, StructKind, Type};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use serde_json::Value as Json;

pub enum Node {
    None,
    Bool,
    Int,
    Float,
    Str,
    Bytes,
    Date,
    Datetime,
    Time,
    Timedelta,
    Uuid,
    Decimal,
    List(Box<Node>),
    Set(Box<Node>),
    FrozenSet(Box<Node>),
    VarTuple(Box<Node>),
    Tuple(Vec<Node>),
    Dict(Box<Node>, Box<Node>),
    Optional(Box<Node>),
    Union(Vec<Node>),
    Literal(Vec<Py<PyAny>>),
    Ref(usize),
}

pub struct Field {
    pub name: Py<PyString>,
    pub text: String,
    pub node: Node,
    pub required: bool,
}

pub enum Named {
    Struct {
        class: Py<PyType>,
        kind: StructKind,
        fields: Vec<Field>,
        /// Instances keep their attributes in a `__dict__` (no slots).
        has_dict: bool,
        /// Names of `cached_property`s: derived values that may lie in `__dict__` too.
        derived: Vec<String>,
    },
    Enum {
        class: Py<PyType>,
        members: Vec<Py<PyAny>>,
    },
}

/// Classes of the standard library the codec makes values of.
pub struct Library {
    pub date: Py<PyType>,
    pub datetime: Py<PyType>,
    pub time: Py<PyType>,
    pub timedelta: Py<PyType>,
    pub timezone: Py<PyType>,
    pub zone_info: Py<PyType>,
    pub uuid: Py<PyType>,
    pub uuid_unknown: Py<PyAny>,
    pub decimal: Py<PyType>,
    pub from_bytes: Py<PyAny>,
}

impl Library {
    fn load(py: Python<'_>) -> PyResult<Self> {
        let class = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            Ok(py
                .import(module)?
                .getattr(name)?
                .cast_into::<PyType>()?
                .unbind())
        };
        Ok(Library {
            date: class("datetime", "date")?,
            datetime: class("datetime", "datetime")?,
            time: class("datetime", "time")?,
            timedelta: class("datetime", "timedelta")?,
            timezone: class("datetime", "timezone")?,
            zone_info: class("zoneinfo", "ZoneInfo")?,
            uuid: class("uuid", "UUID")?,
            uuid_unknown: py
                .import("uuid")?
                .getattr("SafeUUID")?
                .getattr("unknown")?
                .unbind(),
            decimal: class("decimal", "Decimal")?,
            from_bytes: py
                .get_type::<pyo3::types::PyInt>()
                .getattr("from_bytes")?
                .unbind(),
        })
    }
}

pub struct Param {
    pub text: String,
    pub node: Node,
}

pub struct Plan {
    pub params: Vec<Param>,
    pub result: Node,
    pub named: Vec<Named>,
    pub classes: HashMap<String, Py<PyAny>>,
    pub library: Library,
}

impl Plan {
    pub fn new(py: Python<'_>, contract: &Contract, classes: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut by_name = HashMap::new();
        for (name, class) in classes.iter() {
            by_name.insert(name.extract::<String>()?, class.unbind());
        }
        let mut named = Vec::with_capacity(contract.types.len());
        for definition in &contract.types {
            let class = by_name
                .get(&definition.name)
                .ok_or_else(|| {
                    PyValueError::new_err(format!("no class given for {}", definition.name))
                })?
                .bind(py);
            named.push(bind(py, class, &definition.shape)?);
        }
        let params = contract
            .params
            .iter()
            .map(|p| {
                Ok(Param {
                    text: p.name.clone(),
                    node: node(py, &p.ty)?,
                })
            })
            .collect::<PyResult<_>>()?;
        Ok(Plan {
            params,
            result: node(py, &contract.result)?,
            named,
            classes: by_name,
            library: Library::load(py)?,
        })
    }
}

fn bind(py: Python<'_>, class: &Bound<'_, PyAny>, shape: &Shape) -> PyResult<Named> {
    let class = class.cast::<PyType>()?;
    match shape {
        Shape::Struct { kind, fields, .. } => {
            let fields = fields
                .iter()
                .map(|field| {
                    Ok(Field {
                        name: PyString::intern(py, &field.name).unbind(),
                        text: field.name.clone(),
                        node: node(py, &field.ty)?,
                        required: field.required,
                    })
                })
                .collect::<PyResult<_>>()?;
            let mut derived = Vec::new();
            let cached = py.import("functools")?.getattr("cached_property")?;
            for base in class.mro().iter() {
                // A TypedDict and some C classes have no mapping to look into.
                let Ok(items) = base
                    .getattr("__dict__")
                    .and_then(|d| d.call_method0("items"))
                else {
                    continue;
                };
                for item in items.try_iter()? {
                    let (name, value) = item?.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
                    if value.is_instance(&cached)? {
                        derived.push(name.extract::<String>()?);
                    }
                }
            }
            let offset = class
                .getattr("__dictoffset__")
                .and_then(|o| o.extract::<isize>())
                .unwrap_or(0);
            Ok(Named::Struct {
                class: class.clone().unbind(),
                kind: *kind,
                fields,
                has_dict: offset != 0,
                derived,
            })
        }
        Shape::Enum { members, .. } => Ok(Named::Enum {
            class: class.clone().unbind(),
            members: members
                .iter()
                .map(|member| Ok(class.get_item(&member.0)?.unbind()))
                .collect::<PyResult<_>>()?,
        }),
    }
}

fn boxed(py: Python<'_>, ty: &Type) -> PyResult<Box<Node>> {
    Ok(Box::new(node(py, ty)?))
}

fn all(py: Python<'_>, types: &[Type]) -> PyResult<Vec<Node>> {
    types.iter().map(|ty| node(py, ty)).collect()
}

fn node(py: Python<'_>, ty: &Type) -> PyResult<Node> {
    Ok(match ty {
        Type::None => Node::None,
        Type::Bool => Node::Bool,
        Type::Int => Node::Int,
        Type::Float => Node::Float,
        Type::Str => Node::Str,
        Type::Bytes => Node::Bytes,
        Type::Date => Node::Date,
        Type::Datetime => Node::Datetime,
        Type::Time => Node::Time,
        Type::Timedelta => Node::Timedelta,
        Type::Uuid => Node::Uuid,
        Type::Decimal => Node::Decimal,
        Type::List(item) => Node::List(boxed(py, item)?),
        Type::Set(item) => Node::Set(boxed(py, item)?),
        Type::FrozenSet(item) => Node::FrozenSet(boxed(py, item)?),
        Type::VarTuple(item) => Node::VarTuple(boxed(py, item)?),
        Type::Tuple(items) => Node::Tuple(all(py, items)?),
        Type::Dict(key, value) => Node::Dict(boxed(py, key)?, boxed(py, value)?),
        Type::Optional(item) => Node::Optional(boxed(py, item)?),
        Type::Union(members) => Node::Union(all(py, members)?),
        Type::Literal(values) => Node::Literal(
            values
                .iter()
                .map(|value| literal(py, value))
                .collect::<PyResult<_>>()?,
        ),
        Type::Ref(index) => Node::Ref(*index),
    })
}

fn literal(py: Python<'_>, value: &Json) -> PyResult<Py<PyAny>> {
    // Through Python's own parser, so that an int of any size stays one.
    Ok(py
        .import("json")?
        .call_method1("loads", (value.to_string(),))?
        .unbind())
}
