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
