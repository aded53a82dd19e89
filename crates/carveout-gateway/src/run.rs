//! The process: sockets, one thread with its own runtime for every core, and the control loop.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::access::Log;
use crate::config::{self, Config};
use crate::metrics::Totals;
use crate::record::Recorder;
use crate::snapshot::{Registry, Snapshot};
use crate::state::{Core, Shared};
use crate::{control, serve, sockets, upstream};

/// Serve until told to stop. The error is what to print.
pub fn run(file: &Path) -> Result<(), String> {
    let config = config::load(file).map_err(|invalid| invalid.to_string())?;
    more_descriptors();
    let cores = match config.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    };
    let io = |what: &str| {
        let what = what.to_string();
        move |error: std::io::Error| format!("error[gateway-start]: cannot {what}: {error}")
    };
    let (listening, old) = listeners(&config, cores)?;
    let registry = Registry::default();
    let snapshot = Arc::new(
        Snapshot::compile(config, &registry, cores)
            .map_err(|message| format!("error[gateway-config]: {message}"))?,
    );
    let totals = Arc::new(Totals::default());
    let log = Log::start(totals.clone()).map_err(io("start a thread"))?;
    if let Some(rules) = &snapshot.config.access_log {
        log.open(rules.path.clone());
    }
    let recorder = Recorder::start(snapshot.config.record.clone()).map_err(io("start a thread"))?;
    let shared = Arc::new(Shared::new(
        snapshot.clone(),
        registry,
        file.to_path_buf(),
        cores,
        totals,
        log,
        recorder,
    ));
    let kept: Vec<TcpListener> = listening
        .iter()
        .flatten()
        .map(TcpListener::try_clone)
        .collect::<Result<_, _>>()
        .map_err(io("copy a socket"))?;
    let addresses: Vec<SocketAddr> = listening
        .iter()
        .filter_map(|s| s.first()?.local_addr().ok())
        .collect();
    let mut by_core: Vec<Vec<(usize, TcpListener)>> = (0..cores).map(|_| Vec::new()).collect();
    for (index, sockets) in listening.into_iter().enumerate() {
        for (i, socket) in sockets.into_iter().enumerate() {
            by_core[i % cores].push((index, socket));
        }
    }
    let mut threads = Vec::new();
    for (id, sockets) in by_core.into_iter().enumerate() {
        let core = Arc::new(Core {
            id,
            shared: shared.clone(),
        });
        let pin = snapshot.config.pin_cores;
        let body = move || one_core(&core, sockets, pin);
        threads.push(
            std::thread::Builder::new()
                .name(format!("core-{id}"))
                .spawn(body)
                .map_err(io("start a thread"))?,
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(io("start"))?;
    let listening: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    eprintln!("carveout-gateway: listening on {}", listening.join(", "));
    let outcome = runtime.block_on(control::run(&shared, kept, old));
    shared.over.store(true, Relaxed);
    for thread in threads {
        let _ = thread.join();
    }
    // The log's thread writes what it has within its interval.
    std::thread::sleep(Duration::from_millis(300));
    outcome
}

type Listening = Vec<Vec<TcpListener>>;

/// From the process that runs already, where there is one; else new ones.
fn listeners(
    config: &Config,
    cores: usize,
) -> Result<(Listening, Option<std::os::unix::net::UnixStream>), String> {
    let addresses: Vec<SocketAddr> = config.listeners.iter().map(|l| l.address).collect();
    if let Some(path) = &config.handover {
        let taken = sockets::take_over(path).map_err(|error| {
            format!(
                "error[gateway-handover]: cannot take over from {}: {error}",
                path.display()
            )
        })?;
        if let Some((received, stream)) = taken {
            let mut all: Listening = addresses.iter().map(|_| Vec::new()).collect();
            for socket in received {
                let local = socket.local_addr().ok();
                let place = addresses.iter().position(|a| Some(*a) == local);
                if let Some(place) = place {
                    all[place].push(socket);
                }
            }
            for (sockets, address) in all.iter_mut().zip(&addresses) {
                while sockets.len() < cores {
                    let fail = |error| {
                        format!("error[gateway-address]: cannot listen on {address}: {error}")
                    };
                    sockets.push(sockets::bind(*address).map_err(fail)?);
                }
            }
            return Ok((all, Some(stream)));
        }
    }
    Ok((sockets::bind_all(&addresses, cores)?, None))
}

/// As many descriptors as the system lets us have.
fn more_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

fn one_core(core: &Arc<Core>, sockets: Vec<(usize, TcpListener)>, pin: bool) {
    if pin {
        let mut set = rustix::thread::CpuSet::new();
        set.set(core.id % rustix::thread::CpuSet::MAX_CPU);
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(61)
        .global_queue_interval(127)
        .build()
    else {
        return;
    };
    runtime.block_on(async {
        for (index, socket) in sockets {
            if let Ok(listener) = tokio::net::TcpListener::from_std(socket) {
                tokio::spawn(serve::accept(core.clone(), listener, index));
            }
        }
        let mut drain = core.shared.drain.subscribe();
        loop {
            tokio::select! {
                _ = drain.wait_for(|on| *on) => break,
                () = tokio::time::sleep(Duration::from_secs(5)) => {}
            }
            for one in core.shared.snapshot.load().upstreams() {
                one.endpoints
                    .iter()
                    .for_each(|e| upstream::connections::sweep(e, core.id, one.idle));
            }
        }
        // A little longer than one accept loop's last look. When time is up, and how many are cut, is
        // said in one place: `control`.
        tokio::time::sleep(Duration::from_millis(120)).await;
        while core.shared.connections.load(Relaxed) > 0 && !core.shared.over.load(Relaxed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}
