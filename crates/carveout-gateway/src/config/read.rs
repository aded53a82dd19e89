//! The tables of `[gateway]` besides its routes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::model::*;
use super::node::{Node, Problem, Value};
use super::reader::{Problems, Reader, TextOrTable};
use super::{auth, routes};

pub fn config(root: &Node, folder: &Path) -> Result<Config, Vec<Problem>> {
    let problems = Problems::default();
    let config = root.get("gateway").and_then(|node| {
        let reader = Reader::new("gateway", node, &problems)?;
        Some(gateway(reader, folder))
    });
    let mut found = problems.take();
    // From top to bottom; problems without a place stay where they were found.
    found.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
    match config {
        Some(config) if found.is_empty() => Ok(config),
        None if found.is_empty() => Err(vec![Problem {
            message: "there is no table [gateway]".to_string(),
            key: "gateway".to_string(),
            span: None,
            hint: Some("docs/gateway.md begins with the smallest one".to_string()),
        }]),
        _ => Err(found),
    }
}

fn gateway(r: Reader<'_>, folder: &Path) -> Config {
    let timeouts = timeouts(r.table_or_empty("timeouts"));
    let limits = limits(r.table_or_empty("limits"));
    let upstreams: Vec<Upstream> = r
        .named("upstreams")
        .into_iter()
        .filter_map(|(name, r)| upstream(name, r, folder))
        .collect();
    let auth: Vec<Auth> = r
        .named("auth")
        .into_iter()
        .filter_map(|(name, r)| auth::authenticator(name, r, folder))
        .collect();
    let upstream_names: Vec<String> = match r.node("upstreams") {
        Some(Node {
            value: Value::Table(entries),
            ..
        }) => entries.iter().map(|(name, ..)| name.clone()).collect(),
        _ => Vec::new(),
    };
    let auth_names: Vec<String> = match r.node("auth") {
        Some(Node {
            value: Value::Table(entries),
            ..
        }) => entries.iter().map(|(name, ..)| name.clone()).collect(),
        _ => Vec::new(),
    };
    let known = routes::Known {
        upstreams: &upstream_names,
        auth: &auth_names,
    };
    let routes = routes::routes(&r, &known);
    let config = Config {
        threads: r.whole("threads", 0, 0..=1024) as usize,
        pin_cores: r.truth("pin_cores", false),
        listeners: listeners(&r, folder),
        trusted_proxies: networks(&r),
        underscores: match r.one_of("underscores", &["drop", "refuse", "allow"], "drop") {
            "refuse" => Underscores::Refuse,
            "allow" => Underscores::Allow,
            _ => Underscores::Drop,
        },
        forwarded: r.truth("forwarded", true),
        trace: r.truth("trace", true),
        limits,
        timeouts,
        admin: r.table("admin").and_then(|r| admin(r, folder)),
        handover: r.text("handover").map(|p| folder.join(p)),
        access_log: r.table("access_log").map(|r| {
            let path = r.text("path").map(|p| folder.join(p));
            let sample = r.number("sample", 1.0, 0.0..=1.0);
            r.finish();
            AccessLog { path, sample }
        }),
        spans: r.table("spans").and_then(|r| spans(r, folder)),
        record: record(r.table_or_empty("record"), folder),
        upstreams,
        auth,
        routes,
    };
    if config.spans.is_some() && !config.trace {
        r.problem(
            "trace",
            "spans need the trace context",
            Some("leave out `trace = false` or [gateway.spans]"),
        );
    }
    if r.lacks("routes") {
        r.problem(
            "",
            "there are no routes",
            Some("add [[gateway.routes]] with `prefix = \"/\"` and an `upstream`"),
        );
    }
    r.finish();
    config
}

fn timeouts(r: Reader<'_>) -> Timeouts {
    let timeouts = Timeouts {
        header: r.millis("header_ms", 10_000, false),
        idle: r.millis("idle_ms", 75_000, false),
        stall: r.millis("stall_ms", 20_000, false),
        connect: r.millis("connect_ms", 2_000, false),
        try_: r.millis("try_ms", 0, true),
        total: r.millis("total_ms", 60_000, true),
        stream_idle: r.millis("stream_idle_ms", 300_000, true),
        drain: r.millis("drain_ms", 30_000, true),
    };
    r.finish();
    timeouts
}

fn limits(r: Reader<'_>) -> Limits {
    let limits = Limits {
        header_bytes: r.whole("header_bytes", 32 * 1024, 256..=1 << 20) as usize,
        header_count: r.whole("header_count", 100, 4..=1000) as usize,
        uri_bytes: r.whole("uri_bytes", 8 * 1024, 64..=60 * 1024) as usize,
        body_bytes: r.whole("body_bytes", 64 << 20, 0..=1 << 50),
        replay_bytes: r.whole("replay_bytes", 256 * 1024, 0..=64 << 20) as usize,
        connections: r.whole("connections", 65_536, 1..=10_000_000) as usize,
        connections_per_address: match r.whole("connections_per_address", 0, 0..=10_000_000) {
            0 => None,
            n => Some(n as u32),
        },
        h2_streams: r.whole("h2_streams", 128, 1..=10_000) as u32,
        h2_control_per_second: r.whole("h2_control_per_second", 500, 10..=1_000_000) as u32,
        h2_resets_per_second: r.whole("h2_resets_per_second", 200, 1..=1_000_000) as u32,
        websocket_frame_bytes: r.whole("websocket_frame_bytes", 16 << 20, 125..=1 << 40),
        least_bytes_per_second: r.whole("least_bytes_per_second", 64, 0..=1 << 30),
    };
    r.finish();
    limits
}

fn listeners(r: &Reader<'_>, folder: &Path) -> Vec<Listener> {
    let mut found = Vec::new();
    for one in r.texts_or_tables("listen") {
        let r = match one {
            TextOrTable::Table(r) => r,
            TextOrTable::Text(text) => {
                match text.parse() {
                    Ok(address) => found.push(Listener {
                        address,
                        proxy_protocol: false,
                        h2: true,
                        tls: None,
                    }),
                    Err(_) => bad_address(r, "listen", text),
                }
                continue;
            }
        };
        let Some(text) = r.text("address") else {
            if !r.has("address") {
                r.problem(
                    "",
                    "a listener needs an `address`",
                    Some("`address = \"0.0.0.0:8080\"`"),
                );
            }
            continue;
        };
        let Ok(address) = text.parse() else {
            bad_address(&r, "address", &text);
            continue;
        };
        found.push(Listener {
            address,
            proxy_protocol: r.truth("proxy_protocol", false),
            h2: r.truth("h2", true),
            tls: r.table("tls").and_then(|r| tls(r, folder)),
        });
        r.finish();
    }
    if r.lacks("listen") {
        r.problem(
            "",
            "the gateway listens nowhere",
            Some("`listen = [\"127.0.0.1:8080\"]`"),
        );
    }
    found
}

fn bad_address(r: &Reader<'_>, key: &str, text: &str) {
    r.problem(
        key,
        format!("`{text}` is not an address with a port"),
        Some("for example 127.0.0.1:8080 or [::]:8080"),
    );
}

fn tls(r: Reader<'_>, folder: &Path) -> Option<Tls> {
    let mut certificates = Vec::new();
    for r in r.tables("certificates") {
        match (r.text("certificate"), r.text("key")) {
            (Some(certificate), Some(key)) => {
                let (certificate, key) = (folder.join(certificate), folder.join(key));
                match crate::tls::load_certificate(&certificate, &key) {
                    Ok(_) => certificates.push((certificate, key)),
                    Err(message) => r.problem("certificate", message, None),
                }
            }
            _ => r.problem(
                "",
                "a certificate needs `certificate` and `key`",
                Some("paths of PEM files"),
            ),
        }
        r.finish();
    }
    if r.lacks("certificates") {
        r.problem(
            "",
            "TLS needs `certificates`",
            Some("`certificates = [{ certificate = \"a.pem\", key = \"a.key\" }]`"),
        );
    }
    let client_ca = r.text("client_ca").map(|p| folder.join(p));
    if let Some(path) = &client_ca
        && let Err(message) = crate::tls::load_roots(path)
    {
        r.problem("client_ca", message, None);
    }
    let tls = Tls {
        certificates,
        client_required: r.truth("client_required", client_ca.is_some()),
        client_ca,
        only_13: r.one_of("min_version", &["1.2", "1.3"], "1.2") == "1.3",
    };
    r.finish();
    Some(tls)
}

fn networks(r: &Reader<'_>) -> Vec<Network> {
    let mut found = Vec::new();
    for text in r.texts("trusted_proxies") {
        match Network::parse(&text) {
            Some(network) => found.push(network),
            None => r.problem(
                "trusted_proxies",
                format!("`{text}` is not a network"),
                Some("for example 10.0.0.0/8"),
            ),
        }
    }
    found
}

fn admin(r: Reader<'_>, folder: &Path) -> Option<Admin> {
    let token_file = r.text("token_file").map(|p| folder.join(p));
    let address = match (r.text("socket"), r.text("address")) {
        (Some(path), None) => Some(Address::Unix(folder.join(path))),
        (None, Some(text)) => match text.parse::<std::net::SocketAddr>() {
            Ok(address) if !address.ip().is_loopback() => {
                r.problem(
                    "address",
                    format!("`{text}` is not a loopback address"),
                    Some("use a `socket`"),
                );
                None
            }
            Ok(_) if token_file.is_none() => {
                r.problem(
                    "address",
                    "an admin address needs a `token_file`",
                    Some("a Unix `socket` needs none"),
                );
                None
            }
            Ok(address) => Some(Address::Tcp(address)),
            Err(_) => {
                bad_address(&r, "address", &text);
                None
            }
        },
        _ => {
            r.problem(
                "",
                "the admin API needs either a `socket` or an `address`",
                None,
            );
            None
        }
    };
    r.finish();
    Some(Admin {
        address: address?,
        token_file,
    })
}

fn spans(r: Reader<'_>, folder: &Path) -> Option<Spans> {
    let endpoint = r.text("endpoint");
    let scheme = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    let is_url = |url: &String| scheme(url) && url.parse::<http::Uri>().is_ok();
    if endpoint.as_ref().is_none_or(|url| !is_url(url)) {
        let key = if r.has("endpoint") { "endpoint" } else { "" };
        r.problem(
            key,
            "spans need the `endpoint` of a collector",
            Some("`endpoint = \"http://127.0.0.1:4318/v1/traces\"`"),
        );
    }
    let headers = r.pairs("headers");
    for (name, value) in &headers {
        if http::HeaderName::from_bytes(name.as_bytes()).is_err()
            || http::HeaderValue::from_str(value).is_err()
        {
            r.problem("headers", format!("`{name}` is no header"), None);
        }
    }
    let found = Spans {
        endpoint: endpoint.unwrap_or_default(),
        sample: r.number("sample", 0.01, 0.0..=1.0),
        service: r
            .text("service")
            .unwrap_or_else(|| "carveout-gateway".to_string()),
        headers,
        ca: r.text("ca").map(|p| folder.join(p)),
    };
    r.finish();
    Some(found)
}

fn record(r: Reader<'_>, folder: &Path) -> Record {
    let record = Record {
        folder: folder.join(
            r.text("folder")
                .unwrap_or_else(|| ".carveout/gateway".to_string()),
        ),
        folder_bytes: r.whole("folder_bytes", 64 << 20, 1 << 16..=1 << 40),
        body_bytes: r.whole("body_bytes", 256 * 1024, 0..=16 << 20) as usize,
        redact_headers: r
            .texts("redact_headers")
            .iter()
            .map(|h| h.to_ascii_lowercase())
            .collect(),
        redact_fields: r
            .texts("redact_fields")
            .iter()
            .map(|f| f.to_lowercase())
            .collect(),
    };
    r.finish();
    record
}

fn upstream(name: String, r: Reader<'_>, folder: &Path) -> Option<Upstream> {
    let protocol = r.one_of("protocol", &["h1", "h2"], "h1");
    let mut endpoints = Vec::new();
    let mut schemes = Vec::new();
    for text in r.texts("endpoints") {
        match endpoint(&text, folder) {
            Ok((scheme, endpoint)) => {
                schemes.push(scheme);
                endpoints.push(endpoint);
            }
            Err(()) => r.problem(
                "endpoints",
                format!("`{text}` is not an endpoint"),
                Some(
                    "for example http://127.0.0.1:9000, https://api.example or unix:/run/app.sock",
                ),
            ),
        }
    }
    if r.lacks("endpoints") {
        r.problem(
            "",
            format!("the upstream `{name}` needs `endpoints`"),
            Some("`endpoints = [\"http://127.0.0.1:9000\"]`"),
        );
    }
    let tls = schemes.contains(&"https");
    if tls && schemes.iter().any(|s| *s != "https") {
        r.problem(
            "endpoints",
            "an upstream's endpoints are either all https or none",
            None,
        );
    }
    let ca = r.text("ca").map(|p| folder.join(p));
    if let Some(path) = &ca
        && let Err(message) = crate::tls::load_roots(path)
    {
        r.problem("ca", message, None);
    }
    let balance = match r.one_of(
        "balance",
        &["least-request", "round-robin", "hash"],
        "least-request",
    ) {
        "round-robin" => Balance::RoundRobin,
        "hash" => Balance::Hash(r.text("hash_header").map(|h| h.to_ascii_lowercase())),
        _ => Balance::LeastRequest,
    };
    let health = r.table("health").map(|r| {
        let health = Health {
            path: r.text("path").unwrap_or_else(|| "/".to_string()),
            interval: r.millis("interval_ms", 2_000, false),
            timeout: r.millis("timeout_ms", 1_000, false),
            healthy_after: r.whole("healthy_after", 2, 1..=100) as u32,
            unhealthy_after: r.whole("unhealthy_after", 3, 1..=100) as u32,
        };
        r.finish();
        health
    });
    let outlier = r.table("outlier");
    let outlier = match outlier {
        None => Outlier {
            consecutive: 5,
            window: Duration::from_secs(10),
            minimum: 50,
            failure_share: 0.5,
            max_ejected_share: 0.5,
            eject_for: Duration::from_secs(10),
        },
        Some(r) => {
            let outlier = Outlier {
                consecutive: r.whole("consecutive", 5, 0..=10_000) as u32,
                window: r.millis("window_ms", 10_000, false),
                minimum: r.whole("minimum", 50, 1..=1_000_000) as u32,
                failure_share: r.number("failure_share", 0.5, 0.01..=1.0),
                max_ejected_share: r.number("max_ejected_share", 0.5, 0.0..=1.0),
                eject_for: r.millis("eject_ms", 10_000, false),
            };
            r.finish();
            outlier
        }
    };
    let upstream = Upstream {
        name,
        endpoints,
        h2: protocol == "h2",
        tls,
        ca,
        balance,
        health,
        outlier,
        idle: r.millis("idle_ms", 30_000, false),
        max_idle: r.whole("max_idle", 1_024, 0..=100_000) as usize,
        max_connections: r.whole("max_connections", 4_096, 1..=1_000_000) as usize,
    };
    r.finish();
    Some(upstream)
}

/// `http://host:port`, `https://host[:port]`, `unix:/path`.
pub fn endpoint(text: &str, folder: &Path) -> Result<(&'static str, Endpoint), ()> {
    if let Some(path) = text.strip_prefix("unix:") {
        if path.is_empty() {
            return Err(());
        }
        let path: PathBuf = folder.join(path);
        let label = text.to_string();
        return Ok((
            "http",
            Endpoint {
                label,
                address: EndpointAddress::Unix(path),
                host: "localhost".to_string(),
            },
        ));
    }
    let (scheme, rest, default_port) = if let Some(rest) = text.strip_prefix("http://") {
        ("http", rest, 80)
    } else if let Some(rest) = text.strip_prefix("https://") {
        ("https", rest, 443)
    } else {
        return Err(());
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if !crate::front::head::is_host(rest.as_bytes()) {
        return Err(());
    }
    let label = rest.to_string();
    if let Ok(address) = rest.parse() {
        return Ok((
            scheme,
            Endpoint {
                label,
                address: EndpointAddress::Ip(address),
                host: rest.to_string(),
            },
        ));
    }
    let (name, port) = match rest.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port.parse().map_err(|_| ())?),
        _ => (rest, default_port),
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let address = match bare.parse() {
        Ok(ip) => EndpointAddress::Ip(std::net::SocketAddr::new(ip, port)),
        Err(_) => EndpointAddress::Name(name.to_string(), port),
    };
    Ok((
        scheme,
        Endpoint {
            label,
            address,
            host: rest.to_string(),
        },
    ))
}
