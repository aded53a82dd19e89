//! OpenTelemetry spans, one for a sampled request, over OTLP/HTTP with JSON
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>). Off unless `[gateway.spans]` is there.
//!
//! A finished request puts its span into a bounded queue and goes on; one task on the control thread
//! sends what is in it, at most `BATCH` together, at least every `GATHER`. What the queue or the
//! collector does not take is dropped and counted; nothing of this waits for a request or makes one
//! wait.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use crate::access::{Line, json};
use crate::config::model;
use crate::fetch::{self, Outgoing};
use crate::filters::trace::Context;
use crate::finish::Finish;
use crate::state::Shared;

const QUEUE: usize = 4_096;
const BATCH: usize = 512;
const GATHER: Duration = Duration::from_secs(1);
const SENDING: Duration = Duration::from_secs(5);
/// Sent once more after this, if the collector says that it can't just now.
const PAUSE: Duration = Duration::from_secs(1);

pub struct Spans {
    sender: mpsc::Sender<String>,
    receiver: Mutex<Option<mpsc::Receiver<String>>>,
    taken: AtomicU64,
    settled: AtomicU64,
    pub sent: AtomicU64,
    pub dropped: AtomicU64,
    hurry: Notify,
}

impl Default for Spans {
    fn default() -> Spans {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Spans {
            sender,
            receiver: Mutex::new(Some(receiver)),
            taken: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            hurry: Notify::new(),
        }
    }
}

impl Spans {
    /// A request that ended just now, after `time`.
    pub fn offer(&self, context: &Context, line: &Line, finish: &Finish, time: Duration) {
        // Counted first: what is settled is never more than what was taken.
        self.taken.fetch_add(1, Relaxed);
        if self
            .sender
            .try_send(span(context, line, finish, time))
            .is_err()
        {
            self.taken.fetch_sub(1, Relaxed);
            self.dropped.fetch_add(1, Relaxed);
        }
    }

    /// Wait for what is queued to be sent, but not for long.
    pub async fn flush(&self) {
        let end = Instant::now() + Duration::from_secs(2);
        while self.settled.load(Relaxed) < self.taken.load(Relaxed) && Instant::now() < end {
            self.hurry.notify_one();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn span(context: &Context, line: &Line, finish: &Finish, time: Duration) -> String {
    let end = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let start = end.saturating_sub(time);
    let mut out = String::with_capacity(640);
    let route = finish.route.as_ref().map(|route| route.name.as_str());
    let _ = write!(
        out,
        "{{\"traceId\":\"{}\",\"spanId\":\"{}\",",
        context.trace, context.span
    );
    if let Some(parent) = &context.parent {
        let _ = write!(out, "\"parentSpanId\":\"{parent}\",");
    }
    out.push_str("\"name\":");
    let name = format!("{} {}", line.method.as_str(), route.unwrap_or("none"));
    json(&mut out, &name);
    let _ = write!(
        out,
        ",\"kind\":2,\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\",\"attributes\":[",
        start.as_nanos(),
        end.as_nanos()
    );
    let client = line.client.to_string();
    let texts = [
        ("http.request.method", Some(line.method.as_str())),
        ("url.path", Some(line.path.as_str())),
        ("server.address", Some(line.host.as_str())),
        ("client.address", Some(client.as_str())),
        ("http.route", route),
        ("carveout.upstream", line.upstream.as_deref()),
        ("enduser.id", line.caller.as_deref()),
    ];
    for (key, value) in texts {
        if let Some(value) = value {
            let _ = write!(out, "{{\"key\":\"{key}\",\"value\":{{\"stringValue\":");
            json(&mut out, value);
            out.push_str("}},");
        }
    }
    let numbers = [
        ("http.response.status_code", u64::from(finish.status)),
        ("http.response.body.size", finish.sent),
        ("carveout.tries", u64::from(line.tries)),
    ];
    for (i, (key, value)) in numbers.into_iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(
            out,
            "{comma}{{\"key\":\"{key}\",\"value\":{{\"intValue\":\"{value}\"}}}}"
        );
    }
    // 1 is "ok as far as we know" only if said so; a server's error is 2.
    let failed = finish.status >= 500 || finish.broken || !finish.whole;
    let _ = write!(
        out,
        "],\"status\":{{{}}}}}",
        if failed { "\"code\":2" } else { "" }
    );
    out
}

fn batch(rules: &model::Spans, spans: &[String]) -> String {
    let mut out = String::from(
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":",
    );
    json(&mut out, &rules.service);
    let _ = write!(
        out,
        "}}}}]}},\"scopeSpans\":[{{\"scope\":{{\"name\":\"carveout-gateway\",\"version\":\"{}\"}},\"spans\":[{}]}}]}}]}}",
        env!("CARGO_PKG_VERSION"),
        spans.join(",")
    );
    out
}

/// Send what is offered, for as long as the process runs.
pub async fn export(shared: Arc<Shared>) {
    let receiver = shared.spans.receiver.lock().ok().and_then(|mut r| r.take());
    let Some(mut receiver) = receiver else { return };
    let mut spans = Vec::new();
    let mut warned = false;
    while receiver.recv_many(&mut spans, BATCH).await > 0 {
        let until = Instant::now() + GATHER;
        while spans.len() < BATCH {
            let room = BATCH - spans.len();
            tokio::select! {
                more = receiver.recv_many(&mut spans, room) => if more == 0 { break },
                () = tokio::time::sleep_until(until) => break,
                () = shared.spans.hurry.notified() => break,
            }
        }
        let count = spans.len() as u64;
        let sent = match &shared.snapshot.load().config.spans {
            Some(rules) => send(&rules.clone(), &spans).await,
            // A reload took the rules away.
            None => Err("there is no collector any more".to_string()),
        };
        spans.clear();
        match sent {
            Ok(()) => drop(shared.spans.sent.fetch_add(count, Relaxed)),
            Err(why) => {
                shared.spans.dropped.fetch_add(count, Relaxed);
                if !warned {
                    eprintln!(
                        "warning: {count} spans were not taken: {why}; said once, counted always"
                    );
                    warned = true;
                }
            }
        }
        shared.spans.settled.fetch_add(count, Relaxed);
    }
}

async fn send(rules: &model::Spans, spans: &[String]) -> Result<(), String> {
    let body = batch(rules, spans);
    for last in [false, true] {
        let asked = fetch::send(Outgoing {
            url: &rules.endpoint,
            ca: rules.ca.as_ref(),
            headers: &rules.headers,
            json: Some(body.clone()),
        });
        let why = match tokio::time::timeout(SENDING, asked).await {
            Ok(Ok((200..=299, _))) => return Ok(()),
            Ok(Ok((status, _))) if !matches!(status, 429 | 502..=504) => {
                return Err(format!("status {status}"));
            }
            Ok(Ok((status, _))) => format!("status {status}"),
            Ok(Err(error)) => error,
            Err(_) => "time-out".to_string(),
        };
        if last {
            return Err(why);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
