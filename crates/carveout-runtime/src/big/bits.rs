//! Shifts, counts of bits, and bytes.

use num_bigint::{BigInt, BigUint, Sign};

use super::Integer::{Large, Small};
use super::{Integer, MOST_BITS, Operand, TOO_LARGE};
use crate::Bytes;
use crate::fault::{Outcome, Stop, overflow_error, value_error};
use crate::int::{self, big_endian};

/// `a << b`
pub fn shl(a: impl Operand, b: i64) -> Outcome<Integer> {
    if let Some(small) = a.small() {
        match int::shl(small, b) {
            Err(Stop::Decline(_)) => {}
            done => return done.map(Small),
        }
    }
    if b < 0 {
        return Err(value_error("negative shift count"));
    }
    let wide = a.wide();
    if b.cast_unsigned().saturating_add(wide.bits()) > MOST_BITS {
        return Err(TOO_LARGE);
    }
    Ok((&*wide << b).into())
}

/// `a >> b`
pub fn shr(a: impl Operand, b: i64) -> Outcome<Integer> {
    if let Some(small) = a.small() {
        return int::shr(small, b).map(Small);
    }
    if b < 0 {
        return Err(value_error("negative shift count"));
    }
    Ok((&*a.wide() >> b).into())
}

/// `a.bit_length()`
#[must_use]
pub fn bit_length(a: &Integer) -> i64 {
    match a {
        Small(value) => int::bit_length(*value),
        Large(value) => value.bits().cast_signed(),
    }
}

/// `a.bit_count()`
#[must_use]
pub fn bit_count(a: &Integer) -> i64 {
    match a {
        Small(value) => int::bit_count(*value),
        Large(value) => value.magnitude().count_ones().cast_signed(),
    }
}

/// `a.to_bytes(length, byteorder, signed=signed)`
pub fn to_bytes(a: &Integer, length: i64, byteorder: &str, signed: bool) -> Outcome<Bytes> {
    let value = match a {
        Small(value) => return int::to_bytes(*value, length, byteorder, signed),
        Large(value) => value,
    };
    let big = big_endian(byteorder)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(value_error("length argument must be non-negative"));
    };
    if length > 1 << 20 {
        return Err(Stop::Decline("an int of that many bytes"));
    }
    let negative = value.sign() == Sign::Minus;
    if negative && !signed {
        return Err(overflow_error("can't convert negative int to unsigned"));
    }
    let mut data = if signed {
        value.to_signed_bytes_le()
    } else {
        value.magnitude().to_bytes_le()
    };
    if data.len() > length {
        return Err(overflow_error("int too big to convert"));
    }
    data.resize(length, if negative { 0xff } else { 0 });
    if big {
        data.reverse();
    }
    Ok(data.into())
}

/// `int.from_bytes(data, byteorder, signed=signed)`
pub fn from_bytes(data: &[u8], byteorder: &str, signed: bool) -> Outcome<Integer> {
    let made = match (big_endian(byteorder)?, signed) {
        (true, true) => BigInt::from_signed_bytes_be(data),
        (false, true) => BigInt::from_signed_bytes_le(data),
        (true, false) => BigInt::from(BigUint::from_bytes_be(data)),
        (false, false) => BigInt::from(BigUint::from_bytes_le(data)),
    };
    Ok(made.into())
}
