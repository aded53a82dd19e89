//! `random.Random`: the Mersenne Twister, and the distributions as the standard library writes them.
//!
//! ```
//! use carveout_runtime::random::Random;
//! let rng = Random::seeded(42);
//! assert_eq!(rng.random(), 0.6394267984578837);
//! ```
//!
//! Each function takes as many numbers from the generator, in the same order, as Python's does.
//! Messages differ between Python's versions: what would raise declines.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::fault::{Outcome, PAST_I64, decline, value_error, zero_division};
use crate::{Bytes, Str, float, math, text};

const N: usize = 624;
const M: usize = 397;

/// A generator. A clone is the same one.
#[derive(Clone)]
pub struct Random(Rc<RefCell<Twister>>);

struct Twister {
    state: [u32; N],
    at: usize,
    /// The second of a pair of normal numbers.
    next: Option<f64>,
}

impl Twister {
    fn from_word(seed: u32) -> Self {
        let mut state = [0; N];
        state[0] = seed;
        for i in 1..N {
            let before = state[i - 1];
            state[i] = 1_812_433_253_u32
                .wrapping_mul(before ^ before >> 30)
                .wrapping_add(i as u32);
        }
        Self {
            state,
            at: N,
            next: None,
        }
    }

    /// `init_by_array` of the reference implementation; `key` is never empty.
    fn from_words(key: &[u32]) -> Self {
        let mut made = Self::from_word(19_650_218);
        let state = &mut made.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let before = state[i - 1];
            state[i] = (state[i] ^ (before ^ before >> 30).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            i += 1;
            j += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            let before = state[i - 1];
            state[i] = (state[i] ^ (before ^ before >> 30).wrapping_mul(1_566_083_941))
                .wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        made
    }

    fn twist(&mut self) {
        let state = &mut self.state;
        for i in 0..N {
            let bits = state[i] & 0x8000_0000 | state[(i + 1) % N] & 0x7fff_ffff;
            let odd = (bits & 1).wrapping_neg() & 0x9908_b0df;
            state[i] = state[(i + M) % N] ^ bits >> 1 ^ odd;
        }
        self.at = 0;
    }

    #[inline]
    fn word(&mut self) -> u32 {
        if self.at >= N {
            self.twist();
        }
        let mut bits = self.state[self.at];
        self.at += 1;
        bits ^= bits >> 11;
        bits ^= bits << 7 & 0x9d2c_5680;
        bits ^= bits << 15 & 0xefc6_0000;
        bits ^ bits >> 18
    }

    /// `random()`: 53 bits.
    #[inline]
    fn unit(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `getrandbits(count)`, of at most 128.
    fn bits(&mut self, count: u32) -> u128 {
        let (mut made, mut from) = (0, 0);
        while from < count {
            let left = count - from;
            let word = self.word() >> 32_u32.saturating_sub(left);
            made |= u128::from(word) << from;
            from += 32;
        }
        made
    }

    /// `_randbelow(limit)`: from 0 to below it.
    fn below(&mut self, limit: u128) -> u128 {
        let count = 128 - limit.leading_zeros();
        loop {
            let found = self.bits(count);
            if found < limit {
                return found;
            }
        }
    }

    fn below_len(&mut self, limit: usize) -> usize {
        self.below(limit as u128) as usize
    }

    fn normal(&mut self) -> f64 {
        let magic = 4.0 * (-0.5_f64).exp() / 2.0_f64.sqrt();
        loop {
            let first = self.unit();
            let second = 1.0 - self.unit();
            let z = magic * (first - 0.5) / second;
            if z * z / 4.0 <= -second.ln() {
                return z;
            }
        }
    }

    fn gamma(&mut self, alpha: f64, beta: f64) -> Outcome<f64> {
        if alpha <= 0.0 || beta <= 0.0 {
            return Err(decline("gammavariate of no positive numbers"));
        }
        if alpha > 1.0 {
            let inverse = (2.0 * alpha - 1.0).sqrt();
            let (low, slope) = (alpha - 4.0_f64.ln(), alpha + inverse);
            loop {
                let first = self.unit();
                if !(1e-7 < first && first < 0.999_999_9) {
                    continue;
                }
                let second = 1.0 - self.unit();
                let v = (first / (1.0 - first)).ln() / inverse;
                let x = alpha * math::exp(v)?;
                let z = first * first * second;
                let r = low + slope * v - x;
                if r + (1.0 + 4.5_f64.ln()) - 4.5 * z >= 0.0 || r >= z.ln() {
                    return Ok(x * beta);
                }
            }
        }
        if alpha == 1.0 {
            return Ok(-(1.0 - self.unit()).ln() * beta);
        }
        // NaN ends here too, where Python would go on for ever.
        if alpha.is_nan() {
            return Err(decline("gammavariate of NaN"));
        }
        let e = std::f64::consts::E;
        loop {
            let b = (e + alpha) / e;
            let p = b * self.unit();
            let x = if p <= 1.0 {
                float::pow(p, 1.0 / alpha)?
            } else {
                -math::log((b - p) / alpha)?
            };
            let other = self.unit();
            let within = if p > 1.0 {
                other <= float::pow(x, alpha - 1.0)?
            } else {
                other <= math::exp(-x)?
            };
            if within {
                return Ok(x * beta);
            }
        }
    }
}

/// The words of a number of many bytes, the least first; of zero, one word.
fn words(number: &[u8]) -> Vec<u32> {
    let mut made: Vec<u32> = number
        .rchunks(4)
        .map(|part| {
            part.iter()
                .fold(0, |word, byte| word << 8 | u32::from(*byte))
        })
        .collect();
    while made.len() > 1 && made.last() == Some(&0) {
        made.pop();
    }
    if made.is_empty() {
        made.push(0);
    }
    made
}

fn from_int(seed: i64) -> Twister {
    Twister::from_words(&words(&seed.unsigned_abs().to_be_bytes()))
}

#[cfg(feature = "hashing")]
fn from_bytes(seed: &[u8]) -> Twister {
    let mut number = seed.to_vec();
    number.extend(crate::hashes::sha512(seed));
    Twister::from_words(&words(&number))
}

impl Random {
    fn made(twister: Twister) -> Self {
        Self(Rc::new(RefCell::new(twister)))
    }

    /// `random.Random(seed)`
    #[must_use]
    pub fn seeded(seed: i64) -> Self {
        Self::made(from_int(seed))
    }

    /// `random.Random(text)`
    #[cfg(feature = "hashing")]
    #[must_use]
    pub fn seeded_by(seed: &[u8]) -> Self {
        Self::made(from_bytes(seed))
    }

    /// `rng.seed(seed)`
    pub fn seed(&self, seed: i64) {
        *self.0.borrow_mut() = from_int(seed);
    }

    /// `rng.seed(text)`
    #[cfg(feature = "hashing")]
    pub fn seed_by(&self, seed: &[u8]) {
        *self.0.borrow_mut() = from_bytes(seed);
    }

    /// `rng.random()`
    #[inline]
    #[must_use]
    pub fn random(&self) -> f64 {
        self.0.borrow_mut().unit()
    }

    /// `rng.getrandbits(count)`
    pub fn getrandbits(&self, count: i64) -> Outcome<i64> {
        match u32::try_from(count) {
            Ok(count) if count <= 128 => {
                let bits = self.0.borrow_mut().bits(count);
                i64::try_from(bits).map_err(|_| PAST_I64)
            }
            _ => Err(decline("this many random bits")),
        }
    }

    /// `rng.randbytes(size)`
    pub fn randbytes(&self, size: i64) -> Outcome<Bytes> {
        let Ok(size) = usize::try_from(size) else {
            return Err(decline("a negative number of random bytes"));
        };
        let mut twister = self.0.borrow_mut();
        let mut made = Vec::with_capacity(size + 4);
        while made.len() < size {
            let left = (size - made.len()).min(4) as u32;
            made.extend_from_slice(&(twister.word() >> (32 - 8 * left)).to_le_bytes());
        }
        made.truncate(size);
        Ok(made.into())
    }

    /// `rng.randrange(start, stop, step)`
    pub fn randrange(&self, start: i64, stop: i64, step: i64) -> Outcome<i64> {
        let width = i128::from(stop) - i128::from(start);
        let step = i128::from(step);
        let count = match step {
            0 => 0,
            1.. => (width + step - 1).div_euclid(step),
            _ => (width + step + 1) / step,
        };
        if count <= 0 || (step < 0) == (width > 0) {
            return Err(decline("an empty range for randrange"));
        }
        let found = self.0.borrow_mut().below(count.unsigned_abs()) as i128;
        i64::try_from(i128::from(start) + step * found).map_err(|_| PAST_I64)
    }

    /// `rng.randint(low, high)`
    pub fn randint(&self, low: i64, high: i64) -> Outcome<i64> {
        let width = i128::from(high) - i128::from(low) + 1;
        if width <= 0 {
            return Err(decline("an empty range for randint"));
        }
        let found = self.0.borrow_mut().below(width.unsigned_abs()) as i128;
        i64::try_from(i128::from(low) + found).map_err(|_| PAST_I64)
    }

    /// `rng.uniform(a, b)`
    #[must_use]
    pub fn uniform(&self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.random()
    }

    /// The same of two ints, whose difference is exact.
    pub fn uniform_int(&self, a: i64, b: i64) -> Outcome<f64> {
        let width = b.checked_sub(a).ok_or(PAST_I64)?;
        Ok(a as f64 + width as f64 * self.random())
    }

    /// `rng.gauss(mu, sigma)`
    #[must_use]
    pub fn gauss(&self, mu: f64, sigma: f64) -> f64 {
        let mut twister = self.0.borrow_mut();
        let z = twister.next.take().unwrap_or_else(|| {
            let turn = twister.unit() * std::f64::consts::TAU;
            let radius = (-2.0 * (1.0 - twister.unit()).ln()).sqrt();
            twister.next = Some(turn.sin() * radius);
            turn.cos() * radius
        });
        mu + z * sigma
    }

    /// `rng.normalvariate(mu, sigma)`
    #[must_use]
    pub fn normalvariate(&self, mu: f64, sigma: f64) -> f64 {
        mu + self.0.borrow_mut().normal() * sigma
    }

    /// `rng.lognormvariate(mu, sigma)`
    pub fn lognormvariate(&self, mu: f64, sigma: f64) -> Outcome<f64> {
        math::exp(self.normalvariate(mu, sigma))
    }

    /// `rng.expovariate(rate)`
    pub fn expovariate(&self, rate: f64) -> Outcome<f64> {
        let found = -(1.0 - self.random()).ln();
        if rate == 0.0 {
            return Err(zero_division("float division by zero"));
        }
        Ok(found / rate)
    }

    /// `rng.triangular(low, high, mode)`
    pub fn triangular(&self, low: f64, high: f64, mode: Option<f64>) -> Outcome<f64> {
        let mut u = self.random();
        let (mut low, mut high) = (low, high);
        let mut c = match mode {
            None => 0.5,
            Some(_) if high - low == 0.0 => return Ok(low),
            Some(mode) => (mode - low) / (high - low),
        };
        if u > c {
            u = 1.0 - u;
            c = 1.0 - c;
            std::mem::swap(&mut low, &mut high);
        }
        Ok(low + (high - low) * math::sqrt(u * c)?)
    }

    /// `rng.gammavariate(alpha, beta)`
    pub fn gammavariate(&self, alpha: f64, beta: f64) -> Outcome<f64> {
        self.0.borrow_mut().gamma(alpha, beta)
    }

    /// `rng.betavariate(alpha, beta)`
    pub fn betavariate(&self, alpha: f64, beta: f64) -> Outcome<f64> {
        let mut twister = self.0.borrow_mut();
        let y = twister.gamma(alpha, 1.0)?;
        if y == 0.0 {
            return Ok(0.0);
        }
        Ok(y / (y + twister.gamma(beta, 1.0)?))
    }

    /// `rng.paretovariate(alpha)`
    pub fn paretovariate(&self, alpha: f64) -> Outcome<f64> {
        let u = 1.0 - self.random();
        if alpha == 0.0 {
            return Err(zero_division("float division by zero"));
        }
        float::pow(u, -1.0 / alpha)
    }

    /// `rng.weibullvariate(alpha, beta)`
    pub fn weibullvariate(&self, alpha: f64, beta: f64) -> Outcome<f64> {
        let u = 1.0 - self.random();
        if beta == 0.0 {
            return Err(zero_division("float division by zero"));
        }
        Ok(alpha * float::pow(-u.ln(), 1.0 / beta)?)
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<random.Random>")
    }
}

crate::handle::handle!(Random);

/// Where `rng.choice` finds its item among so many.
pub fn index(length: i64, rng: &Random) -> Outcome<i64> {
    if length == 0 {
        return Err(decline("a choice from nothing"));
    }
    Ok(rng.0.borrow_mut().below(length as u128) as i64)
}

/// `rng.shuffle(items)`
pub fn shuffle<T>(items: &mut [T], rng: &Random) {
    let mut twister = rng.0.borrow_mut();
    for i in (1..items.len()).rev() {
        let j = twister.below_len(i + 1);
        items.swap(i, j);
    }
}

/// `rng.sample(items, count)`
pub fn sample<T: Clone>(items: &[T], rng: &Random, count: i64) -> Outcome<Vec<T>> {
    let places = sampled(items.len(), rng, count)?;
    Ok(places.into_iter().map(|at| items[at].clone()).collect())
}

/// `rng.sample(text, count)`
pub fn sample_chars(letters: &Str, rng: &Random, count: i64) -> Outcome<Vec<Str>> {
    let letters: Vec<Str> = text::chars(letters).collect();
    sample(&letters, rng, count)
}

/// `rng.sample(range(low, high), count)`
pub fn sample_range(rng: &Random, low: i64, high: i64, count: i64) -> Outcome<Vec<i64>> {
    let size = usize::try_from(i128::from(high) - i128::from(low)).unwrap_or(0);
    let places = sampled(size, rng, count)?;
    Ok(places.into_iter().map(|at| low + at as i64).collect())
}

/// `rng.sample(range(size), count)`, as places.
fn sampled(size: usize, rng: &Random, count: i64) -> Outcome<Vec<usize>> {
    let Some(count) = usize::try_from(count).ok().filter(|count| *count <= size) else {
        return Err(value_error("Sample larger than population or is negative"));
    };
    let mut twister = rng.0.borrow_mut();
    let mut few = 21.0;
    if count > 5 {
        few += 4.0_f64.powf(((count as f64 * 3.0).ln() / 4.0_f64.ln()).ceil());
    }
    let mut made = Vec::with_capacity(count);
    if size as f64 <= few {
        let mut pool: Vec<usize> = (0..size).collect();
        for i in 0..count {
            let j = twister.below_len(size - i);
            made.push(pool[j]);
            pool[j] = pool[size - i - 1];
        }
    } else {
        let mut taken = std::collections::HashSet::with_capacity(count);
        while made.len() < count {
            let at = twister.below_len(size);
            if taken.insert(at) {
                made.push(at);
            }
        }
    }
    Ok(made)
}

/// `rng.choices(items, k=count)`
pub fn choices<T: Clone>(items: &[T], rng: &Random, count: i64) -> Outcome<Vec<T>> {
    let count = usize::try_from(count).unwrap_or(0);
    if items.is_empty() && count > 0 {
        return Err(decline("choices from nothing"));
    }
    let mut twister = rng.0.borrow_mut();
    let size = items.len() as f64;
    let one = |_| items[(twister.unit() * size).floor() as usize].clone();
    Ok((0..count).map(one).collect())
}

/// `rng.choices(text, k=count)`
pub fn choices_chars(letters: &Str, rng: &Random, count: i64) -> Outcome<Vec<Str>> {
    let letters: Vec<Str> = text::chars(letters).collect();
    choices(&letters, rng, count)
}

/// A number that weighs.
pub trait Weight: Copy {
    fn sum(self, other: Self) -> Outcome<Self>;
    /// Exactly, or a decline.
    fn exact(self) -> Outcome<f64>;
}

impl Weight for f64 {
    fn sum(self, other: Self) -> Outcome<Self> {
        Ok(self + other)
    }

    fn exact(self) -> Outcome<f64> {
        Ok(self)
    }
}

impl Weight for i64 {
    fn sum(self, other: Self) -> Outcome<Self> {
        self.checked_add(other).ok_or(PAST_I64)
    }

    fn exact(self) -> Outcome<f64> {
        if self.unsigned_abs() > 1 << 53 {
            return Err(decline("a weight that no float is"));
        }
        Ok(self as f64)
    }
}

/// `rng.choices(items, weights, k=count)`
pub fn choices_weighted<T: Clone, W: Weight>(
    items: &[T],
    rng: &Random,
    weights: &[W],
    count: i64,
) -> Outcome<Vec<T>> {
    let mut sums = Vec::with_capacity(weights.len());
    for weight in weights {
        sums.push(match sums.last() {
            None => *weight,
            Some(before) => W::sum(*before, *weight)?,
        });
    }
    choices_cumulated(items, rng, &sums, count)
}

/// `rng.choices(items, cum_weights=sums, k=count)`
pub fn choices_cumulated<T: Clone, W: Weight>(
    items: &[T],
    rng: &Random,
    sums: &[W],
    count: i64,
) -> Outcome<Vec<T>> {
    if sums.len() != items.len() {
        return Err(value_error(
            "The number of weights does not match the population",
        ));
    }
    let sums: Vec<f64> = sums.iter().map(|sum| sum.exact()).collect::<Outcome<_>>()?;
    let Some(total) = sums.last().map(|sum| sum + 0.0) else {
        return Err(decline("choices from nothing"));
    };
    if total <= 0.0 {
        return Err(value_error("Total of weights must be greater than zero"));
    }
    if !total.is_finite() {
        return Err(value_error("Total of weights must be finite"));
    }
    let mut twister = rng.0.borrow_mut();
    let one = |_| {
        let wanted = twister.unit() * total;
        let (mut low, mut high) = (0, items.len() - 1);
        // `bisect_right`, step by step: sums need not be in order.
        while low < high {
            let middle = (low + high) / 2;
            if wanted < sums[middle] {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        items[low].clone()
    };
    Ok((0..usize::try_from(count).unwrap_or(0)).map(one).collect())
}
