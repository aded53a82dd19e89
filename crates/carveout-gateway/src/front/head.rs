//! One HTTP/1.1 request head, checked to the letter (RFC 9112, and stricter where peers differ).
//!
//! ```
//! use carveout_gateway::front::head::{check, BodyKind, HeadLimits};
//! let facts = check(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", &HeadLimits::default()).unwrap();
//! assert_eq!(facts.body, BodyKind::None);
//! assert!(check(b"GET / HTTP/1.1\r\nHost : a.example\r\n\r\n", &HeadLimits::default()).is_err());
//! ```
//!
//! Invariant: two parsers that both follow the RFC cannot disagree on where a head that passed
//! ends, where its body ends, or which host it is for.

use super::refusal::Refusal;

#[derive(Clone, Debug)]
pub struct HeadLimits {
    pub header_bytes: usize,
    pub header_count: usize,
    pub uri_bytes: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        HeadLimits {
            header_bytes: 32 * 1024,
            header_count: 100,
            uri_bytes: 8 * 1024,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    None,
    Length(u64),
    Chunked,
}

/// What the rest of the connection needs to know of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadFacts {
    pub body: BodyKind,
    /// Asks for another protocol (`GET`, no body): nothing is read on until that is decided.
    pub upgrade: bool,
    /// HTTP/1.1 without an expectation or an `Upgrade`: request and answer are all there is to it.
    pub plain: bool,
    /// The client ends the connection after this request.
    pub close: bool,
    /// The client takes trailers (`TE: trailers`).
    pub trailers: bool,
}

/// A head that passed, in its parts.
pub struct Read<'a> {
    pub facts: HeadFacts,
    pub method: &'a [u8],
    pub target: &'a [u8],
}

/// Looks for the end of a head, over several reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Finder {
    scanned: usize,
    line_start: usize,
    lines: usize,
}

impl Finder {
    /// Field lines seen so far.
    pub fn fields(&self) -> usize {
        self.lines.saturating_sub(1)
    }

    /// The length of the head if `data` (all bytes since the head's first) holds all of it.
    pub fn find(&mut self, data: &[u8], limits: &HeadLimits) -> Result<Option<usize>, Refusal> {
        while let Some(found) = memchr::memchr(b'\n', &data[self.scanned..]) {
            let at = self.scanned + found;
            if at == self.line_start || data[at - 1] != b'\r' {
                return Err(Refusal::bad("bare-lf"));
            }
            let length = at - 1 - self.line_start;
            if length == 0 && self.lines > 0 {
                return if at < limits.header_bytes + limits.uri_bytes {
                    Ok(Some(at + 1))
                } else {
                    Err(Refusal::new(431, "headers-too-large"))
                };
            }
            if length == 0 {
                return Err(Refusal::bad("empty-request-line"));
            }
            self.lines += 1;
            if self.lines > limits.header_count + 1 {
                return Err(Refusal::new(431, "too-many-headers"));
            }
            self.scanned = at + 1;
            self.line_start = at + 1;
        }
        self.scanned = data.len();
        if self.lines == 0 && data.len() > limits.uri_bytes + 64 {
            return Err(Refusal::new(414, "uri-too-long"));
        }
        if data.len() > limits.header_bytes + limits.uri_bytes {
            return Err(Refusal::new(431, "headers-too-large"));
        }
        Ok(None)
    }
}

const fn token_table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut c = 0;
    while c < 256 {
        let b = c as u8;
        table[c] = b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        c += 1;
    }
    table
}

static TOKEN: [bool; 256] = token_table();

pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&b| TOKEN[b as usize])
}

/// A field value: visible, blank, tab or above ASCII; never a control character.
fn is_value(bytes: &[u8]) -> bool {
    // Without an early end, so that it is done many bytes at a time.
    bytes.iter().fold(true, |clean, &b| {
        clean & (((b >= 0x20) & (b != 0x7f)) | (b == b'\t'))
    })
}

/// Check one whole head, with its final empty line.
pub fn check(head: &[u8], limits: &HeadLimits) -> Result<HeadFacts, Refusal> {
    read(head, limits, |_, _| {}).map(|read| read.facts)
}

/// As `check`, and each field's name and value to `each` on the way.
pub fn read<'a>(
    head: &'a [u8],
    limits: &HeadLimits,
    mut each: impl FnMut(&'a [u8], &'a [u8]),
) -> Result<Read<'a>, Refusal> {
    let mut lines = Lines { rest: head };
    let request_line = lines.next().ok_or(Refusal::bad("empty-request-line"))?;
    let (method, target, old) = request_line_parts(request_line, limits)?;
    let mut seen = Seen::default();
    let mut size = 0;
    for line in lines {
        if line.is_empty() {
            break;
        }
        size += line.len() + 2;
        let (name, value) = field(line)?;
        seen.note(name, value)?;
        each(name, value);
    }
    if size > limits.header_bytes {
        return Err(Refusal::new(431, "headers-too-large"));
    }
    let facts = seen.facts(method, target, old)?;
    Ok(Read {
        facts,
        method,
        target,
    })
}

struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(b'\n', self.rest)?;
        let line = &self.rest[..end.saturating_sub(1)];
        self.rest = &self.rest[end + 1..];
        Some(line)
    }
}

fn request_line_parts<'a>(
    line: &'a [u8],
    limits: &HeadLimits,
) -> Result<(&'a [u8], &'a [u8], bool), Refusal> {
    let first = memchr::memchr(b' ', line).ok_or(Refusal::bad("request-line"))?;
    let last = memchr::memrchr(b' ', line).ok_or(Refusal::bad("request-line"))?;
    if first == last {
        return Err(Refusal::new(505, "version"));
    }
    let (method, target, version) = (&line[..first], &line[first + 1..last], &line[last + 1..]);
    if !is_token(method) || method.len() > 32 {
        return Err(Refusal::bad("method"));
    }
    let old = match version {
        b"HTTP/1.1" => false,
        b"HTTP/1.0" => true,
        other if other.starts_with(b"HTTP/") => return Err(Refusal::new(505, "version")),
        _ => return Err(Refusal::bad("request-line")),
    };
    if target.len() > limits.uri_bytes {
        return Err(Refusal::new(414, "uri-too-long"));
    }
    // Visible ASCII only, no fragment, and none of the characters that no URI may hold.
    let clean = target.iter().all(|&b| {
        b.is_ascii_graphic()
            && !matches!(
                b,
                b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
            )
    });
    if target.is_empty() || !clean {
        return Err(Refusal::bad("request-target"));
    }
    Ok((method, target, old))
}

/// One field line into name and trimmed value. Also used for trailers.
pub fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Refusal::bad("folded-header"));
    }
    let colon = memchr::memchr(b':', line).ok_or(Refusal::bad("header-without-colon"))?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    if !is_token(name) {
        return Err(Refusal::bad("header-name"));
    }
    // What was trimmed counts too: no other blank than these two.
    if !is_value(&line[colon + 1..]) {
        return Err(Refusal::bad("header-value"));
    }
    Ok((name, value))
}

/// The members of a list, bare.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(<[u8]>::trim_ascii)
}

#[derive(Default)]
struct Seen<'a> {
    host: Option<&'a [u8]>,
    length: Option<u64>,
    chunked: bool,
    /// What `Upgrade` says is a protocol that is served.
    upgrade: bool,
    /// There is an `Upgrade` or an `Expect`.
    unusual: bool,
    connection_upgrade: bool,
    close: bool,
    trailers: bool,
}

impl<'a> Seen<'a> {
    fn note(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Refusal> {
        // By length first: most headers are none of these.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                if self.host.replace(value).is_some() {
                    return Err(Refusal::bad("several-hosts"));
                }
                if !is_host(value) {
                    return Err(Refusal::bad("host"));
                }
            }
            2 if name.eq_ignore_ascii_case(b"te") => {
                self.trailers |= tokens(value).any(|t| t.eq_ignore_ascii_case(b"trailers"));
            }
            6 if name.eq_ignore_ascii_case(b"expect") => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Refusal::new(417, "expectation"));
                }
                self.unusual = true;
            }
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                self.upgrade = value.eq_ignore_ascii_case(b"websocket");
                self.unusual = true;
            }
            10 if name.eq_ignore_ascii_case(b"connection") => {
                for token in tokens(value) {
                    self.connection_upgrade |= token.eq_ignore_ascii_case(b"upgrade");
                    self.close |= token.eq_ignore_ascii_case(b"close");
                }
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let before = self.length.replace(content_length(value)?);
                before.map_or(Ok(()), |_| Err(Refusal::bad("several-lengths")))?;
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.chunked {
                    return Err(Refusal::bad("several-transfer-encodings"));
                }
                if !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Refusal::new(501, "transfer-encoding"));
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn facts(self, method: &[u8], target: &[u8], old: bool) -> Result<HeadFacts, Refusal> {
        let host = self.host.ok_or(Refusal::bad("no-host"))?;
        if self.chunked && old {
            return Err(Refusal::bad("chunked-in-http-1.0"));
        }
        if self.chunked && self.length.is_some() {
            return Err(Refusal::bad("two-lengths"));
        }
        if matches!(method, b"CONNECT" | b"TRACE") {
            return Err(Refusal::new(501, "method-not-served"));
        }
        check_target(method, target, host)?;
        let body = match (self.chunked, self.length) {
            (true, _) => BodyKind::Chunked,
            (_, Some(0) | None) => BodyKind::None,
            (_, Some(n)) => BodyKind::Length(n),
        };
        let upgrade = self.upgrade
            && self.connection_upgrade
            && !old
            && body == BodyKind::None
            && method == b"GET";
        Ok(HeadFacts {
            body,
            upgrade,
            plain: !old && !self.unusual,
            close: self.close,
            trailers: self.trailers,
        })
    }
}

/// Origin form, `*` for OPTIONS, or absolute form for the same host as the Host header's.
fn check_target(method: &[u8], target: &[u8], host: &[u8]) -> Result<(), Refusal> {
    let path = if target[0] == b'/' {
        target
    } else if target == b"*" {
        return if method == b"OPTIONS" {
            Ok(())
        } else {
            Err(Refusal::bad("request-target"))
        };
    } else {
        let rest = ["http://", "https://"]
            .iter()
            .find_map(|scheme| {
                let start = target.get(..scheme.len())?;
                start
                    .eq_ignore_ascii_case(scheme.as_bytes())
                    .then(|| &target[scheme.len()..])
            })
            .ok_or(Refusal::bad("request-target"))?;
        let end = rest
            .iter()
            .position(|&b| b == b'/' || b == b'?')
            .unwrap_or(rest.len());
        if !rest[..end].eq_ignore_ascii_case(host) {
            return Err(Refusal::bad("two-hosts"));
        }
        &rest[end..]
    };
    check_path(path)
}

/// No dot segments, plain or encoded, and no broken or NUL escapes: a filter by path and the
/// upstream must mean the same resource.
pub fn check_path(path: &[u8]) -> Result<(), Refusal> {
    let path = &path[..memchr::memchr(b'?', path).unwrap_or(path.len())];
    if memchr::memchr2(b'.', b'%', path).is_none() {
        return Ok(());
    }
    for segment in path.split(|&b| b == b'/') {
        let mut dots = 0;
        let mut others = 0;
        let mut at = 0;
        while at < segment.len() {
            if segment[at] == b'%' {
                let code = segment.get(at + 1..at + 3).and_then(|hex| {
                    if !hex.iter().all(u8::is_ascii_hexdigit) {
                        return None;
                    }
                    u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
                });
                match code {
                    None => return Err(Refusal::bad("broken-escape")),
                    Some(0..0x20 | 0x7f) => return Err(Refusal::bad("control-in-path")),
                    Some(b'.') => dots += 1,
                    Some(_) => others += 1,
                }
                at += 3;
            } else {
                if segment[at] == b'.' {
                    dots += 1
                } else {
                    others += 1
                }
                at += 1;
            }
        }
        if others == 0 && (dots == 1 || dots == 2) {
            return Err(Refusal::bad("dot-segment"));
        }
    }
    Ok(())
}

/// Digits only, no sign, no list, within 63 bits.
fn content_length(value: &[u8]) -> Result<u64, Refusal> {
    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
        return Err(Refusal::bad("content-length"));
    }
    Ok(value.iter().fold(0, |n, &d| n * 10 + u64::from(d - b'0')))
}

/// `uri-host [":" port]` (RFC 9110 §7.2): a name, an IPv4 address or a bracketed IPv6 address.
pub fn is_host(value: &[u8]) -> bool {
    let (name, port) = match value.first() {
        Some(b'[') => {
            let Some(end) = memchr::memchr(b']', value) else {
                return false;
            };
            let inside = std::str::from_utf8(&value[1..end]).unwrap_or("");
            if inside.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            (&value[..=end], &value[end + 1..])
        }
        Some(_) => {
            let end = memchr::memchr(b':', value).unwrap_or(value.len());
            (&value[..end], &value[end..])
        }
        None => return false,
    };
    let name_ok = name.first() == Some(&b'[')
        || (!name.is_empty()
            && name.len() <= 255
            && name
                .iter()
                .all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~')));
    let port_ok = match port {
        [] => true,
        [b':', digits @ ..] => {
            !digits.is_empty()
                && digits.len() <= 5
                && digits.iter().all(u8::is_ascii_digit)
                && std::str::from_utf8(digits).is_ok_and(|d| d.parse::<u16>().is_ok())
        }
        _ => false,
    };
    name_ok && port_ok
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(head: &[u8]) -> &'static str {
        check(head, &HeadLimits::default()).map_or_else(|refusal| refusal.reason, |_| "passed")
    }

    #[test]
    fn what_each_rule_turns_away() {
        for (head, expected) in [
            (&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..], "passed"),
            (b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "passed"),
            (b"GET http://a:8080/x HTTP/1.1\r\nHost: A:8080\r\n\r\n", "passed"),
            (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "passed"),
            (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "request-target"),
            (b"GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", "two-hosts"),
            (b"GET / HTTP/1.1\r\n\r\n", "no-host"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "several-hosts"),
            (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", "host"),
            (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "host"),
            (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "host"),
            (b"GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "host"),
            (b"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", "host"),
            (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "header-name"),
            (b"GET / HTTP/1.1\r\nHost: a\r\n x: y\r\n\r\n", "folded-header"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nx\r\n\r\n", "header-without-colon"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nx: a\0b\r\n\r\n", "header-value"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nx: a\rb\r\n\r\n", "header-value"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", "content-length"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", "content-length"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "several-lengths"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", "transfer-encoding"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "transfer-encoding"),
            (
                b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                "several-transfer-encodings",
            ),
            (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "two-lengths"),
            (b"GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "chunked-in-http-1.0"),
            (b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "version"),
            (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "version"),
            (b"GET /\r\nHost: a\r\n\r\n", "version"),
            (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "request-target"),
            (b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "version"),
            (b"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", "request-target"),
            (b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "request-target"),
            (b"GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", "dot-segment"),
            (b"GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n", "dot-segment"),
            (b"GET /a/.well-known/...x HTTP/1.1\r\nHost: a\r\n\r\n", "passed"),
            (b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "broken-escape"),
            (b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "control-in-path"),
            (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "method-not-served"),
            (b"G\xc3T / HTTP/1.1\r\nHost: a\r\n\r\n", "method"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", "expectation"),
        ] {
            assert_eq!(reason(head), expected, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn an_end_is_found_over_any_split() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
        let limits = HeadLimits::default();
        for cut in 0..head.len() {
            let mut finder = Finder::default();
            let first = finder.find(&head[..cut], &limits).unwrap();
            let found = first.or_else(|| finder.find(head, &limits).unwrap());
            assert_eq!(found, Some(head.len() - 4), "cut at {cut}");
        }
        for bad in [
            &b"GET / HTTP/1.1\nHost: a\n\n"[..],
            b"\n",
            b"GET / HTTP/1.1\r\nHost: a\n\r\n",
        ] {
            assert_eq!(
                Finder::default().find(bad, &limits),
                Err(Refusal::bad("bare-lf"))
            );
        }
    }

    #[test]
    fn limits_hold_before_the_end_has_come() {
        let limits = HeadLimits {
            header_bytes: 200,
            header_count: 3,
            uri_bytes: 50,
        };
        let long = [b"GET /".as_slice(), &[b'a'; 200]].concat();
        assert_eq!(
            Finder::default().find(&long, &limits),
            Err(Refusal::new(414, "uri-too-long"))
        );
        let many = b"GET / HTTP/1.1\r\na: b\r\na: b\r\na: b\r\na: b\r\n";
        assert_eq!(
            Finder::default().find(many, &limits),
            Err(Refusal::new(431, "too-many-headers"))
        );
        let big = [b"GET / HTTP/1.1\r\na: ".as_slice(), &[b'a'; 300]].concat();
        assert_eq!(
            Finder::default().find(&big, &limits),
            Err(Refusal::new(431, "headers-too-large"))
        );
    }
}
