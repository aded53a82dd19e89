//! A configuration compiled for serving: immutable, swapped as a whole.
//!
//! What must outlive a reload (endpoints with their connections and health, metrics by name, keys
//! fetched from a URL, splits set by a move) is found again in the `Registry`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use crate::clock;
use crate::config::model::{self, Action, AuthKind, Config};
use crate::filters::jwt;
use crate::front::guard::FrontLimits;
use crate::front::head::HeadLimits;
use crate::metrics::{ArmMetrics, RouteMetrics};
use crate::routing::Table;
use crate::upstream::{Endpoint, Upstream, UpstreamMetrics};

pub struct Snapshot {
    pub config: Config,
    pub front: Arc<FrontLimits>,
    pub table: Table,
    upstreams: Vec<Arc<Upstream>>,
    pub tls: Vec<Option<Arc<rustls::ServerConfig>>>,
    pub auth: Vec<Arc<Authenticator>>,
}

pub struct Route {
    pub name: String,
    pub config: model::Route,
    pub forward: Option<Forward>,
    pub auth: Vec<Arc<Authenticator>>,
    pub metrics: Arc<RouteMetrics>,
    pub body_bytes: u64,
    pub timeout_try: std::time::Duration,
    pub timeout_total: std::time::Duration,
}

pub struct Forward {
    pub rules: model::Forward,
    pub arms: Vec<Arm>,
    pub decline_to: Option<Arc<Upstream>>,
    pub fallback: Option<Arc<Upstream>>,
    pub shadow: Option<Arc<Upstream>>,
    pub shadow_running: Arc<AtomicUsize>,
    pub budget: Budget,
    /// The request body is read ahead: something may have to send it again.
    pub copies: bool,
}

pub struct Arm {
    pub upstream: Arc<Upstream>,
    /// The upper end of this arm's part of [0, 1).
    pub until: f64,
    pub weight: f64,
    pub metrics: Arc<ArmMetrics>,
}

pub struct Authenticator {
    pub name: String,
    pub kind: AuthKind,
    pub keys: ArcSwap<jwt::Keys>,
    pub rules: jwt::Rules,
    /// Whether keys are there at all.
    pub ready: std::sync::atomic::AtomicBool,
    pub wanted: tokio::sync::Notify,
}

/// Retries may be a share of the requests, with a small allowance a second for quiet routes.
#[derive(Debug, Default)]
pub struct Budget {
    thousandths: AtomicI64,
    refilled_ms: AtomicU64,
}

impl Budget {
    /// With one second's allowance, so that the first retry of a quiet route is not the one refused.
    fn new(minimum_per_second: u32) -> Budget {
        let thousandths = AtomicI64::new(i64::from(minimum_per_second) * 1000);
        Budget {
            thousandths,
            refilled_ms: AtomicU64::new(clock::millis()),
        }
    }

    pub fn deposit(&self, share: f64) {
        let limit = 100_000;
        if self.thousandths.load(Relaxed) < limit {
            self.thousandths.fetch_add((share * 1000.0) as i64, Relaxed);
        }
    }

    pub fn withdraw(&self, minimum_per_second: u32) -> bool {
        let now = clock::millis();
        let before = self.refilled_ms.swap(now, Relaxed);
        let passed = now.saturating_sub(before).min(1000) as i64;
        self.thousandths
            .fetch_add(passed * i64::from(minimum_per_second), Relaxed);
        if self.thousandths.fetch_sub(1000, Relaxed) >= 1000 {
            return true;
        }
        self.thousandths.fetch_add(1000, Relaxed);
        false
    }
}

#[derive(Default)]
pub struct Registry {
    endpoints: Mutex<HashMap<String, Vec<Arc<Endpoint>>>>,
    upstream_metrics: Mutex<HashMap<String, Arc<UpstreamMetrics>>>,
    route_metrics: Mutex<HashMap<String, Arc<RouteMetrics>>>,
    auth: Mutex<HashMap<String, Arc<Authenticator>>>,
    /// Weights set over the admin API, by route; they win over the file's until it is restarted.
    pub splits: Mutex<HashMap<String, Vec<(String, f64)>>>,
}

fn kept<T: Default>(map: &Mutex<HashMap<String, Arc<T>>>, name: &str) -> Arc<T> {
    match map.lock() {
        Ok(mut map) => map.entry(name.to_string()).or_default().clone(),
        Err(_) => Arc::default(),
    }
}

impl Snapshot {
    /// The error is a sentence: what a check of the file alone could not see.
    pub fn compile(config: Config, registry: &Registry, cores: usize) -> Result<Snapshot, String> {
        let mut upstreams = Vec::new();
        for upstream in &config.upstreams {
            upstreams.push(Arc::new(compile_upstream(
                upstream, &config, registry, cores,
            )?));
        }
        let find = |name: &str| upstreams.iter().find(|u| u.name == name).cloned();
        let mut auth = Vec::new();
        for rules in &config.auth {
            auth.push(authenticator(rules, registry)?);
        }
        let mut routes = Vec::new();
        for route in &config.routes {
            let metrics = kept(&registry.route_metrics, &route.name);
            let forward = match &route.action {
                Action::Forward(rules) => {
                    Some(forward(rules, &route.name, &metrics, &find, registry)?)
                }
                _ => None,
            };
            routes.push(Arc::new(Route {
                name: route.name.clone(),
                auth: auth
                    .iter()
                    .filter(|a| route.auth.contains(&a.name))
                    .cloned()
                    .collect(),
                forward,
                metrics,
                body_bytes: route.body_bytes.unwrap_or(config.limits.body_bytes),
                timeout_try: route.timeout_try.unwrap_or(config.timeouts.try_),
                timeout_total: route.timeout_total.unwrap_or(config.timeouts.total),
                config: route.clone(),
            }));
        }
        let mut tls = Vec::new();
        for listener in &config.listeners {
            tls.push(
                listener
                    .tls
                    .as_ref()
                    .map(|tls| crate::tls::server(tls, listener.h2))
                    .transpose()?,
            );
        }
        let front = Arc::new(FrontLimits {
            head: HeadLimits {
                header_bytes: config.limits.header_bytes,
                header_count: config.limits.header_count,
                uri_bytes: config.limits.uri_bytes,
            },
            header_time: config.timeouts.header,
            idle_time: config.timeouts.idle,
            stall_time: config.timeouts.stall,
            least_rate: config.limits.least_bytes_per_second,
            h2_control_per_second: config.limits.h2_control_per_second,
            h2_resets_per_second: config.limits.h2_resets_per_second,
        });
        Ok(Snapshot {
            front,
            table: Table::new(routes),
            upstreams,
            tls,
            auth,
            config,
        })
    }

    pub fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.table.routes()
    }

    pub fn upstreams(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.upstreams.iter()
    }
}

fn compile_upstream(
    rules: &model::Upstream,
    config: &Config,
    registry: &Registry,
    cores: usize,
) -> Result<Upstream, String> {
    let tls = if rules.tls {
        Some(crate::tls::client(rules.ca.as_ref(), rules.h2)?)
    } else {
        None
    };
    let connect = config.timeouts.connect;
    let mut endpoints = Vec::new();
    if let Ok(mut known) = registry.endpoints.lock() {
        let old = known.remove(&rules.name).unwrap_or_default();
        for endpoint in &rules.endpoints {
            let same = old
                .iter()
                .find(|e| e.is_as(rules, endpoint, connect))
                .cloned();
            let made = || Arc::new(Endpoint::new(rules, endpoint, tls.clone(), connect, cores));
            endpoints.push(same.unwrap_or_else(made));
        }
        if rules.health.is_none() {
            endpoints
                .iter()
                .for_each(|e| e.healthy.store(true, Relaxed));
        }
        known.insert(rules.name.clone(), endpoints.clone());
    }
    Ok(Upstream {
        name: rules.name.clone(),
        endpoints,
        balance: rules.balance.clone(),
        health: rules.health.clone(),
        outlier: rules.outlier.clone(),
        idle: rules.idle,
        max_idle: rules.max_idle,
        max_connections: rules.max_connections,
        turn: AtomicU32::new(0),
        metrics: kept(&registry.upstream_metrics, &rules.name),
    })
}

fn forward(
    rules: &model::Forward,
    route: &str,
    metrics: &Arc<RouteMetrics>,
    find: &dyn Fn(&str) -> Option<Arc<Upstream>>,
    registry: &Registry,
) -> Result<Forward, String> {
    let overridden = registry
        .splits
        .lock()
        .ok()
        .and_then(|splits| splits.get(route).cloned());
    let split = overridden.unwrap_or_else(|| rules.split.clone());
    let total: f64 = split.iter().map(|(_, weight)| weight).sum();
    let mut arms = Vec::new();
    let mut sum = 0.0;
    for (name, weight) in &split {
        let upstream =
            find(name).ok_or_else(|| format!("route `{route}`: there is no upstream `{name}`"))?;
        sum += weight;
        let until = if total > 0.0 { sum / total } else { 0.0 };
        arms.push(Arm {
            upstream,
            until,
            weight: *weight,
            metrics: metrics.arm(name),
        });
    }
    let named = |name: &Option<String>| name.as_deref().and_then(find);
    Ok(Forward {
        decline_to: named(&rules.decline_to),
        fallback: named(&rules.fallback),
        shadow: rules.shadow.as_ref().and_then(|s| find(&s.upstream)),
        shadow_running: Arc::default(),
        budget: Budget::new(rules.retries.minimum_per_second),
        copies: rules.decline_to.is_some()
            || rules.shadow.is_some()
            || rules.fallback.is_some()
            || rules.record > 0.0
            || rules.retries.attempts > 0,
        arms,
        rules: rules.clone(),
    })
}

fn authenticator(rules: &model::Auth, registry: &Registry) -> Result<Arc<Authenticator>, String> {
    let mut keys = jwt::Keys::default();
    let mut ready = true;
    let mut token_rules = jwt::Rules {
        algorithms: vec![],
        audiences: vec![],
        issuers: vec![],
        leeway: std::time::Duration::ZERO,
    };
    let mut url = None;
    if let AuthKind::Jwt(jwt) = &rules.kind {
        token_rules = jwt::Rules {
            algorithms: jwt.algorithms.clone(),
            audiences: jwt.audiences.clone(),
            issuers: jwt.issuers.clone(),
            leeway: jwt.leeway,
        };
        let read = |path: &std::path::PathBuf| {
            std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        if let Some(path) = &jwt.jwks_file {
            keys = jwt::Keys::from_jwks(&read(path)?)?;
        } else if let Some(path) = &jwt.secret_file {
            let secret = read(path)?;
            if secret.trim_ascii().len() < 32 {
                return Err(format!(
                    "the secret in {} has fewer than 32 bytes",
                    path.display()
                ));
            }
            keys = jwt::Keys::from_secret(&secret);
        } else {
            url = jwt.jwks_url.clone();
            ready = false;
        }
    }
    let made = Arc::new(Authenticator {
        name: rules.name.clone(),
        kind: rules.kind.clone(),
        keys: ArcSwap::from_pointee(keys),
        rules: token_rules,
        ready: ready.into(),
        wanted: tokio::sync::Notify::new(),
    });
    // Keys that came from the same URL stay until newer ones are there.
    if let Ok(mut known) = registry.auth.lock() {
        if let Some(url) = url
            && let Some(old) = known.get(&rules.name)
            && matches!(&old.kind, AuthKind::Jwt(jwt) if jwt.jwks_url.as_deref() == Some(&url))
        {
            made.keys.store(old.keys.load_full());
            made.ready.store(old.ready.load(Relaxed), Relaxed);
        }
        known.insert(rules.name.clone(), made.clone());
    }
    Ok(made)
}
