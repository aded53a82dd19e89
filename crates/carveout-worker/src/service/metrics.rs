//! Counts and latency of every operation, in Prometheus' text format (version 0.0.4).

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use carveout_runtime::table::Table;

/// Upper bounds of the latency buckets, in microseconds.
const BUCKETS_US: [u64; 14] = [
    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 1_000_000, 10_000_000,
];

/// How a request ended; the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Value,
    Fault,
    Decline,
    Failure,
    Invalid,
}

const OUTCOMES: [&str; 5] = ["value", "fault", "decline", "failure", "invalid"];

#[derive(Default)]
struct Operation {
    ended: [AtomicU64; 5],
    buckets: [AtomicU64; BUCKETS_US.len() + 1],
    total_ns: AtomicU64,
    /// Moving average of a call's own time, which decides where the next one runs.
    average_ns: AtomicU64,
}

pub struct Metrics {
    names: Vec<&'static str>,
    operations: Vec<Operation>,
    pub in_flight: AtomicUsize,
    pub refused: AtomicU64,
}

impl Metrics {
    pub fn new(table: &'static Table) -> Self {
        Self {
            names: table.ops.iter().map(|op| op.name).collect(),
            operations: table.ops.iter().map(|_| Operation::default()).collect(),
            in_flight: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
        }
    }

    pub fn count(&self, index: usize, ended: Ended, took: Duration) {
        let Some(operation) = self.operations.get(index) else {
            return;
        };
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        operation.ended[ended as usize].fetch_add(1, Ordering::Relaxed);
        operation.total_ns.fetch_add(ns, Ordering::Relaxed);
        let bucket = BUCKETS_US.partition_point(|us| us * 1_000 < ns);
        operation.buckets[bucket].fetch_add(1, Ordering::Relaxed);
    }

    /// Remember how long the operation itself took (no I/O), as a moving average over about 8 calls.
    pub fn learn(&self, index: usize, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let average = &self.operations[index].average_ns;
        let old = average.load(Ordering::Relaxed);
        let new = if old == 0 { ns } else { old - old / 8 + ns / 8 };
        average.store(new.max(1), Ordering::Relaxed);
    }

    /// None until a call was measured.
    pub fn average(&self, index: usize) -> Option<Duration> {
        match self.operations[index].average_ns.load(Ordering::Relaxed) {
            0 => None,
            ns => Some(Duration::from_nanos(ns)),
        }
    }

    pub fn text(&self) -> String {
        let mut out = String::with_capacity(4096);
        out.push_str(
            "# HELP carveout_requests_total Requests by operation and outcome.\n\
             # TYPE carveout_requests_total counter\n",
        );
        for (name, operation) in self.names.iter().zip(&self.operations) {
            for (outcome, count) in OUTCOMES.iter().zip(&operation.ended) {
                let count = count.load(Ordering::Relaxed);
                let _ = writeln!(
                    out,
                    "carveout_requests_total{{operation=\"{name}\",outcome=\"{outcome}\"}} {count}"
                );
            }
        }
        out.push_str(
            "# HELP carveout_request_duration_seconds Time from the whole request read to the answer.\n\
             # TYPE carveout_request_duration_seconds histogram\n",
        );
        for (name, operation) in self.names.iter().zip(&self.operations) {
            let mut sum = 0;
            for (i, bucket) in operation.buckets.iter().enumerate() {
                sum += bucket.load(Ordering::Relaxed);
                let le = BUCKETS_US
                    .get(i)
                    .map_or_else(|| "+Inf".to_owned(), |us| format!("{}", *us as f64 / 1e6));
                let _ = writeln!(
                    out,
                    "carveout_request_duration_seconds_bucket{{operation=\"{name}\",le=\"{le}\"}} {sum}"
                );
            }
            let total = operation.total_ns.load(Ordering::Relaxed) as f64 / 1e9;
            let _ = writeln!(
                out,
                "carveout_request_duration_seconds_sum{{operation=\"{name}\"}} {total}\n\
                 carveout_request_duration_seconds_count{{operation=\"{name}\"}} {sum}"
            );
        }
        let _ = writeln!(
            out,
            "# HELP carveout_requests_in_flight Requests being answered now.\n\
             # TYPE carveout_requests_in_flight gauge\n\
             carveout_requests_in_flight {}\n\
             # HELP carveout_requests_refused_total Requests refused at the concurrency limit.\n\
             # TYPE carveout_requests_refused_total counter\n\
             carveout_requests_refused_total {}",
            self.in_flight.load(Ordering::Relaxed),
            self.refused.load(Ordering::Relaxed)
        );
        out
    }
}
