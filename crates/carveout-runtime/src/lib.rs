//! Python semantics, the wire and the boundary that generated carvings call.
