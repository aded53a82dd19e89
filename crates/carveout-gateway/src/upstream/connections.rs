//! Connections to endpoints: one pool for every endpoint and core.
//!
//! HTTP/1.1 connections are lent to one request and come back when its answer has been read to the
//! end; HTTP/2 connections are shared. A connection that the upstream closed while it was idle is
//! found out when it is used: the request is handed back unsent and goes out on another.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpStream, UnixStream};

use super::{Endpoint, Upstream};
use crate::body::Body;
use crate::config::model::EndpointAddress;
use crate::transport::Transport;

/// Streams on one HTTP/2 connection before another is opened.
const STREAMS: u32 = 100;

#[derive(Default)]
pub struct Pool {
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
    H1(Option<http1::SendRequest<Body>>),
    H2(Shared),
}

/// What became of a request that got no answer.
pub enum Failed {
    /// It never left; here it is.
    Unsent(Box<Request<Body>>),
    Sent,
}

impl Lease {
    pub async fn send(&mut self, request: Request<Body>) -> Result<Response<Incoming>, Failed> {
        let sent = match &mut self.kind {
            Kind::H1(Some(sender)) => sender.try_send_request(request).await,
            Kind::H1(None) => return Err(Failed::Unsent(Box::new(request))),
            Kind::H2(shared) => shared.sender.try_send_request(request).await,
        };
        sent.map_err(|mut error| {
            error
                .take_message()
                .map_or(Failed::Sent, |request| Failed::Unsent(Box::new(request)))
        })
    }

    /// The answer was read to its end: the connection may carry another request.
    pub fn done(&mut self) {
        self.whole = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.endpoint.in_flight.fetch_sub(1, Relaxed);
        match &mut self.kind {
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

/// A connection to `endpoint`, from the pool (unless `fresh`) or new.
pub async fn lease(
    upstream: &Upstream,
    endpoint: &Arc<Endpoint>,
    core: usize,
    fresh: bool,
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
    if endpoint.connections.load(Relaxed) as usize >= upstream.max_connections {
        return Err(io::Error::other("too many connections"));
    }
    let sender = connect_h1(endpoint).await?;
    Ok(lease(Kind::H1(Some(sender)), false))
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
    let old: Vec<_> = match endpoint.pools[core].lock() {
        Ok(mut pool) => {
            let (keep, old) = pool
                .idle
                .drain(..)
                .partition(|(sender, since)| since.elapsed() <= idle && !sender.is_closed());
            pool.idle = keep;
            pool.shared.retain(|s| !s.sender.is_closed());
            old
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

async fn connect(endpoint: &Endpoint) -> io::Result<Transport> {
    let stream = match &endpoint.address {
        EndpointAddress::Unix(path) => {
            return Ok(Transport::Unix(UnixStream::connect(path).await?));
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
