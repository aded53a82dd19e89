//! Token buckets, shared by all cores: a limit is exact to the request, not a share per core.
//!
//! One table of 64 locked shards holds every bucket. A bucket that has been full for a while says
//! nothing and is forgotten; a shard that still grows past its bound forgets the fullest buckets,
//! which errs to the client's favour and is counted.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const SHARDS: usize = 64;
const MOST_PER_SHARD: usize = 16_384;

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

#[derive(Debug)]
pub struct Buckets {
    hasher: RandomState,
    shards: Vec<Mutex<HashMap<u64, Bucket>>>,
}

impl Default for Buckets {
    fn default() -> Self {
        Buckets {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }
}

impl Buckets {
    /// Take one token of `key`'s bucket, or say when the next is there.
    pub fn take(
        &self,
        key: (&str, usize, &[u8]),
        per_second: f64,
        burst: f64,
        now: Instant,
    ) -> Result<(), Duration> {
        let hash = self.hasher.hash_one(key);
        let Ok(mut shard) = self.shards[hash as usize % SHARDS].lock() else {
            return Ok(());
        };
        if shard.len() >= MOST_PER_SHARD && !shard.contains_key(&hash) {
            shard.retain(|_, b| {
                b.tokens + now.duration_since(b.at).as_secs_f64() * per_second < burst
            });
            if shard.len() >= MOST_PER_SHARD {
                shard.clear();
            }
        }
        let bucket = shard.entry(hash).or_insert(Bucket {
            tokens: burst,
            at: now,
        });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * per_second).min(burst);
        bucket.at = bucket.at.max(now);
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - bucket.tokens) / per_second))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        let take = |key: &[u8], ms| {
            buckets
                .take(("r", 0, key), 10.0, 3.0, start + Duration::from_millis(ms))
                .is_ok()
        };
        assert_eq!(
            [0, 0, 0, 0, 100, 100, 200].map(|ms| take(b"a", ms)),
            [true, true, true, false, true, false, true]
        );
        assert!(take(b"b", 0));
        assert_eq!(
            [10_000; 4].map(|ms| take(b"a", ms)),
            [true, true, true, false]
        );
    }

    #[test]
    fn cores_share_a_bucket_exactly() {
        let (buckets, now) = (std::sync::Arc::new(Buckets::default()), Instant::now());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let buckets = buckets.clone();
                std::thread::spawn(move || {
                    (0..1000)
                        .filter(|_| buckets.take(("r", 0, b"k"), 1.0, 500.0, now).is_ok())
                        .count()
                })
            })
            .collect();
        assert_eq!(
            threads
                .into_iter()
                .map(|t| t.join().unwrap())
                .sum::<usize>(),
            500
        );
    }
}
