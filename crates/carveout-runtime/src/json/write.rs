//! A result on the wire as JSON text.

use std::io::Write as _;

use super::time;
use crate::schema::{Contract, Shape, StructKind, Type};
use crate::wire::{EXT_ABSENT, Int, Kind, Reader, WireError};

type Done = Result<(), String>;

fn said(error: WireError) -> String {
    error.to_string()
}

pub fn value(contract: &Contract, ty: &Type, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Done {
    match ty {
        Type::None => {
            reader.nil().map_err(said)?;
            out.extend_from_slice(b"null");
        }
        Type::Bool => out.extend_from_slice(truth(reader.bool().map_err(said)?)),
        Type::Int => int(reader, out)?,
        Type::Float => float(reader.f64().map_err(said)?, out)?,
        Type::Str | Type::Decimal => string(reader.str().map_err(said)?, out),
        Type::Bytes => {
            let bytes = reader.bin().map_err(said)?;
            let text = std::str::from_utf8(bytes).map_err(|_| "bytes that are not UTF-8")?;
            string(text, out);
        }
        Type::Date | Type::Datetime | Type::Time | Type::Timedelta | Type::Uuid => {
            string(&scalar(ty, reader)?, out);
        }
        Type::List(item) | Type::Set(item) | Type::FrozenSet(item) | Type::VarTuple(item) => {
            let len = reader.array().map_err(said)?;
            sequence(reader, out, (0..len).map(|_| &**item), contract)?;
        }
        Type::Tuple(items) => {
            reader.array_of(items.len()).map_err(said)?;
            sequence(reader, out, items.iter(), contract)?;
        }
        Type::Dict(key, item) => {
            let len = reader.map().map_err(said)?;
            reader.enter().map_err(said)?;
            out.push(b'{');
            for i in 0..len {
                if i > 0 {
                    out.push(b',');
                }
                key_text(contract, key, reader, out)?;
                out.push(b':');
                value(contract, item, reader, out)?;
            }
            out.push(b'}');
            reader.leave();
        }
        Type::Optional(item) => {
            if reader.try_nil().map_err(said)? {
                out.extend_from_slice(b"null");
            } else {
                value(contract, item, reader, out)?;
            }
        }
        Type::Union(members) => {
            reader.array_of(2).map_err(said)?;
            let index = reader.index().map_err(said)?;
            value(
                contract,
                members.get(index).ok_or("no such member")?,
                reader,
                out,
            )?;
        }
        Type::Literal(values) => {
            let index = reader.index().map_err(said)?;
            json(values.get(index).ok_or("no such literal")?, out)?;
        }
        Type::Ref(index) => named(contract, *index, reader, out)?,
    }
    Ok(())
}

fn truth(value: bool) -> &'static [u8] {
    if value { b"true" } else { b"false" }
}

fn sequence<'t>(
    reader: &mut Reader<'_>,
    out: &mut Vec<u8>,
    items: impl Iterator<Item = &'t Type>,
    contract: &Contract,
) -> Done {
    reader.enter().map_err(said)?;
    out.push(b'[');
    for (i, ty) in items.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        value(contract, ty, reader, out)?;
    }
    out.push(b']');
    reader.leave();
    Ok(())
}

fn named(contract: &Contract, index: usize, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Done {
    match contract.shape(index) {
        Shape::Enum { members, .. } => {
            let member = reader.index().map_err(said)?;
            json(&members.get(member).ok_or("no such member")?.1, out)
        }
        Shape::Struct {
            kind: StructKind::NamedTuple,
            fields,
            ..
        } => {
            reader.array_of(fields.len()).map_err(said)?;
            sequence(reader, out, fields.iter().map(|f| &f.ty), contract)
        }
        Shape::Struct { fields, .. } => {
            reader.array_of(fields.len()).map_err(said)?;
            reader.enter().map_err(said)?;
            out.push(b'{');
            let mut first = true;
            for field in fields {
                if !field.required && reader.kind().map_err(said)? == Kind::Ext {
                    let before = reader.clone();
                    if reader.ext().map_err(said)?.0 == EXT_ABSENT {
                        continue;
                    }
                    *reader = before;
                }
                if !first {
                    out.push(b',');
                }
                first = false;
                string(&field.name, out);
                out.push(b':');
                value(contract, &field.ty, reader, out)?;
            }
            out.push(b'}');
            reader.leave();
            Ok(())
        }
    }
}

fn int(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Done {
    match reader.int().map_err(said)? {
        Int::Small(value) => write!(out, "{value}").map_err(|e| e.to_string()),
        Int::Unsigned(value) => write!(out, "{value}").map_err(|e| e.to_string()),
        Int::Big(_) => Err("an int beyond 64 bits".into()),
    }
}

fn float(value: f64, out: &mut Vec<u8>) -> Done {
    if !value.is_finite() {
        return Err("a float JSON has no words for".into());
    }
    out.extend_from_slice(crate::float::repr(value).as_bytes());
    Ok(())
}

/// A JSON string, escaped as `json.dumps(..., ensure_ascii=False)` does.
pub fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[plain..i]);
        plain = i + 1;
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            8 => out.extend_from_slice(b"\\b"),
            12 => out.extend_from_slice(b"\\f"),
            _ => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

/// A JSON scalar of the contract.
fn json(value: &serde_json::Value, out: &mut Vec<u8>) -> Done {
    match value {
        serde_json::Value::String(text) => string(text, out),
        serde_json::Value::Number(number) => match number.as_f64() {
            Some(f) if number.is_f64() => float(f, out)?,
            _ => write!(out, "{number}").map_err(|e| e.to_string())?,
        },
        other => out.extend_from_slice(other.to_string().as_bytes()),
    }
    Ok(())
}

/// A value that is one string in JSON.
fn scalar(ty: &Type, reader: &mut Reader<'_>) -> Result<String, String> {
    match ty {
        Type::Date => time::date(reader),
        Type::Time => time::time(reader),
        Type::Datetime => time::datetime(reader),
        Type::Timedelta => time::timedelta(reader),
        _ => {
            let bytes = reader.bin().map_err(said)?;
            if bytes.len() != 16 {
                return Err("a UUID is 16 bytes".into());
            }
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            let parts = [
                &hex[..8],
                &hex[8..12],
                &hex[12..16],
                &hex[16..20],
                &hex[20..],
            ];
            Ok(parts.join("-"))
        }
    }
}

/// A key: JSON knows only strings.
fn key_text(contract: &Contract, ty: &Type, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Done {
    let start = out.len();
    match ty {
        Type::List(_)
        | Type::Set(_)
        | Type::FrozenSet(_)
        | Type::Tuple(_)
        | Type::VarTuple(_)
        | Type::Dict(..) => {
            return Err("a key JSON has no words for".into());
        }
        Type::Ref(index) if matches!(contract.shape(*index), Shape::Struct { .. }) => {
            return Err("a key JSON has no words for".into());
        }
        _ => value(contract, ty, reader, out)?,
    }
    match out.get(start) {
        Some(b'"') => Ok(()),
        Some(b'-' | b'0'..=b'9') if !out[start..].contains(&b'.') => {
            out.insert(start, b'"');
            out.push(b'"');
            Ok(())
        }
        // None, bools and floats have several forms as keys; a union may still be a container.
        _ => Err("a key JSON has no words for".into()),
    }
}
