//! Coefficients: up to 128 bits at hand, more by num-bigint.

use num_bigint::BigUint;
use num_integer::Integer as _;

use super::Rounding;

/// The digits of a decimal, as a whole number.
///
/// Invariant: `Large` only ever holds what is beyond 128 bits, so that equal ones are equal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digits {
    Small(u128),
    Large(BigUint),
}

use Digits::{Large, Small};

/// The most zeros that 128 bits can have behind a 1.
const MOST: i64 = 38;

#[inline]
fn power(n: i64) -> Option<u128> {
    if (0..=MOST).contains(&n) {
        Some(10_u128.pow(n as u32))
    } else {
        None
    }
}

pub(crate) fn ten_to(n: i64) -> BigUint {
    BigUint::from(10_u32).pow(n as u32)
}

impl From<BigUint> for Digits {
    fn from(value: BigUint) -> Self {
        u128::try_from(&value).map_or_else(|_| Large(value), Small)
    }
}

impl Digits {
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Small(0)
    }

    #[must_use]
    pub fn is_odd(&self) -> bool {
        match self {
            Small(value) => value % 2 == 1,
            Large(value) => value.is_odd(),
        }
    }

    pub(crate) fn wide(&self) -> BigUint {
        match self {
            Small(value) => BigUint::from(*value),
            Large(value) => value.clone(),
        }
    }

    /// How many there are; one of 0.
    #[must_use]
    pub fn count(&self) -> i64 {
        match self {
            Small(0) => 1,
            // Half of all are below that, and the division of 64 bits is far cheaper.
            Small(value) => match u64::try_from(*value) {
                Ok(small) => i64::from(small.ilog10()) + 1,
                Err(_) => i64::from(value.ilog10()) + 1,
            },
            Large(value) => {
                // 0.30102 digits a bit: from below, and then exactly.
                let mut count = (value.bits() - 1) as i64 * 30_102 / 100_000;
                let mut next = ten_to(count);
                while next <= *value {
                    count += 1;
                    next *= 10_u32;
                }
                count
            }
        }
    }

    /// With `n` zeros behind them.
    pub(crate) fn shifted(&self, n: i64) -> Self {
        if n == 0 {
            return self.clone();
        }
        if let Small(value) = self
            && let Some(made) = power(n).and_then(|p| value.checked_mul(p))
        {
            return Small(made);
        }
        (self.wide() * ten_to(n)).into()
    }

    /// Without their last `n`, which are rounded off.
    pub(crate) fn cut(&self, n: i64, how: Rounding, negative: bool) -> Self {
        use std::cmp::Ordering::{Equal, Greater, Less};
        if let Small(value) = self {
            let (kept, rest, half) = match power(n) {
                Some(p) => {
                    let (kept, rest) = (value / p, value % p);
                    (kept, rest != 0, rest.cmp(&(p / 2)))
                }
                // Half of a longer number than any.
                None => (0, *value != 0, Less),
            };
            let up = rest && goes_up(how, half, kept % 2 == 1, kept % 5 == 0, negative);
            return Small(kept + u128::from(up));
        }
        let wide = self.wide();
        if n > self.count() {
            let up = goes_up(how, Less, false, true, negative);
            return Small(u128::from(up));
        }
        let p = ten_to(n);
        let (kept, rest) = wide.div_rem(&p);
        let zero = rest == BigUint::ZERO;
        let half = (rest * 2_u32).cmp(&p);
        debug_assert!(matches!(half, Less | Equal | Greater));
        let fives = &kept % 5_u32 == BigUint::ZERO;
        let up = !zero && goes_up(how, half, kept.is_odd(), fives, negative);
        Self::from(if up { kept + 1_u32 } else { kept })
    }

    /// Without the zeros at their end, and how many those are.
    pub(crate) fn stripped(&self) -> (Self, i64) {
        if self.is_zero() {
            return (Small(0), 0);
        }
        let mut zeros = 0;
        match self {
            Small(value) => {
                let mut value = *value;
                while value % 10 == 0 {
                    value /= 10;
                    zeros += 1;
                }
                (Small(value), zeros)
            }
            Large(value) => {
                let text = value.to_str_radix(10);
                let kept = text.trim_end_matches('0').len();
                zeros = (text.len() - kept) as i64;
                let (value, _) = value.div_rem(&ten_to(zeros));
                (Self::from(value), zeros)
            }
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Small(value) => value.to_string(),
            Large(value) => value.to_str_radix(10),
        }
    }
}

/// Whether what is cut off, which is not nothing, makes the last digit larger.
fn goes_up(how: Rounding, half: std::cmp::Ordering, odd: bool, five: bool, negative: bool) -> bool {
    match how {
        Rounding::Up => true,
        Rounding::Down => false,
        Rounding::Ceiling => !negative,
        Rounding::Floor => negative,
        Rounding::HalfUp => half.is_ge(),
        Rounding::HalfDown => half.is_gt(),
        Rounding::HalfEven => half.is_gt() || (half.is_eq() && odd),
        Rounding::ZeroFiveUp => five,
    }
}
