//! An HTTP/2 connection's frames, counted as they pass: floods of frames that cost the server work
//! and the client nothing (PING, SETTINGS, RST_STREAM, PRIORITY, empty DATA, CONTINUATION).
//!
//! h2 itself holds windows, header lists and reset streams within bounds; this adds rates. Only the
//! nine bytes of each frame's header are looked at.

use std::time::Instant;

use super::refusal::Refusal;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Continuations of one header block: enough for 256 KiB in the smallest legal frames of 16 KiB.
const MAX_CONTINUATIONS: u32 = 16;

#[derive(Debug)]
pub struct Frames {
    /// Bytes of the preface or of a frame's payload still to come.
    skip: usize,
    header: [u8; 9],
    filled: usize,
    window_start: Instant,
    control: u32,
    resets: u32,
    continuations: u32,
    /// Control frames a second, resets a second.
    limits: (u32, u32),
}

impl Frames {
    pub fn new(control_per_second: u32, resets_per_second: u32, now: Instant) -> Frames {
        Frames {
            skip: PREFACE.len(),
            header: [0; 9],
            filled: 0,
            window_start: now,
            control: 0,
            resets: 0,
            continuations: 0,
            limits: (control_per_second, resets_per_second),
        }
    }

    /// Inside a frame or a header block: a client that stops here is slow, not idle.
    pub fn is_mid_frame(&self) -> bool {
        self.skip > 0 || self.filled > 0 || self.continuations > 0
    }

    pub fn pass(&mut self, mut data: &[u8], now: Instant) -> Result<(), Refusal> {
        while !data.is_empty() {
            if self.skip > 0 {
                let n = self.skip.min(data.len());
                self.skip -= n;
                data = &data[n..];
                continue;
            }
            let n = (9 - self.filled).min(data.len());
            self.header[self.filled..self.filled + n].copy_from_slice(&data[..n]);
            self.filled += n;
            data = &data[n..];
            if self.filled == 9 {
                self.filled = 0;
                self.frame(now)?;
            }
        }
        Ok(())
    }

    fn frame(&mut self, now: Instant) -> Result<(), Refusal> {
        let [a, b, c, kind, flags, ..] = self.header;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        self.skip = length;
        if now.duration_since(self.window_start).as_millis() >= 1000 {
            (self.window_start, self.control, self.resets) = (now, 0, 0);
        }
        match kind {
            // DATA without data and without an end; PRIORITY; SETTINGS; PING.
            0x0 if length == 0 && flags & 0x1 == 0 => self.control += 1,
            0x2 | 0x4 | 0x6 => self.control += 1,
            0x3 => self.resets += 1,
            0x1 => self.continuations = u32::from(flags & 0x4 == 0),
            0x9 => {
                self.continuations += 1;
                if self.continuations > MAX_CONTINUATIONS {
                    return Err(Refusal::new(431, "h2-continuation-flood"));
                }
                if flags & 0x4 != 0 {
                    self.continuations = 0;
                }
            }
            _ => {}
        }
        if self.control > self.limits.0 {
            return Err(Refusal::new(429, "h2-control-flood"));
        }
        if self.resets > self.limits.1 {
            return Err(Refusal::new(429, "h2-rapid-reset"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let n = payload.len() as u32;
        let mut bytes = vec![
            (n >> 16) as u8,
            (n >> 8) as u8,
            n as u8,
            kind,
            flags,
            0,
            0,
            0,
            1,
        ];
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn floods_are_seen_and_ordinary_frames_are_not() {
        let now = Instant::now();
        let flood = |kind: u8, flags: u8, count: usize| {
            let mut frames = Frames::new(100, 50, now);
            let mut bytes = PREFACE.to_vec();
            for _ in 0..count {
                bytes.extend(frame(kind, flags, b"12345678"));
            }
            // In odd pieces: frame headers are split over reads.
            bytes
                .chunks(7)
                .try_for_each(|piece| frames.pass(piece, now))
                .map_err(|r| r.reason)
        };
        assert_eq!(flood(0x6, 0, 100), Ok(()));
        assert_eq!(flood(0x6, 0, 101), Err("h2-control-flood"));
        assert_eq!(flood(0x4, 0, 101), Err("h2-control-flood"));
        assert_eq!(flood(0x3, 0, 51), Err("h2-rapid-reset"));
        assert_eq!(flood(0x9, 0, 17), Err("h2-continuation-flood"));
        assert_eq!(flood(0x0, 0, 5000), Ok(()));
        assert_eq!(flood(0x1, 0x4, 5000), Ok(()));
    }
}
