//! Keys of an authenticator from a URL: fetched at the start, every so often, and when a token was
//! signed by a key that is not among them (at most every ten seconds). Old keys stay while the
//! source can't be read.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::config::model::AuthKind;
use crate::fetch::{self, Outgoing};
use crate::filters::jwt::Keys;
use crate::snapshot::Authenticator;

const NOT_MORE_OFTEN_THAN: Duration = Duration::from_secs(10);

pub async fn keep(authenticator: Arc<Authenticator>) {
    let AuthKind::Jwt(rules) = &authenticator.kind else {
        return;
    };
    let Some(url) = &rules.jwks_url else { return };
    let mut first = true;
    loop {
        let fetched =
            tokio::time::timeout(Duration::from_secs(10), fetch(url, rules.ca.as_ref())).await;
        let keys = fetched
            .map_err(|_| "time-out".to_string())
            .and_then(|f| f)
            .and_then(|text| Keys::from_jwks(&text));
        match keys {
            Ok(keys) => {
                authenticator.keys.store(Arc::new(keys));
                authenticator.ready.store(true, Relaxed);
            }
            Err(error) => eprintln!(
                "warning: cannot read the keys of `{}` from {url}: {error}",
                authenticator.name
            ),
        }
        let ready = authenticator.ready.load(Relaxed);
        let pause = if ready || first {
            NOT_MORE_OFTEN_THAN.min(rules.refresh)
        } else {
            Duration::from_secs(2)
        };
        first = false;
        if !ready {
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        }
        tokio::time::sleep(pause).await;
        let _ = tokio::time::timeout(
            rules.refresh.saturating_sub(pause),
            authenticator.wanted.notified(),
        )
        .await;
    }
}

async fn fetch(url: &str, ca: Option<&std::path::PathBuf>) -> Result<Vec<u8>, String> {
    let asked = Outgoing {
        url,
        ca,
        headers: &[],
        json: None,
    };
    match fetch::send(asked).await? {
        (200..=299, body) => Ok(body),
        (status, _) => Err(format!("status {status}")),
    }
}
