//! The bodies that pass through: streamed both ways, never gathered unless a rule needs a copy.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Sleep;

use crate::finish::Finish;
use crate::shadow::Copy;
use crate::streams::{self, PIECE};
use crate::upstream::connections::Lease;
use crate::upstream::wire::Reader;

pub type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(Default)]
pub enum Body {
    #[default]
    Empty,
    Full(Bytes),
    Request(Box<RequestBody>),
    Response(Box<ResponseBody>),
}

/// A client's body: whole, where it came with its head, or as hyper gives it.
pub enum Received {
    Whole(Bytes),
    Hyper(Incoming),
}

/// A request's body on its way up: what was already read, then the rest.
pub struct RequestBody {
    pub prefix: Option<Bytes>,
    pub inner: Option<Incoming>,
    pub trailers: Option<HeaderMap>,
    pub left: u64,
    /// Set when the client sent more than is allowed.
    pub over: Arc<AtomicBool>,
}

/// An upstream's answer's body, from hyper or from a wire of our own.
pub enum Answered {
    Hyper(Incoming),
    Wire(Reader),
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = match self.get_mut() {
            Answered::Hyper(body) => {
                ready!(Pin::new(body).poll_frame(cx)).map(|f| f.map_err(Into::into))
            }
            Answered::Wire(body) => ready!(body.poll_frame(cx)).map(|f| f.map_err(Into::into)),
        };
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Answered::Hyper(body) => body.is_end_stream(),
            Answered::Wire(body) => body.is_done(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answered::Hyper(body) => body.size_hint(),
            Answered::Wire(body) => body.size_hint(),
        }
    }
}

/// An answer's body on its way down.
pub struct ResponseBody {
    pub inner: Answered,
    /// What was received and is for the next pieces.
    pub rest: Bytes,
    pub lease: Option<Lease>,
    pub finish: Option<Finish>,
    pub idle: Duration,
    pub clock: Option<Pin<Box<Sleep>>>,
    /// The answer's bytes for a comparison with the shadow's.
    pub copy: Option<Box<Copy>>,
}

impl Body {
    pub fn full(bytes: impl Into<Bytes>) -> Body {
        Body::Full(bytes.into())
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.get_mut() {
            Body::Empty => Poll::Ready(None),
            body @ Body::Full(_) => {
                let Body::Full(bytes) = std::mem::take(body) else {
                    return Poll::Ready(None);
                };
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Body::Request(body) => body.poll_frame(cx),
            Body::Response(body) => body.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Body::Empty => true,
            Body::Full(bytes) => bytes.is_empty(),
            Body::Request(body) => {
                body.prefix.is_none()
                    && body.trailers.is_none()
                    && body.inner.as_ref().is_none_or(HttpBody::is_end_stream)
            }
            Body::Response(body) => body.is_done(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Empty => SizeHint::with_exact(0),
            Body::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Body::Request(body) => {
                let prefix = body.prefix.as_ref().map_or(0, |p| p.len() as u64);
                match body.inner.as_ref().map(HttpBody::size_hint) {
                    None if body.trailers.is_none() => SizeHint::with_exact(prefix),
                    Some(hint) if hint.exact().is_some() => {
                        SizeHint::with_exact(prefix + hint.exact().unwrap_or(0))
                    }
                    _ => SizeHint::default(),
                }
            }
            Body::Response(body) => match body.inner.size_hint().exact() {
                Some(left) => SizeHint::with_exact(left + body.rest.len() as u64),
                None => SizeHint::default(),
            },
        }
    }
}

impl RequestBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(prefix) = self.prefix.take() {
            return Poll::Ready(Some(Ok(Frame::data(prefix))));
        }
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(
                self.trailers
                    .take()
                    .map(|trailers| Ok(Frame::trailers(trailers))),
            );
        };
        let frame = ready!(Pin::new(inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            let n = data.len() as u64;
            if n > self.left {
                self.over.store(true, Relaxed);
                self.inner = None;
                return Poll::Ready(Some(Err("the body is larger than allowed".into())));
            }
            self.left -= n;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }
}

impl ResponseBody {
    fn is_done(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if !self.rest.is_empty() {
            let piece = self.rest.split_to(self.rest.len().min(PIECE));
            return Poll::Ready(Some(Ok(self.gives(Frame::data(piece)))));
        }
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.clock = None;
                let frame = match frame.into_data() {
                    Ok(mut data) if data.len() > PIECE && streams::within() => {
                        let piece = data.split_to(PIECE);
                        self.rest = data;
                        Frame::data(piece)
                    }
                    Ok(data) => Frame::data(data),
                    Err(trailers) => trailers,
                };
                Poll::Ready(Some(Ok(self.gives(frame))))
            }
            Poll::Ready(None) => {
                self.end();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                self.broken();
                Poll::Ready(Some(Err(error)))
            }
            Poll::Pending if self.idle.is_zero() => {
                streams::waits();
                Poll::Pending
            }
            Poll::Pending => {
                streams::waits();
                let idle = self.idle;
                let clock = self
                    .clock
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
                ready!(clock.as_mut().poll(cx));
                self.broken();
                Poll::Ready(Some(
                    Err("the upstream has been silent for too long".into()),
                ))
            }
        }
    }

    fn gives(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        streams::gave();
        if let (Some(data), Some(finish)) = (frame.data_ref(), &mut self.finish) {
            finish.passed(data);
        }
        if let (Some(data), Some(copy)) = (frame.data_ref(), &mut self.copy) {
            copy.passed(data);
        }
        if self.is_done() {
            self.end();
        }
        frame
    }

    fn end(&mut self) {
        if let Some(mut lease) = self.lease.take() {
            lease.done(&mut self.inner);
        }
        if let Some(mut finish) = self.finish.take() {
            finish.whole = true;
        }
        if let Some(copy) = self.copy.take() {
            copy.end();
        }
    }

    fn broken(&mut self) {
        if let Some(finish) = &mut self.finish {
            finish.broken = true;
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        if self.is_done() {
            self.end();
        }
    }
}

/// A request body that was read ahead, so that it can be sent more than once.
pub struct Ahead {
    pub bytes: Bytes,
    pub trailers: Option<HeaderMap>,
    /// What was too much to keep; the body can be sent only once then.
    pub rest: Option<Incoming>,
}

/// Why a body could not be read.
pub enum Late {
    Cut,
    Stalled,
}

/// Read up to `limit` bytes ahead. Nothing for as long as `stall`, or less than `least_rate` bytes a
/// second over longer, is an error: of HTTP/2 nobody else looks at a single request's clock.
pub async fn read_ahead(
    mut incoming: Incoming,
    limit: usize,
    stall: Duration,
    least_rate: u64,
) -> Result<Ahead, Late> {
    let started = Instant::now();
    let mut first: Option<Bytes> = None;
    let mut gathered: Option<BytesMut> = None;
    let mut size = 0;
    let mut trailers = None;
    let mut rest = None;
    if incoming.size_hint().lower() > limit as u64 {
        return Ok(Ahead {
            bytes: Bytes::new(),
            trailers: None,
            rest: Some(incoming),
        });
    }
    loop {
        let frame = match tokio::time::timeout(stall, incoming.frame()).await {
            Ok(None) => break,
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => return Err(Late::Cut),
            Err(_) => return Err(Late::Stalled),
        };
        match frame.into_data() {
            Ok(data) => {
                size += data.len();
                let passed = started.elapsed();
                if passed > stall && (size as u64) < least_rate * passed.as_secs() {
                    return Err(Late::Stalled);
                }
                match (&mut first, &mut gathered) {
                    (None, None) => first = Some(data),
                    (Some(start), None) => {
                        let mut all = BytesMut::with_capacity((start.len() + data.len()) * 2);
                        all.extend_from_slice(start);
                        all.extend_from_slice(&data);
                        gathered = Some(all);
                    }
                    (_, Some(all)) => all.extend_from_slice(&data),
                }
                if size > limit {
                    rest = Some(incoming);
                    break;
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    let bytes = gathered.map(BytesMut::freeze).or(first).unwrap_or_default();
    Ok(Ahead {
        bytes,
        trailers,
        rest,
    })
}
