//! `functools.cache` and `lru_cache` of functions whose arguments and results never change.
//!
//! ```
//! use carveout_runtime::{Outcome, memo};
//! fn fibonacci(n: i64) -> Outcome<i64> {
//!     thread_local! { static KNOWN: memo::Known<(i64,), i64> = const { memo::Known::new() } }
//!     memo::call(&KNOWN, (n,), || {
//!         Ok(if n < 2 { n } else { fibonacci(n - 1)? + fibonacci(n - 2)? })
//!     })
//! }
//! assert_eq!(fibonacci(80).unwrap(), 23_416_728_348_467_685);
//! ```
//!
//! What a call gave is kept for later calls of the thread, up to [`MOST`] of them.

use std::cell::RefCell;
use std::thread::LocalKey;

use crate::dict::{Dict, Key};
use crate::fault::Outcome;

/// So many results, and all are forgotten.
const MOST: usize = 1 << 16;

/// What calls gave, by their arguments.
#[derive(Debug)]
pub struct Known<K, V>(RefCell<Option<Dict<K, V>>>);

impl<K, V> Known<K, V> {
    #[must_use]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }
}

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// What is known for `key`, or what `make` gives; what raises is not kept.
pub fn call<K: Key, V: Clone>(
    known: &'static LocalKey<Known<K, V>>,
    key: K,
    make: impl FnOnce() -> Outcome<V>,
) -> Outcome<V> {
    let found = known.with(|known| known.0.borrow().as_ref()?.get(&key).cloned());
    if let Some(found) = found {
        return Ok(found);
    }
    let made = make()?;
    known.with(|known| {
        let mut known = known.0.borrow_mut();
        let known = known.get_or_insert_default();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, made.clone());
    });
    Ok(made)
}
