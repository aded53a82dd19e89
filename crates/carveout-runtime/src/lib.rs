//! Python semantics, the wire and the boundary that generated carvings call.

pub mod schema;
pub mod wire;
