//! `int.to_bytes` and `int.from_bytes`.

use crate::Bytes;
use crate::fault::{Outcome, PAST_I64, Stop, overflow_error, value_error};

/// Whether the first byte is the greatest.
pub(crate) fn big_endian(byteorder: &str) -> Outcome<bool> {
    match byteorder {
        "big" => Ok(true),
        "little" => Ok(false),
        _ => Err(value_error("byteorder must be either 'little' or 'big'")),
    }
}

/// `a.to_bytes(length, byteorder, signed=signed)`
pub fn to_bytes(a: i64, length: i64, byteorder: &str, signed: bool) -> Outcome<Bytes> {
    let big = big_endian(byteorder)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(value_error("length argument must be non-negative"));
    };
    if length > 1 << 20 {
        return Err(Stop::Decline("an int of that many bytes"));
    }
    if a < 0 && !signed {
        return Err(overflow_error("can't convert negative int to unsigned"));
    }
    let bits = 8 * length.min(8) as u32;
    let wide = i128::from(a);
    let (low, high) = if signed && bits > 0 {
        (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
    } else {
        (0, (1_i128 << bits) - 1)
    };
    if wide < low || wide > high {
        return Err(overflow_error("int too big to convert"));
    }
    let filler = if a < 0 { 0xff } else { 0 };
    let word = a.to_le_bytes();
    let mut data: Vec<u8> = (0..length)
        .map(|at| word.get(at).copied().unwrap_or(filler))
        .collect();
    if big {
        data.reverse();
    }
    Ok(data.into())
}

/// `int.from_bytes(data, byteorder, signed=signed)`
pub fn from_bytes(data: &[u8], byteorder: &str, signed: bool) -> Outcome<i64> {
    let big = big_endian(byteorder)?;
    let at = |index: usize| data[if big { data.len() - 1 - index } else { index }];
    let negative = signed && !data.is_empty() && at(data.len() - 1) >= 0x80;
    let filler = if negative { 0xff } else { 0 };
    let mut word = [filler; 16];
    for index in 0..data.len() {
        match word.get_mut(index) {
            Some(byte) => *byte = at(index),
            None if at(index) == filler => {}
            None => return Err(PAST_I64),
        }
    }
    // Sixteen bytes are an i128 of either sign.
    if (word[15] >= 0x80) != negative {
        return Err(PAST_I64);
    }
    i64::try_from(i128::from_le_bytes(word)).map_err(|_| PAST_I64)
}
