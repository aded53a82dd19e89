//! A request of the gateway's own, to a URL from its configuration: keys from there, spans to there.
//! A connection for each: they are rare.

use std::path::PathBuf;

use http::{Request, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper_util::rt::TokioIo;

use crate::body::Body;
use crate::config::model::EndpointAddress;
use crate::transport::Transport;

const MOST_BYTES: usize = 512 * 1024;

pub struct Outgoing<'a> {
    pub url: &'a str,
    /// Trusted roots; the system's by default.
    pub ca: Option<&'a PathBuf>,
    pub headers: &'a [(String, String)],
    /// POST with this body, else GET.
    pub json: Option<String>,
}

/// The answer's status and body. The caller bounds the time.
pub async fn send(asked: Outgoing<'_>) -> Result<(u16, Vec<u8>), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let uri: Uri = asked.url.parse().map_err(|_| "not a URL".to_string())?;
    let base = format!(
        "{}://{}",
        uri.scheme_str().unwrap_or("http"),
        uri.authority().map_or("", |a| a.as_str())
    );
    let (scheme, endpoint) =
        crate::config::endpoint(&base).ok_or_else(|| "not an address".to_string())?;
    let (stream, name) = match &endpoint.address {
        EndpointAddress::Ip(address) => (
            tokio::net::TcpStream::connect(address).await,
            address.ip().to_string(),
        ),
        EndpointAddress::Name(name, port) => (
            tokio::net::TcpStream::connect((name.as_str(), *port)).await,
            name.clone(),
        ),
        EndpointAddress::Unix(_) => return Err("not a URL".to_string()),
    };
    let stream = stream.map_err(|e| text(&e))?;
    let io = if scheme == "https" {
        let name = rustls::pki_types::ServerName::try_from(name).map_err(|e| text(&e))?;
        let stream = tokio_rustls::TlsConnector::from(crate::tls::client(asked.ca, false)?)
            .connect(name, stream)
            .await;
        Transport::TlsClient(Box::new(stream.map_err(|e| text(&e))?))
    } else {
        Transport::Tcp(stream)
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(io))
        .await
        .map_err(|e| text(&e))?;
    let task = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let mut request = match &asked.json {
        None => Request::get(path),
        Some(_) => Request::post(path).header(header::CONTENT_TYPE, "application/json"),
    }
    .header(header::HOST, &endpoint.host)
    .header(header::ACCEPT, "application/json");
    for (name, value) in asked.headers {
        request = request.header(name, value);
    }
    let request = request
        .body(asked.json.map_or(Body::Empty, Body::full))
        .map_err(|e| text(&e))?;
    let response = sender.send_request(request).await.map_err(|e| text(&e))?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MOST_BYTES)
        .collect()
        .await
        .map_err(|e| text(&e))?;
    task.abort();
    Ok((status, body.to_bytes().to_vec()))
}
