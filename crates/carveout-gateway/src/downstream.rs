//! Clients of HTTP/1.1, served in their connection's own task as long as they send plain requests.
//!
//! hyper runs two state machines over every connection, with buffers of its own; for a request without
//! a body (or with one that came with its head) none of that is needed. Such requests are taken from the
//! guard already in parts (`front::plain`), and their answers written from one buffer that all
//! connections of a core share. The first request that is anything else (a body that is still coming, an
//! upgrade, an expectation, HTTP/1.0, a refusal of the front door) goes to hyper, and so does all that
//! follows on its connection.
//!
//! Invariants: an answer says its length in one way only, and has as many bytes as it said or ends in a
//! cut; what a client sends while its request is served is held, never read on; a client that goes ends
//! its request.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue, TRAILER,
    TRANSFER_ENCODING,
};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body as _, Frame};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

use crate::body::{Body, Received};
use crate::front::chunked::is_forbidden_trailer;
use crate::front::{Conn, Guard, Next, Plain};
use crate::proxy;
use crate::spare;
use crate::state::Core;

/// A body up to this size is copied behind its head: one buffer, one write.
const TOGETHER: usize = 8 * 1024;
/// A buffer that grew beyond this is not kept.
const KEPT: usize = 64 * 1024;

/// How a connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// With hyper, which finds in the guard what is next.
    Other,
    Ended,
}

/// Serve plain requests until there is another kind, or the connection ends. Idle clients of a
/// process that drains get `last` for one more request.
pub async fn serve(
    core: &Arc<Core>,
    conn: &Arc<Conn>,
    guard: &mut Guard,
    drain: watch::Receiver<bool>,
    last: Duration,
) -> After {
    let mut drained = pin!(drained(drain, last));
    let mut watched = false;
    loop {
        let next = std::future::poll_fn(|cx| {
            if let Poll::Ready(next) = guard.poll_request(cx) {
                return Poll::Ready(next);
            }
            // Asked once, it wakes this task when the drain begins.
            if !watched || core.shared.is_draining() {
                watched = true;
                ready!(drained.as_mut().poll(cx));
                return Poll::Ready(Ok(Next::End));
            }
            Poll::Pending
        })
        .await;
        match next {
            Ok(Next::Plain(plain)) => match one(core, conn, guard, plain).await {
                Then::Next => {}
                Then::Close => break,
                Then::Cut => return After::Ended,
            },
            Ok(Next::Other) => return After::Other,
            Ok(Next::End) => break,
            // Cut: there is nobody to say goodbye to.
            Err(_) => return After::Ended,
        }
    }
    let _ = guard.shutdown().await;
    After::Ended
}

async fn drained(mut drain: watch::Receiver<bool>, last: Duration) {
    let _ = drain.wait_for(|on| *on).await;
    tokio::time::sleep(last).await;
}

/// What follows an answer.
enum Then {
    Next,
    Close,
    /// It was not whole, or there is nobody to read it.
    Cut,
}

/// One request and its answer.
async fn one(core: &Arc<Core>, conn: &Arc<Conn>, guard: &mut Guard, plain: Plain) -> Then {
    let Plain { parts, body, facts } = plain;
    let is_head = parts.method == Method::HEAD;
    let request = Request::from_parts(parts, Received::Whole(body));
    let mut answer = {
        let mut handling = pin!(proxy::handle(core.clone(), conn.clone(), request));
        let answered = std::future::poll_fn(|cx| {
            if let Poll::Ready(response) = handling.as_mut().poll(cx) {
                return Poll::Ready(Some(response));
            }
            if guard.poll_gone(cx) {
                return Poll::Ready(None);
            }
            Poll::Pending
        });
        match answered.await {
            Some(response) => Answer::new(response, is_head, facts.close, facts.trailers),
            None => return Then::Cut,
        }
    };
    match std::future::poll_fn(|cx| answer.poll(guard, cx)).await {
        Err(()) => Then::Cut,
        Ok(()) if answer.close => Then::Close,
        Ok(()) => Then::Next,
    }
}

enum Framing {
    Length(u64),
    Chunked,
}

/// An answer on its way to the client.
struct Answer {
    /// To be written: `out`, then `piece`, then a chunk's end if it is one; `sent` bytes of them have.
    out: Vec<u8>,
    piece: Bytes,
    sent: usize,
    body: Body,
    framing: Framing,
    ended: bool,
    broken: bool,
    close: bool,
    trailers: Trailers,
}

/// Which trailers of a chunked body the client gets.
enum Trailers {
    /// It said that it takes them.
    All,
    Announced(Vec<HeaderName>),
}

impl Trailers {
    fn may(&self, name: &HeaderName) -> bool {
        !is_forbidden_trailer(name.as_str().as_bytes())
            && match self {
                Trailers::All => true,
                Trailers::Announced(names) => names.contains(name),
            }
    }
}

thread_local! {
    /// The buffer that answers are put together in, while none waits for its client.
    static OUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// The second that the date is of, and the date.
    static NOW: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) };
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut out = std::mem::take(&mut self.out);
        if out.capacity() <= KEPT {
            out.clear();
            OUT.set(out);
        }
    }
}

impl Answer {
    fn new(response: Response<Body>, is_head: bool, close: bool, trailers: bool) -> Answer {
        let (parts, body) = response.into_parts();
        let mut answer = Answer {
            out: OUT.take(),
            piece: Bytes::new(),
            sent: 0,
            body,
            framing: Framing::Length(0),
            ended: false,
            broken: false,
            // Said by `proxy::handle`, when the process drains.
            close: close || parts.headers.contains_key(CONNECTION),
            trailers: if trailers {
                Trailers::All
            } else {
                Trailers::Announced(Vec::new())
            },
        };
        answer.head(parts.status, &parts.headers, is_head);
        spare::keep(parts.headers);
        answer
    }

    /// Write the head, and decide how the body is framed.
    fn head(&mut self, status: StatusCode, headers: &HeaderMap, is_head: bool) {
        let out = &mut self.out;
        let mut put = |parts: &[&[u8]]| parts.iter().for_each(|p| out.extend_from_slice(p));
        if status == StatusCode::OK {
            put(&[b"HTTP/1.1 200 OK\r\n"]);
        } else {
            let reason = status.canonical_reason().unwrap_or("<none>");
            put(&[
                b"HTTP/1.1 ",
                status.as_str().as_bytes(),
                b" ",
                reason.as_bytes(),
                b"\r\n",
            ]);
        }
        let bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || status.is_informational();
        let exact = if self.body.is_end_stream() {
            Some(0)
        } else {
            self.body.size_hint().exact()
        };
        let mut stated = None;
        let mut dated = false;
        for (name, value) in headers {
            match *name {
                // Framing is made anew.
                CONTENT_LENGTH => {
                    stated = Some(value);
                    continue;
                }
                TRANSFER_ENCODING | CONNECTION => continue,
                DATE => dated = true,
                TRAILER => {
                    let chunked = exact.is_none() && !bodiless && !is_head;
                    if !chunked {
                        continue;
                    }
                    if let Trailers::Announced(names) = &mut self.trailers {
                        names.extend(announced(value));
                    }
                }
                _ => {}
            }
            put(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
        }
        let mut digits = itoa::Buffer::new();
        if is_head {
            // What a GET would have said, as far as that is known.
            match (stated, exact) {
                (Some(stated), _) => put(&[b"content-length: ", stated.as_bytes(), b"\r\n"]),
                (None, Some(n @ 1..)) if !bodiless => {
                    put(&[b"content-length: ", digits.format(n).as_bytes(), b"\r\n"])
                }
                _ => {}
            }
            self.ended = true;
        } else if bodiless {
            self.ended = true;
        } else if let Some(n) = exact.or_else(|| stated.and_then(length)) {
            put(&[b"content-length: ", digits.format(n).as_bytes(), b"\r\n"]);
            self.framing = Framing::Length(n);
            self.ended = n == 0;
        } else {
            put(&[b"transfer-encoding: chunked\r\n"]);
            self.framing = Framing::Chunked;
        }
        if self.close {
            put(&[b"connection: close\r\n"]);
        }
        if !dated {
            put(&[b"date: "]);
            put_date(&mut self.out);
            self.out.extend_from_slice(b"\r\n");
        }
        self.out.extend_from_slice(b"\r\n");
    }

    fn poll(&mut self, guard: &mut Guard, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        loop {
            while !self.ended
                && !self.broken
                && self.sent == 0
                && self.piece.is_empty()
                && self.out.len() < TOGETHER
            {
                match Pin::new(&mut self.body).poll_frame(cx) {
                    Poll::Ready(Some(Ok(frame))) => self.take(frame),
                    Poll::Ready(Some(Err(_))) => self.broken = true,
                    Poll::Ready(None) => self.end(None),
                    Poll::Pending if self.out.is_empty() => {
                        return if guard.poll_gone(cx) {
                            Poll::Ready(Err(()))
                        } else {
                            Poll::Pending
                        };
                    }
                    Poll::Pending => break,
                }
            }
            ready!(self.poll_write(guard, cx)).map_err(drop)?;
            if self.broken {
                return Poll::Ready(Err(()));
            }
            if self.ended {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn take(&mut self, frame: Frame<Bytes>) {
        let mut data = match frame.into_data() {
            Ok(data) => data,
            Err(frame) => return self.end(frame.into_trailers().ok()),
        };
        match &mut self.framing {
            Framing::Length(left) => {
                data.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= data.len() as u64;
                self.ended = *left == 0;
            }
            Framing::Chunked if data.is_empty() => return,
            Framing::Chunked => {
                use std::io::Write as _;
                let _ = write!(self.out, "{:x}\r\n", data.len());
            }
        }
        if self.out.len() + data.len() > TOGETHER {
            self.piece = data;
            return;
        }
        self.out.extend_from_slice(&data);
        if matches!(self.framing, Framing::Chunked) {
            self.out.extend_from_slice(b"\r\n");
        }
    }

    /// The body has no more to give.
    fn end(&mut self, trailers: Option<HeaderMap>) {
        match self.framing {
            Framing::Length(0) => self.ended = true,
            // Less than was said.
            Framing::Length(_) => self.broken = true,
            Framing::Chunked => {
                self.out.extend_from_slice(b"0\r\n");
                for (name, value) in trailers.iter().flatten() {
                    if self.trailers.may(name) {
                        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                            self.out.extend_from_slice(part);
                        }
                    }
                }
                self.out.extend_from_slice(b"\r\n");
                self.ended = true;
            }
        }
    }

    /// Write all that there is.
    fn poll_write(&mut self, guard: &mut Guard, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tail: &[u8] = match self.framing {
            Framing::Chunked if !self.piece.is_empty() => b"\r\n",
            _ => b"",
        };
        let all = self.out.len() + self.piece.len() + tail.len();
        while self.sent < all {
            let io = Pin::new(&mut *guard);
            let n = if self.piece.is_empty() {
                ready!(io.poll_write(cx, &self.out[self.sent..]))?
            } else {
                let mut past = self.sent;
                let parts = [&self.out[..], &self.piece[..], tail].map(|part| {
                    let skipped = past.min(part.len());
                    past -= skipped;
                    IoSlice::new(&part[skipped..])
                });
                ready!(io.poll_write_vectored(cx, &parts))?
            };
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += n;
        }
        ready!(Pin::new(guard).poll_flush(cx))?;
        self.out.clear();
        self.piece = Bytes::new();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

/// The names in a `Trailer` field.
fn announced(value: &HeaderValue) -> impl Iterator<Item = HeaderName> + '_ {
    value
        .as_bytes()
        .split(|&b| b == b',')
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
}

fn length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse().ok()
}

/// The date of now, made once a second.
fn put_date(out: &mut Vec<u8>) {
    let now = SystemTime::now();
    let second = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    NOW.with_borrow_mut(|(of, date)| {
        if *of != second || date.is_empty() {
            *of = second;
            *date = httpdate::fmt_http_date(now);
        }
        out.extend_from_slice(date.as_bytes());
    });
}
