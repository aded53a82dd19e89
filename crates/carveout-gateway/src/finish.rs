//! What happens when an answer has gone out, or could not: counted, logged, recorded, once.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use bytes::Bytes;

use crate::access::Line;
use crate::front::Conn;
use crate::metrics::ArmMetrics;
use crate::record::Pair;
use crate::snapshot::Route;
use crate::state::Shared;

/// Dropped with the answer's body. `whole` and `broken` say how that ended.
pub struct Finish {
    pub shared: Arc<Shared>,
    pub conn: Arc<Conn>,
    pub route: Option<Arc<Route>>,
    pub arm: Option<Arc<ArmMetrics>>,
    pub started: Instant,
    pub status: u16,
    pub sent: u64,
    pub whole: bool,
    pub broken: bool,
    pub line: Option<Box<Line>>,
    pub pair: Option<Box<Pair>>,
}

impl Finish {
    pub fn passed(&mut self, data: &Bytes) {
        self.sent += data.len() as u64;
        if let Some(pair) = &mut self.pair {
            pair.passed(data);
        }
    }
}

impl Drop for Finish {
    fn drop(&mut self) {
        self.conn.in_flight.fetch_sub(1, Relaxed);
        let time = self.started.elapsed();
        if let Some(route) = &self.route {
            route.metrics.in_flight.fetch_sub(1, Relaxed);
            route.metrics.by_class[usize::from(self.status / 100).min(5)].fetch_add(1, Relaxed);
            route.metrics.time.record(time);
        }
        if let Some(arm) = &self.arm {
            arm.requests.fetch_add(1, Relaxed);
            if self.status >= 500 || self.broken {
                arm.errors.fetch_add(1, Relaxed);
            }
            arm.time.record(time);
        }
        if let Some(line) = self.line.take() {
            if line.logged {
                self.shared.log.write(&line, self, time);
            }
            if let Some(context) = &line.span {
                self.shared.spans.offer(context, &line, self, time);
            }
        }
        if let Some(pair) = self.pair.take()
            && self.whole
        {
            let recorded = self.shared.recorder.offer(*pair, self.status, time);
            if let Some(route) = &self.route {
                let counter = if recorded {
                    &route.metrics.recorded
                } else {
                    &route.metrics.record_dropped
                };
                counter.fetch_add(1, Relaxed);
            }
        }
    }
}
