//! `[[gateway.routes]]`.

use super::model::*;
use super::reader::Reader;
use crate::front::head;

/// Names that routes may refer to.
pub struct Known<'a> {
    pub upstreams: &'a [String],
    pub auth: &'a [String],
}

impl Known<'_> {
    fn upstream(&self, r: &Reader<'_>, key: &'static str, name: &str) {
        if !self.upstreams.iter().any(|known| known == name) {
            let hint = match self.upstreams {
                [] => "add [gateway.upstreams.NAME] with `endpoints`".to_string(),
                known => format!("upstreams: {}", known.join(", ")),
            };
            r.problem(key, format!("there is no upstream `{name}`"), Some(&hint));
        }
    }
}

pub fn routes(r: &Reader<'_>, known: &Known<'_>) -> Vec<Route> {
    let mut found: Vec<Route> = Vec::new();
    for (i, r) in r.tables("routes").into_iter().enumerate() {
        let route = route(&r, i, known);
        if found.iter().any(|other| other.name == route.name) {
            r.problem(
                "name",
                format!("two routes are named `{}`", route.name),
                Some("metrics and moves go by name"),
            );
        }
        r.finish();
        found.push(route);
    }
    found
}

fn route(r: &Reader<'_>, index: usize, known: &Known<'_>) -> Route {
    let path = path_match(r);
    let name = r.text("name").unwrap_or_else(|| format!("route-{index}"));
    let auth = r.texts("auth");
    for name in &auth {
        if !known.auth.contains(name) {
            r.problem(
                "auth",
                format!("there is no authenticator `{name}`"),
                Some("add [gateway.auth.NAME]"),
            );
        }
    }
    let methods = r.texts("methods");
    for method in &methods {
        if !head::is_token(method.as_bytes()) || method.bytes().any(|b| b.is_ascii_lowercase()) {
            r.problem(
                "methods",
                format!("`{method}` is not a method"),
                Some("methods are upper case: GET, POST"),
            );
        }
    }
    let hosts: Vec<String> = r
        .texts("host")
        .iter()
        .map(|h| h.to_ascii_lowercase())
        .collect();
    for host in &hosts {
        let plain = host.strip_prefix("*.").unwrap_or(host);
        if !head::is_host(plain.as_bytes()) || plain.contains(':') && !plain.starts_with('[') {
            r.problem(
                "host",
                format!("`{host}` is not a host"),
                Some("api.example or *.example, without a port"),
            );
        }
    }
    let body_bytes = r
        .node("body_bytes")
        .is_some()
        .then(|| r.whole("body_bytes", 0, 0..=1 << 50));
    let timeout = |key| r.has(key).then(|| r.millis(key, 0, true));
    let (timeout_try, timeout_total) = (timeout("try_ms"), timeout("total_ms"));
    let _ = (r.node("try_ms"), r.node("total_ms"));
    Route {
        name,
        hosts,
        action: action(r, &path, known),
        path,
        methods,
        headers: r
            .pairs("headers")
            .into_iter()
            .map(|(k, v)| (k.to_ascii_lowercase(), v))
            .collect(),
        query: r.pairs("query"),
        auth,
        cors: r.table("cors").map(cors),
        rate_limits: r.tables("rate_limit").into_iter().map(rate_limit).collect(),
        body_bytes,
        timeout_try,
        timeout_total,
    }
}

fn path_match(r: &Reader<'_>) -> PathMatch {
    let (exact, prefix, template) = (r.text("path"), r.text("prefix"), r.text("template"));
    let given = [
        ("path", &exact),
        ("prefix", &prefix),
        ("template", &template),
    ];
    let mut set = given.iter().filter(|(_, text)| text.is_some());
    let (first, second) = (set.next(), set.next());
    if let (Some(_), Some((key, _))) = (first, second) {
        r.problem(
            key,
            "a route has one of `path`, `prefix` and `template`",
            None,
        );
    }
    let Some((key, Some(text))) = first else {
        if !["path", "prefix", "template"].iter().any(|key| r.has(key)) {
            r.problem(
                "",
                "a route needs `path`, `prefix` or `template`",
                Some("`prefix = \"/\"` matches everything"),
            );
        }
        return PathMatch::Prefix("/".to_string());
    };
    if !text.starts_with('/') || text.contains(['?', '#', ' ']) {
        r.problem(
            key,
            format!("`{text}` is not a path"),
            Some("a path starts with / and has no query"),
        );
    }
    match *key {
        "path" => PathMatch::Exact(text.clone()),
        "prefix" => PathMatch::Prefix(text.trim_end_matches('/').to_string()),
        _ => {
            let mut segments = Vec::new();
            for segment in text.strip_prefix("/").unwrap_or(text).split('/') {
                let inner = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'));
                if inner.is_none() && segment.contains(['{', '}']) || inner == Some("") {
                    r.problem(
                        key,
                        format!("`{segment}` is not a segment of a template"),
                        Some("a whole segment: /users/{id}"),
                    );
                }
                segments.push(match inner {
                    Some(name) => Segment::Param(name.to_string()),
                    None => Segment::Literal(segment.to_string()),
                });
            }
            PathMatch::Template(segments)
        }
    }
}

fn action(r: &Reader<'_>, path: &PathMatch, known: &Known<'_>) -> Action {
    let upstream = r.text("upstream");
    let split = r.tables("split");
    let redirect = r.table("redirect");
    let respond = r.table("respond");
    let count = [
        upstream.is_some(),
        !split.is_empty(),
        redirect.is_some(),
        respond.is_some(),
    ];
    if count.iter().filter(|c| **c).count() != 1 && !(r.has("upstream") && upstream.is_none()) {
        r.problem(
            "",
            "a route does one thing: `upstream`, `split`, `redirect` or `respond`",
            None,
        );
    }
    let forward = forward(r, upstream, split, path, known);
    if let Some(r) = redirect {
        let status = r.whole("status", 308, 300..=399) as u16;
        if ![301, 302, 303, 307, 308].contains(&status) {
            r.problem(
                "status",
                format!("{status} is not a redirect"),
                Some("301, 302, 303, 307 or 308"),
            );
        }
        let to = r.text("to").unwrap_or_default();
        if to.is_empty() && !r.has("to") {
            r.problem(
                "",
                "a redirect needs `to`",
                Some("a URL or a path; `{path}` and `{query}` are filled in"),
            );
        }
        if to.bytes().any(|b| b.is_ascii_control() || b == b' ') {
            r.problem("to", "`to` holds blanks or control characters", None);
        }
        r.finish();
        return Action::Redirect { status, to };
    }
    if let Some(r) = respond {
        let status = r.whole("status", 200, 200..=599) as u16;
        let body = r.text("body").unwrap_or_default();
        let content_type = r
            .text("content_type")
            .unwrap_or_else(|| "text/plain; charset=utf-8".to_string());
        r.finish();
        return Action::Respond {
            status,
            body,
            content_type,
        };
    }
    Action::Forward(Box::new(forward))
}

fn forward(
    r: &Reader<'_>,
    upstream: Option<String>,
    split: Vec<Reader<'_>>,
    path: &PathMatch,
    known: &Known<'_>,
) -> Forward {
    let mut arms: Vec<(String, f64)> = Vec::new();
    if let Some(name) = upstream {
        known.upstream(r, "upstream", &name);
        arms.push((name, 1.0));
    }
    for r in split {
        let name = r.text("upstream").unwrap_or_default();
        known.upstream(&r, "upstream", &name);
        if arms.iter().any(|(other, _)| *other == name) {
            r.problem("upstream", format!("`{name}` is in this split twice"), None);
        }
        arms.push((name, r.number("weight", 1.0, 0.0..=1e6)));
        r.finish();
    }
    if !arms.is_empty() && arms.iter().all(|(_, weight)| *weight == 0.0) {
        r.problem(
            "split",
            "all weights are 0",
            Some("one arm needs a weight above 0"),
        );
    }
    let sticky = match (
        r.text("sticky_header"),
        r.text("sticky_cookie"),
        r.truth("sticky_address", false),
    ) {
        (Some(name), None, false) => Some(Sticky::Header(name.to_ascii_lowercase())),
        (None, Some(name), false) => Some(Sticky::Cookie(name)),
        (None, None, true) => Some(Sticky::Address),
        (None, None, false) => None,
        _ => {
            r.problem(
                "sticky_header",
                "a split is sticky by one of header, cookie and address",
                None,
            );
            None
        }
    };
    let rewrite = match (
        r.text("rewrite_prefix"),
        r.text("rewrite_path"),
        r.truth("strip_prefix", false),
    ) {
        (None, None, false) => Rewrite::None,
        (None, None, true) => Rewrite::Prefix(String::new()),
        (Some(to), None, false) => Rewrite::Prefix(to.trim_end_matches('/').to_string()),
        (None, Some(to), false) => Rewrite::Path(to),
        _ => {
            r.problem(
                "rewrite_path",
                "a route has one of `strip_prefix`, `rewrite_prefix` and `rewrite_path`",
                None,
            );
            Rewrite::None
        }
    };
    if matches!(rewrite, Rewrite::Prefix(_)) && !matches!(path, PathMatch::Prefix(_)) {
        r.problem(
            "strip_prefix",
            "only a route with `prefix` can rewrite its prefix",
            None,
        );
    }
    let named = |key: &'static str| {
        let name = r.text(key)?;
        known.upstream(r, key, &name);
        Some(name)
    };
    let (decline_to, fallback) = (named("decline_to"), named("fallback"));
    Forward {
        split: arms,
        sticky,
        rewrite,
        keep_host: r.truth("keep_host", true),
        retries: retries(r.table("retries")),
        shadow: r.table("shadow").map(|r| shadow(r, known)),
        decline_to,
        fallback,
        record: r.number("record", 0.0, 0.0..=1.0),
    }
}

fn retries(r: Option<Reader<'_>>) -> Retries {
    let Some(r) = r else {
        return Retries {
            attempts: 1,
            budget: 0.2,
            minimum_per_second: 10,
            on_status: Vec::new(),
        };
    };
    let texts = r.texts("on_status");
    let on_status = texts.iter().filter_map(|text| match text.parse() {
        Ok(status @ 500..=599) => Some(status),
        _ => {
            r.problem(
                "on_status",
                format!("`{text}` is not a server error"),
                Some("texts such as \"502\", \"503\""),
            );
            None
        }
    });
    let retries = Retries {
        attempts: r.whole("attempts", 1, 0..=10) as u32,
        budget: r.number("budget", 0.2, 0.0..=1.0),
        minimum_per_second: r.whole("minimum_per_second", 10, 0..=10_000) as u32,
        on_status: on_status.collect(),
    };
    r.finish();
    retries
}

fn shadow(r: Reader<'_>, known: &Known<'_>) -> Shadow {
    let upstream = r.text("upstream").unwrap_or_default();
    known.upstream(&r, "upstream", &upstream);
    let shadow = Shadow {
        upstream,
        share: r.number("share", 1.0, 0.0..=1.0),
        concurrency: r.whole("concurrency", 64, 1..=10_000) as usize,
        compare: r.truth("compare", true),
        timeout: r.millis("timeout_ms", 5_000, false),
    };
    r.finish();
    shadow
}

fn cors(r: Reader<'_>) -> Cors {
    let cors = Cors {
        origins: r.texts("origins"),
        methods: r.texts("methods"),
        headers: r
            .texts("headers")
            .iter()
            .map(|h| h.to_ascii_lowercase())
            .collect(),
        expose: r.texts("expose"),
        credentials: r.truth("credentials", false),
        max_age_s: r.whole("max_age_s", 600, 0..=86_400),
    };
    if cors.origins.is_empty() {
        r.problem(
            "origins",
            "CORS needs `origins`",
            Some("`origins = [\"https://app.example\"]`, or [\"*\"]"),
        );
    }
    if cors.credentials && cors.origins.iter().any(|o| o == "*") {
        r.problem(
            "credentials",
            "credentials can't be shared with every origin",
            Some("name the origins"),
        );
    }
    r.finish();
    cors
}

fn rate_limit(r: Reader<'_>) -> RateLimit {
    let by = match r.one_of("by", &["address", "route", "caller", "header"], "address") {
        "route" => LimitBy::Route,
        "caller" => LimitBy::Caller,
        "header" => match r.text("header") {
            Some(name) => LimitBy::Header(name.to_ascii_lowercase()),
            None => {
                r.problem("by", "a limit by header needs `header`", None);
                LimitBy::Address
            }
        },
        _ => LimitBy::Address,
    };
    let per_second = r.number("per_second", 0.0, 0.001..=1e9);
    if !r.has("per_second") {
        r.problem("", "a rate limit needs `per_second`", None);
    }
    let limit = RateLimit {
        by,
        per_second,
        burst: r.number("burst", per_second.max(1.0), 1.0..=1e9),
    };
    let _ = r.node("header");
    r.finish();
    limit
}
