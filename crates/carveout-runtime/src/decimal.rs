//! `decimal.Decimal` in the default context: 28 digits, half to even, exact or an exception.
//!
//! ```
//! use carveout_runtime::decimal::{self, Decimal};
//! let price = decimal::from_str(&"19.99".into())?;
//! let net = decimal::truediv(&price, &Decimal::from(3))?;
//! assert_eq!(decimal::to_str(&net).as_str(), "6.663333333333333333333333333");
//! # Ok::<(), carveout_runtime::Stop>(())
//! ```
//!
//! Invariants: there is no NaN (what would make one raises, or declines); an infinity has the
//! coefficient 0; exponents and lengths keep so far within the context's that nothing here is
//! subnormal, overflows or is clamped: what goes further declines.
//!
//! Source of the rules: the General Decimal Arithmetic specification, <https://speleotrove.com/decimal/>.

mod arithmetic;
mod cross;
mod digits;
mod methods;
mod order;
mod power;
mod text;

use num_bigint::{BigInt, BigUint, Sign};

pub use arithmetic::{add, divmod, floordiv, modulo, mul, sub, truediv};
pub use digits::Digits;
pub use methods::{
    Sum, adjusted, ceil, compare, copy_abs, copy_negate, copy_sign, exponent, floor, from_float,
    int_ratio, is_nan, is_zero, max, min, normalize, quantize, quantize_by, round_digits,
    round_int, same_quantum, scaleb, sqrt, to_float, to_int, to_integral, to_integral_by,
};
pub use order::{
    Against, eq, eq_of, ge, ge_of, gt, gt_of, le, le_of, lt, lt_of, max2, min2, ne, ne_of,
};
pub use order::{float_ge, float_gt, float_le, float_lt, ge_float, gt_float, le_float, lt_float};
pub use power::pow;
pub use text::{format, from_str, repr, to_str};

use crate::Integer;
use crate::big::Operand as IntOperand;
use crate::fault::{Fault, Outcome, Stop, Value};

/// The digits of a result.
pub const PRECISION: i64 = 28;
/// Values of a larger exponent, or of more digits, are the reference's.
const FURTHEST: i64 = 20_000;
pub(crate) const TOO_FAR: Stop = Stop::Decline("a Decimal of an extreme exponent or length");
const INFINITE: Stop = Stop::Decline("arithmetic with an infinite Decimal");

/// A finite decimal, or an infinity.
#[derive(Debug, Clone)]
pub struct Decimal {
    pub(crate) negative: bool,
    pub(crate) infinite: bool,
    pub(crate) digits: Digits,
    pub(crate) exponent: i64,
}

/// How what is cut off decides the last digit that stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    ZeroFiveUp,
}

impl Rounding {
    /// By the name that `decimal.ROUND_HALF_UP` is.
    pub fn named(name: &str) -> Outcome<Self> {
        Ok(match name {
            "ROUND_UP" => Self::Up,
            "ROUND_DOWN" => Self::Down,
            "ROUND_CEILING" => Self::Ceiling,
            "ROUND_FLOOR" => Self::Floor,
            "ROUND_HALF_UP" => Self::HalfUp,
            "ROUND_HALF_DOWN" => Self::HalfDown,
            "ROUND_HALF_EVEN" => Self::HalfEven,
            "ROUND_05UP" => Self::ZeroFiveUp,
            _ => return Err(Stop::Decline("a rounding that is none")),
        })
    }
}

impl Decimal {
    pub(crate) fn made(negative: bool, digits: Digits, exponent: i64) -> Outcome<Self> {
        if exponent.abs() > FURTHEST || digits.count() > FURTHEST {
            return Err(TOO_FAR);
        }
        Ok(Self {
            negative,
            infinite: false,
            digits,
            exponent,
        })
    }

    /// Rounded to the context's digits.
    pub(crate) fn fixed(negative: bool, digits: Digits, exponent: i64) -> Outcome<Self> {
        Self::rounded(negative, digits, exponent, PRECISION, Rounding::HalfEven)
    }

    /// Rounded to at most so many digits.
    pub(crate) fn rounded(
        negative: bool,
        digits: Digits,
        exponent: i64,
        precision: i64,
        how: Rounding,
    ) -> Outcome<Self> {
        let more = digits.count() - precision;
        if more <= 0 {
            return Self::made(negative, digits, exponent);
        }
        let mut exponent = exponent + more;
        let mut cut = digits.cut(more, how, negative);
        if cut.count() > precision {
            cut = cut.cut(1, Rounding::Down, negative);
            exponent += 1;
        }
        Self::made(negative, cut, exponent)
    }

    pub(crate) fn infinity(negative: bool) -> Self {
        Self {
            negative,
            infinite: true,
            digits: Digits::Small(0),
            exponent: 0,
        }
    }

    /// The exponent of the first digit.
    pub(crate) fn leading(&self) -> i64 {
        self.exponent + self.digits.count() - 1
    }

    pub(crate) fn zero(&self) -> bool {
        !self.infinite && self.digits.is_zero()
    }

    pub(crate) fn finite(&self) -> Outcome<&Self> {
        if self.infinite {
            Err(INFINITE)
        } else {
            Ok(self)
        }
    }

    /// The same value with this exponent, rounded if need be.
    pub(crate) fn rescaled(&self, exponent: i64, how: Rounding) -> Outcome<Self> {
        let more = exponent - self.exponent;
        let digits = if self.digits.is_zero() {
            Digits::Small(0)
        } else if more > 0 {
            self.digits.cut(more, how, self.negative)
        } else if self.digits.count() - more > FURTHEST {
            return Err(TOO_FAR);
        } else {
            self.digits.shifted(-more)
        };
        Self::made(self.negative, digits, exponent)
    }

    /// Whether it is not 0.
    #[must_use]
    pub fn truth(&self) -> bool {
        !self.zero()
    }

    #[must_use]
    pub fn is_infinite(&self) -> bool {
        self.infinite
    }

    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.negative
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self {
            negative: value < 0,
            infinite: false,
            digits: Digits::Small(value.unsigned_abs().into()),
            exponent: 0,
        }
    }
}

/// What an operation takes: a [`Decimal`], or an int, which is one exactly.
pub trait Operand {
    fn decimal(&self) -> Outcome<std::borrow::Cow<'_, Decimal>>;
}

impl Operand for Decimal {
    #[inline]
    fn decimal(&self) -> Outcome<std::borrow::Cow<'_, Decimal>> {
        Ok(std::borrow::Cow::Borrowed(self))
    }
}

impl Operand for i64 {
    #[inline]
    fn decimal(&self) -> Outcome<std::borrow::Cow<'_, Decimal>> {
        Ok(std::borrow::Cow::Owned(Decimal::from(*self)))
    }
}

impl Operand for Integer {
    fn decimal(&self) -> Outcome<std::borrow::Cow<'_, Decimal>> {
        from_int(self).map(std::borrow::Cow::Owned)
    }
}

impl<T: Operand> Operand for &T {
    #[inline]
    fn decimal(&self) -> Outcome<std::borrow::Cow<'_, Decimal>> {
        T::decimal(self)
    }
}

/// An item that a defaultdict has, or has made.
impl<T: Operand> Operand for &mut T {
    #[inline]
    fn decimal(&self) -> Outcome<std::borrow::Cow<'_, Decimal>> {
        T::decimal(self)
    }
}

/// `Decimal(n)`
pub fn from_int(n: impl IntOperand) -> Outcome<Decimal> {
    match n.small() {
        Some(value) => Ok(Decimal::from(value)),
        None => {
            let wide = n.wide();
            let digits = Digits::from(wide.magnitude().clone());
            Decimal::made(wide.sign() == Sign::Minus, digits, 0)
        }
    }
}

/// A value of any kind as a Decimal of its own.
pub fn of(value: impl Operand) -> Outcome<Decimal> {
    value.decimal().map(std::borrow::Cow::into_owned)
}

/// `+a`: rounded, and no negative zero.
pub fn pos(a: &Decimal) -> Outcome<Decimal> {
    if a.infinite {
        return Ok(a.clone());
    }
    Decimal::fixed(a.negative && !a.zero(), a.digits.clone(), a.exponent)
}

/// `-a`: rounded, and no negative zero.
pub fn neg(a: &Decimal) -> Outcome<Decimal> {
    if a.infinite {
        return Ok(Decimal::infinity(!a.negative));
    }
    Decimal::fixed(!a.negative && !a.zero(), a.digits.clone(), a.exponent)
}

/// `abs(a)`: rounded.
pub fn abs(a: &Decimal) -> Outcome<Decimal> {
    if a.infinite {
        return Ok(Decimal::infinity(false));
    }
    Decimal::fixed(false, a.digits.clone(), a.exponent)
}

pub(crate) fn whole(negative: bool, magnitude: BigUint) -> Integer {
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    BigInt::from_biguint(sign, magnitude).into()
}

/// An exception of the module. Its argument is a list of classes, which only its text stands for
/// here: it declines where it would leave the carving (see `table.rs`).
#[cold]
pub(crate) fn signal(kind: &'static str, classes: &[&str]) -> Stop {
    let shown: Vec<String> = classes
        .iter()
        .map(|name| format!("<class 'decimal.{name}'>"))
        .collect();
    let text = format!("[{}]", shown.join(", "));
    Stop::Fault(Box::new(Fault::new(kind, vec![Value::Str(text)])))
}

/// `InvalidOperation` of this condition.
#[cold]
pub(crate) fn invalid(condition: &str) -> Stop {
    signal("decimal:InvalidOperation", &[condition])
}

#[cold]
pub(crate) fn by_zero() -> Stop {
    signal("decimal:DivisionByZero", &["DivisionByZero"])
}
