//! The wire: one MessagePack form of every value, for all placements.
//!
//! ```
//! use carveout_runtime::wire::{Reader, Writer};
//! let mut out = Vec::new();
//! let mut writer = Writer::new(&mut out);
//! writer.array(2);
//! writer.int(-3);
//! writer.str("ok");
//! let mut reader = Reader::new(&out);
//! assert_eq!(reader.array()?, 2);
//! assert_eq!(reader.i64()?, -3);
//! assert_eq!(reader.str()?, "ok");
//! reader.end()?;
//! # Ok::<(), carveout_runtime::wire::WireError>(())
//! ```
//!
//! Invariants: no bytes, however malformed, make a [`Reader`] panic, loop, or reserve more memory
//! than a small multiple of their own length; floats are bit-exact; a value that has two encodings
//! is written in the shortest one. `docs/wire.md` is the specification.

mod writer;

use std::fmt;

pub use writer::Writer;

/// Nesting deeper than this cannot cross.
pub const MAX_DEPTH: u32 = 200;
/// Extension type of an int beyond 64 bits: big-endian two's complement, minimal.
pub const EXT_BIGINT: i8 = 1;
/// Extension type of a str with lone surrogates: UTF-8 with "surrogatepass".
pub const EXT_SURROGATES: i8 = 2;
/// Extension type of an absent key of a TypedDict; no data.
pub const EXT_ABSENT: i8 = 3;

/// Why bytes could not be read as the value asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireError {
    /// The bytes end before the value does.
    Truncated,
    /// Something else stands where this kind of value was expected.
    Expected(&'static str),
    /// A str that is not UTF-8, a length that cannot be, a byte MessagePack never uses.
    Malformed(&'static str),
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A valid value that carved code does not take (int beyond 64 bits, lone surrogates).
    Declined(&'static str),
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the bytes end in the middle of a value"),
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::Malformed(what) => write!(f, "malformed: {what}"),
            Self::TooDeep => write!(f, "nested deeper than {MAX_DEPTH}"),
            Self::Declined(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for WireError {}

pub type Result<T> = std::result::Result<T, WireError>;

/// What the next value is, without consuming it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nil,
    Bool,
    Int,
    Float,
    Str,
    Bin,
    Array,
    Map,
    Ext,
}

/// An int of any size as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Int<'a> {
    Small(i64),
    /// Above `i64::MAX`.
    Unsigned(u64),
    /// Big-endian two's complement.
    Big(&'a [u8]),
}

/// Reads values from bytes, front to back.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            depth: 0,
        }
    }

    /// Bytes consumed so far.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Everything must have been read.
    pub fn end(&self) -> Result<()> {
        if self.remaining() == 0 {
            Ok(())
        } else {
            Err(WireError::Malformed("bytes after the value"))
        }
    }

    /// Call before reading what is inside a container, [`Reader::leave`] after it.
    #[inline]
    pub fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            Err(WireError::TooDeep)
        } else {
            Ok(())
        }
    }

    #[inline]
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    #[inline]
    fn peek(&self) -> Result<u8> {
        self.bytes.get(self.at).copied().ok_or(WireError::Truncated)
    }

    #[inline]
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        if n > self.remaining() {
            return Err(WireError::Truncated);
        }
        let taken = &self.bytes[self.at..self.at + n];
        self.at += n;
        Ok(taken)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// A big-endian length of 1, 2 or 4 bytes.
    #[inline]
    fn length(&mut self, width: u8) -> Result<usize> {
        Ok(match width {
            1 => self.byte()? as usize,
            2 => u16::from_be_bytes(self.fixed()?) as usize,
            _ => u32::from_be_bytes(self.fixed()?) as usize,
        })
    }

    /// What comes next.
    #[inline]
    pub fn kind(&self) -> Result<Kind> {
        Ok(match self.peek()? {
            0x00..=0x7f | 0xcc..=0xd3 | 0xe0..=0xff => Kind::Int,
            0x80..=0x8f | 0xde | 0xdf => Kind::Map,
            0x90..=0x9f | 0xdc | 0xdd => Kind::Array,
            0xa0..=0xbf | 0xd9..=0xdb => Kind::Str,
            0xc0 => Kind::Nil,
            0xc2 | 0xc3 => Kind::Bool,
            0xc4..=0xc6 => Kind::Bin,
            0xc7..=0xc9 | 0xd4..=0xd8 => Kind::Ext,
            0xca | 0xcb => Kind::Float,
            0xc1 => return Err(WireError::Malformed("byte 0xc1")),
        })
    }

    #[inline]
    pub fn nil(&mut self) -> Result<()> {
        if self.peek()? != 0xc0 {
            return Err(WireError::Expected("None"));
        }
        self.at += 1;
        Ok(())
    }

    /// Consumes a nil if one is next.
    #[inline]
    pub fn try_nil(&mut self) -> Result<bool> {
        let nil = self.peek()? == 0xc0;
        self.at += usize::from(nil);
        Ok(nil)
    }

    /// Whether an array is next.
    pub fn at_array(&mut self) -> Result<bool> {
        Ok(matches!(self.peek()?, 0x90..=0x9f | 0xdc | 0xdd))
    }

    #[inline]
    pub fn bool(&mut self) -> Result<bool> {
        let value = match self.peek()? {
            0xc2 => false,
            0xc3 => true,
            _ => return Err(WireError::Expected("bool")),
        };
        self.at += 1;
        Ok(value)
    }

    /// An int of any size.
    #[inline]
    pub fn int(&mut self) -> Result<Int<'a>> {
        let tag = self.peek()?;
        if tag <= 0x7f || tag >= 0xe0 {
            self.at += 1;
            return Ok(Int::Small(i64::from(tag as i8)));
        }
        match tag {
            0xcc..=0xd3 => self.at += 1,
            0xc7..=0xc9 | 0xd4..=0xd8 => {
                let (code, data) = self.ext()?;
                if code != EXT_BIGINT {
                    return Err(WireError::Expected("int"));
                }
                if data.is_empty() {
                    return Err(WireError::Malformed("int of no bytes"));
                }
                return Ok(match <[u8; 8]>::try_from(data) {
                    Ok(word) => Int::Small(i64::from_be_bytes(word)),
                    Err(_) => Int::Big(data),
                });
            }
            _ => return Err(WireError::Expected("int")),
        }
        Ok(Int::Small(match tag {
            0xcc => i64::from(self.byte()?),
            0xcd => i64::from(u16::from_be_bytes(self.fixed()?)),
            0xce => i64::from(u32::from_be_bytes(self.fixed()?)),
            0xcf => {
                let value = u64::from_be_bytes(self.fixed()?);
                match i64::try_from(value) {
                    Ok(small) => small,
                    Err(_) => return Ok(Int::Unsigned(value)),
                }
            }
            0xd0 => i64::from(self.byte()? as i8),
            0xd1 => i64::from(i16::from_be_bytes(self.fixed()?)),
            0xd2 => i64::from(i32::from_be_bytes(self.fixed()?)),
            _ => i64::from_be_bytes(self.fixed()?),
        }))
    }

    /// An int of 64 bits; a larger one is declined.
    #[inline]
    pub fn i64(&mut self) -> Result<i64> {
        match self.int()? {
            Int::Small(value) => Ok(value),
            _ => Err(WireError::Declined("an int beyond 64 bits")),
        }
    }

    /// A small non-negative int: an index or a count.
    #[inline]
    pub fn index(&mut self) -> Result<usize> {
        usize::try_from(self.i64()?).map_err(|_| WireError::Expected("an index"))
    }

    /// A float64, bit-exact.
    #[inline]
    pub fn f64(&mut self) -> Result<f64> {
        if self.peek()? != 0xcb {
            return Err(WireError::Expected("float"));
        }
        self.at += 1;
        Ok(f64::from_bits(u64::from_be_bytes(self.fixed()?)))
    }

    /// A str without lone surrogates; one with them is declined.
    #[inline]
    pub fn str(&mut self) -> Result<&'a str> {
        let tag = self.peek()?;
        let len = match tag {
            0xa0..=0xbf => {
                self.at += 1;
                usize::from(tag & 0x1f)
            }
            0xd9..=0xdb => {
                self.at += 1;
                self.length(1 << (tag - 0xd9))?
            }
            0xc7..=0xc9 | 0xd4..=0xd8 => {
                return Err(match self.ext()? {
                    (EXT_SURROGATES, _) => WireError::Declined("a str with lone surrogates"),
                    _ => WireError::Expected("str"),
                });
            }
            _ => return Err(WireError::Expected("str")),
        };
        std::str::from_utf8(self.take(len)?).map_err(|_| WireError::Malformed("str is not UTF-8"))
    }

    #[inline]
    pub fn bin(&mut self) -> Result<&'a [u8]> {
        let tag = self.peek()?;
        if !(0xc4..=0xc6).contains(&tag) {
            return Err(WireError::Expected("bytes"));
        }
        self.at += 1;
        let len = self.length(1 << (tag - 0xc4))?;
        self.take(len)
    }

    /// The number of items of the array that starts here; never more than the bytes left.
    #[inline]
    pub fn array(&mut self) -> Result<usize> {
        let tag = self.peek()?;
        let len = match tag {
            0x90..=0x9f => {
                self.at += 1;
                usize::from(tag & 0x0f)
            }
            0xdc | 0xdd => {
                self.at += 1;
                self.length(2 << (tag - 0xdc))?
            }
            _ => return Err(WireError::Expected("an array")),
        };
        if len > self.remaining() {
            Err(WireError::Truncated)
        } else {
            Ok(len)
        }
    }

    /// An array of exactly `len` items.
    #[inline]
    pub fn array_of(&mut self, len: usize) -> Result<()> {
        if self.array()? == len {
            Ok(())
        } else {
            Err(WireError::Malformed("array of another length"))
        }
    }

    /// The number of entries of the map that starts here; never more than half the bytes left.
    #[inline]
    pub fn map(&mut self) -> Result<usize> {
        let tag = self.peek()?;
        let len = match tag {
            0x80..=0x8f => {
                self.at += 1;
                usize::from(tag & 0x0f)
            }
            0xde | 0xdf => {
                self.at += 1;
                self.length(2 << (tag - 0xde))?
            }
            _ => return Err(WireError::Expected("a map")),
        };
        if len > self.remaining() / 2 {
            Err(WireError::Truncated)
        } else {
            Ok(len)
        }
    }

    /// An extension value: its type and data.
    pub fn ext(&mut self) -> Result<(i8, &'a [u8])> {
        let tag = self.peek()?;
        let len = match tag {
            0xd4..=0xd8 => {
                self.at += 1;
                1 << (tag - 0xd4)
            }
            0xc7..=0xc9 => {
                self.at += 1;
                self.length(1 << (tag - 0xc7))?
            }
            _ => return Err(WireError::Expected("an extension value")),
        };
        let code = self.byte()? as i8;
        Ok((code, self.take(len)?))
    }

    /// Passes over one value of any kind.
    pub fn skip(&mut self) -> Result<()> {
        match self.kind()? {
            Kind::Nil | Kind::Bool => self.at += 1,
            Kind::Int => {
                self.int()?;
            }
            Kind::Float => {
                let width = if self.byte()? == 0xca { 4 } else { 8 };
                self.take(width)?;
            }
            Kind::Str => {
                self.str()?;
            }
            Kind::Bin => {
                self.bin()?;
            }
            Kind::Ext => {
                self.ext()?;
            }
            kind @ (Kind::Array | Kind::Map) => {
                let items = if kind == Kind::Array {
                    self.array()?
                } else {
                    2 * self.map()?
                };
                self.enter()?;
                for _ in 0..items {
                    self.skip()?;
                }
                self.leave();
            }
        }
        Ok(())
    }
}

/// A value that crosses: read from and written to the wire.
pub trait Wire: Sized {
    fn read(reader: &mut Reader<'_>) -> Result<Self>;
    fn write(&self, writer: &mut Writer<'_>);
}
