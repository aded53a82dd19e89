//! The admin API, on a Unix socket of this user's or on loopback with a token.
//!
//! | request | answer |
//! |---|---|
//! | `GET /healthz` | `ok`, or 503 `draining` |
//! | `GET /metrics` | Prometheus text |
//! | `GET /v1/state` | routes with their arms' counts, upstreams with their endpoints, the last reload's error |
//! | `POST /v1/reload` | reads the configuration again |
//! | `PUT /v1/routes/NAME/split` | `{"upstream": weight, …}`, until the process ends or `DELETE` |
//! | `POST /v1/drain` | ends gracefully |

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};

use crate::body::Body;
use crate::config::model::{Action, Address, Admin};
use crate::snapshot::{Route, Snapshot};
use crate::state::Shared;
use crate::transport::Transport;
use crate::{metrics, sockets};

pub fn start(shared: Arc<Shared>, rules: &Admin) -> Result<(), String> {
    let token = match &rules.token_file {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                format!(
                    "error[gateway-start]: cannot read {}: {error}",
                    path.display()
                )
            })?;
            if text.trim().len() < 16 {
                return Err(format!(
                    "error[gateway-start]: the token in {} has fewer than 16 characters",
                    path.display()
                ));
            }
            Some(Arc::<str>::from(text.trim()))
        }
    };
    let fail = |error: std::io::Error| format!("error[gateway-start]: no admin API: {error}");
    match &rules.address {
        Address::Unix(path) => {
            let listener = sockets::listen_unix_for_handover(path).map_err(fail)?;
            listener.set_nonblocking(true).map_err(fail)?;
            let listener = tokio::net::UnixListener::from_std(listener).map_err(fail)?;
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(connection(
                        shared.clone(),
                        Transport::Unix(stream),
                        token.clone(),
                    ));
                }
            });
        }
        Address::Tcp(address) => {
            let listener = sockets::bind(*address).map_err(fail)?;
            let listener = tokio::net::TcpListener::from_std(listener).map_err(fail)?;
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(connection(
                        shared.clone(),
                        Transport::Tcp(stream),
                        token.clone(),
                    ));
                }
            });
        }
    }
    Ok(())
}

async fn connection(shared: Arc<Shared>, io: Transport, token: Option<Arc<str>>) {
    let service = service_fn(move |request| {
        let (shared, token) = (shared.clone(), token.clone());
        async move { Ok::<_, Infallible>(answer(&shared, request, token.as_deref()).await) }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10))
        .serve_connection(TokioIo::new(io), service)
        .await;
}

fn text(status: StatusCode, body: impl Into<String>) -> Response<Body> {
    let mut response = Response::new(Body::full(body.into()));
    *response.status_mut() = status;
    response
}

fn json_answer(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = text(status, value.to_string());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

fn is_allowed(request: &Request<Incoming>, token: Option<&str>) -> bool {
    let Some(token) = token else { return true };
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok());
    let given = given.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or("");
    // Over hashes: equal lengths, and nothing to learn from the time.
    crate::filters::keys::hashed(given.as_bytes()) == crate::filters::keys::hashed(token.as_bytes())
}

async fn answer(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    token: Option<&str>,
) -> Response<Body> {
    if !is_allowed(&request, token) {
        return text(StatusCode::UNAUTHORIZED, "token\n");
    }
    let path = request.uri().path().to_string();
    let method = request.method().clone();
    match (&method, path.as_str()) {
        (&Method::GET, "/healthz") if shared.is_draining() => {
            text(StatusCode::SERVICE_UNAVAILABLE, "draining\n")
        }
        (&Method::GET, "/healthz") => text(StatusCode::OK, "ok\n"),
        (&Method::GET, "/metrics") => {
            let mut page = text(
                StatusCode::OK,
                metrics::prometheus(&shared.totals, &shared.spans, &shared.snapshot.load()),
            );
            let kind = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            page.headers_mut().insert(header::CONTENT_TYPE, kind);
            page
        }
        (&Method::GET, "/v1/state") => json_answer(StatusCode::OK, &state(shared)),
        (&Method::POST, "/v1/reload") => {
            let failed = shared.totals.reload_failures.load(Relaxed);
            let done = shared.totals.reloads.load(Relaxed);
            shared.reload.send_modify(|n| *n += 1);
            for _ in 0..500 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                if shared.totals.reloads.load(Relaxed) > done {
                    return text(StatusCode::OK, "reloaded\n");
                }
                if shared.totals.reload_failures.load(Relaxed) > failed {
                    let error = shared
                        .last_error
                        .lock()
                        .ok()
                        .and_then(|e| e.clone())
                        .unwrap_or_default();
                    return text(StatusCode::UNPROCESSABLE_ENTITY, error);
                }
            }
            text(StatusCode::GATEWAY_TIMEOUT, "no answer\n")
        }
        (&Method::POST, "/v1/drain") => {
            shared.begin_drain();
            text(StatusCode::ACCEPTED, "draining\n")
        }
        (&Method::PUT | &Method::DELETE, path) => {
            let name = path
                .strip_prefix("/v1/routes/")
                .and_then(|rest| rest.strip_suffix("/split"));
            match name.map(str::to_string) {
                Some(name) => split(shared, &name, request, method == Method::DELETE).await,
                None => text(StatusCode::NOT_FOUND, "unknown\n"),
            }
        }
        _ => text(StatusCode::NOT_FOUND, "unknown\n"),
    }
}

async fn split(
    shared: &Arc<Shared>,
    name: &str,
    request: Request<Incoming>,
    reset: bool,
) -> Response<Body> {
    let snapshot = shared.snapshot.load_full();
    let Some(route) = snapshot
        .routes()
        .find(|r| r.name == name && matches!(r.config.action, Action::Forward(_)))
    else {
        return text(
            StatusCode::NOT_FOUND,
            format!("there is no route `{name}` with an upstream\n"),
        );
    };
    let known: Vec<String> = snapshot.upstreams().map(|u| u.name.clone()).collect();
    let mut weights = Vec::new();
    if !reset {
        let Ok(body) = Limited::new(request.into_body(), 64 * 1024).collect().await else {
            return text(StatusCode::BAD_REQUEST, "body\n");
        };
        let parsed: Option<Vec<(String, f64)>> = serde_json::from_slice::<Value>(&body.to_bytes())
            .ok()
            .and_then(|v| {
                v.as_object().map(|o| {
                    o.iter()
                        .map(|(k, v)| Some((k.clone(), v.as_f64()?)))
                        .collect()
                })
            })
            .flatten();
        let Some(parsed) = parsed else {
            return text(
                StatusCode::BAD_REQUEST,
                "the body must be {\"upstream\": weight, …}\n",
            );
        };
        weights = parsed;
        let total: f64 = weights.iter().map(|(_, w)| *w).sum();
        let unknown = weights.iter().find(|(name, _)| !known.contains(name));
        if let Some((name, _)) = unknown {
            return text(
                StatusCode::BAD_REQUEST,
                format!("there is no upstream `{name}`\n"),
            );
        }
        if weights.iter().any(|(_, w)| !w.is_finite() || *w < 0.0) || total <= 0.0 {
            return text(
                StatusCode::BAD_REQUEST,
                "weights are 0 or more, and one above 0\n",
            );
        }
    }
    let before = match shared.registry.splits.lock() {
        Ok(mut splits) => {
            if reset {
                splits.remove(&route.name)
            } else {
                splits.insert(route.name.clone(), weights)
            }
        }
        Err(_) => None,
    };
    // The running configuration compiled again, not the file's.
    match Snapshot::compile(snapshot.config.clone(), &shared.registry, shared.cores) {
        Ok(next) => {
            shared.snapshot.store(Arc::new(next));
            json_answer(StatusCode::OK, &state(shared)["routes"][name])
        }
        Err(message) => {
            if let (Ok(mut splits), Some(before)) = (shared.registry.splits.lock(), before) {
                splits.insert(name.to_string(), before);
            }
            text(StatusCode::BAD_REQUEST, message)
        }
    }
}

fn state(shared: &Shared) -> Value {
    let snapshot = shared.snapshot.load();
    let mut routes = serde_json::Map::new();
    for route in snapshot.routes() {
        routes.insert(route.name.clone(), route_state(route));
    }
    let mut upstreams = serde_json::Map::new();
    for upstream in snapshot.upstreams() {
        let endpoints: Vec<Value> = upstream
            .endpoints
            .iter()
            .map(|e| {
                json!({
                    "endpoint": e.label, "healthy": e.healthy.load(Relaxed), "ejected": e.is_ejected(),
                    "in_flight": e.in_flight.load(Relaxed), "connections": e.connections.load(Relaxed),
                })
            })
            .collect();
        upstreams.insert(upstream.name.clone(), json!({ "endpoints": endpoints }));
    }
    json!({
        "pid": std::process::id(),
        "draining": shared.is_draining(),
        "cores": shared.cores,
        "connections": shared.connections.load(Relaxed),
        "reloads": shared.totals.reloads.load(Relaxed),
        "last_error": shared.last_error.lock().ok().and_then(|e| e.clone()),
        "routes": routes,
        "upstreams": upstreams,
    })
}

fn route_state(route: &Route) -> Value {
    let weights: Vec<(String, f64)> = route
        .forward
        .iter()
        .flat_map(|f| f.arms.iter().map(|a| (a.upstream.name.clone(), a.weight)))
        .collect();
    let mut arms = serde_json::Map::new();
    if let Ok(list) = route.metrics.arms.lock() {
        for (name, arm) in list.iter() {
            let weight = weights
                .iter()
                .find(|(n, _)| n == name)
                .map_or(0.0, |(_, w)| *w);
            arms.insert(
                name.clone(),
                json!({
                    "weight": weight, "requests": arm.requests.load(Relaxed), "errors": arm.errors.load(Relaxed),
                    "p50": arm.time.quantile(0.5), "p99": arm.time.quantile(0.99), "slow": slow(route, &arm.time),
                }),
            );
        }
    }
    let m = &route.metrics;
    json!({
        "requests": m.time.count(), "p50": m.time.quantile(0.5), "p99": m.time.quantile(0.99), "arms": arms,
        "shadow": { "same": m.shadow_same.load(Relaxed), "different": m.shadow_different.load(Relaxed),
            "unconfirmed": m.shadow_unconfirmed.load(Relaxed),
                    "failed": m.shadow_failed.load(Relaxed), "dropped": m.shadow_dropped.load(Relaxed) },
        "declined": m.declined.load(Relaxed), "fallbacks": m.fallbacks.load(Relaxed),
        "recorded": m.recorded.load(Relaxed), "record_dropped": m.record_dropped.load(Relaxed),
    })
}

/// Calls of this arm by powers of two of their time, so that "slower than τ" can be counted later.
fn slow(_route: &Route, time: &metrics::Histogram) -> Value {
    let edges = [
        0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096,
    ];
    Value::Array(
        edges
            .iter()
            .map(|edge| json!([edge, time.slower_than(*edge)]))
            .collect(),
    )
}
