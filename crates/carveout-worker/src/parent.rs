//! A worker never outlives the service that started it, not even one that was killed.

use std::time::Duration;

/// Ends this process within half a second of `pid` being gone (we get another parent then).
pub fn end_with(pid: u32) {
    std::thread::Builder::new()
        .name("parent".into())
        .stack_size(64 << 10)
        .spawn(move || {
            loop {
                if std::os::unix::process::parent_id() != pid {
                    std::process::exit(0);
                }
                std::thread::sleep(Duration::from_millis(500));
            }
        })
        .ok();
}
