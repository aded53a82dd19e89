//! `struct`: numbers at known places in bytes.
//!
//! ```
//! use carveout_runtime::{Bytes, packing};
//! let packed = packing::exactly(&Bytes::from(vec![1, 0, 0, 2]), 4)?;
//! assert_eq!((packing::u16_le(&packed, 0), packing::u16_be(&packed, 2)), (1, 2));
//! # Ok::<(), carveout_runtime::Stop>(())
//! ```
//!
//! The compiler knows the format: it writes the places, and asks for the size first. What does not fit
//! declines, because its message differs between Python's versions.

use crate::Bytes;
use crate::fault::{Outcome, PAST_I64, Stop, builtin, decline};

/// `struct.unpack` takes just so many bytes.
pub fn exactly(data: &Bytes, size: usize) -> Outcome<Bytes> {
    if data.len() == size {
        return Ok(data.clone());
    }
    Err(builtin(
        "struct:error",
        format!("unpack requires a buffer of {size} bytes"),
    ))
}

/// `struct.unpack_from` takes them from an offset on; a negative one counts from the end.
pub fn within(data: &Bytes, offset: i64, size: usize) -> Outcome<Bytes> {
    let length = data.len() as i64;
    if offset < 0 && offset + (size as i64) > 0 {
        return Err(builtin(
            "struct:error",
            format!("not enough data to unpack {size} bytes"),
        ));
    }
    let from = if offset < 0 { offset + length } else { offset };
    if from < 0 {
        return Err(builtin(
            "struct:error",
            format!("offset {offset} out of range for {length}-byte buffer"),
        ));
    }
    if length - from < size as i64 {
        return Err(builtin(
            "struct:error",
            format!(
                "unpack_from requires a buffer of at least {} bytes for unpacking {size} bytes at \
                 offset {offset} (actual buffer size is {length})",
                size as i128 + i128::from(offset)
            ),
        ));
    }
    Ok(data.part(from as usize, from as usize + size))
}

/// What is at a place the compiler has checked.
#[inline]
fn at<const N: usize>(packed: &[u8], from: usize) -> [u8; N] {
    let mut taken = [0; N];
    taken.copy_from_slice(&packed[from..from + N]);
    taken
}

const DOES_NOT_FIT: Stop = Stop::Decline("a number that does not fit its place");

macro_rules! ints {
    ($($get:ident $put:ident $ty:ty, $from:ident, $to:ident;)+) => { $(
        #[inline]
        #[must_use]
        pub fn $get(packed: &[u8], from: usize) -> i64 {
            i64::from(<$ty>::$from(at(packed, from)))
        }

        #[inline]
        pub fn $put(packed: &mut [u8], from: usize, value: i64) -> Outcome<()> {
            let value = <$ty>::try_from(value).map_err(|_| DOES_NOT_FIT)?;
            packed[from..from + size_of::<$ty>()].copy_from_slice(&value.$to());
            Ok(())
        }
    )+ };
}

ints! {
    i8 put_i8 i8, from_le_bytes, to_le_bytes;
    u8 put_u8 u8, from_le_bytes, to_le_bytes;
    i16_le put_i16_le i16, from_le_bytes, to_le_bytes;
    i16_be put_i16_be i16, from_be_bytes, to_be_bytes;
    u16_le put_u16_le u16, from_le_bytes, to_le_bytes;
    u16_be put_u16_be u16, from_be_bytes, to_be_bytes;
    i32_le put_i32_le i32, from_le_bytes, to_le_bytes;
    i32_be put_i32_be i32, from_be_bytes, to_be_bytes;
    u32_le put_u32_le u32, from_le_bytes, to_le_bytes;
    u32_be put_u32_be u32, from_be_bytes, to_be_bytes;
    i64_le put_i64_le i64, from_le_bytes, to_le_bytes;
    i64_be put_i64_be i64, from_be_bytes, to_be_bytes;
}

macro_rules! others {
    ($($get_u:ident $put_u:ident $get_f:ident $put_f:ident $get_d:ident $put_d:ident
       $from:ident $to:ident;)+) => { $(
        #[inline]
        pub fn $get_u(packed: &[u8], from: usize) -> Outcome<i64> {
            i64::try_from(u64::$from(at(packed, from))).map_err(|_| PAST_I64)
        }

        #[inline]
        pub fn $put_u(packed: &mut [u8], from: usize, value: i64) -> Outcome<()> {
            let value = u64::try_from(value).map_err(|_| DOES_NOT_FIT)?;
            packed[from..from + 8].copy_from_slice(&value.$to());
            Ok(())
        }

        #[inline]
        pub fn $get_f(packed: &[u8], from: usize) -> Outcome<f64> {
            let value = f32::$from(at(packed, from));
            if value.is_nan() {
                return Err(decline("NaN of 32 bits"));
            }
            Ok(f64::from(value))
        }

        #[inline]
        pub fn $put_f(packed: &mut [u8], from: usize, value: f64) -> Outcome<()> {
            let short = value as f32;
            if short.is_nan() || (short.is_infinite() && value.is_finite()) {
                return Err(DOES_NOT_FIT);
            }
            packed[from..from + 4].copy_from_slice(&short.$to());
            Ok(())
        }

        #[inline]
        #[must_use]
        pub fn $get_d(packed: &[u8], from: usize) -> f64 {
            f64::$from(at(packed, from))
        }

        #[inline]
        pub fn $put_d(packed: &mut [u8], from: usize, value: f64) -> Outcome<()> {
            packed[from..from + 8].copy_from_slice(&value.$to());
            Ok(())
        }
    )+ };
}

others! {
    u64_le put_u64_le f32_le put_f32_le f64_le put_f64_le from_le_bytes to_le_bytes;
    u64_be put_u64_be f32_be put_f32_be f64_be put_f64_be from_be_bytes to_be_bytes;
}

/// `?`
#[inline]
#[must_use]
pub fn flag(packed: &[u8], from: usize) -> bool {
    packed[from] != 0
}

pub fn put_flag(packed: &mut [u8], from: usize, value: bool) -> Outcome<()> {
    packed[from] = u8::from(value);
    Ok(())
}

/// `s` and `c`: bytes as they are.
#[must_use]
pub fn bytes(packed: &Bytes, from: usize, size: usize) -> Bytes {
    packed.part(from, from + size)
}

/// `s`: cut off, or filled up with zeros.
pub fn put_bytes(packed: &mut [u8], from: usize, size: usize, value: &[u8]) {
    let size = size.min(value.len());
    packed[from..from + size].copy_from_slice(&value[..size]);
}

/// `c`: one byte.
pub fn put_char(packed: &mut [u8], from: usize, _size: usize, value: &[u8]) -> Outcome<()> {
    let [byte] = value else {
        return Err(DOES_NOT_FIT);
    };
    packed[from] = *byte;
    Ok(())
}
