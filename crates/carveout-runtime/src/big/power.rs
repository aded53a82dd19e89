//! Powers.

use num_bigint::BigInt;
use num_integer::Integer as _;

use super::Integer::Small;
use super::{Integer, MOST_BITS, Operand, TOO_LARGE};
use crate::fault::{Outcome, Stop, value_error};
use crate::int;

/// `a ** b` for `b >= 0`; a negative exponent makes a float in Python, so it declines.
pub fn pow(a: impl Operand, b: i64) -> Outcome<Integer> {
    if let Some(small) = a.small() {
        match int::pow(small, b) {
            Err(Stop::Decline(_)) if b >= 0 => {}
            done => return done.map(Small),
        }
    }
    if b < 0 {
        return Err(Stop::Decline("an integer to a negative power is a float"));
    }
    let wide = a.wide();
    let (Ok(exponent), Some(bits)) = (u32::try_from(b), wide.bits().checked_mul(b.cast_unsigned()))
    else {
        return Err(TOO_LARGE);
    };
    if bits > MOST_BITS {
        return Err(TOO_LARGE);
    }
    Ok(wide.pow(exponent).into())
}

/// `pow(a, b, m)`; of a negative exponent, the inverse is raised.
pub fn pow_mod(a: impl Operand, b: impl Operand, m: impl Operand) -> Outcome<Integer> {
    if let (Some(a), Some(b), Some(m)) = (a.small(), b.small(), m.small()) {
        match int::pow_mod(a, b, m) {
            Err(Stop::Decline(_)) => {}
            done => return done.map(Small),
        }
    }
    if m.small() == Some(0) {
        return Err(value_error("pow() 3rd argument cannot be 0"));
    }
    let (m, b) = (m.wide(), b.wide());
    let modulus = BigInt::from(m.magnitude().clone());
    if modulus == BigInt::from(1) {
        return Ok(Small(0));
    }
    let mut base = a.wide().mod_floor(&modulus);
    if *b < BigInt::ZERO {
        base = inverse(&base, &modulus)
            .ok_or_else(|| value_error("base is not invertible for the given modulus"))?;
    }
    let exponent = BigInt::from(b.magnitude().clone());
    let mut made = base.modpow(&exponent, &modulus);
    if *m < BigInt::ZERO && made != BigInt::ZERO {
        made -= modulus;
    }
    Ok(made.into())
}

/// What `a` is multiplied with to leave 1.
fn inverse(a: &BigInt, modulus: &BigInt) -> Option<BigInt> {
    let found = a.extended_gcd(modulus);
    (found.gcd == BigInt::from(1)).then(|| found.x.mod_floor(modulus))
}
