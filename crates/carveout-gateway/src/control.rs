//! The control loop: signals, changed files, reloads, health checks, keys from URLs, handover, drain.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::config::model::AuthKind;
use crate::config::{self};
use crate::snapshot::Snapshot;
use crate::state::Shared;
use crate::upstream::health;
use crate::{admin, jwks, sockets, spans};

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Until the process has drained.
pub async fn run(
    shared: &Arc<Shared>,
    kept: Vec<TcpListener>,
    old: Option<std::os::unix::net::UnixStream>,
) -> Result<(), String> {
    let fail =
        |error: std::io::Error| format!("error[gateway-start]: cannot watch for signals: {error}");
    let mut hangup = signal(SignalKind::hangup()).map_err(fail)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(fail)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fail)?;
    let mut tasks = start_tasks(shared);
    tokio::spawn(spans::export(shared.clone()));
    let snapshot = shared.snapshot.load_full();
    if let Some(stream) = old {
        let _ = sockets::taken(stream);
    }
    if let Some(path) = &snapshot.config.handover {
        offer(shared.clone(), path.clone(), kept);
    }
    if let Some(rules) = &snapshot.config.admin {
        admin::start(shared.clone(), rules)?;
    }
    let mut seen = stamps(shared);
    let mut drain = shared.drain.subscribe();
    let mut reload_now = shared.reload.subscribe();
    loop {
        tokio::select! {
            _ = hangup.recv() => {}
            _ = reload_now.changed() => {}
            _ = terminate.recv() => { shared.begin_drain(); break }
            _ = interrupt.recv() => { shared.begin_drain(); break }
            _ = drain.wait_for(|on| *on) => break,
            () = tokio::time::sleep(LOOK_EVERY) => {
                let now = stamps(shared);
                if now == seen {
                    continue;
                }
                // Being written, perhaps: wait until it has been still for one look.
                tokio::time::sleep(Duration::from_millis(100)).await;
                if stamps(shared) != now {
                    continue;
                }
            }
        }
        seen = stamps(shared);
        if reload(shared) {
            tasks.iter().for_each(JoinHandle::abort);
            tasks = start_tasks(shared);
            seen = stamps(shared);
        }
    }
    tasks.iter().for_each(JoinHandle::abort);
    let limit = shared.snapshot.load().config.timeouts.drain;
    eprintln!("carveout-gateway: draining, at most {} s", limit.as_secs());
    let second = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    };
    let drained = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        while shared.connections.load(Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = drained => {}
        () = tokio::time::sleep(limit) => {}
        () = second => std::process::exit(1),
    }
    shared.spans.flush().await;
    match shared.connections.load(Relaxed) {
        0 => eprintln!("carveout-gateway: drained"),
        n => eprintln!(
            "carveout-gateway: cut {n} connections after {} s",
            limit.as_secs()
        ),
    }
    if !shared.handed_over.load(Relaxed)
        && let Some(path) = &snapshot.config.handover
    {
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

/// Read the file again; the running configuration stays if it is invalid. True if it was swapped.
pub fn reload(shared: &Arc<Shared>) -> bool {
    match swap(shared) {
        Ok(()) => {
            shared.totals.reloads.fetch_add(1, Relaxed);
            if let Ok(mut last) = shared.last_error.lock() {
                *last = None;
            }
            eprintln!("carveout-gateway: reloaded {}", shared.file.display());
            true
        }
        Err(message) => {
            shared.totals.reload_failures.fetch_add(1, Relaxed);
            eprintln!(
                "{}\ncarveout-gateway: not reloaded, the running configuration stays",
                message.trim_end()
            );
            if let Ok(mut last) = shared.last_error.lock() {
                *last = Some(message);
            }
            false
        }
    }
}

fn swap(shared: &Arc<Shared>) -> Result<(), String> {
    let config = config::load(&shared.file).map_err(|invalid| invalid.to_string())?;
    let running = shared.snapshot.load_full();
    let old: Vec<_> = running.config.listeners.iter().map(|l| l.address).collect();
    let new: Vec<_> = config.listeners.iter().map(|l| l.address).collect();
    if old != new {
        return Err("error[gateway-config]: `gateway.listen` changed\n  hint: addresses change with a restart \
                    (with `handover`, without a lost request)"
            .to_string());
    }
    let snapshot = Arc::new(
        Snapshot::compile(config, &shared.registry, shared.cores)
            .map_err(|message| format!("error[gateway-config]: {message}"))?,
    );
    shared.log.open(
        snapshot
            .config
            .access_log
            .as_ref()
            .and_then(|rules| rules.path.clone()),
    );
    shared.recorder.rules(snapshot.config.record.clone());
    shared.snapshot.store(snapshot);
    Ok(())
}

fn start_tasks(shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let snapshot = shared.snapshot.load_full();
    let mut tasks = Vec::new();
    for upstream in snapshot.upstreams() {
        if let Some(rules) = &upstream.health {
            tasks.push(tokio::spawn(health::watch(upstream.clone(), rules.clone())));
        }
    }
    for authenticator in &snapshot.auth {
        if matches!(&authenticator.kind, AuthKind::Jwt(jwt) if jwt.jwks_url.is_some()) {
            tasks.push(tokio::spawn(jwks::keep(authenticator.clone())));
        }
    }
    tasks
}

/// When the files that a configuration is made of last changed.
fn stamps(shared: &Shared) -> Vec<Option<(SystemTime, u64)>> {
    let snapshot = shared.snapshot.load();
    let mut files: Vec<PathBuf> = vec![shared.file.clone()];
    for tls in snapshot
        .config
        .listeners
        .iter()
        .filter_map(|l| l.tls.as_ref())
    {
        files.extend(
            tls.certificates
                .iter()
                .flat_map(|(certificate, key)| [certificate.clone(), key.clone()]),
        );
        files.extend(tls.client_ca.clone());
    }
    for auth in &snapshot.config.auth {
        if let AuthKind::Jwt(jwt) = &auth.kind {
            files.extend(jwt.jwks_file.clone());
            files.extend(jwt.secret_file.clone());
        }
    }
    let stamp = |file: &PathBuf| {
        let metadata = std::fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    files.iter().map(stamp).collect()
}

/// Wait, on a thread of its own, for a process that wants the sockets.
fn offer(shared: Arc<Shared>, path: PathBuf, kept: Vec<TcpListener>) {
    let listener = match sockets::listen_unix_for_handover(&path) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("warning: no handover over {}: {error}", path.display());
            return;
        }
    };
    let body = move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { continue };
            match sockets::hand_over(&stream, &kept) {
                Ok(true) => {
                    shared.handed_over.store(true, Relaxed);
                    shared.begin_drain();
                    return;
                }
                Ok(false) | Err(_) => {
                    eprintln!("warning: a handover was not finished; this process goes on")
                }
            }
        }
    };
    let _ = std::thread::Builder::new()
        .name("handover".into())
        .spawn(body);
}
