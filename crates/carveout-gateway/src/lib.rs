//! Carveout's gateway: the data plane behind `carve gateway run`.
//!
//! A configuration (`config`) is compiled to an immutable `snapshot`, which `serve` reads at every
//! connection and `proxy` at every request; `control` swaps it on reload. Each core runs its own
//! single-threaded runtime with its own listening socket and its own connections to upstreams; what
//! cores share (`state`) is counters, rate limits, health, and the snapshot.
//!
//! bytes → `front` (checked) → hyper → `proxy` (filters, route) → `forward` (tries) → `upstream`

#![forbid(unsafe_code)]

pub mod access;
pub mod admin;
pub mod body;
pub mod clock;
pub mod config;
pub mod control;
pub mod downstream;
pub mod fetch;
pub mod filters;
pub mod finish;
pub mod forward;
pub mod front;
pub mod headers;
pub mod jwks;
pub mod metrics;
pub mod outgoing;
pub mod proxy;
pub mod proxy_protocol;
pub mod record;
pub mod routing;
pub mod run;
pub mod serve;
pub mod shadow;
pub mod snapshot;
pub mod sockets;
pub mod spans;
pub mod spare;
pub mod state;
pub mod streams;
pub mod tls;
pub mod transport;
pub mod upgrade;
pub mod upstream;
