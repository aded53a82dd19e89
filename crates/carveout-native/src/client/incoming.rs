//! Bytes of frames as they come in: read to where they stay until they are used.
use std::ops::{Deref, Range};

use super::frame;

/// Read at least this much at a time.
const LEAST: usize = 16 << 10;
/// Room for the rest of a large frame is made in steps of this.
const STEP: usize = 4 << 20;
/// A payload from here on keeps the buffer it came in, instead of being copied out of it.
const LARGE: usize = 64 << 10;

/// The bytes that have come in and were not used yet.
#[derive(Default)]
pub struct Incoming {
    bytes: Vec<u8>,
    /// Of `bytes`; what is outside of it is room.
    filled: Range<usize>,
}

/// What a frame carries.
#[derive(Default)]
pub struct Payload {
    bytes: Vec<u8>,
    from: usize,
}

impl Payload {
    /// Leaves the first bytes out.
    pub fn skip(&mut self, count: usize) {
        self.from = (self.from + count).min(self.bytes.len());
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Payload { bytes, from: 0 }
    }
}

impl Deref for Payload {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

impl Incoming {
    fn waiting(&self) -> &[u8] {
        &self.bytes[self.filled.clone()]
    }

    /// Where the next read goes; tell [`took`](Self::took) how much it brought.
    pub fn room(&mut self) -> &mut [u8] {
        if self.filled.is_empty() {
            self.filled = 0..0;
        }
        // As much as the frame that has begun still needs, so that a large one takes few reads.
        let rest = frame::announced(self.waiting()).saturating_sub(self.filled.len());
        let wanted = rest.clamp(LEAST, STEP);
        if self.bytes.len() - self.filled.end < wanted {
            self.bytes.copy_within(self.filled.clone(), 0);
            self.filled = 0..self.filled.len();
            if self.bytes.len() - self.filled.end < wanted {
                self.bytes.resize(self.filled.end + wanted, 0);
            }
        }
        &mut self.bytes[self.filled.end..]
    }

    pub fn took(&mut self, count: usize) {
        self.filled.end += count;
    }

    /// The next whole frame, as [`frame::parse`] has it; to be given to [`used`](Self::used).
    pub fn frame(&self) -> Result<Option<frame::Frame<'_>>, ()> {
        frame::parse(self.waiting())
    }

    pub fn used(&mut self, count: usize) {
        self.filled.start += count;
    }

    /// The next whole frame's id and payload, taken out.
    pub fn take(&mut self) -> Result<Option<(u64, Payload)>, ()> {
        let Some((id, payload, used)) = self.frame()? else {
            return Ok(None);
        };
        if payload.len() < LARGE || used < self.filled.len() {
            let payload = payload.to_vec().into();
            self.used(used);
            return Ok(Some((id, payload)));
        }
        let from = self.filled.end - payload.len();
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.truncate(self.filled.end);
        self.filled = 0..0;
        Ok(Some((id, Payload { bytes, from })))
    }

    pub fn clear(&mut self) {
        *self = Incoming::default();
    }
}
