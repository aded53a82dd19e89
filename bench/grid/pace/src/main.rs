//! `pace load`: requests at a fixed rate, whether or not the server keeps up.
//! `pace upstream`: a server that answers each request after a fixed time.

mod load;
mod upstream;

use std::process::ExitCode;

const HELP: &str = "\
Usage: pace load ADDRESS REQUESTS RATE SECONDS CONNECTIONS
       pace upstream PORT DELAY_MS

  ADDRESS    127.0.0.1:8000
  REQUESTS   a file of raw requests, each after its length (u32, little endian)
  RATE       requests a second";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let done = match words.as_slice() {
        ["load", address, requests, rate, seconds, connections] => {
            let plan = load::Plan::parse(address, requests, rate, seconds, connections);
            plan.and_then(|plan| local.block_on(&runtime, load::run(plan)))
        }
        ["upstream", port, delay] => upstream::options(port, delay)
            .and_then(|(port, delay)| local.block_on(&runtime, upstream::run(port, delay))),
        _ => Err(HELP.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
