//! `carveout-gateway run|check FILE`, `hash-key`, `version`. `carve gateway` calls it.

#![forbid(unsafe_code)]

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: carveout-gateway run FILE | check FILE [--json] | hash-key | version";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run", file] => match carveout_gateway::run::run(Path::new(file)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                eprintln!("{message}");
                ExitCode::FAILURE
            }
        },
        ["check", file, rest @ ..] => check(Path::new(file), rest == ["--json"]),
        ["hash-key"] => {
            let mut key = String::new();
            if std::io::stdin().read_to_string(&mut key).is_err() || key.trim().is_empty() {
                eprintln!("error[usage]: give the key on standard input");
                return ExitCode::from(2);
            }
            println!(
                "{}",
                carveout_gateway::filters::keys::hashed(key.trim().as_bytes())
            );
            ExitCode::SUCCESS
        }
        ["version"] => {
            println!("{}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn check(file: &Path, json: bool) -> ExitCode {
    match carveout_gateway::config::load(file) {
        Err(invalid) => {
            if json {
                print!("{}", invalid.to_json_lines());
            } else {
                eprint!("{invalid}");
            }
            ExitCode::FAILURE
        }
        Ok(config) => {
            let (routes, upstreams) = (config.routes.len(), config.upstreams.len());
            match carveout_gateway::snapshot::Snapshot::compile(config, &Default::default(), 1) {
                Ok(_) => {
                    if !json {
                        println!("{}: {routes} routes, {upstreams} upstreams", file.display());
                    }
                    ExitCode::SUCCESS
                }
                Err(message) => {
                    let object = serde_json::json!({
                        "code": "gateway-config", "message": message, "file": file.to_string_lossy(),
                        "line": null, "column": null, "end_column": null, "key": "", "hint": null,
                    });
                    if json {
                        println!("{object}")
                    } else {
                        eprintln!("error[gateway-config]: {message}")
                    }
                    ExitCode::FAILURE
                }
            }
        }
    }
}
