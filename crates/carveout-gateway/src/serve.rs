//! Connections: accepted on their core, counted, unwrapped (PROXY, TLS), spoken to in their own task
//! (`downstream`) or by hyper.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::body::{Body, Received};
use crate::downstream::{self, After};
use crate::front::{Conn, Guard};
use crate::proxy;
use crate::snapshot::Snapshot;
use crate::state::{Core, Seat};
use crate::streams::Streams;
use crate::transport::Transport;

/// While draining, idle clients get this long to send the request they may be writing just now;
/// its answer says `Connection: close`.
const LAST_REQUEST: Duration = Duration::from_secs(3);

/// Connections of one address where the configuration does not say.
const PER_ADDRESS: u32 = 2_048;

/// Accept until the process drains. `index` is the listener's place in the configuration.
pub async fn accept(core: Arc<Core>, listener: TcpListener, index: usize) {
    let mut drain = core.shared.drain.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = drain.wait_for(|on| *on) => break,
        };
        match accepted {
            Ok((stream, peer)) => admit(&core, stream, peer, index),
            Err(error) if is_passing(&error) => {}
            // Out of descriptors, mostly: others have to end first.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    // Whoever is in the queue already was let in by the kernel: serve them, unless another process
    // listens on the same socket and will.
    if !core.shared.handed_over.load(Relaxed) {
        while let Ok(Ok((stream, peer))) =
            tokio::time::timeout(Duration::from_millis(50), listener.accept()).await
        {
            admit(&core, stream, peer, index);
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

fn admit(core: &Arc<Core>, stream: TcpStream, peer: SocketAddr, index: usize) {
    let shared = &core.shared;
    shared.totals.accepted.fetch_add(1, Relaxed);
    let snapshot = shared.snapshot.load_full();
    let limits = &snapshot.config.limits;
    let most = limits.connections_per_address.unwrap_or_else(|| {
        // Behind a proxy the peer is not the client.
        let ip = peer.ip().to_canonical();
        let many = ip.is_loopback()
            || crate::filters::forwarded::is_trusted(ip, &snapshot.config.trusted_proxies);
        if many { u32::MAX } else { PER_ADDRESS }
    });
    let Some(seat) = Seat::take(shared, peer.ip(), limits.connections, most) else {
        shared.totals.refused_connections.fetch_add(1, Relaxed);
        return;
    };
    let core = core.clone();
    tokio::spawn(async move {
        let _seat = seat;
        core.shared.totals.open.fetch_add(1, Relaxed);
        let _ = connection(&core, stream, peer, index, &snapshot).await;
        core.shared.totals.open.fetch_sub(1, Relaxed);
    });
}

async fn connection(
    core: &Arc<Core>,
    mut stream: TcpStream,
    mut peer: SocketAddr,
    index: usize,
    snapshot: &Arc<Snapshot>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let rules = snapshot
        .config
        .listeners
        .get(index)
        .ok_or(io::ErrorKind::NotFound)?;
    let mut local = stream.local_addr()?;
    let wait = snapshot.config.timeouts.header;
    if rules.proxy_protocol {
        let trusted = &snapshot.config.trusted_proxies;
        if !trusted.is_empty()
            && !crate::filters::forwarded::is_trusted(peer.ip().to_canonical(), trusted)
        {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let read = tokio::time::timeout(wait, crate::proxy_protocol::read(&mut stream)).await;
        if let Some((source, destination)) =
            read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??
        {
            (peer, local) = (source, destination);
        }
    }
    let (transport, alpn_h2, certified) = match snapshot.tls.get(index).and_then(Option::as_ref) {
        None => (Transport::Tcp(stream), false, false),
        Some(tls) => {
            let accepting = tokio_rustls::TlsAcceptor::from(tls.clone()).accept(stream);
            match tokio::time::timeout(wait, accepting).await {
                Ok(Ok(stream)) => {
                    let session = stream.get_ref().1;
                    let (h2, certified) = (
                        session.alpn_protocol() == Some(b"h2"),
                        session.peer_certificates().is_some(),
                    );
                    (Transport::TlsServer(Box::new(stream)), h2, certified)
                }
                _ => {
                    core.shared.totals.tls_failures.fetch_add(1, Relaxed);
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
        }
    };
    let tls = matches!(transport, Transport::TlsServer(_));
    let conn = Arc::new(Conn::new(peer, local, tls, certified));
    let mut guard = Guard::new(transport, conn.clone(), snapshot.front.clone());
    let detected = if alpn_h2 {
        guard.as_h2().map(|()| true)
    } else {
        // Prior knowledge, without TLS only.
        guard.detect_h2(rules.h2 && !tls).await
    };
    let h2 = match detected {
        Ok(h2) => h2,
        Err(error) => {
            count_cut(core, &conn);
            return Err(error);
        }
    };
    let service = {
        let (core, conn) = (core.clone(), conn.clone());
        service_fn(move |request: Request<Incoming>| {
            let request = request.map(Received::Hyper);
            let handling = proxy::handle(core.clone(), conn.clone(), request);
            async { Ok::<_, Infallible>(handling.await) }
        })
    };
    let drain = core.shared.drain.subscribe();
    if h2 {
        speak_h2(guard, service, drain, snapshot, core).await
    } else {
        let plain = downstream::serve(core, &conn, &mut guard, drain.clone(), LAST_REQUEST).await;
        if plain == After::Other {
            speak_h1(guard, service, drain, snapshot).await;
        }
    }
    count_cut(core, &conn);
    Ok(())
}

/// A connection that was cut had no answer to count its refusal by.
fn count_cut(core: &Core, conn: &Conn) {
    if let Some(refusal) = conn.refusal()
        && conn.body_cut.load(Relaxed)
    {
        core.shared.totals.refused(refusal.reason);
    }
}

/// What answers the requests of a connection.
trait Answers:
    hyper::service::Service<
        Request<Incoming>,
        Response = Response<Body>,
        Error = Infallible,
        Future: Send + 'static,
    > + Send
    + 'static
{
}

impl<S> Answers for S where
    S: hyper::service::Service<
            Request<Incoming>,
            Response = Response<Body>,
            Error = Infallible,
            Future: Send + 'static,
        > + Send
        + 'static
{
}

async fn speak_h1(
    guard: Guard,
    service: impl Answers,
    mut drain: watch::Receiver<bool>,
    snapshot: &Snapshot,
) {
    let limits = &snapshot.config.limits;
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .header_read_timeout(None)
        .half_close(false)
        .max_buf_size((limits.header_bytes + limits.uri_bytes + 1024).max(64 * 1024));
    if limits.header_count > 100 {
        builder.max_headers(limits.header_count);
    }
    let connection = builder
        .serve_connection(TokioIo::new(guard), service)
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => return,
        _ = drain.wait_for(|on| *on) => {}
    }
    if tokio::time::timeout(LAST_REQUEST, &mut connection)
        .await
        .is_err()
    {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

async fn speak_h2(
    guard: Guard,
    service: impl Answers,
    mut drain: watch::Receiver<bool>,
    snapshot: &Snapshot,
    core: &Core,
) {
    let limits = &snapshot.config.limits;
    let streams = Streams {
        shared: core.shared.clone(),
        stall: snapshot.config.timeouts.stall,
    };
    let connection = hyper::server::conn::http2::Builder::new(streams)
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.h2_streams)
        .max_header_list_size((limits.header_bytes + limits.uri_bytes) as u32)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(256)
        .initial_stream_window_size(256 * 1024)
        .initial_connection_window_size(1 << 20)
        .max_send_buf_size(256 * 1024)
        .serve_connection(TokioIo::new(guard), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => return,
        _ = drain.wait_for(|on| *on) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
