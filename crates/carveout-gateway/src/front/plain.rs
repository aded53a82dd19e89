//! Plain requests: of HTTP/1.1, without an expectation or an upgrade, and without a body or with one
//! that came whole behind its head. The connection's own task serves them (`downstream`); everything
//! else goes to hyper.
//!
//! Invariant: what `read` makes of a head is what `head::check` saw in it: the same walk gives both.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Uri};

use super::guard::{At, Guard};
use super::head::{self, BodyKind, HeadFacts, HeadLimits};
use super::refusal::Refusal;
use crate::spare;

/// Room for the fields that are added on the way.
const ADDED: usize = 5;

/// A body up to this size may come with its head.
const MOST_BODY: u64 = 16 * 1024;

pub struct Plain {
    pub parts: Parts,
    pub body: Bytes,
    pub facts: HeadFacts,
}

/// What a connection of HTTP/1.1 brings next.
// Moved once, to where it is used: a box would cost more.
#[allow(clippy::large_enum_variant)]
pub enum Next {
    Plain(Plain),
    /// Something that hyper reads, from here on.
    Other,
    End,
}

/// Check a head as `head::check` does, and take it apart. None: not plain, or something in it that
/// these types do not hold.
pub fn read(
    head: &Bytes,
    fields: usize,
    limits: &HeadLimits,
) -> Result<(HeadFacts, Option<Parts>), Refusal> {
    let mut headers = spare::headers(fields + ADDED);
    let mut held = true;
    let read = head::read(head, limits, |name, value| {
        let name = HeaderName::from_bytes(name);
        let value = HeaderValue::from_maybe_shared(head.slice_ref(value));
        match (name, value) {
            (Ok(name), Ok(value)) => {
                headers.append(name, value);
            }
            _ => held = false,
        }
    })?;
    let facts = read.facts;
    if !facts.plain || !held {
        return Ok((facts, None));
    }
    let (Ok(method), Ok(uri)) = (
        Method::from_bytes(read.method),
        Uri::from_maybe_shared(head.slice_ref(read.target)),
    ) else {
        return Ok((facts, None));
    };
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = method;
    parts.uri = uri;
    parts.headers = headers;
    Ok((facts, Some(parts)))
}

/// The body of a request if all of it is in `data`, the bytes behind its head.
pub fn body(facts: &HeadFacts, data: &[u8]) -> Option<Bytes> {
    match facts.body {
        BodyKind::None => Some(Bytes::new()),
        BodyKind::Length(n) if n <= MOST_BODY => data.get(..n as usize).map(Bytes::copy_from_slice),
        _ => None,
    }
}

impl Guard {
    /// The next request: taken out if it is plain; else what hyper is to read from here on.
    pub fn poll_request(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Next>> {
        loop {
            if let Some(plain) = self.clear_head(true) {
                return Poll::Ready(Ok(Next::Plain(plain)));
            }
            if self.cleared > 0 || !matches!(self.at, At::Head(_) | At::Refused) {
                return Poll::Ready(Ok(Next::Other));
            }
            if self.eof {
                return Poll::Ready(Ok(Next::End));
            }
            if self.poll_fill(cx)?.is_pending() {
                if self.poll_clock(cx)? {
                    self.eof = true;
                } else if self.cleared == 0 {
                    return Poll::Pending;
                }
            }
        }
    }

    /// Whether the client has gone while its request is served. What it sends meanwhile is held, one
    /// piece of it.
    pub fn poll_gone(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.eof && self.held.is_empty() {
            return match self.poll_fill(cx) {
                Poll::Ready(Ok(())) => self.eof,
                Poll::Ready(Err(_)) => true,
                Poll::Pending => false,
            };
        }
        self.eof
    }
}
