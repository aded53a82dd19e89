//! Python's `math`: the C library's functions, with Python's errors.
//!
//! The functions are the platform's libm, as CPython's are; results are the same on one machine.

use crate::fault::{Outcome, Stop};
use crate::raise::{overflow_error, value_error};

pub use crate::clib::{erf, erfc};

fn domain() -> Stop {
    // 3.14 says more, and differently for each function.
    if crate::raise::python_minor() >= 14 {
        return Stop::Decline("a math error of Python 3.14");
    }
    value_error("math domain error")
}

fn range_error() -> Stop {
    overflow_error("math range error")
}

/// CPython's rule for one-argument functions (Modules/mathmodule.c, math_1).
fn checked(x: f64, result: f64, can_overflow: bool) -> Outcome<f64> {
    if result.is_nan() && !x.is_nan() {
        return Err(domain());
    }
    if result.is_infinite() && x.is_finite() {
        return Err(if can_overflow {
            range_error()
        } else {
            domain()
        });
    }
    Ok(result)
}

macro_rules! one {
    ($($name:ident $method:ident $can_overflow:literal),* $(,)?) => { $(
        pub fn $name(x: f64) -> Outcome<f64> {
            checked(x, x.$method(), $can_overflow)
        }
    )* };
}

one! {
    sqrt sqrt false, exp exp true, sin sin false, cos cos false, tan tan false,
    asin asin false, acos acos false, atan atan false, sinh sinh true, cosh cosh true,
    tanh tanh false, expm1 exp_m1 true,
}

pub fn log(x: f64) -> Outcome<f64> {
    logarithm(x, f64::ln)
}

pub fn log2(x: f64) -> Outcome<f64> {
    logarithm(x, f64::log2)
}

pub fn log10(x: f64) -> Outcome<f64> {
    logarithm(x, f64::log10)
}

fn logarithm(x: f64, function: fn(f64) -> f64) -> Outcome<f64> {
    if x.is_finite() && x <= 0.0 || x == f64::NEG_INFINITY {
        return Err(domain());
    }
    Ok(function(x))
}

/// `math.log(x, base)`
pub fn log_base(x: f64, base: f64) -> Outcome<f64> {
    let (numerator, denominator) = (log(x)?, log(base)?);
    crate::float::truediv(numerator, denominator)
}

pub fn log1p(x: f64) -> Outcome<f64> {
    if x <= -1.0 {
        return Err(domain());
    }
    Ok(x.ln_1p())
}

pub fn pow(x: f64, y: f64) -> Outcome<f64> {
    let result = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if result.is_nan() {
            return Err(domain());
        }
        if result.is_infinite() {
            return Err(if x == 0.0 { domain() } else { range_error() });
        }
    }
    Ok(result)
}

pub fn fmod(x: f64, y: f64) -> Outcome<f64> {
    let result = x % y;
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain());
    }
    Ok(result)
}

#[must_use]
pub fn atan2(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

#[must_use]
pub fn copysign(x: f64, y: f64) -> f64 {
    x.copysign(y)
}

#[must_use]
pub fn fabs(x: f64) -> f64 {
    x.abs()
}

pub fn floor(x: f64) -> Outcome<i64> {
    crate::int::from_float(x.floor())
}

pub fn ceil(x: f64) -> Outcome<i64> {
    crate::int::from_float(x.ceil())
}

pub fn trunc(x: f64) -> Outcome<i64> {
    crate::int::from_float(x.trunc())
}

#[must_use]
pub fn isnan(x: f64) -> bool {
    x.is_nan()
}

#[must_use]
pub fn isinf(x: f64) -> bool {
    x.is_infinite()
}

#[must_use]
pub fn isfinite(x: f64) -> bool {
    x.is_finite()
}

#[must_use]
pub fn degrees(x: f64) -> f64 {
    x * (180.0 / std::f64::consts::PI)
}

#[must_use]
pub fn radians(x: f64) -> f64 {
    x * (std::f64::consts::PI / 180.0)
}

/// `math.gcd(a, b)`
pub fn gcd(a: i64, b: i64) -> Outcome<i64> {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).map_err(|_| crate::raise::PAST_I64)
}

/// `math.isqrt(n)`
pub fn isqrt(n: i64) -> Outcome<i64> {
    if n < 0 {
        return Err(value_error("isqrt() argument must be nonnegative"));
    }
    Ok(n.isqrt())
}

/// `math.isclose(a, b, rel_tol, abs_tol)`
pub fn isclose(a: f64, b: f64, relative: f64, absolute: f64) -> Outcome<bool> {
    if relative < 0.0 || absolute < 0.0 {
        return Err(value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(false);
    }
    let difference = (b - a).abs();
    Ok(difference <= (relative * b).abs()
        || difference <= (relative * a).abs()
        || difference <= absolute)
}
