//! The type behind Python's `str`.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

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
pub struct Str {
    data: Data,
    ascii: bool,
}

#[derive(Clone)]
enum Data {
    Static(&'static str),
    /// A part of a text, by offsets in bytes.
    Shared {
        text: Rc<Whole>,
        from: usize,
        to: usize,
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
        Self {
            ascii: text.is_ascii(),
            data: Data::Shared {
                from: 0,
                to: text.len(),
                text: Rc::new(Whole::Held(text)),
            },
        }
    }

    /// The Python object this text is, if it is all of one.
    #[inline]
    pub(crate) fn holder(&self) -> Option<&crate::boundary::HeldText> {
        match &self.data {
            Data::Shared { text, from: 0, to } => match &**text {
                Whole::Held(held) if held.len() == *to => Some(held),
                _ => None,
            },
            _ => None,
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
            _ => text.to_owned().into(),
        }
    }

    #[inline]
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self {
            ascii: text.is_ascii(),
            data: Data::Static(text),
        }
    }

    /// Text known to be ASCII.
    #[inline]
    #[must_use]
    pub(crate) fn ascii(text: String) -> Self {
        debug_assert!(text.is_ascii());
        Self {
            ascii: true,
            data: Data::Shared {
                from: 0,
                to: text.len(),
                text: Rc::new(Whole::Own(text)),
            },
        }
    }

    /// One character below 128.
    #[inline]
    pub(crate) fn ascii_char(byte: u8) -> Self {
        Self {
            ascii: true,
            data: Data::Static(SINGLES[usize::from(byte & 127)]),
        }
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
        String::from(c).into()
    }

    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.data {
            Data::Static(text) => text,
            Data::Shared { text, from, to } => &text[*from..*to],
        }
    }

    /// Its UTF-8; without the look at where characters begin that a part as `&str` takes.
    #[inline]
    pub(crate) fn raw(&self) -> &[u8] {
        match &self.data {
            Data::Static(text) => text.as_bytes(),
            Data::Shared { text, from, to } => &text.as_bytes()[*from..*to],
        }
    }

    /// Adds to the end: where it stands if nobody shares it, so that building a text piece by piece
    /// copies each piece once or twice.
    pub(crate) fn push(&mut self, more: &Self) {
        if let Data::Shared { text, to, .. } = &mut self.data
            && let Some(Whole::Own(own)) = Rc::get_mut(text)
            && own.len() == *to
        {
            own.push_str(more);
            *to = own.len();
            self.ascii &= more.ascii;
        } else {
            *self = super::concat(self, more);
        }
    }

    /// Adds a character to the end, as [`Str::push`] does.
    #[inline]
    pub(crate) fn push_char(&mut self, c: char) {
        if let Data::Shared { text, to, .. } = &mut self.data
            && let Some(Whole::Own(own)) = Rc::get_mut(text)
            && own.len() == *to
        {
            own.push(c);
            *to = own.len();
            self.ascii &= c.is_ascii();
        } else {
            *self = super::concat(self, &Self::char(c));
        }
    }

    /// Whether every character is below 128; known without looking.
    #[inline]
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// Length in code points.
    #[inline]
    #[must_use]
    pub fn count(&self) -> usize {
        let text = self.as_str();
        if self.ascii {
            text.len()
        } else {
            text.chars().count()
        }
    }

    /// The part between two offsets in bytes.
    #[inline]
    pub(crate) fn part(&self, begin: usize, end: usize) -> Self {
        match &self.data {
            Data::Static(text) => Self {
                ascii: self.ascii || text[begin..end].is_ascii(),
                data: Data::Static(&text[begin..end]),
            },
            Data::Shared { text, from, .. } => {
                let (from, to) = (from + begin, from + end);
                let ascii = self.ascii || text[from..to].is_ascii();
                if to - from <= 1 {
                    return Self::new(&text[from..to]);
                }
                Self {
                    ascii,
                    data: Data::Shared {
                        text: Rc::clone(text),
                        from,
                        to,
                    },
                }
            }
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
        if self.ascii {
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
        if self.ascii {
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
        Self {
            ascii: text.is_ascii(),
            data: Data::Shared {
                from: 0,
                to: text.len(),
                text: Rc::new(Whole::Own(text)),
            },
        }
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
