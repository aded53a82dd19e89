//! `carve.toml`'s `[gateway]`, or the same as JSON from the typed Python API, into a `Config`.
//!
//! This is the only place that knows the keys: `carve gateway check`, `run` and every reload read
//! here. All mistakes of a file are reported at once, each with file, line, key and hint.

mod auth;
pub mod model;
pub mod node;
mod read;
mod reader;
mod routes;

use std::path::{Path, PathBuf};

pub use model::Config;
pub use node::Problem;

/// A file that could not be read as a configuration.
#[derive(Clone, Debug)]
pub struct Invalid {
    pub file: PathBuf,
    pub text: String,
    pub problems: Vec<Problem>,
}

impl Invalid {
    /// One JSON object a line: code, message, file, line, column, key, hint.
    pub fn to_json_lines(&self) -> String {
        let mut lines = String::new();
        for problem in &self.problems {
            let place = problem
                .span
                .as_ref()
                .map(|span| line_column(&self.text, span.start));
            let end = problem
                .span
                .as_ref()
                .map(|span| line_column(&self.text, span.end));
            let end_column = match (place, end) {
                (Some((a, _)), Some((b, column))) if a == b => Some(column),
                _ => None,
            };
            let object = serde_json::json!({
                "code": if problem.key.is_empty() && place.is_none() { "gateway-file" } else { "gateway-config" },
                "message": problem.message,
                "file": self.file.to_string_lossy(),
                "line": place.map(|(line, _)| line),
                "column": place.map(|(_, column)| column),
                "end_column": end_column,
                "key": problem.key,
                "hint": problem.hint,
            });
            lines.push_str(&object.to_string());
            lines.push('\n');
        }
        lines
    }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for problem in &self.problems {
            let line = problem
                .span
                .as_ref()
                .map_or(0, |span| line_column(&self.text, span.start).0);
            write!(
                f,
                "error[gateway-config]: {}\n  at {}:{line}",
                problem.message,
                self.file.display()
            )?;
            if let Some(hint) = &problem.hint {
                write!(f, "\n  hint: {hint}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let start = before
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |i| i + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    (before.iter().filter(|&&b| b == b'\n').count() + 1, column)
}

/// Read and check a file. Paths in it are relative to its folder.
pub fn load(file: &Path) -> Result<Config, Invalid> {
    let fail = |text: &str, problems| Invalid {
        file: file.to_path_buf(),
        text: text.to_string(),
        problems,
    };
    let text = std::fs::read_to_string(file).map_err(|error| {
        let message = format!("cannot read the configuration: {error}");
        fail(
            "",
            vec![Problem {
                message,
                key: String::new(),
                span: None,
                hint: Some("docs/gateway.md begins with the smallest one; another file is named after the command".into()),
            }],
        )
    })?;
    let folder = file
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    parse(&text, file.extension().is_some_and(|e| e == "json"), folder)
        .map_err(|problems| fail(&text, problems))
}

/// The same from text: TOML with a table `[gateway]`, or JSON with a key `gateway`.
pub fn parse(text: &str, json: bool, folder: &Path) -> Result<Config, Vec<Problem>> {
    let root = if json {
        node::from_json(text)
    } else {
        node::from_toml(text)
    }
    .map_err(|problem| vec![problem])?;
    read::config(&root, folder)
}

/// An endpoint as written in the configuration, with its scheme; None if it is none.
pub fn endpoint(text: &str) -> Option<(&'static str, model::Endpoint)> {
    read::endpoint(text, Path::new(".")).ok()
}
