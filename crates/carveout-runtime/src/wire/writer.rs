//! Writing values, each in its shortest form.

use super::{EXT_ABSENT, EXT_BIGINT, EXT_SURROGATES, MAX_DEPTH};

/// Appends values to a buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    depth: u32,
    too_deep: bool,
    unlike: bool,
}

impl<'a> Writer<'a> {
    #[must_use]
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            depth: 0,
            too_deep: false,
            unlike: false,
        }
    }

    /// False once nesting went deeper than [`MAX_DEPTH`]: what was written must not be used.
    #[must_use]
    pub fn within_depth(&self) -> bool {
        !self.too_deep
    }

    /// There is no way to write a value in the contract's types.
    pub fn unlike(&mut self) {
        self.unlike = true;
    }

    /// Why what was written must not be used, if so.
    #[must_use]
    pub fn refused(&self) -> Option<&'static str> {
        if self.too_deep {
            return Some("nested too deep to cross");
        }
        self.unlike
            .then_some("an int where the contract says float")
    }

    /// Call before writing what is inside a container; false when nested too deep (write nothing,
    /// here and from now on: what holds itself would never end).
    #[inline]
    pub fn enter(&mut self) -> bool {
        self.depth += 1;
        self.too_deep |= self.depth > MAX_DEPTH;
        !self.too_deep
    }

    #[inline]
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Bytes already in the form of the wire.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Takes back everything after `len`.
    pub fn truncate(&mut self, len: usize) {
        self.out.truncate(len);
    }

    #[inline]
    pub fn nil(&mut self) {
        self.out.push(0xc0);
    }

    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.out.push(0xc2 + u8::from(value));
    }

    #[inline]
    pub fn int(&mut self, value: i64) {
        match value {
            0.. => self.uint(value.cast_unsigned()),
            -32..0 => self.out.push(value as u8),
            -0x80..-32 => self.tagged(0xd0, &(value as i8).to_be_bytes()),
            -0x8000..-0x80 => self.tagged(0xd1, &(value as i16).to_be_bytes()),
            -0x8000_0000..-0x8000 => self.tagged(0xd2, &(value as i32).to_be_bytes()),
            _ => self.tagged(0xd3, &value.to_be_bytes()),
        }
    }

    #[inline]
    pub fn uint(&mut self, value: u64) {
        match value {
            0..0x80 => self.out.push(value as u8),
            0x80..0x100 => self.tagged(0xcc, &[value as u8]),
            0x100..0x1_0000 => self.tagged(0xcd, &(value as u16).to_be_bytes()),
            0x1_0000..0x1_0000_0000 => self.tagged(0xce, &(value as u32).to_be_bytes()),
            _ => self.tagged(0xcf, &value.to_be_bytes()),
        }
    }

    /// An int of any size as big-endian two's complement, put in its shortest form.
    pub fn big_int(&mut self, mut bytes: &[u8]) {
        while let [first, second, ..] = bytes {
            if (*first == 0x00 && *second < 0x80) || (*first == 0xff && *second >= 0x80) {
                bytes = &bytes[1..];
            } else {
                break;
            }
        }
        let fill = if bytes.first().is_some_and(|b| *b >= 0x80) {
            0xff
        } else {
            0
        };
        if bytes.len() <= 8 {
            let mut word = [fill; 8];
            word[8 - bytes.len()..].copy_from_slice(bytes);
            self.int(i64::from_be_bytes(word));
        } else if let ([0, rest @ ..], 9) = (bytes, bytes.len()) {
            let mut word = [0; 8];
            word.copy_from_slice(rest);
            self.uint(u64::from_be_bytes(word));
        } else {
            self.ext(EXT_BIGINT, bytes);
        }
    }

    #[inline]
    pub fn f64(&mut self, value: f64) {
        self.tagged(0xcb, &value.to_bits().to_be_bytes());
    }

    #[inline]
    pub fn str(&mut self, value: &str) {
        let len = value.len();
        match len {
            0..32 => self.out.push(0xa0 | len as u8),
            32..0x100 => self.tagged(0xd9, &[len as u8]),
            0x100..0x1_0000 => self.tagged(0xda, &(len as u16).to_be_bytes()),
            _ => self.tagged(0xdb, &(len as u32).to_be_bytes()),
        }
        self.out.extend_from_slice(value.as_bytes());
    }

    /// A str with lone surrogates, as UTF-8 with "surrogatepass".
    pub fn surrogates(&mut self, utf8: &[u8]) {
        self.ext(EXT_SURROGATES, utf8);
    }

    /// The key of a TypedDict that is not there.
    pub fn absent(&mut self) {
        self.ext(EXT_ABSENT, &[]);
    }

    #[inline]
    pub fn bin(&mut self, value: &[u8]) {
        let len = value.len();
        match len {
            0..0x100 => self.tagged(0xc4, &[len as u8]),
            0x100..0x1_0000 => self.tagged(0xc5, &(len as u16).to_be_bytes()),
            _ => self.tagged(0xc6, &(len as u32).to_be_bytes()),
        }
        self.out.extend_from_slice(value);
    }

    #[inline]
    pub fn array(&mut self, len: usize) {
        match len {
            0..16 => self.out.push(0x90 | len as u8),
            16..0x1_0000 => self.tagged(0xdc, &(len as u16).to_be_bytes()),
            _ => self.tagged(0xdd, &(len as u32).to_be_bytes()),
        }
    }

    #[inline]
    pub fn map(&mut self, len: usize) {
        match len {
            0..16 => self.out.push(0x80 | len as u8),
            16..0x1_0000 => self.tagged(0xde, &(len as u16).to_be_bytes()),
            _ => self.tagged(0xdf, &(len as u32).to_be_bytes()),
        }
    }

    pub fn ext(&mut self, code: i8, data: &[u8]) {
        let len = data.len();
        match len {
            1 | 2 | 4 | 8 | 16 => self.out.push(0xd4 + len.trailing_zeros() as u8),
            0..0x100 => self.tagged(0xc7, &[len as u8]),
            0x100..0x1_0000 => self.tagged(0xc8, &(len as u16).to_be_bytes()),
            _ => self.tagged(0xc9, &(len as u32).to_be_bytes()),
        }
        self.out.push(code as u8);
        self.out.extend_from_slice(data);
    }

    #[inline]
    fn tagged(&mut self, tag: u8, rest: &[u8]) {
        self.out.push(tag);
        self.out.extend_from_slice(rest);
    }
}
