//! Python semantics, the wire and the boundary that generated carvings call.

#[cfg(feature = "big")]
pub mod big;
#[cfg(feature = "python")]
pub mod boundary;
pub mod bytes;
pub mod character;
// Beside all other `unsafe`, but also there without Python.
pub mod checksums;
#[path = "boundary/clib.rs"]
mod clib;
pub mod collections;
pub mod compare;
pub mod dates;
#[cfg(feature = "decimal")]
pub mod decimal;
pub mod depth;
pub mod dict;
pub mod dumps;
pub mod encodings;
pub mod exceptions;
pub mod fault;
pub mod float;
pub mod flow;
pub mod format;
mod handle;
mod hash;
#[cfg(feature = "hashing")]
pub mod hashes;
pub mod heap;
pub mod int;
pub mod iter;
pub mod itertools;
pub mod json;
pub mod list;
mod macros;
pub mod math;
pub mod memo;
pub mod memory;
pub mod num;
pub mod option;
pub mod packing;
pub mod pattern;
pub mod prelude;
pub mod random;
pub mod schema;
pub mod set;
pub mod shared;
pub mod show;
#[cfg(feature = "big")]
pub mod statistics;
pub mod table;
pub mod text;
pub mod union;
mod values;
pub mod walk;
pub mod wire;

#[cfg(feature = "big")]
pub use big::Integer;
/// What an inline carving allocates with; nothing that Python frees, or it Python's, crosses.
#[cfg(feature = "python")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use bytes::Bytes;
pub use collections::counter::{self, Counter};
pub use collections::default::{self, DefaultDict};
pub use collections::deque::{self, Deque};
pub use collections::ordered::{self, OrderedDict};
pub use compare::Compare;
pub use dates::{Date, Datetime, Timedelta};
#[cfg(feature = "decimal")]
pub use decimal::Decimal;
pub use dict::Dict;
pub use fault::{Fault, Outcome, Stop, Value};
pub use num::Num;
pub use set::Set;
pub use shared::Shared;
pub use table::Table;
pub use text::Str;
pub use union::{OneOf2, OneOf3, OneOf4};
