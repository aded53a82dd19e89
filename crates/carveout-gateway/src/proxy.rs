//! One request, from its head to the end of its answer.
//!
//! The order is fixed: refusals of the front door; host and target; hop-by-hop fields; where the
//! client is; request id and trace; route; then the route's CORS, authentication, rate limits and
//! size; then what the route does. `forward` has what happens between here and an upstream.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Instant, SystemTime};

use http::header::{
    ALLOW, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, ORIGIN,
    RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::Body as _;

use crate::access::Line;
use crate::body::{Body, Received};
use crate::config::model::{Action, AuthKind, LimitBy};
use crate::filters::{cors, forwarded, jwt, keys, trace};
use crate::finish::Finish;
use crate::forward;
use crate::front::{Conn, Refusal, head};
use crate::headers;
use crate::routing::{Found, template_values};
use crate::snapshot::{Route, Snapshot};
use crate::state::Core;
use crate::streams;

/// What the stages of one request share.
pub struct Exchange {
    pub core: Arc<Core>,
    pub conn: Arc<Conn>,
    pub snapshot: Arc<Snapshot>,
    pub started: Instant,
    pub client: std::net::IpAddr,
    pub grpc: bool,
    pub finish: Finish,
}

pub async fn handle(
    core: Arc<Core>,
    conn: Arc<Conn>,
    request: Request<Received>,
) -> Response<Body> {
    let started = Instant::now();
    conn.in_flight.fetch_add(1, Relaxed);
    let finish = Finish {
        shared: core.shared.clone(),
        conn: conn.clone(),
        route: None,
        arm: None,
        started,
        status: 499,
        sent: 0,
        whole: false,
        broken: false,
        line: None,
        pair: None,
    };
    let (parts, incoming) = request.into_parts();
    let grpc = is_grpc(&parts);
    let h2 = parts.version == Version::HTTP_2;
    let snapshot = core.shared.snapshot.load_full();
    let client = conn.peer.ip();
    let mut exchange = Exchange {
        core,
        conn,
        snapshot,
        started,
        client,
        grpc,
        finish,
    };
    let mut response = match exchange.admit(parts, incoming).await {
        Ok(response) => response,
        Err(no) => exchange.refuse(no),
    };
    if exchange.conn.wants_upgrade() {
        exchange.conn.decide(false);
    }
    if h2 {
        streams::answered();
    }
    let close = exchange.conn.refusal().is_some() || exchange.core.shared.is_draining();
    if close && !h2 {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    exchange.finish.status = response.status().as_u16();
    // The answer's body carries the end of the story; one without a body ends here.
    if let Body::Response(body) = response.body_mut() {
        body.finish = Some(exchange.finish);
    } else {
        exchange.finish.sent = response.body().size_hint().exact().unwrap_or(0);
        exchange.finish.whole = true;
    }
    response
}

fn is_grpc(parts: &Parts) -> bool {
    parts.version == Version::HTTP_2
        && parts
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|v| v.as_bytes().starts_with(b"application/grpc"))
}

/// An answer of the gateway's own making.
pub struct No {
    pub refusal: Refusal,
    pub header: Option<(http::HeaderName, HeaderValue)>,
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> No {
        No {
            refusal,
            header: None,
        }
    }
}

impl Exchange {
    async fn admit(&mut self, mut parts: Parts, incoming: Received) -> Result<Response<Body>, No> {
        if let Some(refusal) = self.conn.refusal() {
            return Err(refusal.into());
        }
        let snapshot = self.snapshot.clone();
        let config = &snapshot.config;
        let host_value = target_and_host(&mut parts, &snapshot)?;
        let wants_upgrade = self.conn.wants_upgrade();
        let Some(others) = headers::inbound(&mut parts.headers, config.underscores) else {
            return Err(Refusal::bad("underscore-in-header").into());
        };
        let peer = self.conn.peer.ip();
        let trusted = !config.trusted_proxies.is_empty()
            && forwarded::is_trusted(peer.to_canonical(), &config.trusted_proxies);
        if config.forwarded {
            let from = (peer, &self.conn.peer_value);
            let tls = self.conn.tls;
            self.client = forwarded::apply(
                &mut parts.headers,
                from,
                tls,
                &host_value,
                &config.trusted_proxies,
                others,
            );
        }
        let sample = config.spans.as_ref().map(|spans| spans.sample);
        let (request_id, span) = match config.trace {
            true => trace::apply(&mut parts.headers, trusted, sample),
            false => (HeaderValue::from_static("-"), None),
        };
        let bare = headers::bare_host(host_value.to_str().unwrap_or(""));
        let logged = config
            .access_log
            .as_ref()
            .is_some_and(|log| log.sample >= 1.0 || trace::chance() < log.sample);
        if logged || span.is_some() {
            self.finish.line = Some(Box::new(Line {
                method: parts.method.clone(),
                path: parts.uri.path().to_string(),
                host: bare.to_string(),
                client: self.client,
                request_id,
                caller: None,
                upstream: None,
                tries: 0,
                version: parts.version,
                logged,
                span,
            }));
        }
        let route = match snapshot.table.find(&bare, &parts) {
            Found::Route(route) => route.clone(),
            Found::Nothing => return Err(Refusal::new(404, "no-route").into()),
            Found::OtherMethods(methods) => {
                let allow = HeaderValue::from_str(&methods.join(", ")).ok();
                return Err(No {
                    refusal: Refusal::new(405, "method"),
                    header: allow.map(|value| (ALLOW, value)),
                });
            }
        };
        route.metrics.in_flight.fetch_add(1, Relaxed);
        self.finish.route = Some(route.clone());
        let origin = route
            .config
            .cors
            .is_some()
            .then(|| parts.headers.get(ORIGIN).cloned())
            .flatten();
        let answered = self.serve(&route, parts, incoming, wants_upgrade).await;
        let Some(rules) = &route.config.cors else {
            return answered;
        };
        // A refusal is marked too, so that the page's script can read why.
        let mut response = match answered {
            Ok(response) => response,
            Err(no) => self.refuse(no),
        };
        if !response
            .headers()
            .contains_key(http::header::ACCESS_CONTROL_MAX_AGE)
        {
            cors::mark(rules, origin.as_ref(), response.headers_mut());
        }
        Ok(response)
    }

    async fn serve(
        &mut self,
        route: &Arc<Route>,
        mut parts: Parts,
        incoming: Received,
        wants_upgrade: bool,
    ) -> Result<Response<Body>, No> {
        if let Some(rules) = &route.config.cors
            && cors::is_preflight(&parts.method, &parts.headers)
        {
            let mut response = Response::new(Body::Empty);
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.headers_mut() = cors::preflight(rules, &parts.headers);
            return Ok(response);
        }
        let caller = authenticate(route, &mut parts)?;
        if let Some(caller) = &caller {
            if let Ok(value) = HeaderValue::from_str(caller) {
                parts.headers.insert(headers::CALLER.clone(), value);
            }
            if let Some(line) = &mut self.finish.line {
                line.caller = Some(caller.clone());
            }
        }
        self.limit(route, &parts, caller.as_deref())?;
        let length = parts
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > route.body_bytes) {
            return Err(Refusal::new(413, "body-too-large").into());
        }
        match &route.config.action {
            Action::Forward(_) => {
                forward::forward(self, route, parts, incoming, wants_upgrade).await
            }
            Action::Redirect { status, to } => redirect(*status, to, route, &parts.uri),
            Action::Respond {
                status,
                body,
                content_type,
            } => {
                let mut response = Response::new(Body::full(body.clone()));
                *response.status_mut() = StatusCode::from_u16(*status).unwrap_or(StatusCode::OK);
                if let Ok(value) = HeaderValue::from_str(content_type) {
                    response.headers_mut().insert(CONTENT_TYPE, value);
                }
                Ok(response)
            }
        }
    }

    fn limit(&self, route: &Route, parts: &Parts, caller: Option<&str>) -> Result<(), No> {
        for (i, rule) in route.config.rate_limits.iter().enumerate() {
            let address;
            let key: &[u8] = match &rule.by {
                LimitBy::Route => b"",
                LimitBy::Caller => caller.unwrap_or("").as_bytes(),
                LimitBy::Header(name) => parts
                    .headers
                    .get(name)
                    .map_or(&[][..], HeaderValue::as_bytes),
                LimitBy::Address => {
                    address = self.client.to_string();
                    address.as_bytes()
                }
            };
            let now = Instant::now();
            if let Err(wait) = self.core.shared.buckets.take(
                (&route.name, i, key),
                rule.per_second,
                rule.burst,
                now,
            ) {
                let seconds = HeaderValue::from(wait.as_secs_f64().ceil().max(1.0) as u64);
                return Err(No {
                    refusal: Refusal::new(429, "rate-limit"),
                    header: Some((RETRY_AFTER, seconds)),
                });
            }
        }
        Ok(())
    }

    /// Say no. The client learns a status and one word of a closed list, nothing from the inside.
    pub fn refuse(&self, no: No) -> Response<Body> {
        let Refusal { status, reason } = no.refusal;
        self.core.shared.totals.refused(reason);
        let mut response = if self.grpc {
            let mut response = Response::new(Body::Empty);
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
            headers.insert("grpc-status", HeaderValue::from(grpc_status(status)));
            headers.insert("grpc-message", HeaderValue::from_static(reason));
            response
        } else {
            let mut response = Response::new(Body::full(format!("{reason}\n")));
            *response.status_mut() =
                StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            response.headers_mut().insert(
                CONTENT_TYPE,
                HeaderValue::from_static("text/plain; charset=utf-8"),
            );
            response
        };
        if let Some((name, value)) = no.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// <https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md>, and 504 as a deadline.
fn grpc_status(status: u16) -> u16 {
    match status {
        400 | 413 | 431 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        408 | 504 => 4,
        429 | 502 | 503 => 14,
        _ => 2,
    }
}

/// Bring the target to origin form and say for which host the request is.
fn target_and_host(parts: &mut Parts, snapshot: &Snapshot) -> Result<HeaderValue, Refusal> {
    let limits = &snapshot.config.limits;
    if parts.version == Version::HTTP_2 {
        if matches!(parts.method, Method::CONNECT | Method::TRACE) {
            return Err(Refusal::new(501, "method-not-served"));
        }
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        if path.len() > limits.uri_bytes {
            return Err(Refusal::new(414, "uri-too-long"));
        }
        if parts.headers.len() > limits.header_count {
            return Err(Refusal::new(431, "too-many-headers"));
        }
        if !path.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Refusal::bad("request-target"));
        }
        head::check_path(path.as_bytes())?;
        let mut hosts = parts.headers.get_all(HOST).iter();
        let given = hosts.next().map(|v| v.to_str().unwrap_or("").to_string());
        if hosts.next().is_some() {
            return Err(Refusal::bad("several-hosts"));
        }
        let host = match (
            parts.uri.authority().map(http::uri::Authority::as_str),
            given,
        ) {
            (None, None) => return Err(Refusal::bad("no-host")),
            (Some(a), Some(b)) if !a.eq_ignore_ascii_case(&b) => {
                return Err(Refusal::bad("two-hosts"));
            }
            (Some(host), _) => host.to_string(),
            (None, Some(host)) => host,
        };
        if !head::is_host(host.as_bytes()) {
            return Err(Refusal::bad("host"));
        }
        let value = HeaderValue::from_str(&host).map_err(|_| Refusal::bad("host"))?;
        parts.headers.insert(HOST, value.clone());
        headers::join_cookies(&mut parts.headers);
        origin_form(parts)?;
        return Ok(value);
    }
    if parts.uri.scheme().is_some() {
        origin_form(parts)?;
    }
    headers::host_header(&parts.headers)
        .cloned()
        .ok_or(Refusal::bad("no-host"))
}

fn origin_form(parts: &mut Parts) -> Result<(), Refusal> {
    let path = parts.uri.path_and_query().cloned();
    parts.uri = match path {
        Some(path) => Uri::from(path),
        None => Uri::from_static("/"),
    };
    Ok(())
}

/// Any of the route's authenticators is enough; without any, everybody may.
fn authenticate(route: &Route, parts: &mut Parts) -> Result<Option<String>, No> {
    if route.auth.is_empty() {
        return Ok(None);
    }
    let mut why = Refusal::new(401, "credentials-missing");
    let mut challenge = "ApiKey";
    for authenticator in &route.auth {
        match &authenticator.kind {
            AuthKind::ApiKey { header, keys } => {
                let mut given = parts.headers.get_all(header).iter();
                let (Some(key), None) = (given.next(), given.next()) else {
                    continue;
                };
                if let Some(caller) = keys::caller(key.as_bytes(), keys) {
                    let caller = caller.to_string();
                    parts.headers.remove(header);
                    return Ok(Some(caller));
                }
                why = Refusal::new(401, "key-unknown");
            }
            AuthKind::Jwt(_) => {
                challenge = "Bearer";
                let mut given = parts.headers.get_all(AUTHORIZATION).iter();
                let (Some(value), None) = (given.next(), given.next()) else {
                    continue;
                };
                let Some((scheme, token)) = value.to_str().ok().and_then(|v| v.split_once(' '))
                else {
                    continue;
                };
                if !scheme.eq_ignore_ascii_case("bearer") {
                    continue;
                }
                if !authenticator.ready.load(Relaxed) {
                    authenticator.wanted.notify_one();
                    why = Refusal::new(503, "token-keys-missing");
                    continue;
                }
                let now = SystemTime::now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .unwrap_or_default()
                    .as_secs_f64();
                let keys = authenticator.keys.load();
                match jwt::verify(token.trim(), &keys, &authenticator.rules, now) {
                    Ok(jwt::Subject(subject)) => return Ok(Some(subject)),
                    Err(reason) => {
                        if reason == "token-signature" {
                            // Perhaps a key that is newer than ours.
                            authenticator.wanted.notify_one();
                        }
                        why = Refusal::new(401, reason);
                    }
                }
            }
        }
    }
    let header =
        (why.status == 401).then(|| (WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
    Err(No {
        refusal: why,
        header,
    })
}

fn redirect(status: u16, to: &str, route: &Route, uri: &Uri) -> Result<Response<Body>, No> {
    let mut target = to
        .replace("{path}", uri.path())
        .replace("{query}", uri.query().unwrap_or(""));
    for (name, value) in template_values(&route.config.path, uri.path()) {
        target = target.replace(&format!("{{{name}}}"), value);
    }
    // `//host` would leave this site by the client's choice.
    if target.starts_with("//") {
        target = format!("/{}", target.trim_start_matches('/'));
    }
    let value = HeaderValue::from_str(&target).map_err(|_| Refusal::bad("request-target"))?;
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::PERMANENT_REDIRECT);
    response.headers_mut().insert(LOCATION, value);
    Ok(response)
}
