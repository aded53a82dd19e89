//! Counters and histograms, and their Prometheus text (RED per route and upstream).
//!
//! Counters are relaxed atomics; histograms have eight buckets for each power of two from 16 µs to
//! over a minute, so a quantile is within 9 % of the truth.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

const SUB: usize = 8;
const FIRST_EXPONENT: u32 = 4;
const EXPONENTS: usize = 23;

pub struct Histogram {
    buckets: [AtomicU64; SUB * EXPONENTS],
    sum_us: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            sum_us: AtomicU64::new(0),
        }
    }
}

fn bucket_of(us: u64) -> usize {
    let us = us.max(1 << FIRST_EXPONENT);
    let exponent = 63 - us.leading_zeros();
    let sub = (us >> (exponent - 3)) as usize & (SUB - 1);
    ((exponent - FIRST_EXPONENT) as usize * SUB + sub).min(SUB * EXPONENTS - 1)
}

/// The bucket's upper end in µs.
fn end_of(bucket: usize) -> u64 {
    let (exponent, sub) = (bucket / SUB + FIRST_EXPONENT as usize, bucket % SUB);
    ((SUB + sub + 1) as u64) << (exponent - 3)
}

impl Histogram {
    pub fn record(&self, time: Duration) {
        let us = time.as_micros() as u64;
        self.buckets[bucket_of(us)].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }

    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|b| b.load(Relaxed)).sum()
    }

    /// Seconds, the upper end of the bucket; None without samples.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let total = self.count();
        let mut left = (total as f64 * q).ceil().max(1.0) as u64;
        for (i, bucket) in self.buckets.iter().enumerate() {
            let n = bucket.load(Relaxed);
            if n >= left {
                return (total > 0).then(|| end_of(i) as f64 / 1e6);
            }
            left -= n;
        }
        None
    }

    /// How many took longer than `seconds` (to the bucket).
    pub fn slower_than(&self, seconds: f64) -> u64 {
        let first = bucket_of((seconds * 1e6) as u64) + 1;
        self.buckets
            .iter()
            .skip(first)
            .map(|b| b.load(Relaxed))
            .sum()
    }

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        let mut total = 0;
        for (exponent, group) in self.buckets.chunks(SUB).enumerate() {
            total += group.iter().map(|b| b.load(Relaxed)).sum::<u64>();
            // One line a power of two is enough for others' quantiles.
            let le = end_of(exponent * SUB + SUB - 1) as f64 / 1e6;
            let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{le}\"}} {total}");
        }
        let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {total}");
        let _ = writeln!(
            out,
            "{name}_sum{{{labels}}} {}",
            self.sum_us.load(Relaxed) as f64 / 1e6
        );
        let _ = writeln!(out, "{name}_count{{{labels}}} {total}");
    }
}

/// Of one route; kept by name over reloads.
#[derive(Default)]
pub struct RouteMetrics {
    pub by_class: [AtomicU64; 6],
    pub time: Histogram,
    pub in_flight: AtomicU64,
    pub declined: AtomicU64,
    pub fallbacks: AtomicU64,
    pub shadow_sent: AtomicU64,
    pub shadow_dropped: AtomicU64,
    pub shadow_same: AtomicU64,
    pub shadow_different: AtomicU64,
    pub shadow_unconfirmed: AtomicU64,
    pub shadow_failed: AtomicU64,
    pub recorded: AtomicU64,
    pub record_dropped: AtomicU64,
    pub arms: Mutex<Vec<(String, Arc<ArmMetrics>)>>,
}

/// Of one arm of a route's split: what the guards of a move look at.
#[derive(Default)]
pub struct ArmMetrics {
    pub requests: AtomicU64,
    pub errors: AtomicU64,
    pub time: Histogram,
}

impl RouteMetrics {
    pub fn arm(&self, upstream: &str) -> Arc<ArmMetrics> {
        let Ok(mut arms) = self.arms.lock() else {
            return Arc::default();
        };
        if let Some((_, arm)) = arms.iter().find(|(name, _)| name == upstream) {
            return arm.clone();
        }
        let arm = Arc::new(ArmMetrics::default());
        arms.push((upstream.to_string(), arm.clone()));
        arm
    }
}

/// Of the whole process.
#[derive(Default)]
pub struct Totals {
    pub accepted: AtomicU64,
    pub open: AtomicU64,
    pub refused_connections: AtomicU64,
    pub tls_failures: AtomicU64,
    pub reloads: AtomicU64,
    pub reload_failures: AtomicU64,
    pub log_dropped: AtomicU64,
    refusals: Mutex<Vec<(&'static str, u64)>>,
}

impl Totals {
    pub fn refused(&self, reason: &'static str) {
        if let Ok(mut list) = self.refusals.lock() {
            match list.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, n)) => *n += 1,
                None => list.push((reason, 1)),
            }
        }
    }
}

fn escape(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// The whole page.
pub fn prometheus(
    totals: &Totals,
    spans: &crate::spans::Spans,
    snapshot: &crate::snapshot::Snapshot,
) -> String {
    let mut out = String::with_capacity(16 * 1024);
    let head = |out: &mut String, name: &str, kind: &str, help: &str| {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    };
    let single = [
        (
            "carveout_gateway_connections_accepted_total",
            "counter",
            "Connections accepted.",
            &totals.accepted,
        ),
        (
            "carveout_gateway_connections_open",
            "gauge",
            "Connections open now.",
            &totals.open,
        ),
        (
            "carveout_gateway_connections_refused_total",
            "counter",
            "Connections over a limit.",
            &totals.refused_connections,
        ),
        (
            "carveout_gateway_tls_failures_total",
            "counter",
            "TLS handshakes that failed.",
            &totals.tls_failures,
        ),
        (
            "carveout_gateway_reloads_total",
            "counter",
            "Configurations taken over.",
            &totals.reloads,
        ),
        (
            "carveout_gateway_reload_failures_total",
            "counter",
            "Configurations not taken over.",
            &totals.reload_failures,
        ),
        (
            "carveout_gateway_log_dropped_total",
            "counter",
            "Access log lines dropped.",
            &totals.log_dropped,
        ),
        (
            "carveout_gateway_spans_sent_total",
            "counter",
            "Spans that the collector took.",
            &spans.sent,
        ),
        (
            "carveout_gateway_spans_dropped_total",
            "counter",
            "Spans that the queue or the collector did not take.",
            &spans.dropped,
        ),
    ];
    for (name, kind, help, value) in single {
        head(&mut out, name, kind, help);
        let _ = writeln!(out, "{name} {}", value.load(Relaxed));
    }
    let name = "carveout_gateway_refusals_total";
    head(
        &mut out,
        name,
        "counter",
        "Requests turned away at the front door or by a filter.",
    );
    if let Ok(list) = totals.refusals.lock() {
        for (reason, n) in list.iter() {
            let _ = writeln!(out, "{name}{{reason=\"{reason}\"}} {n}");
        }
    }
    let name = "carveout_gateway_requests_total";
    head(
        &mut out,
        name,
        "counter",
        "Requests by route and class of status.",
    );
    for route in snapshot.routes() {
        for (class, n) in route.metrics.by_class.iter().enumerate().skip(1) {
            let _ = writeln!(
                out,
                "{name}{{route=\"{}\",class=\"{class}xx\"}} {}",
                escape(&route.name),
                n.load(Relaxed)
            );
        }
    }
    type Field = fn(&RouteMetrics) -> &AtomicU64;
    let fields: [(&str, &str, &str, Field); 11] = [
        ("in_flight", "gauge", "Requests being served.", |m| {
            &m.in_flight
        }),
        (
            "declined_total",
            "counter",
            "Answers declined and given by another upstream.",
            |m| &m.declined,
        ),
        (
            "fallbacks_total",
            "counter",
            "Requests sent to the fallback.",
            |m| &m.fallbacks,
        ),
        (
            "shadow_sent_total",
            "counter",
            "Copies sent to the shadow.",
            |m| &m.shadow_sent,
        ),
        (
            "shadow_dropped_total",
            "counter",
            "Copies not sent, over a limit.",
            |m| &m.shadow_dropped,
        ),
        (
            "shadow_same_total",
            "counter",
            "Shadow answers that were the same.",
            |m| &m.shadow_same,
        ),
        (
            "shadow_different_total",
            "counter",
            "Shadow answers that were different.",
            |m| &m.shadow_different,
        ),
        (
            "shadow_unconfirmed_total",
            "counter",
            "Differences that the caller's upstream did not confirm.",
            |m| &m.shadow_unconfirmed,
        ),
        (
            "shadow_failed_total",
            "counter",
            "Copies without an answer.",
            |m| &m.shadow_failed,
        ),
        ("recorded_total", "counter", "Pairs recorded.", |m| {
            &m.recorded
        }),
        (
            "record_dropped_total",
            "counter",
            "Pairs not recorded, over a limit.",
            |m| &m.record_dropped,
        ),
    ];
    for (field, kind, help, get) in fields {
        let name = format!("carveout_gateway_route_{field}");
        head(&mut out, &name, kind, help);
        for route in snapshot.routes() {
            let _ = writeln!(
                out,
                "{name}{{route=\"{}\"}} {}",
                escape(&route.name),
                get(&route.metrics).load(Relaxed)
            );
        }
    }
    let name = "carveout_gateway_request_seconds";
    head(
        &mut out,
        name,
        "histogram",
        "Time to the end of the answer, by route.",
    );
    for route in snapshot.routes() {
        route.metrics.time.write(
            &mut out,
            name,
            &format!("route=\"{}\"", escape(&route.name)),
        );
    }
    for (q, name) in [
        (0.5, "carveout_gateway_request_p50_seconds"),
        (0.99, "carveout_gateway_request_p99_seconds"),
    ] {
        head(
            &mut out,
            name,
            "gauge",
            "Quantile since the start, by route.",
        );
        for route in snapshot.routes() {
            if let Some(seconds) = route.metrics.time.quantile(q) {
                let _ = writeln!(out, "{name}{{route=\"{}\"}} {seconds}", escape(&route.name));
            }
        }
    }
    let name = "carveout_gateway_upstream_requests_total";
    head(
        &mut out,
        name,
        "counter",
        "Tries by upstream and class of status.",
    );
    for upstream in snapshot.upstreams() {
        for (class, n) in upstream.metrics.by_class.iter().enumerate().skip(1) {
            let _ = writeln!(
                out,
                "{name}{{upstream=\"{}\",class=\"{class}xx\"}} {}",
                escape(&upstream.name),
                n.load(Relaxed)
            );
        }
    }
    for (field, help) in [
        ("failures", "Tries without an answer."),
        ("retries", "Tries after the first."),
    ] {
        let name = format!("carveout_gateway_upstream_{field}_total");
        head(&mut out, &name, "counter", help);
        for upstream in snapshot.upstreams() {
            let value = if field == "failures" {
                &upstream.metrics.failures
            } else {
                &upstream.metrics.retries
            };
            let _ = writeln!(
                out,
                "{name}{{upstream=\"{}\"}} {}",
                escape(&upstream.name),
                value.load(Relaxed)
            );
        }
    }
    let name = "carveout_gateway_upstream_seconds";
    head(
        &mut out,
        name,
        "histogram",
        "Time to an upstream's response head.",
    );
    for upstream in snapshot.upstreams() {
        upstream.metrics.time.write(
            &mut out,
            name,
            &format!("upstream=\"{}\"", escape(&upstream.name)),
        );
    }
    for (field, help) in [
        ("usable", "1 if healthy and not ejected."),
        ("in_flight", "Requests."),
        ("connections", "Open."),
    ] {
        let name = format!("carveout_gateway_endpoint_{field}");
        head(&mut out, &name, "gauge", help);
        for upstream in snapshot.upstreams() {
            for endpoint in &upstream.endpoints {
                let value = match field {
                    "usable" => u32::from(endpoint.is_usable()),
                    "in_flight" => endpoint.in_flight.load(Relaxed),
                    _ => endpoint.connections.load(Relaxed),
                };
                let (up, label) = (escape(&upstream.name), escape(&endpoint.label));
                let _ = writeln!(
                    out,
                    "{name}{{upstream=\"{up}\",endpoint=\"{label}\"}} {value}"
                );
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_a_bucket() {
        let histogram = Histogram::default();
        for us in 1..=100_000u64 {
            histogram.record(Duration::from_micros(us));
        }
        for (q, truth) in [(0.5, 0.05), (0.99, 0.099)] {
            let found = histogram.quantile(q).unwrap();
            assert!(found >= truth && found <= truth * 1.13, "{q}: {found}");
        }
        assert_eq!(histogram.count(), 100_000);
        assert!(Histogram::default().quantile(0.5).is_none());
        for bucket in 0..SUB * EXPONENTS - 1 {
            assert_eq!(bucket_of(end_of(bucket)), bucket + 1);
        }
    }
}
