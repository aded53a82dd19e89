//! Python semantics, the wire and the boundary that generated carvings call.

#[cfg(feature = "python")]
pub mod boundary;
pub mod bytes;
mod clib;
pub mod depth;
pub mod dict;
pub mod fault;
pub mod float;
pub mod format;
pub mod heap;
pub mod int;
pub mod json;
pub mod list;
mod macros;
pub mod math;
pub mod prelude;
pub mod raise;
pub mod range;
pub mod schema;
pub mod shared;
pub mod table;
pub mod text;
mod values;
pub mod wire;

pub use bytes::Bytes;
pub use dict::{Dict, Set};
pub use fault::{Fault, Outcome, Stop, Value};
pub use shared::Shared;
pub use table::Table;
pub use text::Str;
