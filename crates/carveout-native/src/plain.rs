//! Plain requests: HTTP/1.1 to a known endpoint that can be read in one way only.
//!
//! Whoever serves a connection asks before its own parser sees the bytes. What is found plain is
//! framed by exactly one `Content-Length`; everything else (another request line, any coding, an
//! upgrade, an expectation, a header twice that decides, a byte out of place, a head of unusual
//! size) is nobody's here and stays the parser's, whose judgement is then the only one.
//!
//! Invariant: a request found plain ends where any parser of RFC 9112 ends it. In doubt: not plain.
use pyo3::prelude::*;
use pyo3::types::PyBytes;

const MAX_HEAD: usize = 16 << 10;
const MAX_HEADERS: usize = 64;
/// What takes a request out of the plain ones by being there. The others of a connection
/// (`keep-alive`, `proxy-connection`) say nothing a server must act on, but are not worth a doubt.
const NEVER: [&[u8]; 10] = [
    b"transfer-encoding",
    b"expect",
    b"upgrade",
    b"trailer",
    b"te",
    b"keep-alive",
    b"proxy-connection",
    b"http2-settings",
    b"content-encoding",
    b"content-range",
];

/// Where a request's body lies; `end` may be past what was given.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub endpoint: usize,
    pub body: usize,
    pub end: usize,
}

/// Looks for one plain request at the start of `data`.
pub fn find(lines: &[Vec<u8>], refused: &[Vec<u8>], max_body: usize, data: &[u8]) -> Option<Found> {
    let endpoint = lines.iter().position(|line| data.starts_with(line))?;
    let mut at = lines[endpoint].len();
    let (mut host, mut kind, mut length) = (false, false, None);
    let mut connection = false;
    for _ in 0..=MAX_HEADERS {
        let rest = &data[at..data.len().min(MAX_HEAD)];
        if rest.starts_with(b"\r\n") {
            let body = at + 2;
            return Some(Found {
                endpoint,
                body,
                end: body + length.filter(|_| host && kind)?,
            });
        }
        let (name, value, size) = header(rest)?;
        at += size;
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        if is(b"host") {
            if std::mem::replace(&mut host, true) || !is_host(value) {
                return None;
            }
        } else if is(b"content-length") {
            if length.is_some() {
                return None;
            }
            length = Some(decimal(value).filter(|n| (1..=max_body).contains(n))?);
        } else if is(b"content-type") {
            let json = value == b"application/json" || value.starts_with(b"application/json;");
            if std::mem::replace(&mut kind, true) || !json {
                return None;
            }
        } else if is(b"connection") {
            let keeps = value.eq_ignore_ascii_case(b"keep-alive");
            if std::mem::replace(&mut connection, true) || !keeps {
                return None;
            }
        } else if NEVER.iter().any(|known| is(known)) || refused.iter().any(|known| is(known)) {
            return None;
        }
    }
    None
}

/// One header line: its name, its value without blanks around it, and the line's size.
fn header(rest: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let colon = rest
        .iter()
        .position(|c| !(c.is_ascii_alphanumeric() || *c == b'-'))?;
    if colon == 0 || rest[colon] != b':' {
        return None;
    }
    let tail = &rest[colon + 1..];
    let length = tail
        .iter()
        .position(|c| !(matches!(c, b' '..=b'~') || *c == b'\t'))?;
    if !tail[length..].starts_with(b"\r\n") {
        return None;
    }
    let value = tail[..length].trim_ascii();
    Some((&rest[..colon], value, colon + 1 + length + 2))
}

/// Digits and nothing else, without a needless zero before them.
fn decimal(value: &[u8]) -> Option<usize> {
    if value.is_empty() || value.len() > 9 || value[0] == b'0' {
        return None;
    }
    value.iter().try_fold(0usize, |sum, c| {
        c.is_ascii_digit().then(|| sum * 10 + usize::from(c - b'0'))
    })
}

fn is_host(value: &[u8]) -> bool {
    !value.is_empty()
        && value.len() <= 255
        && value
            .iter()
            .all(|c| c.is_ascii_alphanumeric() || b"-._~:[]".contains(c))
}

/// Finds requests to a table of endpoints, (method, path) each.
#[pyclass(frozen, module = "carveout._native")]
pub struct PlainRequests {
    lines: Vec<Vec<u8>>,
    refused: Vec<Vec<u8>>,
    max_body: usize,
}

#[pymethods]
impl PlainRequests {
    #[new]
    fn new(
        endpoints: Vec<(Vec<u8>, Vec<u8>)>,
        refused_headers: Vec<Vec<u8>>,
        max_body: usize,
    ) -> Self {
        let line = |(method, path): (Vec<u8>, Vec<u8>)| {
            [&method[..], b" ", &path[..], b" HTTP/1.1\r\n"].concat()
        };
        Self {
            lines: endpoints.into_iter().map(line).collect(),
            refused: refused_headers,
            max_body,
        }
    }

    /// The request at `data[at:]`: (endpoint, where its body begins, where it ends), the end maybe
    /// past the data; None for what is not plain, or not whole up to the body.
    fn find(&self, data: &Bound<'_, PyBytes>, at: usize) -> Option<(usize, usize, usize)> {
        let rest = data.as_bytes().get(at..)?;
        let found = find(&self.lines, &self.refused, self.max_body, rest)?;
        Some((found.endpoint, at + found.body, at + found.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"POST /q HTTP/1.1\r\n";
    const REST: &[u8] = b"Host: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n";

    fn asked(head: &[u8]) -> Option<Found> {
        let lines = [b"PUT /q HTTP/1.1\r\n".to_vec(), LINE.to_vec()];
        find(&lines, &[b"x-forwarded-for".to_vec()], 1000, head)
    }

    fn with(line: &str) -> Option<Found> {
        asked(&[LINE, REST, line.as_bytes(), b"\r\n{}"].concat())
    }

    #[test]
    fn a_plain_request_and_where_it_ends() {
        let found = with("").expect("plain");
        let size = LINE.len() + REST.len() + 2;
        assert_eq!(
            found,
            Found {
                endpoint: 1,
                body: size,
                end: size + 2
            }
        );
        for line in [
            "Accept: */*\r\n",
            "x-empty:\r\n",
            "User-Agent:\ta b\t \r\n",
            "Connection: Keep-Alive\r\n",
            "cookie: a=\"b\"; c\r\n",
        ] {
            assert!(with(line).is_some(), "{line:?}");
        }
    }

    #[test]
    fn what_is_odd_is_not_plain() {
        for line in [
            "Transfer-Encoding: chunked\r\n",
            "transfer-encoding: identity\r\n",
            "Content-Length: 2\r\n",
            "Content-Length: 3\r\n",
            "Host: a\r\n",
            "Content-Type: application/json\r\n",
            "Expect: 100-continue\r\n",
            "Upgrade: h2c\r\n",
            "Connection: close\r\n",
            "Connection: keep-alive, x\r\n",
            "Connection: keep-alive\r\nConnection: keep-alive\r\n",
            "Connection:\r\n",
            "X-Forwarded-For: 1.2.3.4\r\n",
            " folded: x\r\n",
            "\tfolded: x\r\n",
            "blank : x\r\n",
            "under_score: x\r\n",
            ": nameless\r\n",
            "no colon\r\n",
            "a: b\n",
            "a: b\rc: d\r\n",
            "a: b\r\r\n",
            "a: \0\r\n",
            "a: é\r\n",
            "\n",
            "\r",
        ] {
            assert_eq!(with(line), None, "{line:?}");
        }
    }

    #[test]
    fn lengths_hosts_and_kinds_have_one_form() {
        let made = |host: &str, length: &str, kind: &str| {
            let rest =
                format!("Host:{host}\r\nContent-Length:{length}\r\nContent-Type:{kind}\r\n\r\n");
            asked(&[LINE, rest.as_bytes()].concat())
        };
        let json = "application/json";
        assert!(made("a.b:80", " 1000 ", json).is_some());
        assert!(made("[::1]:8000", "2", "application/json; charset=utf-8").is_some());
        for length in [
            "",
            "0",
            "02",
            "+2",
            "-2",
            "2 2",
            "2,2",
            "0x2",
            "1001",
            "9999999999",
            "2.0",
            "²",
        ] {
            assert_eq!(made("a", length, json), None, "{length:?}");
        }
        for host in ["", " ", "a b", "a,b", "a/b", "a@b", "a\0"] {
            assert_eq!(made(host, "2", json), None, "{host:?}");
        }
        for kind in [
            "",
            "text/plain",
            "Application/JSON",
            "application/jsonx",
            "application/json ;",
        ] {
            assert_eq!(made("a", "2", kind), None, "{kind:?}");
        }
    }

    #[test]
    fn what_is_missing_is_not_plain() {
        for left_out in 0..3 {
            let rest: Vec<u8> = REST
                .split_inclusive(|c| *c == b'\n')
                .enumerate()
                .filter(|(i, _)| *i != left_out)
                .flat_map(|(_, line)| line.to_vec())
                .collect();
            assert_eq!(asked(&[LINE, &rest[..], b"\r\n{}"].concat()), None);
        }
        let whole = [LINE, REST, b"\r\n"].concat();
        for size in 0..whole.len() {
            assert_eq!(asked(&whole[..size]), None, "{size}");
        }
        assert!(asked(&whole).is_some());
    }

    #[test]
    fn other_request_lines_are_not_plain() {
        for line in [
            "GET /q HTTP/1.1\r\n",
            "POST /q HTTP/1.0\r\n",
            "POST /q HTTP/1.1 \r\n",
            "POST /q HTTP/1.1\n",
            "POST  /q HTTP/1.1\r\n",
            "post /q HTTP/1.1\r\n",
            "POST /q?x HTTP/1.1\r\n",
            "POST /q/ HTTP/1.1\r\n",
            "POST http://a/q HTTP/1.1\r\n",
            "\r\nPOST /q HTTP/1.1\r\n",
        ] {
            assert_eq!(
                asked(&[line.as_bytes(), REST, b"\r\n{}"].concat()),
                None,
                "{line:?}"
            );
        }
    }

    #[test]
    fn heads_have_a_limit() {
        assert!(with(&format!("a: {}\r\n", "x".repeat(15 << 10))).is_some());
        assert_eq!(with(&format!("a: {}\r\n", "x".repeat(MAX_HEAD))), None);
        assert!(with(&"a: b\r\n".repeat(MAX_HEADERS - 3)).is_some());
        assert_eq!(with(&"a: b\r\n".repeat(MAX_HEADERS)), None);
    }
}
