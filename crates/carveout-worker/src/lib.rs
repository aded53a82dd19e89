//! The process around a carving: a worker on a Unix socket, or a service that speaks HTTP.
//!
//! A generated crate's `main` is one line: `carveout_worker::main(carving::table())`.
//!
//! ```text
//! worker --unix /run/app/quote.sock --parent-pid 4711     placement worker
//! worker --tcp 127.0.0.1:9000 --max-body 1048576          placement service
//! worker --http-unix /run/app/quote.http                  the same, for a gateway beside it
//! ```
//!
//! Invariants: one line `ready <address>` on standard output once calls are taken; a panic in an
//! operation ends that call, never the process; SIGTERM finishes what was begun, then ends with 0.
#![forbid(unsafe_code)]

mod options;
mod parent;
mod service;
mod signals;
mod unix;

use std::process::ExitCode;

use carveout_runtime::table::Table;

pub use options::{Listen, Options};

const UNFINISHED: u8 = 3;

/// Runs the harness until a signal ends it; what a generated `main` returns.
///
/// Exit codes: 0 drained after SIGTERM or SIGINT, 1 the address can't be had, 2 wrong usage, 3 ended
/// by a signal with calls unfinished when the drain's time was up.
pub fn main(table: &'static Table) -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("error[usage]: {message}\n  hint: worker --help");
            return ExitCode::from(2);
        }
    };
    // A panicking call is answered as a failure; its message goes to the caller, not to the log.
    carveout_runtime::table::silence_panics();
    if let Some(pid) = options.parent_pid {
        parent::end_with(pid);
    }
    let ended = match &options.listen {
        Listen::Unix(path) => unix::serve(table, path, &options),
        Listen::Tcp(_) | Listen::HttpUnix(_) => service::serve(table, &options),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(UNFINISHED),
        Err(error) => {
            eprintln!("error[cannot-listen]: {}: {error}", options.listen);
            ExitCode::FAILURE
        }
    }
}
