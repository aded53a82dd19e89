//! One request: route, read the body within its limit, call the operation, write the answer.
//!
//! | outcome | status | body |
//! |---|---|---|
//! | value | 200 | the result, JSON or MessagePack |
//! | fault (an exception of the operation) | 400, `carveout-outcome: fault` | `{"fault": {"type", "args"}}` |
//! | decline | 501, `carveout-outcome: decline` | `{"decline": reason}`: ask the reference |
//! | failure (a panic) | 500, `carveout-outcome: failure` | no detail from the inside |
//! | the contract is violated | 422 | `{"detail": [{"type", "loc", "msg"}]}` |

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carveout_runtime::json::{self, Loc, Problem};
use carveout_runtime::wire::Reader;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::Service;
use super::metrics::Ended;

/// From this average on a call runs on a blocking thread.
const LONG: Duration = Duration::from_millis(1);
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

const JSON: &str = "application/json";
const MSGPACK: &str = "application/msgpack";

type Answer = Response<Full<Bytes>>;

/// Counts a request as in flight for as long as it lives, however it ends.
struct InFlight(Arc<Service>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.metrics.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

pub async fn answer(
    service: Arc<Service>,
    request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    let path = request.uri().path();
    let get = request.method() == Method::GET || request.method() == Method::HEAD;
    Ok(match path {
        "/health" if get => text(StatusCode::OK, JSON, "{\"status\":\"ok\"}".into()),
        "/metrics" if get => text(
            StatusCode::OK,
            "text/plain; version=0.0.4",
            service.metrics.text(),
        ),
        "/openapi.json" if get => text(StatusCode::OK, JSON, service.openapi.clone()),
        "/health" | "/metrics" | "/openapi.json" => not_allowed("GET, HEAD"),
        _ => match operation(&service, path) {
            None => detail(StatusCode::NOT_FOUND, "Not Found"),
            Some(_) if request.method() != Method::POST => not_allowed("POST"),
            Some(index) => call(service, index, request).await,
        },
    })
}

/// `/pkg.mod:func`, with the colon also as `%3A`.
fn operation(service: &Service, path: &str) -> Option<usize> {
    let name = path.strip_prefix('/')?;
    let decoded;
    let name = if name.contains('%') {
        decoded = name.replace("%3A", ":").replace("%3a", ":");
        decoded.as_str()
    } else {
        name
    };
    service.table.ops.iter().position(|op| op.name == name)
}

async fn call(service: Arc<Service>, index: usize, request: Request<Incoming>) -> Answer {
    let before = service.metrics.in_flight.fetch_add(1, Ordering::AcqRel);
    let _in_flight = InFlight(Arc::clone(&service));
    if before >= service.max_concurrency {
        service.metrics.refused.fetch_add(1, Ordering::Relaxed);
        let mut refused = detail(StatusCode::SERVICE_UNAVAILABLE, "Too many requests at once");
        refused
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return refused;
    }
    let packed_in = is(&request, &CONTENT_TYPE, MSGPACK);
    let packed_out = is(&request, &ACCEPT, MSGPACK) || (packed_in && !is(&request, &ACCEPT, JSON));
    let limited = Limited::new(request.into_body(), service.max_body);
    let body = match tokio::time::timeout(BODY_TIMEOUT, limited.collect()).await {
        Err(_) => return detail(StatusCode::REQUEST_TIMEOUT, "Request body took too long"),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return detail(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large");
        }
        Ok(Err(_)) => return detail(StatusCode::BAD_REQUEST, "Request body could not be read"),
        Ok(Ok(body)) => body.to_bytes(),
    };
    let started = Instant::now();
    let work = move |service: &Service| work(service, index, &body, packed_in, packed_out);
    let long = service.metrics.average(index).is_none_or(|a| a >= LONG);
    let (ended, answer) = if long {
        let own = Arc::clone(&service);
        match tokio::task::spawn_blocking(move || work(&own)).await {
            Ok(done) => done,
            Err(_) => (Ended::Failure, failure()),
        }
    } else {
        work(&service)
    };
    service.metrics.count(index, ended, started.elapsed());
    answer
}

fn work(
    service: &Service,
    index: usize,
    body: &[u8],
    packed_in: bool,
    packed_out: bool,
) -> (Ended, Answer) {
    let mut transcoded = Vec::new();
    let arguments = if packed_in {
        body
    } else {
        if let Err(problems) = json::args_to_wire(&service.contract, body, &mut transcoded) {
            return (Ended::Invalid, unprocessable(&problems));
        }
        &transcoded
    };
    let mut outcome = Vec::with_capacity(256);
    let started = Instant::now();
    (service.table.ops[index].call_wire)(arguments, &mut outcome);
    service.metrics.learn(index, started.elapsed());
    render(service, &outcome, packed_out)
}

fn render(service: &Service, outcome: &[u8], packed: bool) -> (Ended, Answer) {
    let mut reader = Reader::new(outcome);
    let kind = reader.array().and_then(|_| reader.index());
    let payload = &outcome[reader.position().min(outcome.len())..];
    match kind {
        Ok(0) if packed => (
            Ended::Value,
            bytes(StatusCode::OK, MSGPACK, payload.to_vec()),
        ),
        Ok(0) => {
            let mut out = Vec::with_capacity(payload.len() * 2);
            match json::result_to_json(&service.contract, payload, &mut out) {
                Ok(()) => (Ended::Value, bytes(StatusCode::OK, JSON, out)),
                // A value JSON has no words for (NaN): the reference's framework decides.
                Err(reason) => (Ended::Decline, decline(&reason)),
            }
        }
        Ok(1) => (Ended::Fault, fault(&mut reader)),
        Ok(2) => (Ended::Decline, decline(reader.str().unwrap_or("declined"))),
        _ => (Ended::Failure, failure()),
    }
}

fn fault(reader: &mut Reader<'_>) -> Answer {
    let kind = reader.str().unwrap_or("builtins:Exception").to_owned();
    let arguments = json::free_value(reader).unwrap_or(Value::Null);
    tagged(
        StatusCode::BAD_REQUEST,
        "fault",
        &json!({"fault": {"type": kind, "args": arguments}}),
    )
}

fn decline(reason: &str) -> Answer {
    tagged(
        StatusCode::NOT_IMPLEMENTED,
        "decline",
        &json!({ "decline": reason }),
    )
}

fn failure() -> Answer {
    tagged(
        StatusCode::INTERNAL_SERVER_ERROR,
        "failure",
        &json!({"detail": "Internal Server Error"}),
    )
}

fn unprocessable(problems: &[Problem]) -> Answer {
    let listed: Vec<Value> = problems
        .iter()
        .map(|problem| {
            let mut place = vec![Value::from("body")];
            place.extend(problem.loc.iter().map(|step| match step {
                Loc::Key(key) => Value::from(key.as_str()),
                Loc::Index(index) => Value::from(*index),
            }));
            json!({"type": problem.kind, "loc": place, "msg": problem.msg})
        })
        .collect();
    text(
        StatusCode::UNPROCESSABLE_ENTITY,
        JSON,
        json!({ "detail": listed }).to_string(),
    )
}

fn tagged(status: StatusCode, outcome: &'static str, body: &Value) -> Answer {
    let mut answer = text(status, JSON, body.to_string());
    answer
        .headers_mut()
        .insert("carveout-outcome", HeaderValue::from_static(outcome));
    answer
}

fn not_allowed(allowed: &'static str) -> Answer {
    let mut answer = detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

fn detail(status: StatusCode, message: &str) -> Answer {
    text(status, JSON, json!({ "detail": message }).to_string())
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Answer {
    bytes(status, content_type, body.into_bytes())
}

fn bytes(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

fn is(request: &Request<Incoming>, name: &hyper::header::HeaderName, wanted: &str) -> bool {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split([',', ';'])
                .any(|part| part.trim().eq_ignore_ascii_case(wanted))
        })
}
