//! A connection to an HTTP/1.1 upstream, spoken to in the request's own task.
//!
//! hyper runs each connection in a task of its own, with queues to it; a third of a small request's
//! time in user space went there. A `Wire` carries the requests whose body is whole, which is nearly
//! all; bodies that stream, and upgrades, go over hyper (`connections`).
//!
//! Invariants: a `Wire` goes back to the pool only if request and answer were whole, nothing came
//! after the answer, and neither side said it would close; an answer whose length can be read in two
//! ways is the transfer coding's (RFC 9112 §6.3) and ends the connection.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use http::{Method, Response, StatusCode};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::Endpoint;
use crate::front::chunked::{Chunks, Piece};
use crate::spare;
use crate::transport::Transport;

const MAX_HEAD: usize = 256 * 1024;
const MAX_HEADERS: usize = 256;
/// A body up to this size is copied behind its head: one buffer, one write.
const TOGETHER: usize = 8 * 1024;
const READ: usize = 8 * 1024;
const READ_MOST: usize = 64 * 1024;

pub struct Wire {
    io: Transport,
    endpoint: Arc<Endpoint>,
    received: BytesMut,
    head: Vec<u8>,
    body: Bytes,
    /// How much of head and body has been written.
    sent: usize,
    marks: Vec<(Range<usize>, Range<usize>)>,
    /// Kept from request to request: it is moved only when it would ring too late.
    clock: Option<(Pin<Box<Sleep>>, Instant)>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.endpoint.connections.fetch_sub(1, Relaxed);
    }
}

/// A request with a whole body, as it goes out.
pub struct Message<'a> {
    pub method: &'a Method,
    pub target: &'a str,
    pub headers: &'a HeaderMap,
    /// In place of the request's own Host.
    pub host: Option<&'a str>,
    pub body: &'a Bytes,
}

/// Why there is no answer.
pub enum Lost {
    /// Nothing of the request had left.
    Unsent,
    /// The connection ended before a byte of an answer.
    Silent,
    Sent,
    TimedOut,
}

#[derive(Debug)]
enum Framing {
    Length(u64),
    Chunked(Chunks),
    /// To the connection's end.
    Close,
}

/// An answer's body. It has the connection until its end; `take` has it back.
pub struct Reader {
    wire: Option<Box<Wire>>,
    framing: Framing,
    keep: bool,
    done: bool,
}

struct Head {
    status: StatusCode,
    headers: HeaderMap,
    framing: Framing,
    keep: bool,
}

impl Wire {
    pub fn new(io: Transport, endpoint: Arc<Endpoint>) -> Box<Wire> {
        endpoint.connections.fetch_add(1, Relaxed);
        Box::new(Wire {
            io,
            endpoint,
            received: BytesMut::new(),
            head: Vec::with_capacity(1024),
            body: Bytes::new(),
            sent: 0,
            marks: Vec::with_capacity(16),
            clock: None,
        })
    }

    /// Nothing has come from the upstream since the last answer, not even an end.
    pub fn is_quiet(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        self.poll_receive(&mut cx, READ).is_pending()
    }

    /// Send a request and read the answer's head.
    pub async fn ask(
        mut self: Box<Self>,
        message: Message<'_>,
        until: Option<Instant>,
    ) -> Result<Response<Reader>, Lost> {
        self.write(&message);
        let is_head = message.method == Method::HEAD;
        let head = std::future::poll_fn(|cx| self.poll_answer(cx, is_head, until)).await?;
        let mut response = Response::new(Reader {
            keep: head.keep,
            framing: head.framing,
            done: false,
            wire: Some(self),
        });
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        response.body_mut().look();
        Ok(response)
    }

    fn write(&mut self, message: &Message<'_>) {
        let head = &mut self.head;
        head.clear();
        let mut line = |parts: &[&[u8]]| parts.iter().for_each(|p| head.extend_from_slice(p));
        line(&[
            message.method.as_str().as_bytes(),
            b" ",
            message.target.as_bytes(),
            b" HTTP/1.1\r\n",
        ]);
        if let Some(host) = message.host {
            line(&[b"host: ", host.as_bytes(), b"\r\n"]);
        }
        let mut said_length = false;
        for (name, value) in message.headers {
            // Framing is made anew.
            if *name == CONTENT_LENGTH || *name == TRANSFER_ENCODING {
                said_length = true;
                continue;
            }
            if *name == CONNECTION || (*name == HOST && message.host.is_some()) {
                continue;
            }
            line(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
        }
        let expects = matches!(*message.method, Method::POST | Method::PUT | Method::PATCH);
        if !message.body.is_empty() || expects || said_length {
            let mut digits = itoa::Buffer::new();
            let length = digits.format(message.body.len());
            line(&[b"content-length: ", length.as_bytes(), b"\r\n"]);
        }
        line(&[b"\r\n"]);
        if message.body.len() <= TOGETHER {
            line(&[message.body]);
            self.body = Bytes::new();
        } else {
            self.body = message.body.clone();
        }
        self.sent = 0;
    }

    fn is_sent(&self) -> bool {
        self.sent == self.head.len() + self.body.len()
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.is_sent() {
            let io = Pin::new(&mut self.io);
            let n = match self.sent.checked_sub(self.head.len()) {
                Some(at) => ready!(io.poll_write(cx, &self.body[at..]))?,
                None if self.body.is_empty() => ready!(io.poll_write(cx, &self.head[self.sent..]))?,
                None => {
                    let both = [
                        IoSlice::new(&self.head[self.sent..]),
                        IoSlice::new(&self.body),
                    ];
                    ready!(io.poll_write_vectored(cx, &both))?
                }
            };
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += n;
        }
        // Of a TLS stream something may wait in its buffer.
        if matches!(self.io, Transport::TlsClient(_)) {
            return Pin::new(&mut self.io).poll_flush(cx);
        }
        Poll::Ready(Ok(()))
    }

    /// Read once; 0 is the end. What is small comes over the stack, so that a connection that waits
    /// holds no buffer and one that does not touches none of its own.
    fn poll_receive(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<io::Result<usize>> {
        if room > READ || !self.received.is_empty() {
            self.received.reserve(room);
            return pin!(self.io.read_buf(&mut self.received)).poll(cx);
        }
        let mut scratch = [MaybeUninit::<u8>::uninit(); READ];
        let mut piece = ReadBuf::uninit(&mut scratch);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece))?;
        let data = piece.filled();
        if !data.is_empty() {
            self.received = BytesMut::from(data);
        }
        Poll::Ready(Ok(data.len()))
    }

    fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        is_head: bool,
        until: Option<Instant>,
    ) -> Poll<Result<Head, Lost>> {
        match self.poll_send(cx) {
            Poll::Ready(Err(_)) if self.sent == 0 => return Poll::Ready(Err(Lost::Unsent)),
            // It may have answered before it closed.
            _ => {}
        }
        loop {
            while !self.received.is_empty() {
                match self.parse(is_head)? {
                    Some(head) if head.status.is_informational() => {}
                    Some(head) => return Poll::Ready(Ok(head)),
                    None => break,
                }
            }
            match self.poll_receive(cx, READ) {
                Poll::Ready(Ok(0) | Err(_)) if self.received.is_empty() => {
                    return Poll::Ready(Err(Lost::Silent));
                }
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(Lost::Sent)),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => break,
            }
        }
        match until {
            Some(until) if self.rings(cx, until) => Poll::Ready(Err(Lost::TimedOut)),
            _ => Poll::Pending,
        }
    }

    fn rings(&mut self, cx: &mut Context<'_>, until: Instant) -> bool {
        let (clock, at) = self
            .clock
            .get_or_insert_with(|| (Box::pin(tokio::time::sleep_until(until.into())), until));
        if *at > until {
            clock.as_mut().reset(until.into());
            *at = until;
        }
        while clock.as_mut().poll(cx).is_ready() {
            if Instant::now() >= until {
                self.clock = None;
                return true;
            }
            clock.as_mut().reset(until.into());
            *at = until;
        }
        false
    }

    /// The head of an answer, if all of it is there.
    fn parse(&mut self, is_head: bool) -> Result<Option<Head>, Lost> {
        let mut space = [MaybeUninit::<httparse::Header<'_>>::uninit(); MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut []);
        let found = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut parsed,
            &self.received,
            &mut space,
        );
        let length = match found {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if self.received.len() < MAX_HEAD => return Ok(None),
            _ => return Err(Lost::Sent),
        };
        let (Some(version), Some(code)) = (parsed.version, parsed.code) else {
            return Err(Lost::Sent);
        };
        let status = StatusCode::from_u16(code).map_err(|_| Lost::Sent)?;
        let base = self.received.as_ptr() as usize;
        let range = |bytes: &[u8]| {
            let start = bytes.as_ptr() as usize - base;
            start..start + bytes.len()
        };
        self.marks.clear();
        for header in parsed.headers.iter() {
            // Of an empty value nothing is known of where it stands.
            let value = match header.value {
                [] => 0..0,
                value => range(value),
            };
            self.marks.push((range(header.name.as_bytes()), value));
        }
        let bytes = self.received.split_to(length).freeze();
        let mut headers = spare::headers(self.marks.len() + 4);
        let mut close = version == 0;
        let (mut chunked, mut stated) = (false, None);
        for (name, value) in &self.marks {
            let name = HeaderName::from_bytes(&bytes[name.clone()]).map_err(|_| Lost::Sent)?;
            let value = HeaderValue::from_maybe_shared(bytes.slice(value.clone()))
                .map_err(|_| Lost::Sent)?;
            if name == CONTENT_LENGTH {
                let n = length_of(value.as_bytes()).ok_or(Lost::Sent)?;
                if stated.replace(n).is_some_and(|before| before != n) {
                    return Err(Lost::Sent);
                }
                // Said twice alike is said once.
                headers.insert(name, value);
                continue;
            } else if name == TRANSFER_ENCODING {
                // A coding that we could not undo, or one too many.
                if chunked || version == 0 || !value.as_bytes().eq_ignore_ascii_case(b"chunked") {
                    return Err(Lost::Sent);
                }
                chunked = true;
            } else if name == CONNECTION {
                for token in value.as_bytes().split(|&b| b == b',') {
                    let token = token.trim_ascii();
                    if token.eq_ignore_ascii_case(b"close") {
                        close = true;
                    } else if version == 0 && token.eq_ignore_ascii_case(b"keep-alive") {
                        close = false;
                    }
                }
            }
            headers.append(name, value);
        }
        if code == 101 {
            return Err(Lost::Sent); // nobody asked
        }
        let bodiless = is_head || status.is_informational() || matches!(code, 204 | 304);
        let framing = match (bodiless, chunked, stated) {
            (true, ..) => Framing::Length(0),
            (_, true, _) => Framing::Chunked(Chunks::of_upstream()),
            (_, _, Some(n)) => Framing::Length(n),
            _ => Framing::Close,
        };
        let doubtful = chunked && stated.is_some();
        let keep = !(close || doubtful || matches!(framing, Framing::Close));
        Ok(Some(Head {
            status,
            headers,
            framing,
            keep,
        }))
    }
}

/// One length, or the same one several times (RFC 9110 §8.6).
fn length_of(value: &[u8]) -> Option<u64> {
    let one = |part: &[u8]| -> Option<u64> {
        let part = part.trim_ascii();
        if part.is_empty() || part.len() > 19 || !part.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(part).ok()?.parse().ok()
    };
    let mut parts = value.split(|&b| b == b',');
    let first = one(parts.next()?)?;
    parts.all(|part| one(part) == Some(first)).then_some(first)
}

impl Reader {
    /// Whether the body has ended with what was received already.
    fn look(&mut self) {
        if matches!(self.framing, Framing::Length(0)) {
            self.done = true;
        }
    }

    pub fn is_done(&self) -> bool {
        self.done
    }

    pub fn size_hint(&self) -> SizeHint {
        match self.framing {
            Framing::Length(left) => SizeHint::with_exact(left),
            _ if self.done => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }

    /// The connection, after a whole answer; None if it can't carry another request.
    pub fn take(&mut self) -> Option<Box<Wire>> {
        if !self.done || !self.keep {
            return None;
        }
        let mut wire = self.wire.take()?;
        if !wire.is_sent() || !wire.received.is_empty() {
            return None;
        }
        wire.received = BytesMut::new();
        wire.body = Bytes::new();
        Some(wire)
    }

    pub fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.done {
            return Poll::Ready(None);
        }
        let Some(wire) = &mut self.wire else {
            return Poll::Ready(None);
        };
        // The upstream answers before it has read all of the request.
        if !wire.is_sent() && matches!(wire.poll_send(cx), Poll::Ready(Err(_))) {
            self.keep = false;
        }
        loop {
            let mut room = READ_MOST;
            match &mut self.framing {
                Framing::Length(left) => {
                    let n = (*left).min(wire.received.len() as u64);
                    if n > 0 {
                        *left -= n;
                        self.done = *left == 0;
                        let data = wire.received.split_to(n as usize).freeze();
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                    room = room.min(*left as usize);
                }
                Framing::Chunked(chunks) => {
                    while !wire.received.is_empty() && !chunks.is_done() {
                        match chunks.next(&wire.received).map_err(io::Error::other)? {
                            Piece::Framing(n) => drop(wire.received.split_to(n)),
                            Piece::Data(n) => {
                                let data = wire.received.split_to(n).freeze();
                                return Poll::Ready(Some(Ok(Frame::data(data))));
                            }
                        }
                    }
                    if chunks.is_done() {
                        self.done = true;
                        let trailers = chunks.trailers();
                        return Poll::Ready(trailers.map(|t| Ok(Frame::trailers(t))));
                    }
                    room = READ;
                }
                Framing::Close if wire.received.is_empty() => {}
                Framing::Close => {
                    let data = wire.received.split().freeze();
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
            }
            if ready!(wire.poll_receive(cx, room))? == 0 {
                if matches!(self.framing, Framing::Close) {
                    self.done = true;
                    return Poll::Ready(None);
                }
                return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_digits_and_agree() {
        for (text, expected) in [
            ("0", Some(0)),
            ("12, 12", Some(12)),
            ("12, 13", None),
            ("+1", None),
            ("", None),
            ("1 2", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(length_of(text.as_bytes()), expected, "{text}");
        }
    }
}
