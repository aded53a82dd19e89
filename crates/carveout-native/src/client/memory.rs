//! Memory for large payloads.

/// Large arguments and answers would be mapped and unmapped at every call: at a megabyte that is a
/// millisecond of page faults. Keeps such blocks in the heap; a carving in this process does too.
pub fn keep_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes two ints and is safe to call at any time.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 64 << 20);
    }
}
