//! One request: route, read the body within its limit, call the operation, write the answer.
//!
//! | outcome | status | body |
//! |---|---|---|
//! | value | 200 | the result, JSON or MessagePack |
//! | fault (an exception of the operation) | 400, `carveout-outcome: fault` | `{"fault": {"type", "args"}}` |
//! | decline | 501, `carveout-outcome: decline` | `{"decline": reason}`: ask the reference |
//! | failure (a panic) | 500, `carveout-outcome: failure` | no detail from the inside |
//! | the contract is violated | 422 | `{"detail": [{"type", "loc", "msg", "input"}]}`, as FastAPI's |
//!
//! A body counts against the bytes all requests together may hold while it is read, a call against
//! the calls at once only from when its body is whole: clients that send slowly keep nobody out.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carveout_runtime::json::{self, Refused};
use carveout_runtime::wire::Reader;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, ALLOW, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST,
    HeaderValue, RETRY_AFTER, TRANSFER_ENCODING,
};
use hyper::{Method, Request, Response, StatusCode, Version};
use serde_json::{Value, json};

use super::Service;
use super::metrics::Ended;

/// From this average on a call runs on a blocking thread.
const LONG: Duration = Duration::from_millis(1);
/// How long a call keeps its place among the long ones: one that hangs must not keep others out.
const KEEPS_PLACE: Duration = Duration::from_secs(1);
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// What a client may go on sending before it reads that its body is too large.
const DISCARDED: usize = 64 << 20;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);
/// A client that sends nothing for this long is waiting for its answer.
const DISCARD_IDLE: Duration = Duration::from_millis(300);

/// Bodies of this size together are worth giving their memory back.
const MUCH: usize = 1 << 20;

const JSON: &str = "application/json";
const MSGPACK: &str = "application/msgpack";

type Answer = Response<Full<Bytes>>;

/// Counts a call as in flight for as long as it lives, however it ends.
struct InFlight(Arc<Service>);

impl InFlight {
    /// None when there are as many as may be.
    fn enter(service: &Arc<Service>) -> Option<Self> {
        let before = service.metrics.in_flight.fetch_add(1, Ordering::AcqRel);
        let entered = Self(Arc::clone(service));
        (before < service.max_concurrency).then_some(entered)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.metrics.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Why a body was not read to its end.
enum Unread {
    TooLarge,
    Busy,
    Broken,
    Late,
}

impl Unread {
    fn answer(&self, service: &Service) -> Answer {
        let (status, message) = match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request body too large"),
            Self::Broken => (StatusCode::BAD_REQUEST, "Request body could not be read"),
            Self::Late => (StatusCode::REQUEST_TIMEOUT, "Request body took too long"),
            Self::Busy => return last(busy(service)),
        };
        last(detail(status, message))
    }
}

/// The bytes of one body, counted among those of all.
struct Held {
    service: Arc<Service>,
    bytes: Vec<u8>,
    counted: usize,
    announced: usize,
}

impl Held {
    fn add(&mut self, piece: &[u8]) -> Result<(), Unread> {
        if self.bytes.len() + piece.len() > self.service.max_body {
            return Err(Unread::TooLarge);
        }
        self.counted += piece.len();
        let all = self
            .service
            .buffered
            .fetch_add(piece.len(), Ordering::AcqRel)
            + piece.len();
        if all > self.service.max_buffered {
            return Err(Unread::Busy);
        }
        if all > MUCH {
            self.service.held_much.notify_one();
        }
        let length = self.bytes.len() + piece.len();
        if length > self.bytes.capacity() && length <= self.announced {
            // Towards what was announced, but no further than what was sent gives credit for.
            let room = self.announced.min(4 * length);
            self.bytes.reserve_exact(room - self.bytes.len());
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.service
            .buffered
            .fetch_sub(self.counted, Ordering::AcqRel);
    }
}

pub async fn answer(
    service: Arc<Service>,
    request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    if let Some(refused) = ambiguous(&request) {
        return Ok(refused);
    }
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

/// Requests that two readers could read differently: without exactly one host, or framed oddly.
fn ambiguous(request: &Request<Incoming>) -> Option<Answer> {
    let headers = request.headers();
    if request.version() == Version::HTTP_11 && headers.get_all(HOST).iter().count() != 1 {
        return Some(last(detail(
            StatusCode::BAD_REQUEST,
            "Send exactly one Host",
        )));
    }
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let plain = match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    };
    (!plain).then(|| {
        last(detail(
            StatusCode::BAD_REQUEST,
            "The only transfer coding is chunked",
        ))
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

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    MsgPack,
}

/// The form the content type names; JSON if there is none. None for any other, or a coded body.
fn form(request: &Request<Incoming>) -> Option<Form> {
    let encoding = request.headers().get(CONTENT_ENCODING);
    if encoding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return None;
    }
    let Some(value) = request.headers().get(CONTENT_TYPE) else {
        return Some(Form::Json);
    };
    let named = value.to_str().unwrap_or_default();
    let named = named.split(';').next().unwrap_or_default().trim();
    let named = named.to_ascii_lowercase();
    match named.as_str() {
        "" | JSON => Some(Form::Json),
        MSGPACK | "application/x-msgpack" | "application/vnd.msgpack" => Some(Form::MsgPack),
        other if other.starts_with("application/") && other.ends_with("+json") => Some(Form::Json),
        _ => None,
    }
}

async fn body(service: &Arc<Service>, request: Request<Incoming>) -> Result<Held, Unread> {
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let asks_first = request.headers().contains_key(EXPECT);
    if announced.is_some_and(|length| length > service.max_body) {
        if !asks_first {
            discard(request.into_body()).await;
        }
        return Err(Unread::TooLarge);
    }
    let mut held = Held {
        service: Arc::clone(service),
        bytes: Vec::with_capacity(announced.unwrap_or(0).min(64 << 10)),
        counted: 0,
        announced: announced.unwrap_or(0),
    };
    let mut incoming = request.into_body();
    let reading = async {
        while let Some(frame) = incoming.frame().await {
            if let Ok(piece) = frame.map_err(|_| Unread::Broken)?.into_data() {
                held.add(&piece)?;
            }
        }
        Ok(())
    };
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Err(_) => Err(Unread::Late),
        Ok(Err(why @ (Unread::TooLarge | Unread::Busy))) => {
            discard(incoming).await;
            Err(why)
        }
        Ok(Err(why)) => Err(why),
        Ok(Ok(())) => Ok(held),
    }
}

/// Reads on for a while: a client that is still sending would take a closed connection for a fault
/// of the network and never see the answer.
async fn discard(mut incoming: Incoming) {
    let reading = async {
        let mut left = DISCARDED;
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(DISCARD_IDLE, incoming.frame()).await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(DISCARD_TIMEOUT, reading).await;
}

fn busy(service: &Service) -> Answer {
    service.metrics.refused.fetch_add(1, Ordering::Relaxed);
    let mut refused = detail(StatusCode::SERVICE_UNAVAILABLE, "Too many requests at once");
    refused
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    refused
}

/// Says that the connection ends: the rest of the body is not going to be read.
fn last(mut answer: Answer) -> Answer {
    answer
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

async fn call(service: Arc<Service>, index: usize, request: Request<Incoming>) -> Answer {
    let Some(form) = form(&request) else {
        return detail(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send application/json or application/msgpack",
        );
    };
    let packed_in = form == Form::MsgPack;
    let packed_out = is(&request, &ACCEPT, MSGPACK) || (packed_in && !is(&request, &ACCEPT, JSON));
    let body = match body(&service, request).await {
        Ok(body) => body,
        Err(why) => return why.answer(&service),
    };
    let Some(_in_flight) = InFlight::enter(&service) else {
        return busy(&service);
    };
    let started = Instant::now();
    let work = move |service: &Service| work(service, index, body, packed_in, packed_out);
    let long = service.metrics.average(index).is_none_or(|a| a >= LONG);
    let (ended, answer) = if long {
        let own = Arc::clone(&service);
        let place = service.long_calls.acquire().await;
        let mut running = tokio::task::spawn_blocking(move || work(&own));
        let done = match tokio::time::timeout(KEEPS_PLACE, &mut running).await {
            Ok(done) => done,
            Err(_) => {
                drop(place);
                running.await
            }
        };
        done.unwrap_or_else(|_| (Ended::Failure, failure()))
    } else {
        work(&service)
    };
    service.metrics.count(index, ended, started.elapsed());
    answer
}

fn work(
    service: &Service,
    index: usize,
    body: Held,
    packed_in: bool,
    packed_out: bool,
) -> (Ended, Answer) {
    let mut transcoded = Vec::new();
    let (held, arguments);
    if packed_in {
        held = body;
        arguments = held.bytes.as_slice();
    } else {
        let read = json::args_to_wire(&service.contract, &body.bytes, &mut transcoded);
        // As many calls as may be at once: what is no longer needed is let go of before the call.
        drop(body);
        match read {
            Ok(()) => {}
            Err(Refused::Problems(problems)) => {
                let details = json::details(&problems);
                let answer = bytes(StatusCode::UNPROCESSABLE_ENTITY, JSON, details);
                return (Ended::Invalid, answer);
            }
            Err(Refused::Unreadable) => {
                let answer = detail(StatusCode::BAD_REQUEST, json::UNREADABLE);
                return (Ended::Invalid, answer);
            }
            Err(Refused::Unsure(why)) => return (Ended::Decline, decline(&why)),
        }
        arguments = transcoded.as_slice();
    }
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
        Ok(2) => match reader.str().unwrap_or("declined") {
            why if why.starts_with(MALFORMED) => (Ended::Invalid, malformed(why)),
            why => (Ended::Decline, decline(why)),
        },
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

/// How the table begins its reason when the bytes are no arguments of the contract.
const MALFORMED: &str = "arguments: ";

/// MessagePack that is none, or not the contract's.
fn malformed(why: &str) -> Answer {
    let problem = json!({"type": "msgpack_invalid", "loc": ["body"], "msg": why});
    let body = json!({ "detail": [problem] }).to_string();
    text(StatusCode::UNPROCESSABLE_ENTITY, JSON, body)
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
