//! Bytes as text and back: `base64`, and `binascii`'s part of it.
//!
//! ```
//! use carveout_runtime::encodings;
//! assert_eq!(&*encodings::b64encode(b"any"), b"YW55");
//! ```

use crate::fault::{Outcome, Stop, builtin, decline, python_minor, type_error, value_error};
use crate::{Bytes, Str};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE32_HEX: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
const BASE85: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
const DIGITS: &[u8; 16] = b"0123456789abcdef";

#[cold]
fn error(text: impl Into<String>) -> Stop {
    builtin("binascii:Error", text)
}

/// A text given for bytes: ASCII only.
pub fn ascii(text: &Str) -> Outcome<Bytes> {
    if text.is_ascii() {
        Ok(text.as_bytes().into())
    } else {
        Err(value_error(
            "string argument should contain only ASCII characters",
        ))
    }
}

// --- base 16 -------------------------------------------------------------------------------------

fn hex_digits(data: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(2 * data.len());
    for byte in data {
        made.push(DIGITS[usize::from(byte >> 4)]);
        made.push(DIGITS[usize::from(byte & 15)]);
    }
    made
}

/// `binascii.hexlify(data)`
#[must_use]
pub fn hexlify(data: &[u8]) -> Bytes {
    hex_digits(data).into()
}

/// The digits with a separator after each so many bytes: counted from the right, or from the left.
fn hex_groups(data: &[u8], separator: &[u8], every: i64) -> Outcome<Vec<u8>> {
    let [separator] = separator else {
        return Err(value_error("sep must be length 1."));
    };
    let size = usize::try_from(every.unsigned_abs()).unwrap_or(usize::MAX);
    if size == 0 || i32::try_from(every).is_err() {
        return if size == 0 {
            Ok(hex_digits(data))
        } else {
            Err(decline("bytes_per_sep past 32 bits"))
        };
    }
    let mut made = Vec::with_capacity(3 * data.len());
    for (at, byte) in data.iter().enumerate() {
        let from = if every > 0 { data.len() - at } else { at };
        if at > 0 && from % size == 0 {
            made.push(*separator);
        }
        made.push(DIGITS[usize::from(byte >> 4)]);
        made.push(DIGITS[usize::from(byte & 15)]);
    }
    Ok(made)
}

/// `binascii.hexlify(data, sep, every)`
pub fn hexlify_by(data: &[u8], separator: &[u8], every: i64) -> Outcome<Bytes> {
    Ok(hex_groups(data, separator, every)?.into())
}

/// `data.hex(sep, every)`
pub fn hex_by(data: &[u8], separator: &[u8], every: i64) -> Outcome<Str> {
    if separator.len() == 1 && !separator.is_ascii() {
        return Err(value_error("sep must be ASCII."));
    }
    let made = hex_groups(data, separator, every)?;
    Ok(Str::ascii(String::from_utf8(made).unwrap_or_default()))
}

/// A separator that is a text: one character, of one byte in Python's memory.
pub fn separator(text: &Str) -> Outcome<Bytes> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => match u8::try_from(u32::from(letter)) {
            Ok(byte) => Ok(vec![byte].into()),
            Err(_) => Err(value_error("sep must be ASCII.")),
        },
        _ => Err(value_error("sep must be length 1.")),
    }
}

/// `binascii.unhexlify(digits)`
pub fn unhexlify(digits: &[u8]) -> Outcome<Bytes> {
    if !digits.len().is_multiple_of(2) {
        return Err(error("Odd-length string"));
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    digits
        .chunks_exact(2)
        .map(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8))
        .collect::<Option<Vec<u8>>>()
        .map(Bytes::from)
        .ok_or_else(|| error("Non-hexadecimal digit found"))
}

/// `base64.b16encode(data)`
#[must_use]
pub fn b16encode(data: &[u8]) -> Bytes {
    hex_digits(data).to_ascii_uppercase().into()
}

/// `base64.b16decode(digits, casefold)`
pub fn b16decode(digits: &[u8], casefold: bool) -> Outcome<Bytes> {
    let wrong = |byte: &u8| !byte.is_ascii_hexdigit() || (!casefold && byte.is_ascii_lowercase());
    if digits.iter().any(wrong) {
        return Err(error("Non-base16 digit found"));
    }
    unhexlify(digits)
}

// --- base 64 -------------------------------------------------------------------------------------

fn base64(data: &[u8], alphabet: &[u8; 64], newline: bool) -> Bytes {
    let mut made = Vec::with_capacity(data.len().div_ceil(3) * 4 + usize::from(newline));
    for part in data.chunks(3) {
        let (b, c) = (part.get(1).copied(), part.get(2).copied());
        let bits =
            u32::from(part[0]) << 16 | u32::from(b.unwrap_or(0)) << 8 | u32::from(c.unwrap_or(0));
        let letter = |shift: u32| alphabet[(bits >> shift & 63) as usize];
        made.push(letter(18));
        made.push(letter(12));
        made.push(if b.is_some() { letter(6) } else { b'=' });
        made.push(if c.is_some() { letter(0) } else { b'=' });
    }
    if newline {
        made.push(b'\n');
    }
    made.into()
}

fn with_last(two: [u8; 2]) -> [u8; 64] {
    let mut alphabet = *BASE64;
    alphabet[62..].copy_from_slice(&two);
    alphabet
}

/// `base64.b64encode(data)`
#[must_use]
pub fn b64encode(data: &[u8]) -> Bytes {
    base64(data, BASE64, false)
}

/// `base64.b64encode(data, altchars)`
pub fn b64encode_with(data: &[u8], last: &[u8]) -> Outcome<Bytes> {
    match last {
        [a, b] => Ok(base64(data, &with_last([*a, *b]), false)),
        // An assertion, which `python -O` leaves out.
        _ => Err(decline("altchars of another length than 2")),
    }
}

/// `base64.urlsafe_b64encode(data)`
#[must_use]
pub fn urlsafe_b64encode(data: &[u8]) -> Bytes {
    base64(data, &with_last(*b"-_"), false)
}

/// `binascii.b2a_base64(data, newline=…)`
#[must_use]
pub fn b2a_base64(data: &[u8], newline: bool) -> Bytes {
    base64(data, BASE64, newline)
}

/// `base64.encodebytes(data)`: lines of 76 characters.
#[must_use]
pub fn encodebytes(data: &[u8]) -> Bytes {
    let mut made = Vec::with_capacity(data.len() / 57 * 77 + 80);
    for line in data.chunks(57) {
        made.extend_from_slice(&base64(line, BASE64, true));
    }
    made.into()
}

const NO_DIGIT: u8 = 255;
const VALUES: [u8; 256] = values();

const fn values() -> [u8; 256] {
    let mut made = [NO_DIGIT; 256];
    let mut at = 0;
    while at < 64 {
        made[BASE64[at] as usize] = at as u8;
        at += 1;
    }
    made
}

/// `binascii.a2b_base64(data)`: what is no digit is skipped. Strict, anything odd is an error, whose
/// words depend on Python's version.
pub fn a2b_base64(data: &[u8], strict: bool) -> Outcome<Bytes> {
    let mut made = Vec::with_capacity(data.len() / 4 * 3 + 3);
    let (mut quad, mut left, mut pads, mut padding) = (0_u8, 0_u8, 0_u8, false);
    if strict && data.first() == Some(&b'=') {
        return Err(strictly("Leading padding not allowed"));
    }
    for (at, byte) in data.iter().enumerate() {
        if *byte == b'=' {
            padding = true;
            if quad >= 2 {
                pads += 1;
                if quad + pads >= 4 {
                    if strict && at + 1 < data.len() {
                        return Err(strictly("Excess data after padding"));
                    }
                    return Ok(made.into());
                }
            } else if strict && python_minor() > 11 {
                return Err(decline("padding where none is due"));
            }
            continue;
        }
        let value = VALUES[usize::from(*byte)];
        if value == NO_DIGIT {
            if strict {
                return Err(strictly("Only base64 data is allowed"));
            }
            continue;
        }
        if strict && padding {
            return Err(strictly("Discontinuous padding not allowed"));
        }
        pads = 0;
        match quad {
            0 => left = value,
            1 => {
                made.push(left << 2 | value >> 4);
                left = value & 15;
            }
            2 => {
                made.push(left << 4 | value >> 2);
                left = value & 3;
            }
            _ => {
                made.push(left << 6 | value);
                left = 0;
            }
        }
        quad = (quad + 1) % 4;
    }
    match quad {
        0 => Ok(made.into()),
        1 => Err(error(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more \
             than a multiple of 4",
            made.len() / 3 * 4 + 1
        ))),
        _ => Err(error("Incorrect padding")),
    }
}

#[cold]
fn strictly(text: &'static str) -> Stop {
    if python_minor() > 12 {
        return decline("the words of strict base64 in a later Python");
    }
    error(text)
}

/// `base64.b64decode(data, altchars)`
pub fn b64decode_with(data: &[u8], last: &[u8], strict: bool) -> Outcome<Bytes> {
    let [a, b] = last else {
        return Err(decline("altchars of another length than 2"));
    };
    if strict && python_minor() > 13 {
        return Err(decline("altchars and validate in a later Python"));
    }
    let swapped: Vec<u8> = data
        .iter()
        // As `bytes.maketrans(altchars, b"+/")`: of two entries for one byte the later counts.
        .map(|byte| match byte {
            byte if byte == b => b'/',
            byte if byte == a => b'+',
            byte => *byte,
        })
        .collect();
    a2b_base64(&swapped, strict)
}

/// `base64.urlsafe_b64decode(data)`
pub fn urlsafe_b64decode(data: &[u8]) -> Outcome<Bytes> {
    b64decode_with(data, b"-_", false)
}

// --- base 32 -------------------------------------------------------------------------------------

fn base32(data: &[u8], alphabet: &[u8; 32]) -> Bytes {
    let mut made = Vec::with_capacity(data.len().div_ceil(5) * 8);
    for part in data.chunks(5) {
        let bits = part
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let bits = bits << (8 * (5 - part.len()));
        let letters = (part.len() * 8).div_ceil(5);
        for at in 0..8 {
            let digit = bits >> (35 - 5 * at) & 31;
            made.push(if at < letters {
                alphabet[digit as usize]
            } else {
                b'='
            });
        }
    }
    made.into()
}

/// `base64.b32encode(data)`
#[must_use]
pub fn b32encode(data: &[u8]) -> Bytes {
    base32(data, BASE32)
}

/// `base64.b32hexencode(data)`
#[must_use]
pub fn b32hexencode(data: &[u8]) -> Bytes {
    base32(data, BASE32_HEX)
}

fn from_base32(data: &[u8], alphabet: &[u8; 32], casefold: bool) -> Outcome<Bytes> {
    if !data.len().is_multiple_of(8) {
        return Err(error("Incorrect padding"));
    }
    let kept = data.iter().rposition(|byte| *byte != b'=');
    let digits = &data[..kept.map_or(0, |at| at + 1)];
    let pads = data.len() - digits.len();
    let mut made = Vec::with_capacity(data.len() / 8 * 5);
    let mut bits = 0_u64;
    let mut count = 0;
    for digit in digits {
        let folded = if casefold {
            digit.to_ascii_uppercase()
        } else {
            *digit
        };
        let Some(value) = alphabet.iter().position(|letter| *letter == folded) else {
            return Err(error("Non-base32 digit found"));
        };
        bits = bits << 5 | value as u64;
        count += 1;
        if count % 8 == 0 {
            made.extend_from_slice(&bits.to_be_bytes()[3..]);
            bits = 0;
        }
    }
    if !matches!(pads, 0 | 1 | 3 | 4 | 6) {
        return Err(error("Incorrect padding"));
    }
    if pads > 0 {
        bits <<= 5 * pads;
        let kept = (43 - 5 * pads) / 8;
        made.extend_from_slice(&bits.to_be_bytes()[3..3 + kept]);
    }
    Ok(made.into())
}

/// `base64.b32decode(data, casefold)`
pub fn b32decode(data: &[u8], casefold: bool) -> Outcome<Bytes> {
    from_base32(data, BASE32, casefold)
}

/// `base64.b32hexdecode(data, casefold)`
pub fn b32hexdecode(data: &[u8], casefold: bool) -> Outcome<Bytes> {
    from_base32(data, BASE32_HEX, casefold)
}

// --- base 85 -------------------------------------------------------------------------------------

/// `base64.b85encode(data, pad)`
#[must_use]
pub fn b85encode(data: &[u8], pad: bool) -> Bytes {
    let mut made = Vec::with_capacity(data.len().div_ceil(4) * 5);
    for part in data.chunks(4) {
        let mut word = [0; 4];
        word[..part.len()].copy_from_slice(part);
        let mut bits = u32::from_be_bytes(word);
        let mut letters = [0; 5];
        for letter in letters.iter_mut().rev() {
            *letter = BASE85[(bits % 85) as usize];
            bits /= 85;
        }
        let kept = if pad { 5 } else { part.len() + 1 };
        made.extend_from_slice(&letters[..kept]);
    }
    made.into()
}

/// `base64.b85decode(data)`
pub fn b85decode(data: &[u8]) -> Outcome<Bytes> {
    let mut made = Vec::with_capacity(data.len().div_ceil(5) * 4);
    for (number, part) in data.chunks(5).enumerate() {
        let mut bits = 0_u64;
        for at in 0..5 {
            let letter = part.get(at).copied().unwrap_or(b'~');
            let Some(value) = BASE85.iter().position(|known| *known == letter) else {
                return Err(value_error(format!(
                    "bad base85 character at position {}",
                    number * 5 + at
                )));
            };
            bits = bits * 85 + value as u64;
        }
        let Ok(word) = u32::try_from(bits) else {
            return Err(value_error(format!(
                "base85 overflow in hunk starting at byte {}",
                number * 5
            )));
        };
        let kept = part.len() - 1;
        made.extend_from_slice(&word.to_be_bytes()[..kept]);
    }
    Ok(made.into())
}

/// `hmac.compare_digest(a, b)`
#[must_use]
pub fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    // Every byte is looked at, however early they differ.
    a.len() == b.len() && a.iter().zip(b).fold(0, |found, (x, y)| found | (x ^ y)) == 0
}

/// The same of texts, which have to be ASCII.
pub fn same_text(a: &Str, b: &Str) -> Outcome<bool> {
    if a.is_ascii() && b.is_ascii() {
        return Ok(same_bytes(a.as_bytes(), b.as_bytes()));
    }
    Err(type_error(
        "comparing strings with non-ASCII characters is not supported",
    ))
}
