//! How plain Rust values stand on the wire.

use crate::dict::Key;
use crate::wire::{Reader, Result, Wire, WireError, Writer};
use crate::{Bytes, Dict, Num, Set, Shared, Str};

impl Wire for i64 {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.i64()
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.int(*self);
    }
}

impl Wire for f64 {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.f64()
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.f64(*self);
    }
}

/// Where the contract says `float`, an int can come in over no wire, and go out over none; where it
/// says `int | float`, a number is written with the place of its type among the two.
impl Wire for Num {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        if !reader.at_array()? {
            return reader.f64().map(Self::Float);
        }
        reader.array_of(2)?;
        match reader.index()? {
            0 => reader.f64().map(Self::Float),
            1 => reader.i64().map(Self::Int),
            _ => Err(WireError::Expected("a number")),
        }
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        let union = crate::num::crosses_as_union();
        if union {
            writer.array(2);
            writer.int(i64::from(self.is_int()));
        }
        match self {
            Self::Float(value) => writer.f64(*value),
            Self::Int(value) if union => writer.int(*value),
            Self::Int(_) => {
                writer.nil();
                writer.unlike();
            }
        }
    }
}

impl Wire for bool {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.bool()
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.bool(*self);
    }
}

impl Wire for () {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.nil()
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.nil();
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        if reader.try_nil()? {
            Ok(None)
        } else {
            T::read(reader).map(Some)
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            None => writer.nil(),
            Some(value) => value.write(writer),
        }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        T::read(reader).map(Self::new)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        T::write(self, writer);
    }
}

/// What may be reserved on the word of a length: the rest grows as items really come.
pub(crate) fn cautious(len: usize) -> usize {
    len.min(4096)
}

impl<T: Wire> Wire for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let len = reader.array()?;
        reader.enter()?;
        let mut items = Self::with_capacity(cautious(len));
        for _ in 0..len {
            items.push(T::read(reader)?);
        }
        reader.leave();
        Ok(items)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(self.len());
        if writer.enter() {
            for item in self {
                item.write(writer);
            }
        }
        writer.leave();
    }
}

impl Wire for Str {
    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.str().map(Self::new)
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.str(self);
    }
}

impl Wire for Bytes {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.bin().map(Self::from)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.bin(self);
    }
}

impl<K: Wire + Key, V: Wire> Wire for Dict<K, V> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let len = reader.map()?;
        reader.enter()?;
        let mut entries = Self::with_capacity(cautious(len));
        for _ in 0..len {
            let key = K::read(reader)?;
            entries.insert(key, V::read(reader)?);
        }
        reader.leave();
        Ok(entries)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.map(self.len());
        if writer.enter() {
            for (key, value) in self.iter() {
                key.write(writer);
                value.write(writer);
            }
        }
        writer.leave();
    }
}

impl<T: Wire + Key> Wire for Set<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let len = reader.array()?;
        reader.enter()?;
        let items = (0..len)
            .map(|_| T::read(reader))
            .collect::<Result<Self>>()?;
        reader.leave();
        Ok(items)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(self.len());
        if writer.enter() {
            for item in self.iter() {
                item.write(writer);
            }
        }
        writer.leave();
    }
}

/// Each place gets a copy: that two places held one object is not said on the wire.
impl<T: Wire> Wire for Shared<T> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        T::read(reader).map(Self::new)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self.look() {
            Ok(value) => value.write(writer),
            // Nobody else runs while a result is written.
            Err(_) => writer.nil(),
        }
    }
}

macro_rules! tuples {
    ($(($len:literal: $($name:ident . $at:tt),+))+) => {$(
        impl<$($name: Wire),+> Wire for ($($name,)+) {
            fn read(reader: &mut Reader<'_>) -> Result<Self> {
                reader.array_of($len)?;
                reader.enter()?;
                let value = ($($name::read(reader)?,)+);
                reader.leave();
                Ok(value)
            }

            fn write(&self, writer: &mut Writer<'_>) {
                writer.array($len);
                if writer.enter() {
                    $(self.$at.write(writer);)+
                }
                writer.leave();
            }
        }
    )+};
}

tuples! {
    (1: A.0)
    (2: A.0, B.1)
    (3: A.0, B.1, C.2)
    (4: A.0, B.1, C.2, D.3)
    (5: A.0, B.1, C.2, D.3, E.4)
    (6: A.0, B.1, C.2, D.3, E.4, F.5)
    (7: A.0, B.1, C.2, D.3, E.4, F.5, G.6)
    (8: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7)
    (9: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8)
    (10: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9)
    (11: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10)
    (12: A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11)
}
