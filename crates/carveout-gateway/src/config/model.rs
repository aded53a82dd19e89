//! The configuration as values: what `read` makes of a file, what `snapshot` compiles.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Config {
    pub threads: usize,
    pub pin_cores: bool,
    pub listeners: Vec<Listener>,
    pub trusted_proxies: Vec<Network>,
    pub underscores: Underscores,
    /// Whether X-Forwarded-* are set, and request ids and traces.
    pub forwarded: bool,
    pub trace: bool,
    pub limits: Limits,
    pub timeouts: Timeouts,
    pub admin: Option<Admin>,
    /// Where a new process may ask for the sockets of this one.
    pub handover: Option<PathBuf>,
    pub access_log: Option<AccessLog>,
    pub spans: Option<Spans>,
    pub record: Record,
    pub upstreams: Vec<Upstream>,
    pub auth: Vec<Auth>,
    pub routes: Vec<Route>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Underscores {
    Drop,
    Refuse,
    Allow,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

#[derive(Clone, Debug)]
pub struct Listener {
    pub address: SocketAddr,
    pub proxy_protocol: bool,
    pub h2: bool,
    pub tls: Option<Tls>,
}

#[derive(Clone, Debug)]
pub struct Tls {
    /// Certificate chain and key, PEM; the first is used for unknown names.
    pub certificates: Vec<(PathBuf, PathBuf)>,
    pub client_ca: Option<PathBuf>,
    pub client_required: bool,
    pub only_13: bool,
}

#[derive(Clone, Debug)]
pub struct Limits {
    pub header_bytes: usize,
    pub header_count: usize,
    pub uri_bytes: usize,
    pub body_bytes: u64,
    pub replay_bytes: usize,
    pub connections: usize,
    /// None: the default, which does not hold for loopback and trusted proxies.
    pub connections_per_address: Option<u32>,
    pub h2_streams: u32,
    pub h2_control_per_second: u32,
    pub h2_resets_per_second: u32,
    pub websocket_frame_bytes: u64,
    pub least_bytes_per_second: u64,
}

#[derive(Clone, Debug)]
pub struct Timeouts {
    pub header: Duration,
    pub idle: Duration,
    pub stall: Duration,
    pub connect: Duration,
    pub try_: Duration,
    pub total: Duration,
    pub stream_idle: Duration,
    pub drain: Duration,
}

#[derive(Clone, Debug)]
pub struct Admin {
    pub address: Address,
    pub token_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AccessLog {
    /// None: standard output.
    pub path: Option<PathBuf>,
    pub sample: f64,
}

#[derive(Clone, Debug)]
pub struct Spans {
    pub endpoint: String,
    pub sample: f64,
    pub service: String,
    pub headers: Vec<(String, String)>,
    pub ca: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub folder: PathBuf,
    pub folder_bytes: u64,
    pub body_bytes: usize,
    pub redact_headers: Vec<String>,
    pub redact_fields: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Upstream {
    pub name: String,
    pub endpoints: Vec<Endpoint>,
    pub h2: bool,
    pub tls: bool,
    pub ca: Option<PathBuf>,
    pub balance: Balance,
    pub health: Option<Health>,
    pub outlier: Outlier,
    pub idle: Duration,
    pub max_idle: usize,
    pub max_connections: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `host:port` or the path of a socket, as written.
    pub label: String,
    pub address: EndpointAddress,
    /// What goes out as Host when the client's is not kept, and the name in TLS.
    pub host: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointAddress {
    Ip(SocketAddr),
    Name(String, u16),
    Unix(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Balance {
    LeastRequest,
    RoundRobin,
    /// Consistent: by a header's value, or by the client's address where it has none.
    Hash(Option<String>),
}

#[derive(Clone, Debug)]
pub struct Health {
    pub path: String,
    pub interval: Duration,
    pub timeout: Duration,
    pub healthy_after: u32,
    pub unhealthy_after: u32,
}

#[derive(Clone, Debug)]
pub struct Outlier {
    pub consecutive: u32,
    pub window: Duration,
    pub minimum: u32,
    pub failure_share: f64,
    pub max_ejected_share: f64,
    pub eject_for: Duration,
}

#[derive(Clone, Debug)]
pub struct Auth {
    pub name: String,
    pub kind: AuthKind,
}

#[derive(Clone, Debug)]
pub enum AuthKind {
    ApiKey {
        header: String,
        keys: Vec<(String, [u8; 32])>,
    },
    Jwt(Jwt),
}

#[derive(Clone, Debug)]
pub struct Jwt {
    pub jwks_file: Option<PathBuf>,
    pub jwks_url: Option<String>,
    pub refresh: Duration,
    pub secret_file: Option<PathBuf>,
    pub algorithms: Vec<String>,
    pub audiences: Vec<String>,
    pub issuers: Vec<String>,
    pub leeway: Duration,
    pub ca: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct Route {
    pub name: String,
    pub hosts: Vec<String>,
    pub path: PathMatch,
    pub methods: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    pub action: Action,
    pub auth: Vec<String>,
    pub cors: Option<Cors>,
    pub rate_limits: Vec<RateLimit>,
    pub body_bytes: Option<u64>,
    pub timeout_try: Option<Duration>,
    pub timeout_total: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathMatch {
    Exact(String),
    /// Whole segments: `/api` matches `/api` and `/api/x`, not `/apix`.
    Prefix(String),
    /// `/users/{id}/orders`: a name in braces stands for one segment.
    Template(Vec<Segment>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Literal(String),
    Param(String),
}

#[derive(Clone, Debug)]
pub enum Action {
    Forward(Box<Forward>),
    Redirect {
        status: u16,
        to: String,
    },
    Respond {
        status: u16,
        body: String,
        content_type: String,
    },
}

#[derive(Clone, Debug)]
pub struct Forward {
    pub split: Vec<(String, f64)>,
    pub sticky: Option<Sticky>,
    pub rewrite: Rewrite,
    pub keep_host: bool,
    pub retries: Retries,
    pub shadow: Option<Shadow>,
    /// The upstream that answers when the first declines.
    pub decline_to: Option<String>,
    /// The upstream that answers when the first can't be reached or has no healthy endpoint.
    pub fallback: Option<String>,
    pub record: f64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sticky {
    Header(String),
    Cookie(String),
    Address,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    None,
    /// Replace the route's prefix by this.
    Prefix(String),
    /// The whole path; `{name}` is filled in from a template.
    Path(String),
}

#[derive(Clone, Debug)]
pub struct Retries {
    pub attempts: u32,
    /// Retries may be at most this share of requests, over ten seconds.
    pub budget: f64,
    pub minimum_per_second: u32,
    pub on_status: Vec<u16>,
}

#[derive(Clone, Debug)]
pub struct Shadow {
    pub upstream: String,
    pub share: f64,
    pub concurrency: usize,
    pub compare: bool,
    pub timeout: Duration,
}

#[derive(Clone, Debug)]
pub struct Cors {
    pub origins: Vec<String>,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    pub credentials: bool,
    pub max_age_s: u64,
}

#[derive(Clone, Debug)]
pub struct RateLimit {
    pub by: LimitBy,
    pub per_second: f64,
    pub burst: f64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitBy {
    Address,
    Route,
    /// The authenticated key or subject.
    Caller,
    Header(String),
}

/// An address block such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub base: IpAddr,
    pub bits: u8,
}

impl Network {
    pub fn parse(text: &str) -> Option<Network> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().ok()?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Network { base, bits })
    }

    pub fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                u64::from(base.to_bits()) >> shift == u64::from(address.to_bits()) >> shift
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = if self.bits == 0 {
                    0
                } else {
                    u128::MAX << (128 - u32::from(self.bits))
                };
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}
