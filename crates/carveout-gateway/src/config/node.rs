//! A configuration file as a tree that knows where each of its values stands.

use std::ops::Range;

#[derive(Clone, Debug)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Option<Range<usize>>, Node)>),
    Other,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub value: Value,
    pub span: Option<Range<usize>>,
}

impl Node {
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Bool(_) => "true or false",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other => "a date or null",
        }
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries
                .iter()
                .find(|(name, _, _)| name == key)
                .map(|(_, _, node)| node),
            _ => None,
        }
    }
}

/// What is wrong and where; line and column from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    /// The dotted key, e.g. `gateway.routes[2].upstream`; empty for a syntax error.
    pub key: String,
    pub span: Option<Range<usize>>,
    pub hint: Option<String>,
}

pub fn from_toml(text: &str) -> Result<Node, Problem> {
    let table = toml::de::DeTable::parse(text).map_err(|error| Problem {
        message: error.message().trim().to_string(),
        key: String::new(),
        span: error.span(),
        hint: Some("the file is not valid TOML from here on".to_string()),
    })?;
    let span = table.span();
    Ok(Node {
        value: toml_table(table.into_inner()),
        span: Some(span),
    })
}

fn toml_table(table: toml::de::DeTable<'_>) -> Value {
    let mut entries: Vec<_> = table
        .into_iter()
        .map(|(key, value)| {
            let (key_span, span) = (key.span(), value.span());
            (
                key.into_inner().into_owned(),
                Some(key_span),
                Node {
                    value: toml_value(value.into_inner()),
                    span: Some(span),
                },
            )
        })
        .collect();
    // In the file's order, so that problems come from top to bottom.
    entries.sort_by_key(|(_, span, _)| span.as_ref().map_or(0, |s| s.start));
    Value::Table(entries)
}

fn toml_value(value: toml::de::DeValue<'_>) -> Value {
    use toml::de::DeValue;
    match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other, Value::Int)
        }
        DeValue::Float(number) => number.as_str().parse().map_or(Value::Other, Value::Float),
        DeValue::Boolean(truth) => Value::Bool(truth),
        DeValue::Datetime(_) => Value::Other,
        DeValue::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| {
                    let span = item.span();
                    Node {
                        value: toml_value(item.into_inner()),
                        span: Some(span),
                    }
                })
                .collect(),
        ),
        DeValue::Table(table) => toml_table(table),
    }
}

pub fn from_json(text: &str) -> Result<Node, Problem> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| Problem {
        message: error.to_string(),
        key: String::new(),
        span: None,
        hint: None,
    })?;
    Ok(json_node(value))
}

fn json_node(value: serde_json::Value) -> Node {
    use serde_json::Value as Json;
    let value = match value {
        Json::Null => Value::Other,
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(json_node).collect()),
        Json::Object(entries) => Value::Table(
            entries
                .into_iter()
                .map(|(key, value)| (key, None, json_node(value)))
                .collect(),
        ),
    };
    Node { value, span: None }
}
