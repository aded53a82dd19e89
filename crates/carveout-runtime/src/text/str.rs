//! The type behind Python's `str`.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use super::small::Small;

/// Texts that grow past this many bytes are made anew each time.
const MOST_SHARED: usize = u32::MAX as usize;

const ASCII: &str = "\0\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\
    \x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQ\
    RSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\x7f";

/// The characters of ASCII, each a text of its own.
static SINGLES: [&str; 128] = {
    let (mut singles, mut rest, mut at) = ([""; 128], ASCII, 0);
    while at < 128 {
        (singles[at], rest) = rest.split_at(1);
        at += 1;
    }
    singles
};

/// Immutable text. Clones and parts share what they came from; indexing is O(1) where it is ASCII.
#[derive(Clone)]
pub struct Str(Data);

/// Where its bytes are. Each kind knows whether they are ASCII.
#[derive(Clone)]
enum Data {
    Static {
        ascii: bool,
        text: &'static str,
    },
    Small {
        ascii: bool,
        text: Small,
    },
    /// A part of a text, by offsets in bytes.
    Shared {
        ascii: bool,
        from: u32,
        to: u32,
        text: Rc<Whole>,
    },
    /// All of a text whose offsets may be past 32 bits.
    Huge {
        ascii: bool,
        text: Rc<Whole>,
    },
}

/// A text that others are parts of.
enum Whole {
    Own(String),
    /// That of a Python object, not copied.
    #[cfg(feature = "python")]
    Held(crate::boundary::HeldText),
}

impl Deref for Whole {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        match self {
            Self::Own(text) => text,
            #[cfg(feature = "python")]
            Self::Held(text) => text,
        }
    }
}

#[cfg(feature = "python")]
impl Str {
    #[inline]
    pub(crate) fn held(text: crate::boundary::HeldText) -> Self {
        let ascii = text.is_ascii();
        Self::of(Whole::Held(text), ascii)
    }

    /// The Python object this text is, if it is all of one.
    #[inline]
    pub(crate) fn holder(&self) -> Option<&crate::boundary::HeldText> {
        let text = match &self.0 {
            Data::Shared {
                text, from: 0, to, ..
            } if text.len() == *to as usize => text,
            Data::Huge { text, .. } => text,
            _ => return None,
        };
        match &**text {
            Whole::Held(held) => Some(held),
            Whole::Own(_) => None,
        }
    }
}

impl Str {
    /// A copy.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text.as_bytes() {
            [] => Self::default(),
            [byte] => Self::ascii_char(*byte),
            _ => Self::copied(text, text.is_ascii()),
        }
    }

    #[inline]
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(Data::Static {
            ascii: text.is_ascii(),
            text,
        })
    }

    /// A copy of a text of which it is known whether it is ASCII.
    #[inline]
    pub(crate) fn copied(text: &str, ascii: bool) -> Self {
        match Small::new(text) {
            Some(text) => Self(Data::Small { ascii, text }),
            None => Self::of(Whole::Own(text.to_owned()), ascii),
        }
    }

    /// A text of which it is known whether it is ASCII.
    #[inline]
    pub(crate) fn whole(text: String, ascii: bool) -> Self {
        match Small::new(&text) {
            Some(text) => Self(Data::Small { ascii, text }),
            None => Self::of(Whole::Own(text), ascii),
        }
    }

    /// A text that others may become parts of.
    #[inline]
    fn of(text: Whole, ascii: bool) -> Self {
        let to = u32::try_from(text.len());
        let text = Rc::new(text);
        Self(match to {
            Ok(to) => Data::Shared {
                ascii,
                from: 0,
                to,
                text,
            },
            Err(_) => Data::Huge { ascii, text },
        })
    }

    /// Text known to be ASCII.
    #[inline]
    #[must_use]
    pub(crate) fn ascii(text: String) -> Self {
        debug_assert!(text.is_ascii());
        Self::whole(text, true)
    }

    /// One character below 128.
    #[inline]
    pub(crate) fn ascii_char(byte: u8) -> Self {
        Self(Data::Static {
            ascii: true,
            text: SINGLES[usize::from(byte & 127)],
        })
    }

    /// One character.
    #[inline]
    pub(crate) fn char(c: char) -> Self {
        if c.is_ascii() {
            Self::ascii_char(c as u8)
        } else {
            Self::wide_char(c)
        }
    }

    /// Apart, so that loops over characters stay small.
    #[inline(never)]
    fn wide_char(c: char) -> Self {
        Self::copied(c.encode_utf8(&mut [0; 4]), false)
    }

    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Data::Static { text, .. } => text,
            Data::Small { text, .. } => text.as_str(),
            Data::Shared { text, from, to, .. } => &text[*from as usize..*to as usize],
            Data::Huge { text, .. } => text,
        }
    }

    /// Its UTF-8; without the look at where characters begin that a part as `&str` takes.
    #[inline]
    pub(crate) fn raw(&self) -> &[u8] {
        match &self.0 {
            Data::Static { text, .. } => text.as_bytes(),
            Data::Small { text, .. } => text.raw(),
            Data::Shared { text, from, to, .. } => &text.as_bytes()[*from as usize..*to as usize],
            Data::Huge { text, .. } => text.as_bytes(),
        }
    }

    /// Adds to the end: where it stands if nobody shares it, so that building a text piece by piece
    /// copies each piece once or twice.
    #[inline]
    pub(crate) fn push(&mut self, more: &Self) {
        self.push_str(more, more.is_ascii());
    }

    #[inline]
    fn push_str(&mut self, more: &str, more_ascii: bool) {
        match &mut self.0 {
            Data::Small { ascii, text } => {
                if text.push(more) {
                    *ascii &= more_ascii;
                } else {
                    self.grow(more, more_ascii);
                }
            }
            Data::Shared {
                ascii, text, to, ..
            } => match Rc::get_mut(text) {
                Some(Whole::Own(own))
                    if own.len() == *to as usize && own.len() + more.len() <= MOST_SHARED =>
                {
                    own.push_str(more);
                    *to = own.len() as u32;
                    *ascii &= more_ascii;
                }
                _ => self.grow(more, more_ascii),
            },
            _ => self.grow(more, more_ascii),
        }
    }

    /// Goes on in a text of its own, with room for more.
    #[inline(never)]
    fn grow(&mut self, more: &str, more_ascii: bool) {
        let ascii = self.is_ascii() && more_ascii;
        let length = self.raw().len() + more.len();
        if let Some(mut text) = Small::new(self)
            && text.push(more)
        {
            self.0 = Data::Small { ascii, text };
            return;
        }
        let mut text = String::with_capacity(2 * length);
        text.push_str(self);
        text.push_str(more);
        *self = Self::of(Whole::Own(text), ascii);
    }

    /// Adds a character to the end, as [`Str::push`] does.
    #[inline]
    pub(crate) fn push_char(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]), c.is_ascii());
    }

    /// Whether every character is below 128; known without looking.
    #[inline]
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        match &self.0 {
            Data::Static { ascii, .. }
            | Data::Small { ascii, .. }
            | Data::Shared { ascii, .. }
            | Data::Huge { ascii, .. } => *ascii,
        }
    }

    /// Length in code points.
    #[inline]
    #[must_use]
    pub fn count(&self) -> usize {
        let text = self.as_str();
        if self.is_ascii() {
            text.len()
        } else {
            text.chars().count()
        }
    }

    /// The part between two offsets in bytes.
    #[inline]
    pub(crate) fn part(&self, begin: usize, end: usize) -> Self {
        match &self.0 {
            Data::Static { ascii, text } => Self(Data::Static {
                ascii: *ascii || text[begin..end].is_ascii(),
                text: &text[begin..end],
            }),
            Data::Small { text, .. } => Self::new(&text.as_str()[begin..end]),
            Data::Shared {
                ascii, text, from, ..
            } => {
                let begin = *from as usize + begin;
                let end = *from as usize + end;
                let part = &text[begin..end];
                if part.len() <= 1 {
                    return Self::new(part);
                }
                let ascii = *ascii || part.is_ascii();
                if let Some(text) = Small::new(part) {
                    return Self(Data::Small { ascii, text });
                }
                // No more than `to`, which is of 32 bits.
                Self(Data::Shared {
                    ascii,
                    from: begin as u32,
                    to: end as u32,
                    text: Rc::clone(text),
                })
            }
            Data::Huge { text, .. } if begin == 0 && end == text.len() => self.clone(),
            Data::Huge { text, .. } => Self::new(&text[begin..end]),
        }
    }

    /// The part of `self` that `within`, a piece of it, is.
    #[inline]
    pub(crate) fn same(&self, within: &str) -> Self {
        let begin = within.as_ptr() as usize - self.as_str().as_ptr() as usize;
        self.part(begin, begin + within.len())
    }

    /// Byte offset of a code point.
    #[inline]
    pub(crate) fn offset(&self, index: usize) -> usize {
        let text = self.as_str();
        if self.is_ascii() {
            return index.min(text.len());
        }
        let mut chars = text.chars();
        if index > 0 {
            chars.nth(index - 1);
        }
        text.len() - chars.as_str().len()
    }

    /// Code points before a byte offset.
    #[inline]
    pub(crate) fn point(&self, offset: usize) -> i64 {
        if self.is_ascii() {
            offset as i64
        } else {
            self.as_str()[..offset].chars().count() as i64
        }
    }
}

impl Default for Str {
    #[inline]
    fn default() -> Self {
        Self::from_static("")
    }
}

impl From<&'static str> for Str {
    #[inline]
    fn from(text: &'static str) -> Self {
        Self::from_static(text)
    }
}

impl From<String> for Str {
    #[inline]
    fn from(text: String) -> Self {
        let ascii = text.is_ascii();
        Self::whole(text, ascii)
    }
}

impl From<Str> for String {
    fn from(text: Str) -> Self {
        text.as_str().to_owned()
    }
}

impl Deref for Str {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Str {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self.raw(), other.raw()) {
            // Characters are compared most of all.
            ([a], [b]) => a == b,
            (a, b) => a == b,
        }
    }
}

impl PartialEq<str> for Str {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        self.raw() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self.raw() == other.as_bytes()
    }
}

/// For literals on the left.
impl PartialEq<Str> for &str {
    #[inline]
    fn eq(&self, other: &Str) -> bool {
        self.as_bytes() == other.raw()
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialOrd<&str> for Str {
    #[inline]
    fn partial_cmp(&self, other: &&str) -> Option<Ordering> {
        Some(self.raw().cmp(other.as_bytes()))
    }
}

/// For literals on the left.
impl PartialOrd<Str> for &str {
    #[inline]
    fn partial_cmp(&self, other: &Str) -> Option<Ordering> {
        Some(self.as_bytes().cmp(other.raw()))
    }
}

/// UTF-8 orders as code points do.
impl Ord for Str {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.raw().cmp(other.raw())
    }
}

crate::compare::beside_looks!(Str);

impl Hash for Str {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Without the length before it: the hasher has it from the bytes.
        state.write(self.raw());
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
