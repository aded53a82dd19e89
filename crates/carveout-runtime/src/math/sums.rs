//! Sums without the usual loss: `fsum`, and the `hypot` that CPython computes itself.

use super::{hypot_of_3_12, same_roundings};
use crate::fault::{Outcome, overflow_error, value_error};

/// `math.fsum(items)`: the exact sum, rounded once (Shewchuk's growing list of partial sums, which
/// never overlap).
pub fn fsum(items: &[f64]) -> Outcome<f64> {
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinities) = (0.0_f64, 0.0_f64);
    for &item in items {
        let mut x = item;
        let mut kept = 0;
        for at in 0..partials.len() {
            let y = partials[at];
            let (large, small) = if x.abs() < y.abs() { (y, x) } else { (x, y) };
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0 {
                partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        partials.truncate(kept);
        if x == 0.0 {
            continue;
        }
        if x.is_finite() {
            partials.push(x);
            continue;
        }
        if item.is_finite() {
            return Err(overflow_error("intermediate overflow in fsum"));
        }
        if item.is_infinite() {
            infinities += item;
        }
        special += item;
        partials.clear();
    }
    if special != 0.0 {
        if infinities.is_nan() {
            return Err(value_error("-inf + inf in fsum"));
        }
        return Ok(special);
    }
    Ok(rounded(&partials))
}

/// The partial sums as one float, rounded half to even.
fn rounded(partials: &[f64]) -> f64 {
    let Some((&last, mut rest)) = partials.split_last() else {
        return 0.0;
    };
    let (mut high, mut low) = (last, 0.0);
    while let Some((&y, before)) = rest.split_last() {
        let x = high;
        high = x + y;
        low = y - (high - x);
        rest = before;
        if low != 0.0 {
            break;
        }
    }
    // A tie was broken to even although more of the same sign follows: then it was no tie.
    if let Some(&next) = rest.last()
        && (low < 0.0 && next < 0.0 || low > 0.0 && next > 0.0)
    {
        let y = low * 2.0;
        let x = high + y;
        if x - high == y {
            high = x;
        }
    }
    high
}

/// `math.hypot(x, y)`
pub fn hypot(x: f64, y: f64) -> Outcome<f64> {
    norm(&mut [x, y])
}

/// `math.dist(p, q)`
pub fn dist(p: &[f64], q: &[f64]) -> Outcome<f64> {
    if p.len() != q.len() {
        return Err(value_error(
            "both points must have the same number of dimensions",
        ));
    }
    let mut items: Vec<f64> = p.iter().zip(q).map(|(a, b)| a - b).collect();
    norm(&mut items)
}

/// `math.hypot(*items)`
pub fn hypot_all(items: &[f64]) -> Outcome<f64> {
    norm(&mut items.to_vec())
}

/// CPython's own, which adds the squares without loss and corrects the root.
fn norm(items: &mut [f64]) -> Outcome<f64> {
    same_roundings()?;
    for item in &mut *items {
        *item = item.abs();
    }
    if items.iter().any(|x| x.is_infinite()) {
        return Ok(f64::INFINITY);
    }
    if items.iter().any(|x| x.is_nan()) {
        return Ok(f64::NAN);
    }
    let max = items.iter().copied().fold(0.0, f64::max);
    if max == 0.0 || items.len() < 2 {
        return Ok(max);
    }
    if hypot_of_3_12() {
        // Subnormal numbers are scaled to normal ones first.
        if exponent(max) < -1023 {
            let least = f64::MIN_POSITIVE;
            for item in &mut *items {
                *item /= least;
            }
            return Ok(least * corrected(items, max / least));
        }
        return Ok(corrected(items, max));
    }
    if exponent(max) < -1023 {
        return Ok(plain(items, max));
    }
    Ok(split(items, max))
}

/// The exponent `frexp` gives.
fn exponent(x: f64) -> i32 {
    let bits = (x.to_bits() >> 52 & 0x7ff) as i32;
    if bits == 0 {
        // Subnormal: the position of the highest bit of the mantissa.
        -1010 - (x.to_bits().leading_zeros() as i32) - 1
    } else {
        bits - 1022
    }
}

/// `2**n`, exactly, also where it is subnormal.
fn power_of_two(n: i32) -> f64 {
    if n >= -1022 {
        f64::from_bits(((n + 1023) as u64) << 52)
    } else {
        f64::from_bits(1 << (n + 1074))
    }
}

fn add_squares(total: &mut f64, part: f64, lost: &mut f64) {
    let before = *total;
    *total += part;
    *lost += (before - *total) + part;
}

/// Halves of a float that multiply without rounding (Veltkamp).
fn halves(x: f64) -> (f64, f64) {
    let t = x * 134_217_729.0;
    let high = t - (t - x);
    (high, x - high)
}

/// Python 3.11.
fn split(items: &[f64], max: f64) -> f64 {
    let scale = power_of_two(-exponent(max));
    let (mut total, mut lost) = (1.0, [0.0; 3]);
    for &x in items {
        let (high, low) = halves(x * scale);
        add_squares(&mut total, high * high, &mut lost[0]);
        add_squares(&mut total, 2.0 * high * low, &mut lost[1]);
        lost[2] += low * low;
    }
    let root = (total - 1.0 + (lost[0] + lost[1] + lost[2])).sqrt();
    let (high, low) = halves(root);
    add_squares(&mut total, -high * high, &mut lost[0]);
    add_squares(&mut total, -2.0 * high * low, &mut lost[1]);
    add_squares(&mut total, -low * low, &mut lost[2]);
    let rest = total - 1.0 + (lost[0] + lost[1] + lost[2]);
    (root + rest / (2.0 * root)) / scale
}

/// Python 3.11, of subnormal numbers.
fn plain(items: &[f64], max: f64) -> f64 {
    let (mut total, mut lost) = (1.0, 0.0);
    for &x in items {
        let x = x / max;
        add_squares(&mut total, x * x, &mut lost);
    }
    max * (total - 1.0 + lost).sqrt()
}

/// Python 3.12 and later.
fn corrected(items: &[f64], max: f64) -> f64 {
    let scale = power_of_two(-exponent(max));
    let (mut total, mut lost) = (1.0, [0.0; 2]);
    for &x in items {
        let x = x * scale;
        let square = x * x;
        add_squares(&mut total, square, &mut lost[1]);
        lost[0] += x.mul_add(x, -square);
    }
    let root = (total - 1.0 + (lost[0] + lost[1])).sqrt();
    let square = -root * root;
    add_squares(&mut total, square, &mut lost[1]);
    lost[0] += (-root).mul_add(root, -square);
    let rest = total - 1.0 + (lost[0] + lost[1]);
    (root + rest / (2.0 * root)) / scale
}
