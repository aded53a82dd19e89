//! Encodings: `str.encode` and `bytes.decode` with what they do about errors.
//!
//! UTF-8, ASCII and Latin-1 are known, by Python's names for them; others decline, as do errors under
//! `strict` but for UTF-8's.

use std::fmt::Write;

use super::Str;
use crate::Bytes;
use crate::fault::{Outcome, Stop};

/// An encoding by any of its names.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Encoding {
    Utf8,
    Ascii,
    Latin1,
}

impl Encoding {
    pub fn named(name: &str) -> Outcome<Self> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "ascii" | "us-ascii" => Ok(Self::Ascii),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Ok(Self::Latin1),
            _ => Err(Stop::Decline(
                "an encoding that is not UTF-8, ASCII or Latin-1",
            )),
        }
    }

    /// The first code that it has no byte for.
    fn limit(self) -> u32 {
        match self {
            Self::Utf8 => 0x11_0000,
            Self::Ascii => 0x80,
            Self::Latin1 => 0x100,
        }
    }
}

/// What is done about what cannot be encoded or decoded.
enum Handler {
    Strict,
    Ignore,
    Replace,
    Backslash,
    Xml,
}

impl Handler {
    fn named(name: &str) -> Outcome<Self> {
        Ok(match name {
            "strict" => Self::Strict,
            "ignore" => Self::Ignore,
            "replace" => Self::Replace,
            "backslashreplace" => Self::Backslash,
            "xmlcharrefreplace" => Self::Xml,
            _ => return Err(Stop::Decline("an error handler of encodings that is rare")),
        })
    }
}

/// A name with a null character raises even where it is not asked for.
fn no_null(errors: &str) -> Outcome<()> {
    if errors.contains('\0') {
        return Err(Stop::Decline("a name with a null character"));
    }
    Ok(())
}

/// A character as an escape: `\x41`, `\u20ac`, `\U0001f600`.
pub(super) fn escape(text: &mut String, code: u32) {
    let written = match code {
        ..0x100 => write!(text, "\\x{code:02x}"),
        0x100..0x1_0000 => write!(text, "\\u{code:04x}"),
        _ => write!(text, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok());
}

/// `s.encode(encoding)`
pub fn encode_as(s: &Str, encoding: &str) -> Outcome<Bytes> {
    encode_with(s, encoding, "strict")
}

/// `s.encode(encoding, errors)`
pub fn encode_with(s: &Str, encoding: &str, errors: &str) -> Outcome<Bytes> {
    let encoding = Encoding::named(encoding)?;
    no_null(errors)?;
    if encoding == Encoding::Utf8 || s.is_ascii() {
        return Ok(super::encode(s));
    }
    let mut made = Vec::with_capacity(s.as_str().len());
    for c in s.chars() {
        let code = u32::from(c);
        if code < encoding.limit() {
            made.push(code as u8);
            continue;
        }
        match Handler::named(errors)? {
            Handler::Strict => return Err(Stop::Decline("text that the encoding has not")),
            Handler::Ignore => {}
            Handler::Replace => made.push(b'?'),
            Handler::Backslash => {
                let mut text = String::new();
                escape(&mut text, code);
                made.extend_from_slice(text.as_bytes());
            }
            Handler::Xml => made.extend_from_slice(format!("&#{code};").as_bytes()),
        }
    }
    Ok(made.as_slice().into())
}

/// `data.decode(encoding)`
pub fn decode_as(data: &[u8], encoding: &str) -> Outcome<Str> {
    decode_with(data, encoding, "strict")
}

/// `data.decode(encoding, errors)`
pub fn decode_with(data: &[u8], encoding: &str, errors: &str) -> Outcome<Str> {
    no_null(errors)?;
    match Encoding::named(encoding)? {
        Encoding::Latin1 => Ok(data
            .iter()
            .map(|&b| char::from(b))
            .collect::<String>()
            .into()),
        Encoding::Utf8 if errors == "strict" => crate::bytes::decode(data),
        Encoding::Utf8 => repaired(data, errors),
        Encoding::Ascii if data.is_ascii() => crate::bytes::decode(data),
        Encoding::Ascii => {
            let mut text = String::with_capacity(data.len());
            for &byte in data {
                if byte.is_ascii() {
                    text.push(char::from(byte));
                } else {
                    repair(&mut text, &[byte], errors)?;
                }
            }
            Ok(text.into())
        }
    }
}

/// UTF-8 with errors: each longest part of a character that breaks off is one of them, as Unicode
/// recommends and both `from_utf8` and Python do.
fn repaired(mut data: &[u8], errors: &str) -> Outcome<Str> {
    let mut text = String::with_capacity(data.len());
    while let Err(error) = std::str::from_utf8(data) {
        let (good, rest) = data.split_at(error.valid_up_to());
        text.push_str(&String::from_utf8_lossy(good));
        let bad = error.error_len().unwrap_or(rest.len());
        repair(&mut text, &rest[..bad], errors)?;
        data = &rest[bad..];
    }
    text.push_str(&String::from_utf8_lossy(data));
    Ok(text.into())
}

/// One error of a text that is decoded.
fn repair(text: &mut String, bad: &[u8], errors: &str) -> Outcome<()> {
    match Handler::named(errors)? {
        Handler::Ignore => {}
        Handler::Replace => text.push('\u{fffd}'),
        Handler::Backslash => bad.iter().for_each(|&byte| escape(text, u32::from(byte))),
        Handler::Strict | Handler::Xml => {
            return Err(Stop::Decline("bytes that the encoding has not"));
        }
    }
    Ok(())
}
