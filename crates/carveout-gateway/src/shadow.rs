//! Copies of requests to another upstream, whose answers nobody gets.
//!
//! A copy runs in a task of its own, within a bound of running copies and of time; the caller's
//! answer never waits for it. What is over a bound is dropped and counted. Answers are compared by
//! status and body (JSON by its values, so that key order and spacing do not count).
//!
//! A difference counts once the caller's upstream, asked again, has said the same as before: an answer
//! that holds a time or an id differs from itself. Only a safe method (RFC 9110 §9.2.1) is asked again;
//! of others a difference counts as it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::HeaderMap;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use tokio::sync::oneshot;

use crate::body::Body;
use crate::filters::trace;
use crate::outgoing::{Outgoing, Source};
use crate::proxy::Exchange;
use crate::snapshot::{Forward, Route};
use crate::upstream::{Upstream, connections};

/// What was answered.
struct Seen {
    status: u16,
    json: bool,
    body: Vec<u8>,
}

/// Gathers the caller's answer as it passes.
pub struct Copy {
    seen: Seen,
    cap: usize,
    cut: bool,
    sender: Option<oneshot::Sender<Seen>>,
}

impl Copy {
    pub fn passed(&mut self, data: &[u8]) {
        if self.cut || self.seen.body.len() + data.len() > self.cap {
            self.cut = true;
        } else {
            self.seen.body.extend_from_slice(data);
        }
    }

    pub fn end(mut self) {
        if let Some(sender) = self.sender.take().filter(|_| !self.cut) {
            let _ = sender.send(self.seen);
        }
    }
}

pub struct Shadow {
    sender: oneshot::Sender<Seen>,
    cap: usize,
}

/// One of the copies that may run at a time.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Send a copy, perhaps. The answer is to be watched if it is to be compared.
pub fn begin(
    exchange: &Exchange,
    route: &Arc<Route>,
    rules: &Forward,
    primary: &Arc<Upstream>,
    parts: &Parts,
    body: &Bytes,
) -> Option<Shadow> {
    let (upstream, wanted) = (rules.shadow.as_ref()?.clone(), rules.rules.shadow.as_ref()?);
    if wanted.share < 1.0 && trace::chance() >= wanted.share {
        return None;
    }
    let running = rules.shadow_running.fetch_add(1, Relaxed);
    let place = Running(rules.shadow_running.clone());
    if running >= wanted.concurrency {
        route.metrics.shadow_dropped.fetch_add(1, Relaxed);
        return None;
    }
    route.metrics.shadow_sent.fetch_add(1, Relaxed);
    let mut copied = http::Request::new(()).into_parts().0;
    copied.method = parts.method.clone();
    copied.uri = parts.uri.clone();
    copied.headers = parts.headers.clone();
    let again = (wanted.compare && parts.method.is_safe()).then(|| copied.clone());
    copied
        .headers
        .insert("x-carveout-shadow", http::HeaderValue::from_static("1"));
    let (keep_host, body) = (rules.rules.keep_host, body.clone());
    let outgoing = move |parts| Outgoing {
        parts,
        keep_host,
        source: Source::Kept(body.clone(), None),
        idempotent: false,
        key: trace::random(),
        upgrade: false,
    };
    let primary = primary.clone();
    let cap = exchange.snapshot.config.record.body_bytes;
    let (sender, receiver) = oneshot::channel();
    let (core, route, timeout, compare) = (
        exchange.core.id,
        route.clone(),
        wanted.timeout,
        wanted.compare,
    );
    tokio::spawn(async move {
        let _place = place;
        let asked = async |upstream, parts| {
            let mut outgoing = outgoing(parts);
            let answered = ask(upstream, core, &mut outgoing, cap);
            tokio::time::timeout(timeout, answered).await.ok().flatten()
        };
        let Some(shadow) = asked(&upstream, copied).await else {
            route.metrics.shadow_failed.fetch_add(1, Relaxed);
            return;
        };
        if !compare {
            return;
        }
        // The caller's answer may still be on its way; without it there is nothing to compare.
        let Ok(Ok(first)) = tokio::time::timeout(Duration::from_secs(30), receiver).await else {
            return;
        };
        let counter = if is_same(&first, &shadow) {
            &route.metrics.shadow_same
        } else {
            let second = match again {
                None => Some(true),
                Some(parts) => asked(&primary, parts).await.map(|s| is_same(&first, &s)),
            };
            match second {
                Some(true) => &route.metrics.shadow_different,
                _ => &route.metrics.shadow_unconfirmed,
            }
        };
        counter.fetch_add(1, Relaxed);
    });
    compare.then_some(Shadow { sender, cap })
}

async fn ask(
    upstream: &Arc<Upstream>,
    core: usize,
    outgoing: &mut Outgoing,
    cap: usize,
) -> Option<Seen> {
    let endpoint = upstream.choose(|_| outgoing.key, &[])?.clone();
    let mut lease = connections::lease(upstream, &endpoint, core, false, outgoing.streams())
        .await
        .ok()?;
    let (parts, mut body) = lease.send(outgoing, None).await.ok()?.into_parts();
    let seen = Limited::new(&mut body, cap)
        .collect()
        .await
        .ok()?
        .to_bytes()
        .to_vec();
    lease.done(&mut body);
    Some(Seen {
        status: parts.status.as_u16(),
        json: is_json(&parts.headers),
        body: seen,
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|v| memchr::memmem::find(v.as_bytes(), b"json").is_some())
}

fn is_same(a: &Seen, b: &Seen) -> bool {
    if a.status != b.status {
        return false;
    }
    if a.body == b.body {
        return true;
    }
    let parse = |seen: &Seen| serde_json::from_slice::<serde_json::Value>(&seen.body).ok();
    a.json && b.json && matches!((parse(a), parse(b)), (Some(x), Some(y)) if x == y)
}

impl Shadow {
    pub fn watch(self, mut response: Response<Body>) -> Response<Body> {
        let (status, json) = (response.status().as_u16(), is_json(response.headers()));
        if let Body::Response(body) = response.body_mut() {
            let seen = Seen {
                status,
                json,
                body: Vec::new(),
            };
            body.copy = Some(Box::new(Copy {
                seen,
                cap: self.cap,
                cut: false,
                sender: Some(self.sender),
            }));
        }
        response
    }
}
