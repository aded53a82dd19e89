//! Where requests go: endpoints with their connections, health and load.
//!
//! An `Endpoint` is shared by all cores and outlives reloads that leave it as it is; its
//! connections are not shared, each core has its own (`connections`).

pub mod balance;
pub mod connections;
pub mod health;
pub mod wire;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::clock;
use crate::config::model;
use crate::metrics::Histogram;
use connections::Pool;

pub struct Endpoint {
    pub label: String,
    pub address: model::EndpointAddress,
    pub host: String,
    pub h2: bool,
    pub tls: Option<Arc<rustls::ClientConfig>>,
    pub ca: Option<PathBuf>,
    pub connect_timeout: Duration,
    pub pools: Vec<Mutex<Pool>>,
    pub in_flight: AtomicU32,
    pub connections: AtomicU32,
    /// What the active checks say; true until they have said otherwise.
    pub healthy: AtomicBool,
    outlier: Mutex<Seen>,
    ejected_until_ms: AtomicU64,
    ejections: AtomicU32,
}

#[derive(Debug, Default)]
struct Seen {
    consecutive: u32,
    window_ms: u64,
    requests: u32,
    failures: u32,
}

impl Endpoint {
    pub fn new(
        upstream: &model::Upstream,
        endpoint: &model::Endpoint,
        tls: Option<Arc<rustls::ClientConfig>>,
        connect_timeout: Duration,
        cores: usize,
    ) -> Endpoint {
        Endpoint {
            label: endpoint.label.clone(),
            address: endpoint.address.clone(),
            host: endpoint.host.clone(),
            h2: upstream.h2,
            tls,
            ca: upstream.ca.clone(),
            connect_timeout,
            pools: (0..cores).map(|_| Mutex::default()).collect(),
            in_flight: AtomicU32::new(0),
            connections: AtomicU32::new(0),
            healthy: AtomicBool::new(true),
            outlier: Mutex::default(),
            ejected_until_ms: AtomicU64::new(0),
            ejections: AtomicU32::new(0),
        }
    }

    /// Whether a reload may keep this endpoint and its connections.
    pub fn is_as(
        &self,
        upstream: &model::Upstream,
        endpoint: &model::Endpoint,
        connect_timeout: Duration,
    ) -> bool {
        self.label == endpoint.label
            && self.address == endpoint.address
            && self.h2 == upstream.h2
            && self.tls.is_some() == upstream.tls
            && self.ca == upstream.ca
            && self.connect_timeout == connect_timeout
    }

    pub fn is_ejected(&self) -> bool {
        let until = self.ejected_until_ms.load(Relaxed);
        until != 0 && clock::millis() < until
    }

    pub fn is_usable(&self) -> bool {
        self.healthy.load(Relaxed) && !self.is_ejected()
    }
}

/// One upstream of one snapshot.
pub struct Upstream {
    pub name: String,
    pub endpoints: Vec<Arc<Endpoint>>,
    pub balance: model::Balance,
    pub health: Option<model::Health>,
    pub outlier: model::Outlier,
    pub idle: Duration,
    pub max_idle: usize,
    pub max_connections: usize,
    pub turn: AtomicU32,
    pub metrics: Arc<UpstreamMetrics>,
}

#[derive(Default)]
pub struct UpstreamMetrics {
    pub by_class: [AtomicU64; 6],
    pub failures: AtomicU64,
    pub retries: AtomicU64,
    pub time: Histogram,
}

impl Upstream {
    /// Count an outcome towards ejection (passive health): connection failures, time-outs and
    /// 502, 503, 504 are failures; everything else an upstream says is its answer.
    pub fn note(&self, endpoint: &Endpoint, failed: bool) {
        let rules = &self.outlier;
        if self.endpoints.len() == 1 && rules.max_ejected_share < 1.0 {
            return; // it could not be ejected
        }
        let Ok(mut seen) = endpoint.outlier.lock() else {
            return;
        };
        let now = clock::millis();
        if now.saturating_sub(seen.window_ms) > rules.window.as_millis() as u64 {
            *seen = Seen {
                consecutive: seen.consecutive,
                window_ms: now,
                ..Seen::default()
            };
        }
        seen.requests += 1;
        if !failed {
            seen.consecutive = 0;
            return;
        }
        seen.failures += 1;
        seen.consecutive += 1;
        let in_a_row = rules.consecutive > 0 && seen.consecutive >= rules.consecutive;
        let by_share = seen.requests >= rules.minimum
            && f64::from(seen.failures) >= rules.failure_share * f64::from(seen.requests);
        if (in_a_row || by_share) && self.may_eject() {
            let times = endpoint.ejections.fetch_add(1, Relaxed).min(5) + 1;
            let until = now + rules.eject_for.as_millis() as u64 * u64::from(times);
            endpoint.ejected_until_ms.store(until, Relaxed);
            *seen = Seen {
                window_ms: now,
                ..Seen::default()
            };
        }
    }

    fn may_eject(&self) -> bool {
        let ejected = self.endpoints.iter().filter(|e| e.is_ejected()).count() + 1;
        ejected as f64 <= self.outlier.max_ejected_share * self.endpoints.len() as f64
    }

    pub fn answered(&self, status: u16, started: Instant) {
        self.metrics.by_class[usize::from(status / 100).min(5)].fetch_add(1, Relaxed);
        self.metrics.time.record(started.elapsed());
    }
}
