//! The service placement: the same carving over HTTP/1.1 and h2c, on TCP or a Unix socket.
//!
//! One single-threaded runtime a core shares the address. A short call runs where its
//! request was read; a long one (1 ms and more on average) on a blocking thread, so that health
//! checks and short calls are not kept waiting.

mod answer;
mod listen;
mod metrics;
mod openapi;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use carveout_runtime::schema::Contract;
use carveout_runtime::table::Table;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::{Notify, Semaphore, watch};

use crate::Options;
use listen::{Listener, Share, Stream};
use metrics::Metrics;

/// Requests that were on their way when the signal came are still read for this long.
const LAST_REQUESTS: Duration = Duration::from_millis(100);

/// How long nothing has to be under way before memory is given back: by then the threads that ran long
/// calls have ended, and their memory is there to be given.
const IDLE: Duration = Duration::from_millis(500);

/// What every request of the process needs; made once.
struct Service {
    table: &'static Table,
    contract: Contract,
    metrics: Metrics,
    openapi: String,
    max_body: usize,
    max_concurrency: usize,
    /// Bytes of bodies held now, and how many may be.
    buffered: AtomicUsize,
    max_buffered: usize,
    /// Places for long calls that compute: more at once than there are cores take no less time, and
    /// each holds its arguments twice and a thread's memory.
    long_calls: Semaphore,
    /// Told when bodies hold much memory.
    held_much: Notify,
}

/// Serves until a signal; whether every call had ended when the drain's time was up.
pub fn serve(table: &'static Table, options: &Options) -> io::Result<bool> {
    carveout_runtime::memory::few_arenas(options.threads);
    let contract = Contract::parse(table.contract)
        .map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))?;
    let service = Arc::new(Service {
        table,
        openapi: openapi::document(table),
        contract,
        metrics: Metrics::new(table),
        max_body: options.max_body,
        max_concurrency: options.max_concurrency,
        buffered: AtomicUsize::new(0),
        max_buffered: options.max_body.saturating_mul(options.max_concurrency),
        long_calls: Semaphore::new(long_calls()),
        held_much: Notify::new(),
    });
    let (shares, address, _file) = listen::shares(&options.listen, options.threads)?;
    let (stop, stopped) = watch::channel(false);
    let (ended, ends) = mpsc::channel();
    for share in shares {
        let (service, stopped, drain) = (Arc::clone(&service), stopped.clone(), options.drain);
        let ended = ended.clone();
        std::thread::Builder::new()
            .name("io".into())
            .spawn(move || {
                let drained = run(share, service, stopped, drain);
                let _ = ended.send(drained);
            })?;
    }
    let ended_by = crate::signals::Signals::listen()?;
    crate::unix::announce(&address)?;
    ended_by.wait();
    let _ = stop.send(true);
    // A call that hangs holds its thread for ever: it gets the drain's time, and a moment.
    let until = Instant::now() + options.drain + Duration::from_millis(500);
    let mut drained = true;
    for _ in 0..options.threads {
        let left = until.saturating_duration_since(Instant::now());
        drained &= ends.recv_timeout(left).unwrap_or(false);
    }
    Ok(drained)
}

fn long_calls() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (2 * cores).max(4)
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(64)
        .thread_keep_alive(Duration::from_millis(300))
        .build()
}

/// Gives memory back to the system in the first idle moment after bodies held much of it.
async fn give_back(service: Arc<Service>) {
    loop {
        service.held_much.notified().await;
        loop {
            tokio::time::sleep(IDLE).await;
            let calls = service.metrics.in_flight.load(Ordering::Acquire);
            if calls == 0 && service.buffered.load(Ordering::Acquire) == 0 {
                break;
            }
        }
        carveout_runtime::memory::give_back();
    }
}

/// One core's accept loop, until told to stop; then the drain, and whether it was in time.
fn run(
    share: Share,
    service: Arc<Service>,
    mut stopped: watch::Receiver<bool>,
    drain: Duration,
) -> bool {
    let Ok(runtime) = runtime() else { return false };
    let local = tokio::task::LocalSet::new();
    let drained = local.block_on(&runtime, async move {
        let Ok(listener) = Listener::new(share) else {
            return false;
        };
        tokio::task::spawn_local(give_back(Arc::clone(&service)));
        let graceful = GracefulShutdown::new();
        let serve = |stream: Stream| {
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
        };
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.changed() => break,
            };
            let Ok(stream) = accepted else {
                // Out of file descriptors: wait for some to come back instead of spinning.
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            serve(stream);
        }
        // Who has connected is served, whoever comes from now on is refused by the kernel.
        let soon = Duration::from_millis(1);
        while let Ok(Ok(stream)) = tokio::time::timeout(soon, listener.accept()).await {
            serve(stream);
        }
        drop(listener);
        tokio::time::sleep(LAST_REQUESTS).await;
        let closed = tokio::time::timeout(drain, graceful.shutdown()).await;
        // Connections on which nothing was asked for may stay as long as they like.
        closed.is_ok() || service.metrics.in_flight.load(Ordering::Acquire) == 0
    });
    // Without waiting for calls that hang on blocking threads.
    runtime.shutdown_background();
    drained
}
