//! A value of one of several types: `int | str`.
//!
//! `OneOf2<i64, Str>` is either. Which types may stand together is the compiler's to say: their classes
//! differ when the program runs, and values of two of them are never equal.

use std::cmp::Ordering;

use crate::Compare;
use crate::compare::NO_ORDER;
use crate::fault::{Outcome, Stop};
use crate::shared::Clear;
use crate::wire::{Reader, Result, Wire, WireError, Writer};

const OTHER: Stop = Stop::Decline("a value of another type than it was narrowed to");

macro_rules! unions {
    ($($name:ident { $($member:ident, $at:literal, $is:ident, $look:ident, $take:ident;)+ })+) => { $(
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum $name<$($member),+> {
            $($member($member)),+
        }

        impl<$($member),+> $name<$($member),+> {
            $(
                #[inline]
                pub fn $is(&self) -> bool {
                    matches!(self, Self::$member(_))
                }

                /// The member that a type checker knows it to be.
                ///
                /// # Errors
                ///
                /// A decline if it is another after all.
                #[inline]
                pub fn $look(&self) -> Outcome<&$member> {
                    match self {
                        Self::$member(value) => Ok(value),
                        _ => Err(OTHER),
                    }
                }

                #[inline]
                pub fn $take(self) -> Outcome<$member> {
                    match self {
                        Self::$member(value) => Ok(value),
                        _ => Err(OTHER),
                    }
                }
            )+
        }

        impl<$($member: Compare),+> Compare for $name<$($member),+> {
            fn compare(&self, other: &Self) -> Outcome<Ordering> {
                match (self, other) {
                    $((Self::$member(a), Self::$member(b)) => a.compare(b),)+
                    _ => Err(NO_ORDER),
                }
            }

            fn equal(&self, other: &Self) -> Outcome<bool> {
                match (self, other) {
                    $((Self::$member(a), Self::$member(b)) => a.equal(b),)+
                    _ => Ok(false),
                }
            }

            fn shown(&self) -> Option<String> {
                match self {
                    $(Self::$member(value) => value.shown(),)+
                }
            }
        }

        impl<$($member: Clear),+> Clear for $name<$($member),+> {
            fn clear(&mut self) {
                match self {
                    $(Self::$member(value) => value.clear(),)+
                }
            }
        }

        impl<$($member: Wire),+> Wire for $name<$($member),+> {
            fn read(reader: &mut Reader<'_>) -> Result<Self> {
                reader.array_of(2)?;
                match reader.index()? {
                    $($at => $member::read(reader).map(Self::$member),)+
                    _ => Err(WireError::Expected("a member of a union")),
                }
            }

            fn write(&self, writer: &mut Writer<'_>) {
                writer.array(2);
                match self {
                    $(Self::$member(value) => {
                        writer.int($at);
                        value.write(writer);
                    })+
                }
            }
        }

        #[cfg(feature = "python")]
        const _: () = {
            use crate::boundary::{Cannot, Crossed, Cx, FromPy, Object, Owned, ToPy};
            use crate::schema::Type;

            impl<$($member: FromPy),+> FromPy for $name<$($member),+> {
                /// The members' classes differ: at most one of them takes the object.
                fn from_py(object: Object<'_>, ty: &Type, cx: &Cx<'_>) -> Crossed<Self> {
                    let Type::Union(members) = ty else {
                        return Err(Cannot("a type of the carving is not the contract's"));
                    };
                    $(
                        let member = members.get($at);
                        let member = member.ok_or(Cannot("a union of another length"))?;
                        if let Ok(value) = $member::from_py(object, member, cx) {
                            return Ok(Self::$member(value));
                        }
                    )+
                    Err(Cannot("an object of another type"))
                }
            }

            impl<$($member: ToPy),+> ToPy for $name<$($member),+> {
                fn to_py(&self, ty: &Type, cx: &Cx<'_>) -> Crossed<Owned> {
                    let Type::Union(members) = ty else {
                        return Err(Cannot("a type of the carving is not the contract's"));
                    };
                    match self {
                        $(Self::$member(value) => {
                            let member = members.get($at);
                            value.to_py(member.ok_or(Cannot("a union of another length"))?, cx)
                        })+
                    }
                }
            }
        };
    )+ };
}

unions! {
    OneOf2 {
        A, 0, is_a, as_a, into_a;
        B, 1, is_b, as_b, into_b;
    }
    OneOf3 {
        A, 0, is_a, as_a, into_a;
        B, 1, is_b, as_b, into_b;
        C, 2, is_c, as_c, into_c;
    }
    OneOf4 {
        A, 0, is_a, as_a, into_a;
        B, 1, is_b, as_b, into_b;
        C, 2, is_c, as_c, into_c;
        D, 3, is_d, as_d, into_d;
    }
}
