//! Active checks: one task for every upstream that asks for them, on one core.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use http::{Request, header};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::{Endpoint, Upstream, connections};
use crate::body::Body;
use crate::config::model::Health;

/// Check until the task is dropped (the snapshot it belongs to is gone).
pub async fn watch(upstream: Arc<Upstream>, rules: Health) {
    let mut runs: Vec<i64> = vec![0; upstream.endpoints.len()];
    loop {
        for (endpoint, run) in upstream.endpoints.iter().zip(&mut runs) {
            let well = tokio::time::timeout(rules.timeout, is_well(endpoint, &rules.path))
                .await
                .unwrap_or(false);
            // A run counts up while checks succeed and down while they fail.
            *run = if well {
                (*run).max(0) + 1
            } else {
                (*run).min(0) - 1
            };
            if *run >= i64::from(rules.healthy_after) {
                endpoint.healthy.store(true, Relaxed);
            } else if *run <= -i64::from(rules.unhealthy_after) {
                endpoint.healthy.store(false, Relaxed);
            }
        }
        tokio::time::sleep(rules.interval).await;
    }
}

async fn is_well(endpoint: &Endpoint, path: &str) -> bool {
    let Ok(io) = connections::open(endpoint).await else {
        return false;
    };
    let io = TokioIo::new(io);
    let scheme = if endpoint.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let uri = if endpoint.h2 {
        format!("{scheme}://{}{path}", endpoint.host)
    } else {
        path.to_string()
    };
    let request = Request::get(uri);
    let request = if endpoint.h2 {
        request
    } else {
        request.header(header::HOST, &endpoint.host)
    };
    let Ok(request) = request
        .header(header::USER_AGENT, "carveout-gateway-health")
        .body(Body::Empty)
    else {
        return false;
    };
    let status = if endpoint.h2 {
        let Ok((mut sender, connection)) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await
        else {
            return false;
        };
        let task = tokio::spawn(connection);
        let answer = sender.send_request(request).await.map(|r| r.status());
        task.abort();
        answer
    } else {
        let Ok((mut sender, connection)) = hyper::client::conn::http1::handshake(io).await else {
            return false;
        };
        let task = tokio::spawn(connection);
        let answer = sender.send_request(request).await.map(|r| r.status());
        task.abort();
        answer
    };
    status.is_ok_and(|status| status.is_success())
}
