//! A request on its way up: what it takes to send it once more, to one endpoint or another.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderMap, UPGRADE};
use http::request::Parts;
use http::{HeaderValue, Request, Uri, Version};

use crate::body::{Body, RequestBody};
use crate::front::Refusal;
use crate::upstream::Endpoint;

/// A request as it goes up, to be sent once or more.
pub struct Outgoing {
    pub parts: Parts,
    pub keep_host: bool,
    pub source: Source,
    pub idempotent: bool,
    pub key: u64,
    /// Asks to leave HTTP.
    pub upgrade: bool,
}

pub enum Source {
    /// Whole and kept: may go out any number of times.
    Kept(Bytes, Option<HeaderMap>),
    /// Only once; None when it has gone.
    Once(Option<Body>),
}

impl Source {
    pub fn may_repeat(&self) -> bool {
        matches!(self, Source::Kept(..))
    }

    pub fn take(&mut self) -> Option<Body> {
        match self {
            Source::Kept(bytes, None) if bytes.is_empty() => Some(Body::Empty),
            Source::Kept(bytes, None) => Some(Body::full(bytes.clone())),
            Source::Kept(bytes, trailers) => Some(Body::Request(Box::new(RequestBody {
                prefix: Some(bytes.clone()).filter(|b| !b.is_empty()),
                inner: None,
                trailers: trailers.clone(),
                left: 0,
                over: Arc::default(),
            }))),
            Source::Once(body) => body.take(),
        }
    }

    pub fn give_back(&mut self, body: Body) {
        if let Source::Once(place) = self {
            *place = Some(body);
        }
    }
}

impl Outgoing {
    /// Whether it takes a connection that can stream or be handed over.
    pub fn streams(&self) -> bool {
        self.upgrade || !matches!(self.source, Source::Kept(_, None))
    }

    /// The request for one endpoint.
    pub fn build(&self, endpoint: &Endpoint, body: Body) -> Result<Request<Body>, Refusal> {
        let mut headers = self.parts.headers.clone();
        let host = if self.keep_host {
            None
        } else {
            HeaderValue::from_str(&endpoint.host).ok()
        };
        if let Some(host) = host {
            headers.insert(HOST, host);
        }
        let (uri, version) = if endpoint.h2 {
            let host = headers.remove(HOST).ok_or(Refusal::bad("no-host"))?;
            let mut uri = http::uri::Parts::default();
            uri.scheme = Some(if endpoint.tls.is_some() {
                http::uri::Scheme::HTTPS
            } else {
                http::uri::Scheme::HTTP
            });
            uri.authority = Some(
                host.as_bytes()
                    .try_into()
                    .map_err(|_| Refusal::bad("host"))?,
            );
            uri.path_and_query = self.parts.uri.path_and_query().cloned();
            (
                Uri::from_parts(uri).map_err(|_| Refusal::bad("request-target"))?,
                Version::HTTP_2,
            )
        } else {
            (self.parts.uri.clone(), Version::HTTP_11)
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.parts.method.clone();
        *request.uri_mut() = uri;
        *request.version_mut() = version;
        *request.headers_mut() = headers;
        Ok(request)
    }

    pub fn as_upgrade(&mut self, protocol: &'static str) {
        self.parts
            .headers
            .insert(CONNECTION, HeaderValue::from_static("upgrade"));
        self.parts
            .headers
            .insert(UPGRADE, HeaderValue::from_static(protocol));
    }
}
