//! The hash behind `Dict` and `Set`: fast, and seeded once a process, so that nobody can send keys
//! that all collide. What it gives is never seen: Python's own `hash()` is not drafted.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::OnceLock;

pub(crate) const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Multiplies to 128 bits and folds the halves: each bit in reaches each bit out.
#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| RandomState::new().hash_one(ODD))
}

#[derive(Debug)]
struct Folding {
    state: u64,
    seed: u64,
}

impl Hasher for Folding {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        // The length tells "a" from "a\0", and one text of a tuple from the next.
        self.state ^= bytes.len() as u64;
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let mut eight = [0; 8];
            eight.copy_from_slice(word);
            self.write_u64(u64::from_le_bytes(eight));
        }
        let mut last = 0;
        for byte in words.remainder() {
            last = last << 8 | u64::from(*byte);
        }
        self.write_u64(last);
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.write_u64(value.into());
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.write_u64(value.into());
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.state = folded(self.state ^ value, self.seed | 1).wrapping_add(ODD);
    }

    #[inline]
    fn write_i64(&mut self, value: i64) {
        self.write_u64(value.cast_unsigned());
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        folded(self.state, ODD)
    }
}

/// 32 bits are kept: beside a place of 32 bits they fill one word.
#[inline]
pub(crate) fn hash<K: Hash>(key: &K) -> u32 {
    let seed = seed();
    let mut hasher = Folding { state: seed, seed };
    key.hash(&mut hasher);
    hasher.finish() as u32
}
