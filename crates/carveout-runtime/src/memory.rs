//! Memory that the allocator keeps for later.

use crate::fault::{Outcome, Stop};

/// More items than this are the reference's.
pub const MOST_ITEMS: usize = 1 << 28;
/// What Python answers with a MemoryError, if it does.
pub(crate) const NO_ROOM: &str = "more memory than there may be";

/// A vector with room for `count` items; declines where there is none, instead of ending the process.
pub(crate) fn vec<T>(count: usize) -> Outcome<Vec<T>> {
    let mut made = Vec::new();
    match made.try_reserve_exact(count) {
        Ok(()) => Ok(made),
        Err(_) => Err(Stop::Decline(NO_ROOM)),
    }
}

/// A text with room for `size` bytes, in the same way.
pub(crate) fn text(size: usize) -> Outcome<String> {
    let mut made = String::new();
    match made.try_reserve_exact(size) {
        Ok(()) => Ok(made),
        Err(_) => Err(Stop::Decline(NO_ROOM)),
    }
}

/// Gives what was freed back to the system. Takes milliseconds after a gigabyte: for idle moments.
///
/// The C library keeps freed blocks in an arena a thread, and gives back only what is at an arena's
/// end: a server that held a hundred large bodies at once would look as if it still did.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        unsafe extern "C" {
            fn malloc_trim(keep: usize) -> i32;
        }
        // SAFETY: no pointers; safe to call at any time, from any thread.
        unsafe { malloc_trim(0) };
    }
}

/// At most so many arenas, for a process whose threads come and go. Call it before they do.
///
/// By default there are eight a core, and the free end of each but the first is never given back:
/// 40 MB in a service that read bodies of one megabyte. Threads that run at once are as many as cores.
pub fn few_arenas(cores: usize) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const M_ARENA_MAX: i32 = -8;
        unsafe extern "C" {
            fn mallopt(parameter: i32, value: i32) -> i32;
        }
        // SAFETY: no pointers; safe to call at any time, from any thread.
        unsafe { mallopt(M_ARENA_MAX, i32::try_from(cores.max(1)).unwrap_or(i32::MAX)) };
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = cores;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_room_for_declines() {
        assert!(vec::<u64>(usize::MAX / 16).is_err());
        assert!(text(usize::MAX / 2).is_err());
        assert!(vec::<u64>(1000).unwrap().capacity() >= 1000);
    }
}
