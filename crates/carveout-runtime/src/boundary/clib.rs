//! The C library's functions that Rust's standard library does not offer, or computes itself.
//! CPython calls the same ones, so the digits are the same on one machine.

unsafe extern "C" {
    pub safe fn erf(x: f64) -> f64;
    pub safe fn erfc(x: f64) -> f64;
    pub safe fn asinh(x: f64) -> f64;
    pub safe fn acosh(x: f64) -> f64;
    pub safe fn atanh(x: f64) -> f64;
    pub safe fn remainder(x: f64, y: f64) -> f64;
}
