//! Connections to endpoints: one pool for every endpoint and core.
//!
//! HTTP/1.1 connections are lent to one request and come back when its answer has been read to the
//! end; HTTP/2 connections are shared. A request whose body is whole goes over a `wire` of our own,
//! one that streams or wants an upgrade over hyper's client. A connection that the upstream closed
//! while it was idle is found out when it is used: the request goes out on another.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};

use http::Response;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpStream, UnixStream};

use super::wire::{Lost, Message, Wire};
use super::{Endpoint, Upstream};
use crate::body::{Answered, Body};
use crate::config::model::EndpointAddress;
use crate::front::Refusal;
use crate::outgoing::{Outgoing, Source};
use crate::transport::Transport;

/// Streams on one HTTP/2 connection before another is opened.
const STREAMS: u32 = 100;

#[derive(Default)]
pub struct Pool {
    wires: Vec<(Box<Wire>, Instant)>,
    idle: Vec<(http1::SendRequest<Body>, Instant)>,
    shared: Vec<Shared>,
}

#[derive(Clone)]
struct Shared {
    sender: http2::SendRequest<Body>,
    streams: Arc<AtomicU32>,
}

/// A connection lent to one request.
pub struct Lease {
    endpoint: Arc<Endpoint>,
    core: usize,
    max_idle: usize,
    kind: Kind,
    whole: bool,
    /// Whether it had carried requests before: a failure may be an idle close then.
    pub reused: bool,
}

enum Kind {
    Wire(Option<Box<Wire>>),
    H1(Option<http1::SendRequest<Body>>),
    H2(Shared),
}

/// What became of a request that got no answer.
pub enum Failed {
    /// It never left; its body is back in its place.
    Unsent,
    /// It left, and the connection ended without a byte of an answer.
    Silent,
    Sent,
    TimedOut,
    Refused(Refusal),
}

impl From<Lost> for Failed {
    fn from(lost: Lost) -> Failed {
        match lost {
            Lost::Unsent => Failed::Unsent,
            Lost::Silent => Failed::Silent,
            Lost::Sent => Failed::Sent,
            Lost::TimedOut => Failed::TimedOut,
        }
    }
}

impl Lease {
    pub async fn send(
        &mut self,
        outgoing: &mut Outgoing,
        until: Option<Instant>,
    ) -> Result<Response<Answered>, Failed> {
        if let Kind::Wire(wire) = &mut self.kind {
            let (Some(wire), Source::Kept(body, _)) = (wire.take(), &outgoing.source) else {
                return Err(Failed::Unsent);
            };
            let message = Message {
                method: &outgoing.parts.method,
                target: outgoing
                    .parts
                    .uri
                    .path_and_query()
                    .map_or("/", |p| p.as_str()),
                headers: &outgoing.parts.headers,
                host: (!outgoing.keep_host).then_some(&self.endpoint.host),
                body,
            };
            let answer = wire.ask(message, until).await?;
            return Ok(answer.map(Answered::Wire));
        }
        let Some(body) = outgoing.source.take() else {
            return Err(Failed::Refused(Refusal::new(502, "upstream-failed")));
        };
        let request = outgoing
            .build(&self.endpoint, body)
            .map_err(Failed::Refused)?;
        let sending = async {
            match &mut self.kind {
                Kind::H1(Some(sender)) => sender.try_send_request(request).await,
                Kind::H2(shared) => shared.sender.try_send_request(request).await,
                // A lease always has what it was made with.
                Kind::H1(None) | Kind::Wire(_) => std::future::pending().await,
            }
        };
        let sent = match until {
            None => sending.await,
            Some(until) => match tokio::time::timeout_at(until.into(), sending).await {
                Ok(sent) => sent,
                Err(_) => return Err(Failed::TimedOut),
            },
        };
        match sent {
            Ok(response) => Ok(response.map(Answered::Hyper)),
            Err(mut error) => match error.take_message() {
                Some(request) => {
                    outgoing.source.give_back(request.into_body());
                    Err(Failed::Unsent)
                }
                None => Err(Failed::Sent),
            },
        }
    }

    /// The answer was read to its end: the connection may carry another request.
    pub fn done(&mut self, body: &mut Answered) {
        self.whole = true;
        if let (Kind::Wire(place), Answered::Wire(reader)) = (&mut self.kind, body) {
            *place = reader.take();
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.endpoint.in_flight.fetch_sub(1, Relaxed);
        match &mut self.kind {
            Kind::Wire(wire) => {
                let Some(wire) = wire.take().filter(|_| self.whole) else {
                    return;
                };
                if let Ok(mut pool) = self.endpoint.pools[self.core].lock()
                    && pool.wires.len() < self.max_idle
                {
                    pool.wires.push((wire, Instant::now()));
                }
            }
            Kind::H1(sender) => {
                let Some(sender) = sender.take().filter(|s| self.whole && !s.is_closed()) else {
                    return;
                };
                if let Ok(mut pool) = self.endpoint.pools[self.core].lock()
                    && pool.idle.len() < self.max_idle
                {
                    pool.idle.push((sender, Instant::now()));
                }
            }
            Kind::H2(shared) => {
                shared.streams.fetch_sub(1, Relaxed);
            }
        }
    }
}

/// A connection to `endpoint`, from the pool (unless `fresh`) or new; for a request whose body
/// `streams` or that wants an upgrade, one of hyper's.
pub async fn lease(
    upstream: &Upstream,
    endpoint: &Arc<Endpoint>,
    core: usize,
    fresh: bool,
    streams: bool,
) -> io::Result<Lease> {
    let lease = |kind, reused| {
        endpoint.in_flight.fetch_add(1, Relaxed);
        Lease {
            endpoint: endpoint.clone(),
            core,
            max_idle: upstream.max_idle,
            kind,
            whole: false,
            reused,
        }
    };
    if endpoint.h2 {
        if let Some(shared) = shared(endpoint, core, fresh) {
            return Ok(lease(Kind::H2(shared), true));
        }
        let shared = Shared {
            sender: connect_h2(endpoint).await?,
            streams: Arc::new(AtomicU32::new(1)),
        };
        if let Ok(mut pool) = endpoint.pools[core].lock() {
            pool.shared.retain(|s| !s.sender.is_closed());
            pool.shared.push(shared.clone());
        }
        return Ok(lease(Kind::H2(shared), false));
    }
    if !streams {
        let pop = || endpoint.pools[core].lock().ok()?.wires.pop();
        while let Some((mut wire, since)) = if fresh { None } else { pop() } {
            if since.elapsed() <= upstream.idle && wire.is_quiet() {
                return Ok(lease(Kind::Wire(Some(wire)), true));
            }
        }
        may_open(upstream, endpoint)?;
        let wire = Wire::new(open(endpoint).await?, endpoint.clone());
        return Ok(lease(Kind::Wire(Some(wire)), false));
    }
    loop {
        let pop = || {
            endpoint.pools[core]
                .lock()
                .ok()
                .and_then(|mut pool| pool.idle.pop())
        };
        let taken = if fresh { None } else { pop() };
        let Some((mut sender, since)) = taken else {
            break;
        };
        if since.elapsed() > upstream.idle || sender.is_closed() {
            continue;
        }
        if is_ready_soon(&mut sender).await {
            return Ok(lease(Kind::H1(Some(sender)), true));
        }
    }
    may_open(upstream, endpoint)?;
    let sender = connect_h1(endpoint).await?;
    Ok(lease(Kind::H1(Some(sender)), false))
}

fn may_open(upstream: &Upstream, endpoint: &Endpoint) -> io::Result<()> {
    if endpoint.connections.load(Relaxed) as usize >= upstream.max_connections {
        return Err(io::Error::other("too many connections"));
    }
    Ok(())
}

fn shared(endpoint: &Endpoint, core: usize, fresh: bool) -> Option<Shared> {
    let mut pool = endpoint.pools[core].lock().ok()?;
    if fresh {
        pool.shared.clear();
        return None;
    }
    pool.shared.retain(|s| !s.sender.is_closed());
    let found = pool
        .shared
        .iter()
        .find(|s| s.streams.load(Relaxed) < STREAMS)?;
    found.streams.fetch_add(1, Relaxed);
    Some(found.clone())
}

/// The connection's task frees it just after the last byte of an answer; it gets one turn to.
async fn is_ready_soon(sender: &mut http1::SendRequest<Body>) -> bool {
    for turn in 0..2 {
        let state = std::future::poll_fn(|cx| Poll::Ready(sender.poll_ready(cx))).await;
        match state {
            Poll::Ready(result) => return result.is_ok(),
            Poll::Pending if turn == 0 => tokio::task::yield_now().await,
            Poll::Pending => {}
        }
    }
    false
}

/// Close what has been idle for too long. Called now and then on each core.
pub fn sweep(endpoint: &Endpoint, core: usize, idle: Duration) {
    let (old, _closing) = match endpoint.pools[core].lock() {
        Ok(mut pool) => {
            let mut closing = Vec::new();
            for (mut wire, since) in std::mem::take(&mut pool.wires) {
                if since.elapsed() <= idle && wire.is_quiet() {
                    pool.wires.push((wire, since));
                } else {
                    closing.push(wire);
                }
            }
            let (keep, old): (Vec<_>, Vec<_>) = pool
                .idle
                .drain(..)
                .partition(|(sender, since)| since.elapsed() <= idle && !sender.is_closed());
            pool.idle = keep;
            pool.shared.retain(|s| !s.sender.is_closed());
            (old, closing)
        }
        Err(_) => return,
    };
    drop(old);
}

async fn connect_h1(endpoint: &Arc<Endpoint>) -> io::Result<http1::SendRequest<Body>> {
    let io = open(endpoint).await?;
    let (sender, connection) = http1::Builder::new()
        .max_headers(256)
        .handshake(TokioIo::new(io))
        .await
        .map_err(io::Error::other)?;
    let endpoint = endpoint.clone();
    endpoint.connections.fetch_add(1, Relaxed);
    tokio::spawn(async move {
        let _ = connection.with_upgrades().await;
        endpoint.connections.fetch_sub(1, Relaxed);
    });
    Ok(sender)
}

async fn connect_h2(endpoint: &Arc<Endpoint>) -> io::Result<http2::SendRequest<Body>> {
    let io = open(endpoint).await?;
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(hyper_util::rt::TokioTimer::new())
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        .keep_alive_interval(Duration::from_secs(30))
        .handshake(TokioIo::new(io))
        .await
        .map_err(io::Error::other)?;
    let endpoint = endpoint.clone();
    endpoint.connections.fetch_add(1, Relaxed);
    tokio::spawn(async move {
        let _ = connection.await;
        endpoint.connections.fetch_sub(1, Relaxed);
    });
    Ok(sender)
}

/// A connected stream, with TLS where the endpoint has it, within the connect time-out.
pub async fn open(endpoint: &Endpoint) -> io::Result<Transport> {
    match tokio::time::timeout(endpoint.connect_timeout, connect(endpoint)).await {
        Ok(connected) => connected,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Many at once overflow the upstream's queue, which a Unix socket says at once: it is asked again,
/// within the connect time-out, as the kernel does for TCP.
async fn connect_unix(path: &std::path::Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(path).await {
            Err(full) if full.kind() == io::ErrorKind::WouldBlock => {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            connected => return connected,
        }
    }
}

async fn connect(endpoint: &Endpoint) -> io::Result<Transport> {
    let stream = match &endpoint.address {
        EndpointAddress::Unix(path) => {
            return connect_unix(path).await.map(Transport::Unix);
        }
        EndpointAddress::Ip(address) => TcpStream::connect(address).await?,
        EndpointAddress::Name(name, port) => TcpStream::connect((name.as_str(), *port)).await?,
    };
    stream.set_nodelay(true)?;
    let Some(tls) = &endpoint.tls else {
        return Ok(Transport::Tcp(stream));
    };
    let bare = match &endpoint.address {
        EndpointAddress::Ip(address) => address.ip().to_string(),
        EndpointAddress::Name(name, _) => name.clone(),
        EndpointAddress::Unix(_) => "localhost".to_string(),
    };
    let name = rustls::pki_types::ServerName::try_from(bare).map_err(io::Error::other)?;
    let stream = tokio_rustls::TlsConnector::from(tls.clone())
        .connect(name, stream)
        .await?;
    if endpoint.h2 && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Err(io::Error::other("the upstream does not speak h2"));
    }
    Ok(Transport::TlsClient(Box::new(stream)))
}
