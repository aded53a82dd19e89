//! Which route a request takes.
//!
//! Precedence: the host first (exact, then `*.` wildcards by length, then routes without a host);
//! within it the path (exact, then templates with more literal segments, then prefixes by length);
//! then more conditions (method, headers, query) before fewer; then the file's order. If no route of
//! a host matches, the next kind of host is looked at.

use std::collections::HashMap;
use std::sync::Arc;

use http::request::Parts;

use crate::config::model::{PathMatch, Segment};
use crate::snapshot::Route;

pub struct Table {
    all: Vec<Arc<Route>>,
    exact_hosts: HashMap<String, Paths>,
    /// With their dot (`.example`), longest first.
    wildcards: Vec<(String, Paths)>,
    any: Paths,
}

#[derive(Default)]
struct Paths {
    exact: HashMap<String, Vec<Arc<Route>>>,
    templates: Vec<Arc<Route>>,
    prefixes: HashMap<String, Vec<Arc<Route>>>,
}

pub enum Found<'a> {
    Route(&'a Arc<Route>),
    /// Only the method was wrong: what would have been right.
    OtherMethods(Vec<String>),
    Nothing,
}

impl Table {
    pub fn new(routes: Vec<Arc<Route>>) -> Table {
        let mut table = Table {
            all: routes,
            exact_hosts: HashMap::new(),
            wildcards: Vec::new(),
            any: Paths::default(),
        };
        for route in &table.all {
            if route.config.hosts.is_empty() {
                table.any.add(route);
            }
            for host in &route.config.hosts {
                match host.strip_prefix('*') {
                    None => table
                        .exact_hosts
                        .entry(host.clone())
                        .or_default()
                        .add(route),
                    Some(suffix) => match table
                        .wildcards
                        .iter_mut()
                        .find(|(known, _)| known == suffix)
                    {
                        Some((_, paths)) => paths.add(route),
                        None => {
                            let mut paths = Paths::default();
                            paths.add(route);
                            table.wildcards.push((suffix.to_string(), paths));
                        }
                    },
                }
            }
        }
        table
            .wildcards
            .sort_by_key(|(suffix, _)| std::cmp::Reverse(suffix.len()));
        table.exact_hosts.values_mut().for_each(Paths::order);
        table
            .wildcards
            .iter_mut()
            .for_each(|(_, paths)| paths.order());
        table.any.order();
        table
    }

    pub fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.all.iter()
    }

    /// `host` in lower case, without a port.
    pub fn find(&self, host: &str, request: &Parts) -> Found<'_> {
        let mut methods = Vec::new();
        let exact = if self.exact_hosts.is_empty() {
            None
        } else {
            self.exact_hosts.get(host)
        };
        let wild = self
            .wildcards
            .iter()
            .filter(|(suffix, _)| host.len() > suffix.len() && host.ends_with(suffix.as_str()));
        for paths in exact
            .into_iter()
            .chain(wild.map(|(_, paths)| paths))
            .chain([&self.any])
        {
            if let Some(route) = paths.find(request, &mut methods) {
                return Found::Route(route);
            }
        }
        if methods.is_empty() {
            Found::Nothing
        } else {
            Found::OtherMethods(methods)
        }
    }
}

fn conditions(route: &Route) -> usize {
    usize::from(!route.config.methods.is_empty())
        + route.config.headers.len()
        + route.config.query.len()
}

impl Paths {
    fn add(&mut self, route: &Arc<Route>) {
        match &route.config.path {
            PathMatch::Exact(path) => self
                .exact
                .entry(path.clone())
                .or_default()
                .push(route.clone()),
            PathMatch::Prefix(path) => self
                .prefixes
                .entry(path.clone())
                .or_default()
                .push(route.clone()),
            PathMatch::Template(_) => self.templates.push(route.clone()),
        }
    }

    fn order(&mut self) {
        // Stable: equals stay in the file's order.
        for list in self.exact.values_mut().chain(self.prefixes.values_mut()) {
            list.sort_by_key(|route| std::cmp::Reverse(conditions(route)));
        }
        self.templates.sort_by_key(|route| {
            std::cmp::Reverse((literals(&route.config.path), conditions(route)))
        });
    }

    fn find(&self, request: &Parts, methods: &mut Vec<String>) -> Option<&Arc<Route>> {
        let path = request.uri.path();
        if let Some(list) = self.exact.get(path)
            && let Some(route) = first(list, request, methods)
        {
            return Some(route);
        }
        if !self.templates.is_empty() {
            let fits = self
                .templates
                .iter()
                .filter(|route| template_fits(&route.config.path, path));
            if let Some(route) = first(fits, request, methods) {
                return Some(route);
            }
        }
        // From the whole path to the root, one segment less each time.
        let mut prefix = path.trim_end_matches('/');
        loop {
            if let Some(list) = self.prefixes.get(prefix)
                && let Some(route) = first(list, request, methods)
            {
                return Some(route);
            }
            prefix = &prefix[..prefix.rfind('/')?];
        }
    }
}

fn first<'a>(
    routes: impl IntoIterator<Item = &'a Arc<Route>>,
    request: &Parts,
    methods: &mut Vec<String>,
) -> Option<&'a Arc<Route>> {
    routes.into_iter().find(|route| {
        let config = &route.config;
        let others = config.headers.iter().all(|(name, value)| header_is(request, name, value))
            && config.query.iter().all(|(name, value)| query_is(request.uri.query().unwrap_or(""), name, value));
        if !others {
            return false;
        }
        let method = config.methods.is_empty() || config.methods.iter().any(|m| m == request.method.as_str())
            // A preflight asks about the method that it names.
            || (config.cors.is_some() && crate::filters::cors::is_preflight(&request.method, &request.headers));
        if !method {
            methods.extend(config.methods.iter().cloned());
        }
        method
    })
}

/// `*` stands for any value.
fn header_is(request: &Parts, name: &str, value: &str) -> bool {
    request
        .headers
        .get_all(name)
        .iter()
        .any(|given| value == "*" || given.as_bytes() == value.as_bytes())
}

/// Compared as it stands in the URL, without decoding.
fn query_is(query: &str, name: &str, value: &str) -> bool {
    query.split('&').any(|part| {
        let (key, given) = part.split_once('=').unwrap_or((part, ""));
        key == name && (value == "*" || given == value)
    })
}

fn literals(path: &PathMatch) -> usize {
    match path {
        PathMatch::Template(segments) => segments
            .iter()
            .filter(|s| matches!(s, Segment::Literal(_)))
            .count(),
        _ => 0,
    }
}

fn template_fits(template: &PathMatch, path: &str) -> bool {
    let PathMatch::Template(segments) = template else {
        return false;
    };
    let mut given = path.strip_prefix('/').unwrap_or(path).split('/');
    segments
        .iter()
        .all(|segment| match (segment, given.next()) {
            (Segment::Literal(text), Some(part)) => text == part,
            (Segment::Param(_), Some(part)) => !part.is_empty(),
            (_, None) => false,
        })
        && given.next().is_none()
}

/// What a template's names stand for in `path`.
pub fn template_values<'a>(template: &'a PathMatch, path: &'a str) -> Vec<(&'a str, &'a str)> {
    let PathMatch::Template(segments) = template else {
        return Vec::new();
    };
    let given = path.strip_prefix('/').unwrap_or(path).split('/');
    segments
        .iter()
        .zip(given)
        .filter_map(|(segment, part)| match segment {
            Segment::Param(name) => Some((name.as_str(), part)),
            Segment::Literal(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::snapshot::{Registry, Snapshot};

    const CONFIG: &str = r#"
        [gateway]
        listen = ["127.0.0.1:0"]
        upstreams.u.endpoints = ["http://127.0.0.1:1"]
        routes = [
            { name = "root", prefix = "/", upstream = "u" },
            { name = "api", prefix = "/api/", upstream = "u" },
            { name = "api-v2", prefix = "/api", headers = { "x-version" = "2" }, upstream = "u" },
            { name = "exact", path = "/api/x", methods = ["GET"], upstream = "u" },
            { name = "one", template = "/api/{a}/y", upstream = "u" },
            { name = "two", template = "/api/{a}/{b}", upstream = "u" },
            { name = "query", path = "/q", query = { a = "1" }, upstream = "u" },
            { name = "host", host = "a.example", prefix = "/only", upstream = "u" },
            { name = "wild", host = "*.example", prefix = "/", upstream = "u" },
            { name = "post-only", path = "/post", host = "m", methods = ["POST"], upstream = "u" },
        ]"#;

    #[test]
    fn precedence_is_as_documented() {
        let config = crate::config::parse(CONFIG, false, Path::new(".")).unwrap();
        let snapshot = Snapshot::compile(config, &Registry::default(), 1).unwrap();
        for (method, host, target, version, expected) in [
            ("GET", "x", "/", "", "root"),
            ("GET", "x", "/apix", "", "root"),
            ("GET", "x", "/api", "", "api"),
            ("GET", "x", "/api/", "", "api"),
            ("GET", "x", "/api/z", "2", "api-v2"),
            ("GET", "x", "/api/x", "2", "exact"),
            ("POST", "x", "/api/x", "", "api"),
            ("GET", "x", "/api/1/y", "", "one"),
            ("GET", "x", "/api/1/z", "", "two"),
            ("GET", "x", "/api//z", "", "api"),
            ("GET", "x", "/api/1/2/3", "", "api"),
            ("GET", "x", "/q?b=2&a=1", "", "query"),
            ("GET", "x", "/q?a=2", "", "root"),
            ("GET", "a.example", "/only/x", "", "host"),
            ("GET", "a.example", "/other", "", "wild"),
            ("GET", "b.a.example", "/only", "", "wild"),
            ("GET", "example", "/only", "", "root"),
        ] {
            let request = http::Request::builder()
                .method(method)
                .uri(target)
                .header("x-version", version);
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let Found::Route(route) = snapshot.table.find(host, &parts) else {
                panic!("nothing for {target}")
            };
            assert_eq!(route.name, expected, "{method} {host} {target}");
        }
    }
}
