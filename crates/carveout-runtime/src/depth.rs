//! Recursion declines long before the native stack ends; Python's own limit is the reference's.

use std::cell::Cell;

use crate::fault::{Outcome, Stop};

/// Deeper calls are left to the reference, which knows how much of its limit is used up.
pub const MAX_DEPTH: u32 = 400;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Held for as long as one call of a recursive function runs.
#[derive(Debug)]
pub struct Guard(());

/// Enters a recursive function.
pub fn enter() -> Outcome<Guard> {
    DEPTH.with(|depth| {
        if depth.get() >= MAX_DEPTH {
            return Err(Stop::Decline("recursion deeper than 400 calls"));
        }
        depth.set(depth.get() + 1);
        Ok(Guard(()))
    })
}

impl Drop for Guard {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}
