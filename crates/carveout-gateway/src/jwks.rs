//! Keys of an authenticator from a URL: fetched at the start, every so often, and when a token was
//! signed by a key that is not among them (at most every ten seconds). Old keys stay while the
//! source can't be read.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http::{Request, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper_util::rt::TokioIo;

use crate::body::Body;
use crate::config::model::{AuthKind, EndpointAddress};
use crate::filters::jwt::Keys;
use crate::snapshot::Authenticator;
use crate::transport::Transport;

const MOST_BYTES: usize = 512 * 1024;
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
    let uri: Uri = url.parse().map_err(|_| "not a URL".to_string())?;
    let base = format!(
        "{}://{}",
        uri.scheme_str().unwrap_or("http"),
        uri.authority().map_or("", |a| a.as_str())
    );
    let (scheme, endpoint) =
        crate::config::endpoint(&base).ok_or_else(|| "not an address".to_string())?;
    let stream = match &endpoint.address {
        EndpointAddress::Ip(address) => tokio::net::TcpStream::connect(address).await,
        EndpointAddress::Name(name, port) => {
            tokio::net::TcpStream::connect((name.as_str(), *port)).await
        }
        EndpointAddress::Unix(_) => return Err("not a URL".to_string()),
    }
    .map_err(|error| error.to_string())?;
    let io = if scheme == "https" {
        let name = match &endpoint.address {
            EndpointAddress::Name(name, _) => name.clone(),
            EndpointAddress::Ip(address) => address.ip().to_string(),
            EndpointAddress::Unix(_) => String::new(),
        };
        let name =
            rustls::pki_types::ServerName::try_from(name).map_err(|error| error.to_string())?;
        let config = crate::tls::client(ca, false)?;
        let stream = tokio_rustls::TlsConnector::from(config)
            .connect(name, stream)
            .await;
        Transport::TlsClient(Box::new(stream.map_err(|error| error.to_string())?))
    } else {
        Transport::Tcp(stream)
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(io))
        .await
        .map_err(|error| error.to_string())?;
    let task = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let request = Request::get(path)
        .header(header::HOST, &endpoint.host)
        .header(header::ACCEPT, "application/json")
        .body(Body::Empty)
        .map_err(|error| error.to_string())?;
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| error.to_string())?;
    if !response.status().is_success() {
        return Err(format!("status {}", response.status().as_u16()));
    }
    let body = Limited::new(response.into_body(), MOST_BYTES)
        .collect()
        .await
        .map_err(|error| error.to_string())?;
    task.abort();
    Ok(body.to_bytes().to_vec())
}
