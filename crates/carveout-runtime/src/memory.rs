//! Memory that the allocator keeps for later.

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
