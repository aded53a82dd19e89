//! Sampled request/response pairs, redacted before they reach the disk.
//!
//! Pairs go over a bounded queue to one thread, which redacts them and appends JSON lines to
//! `pairs.jsonl` in the record folder; at half of the folder's bytes the file moves aside to
//! `pairs.1.jsonl` (the older one goes). `carve prove ROUTE` reads both into the store.
//!
//! Invariant: no value of a secret header or a redacted field is ever written; a body that can't be
//! searched for fields (not JSON, cut short) is left out when there are fields to redact.

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::config::model::Record;

const QUEUE: usize = 256;
/// Never written, whatever the configuration says.
const SECRET_HEADERS: [&str; 8] = [
    "authorization",
    "cookie",
    "set-cookie",
    "proxy-authorization",
    "x-api-key",
    "x-carveout-caller",
    "proxy-authenticate",
    "www-authenticate",
];

pub struct Pair {
    pub route: String,
    pub upstream: String,
    pub method: String,
    pub target: String,
    pub request_headers: HeaderMap,
    pub request_body: Bytes,
    pub response_headers: HeaderMap,
    pub response_body: Vec<u8>,
    pub cap: usize,
    pub cut: bool,
}

impl Pair {
    pub fn passed(&mut self, data: &[u8]) {
        if self.response_body.len() + data.len() > self.cap {
            self.cut = true;
        } else {
            self.response_body.extend_from_slice(data);
        }
    }
}

pub struct Recorder {
    sender: SyncSender<Message>,
}

enum Message {
    Pair(Box<Pair>, u16, Duration),
    Rules(Box<Record>),
}

impl Recorder {
    pub fn start(rules: Record) -> std::io::Result<Recorder> {
        let (sender, receiver) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("record".into())
            .stack_size(512 * 1024)
            .spawn(move || run(&receiver, rules))?;
        Ok(Recorder { sender })
    }

    pub fn rules(&self, rules: Record) {
        let _ = self.sender.try_send(Message::Rules(Box::new(rules)));
    }

    /// False: dropped, over a limit.
    pub fn offer(&self, pair: Pair, status: u16, time: Duration) -> bool {
        !pair.cut
            && self
                .sender
                .try_send(Message::Pair(Box::new(pair), status, time))
                .is_ok()
    }
}

fn run(receiver: &Receiver<Message>, mut rules: Record) {
    while let Ok(message) = receiver.recv() {
        match message {
            Message::Rules(new) => rules = *new,
            Message::Pair(pair, status, time) => {
                if let Some(line) = line(&pair, status, time, &rules)
                    && let Err(error) = append(&rules, line.as_bytes())
                {
                    eprintln!(
                        "warning: cannot record in {}: {error}",
                        rules.folder.display()
                    );
                }
            }
        }
    }
}

fn append(rules: &Record, line: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&rules.folder)?;
    let path: PathBuf = rules.folder.join("pairs.jsonl");
    if std::fs::metadata(&path).is_ok_and(|m| m.len() + line.len() as u64 > rules.folder_bytes / 2)
    {
        std::fs::rename(&path, rules.folder.join("pairs.1.jsonl"))?;
    }
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)?
        .write_all(line)
}

fn line(pair: &Pair, status: u16, time: Duration, rules: &Record) -> Option<String> {
    let request_body = body(&pair.request_headers, &pair.request_body, rules)?;
    let response_body = body(&pair.response_headers, &pair.response_body, rules)?;
    let at = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64();
    let object = json!({
        "at": at,
        "route": pair.route,
        "upstream": pair.upstream,
        "ms": time.as_secs_f64() * 1e3,
        "request": {
            "method": pair.method,
            "target": target(&pair.target, rules),
            "headers": headers(&pair.request_headers, rules),
            "body": request_body,
        },
        "response": { "status": status, "headers": headers(&pair.response_headers, rules), "body": response_body },
    });
    Some(format!("{object}\n"))
}

fn headers(map: &HeaderMap, rules: &Record) -> Vec<(String, String)> {
    map.iter()
        .map(|(name, value)| {
            let secret = SECRET_HEADERS.contains(&name.as_str())
                || rules.redact_headers.iter().any(|h| h == name.as_str());
            let value = if secret {
                "<redacted>".to_string()
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.as_str().to_string(), value)
        })
        .collect()
}

/// Query parameters are fields too.
fn target(target: &str, rules: &Record) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return target.to_string();
    };
    let parts: Vec<String> = query
        .split('&')
        .map(|part| match part.split_once('=') {
            Some((name, _)) if is_redacted(name, rules) => format!("{name}=redacted"),
            _ => part.to_string(),
        })
        .collect();
    format!("{path}?{}", parts.join("&"))
}

fn is_redacted(name: &str, rules: &Record) -> bool {
    let name = name.to_lowercase();
    rules
        .redact_fields
        .iter()
        .any(|field| name.contains(field.as_str()))
}

/// The body as `{"json": …}`, `{"text": …}` or null; None if the pair must not be written.
fn body(headers: &HeaderMap, bytes: &[u8], rules: &Record) -> Option<Value> {
    if bytes.is_empty() {
        return Some(Value::Null);
    }
    let kind = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    if kind.contains("json")
        && let Ok(mut value) = serde_json::from_slice::<Value>(bytes)
    {
        redact(&mut value, rules);
        return Some(json!({ "json": value }));
    }
    if !rules.redact_fields.is_empty() {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    Some(json!({ "text": text }))
}

fn redact(value: &mut Value, rules: &Record) {
    match value {
        Value::Object(map) => {
            let map: &mut Map<String, Value> = map;
            for (name, value) in map.iter_mut() {
                if is_redacted(name, rules) {
                    blank(value)
                } else {
                    redact(value, rules)
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| redact(value, rules)),
        _ => {}
    }
}

/// Keeps the type and the length, so that a replay takes the same way through the service.
fn blank(value: &mut Value) {
    match value {
        Value::String(text) => *text = "x".repeat(text.chars().count()),
        Value::Number(_) => *value = json!(0),
        Value::Object(map) => map.values_mut().for_each(blank),
        Value::Array(list) => list.iter_mut().for_each(blank),
        Value::Bool(_) | Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_written() {
        let rules = Record {
            folder: "x".into(),
            folder_bytes: 1,
            body_bytes: 1,
            redact_headers: vec!["x-tenant".into()],
            redact_fields: vec!["password".into()],
        };
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer s3cret"),
            ("x-tenant", "s3cret"),
            ("x-plain", "kept"),
            ("content-type", "application/json"),
        ] {
            headers.insert(http::HeaderName::from_static(name), value.parse().unwrap());
        }
        let mut pair = Pair {
            route: "r".into(),
            upstream: "u".into(),
            method: "POST".into(),
            target: "/a?password=s3cret&b=kept".into(),
            request_headers: headers,
            request_body: Bytes::from_static(
                br#"{"user":{"Password":"s3cret","n":[{"old_password":["s3cret"]}]},"b":"kept"}"#,
            ),
            response_headers: HeaderMap::new(),
            response_body: Vec::new(),
            cap: 100,
            cut: false,
        };
        let text = line(&pair, 200, Duration::ZERO, &rules).unwrap();
        assert!(!text.contains("s3cret"), "{text}");
        assert_eq!(text.matches("kept").count(), 3, "{text}");
        pair.response_body = b"plain s3cret".to_vec();
        assert_eq!(line(&pair, 200, Duration::ZERO, &rules), None);
    }
}
