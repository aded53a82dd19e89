//! Ints of any size on the wire, as keys, as arguments of exceptions.

use std::cmp::Ordering;

use num_bigint::BigInt;

use super::Integer;
use super::Integer::{Large, Small};
use crate::compare::Compare;
use crate::dict::Key;
use crate::fault::{Outcome, PAST_I64, Stop, Value, key_error};
use crate::wire::{Int, Reader, Result, Wire, Writer};

impl Wire for Integer {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(match reader.int()? {
            Int::Small(value) => Small(value),
            Int::Unsigned(value) => Self::from(i128::from(value)),
            Int::Big(bytes) => BigInt::from_signed_bytes_be(bytes).into(),
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Small(value) => writer.int(*value),
            Large(value) => writer.big_int(&value.to_signed_bytes_be()),
        }
    }
}

impl Compare for Integer {
    #[inline]
    fn compare(&self, other: &Self) -> Outcome<Ordering> {
        Ok(super::order(self, other))
    }

    #[inline]
    fn equal(&self, other: &Self) -> Outcome<bool> {
        Ok(self == other)
    }

    #[inline]
    fn orderly(&self) -> bool {
        true
    }

    fn shown(&self) -> Option<String> {
        super::to_str(self).ok().map(String::from)
    }
}

impl Key for Integer {
    fn key_value(&self) -> Value {
        match self {
            Small(value) => Value::Int(*value),
            Large(_) => Value::None,
        }
    }

    fn key_fault(&self) -> Stop {
        match self {
            Small(value) => key_error(Value::Int(*value)),
            Large(_) => PAST_I64,
        }
    }
}

impl crate::shared::Clear for Integer {}

#[cfg(feature = "python")]
mod python {
    use super::{BigInt, Integer, Large, Small};
    use crate::boundary::{Crossed, Cx, FromPy, Object, Owned, ToPy, long_from_hex, long_to_hex};
    use crate::schema::Type;

    impl FromPy for Integer {
        #[inline]
        fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
            match i64::from_py(object, ty, cx) {
                Ok(value) => Ok(Small(value)),
                Err(why) => {
                    let digits = long_to_hex(object, ty).ok_or(why)?;
                    let (sign, rest) = match digits.strip_prefix('-') {
                        Some(rest) => (num_bigint::Sign::Minus, rest),
                        None => (num_bigint::Sign::Plus, &digits[..]),
                    };
                    let rest = rest.trim_start_matches("0x").as_bytes();
                    let made = num_bigint::BigUint::parse_bytes(rest, 16).ok_or(why)?;
                    Ok(BigInt::from_biguint(sign, made).into())
                }
            }
        }
    }

    impl ToPy for Integer {
        #[inline]
        fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
            match self {
                Small(value) => value.to_py(ty, cx),
                Large(value) => long_from_hex(&value.to_str_radix(16), ty),
            }
        }
    }
}
