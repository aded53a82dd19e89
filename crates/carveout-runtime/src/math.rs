//! Python's `math`: the C library's functions, with Python's errors.
//!
//! The functions are the platform's libm, as CPython's are, so results are the same to the last bit
//! on one machine. A static build on another C library (musl) may differ in the last bit; replay
//! against that build shows it. `math.cbrt` is not offered: Rust brings its own, which rounds better.

use crate::clib;
use crate::fault::{Outcome, PAST_I64, Stop, or_stop, overflow_error, python_minor, value_error};
use crate::int;

mod gamma;
mod sums;

pub use gamma::{gamma, lgamma};
pub use sums::{dist, fsum, hypot, hypot_all};

#[cold]
fn domain() -> Stop {
    value_error("math domain error")
}

#[cold]
fn range_error() -> Stop {
    overflow_error("math range error")
}

/// Where CPython computes by itself, the compiler that built it may have fused a product and a sum
/// into one rounding: not on x86-64, but anywhere else it may.
fn same_roundings() -> Outcome<()> {
    if cfg!(target_arch = "x86_64") {
        Ok(())
    } else {
        Err(Stop::Decline("roundings that hang on how Python was built"))
    }
}

/// What a function of one argument says of its result: NaN from a number is outside the domain, an
/// infinity is an overflow or a pole.
#[inline]
fn checked(x: f64, result: f64, past_range: fn() -> Stop) -> Outcome<f64> {
    if result.is_finite() {
        return Ok(result);
    }
    if result.is_nan() && !x.is_nan() {
        return Err(domain());
    }
    if result.is_infinite() && x.is_finite() {
        return Err(past_range());
    }
    Ok(result)
}

macro_rules! functions {
    ($($name:ident $call:path, $past_range:ident;)+) => { $(
        // Never where it is called: what LLVM works out of constants is of another libm.
        #[inline(never)]
        pub fn $name(x: f64) -> Outcome<f64> {
            checked(x, $call(x), $past_range)
        }
    )+ };
}

/// `math.sqrt(x)`: rounded correctly wherever it is computed.
#[inline]
pub fn sqrt(x: f64) -> Outcome<f64> {
    checked(x, f64::sqrt(x), domain)
}

functions! {
    exp f64::exp, range_error;
    exp2 f64::exp2, range_error;
    expm1 f64::exp_m1, range_error;
    log1p f64::ln_1p, domain;
    sin f64::sin, domain;
    cos f64::cos, domain;
    tan f64::tan, domain;
    asin f64::asin, domain;
    acos f64::acos, domain;
    atan f64::atan, domain;
    sinh f64::sinh, range_error;
    cosh f64::cosh, range_error;
    tanh f64::tanh, domain;
    asinh clib::asinh, domain;
    acosh clib::acosh, domain;
    atanh clib::atanh, domain;
    erf clib::erf, domain;
    erfc clib::erfc, domain;
    log f64::ln, domain;
    log2 f64::log2, domain;
    log10 f64::log10, domain;
}

/// `math.log(x, base)`
pub fn log_base(x: f64, base: f64) -> Outcome<f64> {
    let (numerator, denominator) = (log(x)?, log(base)?);
    crate::float::truediv(numerator, denominator)
}

/// `math.pow(x, y)`
pub fn pow(x: f64, y: f64) -> Outcome<f64> {
    let result = crate::float::c_pow(x, y);
    if !result.is_finite() && x.is_finite() && y.is_finite() {
        return Err(if result.is_nan() || x == 0.0 {
            domain()
        } else {
            range_error()
        });
    }
    Ok(result)
}

/// `math.fmod(x, y)`
pub fn fmod(x: f64, y: f64) -> Outcome<f64> {
    let result = x % y;
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain());
    }
    Ok(result)
}

pub fn atan2(y: f64, x: f64) -> Outcome<f64> {
    Ok(y.atan2(x))
}

#[inline]
pub fn copysign(x: f64, y: f64) -> Outcome<f64> {
    Ok(x.copysign(y))
}

#[inline]
pub fn fabs(x: f64) -> Outcome<f64> {
    Ok(x.abs())
}

#[inline]
pub fn degrees(x: f64) -> Outcome<f64> {
    Ok(x * (180.0 / std::f64::consts::PI))
}

#[inline]
pub fn radians(x: f64) -> Outcome<f64> {
    Ok(x * (std::f64::consts::PI / 180.0))
}

#[inline]
pub fn floor(x: f64) -> Outcome<i64> {
    crate::int::from_float(x.floor())
}

#[inline]
pub fn ceil(x: f64) -> Outcome<i64> {
    crate::int::from_float(x.ceil())
}

#[inline]
pub fn trunc(x: f64) -> Outcome<i64> {
    crate::int::from_float(x)
}

#[inline]
#[must_use]
pub fn isnan(x: f64) -> bool {
    x.is_nan()
}

#[inline]
#[must_use]
pub fn isinf(x: f64) -> bool {
    x.is_infinite()
}

#[inline]
#[must_use]
pub fn isfinite(x: f64) -> bool {
    x.is_finite()
}

fn greatest_divisor(a: i64, b: i64) -> u64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// `math.gcd(a, b)`
pub fn gcd(a: i64, b: i64) -> Outcome<i64> {
    i64::try_from(greatest_divisor(a, b)).map_err(|_| PAST_I64)
}

/// `math.lcm(a, b)`
pub fn lcm(a: i64, b: i64) -> Outcome<i64> {
    if a == 0 || b == 0 {
        return Ok(0);
    }
    let multiple = (a.unsigned_abs() / greatest_divisor(a, b)).checked_mul(b.unsigned_abs());
    multiple.and_then(|m| i64::try_from(m).ok()).ok_or(PAST_I64)
}

/// `math.isqrt(n)`
pub fn isqrt(n: i64) -> Outcome<i64> {
    if n < 0 {
        return Err(value_error("isqrt() argument must be nonnegative"));
    }
    Ok(n.isqrt())
}

/// `math.factorial(n)`
pub fn factorial(n: i64) -> Outcome<i64> {
    if n < 0 {
        return Err(value_error("factorial() not defined for negative values"));
    }
    if n > 20 {
        return Err(PAST_I64);
    }
    Ok((2..=n).product())
}

fn whole(n: i64, k: i64) -> Outcome<()> {
    if n < 0 {
        return Err(value_error("n must be a non-negative integer"));
    }
    if k < 0 {
        return Err(value_error("k must be a non-negative integer"));
    }
    Ok(())
}

/// `math.comb(n, k)`
pub fn comb(n: i64, k: i64) -> Outcome<i64> {
    whole(n, k)?;
    if k > n {
        return Ok(0);
    }
    let mut result: i128 = 1;
    // Each step is itself a binomial coefficient, so the division is exact and it only grows.
    for i in 0..k.min(n - k) {
        result = result * i128::from(n - i) / i128::from(i + 1);
        if result > i128::from(i64::MAX) {
            return Err(PAST_I64);
        }
    }
    i64::try_from(result).map_err(|_| PAST_I64)
}

/// `math.perm(n, k)`
pub fn perm(n: i64, k: i64) -> Outcome<i64> {
    whole(n, k)?;
    if k > n {
        return Ok(0);
    }
    let mut result: i64 = 1;
    for i in 0..k {
        result = or_stop(result.checked_mul(n - i), || PAST_I64)?;
    }
    Ok(result)
}

/// `math.isclose(a, b)`
#[must_use]
pub fn isclose(a: f64, b: f64) -> bool {
    if a == b {
        return true;
    }
    if a.is_infinite() || b.is_infinite() {
        return false;
    }
    let difference = (b - a).abs();
    difference <= (1e-9 * b).abs() || difference <= (1e-9 * a).abs()
}

/// `math.prod(items)` of ints.
pub fn prod(items: &[i64]) -> Outcome<i64> {
    if items.contains(&0) {
        return Ok(0);
    }
    items.iter().try_fold(1, |made, item| int::mul(made, *item))
}

/// `math.prod(items)` of floats; declines if there are none, as that is the int 1.
pub fn prod_float(items: &[f64]) -> Outcome<f64> {
    let product = items.iter().copied().reduce(|made, item| made * item);
    product.ok_or(Stop::Decline("the product of no floats is an int"))
}

/// `math.remainder(x, y)`: towards the nearest multiple, exact.
pub fn remainder(x: f64, y: f64) -> Outcome<f64> {
    if x.is_nan() || y.is_nan() {
        return Ok(if x.is_nan() { x } else { y });
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain());
    }
    Ok(clib::remainder(x, y))
}

/// `math.hypot` changed its digits in 3.12.
fn hypot_of_3_12() -> bool {
    python_minor() >= 12
}

/// `math.ldexp(x, exponent)`
pub fn ldexp(x: f64, exponent: i64) -> Outcome<f64> {
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    let made = scaled(x, exponent.clamp(-5000, 5000));
    if made.is_infinite() {
        return Err(range_error());
    }
    Ok(made)
}

/// `x * 2**n`, rounded once.
fn scaled(mut x: f64, mut n: i64) -> f64 {
    const UP: f64 = 8.98846567431158e307;
    // 2**-1022 * 2**53: with its bits kept, what gets subnormal is rounded at the last step only.
    const DOWN: f64 = f64::MIN_POSITIVE * 9_007_199_254_740_992.0;
    for _ in 0..3 {
        if n > 1023 {
            x *= UP;
            n -= 1023;
        } else if n < -1022 {
            x *= DOWN;
            n += 1022 - 53;
        }
    }
    x * 2f64.powi(n.clamp(-1022, 1023) as i32)
}

/// `math.isclose(a, b, rel_tol=relative, abs_tol=absolute)`
pub fn isclose_within(a: f64, b: f64, relative: f64, absolute: f64) -> Outcome<bool> {
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

/// `math.modf(x)`
#[must_use]
pub fn modf(x: f64) -> (f64, f64) {
    if x.is_infinite() {
        return (0.0_f64.copysign(x), x);
    }
    let whole = x.trunc();
    ((x - whole).copysign(x), whole)
}

/// `math.frexp(x)`
#[must_use]
pub fn frexp(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (scaled, shift) = if x.is_normal() {
        (x, 0)
    } else {
        (x * 2f64.powi(54), 54)
    };
    let bits = scaled.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1022;
    let fraction = f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52));
    (fraction, exponent - shift)
}

/// `math.ulp(x)`
#[must_use]
pub fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if !x.is_finite() {
        return x;
    }
    let above = x.next_up();
    if above.is_infinite() {
        x - x.next_down()
    } else {
        above - x
    }
}

/// `math.nextafter(x, y)`
#[must_use]
pub fn nextafter(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    if x == y {
        y
    } else if y > x {
        x.next_up()
    } else {
        x.next_down()
    }
}
