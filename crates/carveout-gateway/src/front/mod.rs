//! The front door: what is let in, decided on bytes before any parser sees them.
//!
//! `head` and `chunked` are pure checks of one HTTP/1.1 request's bytes, `frames` of an HTTP/2
//! connection's. `guard` sits between the socket and hyper, feeds it only what passed, and holds
//! the clocks of slow clients. `plain` takes apart the requests that need no hyper. What is behind
//! discards the framing it read and makes its own upstream.

pub mod chunked;
pub mod conn;
pub mod frames;
pub mod guard;
pub mod head;
pub mod plain;
pub mod refusal;
mod window;

pub use conn::Conn;
pub use guard::Guard;
pub use plain::{Next, Plain};
pub use refusal::Refusal;
