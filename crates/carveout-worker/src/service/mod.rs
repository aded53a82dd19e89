//! The service placement: the same carving over TCP, HTTP/1.1 and h2c.
//!
//! One single-threaded runtime a core shares the port (SO_REUSEPORT). A short call runs where its
//! request was read; a long one (1 ms and more on average) on a blocking thread, so that health
//! checks and short calls are not kept waiting.

mod answer;
mod metrics;
mod openapi;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use carveout_runtime::schema::Contract;
use carveout_runtime::table::Table;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Options;
use metrics::Metrics;

/// What every request of the process needs; made once.
struct Service {
    table: &'static Table,
    contract: Contract,
    metrics: Metrics,
    openapi: String,
    max_body: usize,
    max_concurrency: usize,
}

pub fn serve(table: &'static Table, address: &str, options: &Options) -> io::Result<()> {
    let contract = Contract::parse(table.contract)
        .map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))?;
    let service = Arc::new(Service {
        table,
        openapi: openapi::document(table),
        contract,
        metrics: Metrics::new(table),
        max_body: options.max_body,
        max_concurrency: options.max_concurrency,
    });
    let address = address
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let first = listen(address)?;
    let address = first.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let mut threads = Vec::new();
    let mut listeners = vec![first];
    for _ in 1..options.threads {
        listeners.push(listen(address)?);
    }
    for listener in listeners {
        let (service, stopped, drain) = (Arc::clone(&service), stopped.clone(), options.drain);
        threads.push(
            std::thread::Builder::new()
                .name("io".into())
                .spawn(move || run(listener, service, stopped, drain))?,
        );
    }
    crate::unix::announce(&address.to_string())?;
    runtime()?.block_on(ended_by_signal())?;
    let _ = stop.send(true);
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(64)
        .thread_keep_alive(Duration::from_secs(2))
        .build()
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

/// Returns when SIGTERM or SIGINT arrives.
pub async fn ended_by_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// One core's accept loop, until told to stop; then the drain.
fn run(
    listener: std::net::TcpListener,
    service: Arc<Service>,
    mut stopped: watch::Receiver<bool>,
    drain: Duration,
) {
    let Ok(runtime) = runtime() else { return };
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let Ok(listener) = TcpListener::from_std(listener) else {
            return;
        };
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.changed() => break,
            };
            let Ok((stream, _)) = accepted else {
                // Out of file descriptors: wait for some to come back instead of spinning.
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let own = Arc::clone(&service);
            let mut builder = auto::Builder::new(TokioExecutor::new());
            builder
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(30))
                .max_buf_size(64 << 10);
            builder.http2().timer(TokioTimer::new());
            let connection = builder.serve_connection(
                TokioIo::new(stream),
                service_fn(move |request| answer::answer(Arc::clone(&own), request)),
            );
            let watched = graceful.watch(connection.into_owned());
            tokio::task::spawn_local(async move {
                let _ = watched.await;
            });
        }
        drop(listener);
        let _ = tokio::time::timeout(drain, graceful.shutdown()).await;
    });
}
