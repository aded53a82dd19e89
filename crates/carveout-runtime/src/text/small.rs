//! Texts of a few bytes, kept where they are: keys, fields, numbers and words cost no memory of
//! their own.
//!
//! Invariant: the first `length` bytes are UTF-8. They come from a `&str` (or from one, pushed to)
//! and from nowhere else in this file, which is all that sees them.

/// So many bytes of a text are kept in its handle: as many as a shared one needs there too.
pub(super) const MOST: usize = 21;
pub(super) type Small = Few<MOST>;

/// Up to `N` bytes of text; `N` is at most 255.
#[derive(Clone, Copy)]
pub(super) struct Few<const N: usize> {
    length: u8,
    bytes: [u8; N],
}

impl<const N: usize> Few<N> {
    #[inline]
    pub const fn empty() -> Self {
        Self {
            length: 0,
            bytes: [0; N],
        }
    }

    /// A copy of a text, if it fits.
    #[inline]
    pub fn new(text: &str) -> Option<Self> {
        let mut made = Self::empty();
        made.push(text).then_some(made)
    }

    #[inline]
    pub fn raw(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length).min(N)]
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        // SAFETY: they are UTF-8, by the invariant above.
        unsafe { std::str::from_utf8_unchecked(self.raw()) }
    }

    /// Adds to its end; false, and nothing is done, if it does not fit.
    #[inline]
    pub fn push(&mut self, more: &str) -> bool {
        let (from, more) = (usize::from(self.length), more.as_bytes());
        let Some(room) = self.bytes.get_mut(from..from + more.len()) else {
            return false;
        };
        copy(room, more);
        self.length += more.len() as u8;
        true
    }
}

/// For `write!`; an error where it does not fit.
impl<const N: usize> std::fmt::Write for Few<N> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.push(text) {
            Ok(())
        } else {
            Err(std::fmt::Error)
        }
    }
}

/// Copies a few bytes without a call: in two pieces of one size, which may overlap.
#[inline]
fn copy(to: &mut [u8], from: &[u8]) {
    let length = to.len();
    if length != from.len() {
        return;
    }
    macro_rules! pieces {
        ($size:literal) => {{
            to[..$size].copy_from_slice(&from[..$size]);
            to[length - $size..].copy_from_slice(&from[length - $size..]);
        }};
    }
    match length {
        0 => {}
        1 => to[0] = from[0],
        2..4 => pieces!(2),
        4..8 => pieces!(4),
        8..16 => pieces!(8),
        16..=32 => pieces!(16),
        _ => to.copy_from_slice(from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_fits_and_nothing_else() {
        assert_eq!(size_of::<Option<crate::Str>>(), 24);
        for text in [
            "",
            "a",
            "größe",
            "123456789012345678901",
            "1234567890123456789é",
        ] {
            let small = Small::new(text).unwrap();
            assert_eq!(small.as_str(), text);
        }
        for length in 0..120 {
            let text: String = ('a'..='z').cycle().take(length).collect();
            assert_eq!(Few::<120>::new(&text).unwrap().as_str(), text);
        }
        assert!(Small::new("1234567890123456789012").is_none());
        assert!(Small::new("12345678901234567890é").is_none());
        let mut small = Small::new("12345678901234567").unwrap();
        assert!(!small.push("89012"));
        assert!(!small.push("890é"));
        assert!(small.push("89é"));
        assert!(small.push(""));
        assert!(!small.push("x"));
        assert_eq!(small.as_str(), "1234567890123456789é");
    }
}
