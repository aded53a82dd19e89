//! Between a client's socket and hyper: hands on only bytes that passed the checks, and keeps the
//! clocks of slow clients.
//!
//! Of HTTP/1.1 a head is held back until it is whole and checked; bodies pass while their framing is
//! followed. What fails becomes a *refusal*: hyper is given a harmless request in place of the bytes
//! (`REFUSED_HEAD`), the service answers it with the refusal's status, and the connection ends.
//! Within a body there is no answer to give any more: the connection is cut.
//!
//! Invariants: no byte after a refusal reaches hyper; after a request for an upgrade nothing is read
//! until `Conn::decide` says how to read it; a clock never runs while the client waits for us.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::chunked::Chunks;
use super::conn::{ASKED, Conn, NONE, RAW, STAY};
use super::frames::{Frames, PREFACE};
use super::head::{self, BodyKind, Finder, HeadLimits};
use super::plain::{self, Plain};
use super::refusal::Refusal;
use super::window::Window;
use crate::transport::Transport;

/// What hyper parses in place of a head that was refused.
const REFUSED_HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: refused\r\n\r\n";
/// What is written in one piece rather than gathered by the kernel.
const TOGETHER: usize = 2 * 1024;
/// Read and dropped after the last answer, so that the client can read it before a reset.
const LINGER_BYTES: usize = 512 * 1024;
const LINGER: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct FrontLimits {
    pub head: HeadLimits,
    pub header_time: Duration,
    pub idle_time: Duration,
    /// A body or a response has to move by `least_rate × stall_time` bytes in every `stall_time`.
    pub stall_time: Duration,
    pub least_rate: u64,
    pub h2_control_per_second: u32,
    pub h2_resets_per_second: u32,
}

#[derive(Debug)]
pub(super) enum At {
    Head(Finder),
    Length(u64),
    Chunked(Chunks),
    Upgrade,
    Raw,
    H2(Frames),
    Refused,
}

pub struct Guard {
    io: Transport,
    conn: Arc<Conn>,
    limits: Arc<FrontLimits>,
    pub(super) at: At,
    /// No head has passed yet.
    first: bool,
    /// Bytes read and not handed on; the first `cleared` of them may be.
    pub(super) held: Vec<u8>,
    start: usize,
    pub(super) cleared: usize,
    pub(super) eof: bool,
    clock: Pin<Box<Sleep>>,
    clock_at: Instant,
    /// Whom the clock wakes.
    wakes: Option<Waker>,
    last_moved: Instant,
    head_started: Option<Instant>,
    window: Window,
    /// When bytes of a body were last handed on: until they are asked for again, we are the slow side.
    handed_on: Option<Instant>,
    write_window: Option<Window>,
    lingered: usize,
    linger_until: Option<Instant>,
}

impl Guard {
    pub fn new(io: Transport, conn: Arc<Conn>, limits: Arc<FrontLimits>) -> Guard {
        let now = Instant::now();
        let clock_at = now + limits.header_time;
        Guard {
            io,
            conn,
            limits,
            at: At::Head(Finder::default()),
            first: true,
            held: Vec::new(),
            start: 0,
            cleared: 0,
            eof: false,
            clock: Box::pin(tokio::time::sleep_until(clock_at.into())),
            clock_at,
            wakes: None,
            last_moved: now,
            head_started: None,
            window: Window::new(now),
            handed_on: None,
            write_window: None,
            lingered: 0,
            linger_until: None,
        }
    }

    /// Read until it is clear whether the client speaks HTTP/2 with prior knowledge. Sends nothing.
    pub async fn detect_h2(&mut self, allowed: bool) -> io::Result<bool> {
        use tokio::io::AsyncReadExt;
        let deadline = Instant::now() + self.limits.header_time.max(self.limits.idle_time);
        while !self.held.starts_with(PREFACE) {
            let n = self.held.len().min(PREFACE.len());
            if !allowed || self.held[..n] != PREFACE[..n] {
                return Ok(false);
            }
            let wait = if self.held.is_empty() {
                deadline
            } else {
                deadline.min(Instant::now() + self.limits.header_time)
            };
            let mut piece = [0; 2048];
            let n = match tokio::time::timeout_at(wait.into(), self.io.read(&mut piece)).await {
                Ok(read) => read?,
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            };
            if n == 0 {
                self.eof = true;
                return if self.held.is_empty() {
                    Err(io::ErrorKind::UnexpectedEof.into())
                } else {
                    Ok(false)
                };
            }
            self.held.extend_from_slice(&piece[..n]);
            self.last_moved = Instant::now();
        }
        self.as_h2()?;
        Ok(true)
    }

    /// The connection is HTTP/2 (by ALPN or preface).
    pub fn as_h2(&mut self) -> io::Result<()> {
        let now = Instant::now();
        let mut frames = Frames::new(
            self.limits.h2_control_per_second,
            self.limits.h2_resets_per_second,
            now,
        );
        if let Err(refusal) = frames.pass(&self.held, now) {
            return Err(self.cut(refusal));
        }
        self.cleared = self.held.len();
        self.at = At::H2(frames);
        Ok(())
    }

    fn refuse(&mut self, refusal: Refusal) {
        let _ = self.conn.refusal.set(refusal);
        self.at = At::Refused;
        self.held.clear();
        self.held.extend_from_slice(REFUSED_HEAD);
        self.start = 0;
        self.cleared = REFUSED_HEAD.len();
    }

    /// Check what is held; afterwards `cleared` of its bytes may go on (0: more is needed).
    fn clear(&mut self) -> io::Result<()> {
        let data = &self.held[self.start..];
        if data.is_empty() || self.cleared > 0 {
            return Ok(());
        }
        match &mut self.at {
            At::Head(_) => drop(self.clear_head(false)),
            At::Length(left) => {
                let n = (data.len() as u64).min(*left);
                *left -= n;
                self.cleared = n as usize;
                self.window.bytes += n;
                if *left == 0 {
                    self.at = At::Head(Finder::default());
                }
            }
            At::Chunked(chunks) => match chunks.pass(data) {
                Ok(n) => {
                    self.cleared = n;
                    self.window.bytes += n as u64;
                    if chunks.is_done() {
                        self.at = At::Head(Finder::default());
                    }
                }
                Err(refusal) => return Err(self.cut(refusal)),
            },
            At::H2(frames) => match frames.pass(data, Instant::now()) {
                Ok(()) => self.cleared = data.len(),
                Err(refusal) => return Err(self.cut(refusal)),
            },
            At::Raw => self.cleared = data.len(),
            At::Upgrade => {}
            At::Refused => self.start = self.held.len(),
        }
        Ok(())
    }

    /// Check what is held of a head. With `take`, a plain request is taken out whole; all others,
    /// and without, a head that passed is cleared.
    pub(super) fn clear_head(&mut self, take: bool) -> Option<Plain> {
        let data = &self.held[self.start..];
        let At::Head(finder) = &mut self.at else {
            return None;
        };
        // One empty line before a request is an old client's habit (RFC 9112 §2.2).
        if self.head_started.is_none() && data.starts_with(b"\r\n") {
            self.start += 2;
            self.head_started = Some(Instant::now());
            return self.clear_head(take);
        }
        if data.is_empty() || data == b"\r" {
            return None;
        }
        let limits = &self.limits.head;
        let passed = finder.find(data, limits).and_then(|end| match end {
            None => Ok(None),
            Some(end) if take => {
                // One copy, which the values share.
                let head = Bytes::copy_from_slice(&data[..end]);
                let (facts, parts) = plain::read(&head, finder.fields(), limits)?;
                Ok(Some((end, facts, parts)))
            }
            Some(end) => Ok(Some((end, head::check(&data[..end], limits)?, None))),
        });
        let (end, facts, parts) = match passed {
            // Not HTTP at all (a broken HTTP/2 preface, another protocol): nothing to answer in.
            Err(_) if self.first && !is_http(data) => {
                self.at = At::Refused;
                self.eof = true;
                self.held.clear();
                self.start = 0;
                return None;
            }
            Err(refusal) => {
                self.refuse(refusal);
                return None;
            }
            Ok(None) => {
                self.head_started = self.head_started.or_else(|| Some(Instant::now()));
                return None;
            }
            Ok(Some(passed)) => passed,
        };
        self.head_started = None;
        self.first = false;
        if let Some(parts) = parts
            && let Some(body) = plain::body(&facts, &data[end..])
        {
            self.start += end + body.len();
            self.at = At::Head(Finder::default());
            self.tidy();
            return Some(Plain { parts, body, facts });
        }
        self.cleared = end;
        self.window = Window::new(Instant::now());
        self.at = match facts.body {
            BodyKind::None if facts.upgrade => {
                self.conn.upgrade.store(ASKED, Relaxed);
                At::Upgrade
            }
            BodyKind::None => At::Head(Finder::default()),
            BodyKind::Length(n) => At::Length(n),
            BodyKind::Chunked => At::Chunked(Chunks::default()),
        };
        None
    }

    /// Give back the room of what was handed on.
    fn tidy(&mut self) {
        if self.start == self.held.len() {
            self.held.clear();
            self.start = 0;
            if self.held.capacity() > 16 * 1024 {
                self.held = Vec::new();
            }
        }
    }

    /// Read once into what is held.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [std::mem::MaybeUninit::<u8>::uninit(); 16 * 1024];
        let mut piece = ReadBuf::uninit(&mut scratch);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece))?;
        let data = piece.filled();
        if data.is_empty() {
            self.eof = true;
            return Poll::Ready(Ok(()));
        }
        self.last_moved = Instant::now();
        if self.start > 0 {
            self.held.drain(..self.start);
            self.start = 0;
        }
        self.held.extend_from_slice(data);
        Poll::Ready(Ok(()))
    }

    /// A body's framing broke, or it stalled: the request can't be finished.
    fn cut(&mut self, refusal: Refusal) -> io::Error {
        let _ = self.conn.refusal.set(refusal);
        self.conn.body_cut.store(true, Relaxed);
        self.at = At::Refused;
        self.start = self.held.len();
        self.cleared = 0;
        io::Error::new(io::ErrorKind::InvalidData, refusal)
    }

    /// Nothing to read: is the client too slow? `Ok(true)` ends the connection as if it had.
    pub(super) fn poll_clock(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let now = Instant::now();
        let busy = self.conn.in_flight.load(Relaxed) > 0;
        let deadline = match &self.at {
            At::Head(_) => match self.head_started {
                Some(started) => {
                    let deadline = started + self.limits.header_time;
                    if now >= deadline {
                        self.refuse(Refusal::new(408, "slow-headers"));
                        return Ok(false);
                    }
                    deadline
                }
                None if busy => now + self.limits.idle_time,
                None => {
                    let deadline = self.last_moved + self.limits.idle_time;
                    if now >= deadline {
                        return Ok(true);
                    }
                    deadline
                }
            },
            At::Length(_) | At::Chunked(_) => match self.window.verdict(now, &self.limits) {
                Ok(deadline) => deadline,
                Err(()) => return Err(self.cut(Refusal::new(408, "slow-body"))),
            },
            At::H2(frames) => {
                let limit = if frames.is_mid_frame() {
                    self.limits.stall_time
                } else {
                    self.limits.idle_time
                };
                let deadline = self.last_moved + limit;
                if now >= deadline && (frames.is_mid_frame() || !busy) {
                    return Ok(true);
                }
                if now >= deadline {
                    now + limit
                } else {
                    deadline
                }
            }
            At::Upgrade | At::Raw | At::Refused => return Ok(false),
        };
        self.arm(cx, deadline, now);
        Ok(false)
    }

    /// Wake this task at `deadline` or before; early wakes are cheap, late ones are not allowed.
    fn arm(&mut self, cx: &mut Context<'_>, deadline: Instant, now: Instant) {
        if deadline < self.clock_at || self.clock_at <= now {
            self.clock.as_mut().reset(deadline.into());
            self.clock_at = deadline;
        } else if self.wakes.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
            return; // it was asked for this task already
        }
        self.wakes = Some(cx.waker().clone());
        while self.clock.as_mut().poll(cx).is_ready() {
            self.clock.as_mut().reset(deadline.into());
            self.clock_at = deadline;
        }
    }

    /// A write could not go on: is the client too slow to read?
    fn poll_write_clock(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if matches!(self.at, At::Raw) {
            return Ok(());
        }
        let now = Instant::now();
        let window = self.write_window.get_or_insert(Window::new(now));
        match window.verdict(now, &self.limits) {
            Ok(deadline) => self.arm(cx, deadline, now),
            Err(()) => {
                let _ = self.conn.refusal.set(Refusal::new(408, "slow-read"));
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }

    fn wrote(
        &mut self,
        written: &Poll<io::Result<usize>>,
        asked: usize,
        cx: &mut Context<'_>,
    ) -> io::Result<()> {
        match written {
            Poll::Ready(Ok(n)) => {
                self.last_moved = Instant::now();
                if let Some(window) = &mut self.write_window {
                    window.bytes += *n as u64;
                    if *n == asked {
                        self.write_window = None;
                    }
                }
                Ok(())
            }
            Poll::Pending => self.poll_write_clock(cx),
            Poll::Ready(Err(_)) => Ok(()),
        }
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let until = *self.linger_until.get_or_insert(now + LINGER);
        let mut scratch = [std::mem::MaybeUninit::<u8>::uninit(); 8192];
        while now < until && self.lingered < LINGER_BYTES && !self.eof {
            let mut piece = ReadBuf::uninit(&mut scratch);
            match Pin::new(&mut self.io).poll_read(cx, &mut piece) {
                Poll::Ready(Ok(())) if !piece.filled().is_empty() => {
                    self.lingered += piece.filled().len()
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    self.arm(cx, until, now);
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(())
    }
}

/// Whether the first line names HTTP, or is still too short to tell.
fn is_http(data: &[u8]) -> bool {
    let line = &data[..memchr::memchr(b'\n', data).unwrap_or(data.len())];
    memchr::memmem::find(line, b" HTTP/").is_some() || line.len() == data.len()
}

impl AsyncRead for Guard {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(at) = this.handed_on.take() {
            this.window.start += at.elapsed();
        }
        loop {
            if this.cleared > 0 {
                let n = this.cleared.min(out.remaining());
                out.put_slice(&this.held[this.start..this.start + n]);
                this.start += n;
                this.cleared -= n;
                if matches!(this.at, At::Length(_) | At::Chunked(_)) {
                    this.handed_on = Some(Instant::now());
                }
                this.tidy();
                return Poll::Ready(Ok(()));
            }
            if matches!(this.at, At::Upgrade) {
                match this.conn.upgrade.load(Relaxed) {
                    RAW => this.at = At::Raw,
                    STAY => {
                        this.conn.upgrade.store(NONE, Relaxed);
                        this.at = At::Head(Finder::default());
                    }
                    _ => {
                        if let Ok(mut waker) = this.conn.waker.lock() {
                            *waker = Some(cx.waker().clone());
                        }
                        return Poll::Pending;
                    }
                }
            }
            if matches!(this.at, At::Refused) {
                if this.eof {
                    return Poll::Ready(Ok(()));
                }
                // The answer is being written; the client has nothing more to say.
                return Poll::Pending;
            }
            this.clear()?;
            if this.cleared > 0 || matches!(this.at, At::Refused) {
                continue;
            }
            if this.eof {
                return Poll::Ready(Ok(()));
            }
            match this.poll_fill(cx) {
                Poll::Ready(read) => read?,
                Poll::Pending => {
                    if this.poll_clock(cx)? {
                        this.eof = true;
                        return Poll::Ready(Ok(()));
                    }
                    if this.cleared == 0 {
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl AsyncWrite for Guard {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write(cx, buf);
        this.wrote(&written, buf.len(), cx)?;
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let total: usize = bufs.iter().map(|b| b.len()).sum();
        // A small head and body in one piece: `send` costs the kernel less than `writev`.
        if total <= TOGETHER {
            let mut piece = [0; TOGETHER];
            let mut filled = 0;
            for buf in bufs {
                piece[filled..filled + buf.len()].copy_from_slice(buf);
                filled += buf.len();
            }
            let written = Pin::new(&mut this.io).poll_write(cx, &piece[..total]);
            this.wrote(&written, total, cx)?;
            return written;
        }
        let written = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        this.wrote(&written, total, cx)?;
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.io).poll_flush(cx);
        if flushed.is_pending() {
            this.poll_write_clock(cx)?;
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger_until.is_none() {
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
            let unread =
                !matches!(&this.at, At::Head(_) | At::H2(_) | At::Raw) || !this.held.is_empty();
            if this.eof || !unread {
                return Poll::Ready(Ok(()));
            }
        }
        ready!(this.poll_linger(cx));
        Poll::Ready(Ok(()))
    }
}
