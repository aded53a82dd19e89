//! What holds for any bytes. `tests/mutations.rs` gives them mutated seeds in `cargo test`; the targets
//! in `fuzz/` give them whatever libFuzzer finds. Each panics where its rule is broken, and says
//! whether the input got as far as the rule.

use std::path::Path;

use carveout_gateway::config::model::{PathMatch, Segment, Underscores};
use carveout_gateway::front::chunked::Chunks;
use carveout_gateway::front::frames::Frames;
use carveout_gateway::front::head::{BodyKind, Finder, HeadLimits, check};
use carveout_gateway::front::plain;
use carveout_gateway::headers::{inbound, outbound};
use carveout_gateway::routing::Found;
use carveout_gateway::snapshot::{Registry, Route, Snapshot};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A head that is let in is read alike by httparse: its end, its fields, its framing.
pub fn head(bytes: &[u8]) -> bool {
    let limits = HeadLimits::default();
    let Ok(Some(end)) = Finder::default().find(bytes, &limits) else {
        return false;
    };
    let Ok(facts) = check(&bytes[..end], &limits) else {
        return false;
    };
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut headers);
    let parsed = request.parse(bytes);
    let said = String::from_utf8_lossy(bytes);
    assert_eq!(parsed, Ok(httparse::Status::Complete(end)), "{said:?}");
    let values = |name: &str| -> Vec<&[u8]> {
        request
            .headers
            .iter()
            .filter(|h| h.name.eq_ignore_ascii_case(name))
            .map(|h| h.value)
            .collect()
    };
    assert_eq!(values("host").len(), 1);
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    match facts.body {
        BodyKind::Chunked => assert!(lengths.is_empty() && codings.len() == 1),
        BodyKind::Length(n) => {
            assert_eq!(std::str::from_utf8(lengths[0]).unwrap().parse(), Ok(n));
            assert!(lengths.len() == 1 && codings.is_empty());
        }
        BodyKind::None => assert!(codings.is_empty() && lengths.len() < 2),
    }
    // What is served without a second parser has to be what that parser reads.
    let whole = bytes::Bytes::copy_from_slice(&bytes[..end]);
    let (same, parts) = plain::read(&whole, 0, &limits).unwrap();
    assert_eq!(same, facts);
    if let Some(parts) = parts {
        assert_eq!(request.version, Some(1), "{said:?}");
        assert_eq!(Some(parts.method.as_str()), request.method, "{said:?}");
        let uri: http::Uri = request.path.unwrap().parse().unwrap();
        assert_eq!(parts.uri, uri, "{said:?}");
        let mut fields = HeaderMap::new();
        for field in request.headers.iter() {
            let name = HeaderName::from_bytes(field.name.as_bytes()).unwrap();
            fields.append(name, HeaderValue::from_bytes(field.value).unwrap());
        }
        assert_eq!(parts.headers, fields, "{said:?}");
    } else {
        let unusual = ["upgrade", "expect"].iter().any(|n| !values(n).is_empty());
        assert!(unusual || request.version == Some(0), "{said:?}");
    }
    true
}

/// A chunked body read the slow way, from RFC 9112 alone.
fn end_of_chunks(data: &[u8]) -> Option<usize> {
    let line = |from: usize| {
        data[from..]
            .windows(2)
            .position(|w| w == b"\r\n")
            .map(|n| from + n)
    };
    let mut at = 0;
    loop {
        let end = line(at)?;
        let size = data[at..end].split(|&b| b == b';').next()?;
        if size.is_empty() || size.len() > 15 || !size.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        at = end + 2;
        if size == 0 {
            break;
        }
        if data.get(at + size..at + size + 2)? != b"\r\n" {
            return None;
        }
        at += size + 2;
    }
    loop {
        let end = line(at)?;
        let blank = end == at;
        at = end + 2;
        if blank {
            return Some(at);
        }
    }
}

/// A chunked body that passes ends where a plain reader sees the end, however it was cut: `piece`
/// says how many bytes come next.
pub fn chunks(bytes: &[u8], mut piece: impl FnMut() -> usize) -> bool {
    let mut chunks = Chunks::default();
    let mut at = 0;
    while at < bytes.len() && !chunks.is_done() {
        let end = (at + piece().max(1)).min(bytes.len());
        match chunks.pass(&bytes[at..end]) {
            Ok(n) => at += n,
            Err(_) => return false,
        }
    }
    if chunks.is_done() {
        let said = String::from_utf8_lossy(bytes);
        assert_eq!(end_of_chunks(bytes), Some(at), "{said:?}");
    }
    chunks.is_done()
}

/// Frames of HTTP/2 are followed over any bytes and any cut.
pub fn frames(bytes: &[u8], piece: usize) {
    let now = std::time::Instant::now();
    let mut frames = Frames::new(50, 50, now);
    let _ = bytes
        .chunks(piece.max(1))
        .try_for_each(|piece| frames.pass(piece, now));
}

/// A configuration is read, or refused with what is wrong; one that is read compiles or says why not.
pub fn config(text: &str, json: bool) -> bool {
    match carveout_gateway::config::parse(text, json, Path::new(".")) {
        Err(problems) => {
            assert!(!problems.is_empty());
            false
        }
        Ok(config) => {
            assert!(!config.routes.is_empty() && !config.listeners.is_empty());
            assert!(config.upstreams.iter().all(|u| !u.endpoints.is_empty()));
            let _ = Snapshot::compile(config, &Registry::default(), 1);
            true
        }
    }
}

/// Of header lines as `name: value`, what crosses: nothing hop-by-hop, nothing that Connection named,
/// nobody else's word for who is calling, no underscores; and what carries the message stays.
pub fn header_policy(bytes: &[u8]) -> bool {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|&b| b == b'\n') {
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            continue;
        };
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(&line[..colon]),
            HeaderValue::from_bytes(line[colon + 1..].trim_ascii()),
        ) {
            headers.append(name, value);
        }
    }
    let before = headers.clone();
    let named: Vec<String> = before
        .get_all("connection")
        .iter()
        .flat_map(|v| v.as_bytes().split(|&b| b == b','))
        .map(|t| String::from_utf8_lossy(t.trim_ascii()).to_ascii_lowercase())
        .collect();
    let carries = [
        "host",
        "content-length",
        "content-type",
        "authorization",
        "cookie",
    ];
    for down in [false, true] {
        let mut headers = before.clone();
        if down {
            outbound(&mut headers);
        } else if inbound(&mut headers, Underscores::Drop).is_none() {
            panic!("dropping never refuses");
        }
        for hop in [
            "connection",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding",
            "upgrade",
        ] {
            assert!(!headers.contains_key(hop), "{hop}");
        }
        for name in &named {
            let kept = carries.contains(&name.as_str()) || matches!(name.as_str(), "te" | "close");
            assert!(kept || !headers.contains_key(name.as_str()), "{name}");
        }
        if !down {
            assert!(!headers.contains_key("x-carveout-caller"));
            assert!(headers.keys().all(|name| !name.as_str().contains('_')));
            let te: Vec<_> = headers.get_all("te").iter().collect();
            assert!(te.is_empty() || te == ["trailers"]);
            for name in carries {
                let (was, is) = (before.get_all(name), headers.get_all(name));
                assert!(was.iter().eq(is.iter()), "{name}");
            }
        }
        // Nothing new, and in its order.
        for name in headers.keys().filter(|name| *name != "te") {
            assert!(headers.get_all(name).iter().eq(before.get_all(name).iter()));
        }
    }
    !named.is_empty()
}

fn fits(route: &Route, host: &str, parts: &http::request::Parts) -> Option<[usize; 4]> {
    let config = &route.config;
    let host_rank = if config.hosts.is_empty() {
        0
    } else {
        config
            .hosts
            .iter()
            .filter_map(|known| match known.strip_prefix('*') {
                None => (known == host).then_some(usize::MAX),
                Some(end) => {
                    (host.len() > end.len() && host.ends_with(end)).then_some(end.len() + 1)
                }
            })
            .max()?
    };
    let path = parts.uri.path();
    let (kind, length) = match &config.path {
        PathMatch::Exact(exact) => (exact == path).then_some((2, 0))?,
        PathMatch::Prefix(prefix) => {
            let rest = path.strip_prefix(prefix.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((0, prefix.len()))?
        }
        PathMatch::Template(segments) => {
            let given: Vec<&str> = path.trim_start_matches('/').split('/').collect();
            let mut literals = 0;
            let fits = given.len() == segments.len()
                && path.starts_with('/')
                && !path.starts_with("//")
                && segments
                    .iter()
                    .zip(&given)
                    .all(|(segment, part)| match segment {
                        Segment::Literal(text) => {
                            literals += 1;
                            text == part
                        }
                        Segment::Param(_) => !part.is_empty(),
                    });
            fits.then_some((1, literals))?
        }
    };
    let methods = &config.methods;
    if !methods.is_empty() && !methods.iter().any(|m| m == parts.method.as_str()) {
        return None;
    }
    Some([host_rank, kind, length, usize::from(!methods.is_empty())])
}

pub const ROUTES: &str = r#"
[gateway]
listen = ["127.0.0.1:0"]
upstreams.u.endpoints = ["http://127.0.0.1:1"]
routes = [
    { name = "root", prefix = "/", upstream = "u" },
    { name = "a", prefix = "/a", upstream = "u" },
    { name = "ab", prefix = "/a/b", upstream = "u" },
    { name = "exact", path = "/a/b", methods = ["GET"], upstream = "u" },
    { name = "one", template = "/a/{x}/c", upstream = "u" },
    { name = "two", template = "/a/{x}/{y}", upstream = "u" },
    { name = "host", host = "b.example", prefix = "/a", upstream = "u" },
    { name = "wild", host = "*.example", prefix = "/", methods = ["GET"], upstream = "u" },
    { name = "wilder", host = "*.b.example", path = "/a", upstream = "u" },
]"#;

/// The table finds what a search through all routes by the documented precedence finds.
pub fn routing(snapshot: &Snapshot, method: &str, host: &str, target: &str) -> bool {
    let request = http::Request::builder().method(method).uri(target).body(());
    let Ok(request) = request else { return false };
    let (parts, ()) = request.into_parts();
    if !parts.uri.path().starts_with('/') {
        return false;
    }
    let mut best: Option<([usize; 4], &str)> = None;
    for route in snapshot.routes() {
        if let Some(rank) = fits(route, host, &parts)
            && best.is_none_or(|(other, _)| rank > other)
        {
            best = Some((rank, &route.name));
        }
    }
    let found = match snapshot.table.find(host, &parts) {
        Found::Route(route) => Some(route.name.as_str()),
        Found::OtherMethods(_) | Found::Nothing => None,
    };
    assert_eq!(
        found,
        best.map(|(_, name)| name),
        "{method} {host} {target}"
    );
    found.is_some()
}

pub fn routes() -> Snapshot {
    let config = carveout_gateway::config::parse(ROUTES, false, Path::new(".")).unwrap();
    Snapshot::compile(config, &Registry::default(), 1).unwrap()
}
