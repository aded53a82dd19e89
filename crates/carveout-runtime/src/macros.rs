//! The three macros generated glue is written with: `record!`, `choice!`, `operations!`.
//!
//! They keep the glue free of anything a reader of a carving has to skip: no boundary code, no
//! attributes, and no `unsafe`, which is all in `boundary`.

/// Lets a plain struct cross: its fields in the contract's order.
///
/// ```ignore
/// record!(Quote, "pkg.mod:Quote", { price: f64, size: i64 });
/// ```
#[macro_export]
macro_rules! record {
    ($name:ident, $path:literal, { $($field:ident : $ty:ty),* $(,)? }) => {
        impl $crate::wire::Wire for $name {
            fn read(reader: &mut $crate::wire::Reader<'_>) -> $crate::wire::Result<Self> {
                reader.array_of(0 $(+ $crate::record!(@one $field))*)?;
                reader.enter()?;
                let value = Self { $($field: <$ty as $crate::wire::Wire>::read(reader)?),* };
                reader.leave();
                Ok(value)
            }

            fn write(&self, writer: &mut $crate::wire::Writer<'_>) {
                writer.array(0 $(+ $crate::record!(@one $field))*);
                if writer.enter() {
                    $($crate::wire::Wire::write(&self.$field, writer);)*
                }
                writer.leave();
            }
        }

        #[cfg(feature = "inline")]
        const _: () = {
            static SLOT: $crate::boundary::Slot =
                $crate::boundary::Slot::record($path, &[$(stringify!($field)),*]);

            impl $crate::boundary::FromPy for $name {
                fn from_py(
                    object: $crate::boundary::Object<'_>,
                    ty: &$crate::schema::Type,
                    cx: &$crate::boundary::Cx<'_>,
                ) -> $crate::boundary::Crossed<Self> {
                    #[allow(unused_mut)]
                    let mut fields = cx.open(object, ty, &SLOT)?;
                    let value = Self { $($field: fields.read::<$ty>()?),* };
                    fields.close()?;
                    Ok(value)
                }
            }

            impl $crate::boundary::ToPy for $name {
                fn to_py(
                    &self,
                    ty: &$crate::schema::Type,
                    cx: &$crate::boundary::Cx<'_>,
                ) -> $crate::boundary::Crossed<$crate::boundary::Owned> {
                    #[allow(unused_mut)]
                    let mut building = cx.build(ty, &SLOT)?;
                    $(building.put(&self.$field)?;)*
                    building.finish()
                }
            }
        };
    };
    (@one $field:ident) => { 1 };
}

/// Lets a field-less enum cross: its members in the contract's order.
///
/// ```ignore
/// choice!(Side, "pkg.mod:Side", { Buy, Sell });
/// ```
#[macro_export]
macro_rules! choice {
    ($name:ident, $path:literal, { $($member:ident),* $(,)? }) => {
        impl $name {
            const MEMBERS: &'static [Self] = &[$(Self::$member),*];

            fn member_index(&self) -> usize {
                Self::MEMBERS.iter().position(|m| m == self).unwrap_or(usize::MAX)
            }
        }

        impl $crate::shared::Clear for $name {}

        impl $crate::wire::Wire for $name {
            fn read(reader: &mut $crate::wire::Reader<'_>) -> $crate::wire::Result<Self> {
                let index = reader.index()?;
                Self::MEMBERS.get(index).copied().ok_or($crate::wire::WireError::Expected("a member"))
            }

            fn write(&self, writer: &mut $crate::wire::Writer<'_>) {
                writer.uint(self.member_index() as u64);
            }
        }

        #[cfg(feature = "inline")]
        const _: () = {
            static SLOT: $crate::boundary::Slot =
                $crate::boundary::Slot::choice($path, $name::MEMBERS.len());

            impl $crate::boundary::FromPy for $name {
                fn from_py(
                    object: $crate::boundary::Object<'_>,
                    ty: &$crate::schema::Type,
                    cx: &$crate::boundary::Cx<'_>,
                ) -> $crate::boundary::Crossed<Self> {
                    Ok(Self::MEMBERS[cx.member(object, ty, &SLOT)?])
                }
            }

            impl $crate::boundary::ToPy for $name {
                fn to_py(
                    &self,
                    ty: &$crate::schema::Type,
                    cx: &$crate::boundary::Cx<'_>,
                ) -> $crate::boundary::Crossed<$crate::boundary::Owned> {
                    cx.choose(self.member_index(), ty, &SLOT)
                }
            }
        };
    };
}

/// The carving's table, and with the feature `inline` its entry point for Python.
///
/// ```ignore
/// operations! {
///     contract = include_str!("../contract.json"), hash = "…";
///     "pkg.mod:func" => operation::func(book: types::Book, order: types::Order) -> types::Quote;
/// }
/// ```
///
/// `-> types::Quote, changes;` says that it changes what the caller passed in, or gives it back.
/// `-> Num, unions;` says that the contract has `int | float` where a result is a number of either.
/// `hash = "…", entry = PyInit_second;` names the entry point, where a library has several carvings.
#[macro_export]
macro_rules! operations {
    (
        contract = $contract:expr, hash = $hash:expr $(, entry = $entry:ident)?;
        $name:literal => $($path:ident)::+ ( $($arg:ident : $ty:ty),* $(,)? ) -> $out:ty;
    ) => {
        $crate::operations!(
            @made $contract, $hash, ($($entry)?), $name, $($path)::+, ($($arg: $ty),*), $out, {}
        );
    };
    (
        contract = $contract:expr, hash = $hash:expr $(, entry = $entry:ident)?;
        $name:literal => $($path:ident)::+ ( $($arg:ident : $ty:ty),* $(,)? ) -> $out:ty, changes;
    ) => {
        $crate::operations!(
            @made $contract, $hash, ($($entry)?), $name, $($path)::+, ($($arg: $ty),*), $out, {
            const CHANGES: bool = true;

            fn kept(args: &Self::Args) -> Option<$crate::table::Kept> {
                let ($($arg,)*) = args.clone();
                Some(Box::new(move |writer| {
                    writer.array(Self::ARITY);
                    $($crate::wire::Wire::write(&$arg, writer);)*
                }))
            }
        });
    };
    (
        contract = $contract:expr, hash = $hash:expr $(, entry = $entry:ident)?;
        $name:literal => $($path:ident)::+ ( $($arg:ident : $ty:ty),* $(,)? ) -> $out:ty, unions;
    ) => {
        $crate::operations!(
            @made $contract, $hash, ($($entry)?), $name, $($path)::+, ($($arg: $ty),*), $out, {
            const UNIONS: bool = true;
        });
    };
    (
        @made $contract:expr, $hash:expr, ($($entry:ident)?), $name:literal, $($path:ident)::+,
        ($($arg:ident : $ty:ty),*), $out:ty, { $($kept:tt)* }
    ) => {
        struct Operation;

        impl $crate::table::Carved for Operation {
            type Args = ($($ty,)*);
            type Out = $out;
            const ARITY: usize = 0 $(+ $crate::record!(@one $arg))*;

            #[allow(unused_variables)]
            fn read(reader: &mut $crate::wire::Reader<'_>) -> $crate::wire::Result<Self::Args> {
                Ok(($(<$ty as $crate::wire::Wire>::read(reader)?,)*))
            }

            fn run(($($arg,)*): Self::Args) -> $crate::Outcome<Self::Out> {
                $($path)::+($($arg),*)
            }

            $($kept)*
        }

        /// What this carving offers.
        #[must_use]
        pub fn table() -> &'static $crate::table::Table {
            static OPS: [$crate::table::Op; 1] = [$crate::table::Op {
                name: $name,
                call_wire: $crate::table::run_wire::<Operation>,
            }];
            static TABLE: $crate::table::Table = $crate::table::Table {
                abi: $crate::table::ABI,
                contract: $contract,
                hash: $hash,
                ops: &OPS,
            };
            &TABLE
        }

        #[cfg(feature = "inline")]
        impl $crate::boundary::Inline for Operation {
            #[allow(unused_variables, unused_mut)]
            fn take(args: &mut $crate::boundary::Arguments<'_>) -> $crate::boundary::Crossed<Self::Args> {
                Ok(($(args.read::<$ty>()?,)*))
            }

            fn table() -> &'static $crate::table::Table {
                table()
            }

            fn binding() -> &'static $crate::boundary::Binding {
                static BINDING: $crate::boundary::Binding = $crate::boundary::Binding::new();
                &BINDING
            }
        }

        #[cfg(feature = "inline")]
        $crate::entry!(Operation $(, $entry)?);
    };
}

/// The extension's entry point; its name is the same in every artifact.
#[doc(hidden)]
#[macro_export]
macro_rules! entry {
    ($operation:ty) => {
        $crate::entry!($operation, PyInit_carving);
    };
    ($operation:ty, $name:ident) => {
        #[unsafe(no_mangle)]
        #[allow(non_snake_case)]
        pub extern "C" fn $name() -> *mut $crate::boundary::PyObject {
            $crate::boundary::init::<$operation>()
        }
    };
}
