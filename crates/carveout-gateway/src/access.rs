//! The access log: one JSON object a line, written by one thread behind a bounded queue. What the
//! queue can't take is dropped and counted; requests never wait for a disk.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime};

use crate::finish::Finish;
use crate::metrics::Totals;

const QUEUE: usize = 8_192;
/// Lines wait at most this long for others.
const WAIT: Duration = Duration::from_millis(250);

/// What a line needs of the request, which is gone when the answer ends.
pub struct Line {
    pub method: http::Method,
    pub path: String,
    pub host: String,
    pub client: std::net::IpAddr,
    pub request_id: http::HeaderValue,
    pub caller: Option<String>,
    pub upstream: Option<String>,
    pub tries: u32,
    pub version: http::Version,
    /// Is for the log; else for a span alone.
    pub logged: bool,
    pub span: Option<crate::filters::trace::Context>,
}

pub struct Log {
    sender: SyncSender<Message>,
    totals: Arc<Totals>,
}

enum Message {
    Line(String),
    To(Option<PathBuf>),
}

impl Log {
    pub fn start(totals: Arc<Totals>) -> std::io::Result<Log> {
        let (sender, receiver) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("access-log".into())
            .stack_size(256 * 1024)
            .spawn(move || run(&receiver))?;
        Ok(Log { sender, totals })
    }

    /// Where lines go from now on; also reopens a file that was rotated.
    pub fn open(&self, path: Option<PathBuf>) {
        let _ = self.sender.try_send(Message::To(path));
    }

    pub fn write(&self, line: &Line, finish: &Finish, time: Duration) {
        let mut text = String::with_capacity(320);
        let at = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs_f64();
        let _ = write!(text, "{{\"at\":{at:.3},\"method\":");
        json(&mut text, line.method.as_str());
        text.push_str(",\"host\":");
        json(&mut text, &line.host);
        text.push_str(",\"path\":");
        json(&mut text, &line.path);
        let _ = write!(
            text,
            ",\"status\":{},\"ms\":{:.3},\"bytes\":{}",
            finish.status,
            time.as_secs_f64() * 1e3,
            finish.sent
        );
        let _ = write!(
            text,
            ",\"client\":\"{}\",\"protocol\":\"{:?}\"",
            line.client, line.version
        );
        text.push_str(",\"request_id\":");
        json(&mut text, line.request_id.to_str().unwrap_or(""));
        for (key, value) in [
            ("route", finish.route.as_ref().map(|r| r.name.as_str())),
            ("upstream", line.upstream.as_deref()),
            ("caller", line.caller.as_deref()),
        ] {
            if let Some(value) = value {
                let _ = write!(text, ",\"{key}\":");
                json(&mut text, value);
            }
        }
        let _ = write!(
            text,
            ",\"tries\":{},\"whole\":{}}}",
            line.tries, finish.whole
        );
        text.push('\n');
        if self.sender.try_send(Message::Line(text)).is_err() {
            self.totals.log_dropped.fetch_add(1, Relaxed);
        }
    }
}

/// A JSON string: nothing a client sends can end the line or the string.
pub fn json(out: &mut String, text: &str) {
    out.push('"');
    let plain = text.bytes().fold(true, |plain, b| {
        plain & (b >= 0x20) & (b != b'"') & (b != b'\\') & (b != 0x7f)
    });
    if plain {
        out.push_str(text);
        out.push('"');
        return;
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn run(receiver: &Receiver<Message>) {
    let mut out: Box<dyn Write> = Box::new(std::io::stdout());
    let mut pending: Vec<u8> = Vec::with_capacity(64 * 1024);
    let mut since = Instant::now();
    loop {
        let message = receiver.recv_timeout(WAIT);
        if let Ok(Message::Line(line)) = &message {
            if pending.is_empty() {
                since = Instant::now();
            }
            pending.extend_from_slice(line.as_bytes());
        }
        let due = pending.len() > 48 * 1024 || since.elapsed() >= WAIT;
        if !pending.is_empty() && (due || !matches!(message, Ok(Message::Line(_)))) {
            let _ = out.write_all(&pending).and_then(|()| out.flush());
            pending.clear();
        }
        match message {
            Ok(Message::To(None)) => out = Box::new(std::io::stdout()),
            Ok(Message::To(Some(path))) => match std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)
            {
                Ok(file) => out = Box::new(file),
                Err(error) => eprintln!(
                    "warning: cannot write the access log {}: {error}",
                    path.display()
                ),
            },
            Err(RecvTimeoutError::Disconnected) => return,
            _ => {}
        }
    }
}
