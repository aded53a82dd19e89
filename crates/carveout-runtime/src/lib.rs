//! Python semantics, the wire and the boundary that generated carvings call.

#[cfg(feature = "python")]
pub mod boundary;
pub mod fault;
pub mod json;
mod macros;
pub mod schema;
pub mod table;
mod values;
pub mod wire;

pub use fault::{Fault, Outcome, Stop, Value};
pub use table::Table;
