//! A text made of parts, as an f-string is.
//!
//! ```
//! use carveout_runtime::prelude::*;
//! let (name, count) = (Str::from("größe"), 3);
//! assert_eq!(text!(name, " = ", count, "; ", 0.5), "größe = 3; 0.5");
//! ```

use std::fmt::Write;

use super::Str;
use super::small::Few;

/// So many bytes need no memory but the stack's.
const STACK: usize = 120;

/// What a text is put together in.
#[expect(missing_debug_implementations)]
pub struct Builder {
    few: Few<STACK>,
    /// All of it, if that does not fit.
    many: Option<String>,
    ascii: bool,
}

impl Default for Builder {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            few: Few::empty(),
            many: None,
            ascii: true,
        }
    }

    /// Adds a part.
    #[inline]
    pub fn add(&mut self, part: &(impl Piece + ?Sized)) {
        part.add_to(self);
    }

    #[inline]
    fn push(&mut self, text: &str, ascii: bool) {
        self.ascii &= ascii;
        if self.many.is_some() || !self.few.push(text) {
            self.spill(text);
        }
    }

    #[inline(never)]
    fn spill(&mut self, text: &str) {
        let few = self.few.as_str();
        let many = self.many.get_or_insert_with(|| {
            let mut many = String::with_capacity(2 * STACK + text.len());
            many.push_str(few);
            many
        });
        many.push_str(text);
    }

    /// The text.
    #[inline]
    #[must_use]
    pub fn finish(self) -> Str {
        match self.many {
            Some(text) => Str::whole(text, self.ascii),
            None => Str::copied(self.few.as_str(), self.ascii),
        }
    }
}

/// What can be a part of a text: it is written as `str` of Python writes it.
pub trait Piece {
    fn add_to(&self, text: &mut Builder);
}

impl<T: Piece + ?Sized> Piece for &T {
    #[inline]
    fn add_to(&self, text: &mut Builder) {
        (**self).add_to(text);
    }
}

impl Piece for str {
    #[inline]
    fn add_to(&self, text: &mut Builder) {
        text.push(self, self.is_ascii());
    }
}

impl Piece for Str {
    #[inline]
    fn add_to(&self, text: &mut Builder) {
        text.push(self, self.is_ascii());
    }
}

impl Piece for char {
    #[inline]
    fn add_to(&self, text: &mut Builder) {
        text.push(self.encode_utf8(&mut [0; 4]), self.is_ascii());
    }
}

impl Piece for bool {
    #[inline]
    fn add_to(&self, text: &mut Builder) {
        text.push(if *self { "True" } else { "False" }, true);
    }
}

impl Piece for i64 {
    fn add_to(&self, text: &mut Builder) {
        text.push(digits(*self, &mut [0; 20]), true);
    }
}

impl Piece for f64 {
    fn add_to(&self, text: &mut Builder) {
        // Where Rust writes no exponent either, and the digits are too few for two texts to be
        // equally near (`float::shortest_digits`).
        if (1e-4..1e16).contains(&self.abs()) {
            let mut plain = Few::<32>::empty();
            if write!(plain, "{self:?}").is_ok() && plain.raw().len() <= 16 {
                text.push(plain.as_str(), true);
                return;
            }
        }
        crate::float::long_repr(*self).add_to(text);
    }
}

impl Piece for crate::Num {
    fn add_to(&self, text: &mut Builder) {
        match self {
            Self::Int(value) => value.add_to(text),
            Self::Float(value) => value.add_to(text),
        }
    }
}

/// An int in decimal, at the end of the room given.
#[inline]
pub(crate) fn digits(value: i64, room: &mut [u8; 20]) -> &str {
    let mut rest = value.unsigned_abs();
    let mut at = room.len();
    loop {
        at -= 1;
        room[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        room[at] = b'-';
    }
    std::str::from_utf8(&room[at..]).unwrap_or_default()
}

/// A text of parts, each written as `str` writes it, one after the other.
#[macro_export]
macro_rules! text {
    ($($part:expr),+ $(,)?) => {{
        let mut made = $crate::text::Builder::new();
        $(made.add(&$part);)+
        made.finish()
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_ints() {
        for value in [0, 7, 10, -1, 99, 100, -12_345, i64::MAX, i64::MIN] {
            assert_eq!(digits(value, &mut [0; 20]), value.to_string());
        }
    }

    #[test]
    fn goes_on_where_the_stack_ends() {
        for part in ["a", "ab", "größe", "0123456789"] {
            for times in 0..60 {
                let mut made = Builder::new();
                for _ in 0..times {
                    made.add(part);
                }
                made.add(&times);
                let text = made.finish();
                let wanted = format!("{}{times}", part.repeat(times as usize));
                assert_eq!(text, wanted.as_str());
                assert_eq!(text.is_ascii(), wanted.is_ascii());
            }
        }
    }
}
