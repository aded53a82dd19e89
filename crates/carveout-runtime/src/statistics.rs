//! `statistics` of floats and ints: exact sums, rounded once, as Python's Fractions give.
//!
//! Every float is a whole number of 2**-1074: sums of them and of their squares are integers here, and
//! the quotient at the end is rounded correctly. Too few values, NaN and infinity are the reference's.

use std::cmp::Ordering;

use num_bigint::BigInt;

use crate::big::{self, Integer};
use crate::dict::Key;
use crate::fault::{Outcome, Stop};
use crate::{Dict, Num, int};

const TOO_FEW: Stop = Stop::Decline("statistics of too few values");
const NOT_FINITE: Stop = Stop::Decline("statistics of NaN or infinity");
/// The exponent of the least float.
const LEAST: u32 = 1074;

/// An int or a float as a whole number of its unit.
pub trait Sample: Copy {
    /// Twice this is the shift of a square.
    const SHIFT: u32;

    fn whole(self) -> Outcome<BigInt>;
}

impl Sample for i64 {
    const SHIFT: u32 = 0;

    fn whole(self) -> Outcome<BigInt> {
        Ok(BigInt::from(self))
    }
}

impl Sample for f64 {
    const SHIFT: u32 = LEAST;

    fn whole(self) -> Outcome<BigInt> {
        if !self.is_finite() {
            return Err(NOT_FINITE);
        }
        let bits = self.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as u32;
        let fraction = bits & ((1 << 52) - 1);
        let magnitude = if exponent == 0 {
            BigInt::from(fraction)
        } else {
            BigInt::from(fraction | 1 << 52) << (exponent - 1)
        };
        Ok(if self < 0.0 { -magnitude } else { magnitude })
    }
}

fn sum<T: Sample>(items: &[T]) -> Outcome<BigInt> {
    items
        .iter()
        .try_fold(BigInt::ZERO, |made, item| Ok(made + item.whole()?))
}

fn count<T>(items: &[T], least: usize) -> Outcome<i64> {
    if items.len() < least {
        return Err(TOO_FEW);
    }
    Ok(items.len() as i64)
}

fn quotient(a: BigInt, b: BigInt) -> Outcome<f64> {
    big::truediv(Integer::from(a), Integer::from(b))
}

/// `statistics.mean(floats)`
pub fn mean(items: &[f64]) -> Outcome<f64> {
    let n = count(items, 1)?;
    quotient(sum(items)?, BigInt::from(n) << LEAST)
}

/// `statistics.mean(ints)`: an int if it is one.
pub fn mean_of_ints(items: &[i64]) -> Outcome<Num> {
    let n = count(items, 1)?;
    as_number(sum(items)?, BigInt::from(n))
}

/// A quotient as an int if it is whole, as `_convert` has it.
fn as_number(a: BigInt, b: BigInt) -> Outcome<Num> {
    if &a % &b == BigInt::ZERO {
        return Integer::from(a / b).narrowed().map(Num::Int);
    }
    quotient(a, b).map(Num::Float)
}

/// `statistics.fmean(items)`
pub fn fmean(items: &[f64]) -> Outcome<f64> {
    let n = count(items, 1)?;
    Ok(crate::math::fsum(items)? / n as f64)
}

/// The same of ints, each of which is a float first.
pub fn fmean_of_ints(items: &[i64]) -> Outcome<f64> {
    let floats: Vec<f64> = items.iter().map(|item| *item as f64).collect();
    fmean(&floats)
}

/// The sum of squares around the mean, over the number of values less `less`: a quotient.
fn spread<T: Sample>(items: &[T], less: i64) -> Outcome<(BigInt, BigInt)> {
    let n = count(items, 1 + less as usize)?;
    let (mut total, mut squares) = (BigInt::ZERO, BigInt::ZERO);
    for item in items {
        let item = item.whole()?;
        squares += &item * &item;
        total += item;
    }
    let above = squares * n - &total * &total;
    Ok((above, (BigInt::from(n) * (n - less)) << (2 * T::SHIFT)))
}

/// `statistics.pvariance(floats)`, or `variance` with `less` = 1
pub fn variance(items: &[f64], less: i64) -> Outcome<f64> {
    let (a, b) = spread(items, less)?;
    quotient(a, b)
}

/// The same of ints.
pub fn variance_of_ints(items: &[i64], less: i64) -> Outcome<Num> {
    let (a, b) = spread(items, less)?;
    as_number(a, b)
}

/// `statistics.pstdev(items)`, or `stdev` with `less` = 1: the root is rounded once, by one that is
/// rounded to odd at twice the bits (`_float_sqrt_of_frac`).
pub fn stdev<T: Sample>(items: &[T], less: i64) -> Outcome<f64> {
    let (n, m) = spread(items, less)?;
    if n == BigInt::ZERO {
        return Ok(0.0);
    }
    let bits = |x: &BigInt| x.bits().cast_signed();
    let q = (bits(&n) - bits(&m) - 109).div_euclid(2);
    let odd = |n: &BigInt, m: &BigInt| {
        let root = (n / m).sqrt();
        let exact = &root * &root * m == *n;
        if exact { root } else { root | BigInt::from(1) }
    };
    if q >= 0 {
        let root = odd(&n, &(m << (2 * q)));
        return quotient(root << q, BigInt::from(1));
    }
    let root = odd(&(n << (-2 * q)), &m);
    quotient(root, BigInt::from(1) << -q)
}

fn sorted(items: &[f64]) -> Outcome<Vec<f64>> {
    if items.iter().any(|x| x.is_nan()) {
        return Err(NOT_FINITE);
    }
    let mut items = items.to_vec();
    items.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    Ok(items)
}

/// `statistics.median(floats)`
pub fn median(items: &[f64]) -> Outcome<f64> {
    count(items, 1)?;
    let items = sorted(items)?;
    let middle = items.len() / 2;
    Ok(if items.len() % 2 == 1 {
        items[middle]
    } else {
        (items[middle - 1] + items[middle]) / 2.0
    })
}

/// `statistics.median(ints)`
pub fn median_of_ints(items: &[i64]) -> Outcome<Num> {
    count(items, 1)?;
    let mut items = items.to_vec();
    items.sort_unstable();
    let middle = items.len() / 2;
    if items.len() % 2 == 1 {
        return Ok(Num::Int(items[middle]));
    }
    int::truediv(int::add(items[middle - 1], items[middle])?, 2).map(Num::Float)
}

/// `statistics.quantiles(floats, n=parts)`
pub fn quantiles(items: &[f64], parts: i64) -> Outcome<Vec<f64>> {
    let size = count(items, 2)?;
    if !(1..=1_000_000).contains(&parts) {
        return Err(Stop::Decline("quantiles of no parts"));
    }
    let items = sorted(items)?;
    let m = size + 1;
    Ok((1..parts)
        .map(|i| {
            let j = (i * m / parts).clamp(1, size - 1);
            let delta = i * m - j * parts;
            let (low, high) = (items[j as usize - 1], items[j as usize]);
            (low * (parts - delta) as f64 + high * delta as f64) / parts as f64
        })
        .collect())
}

/// `statistics.multimode(items)`: the first of each that is most common, in their order.
pub fn multimode<T: Key>(items: &[T]) -> Vec<T> {
    let mut counts: Dict<T, usize> = Dict::new();
    for item in items {
        let seen = counts.get(item).copied().unwrap_or(0);
        counts.insert(item.clone(), seen + 1);
    }
    let most = counts.values().copied().max().unwrap_or(0);
    counts
        .iter()
        .filter(|(_, count)| **count == most)
        .map(|(item, _)| item.clone())
        .collect()
}

/// `statistics.mode(items)`
pub fn mode<T: Key>(items: &[T]) -> Outcome<T> {
    multimode(items).into_iter().next().ok_or(TOO_FEW)
}
