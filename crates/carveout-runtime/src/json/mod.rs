//! JSON at the edge: a request body becomes arguments on the wire, a result becomes JSON, both by
//! the contract.
//!
//! ```
//! use carveout_runtime::{json, schema::Contract};
//! let contract = Contract::parse(r#"{"carveout":1,"name":"m:f","types":{},"result":{"t":"float"},
//!   "params":[{"name":"x","type":{"t":"int"},"kind":"positional","required":true}]}"#)?;
//! let refused = json::args_to_wire(&contract, b"{\"x\": null}", &mut Vec::new()).unwrap_err();
//! assert_eq!(refused.text(), "body.x: Input should be a valid integer");
//! # Ok::<(), String>(())
//! ```
//!
//! Invariants: a value is taken as it is or not at all, never altered (an int for a float is its
//! float, as in Python); a body is called wrong only where FastAPI calls it wrong, and in its words; a
//! value JSON has no words for (NaN, infinity, bytes that are not UTF-8) is an error, so that the caller
//! goes the slow way.
//!
//! A body is the object of the parameters by name, or the bare struct when the only parameter is
//! one, as FastAPI has it.

mod parse;
mod problem;
mod read;
mod scalars;
mod time;
mod write;

use crate::schema::{Contract, Shape, Type};
use crate::table;
use crate::wire::{Kind, Reader};

pub use problem::{Loc, Problem, Refused, UNREADABLE, details};

/// Appends the arguments a JSON body gives, as the array the wire wants. Keys nobody asked for are
/// passed over, as FastAPI does.
pub fn args_to_wire(contract: &Contract, body: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
    read::args(contract, body, out, false)
}

/// Appends a result on the wire as compact JSON, as `json.dumps(..., ensure_ascii=False)` writes it.
pub fn result_to_json(contract: &Contract, wire: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let mut reader = Reader::new(wire);
    write::value(contract, &contract.result, &mut reader, out)?;
    reader.end().map_err(|e| e.to_string())
}

/// A value that describes itself (an exception's argument) as JSON; `None` if JSON has no words.
pub fn free_value(reader: &mut Reader<'_>) -> Option<serde_json::Value> {
    use serde_json::Value;
    Some(match reader.kind().ok()? {
        Kind::Nil => {
            reader.nil().ok()?;
            Value::Null
        }
        Kind::Bool => Value::Bool(reader.bool().ok()?),
        Kind::Int => Value::from(reader.i64().ok()?),
        Kind::Float => Value::Number(serde_json::Number::from_f64(reader.f64().ok()?)?),
        Kind::Str => Value::from(reader.str().ok()?),
        Kind::Bin => Value::from(std::str::from_utf8(reader.bin().ok()?).ok()?),
        Kind::Array => {
            let len = reader.array().ok()?;
            reader.enter().ok()?;
            let items = (0..len)
                .map(|_| free_value(reader))
                .collect::<Option<Vec<_>>>()?;
            reader.leave();
            Value::Array(items)
        }
        Kind::Map | Kind::Ext => return None,
    })
}

/// A whole call in JSON. An error is any reason for the slow way: the reference's own framework
/// then answers, with its own words.
pub fn call(
    contract: &Contract,
    call_wire: fn(&[u8], &mut Vec<u8>),
    body: &[u8],
) -> Result<Vec<u8>, String> {
    if contract.has_sets {
        return Err("a set has the order that Python gives it".into());
    }
    let mut args = Vec::with_capacity(body.len() + 16);
    read::args(contract, body, &mut args, true).map_err(|refused| refused.text())?;
    let mut outcome = Vec::with_capacity(256);
    call_wire(&args, &mut outcome);
    // These arguments were made for this call: nobody sees how they are afterwards.
    let (outcome, _) = table::parted(&outcome).ok_or("no outcome")?;
    let mut reader = Reader::new(outcome);
    let len = reader.array().map_err(|e| e.to_string())?;
    match (len, reader.i64().map_err(|e| e.to_string())?) {
        (2, table::VALUE) => {
            let mut out = Vec::with_capacity(outcome.len() * 2);
            result_to_json(contract, &outcome[reader.position()..], &mut out)?;
            Ok(out)
        }
        (_, table::FAULT) => Err("a fault".into()),
        _ => Err(reader.str().unwrap_or("no outcome").to_owned()),
    }
}

/// The struct a body is by itself: the only parameter's type.
fn bare(contract: &Contract) -> Option<&Type> {
    match contract.params.as_slice() {
        [only] => match only.ty {
            Type::Ref(index) if matches!(contract.shape(index), Shape::Struct { .. }) => {
                Some(&only.ty)
            }
            _ => None,
        },
        _ => None,
    }
}
