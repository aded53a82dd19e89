//! The command line of a worker binary.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub const HELP: &str = "\
Usage: worker (--unix PATH | --tcp ADDRESS:PORT | --http-unix PATH) [OPTIONS]

  --unix PATH           serve one multiplexed protocol on a Unix socket
  --tcp ADDRESS:PORT    serve HTTP/1.1 and h2c: POST /<operation>, /health, /metrics, /openapi.json
  --http-unix PATH      the same HTTP on a Unix socket, for a gateway on this machine
  --parent-pid N        end when this process is gone
  --max-concurrency N   calls at once (--unix: a connection; HTTP: in all); default 64
  --max-body N          bytes of one request at most; default 8388608
  --drain-seconds N     how long SIGTERM waits for calls under way; default 10
  --threads N           I/O threads of the service; default: the number of cores, 4 at most
  -h, --help            show this";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    Unix(PathBuf),
    Tcp(String),
    HttpUnix(PathBuf),
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) | Self::HttpUnix(path) => write!(f, "{}", path.display()),
            Self::Tcp(address) => f.write_str(address),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub listen: Listen,
    pub parent_pid: Option<u32>,
    pub max_concurrency: usize,
    pub max_body: usize,
    pub drain: Duration,
    pub threads: usize,
}

impl Options {
    /// `Ok(None)` when help was asked for; the error is one sentence.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut listen = None;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut options = Self {
            listen: Listen::Tcp(String::new()),
            parent_pid: None,
            max_concurrency: 64,
            max_body: 8 << 20,
            drain: Duration::from_secs(10),
            threads: cores.min(4),
        };
        let mut arguments = arguments;
        while let Some(name) = arguments.next() {
            if name == "-h" || name == "--help" {
                return Ok(None);
            }
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} needs a value, or is unknown"))?;
            let number = || {
                value
                    .parse::<usize>()
                    .ok()
                    .filter(|n| *n > 0)
                    .ok_or_else(|| format!("{name} needs a number above 0, not '{value}'"))
            };
            match name.as_str() {
                "--unix" => listen = Some(Listen::Unix(PathBuf::from(&value))),
                "--tcp" => listen = Some(Listen::Tcp(value.clone())),
                "--http-unix" => listen = Some(Listen::HttpUnix(PathBuf::from(&value))),
                "--parent-pid" => options.parent_pid = Some(number()? as u32),
                "--max-concurrency" => options.max_concurrency = number()?,
                "--max-body" => options.max_body = number()?,
                "--drain-seconds" => options.drain = Duration::from_secs(number()? as u64),
                "--threads" => options.threads = number()?,
                _ => return Err(format!("unknown option {name}")),
            }
        }
        options.listen = listen
            .ok_or("one of --unix PATH, --tcp ADDRESS:PORT and --http-unix PATH is needed")?;
        Ok(Some(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Options>, String> {
        Options::parse(words.iter().map(ToString::to_string))
    }

    #[test]
    fn reads_what_help_says() {
        let options = parse(&["--tcp", "127.0.0.1:0", "--max-body", "10"])
            .unwrap()
            .unwrap();
        assert_eq!(options.listen, Listen::Tcp("127.0.0.1:0".into()));
        assert_eq!(options.max_body, 10);
        let options = parse(&["--http-unix", "/run/a.sock"]).unwrap().unwrap();
        assert_eq!(options.listen, Listen::HttpUnix("/run/a.sock".into()));
        assert_eq!(parse(&["--help"]).unwrap(), None);
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(parse(&[]).unwrap_err().contains("--unix"));
        assert!(parse(&["--tcp"]).unwrap_err().contains("value"));
        assert!(parse(&["--max-body", "0"]).unwrap_err().contains("above 0"));
        assert!(parse(&["--colour", "red"]).unwrap_err().contains("unknown"));
    }
}
