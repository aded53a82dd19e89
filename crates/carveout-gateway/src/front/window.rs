//! How fast a client has to move: so many bytes in every window of time.

use std::time::Instant;

use super::guard::FrontLimits;

#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub start: Instant,
    pub bytes: u64,
}

impl Window {
    pub fn new(start: Instant) -> Window {
        Window { start, bytes: 0 }
    }

    /// None: moves fast enough; else when to look again.
    pub fn verdict(&mut self, now: Instant, limits: &FrontLimits) -> Result<Instant, ()> {
        let end = self.start + limits.stall_time;
        if now < end {
            return Ok(end);
        }
        if self.bytes < (limits.least_rate * limits.stall_time.as_millis() as u64 / 1000).max(1) {
            return Err(());
        }
        *self = Window::new(now);
        Ok(now + limits.stall_time)
    }
}
