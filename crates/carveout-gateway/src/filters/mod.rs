//! What is done to every request, in one fixed order (see `proxy`), each a function over the head.

pub mod cors;
pub mod forwarded;
pub mod jwt;
pub mod keys;
pub mod rate;
pub mod trace;
