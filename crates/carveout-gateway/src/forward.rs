//! Between a request and its upstream: which arm, which endpoint, how often, how long.
//!
//! Invariants: a request is sent again only if it never left, or if its method is idempotent
//! (RFC 9110 §9.2.2) and its body is still whole; tries after the first are paid from the route's
//! budget, except those of requests that never left on a connection the upstream had closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, Uri, Version};
use hyper::body::Body as _;

use crate::body::{self, Answered, Body, Late, Received, RequestBody, ResponseBody};
use crate::config::model::{Rewrite, Sticky};
use crate::filters::trace;
use crate::front::Refusal;
use crate::headers;
use crate::outgoing::{Outgoing, Source};
use crate::proxy::{Exchange, No};
use crate::record::Pair;
use crate::routing::template_values;
use crate::shadow;
use crate::snapshot::{Arm, Forward, Route};
use crate::spare;
use crate::upgrade;
use crate::upstream::balance::{fnv, mix, place};
use crate::upstream::connections::{self, Failed, Lease};
use crate::upstream::{Endpoint, Upstream};

/// Free tries for requests that never left on a connection the upstream had closed.
const STALE: u32 = 3;

pub struct Limits {
    pub per_try: Duration,
    pub deadline: Option<Instant>,
    pub attempts: u32,
}

pub struct Answer {
    pub response: Response<Answered>,
    pub lease: Lease,
}

pub async fn forward(
    exchange: &mut Exchange,
    route: &Arc<Route>,
    mut parts: Parts,
    incoming: Received,
    wants_upgrade: bool,
) -> Result<Response<Body>, No> {
    let Some(rules) = &route.forward else {
        return Err(Refusal::new(500, "internal").into());
    };
    let mut set_cookie = None;
    let arm = choose_arm(rules, exchange, &parts, &mut set_cookie);
    exchange.finish.arm = (rules.arms.len() > 1).then(|| arm.metrics.clone());
    let key = hash_key(exchange, &parts, &arm.upstream);
    parts.uri = rewritten(&parts.uri, &rules.rules.rewrite, route)?;
    let limits = limits(exchange, route, rules, &parts);
    if wants_upgrade {
        let outgoing = Outgoing {
            parts,
            keep_host: rules.rules.keep_host,
            source: Source::Kept(Bytes::new(), None),
            idempotent: true,
            key,
            upgrade: true,
        };
        return upgrade::forward(exchange, route, &arm.upstream, outgoing, limits).await;
    }
    let over = Arc::new(AtomicBool::new(false));
    let source = prepare(exchange, route, rules, &parts, incoming, &over).await?;
    let mut outgoing = Outgoing {
        idempotent: is_idempotent(&parts.method),
        parts,
        keep_host: rules.rules.keep_host,
        source,
        key,
        upgrade: false,
    };
    let copy = match (&rules.shadow, &outgoing.source) {
        // What the shadow answers itself needs no copy of it.
        (Some(to), _) if Arc::ptr_eq(to, &arm.upstream) => None,
        (Some(_), Source::Kept(bytes, _)) => shadow::begin(
            exchange,
            route,
            rules,
            &arm.upstream,
            &outgoing.parts,
            bytes,
        ),
        (Some(_), _) => {
            route.metrics.shadow_dropped.fetch_add(1, Relaxed);
            None
        }
        _ => None,
    };
    let pair = recording(exchange, route, rules, &outgoing, &arm.upstream);
    let mut upstream = &arm.upstream;
    // What can't be sent twice can't be declined either: the reference answers at once.
    if let Some(reference) = &rules.decline_to
        && !outgoing.source.may_repeat()
    {
        upstream = reference;
    }
    if let Some(fallback) = &rules.fallback
        && upstream.is_down()
    {
        route.metrics.fallbacks.fetch_add(1, Relaxed);
        upstream = fallback;
    }
    let mut answer = exchange.send(rules, upstream, &mut outgoing, &limits).await;
    if let Some(reference) = &rules.decline_to
        && !Arc::ptr_eq(reference, upstream)
        && answer.as_ref().map_or(true, is_declined)
    {
        route.metrics.declined.fetch_add(1, Relaxed);
        upstream = reference;
        answer = exchange.send(rules, upstream, &mut outgoing, &limits).await;
    }
    if let Some(fallback) = &rules.fallback
        && !Arc::ptr_eq(fallback, upstream)
        && answer.as_ref().is_err_and(|refusal| refusal.status != 413)
        && (outgoing.idempotent && outgoing.source.may_repeat()
            || matches!(&outgoing.source, Source::Once(Some(_))))
    {
        route.metrics.fallbacks.fetch_add(1, Relaxed);
        upstream = fallback;
        answer = exchange.send(rules, upstream, &mut outgoing, &limits).await;
    }
    if let Some(line) = &mut exchange.finish.line {
        line.upstream = Some(upstream.name.clone());
    }
    let answer = answer.map_err(|refusal| {
        if over.load(Relaxed) {
            Refusal::new(413, "body-too-large")
        } else {
            refusal
        }
    })?;
    spare::keep(outgoing.parts.headers);
    exchange.finish.pair = pair;
    if let Some(pair) = &mut exchange.finish.pair {
        pair.upstream.clone_from(&upstream.name);
        pair.response_headers = answer.response.headers().clone();
    }
    let mut response = downward(answer, exchange.snapshot.config.timeouts.stream_idle);
    if let Some(value) = set_cookie {
        response
            .headers_mut()
            .append(http::header::SET_COOKIE, value);
    }
    if let Some(shadow) = copy {
        response = shadow.watch(response);
    }
    Ok(response)
}

/// An upstream's answer as it goes to the client.
pub fn downward(answer: Answer, idle: Duration) -> Response<Body> {
    let (mut parts, inner) = answer.response.into_parts();
    headers::outbound(&mut parts.headers);
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
    let body = ResponseBody {
        inner,
        rest: Bytes::new(),
        lease: Some(answer.lease),
        finish: None,
        idle,
        clock: None,
        copy: None,
    };
    Response::from_parts(parts, Body::Response(Box::new(body)))
}

/// `carveout-outcome: decline` with 501, or `failure`: the carved service did not answer the call.
fn is_declined(answer: &Answer) -> bool {
    let outcome = answer
        .response
        .headers()
        .get("carveout-outcome")
        .map(HeaderValue::as_bytes);
    match outcome {
        Some(b"decline") => answer.response.status() == StatusCode::NOT_IMPLEMENTED,
        Some(b"failure") => true,
        _ => false,
    }
}

fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE
    )
}

fn choose_arm<'a>(
    rules: &'a Forward,
    exchange: &Exchange,
    parts: &Parts,
    set_cookie: &mut Option<HeaderValue>,
) -> &'a Arm {
    if let [only] = rules.arms.as_slice() {
        return only;
    }
    let part = |bytes: &[u8]| (mix(fnv(bytes)) >> 11) as f64 / (1u64 << 53) as f64;
    let at = match &rules.rules.sticky {
        None => trace::chance(),
        Some(Sticky::Address) => part(exchange.client.to_string().as_bytes()),
        Some(Sticky::Header(name)) => parts
            .headers
            .get(name)
            .map_or_else(trace::chance, |v| part(v.as_bytes())),
        Some(Sticky::Cookie(name)) => match headers::cookie(&parts.headers, name) {
            Some(value) => part(value),
            None => {
                let value = format!("{:016x}", trace::random());
                *set_cookie = HeaderValue::from_str(&format!(
                    "{name}={value}; Path=/; HttpOnly; SameSite=Lax"
                ))
                .ok();
                part(value.as_bytes())
            }
        },
    };
    rules
        .arms
        .iter()
        .find(|arm| at < arm.until)
        .unwrap_or(&rules.arms[rules.arms.len() - 1])
}

fn hash_key(exchange: &Exchange, parts: &Parts, upstream: &Upstream) -> u64 {
    use crate::config::model::Balance;
    let Balance::Hash(header) = &upstream.balance else {
        return 0;
    };
    match header.as_ref().and_then(|name| parts.headers.get(name)) {
        Some(value) => fnv(value.as_bytes()),
        None => fnv(exchange.client.to_string().as_bytes()),
    }
}

fn rewritten(uri: &Uri, rule: &Rewrite, route: &Route) -> Result<Uri, Refusal> {
    use crate::config::model::PathMatch;
    let path = match rule {
        Rewrite::None => return Ok(uri.clone()),
        Rewrite::Prefix(to) => {
            let PathMatch::Prefix(from) = &route.config.path else {
                return Ok(uri.clone());
            };
            let rest = &uri.path()[from.len().min(uri.path().len())..];
            format!("{to}/{}", rest.trim_start_matches('/'))
        }
        Rewrite::Path(to) => {
            let mut path = to.clone();
            for (name, value) in template_values(&route.config.path, uri.path()) {
                path = path.replace(&format!("{{{name}}}"), value);
            }
            path
        }
    };
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    target.parse().map_err(|_| Refusal::bad("request-target"))
}

fn limits(exchange: &Exchange, route: &Route, rules: &Forward, parts: &Parts) -> Limits {
    let mut total = route.timeout_total;
    if exchange.grpc
        && let Some(asked) = parts
            .headers
            .get("grpc-timeout")
            .and_then(|v| grpc_timeout(v.as_bytes()))
    {
        total = if total.is_zero() {
            asked
        } else {
            total.min(asked)
        };
    }
    Limits {
        per_try: route.timeout_try,
        deadline: (!total.is_zero()).then(|| exchange.started + total),
        attempts: rules.rules.retries.attempts,
    }
}

/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>: at most eight digits and a unit.
fn grpc_timeout(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let time = match unit {
        b'H' => Duration::from_secs(n * 3600),
        b'M' => Duration::from_secs(n * 60),
        b'S' => Duration::from_secs(n),
        b'm' => Duration::from_millis(n),
        b'u' => Duration::from_micros(n),
        b'n' => Duration::from_nanos(n),
        _ => return None,
    };
    Some(time.max(Duration::from_millis(1)))
}

/// Keep the body if something may need it twice and it is small enough to; else let it stream.
async fn prepare(
    exchange: &Exchange,
    route: &Route,
    rules: &Forward,
    parts: &Parts,
    incoming: Received,
    over: &Arc<AtomicBool>,
) -> Result<Source, Refusal> {
    let most = exchange
        .snapshot
        .config
        .limits
        .replay_bytes
        .min(usize::try_from(route.body_bytes).unwrap_or(usize::MAX));
    let mut left = route.body_bytes;
    let incoming = match incoming {
        Received::Whole(bytes) if bytes.len() <= most => return Ok(Source::Kept(bytes, None)),
        Received::Whole(bytes) => {
            let body = RequestBody {
                prefix: Some(bytes),
                inner: None,
                trailers: None,
                left: 0,
                over: over.clone(),
            };
            return Ok(Source::Once(Some(Body::Request(Box::new(body)))));
        }
        Received::Hyper(incoming) if incoming.is_end_stream() => {
            return Ok(Source::Kept(Bytes::new(), None));
        }
        Received::Hyper(incoming) => incoming,
    };
    let known = parts.headers.contains_key(CONTENT_LENGTH);
    // Of unknown length it may be a conversation, which must not wait for its own end; a route to a
    // carved operation never is one.
    let wanted = (known
        && (rules.copies || is_idempotent(&parts.method) && rules.rules.retries.attempts > 0))
        || rules.decline_to.is_some();
    if !wanted || incoming.size_hint().lower() > most as u64 {
        let body = RequestBody {
            prefix: None,
            inner: Some(incoming),
            trailers: None,
            left,
            over: over.clone(),
        };
        return Ok(Source::Once(Some(Body::Request(Box::new(body)))));
    }
    let config = &exchange.snapshot.config;
    let (stall, rate) = (config.timeouts.stall, config.limits.least_bytes_per_second);
    let ahead = match body::read_ahead(incoming, most, stall, rate).await {
        Ok(ahead) => ahead,
        Err(Late::Stalled) => return Err(Refusal::new(408, "slow-body")),
        Err(Late::Cut) => {
            return Err(exchange.conn.refusal().unwrap_or(Refusal::bad("body-cut")));
        }
    };
    match ahead.rest {
        None => Ok(Source::Kept(ahead.bytes, ahead.trailers)),
        Some(rest) => {
            if ahead.bytes.len() as u64 > left {
                return Err(Refusal::new(413, "body-too-large"));
            }
            left -= ahead.bytes.len() as u64;
            let prefix = Some(ahead.bytes).filter(|b| !b.is_empty());
            let body = RequestBody {
                prefix,
                inner: Some(rest),
                trailers: None,
                left,
                over: over.clone(),
            };
            Ok(Source::Once(Some(Body::Request(Box::new(body)))))
        }
    }
}

fn recording(
    exchange: &Exchange,
    route: &Route,
    rules: &Forward,
    outgoing: &Outgoing,
    upstream: &Upstream,
) -> Option<Box<Pair>> {
    if rules.rules.record == 0.0
        || (rules.rules.record < 1.0 && trace::chance() >= rules.rules.record)
    {
        return None;
    }
    let cap = exchange.snapshot.config.record.body_bytes;
    let Source::Kept(body, _) = &outgoing.source else {
        route.metrics.record_dropped.fetch_add(1, Relaxed);
        return None;
    };
    if body.len() > cap {
        route.metrics.record_dropped.fetch_add(1, Relaxed);
        return None;
    }
    Some(Box::new(Pair {
        route: route.name.clone(),
        upstream: upstream.name.clone(),
        method: outgoing.parts.method.to_string(),
        target: outgoing.parts.uri.to_string(),
        request_headers: outgoing.parts.headers.clone(),
        request_body: body.clone(),
        response_headers: HeaderMap::new(),
        response_body: Vec::new(),
        cap,
        cut: false,
    }))
}

enum Tried {
    Answer(Box<Answer>),
    /// Never left, on a connection that had served before: that one was stale.
    Stale,
    Unsent,
    Sent,
    TimedOut,
}

impl Exchange {
    /// Try until there is an answer, or no try is left.
    pub async fn send(
        &mut self,
        rules: &Forward,
        upstream: &Arc<Upstream>,
        outgoing: &mut Outgoing,
        limits: &Limits,
    ) -> Result<Answer, Refusal> {
        rules.budget.deposit(rules.rules.retries.budget);
        let mut tried: Vec<usize> = Vec::new();
        let (mut attempt, mut stale) = (0, 0);
        loop {
            let key = outgoing.key;
            let pick = upstream.choose(|_| key, &tried);
            let Some(endpoint) = pick.cloned() else {
                return Err(Refusal::new(503, "no-endpoint"));
            };
            if let Some(line) = &mut self.finish.line {
                line.tries += 1;
            }
            let outcome = self
                .try_once(upstream, &endpoint, outgoing, limits, stale > 0)
                .await?;
            let (repeatable, result) = match outcome {
                Tried::Answer(answer) => {
                    let status = answer.response.status().as_u16();
                    if !rules.rules.retries.on_status.contains(&status) {
                        return Ok(*answer);
                    }
                    (
                        outgoing.idempotent && outgoing.source.may_repeat(),
                        Ok(*answer),
                    )
                }
                Tried::Stale if stale < STALE => {
                    stale += 1;
                    continue;
                }
                Tried::Stale | Tried::Unsent => {
                    (true, Err(Refusal::new(502, "upstream-unreachable")))
                }
                Tried::Sent => (
                    outgoing.idempotent && outgoing.source.may_repeat(),
                    Err(Refusal::new(502, "upstream-failed")),
                ),
                Tried::TimedOut => (
                    outgoing.idempotent && outgoing.source.may_repeat(),
                    Err(Refusal::new(504, "upstream-timeout")),
                ),
            };
            if !repeatable || !may_retry(rules, attempt, limits) {
                return result;
            }
            drop(result);
            tried.push(place(&endpoint));
            attempt += 1;
            upstream.metrics.retries.fetch_add(1, Relaxed);
            if upstream.endpoints.len() <= tried.len() {
                // Everywhere once: wait a little, longer each time, not all at the same moment.
                let base = 20u64 << attempt.min(5);
                tokio::time::sleep(Duration::from_millis(base / 2 + trace::random() % base)).await;
            }
        }
    }

    async fn try_once(
        &mut self,
        upstream: &Arc<Upstream>,
        endpoint: &Arc<Endpoint>,
        outgoing: &mut Outgoing,
        limits: &Limits,
        fresh: bool,
    ) -> Result<Tried, Refusal> {
        let started = Instant::now();
        let streams = outgoing.streams();
        let leasing = connections::lease(upstream, endpoint, self.core.id, fresh, streams);
        let mut lease = match leasing.await {
            Ok(lease) => lease,
            Err(_) => {
                upstream.metrics.failures.fetch_add(1, Relaxed);
                upstream.note(endpoint, true);
                return Ok(Tried::Unsent);
            }
        };
        let until = match (limits.per_try.is_zero(), limits.deadline) {
            (true, deadline) => deadline,
            (false, None) => Some(started + limits.per_try),
            (false, Some(deadline)) => Some(deadline.min(started + limits.per_try)),
        };
        let outcome = match lease.send(outgoing, until).await {
            Ok(response) => {
                let status = response.status().as_u16();
                upstream.answered(status, started);
                upstream.note(endpoint, matches!(status, 502..=504));
                return Ok(Tried::Answer(Box::new(Answer { response, lease })));
            }
            Err(Failed::Refused(refusal)) => return Err(refusal),
            Err(failed) => {
                if let Some(refusal) = self.conn.refusal() {
                    // The client's body broke, not the upstream.
                    return Err(refusal);
                }
                match failed {
                    Failed::Unsent if lease.reused => Tried::Stale,
                    // The upstream closed it at the moment it was used (RFC 9112 §9.3.1).
                    Failed::Silent if lease.reused && outgoing.idempotent => Tried::Stale,
                    Failed::Unsent => Tried::Unsent,
                    Failed::TimedOut => Tried::TimedOut,
                    Failed::Silent | Failed::Sent | Failed::Refused(_) => Tried::Sent,
                }
            }
        };
        if !matches!(outcome, Tried::Stale) {
            upstream.metrics.failures.fetch_add(1, Relaxed);
            upstream.note(endpoint, true);
        }
        Ok(outcome)
    }
}

fn may_retry(rules: &Forward, attempt: u32, limits: &Limits) -> bool {
    attempt < limits.attempts
        && limits
            .deadline
            .is_none_or(|deadline| Instant::now() < deadline)
        && rules
            .budget
            .withdraw(rules.rules.retries.minimum_per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_deadlines_are_read_as_specified() {
        for (text, expected) in [
            ("1H", Some(Duration::from_secs(3600))),
            ("100m", Some(Duration::from_millis(100))),
            ("99999999S", Some(Duration::from_secs(99_999_999))),
            ("5n", Some(Duration::from_millis(1))),
            ("100000000S", None),
            ("1", None),
            ("m", None),
            ("-1m", None),
            ("1x", None),
        ] {
            assert_eq!(grpc_timeout(text.as_bytes()), expected, "{text}");
        }
    }
}
