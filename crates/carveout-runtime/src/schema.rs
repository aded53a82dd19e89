//! A contract as the native side knows it: parsed once from the contract JSON.
//!
//! ```
//! use carveout_runtime::schema::{Contract, Type};
//! let contract = Contract::parse(r#"{"carveout":1,"name":"m:double","types":{},"result":{"t":"int"},
//!   "params":[{"name":"x","type":{"t":"list","item":{"t":"int"}},"kind":"positional","required":true}]}"#)?;
//! assert_eq!(contract.params[0].ty, Type::List(Box::new(Type::Int)));
//! # Ok::<(), String>(())
//! ```
//!
//! Invariant: every `Type::Ref` index is valid in `Contract::types`.

use serde_json::Value as Json;

#[derive(Debug, Clone, PartialEq)]
pub enum Type {
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
    List(Box<Type>),
    Set(Box<Type>),
    FrozenSet(Box<Type>),
    VarTuple(Box<Type>),
    Tuple(Vec<Type>),
    Dict(Box<Type>, Box<Type>),
    Optional(Box<Type>),
    Union(Vec<Type>),
    /// JSON values: null, bool, int or str.
    Literal(Vec<Json>),
    /// Index into [`Contract::types`].
    Ref(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StructKind {
    Dataclass,
    Msgspec,
    NamedTuple,
    TypedDict,
    Pydantic,
    /// Of a plain class: its attributes are what it holds.
    Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnumBase {
    None,
    Int,
    Str,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub ty: Type,
    pub required: bool,
    /// The JSON that stands for its default, where JSON has words for it.
    pub default: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Struct {
        kind: StructKind,
        frozen: bool,
        fields: Vec<Field>,
    },
    Enum {
        base: EnumBase,
        members: Vec<(String, Json)>,
    },
}

/// A named type of the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// "pkg.mod:Name".
    pub name: String,
    pub shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    PositionalOnly,
    Positional,
    KeywordOnly,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    pub name: String,
    pub ty: Type,
    pub kind: ParamKind,
    pub required: bool,
    /// The JSON that stands for its default, where JSON has words for it.
    pub default: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// "pkg.mod:func".
    pub name: String,
    pub params: Vec<Param>,
    pub result: Type,
    /// In the order of their names.
    pub types: Vec<Definition>,
    /// JSON alone makes the arguments and says the result: no validators, constraints, aliases.
    pub plain: bool,
    /// The result may hold sets.
    pub has_sets: bool,
}

impl Contract {
    /// Parses contract JSON; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let json: Json =
            serde_json::from_str(text).map_err(|e| format!("contract is not JSON: {e}"))?;
        if json["carveout"].as_u64() != Some(1) {
            return Err("contract of another version of Carveout".into());
        }
        let table = json["types"]
            .as_object()
            .ok_or("contract has no types table")?;
        let mut names: Vec<&str> = table.keys().map(String::as_str).collect();
        names.sort_unstable();
        let types = names
            .iter()
            .map(|name| {
                Ok(Definition {
                    name: (*name).to_owned(),
                    shape: parse_shape(&table[*name], &names)?,
                })
            })
            .collect::<Result<_, String>>()?;
        let params = array(&json, "params")?
            .iter()
            .map(|param| {
                Ok(Param {
                    name: string(param, "name")?.to_owned(),
                    ty: parse_type(&param["type"], &names)?,
                    kind: match param["kind"].as_str() {
                        Some("positional-only") => ParamKind::PositionalOnly,
                        Some("keyword-only") => ParamKind::KeywordOnly,
                        Some("positional") | None => ParamKind::Positional,
                        Some(other) => return Err(format!("unknown kind of parameter: {other}")),
                    },
                    required: param["required"].as_bool().unwrap_or(true),
                    default: param.get("default").map(Json::to_string),
                })
            })
            .collect::<Result<_, String>>()?;
        let mut contract = Self {
            name: string(&json, "name")?.to_owned(),
            params,
            result: parse_type(&json["result"], &names)?,
            types,
            plain: json["plain"].as_bool().unwrap_or(true),
            has_sets: false,
        };
        let mut seen = vec![false; contract.types.len()];
        contract.has_sets = contract.holds_sets(&contract.result, &mut seen);
        Ok(contract)
    }

    fn holds_sets(&self, ty: &Type, seen: &mut [bool]) -> bool {
        match ty {
            Type::Set(_) | Type::FrozenSet(_) => true,
            Type::List(item) | Type::VarTuple(item) | Type::Optional(item) => {
                self.holds_sets(item, seen)
            }
            Type::Dict(key, item) => self.holds_sets(key, seen) || self.holds_sets(item, seen),
            Type::Tuple(items) | Type::Union(items) => {
                items.iter().any(|item| self.holds_sets(item, seen))
            }
            Type::Ref(index) if !std::mem::replace(&mut seen[*index], true) => {
                match self.shape(*index) {
                    Shape::Struct { fields, .. } => {
                        fields.iter().any(|field| self.holds_sets(&field.ty, seen))
                    }
                    Shape::Enum { .. } => false,
                }
            }
            _ => false,
        }
    }

    /// The name and index of a type of the table.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.types
            .binary_search_by(|d| d.name.as_str().cmp(name))
            .ok()
    }

    #[must_use]
    pub fn shape(&self, index: usize) -> &Shape {
        &self.types[index].shape
    }

    /// Short name for messages and documents: "pkg.mod:Name" → "Name".
    #[must_use]
    pub fn short_name(&self, index: usize) -> &str {
        let name = &self.types[index].name;
        name.rsplit(':').next().unwrap_or(name)
    }
}

fn array<'j>(json: &'j Json, key: &str) -> Result<&'j Vec<Json>, String> {
    json[key]
        .as_array()
        .ok_or_else(|| format!("contract lacks the list \"{key}\""))
}

fn string<'j>(json: &'j Json, key: &str) -> Result<&'j str, String> {
    json[key]
        .as_str()
        .ok_or_else(|| format!("contract lacks the text \"{key}\""))
}

fn parse_type(json: &Json, names: &[&str]) -> Result<Type, String> {
    let inner = |key: &str| parse_type(&json[key], names).map(Box::new);
    let several = |key: &str| -> Result<Vec<Type>, String> {
        array(json, key)?
            .iter()
            .map(|item| parse_type(item, names))
            .collect()
    };
    Ok(match string(json, "t")? {
        "none" => Type::None,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "float" => Type::Float,
        "str" => Type::Str,
        "bytes" => Type::Bytes,
        "date" => Type::Date,
        "datetime" => Type::Datetime,
        "time" => Type::Time,
        "timedelta" => Type::Timedelta,
        "uuid" => Type::Uuid,
        "decimal" => Type::Decimal,
        "list" => Type::List(inner("item")?),
        "set" => Type::Set(inner("item")?),
        "frozenset" => Type::FrozenSet(inner("item")?),
        "vartuple" => Type::VarTuple(inner("item")?),
        "tuple" => Type::Tuple(several("items")?),
        "dict" => Type::Dict(inner("key")?, inner("value")?),
        "optional" => Type::Optional(inner("item")?),
        "union" => Type::Union(several("members")?),
        "literal" => Type::Literal(array(json, "values")?.clone()),
        "ref" => {
            let name = string(json, "name")?;
            let found = names.binary_search(&name);
            Type::Ref(found.map_err(|_| format!("type {name} is not in the contract's table"))?)
        }
        other => return Err(format!("unknown type \"{other}\"")),
    })
}

fn parse_shape(json: &Json, names: &[&str]) -> Result<Shape, String> {
    match string(json, "t")? {
        "struct" => Ok(Shape::Struct {
            kind: match string(json, "kind")? {
                "dataclass" => StructKind::Dataclass,
                "msgspec" => StructKind::Msgspec,
                "namedtuple" => StructKind::NamedTuple,
                "typeddict" => StructKind::TypedDict,
                "pydantic" => StructKind::Pydantic,
                "object" => StructKind::Object,
                other => return Err(format!("unknown kind of struct: {other}")),
            },
            frozen: json["frozen"].as_bool().unwrap_or(false),
            fields: array(json, "fields")?
                .iter()
                .map(|field| {
                    Ok(Field {
                        name: string(field, "name")?.to_owned(),
                        ty: parse_type(&field["type"], names)?,
                        required: field["required"].as_bool().unwrap_or(true),
                        default: field.get("default").map(Json::to_string),
                    })
                })
                .collect::<Result<_, String>>()?,
        }),
        "enum" => Ok(Shape::Enum {
            base: match json["base"].as_str() {
                Some("int") => EnumBase::Int,
                Some("str") => EnumBase::Str,
                _ => EnumBase::None,
            },
            members: array(json, "members")?
                .iter()
                .map(|member| match member.as_array().map(Vec::as_slice) {
                    Some([Json::String(name), value]) => Ok((name.clone(), value.clone())),
                    _ => Err("an enum member is [name, value]".to_owned()),
                })
                .collect::<Result<_, String>>()?,
        }),
        other => Err(format!("unknown kind of named type: {other}")),
    }
}
