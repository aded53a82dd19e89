//! Which headers cross: hop-by-hop fields and what Connection names do not (RFC 9110 §7.6.1).

use std::borrow::Cow;

use http::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
};

use crate::config::model::Underscores;

static KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
static PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
static H2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");
/// Who the gateway says is calling: never taken from outside.
pub static CALLER: HeaderName = HeaderName::from_static("x-carveout-caller");

/// What one pass over the names found, so that the usual request pays for nothing else.
#[derive(Default)]
struct Present {
    connection: bool,
    other_hops: bool,
    underscores: bool,
    caller: bool,
    /// Anything that begins with `x-` or says `forwarded`.
    origin: bool,
}

fn look(headers: &HeaderMap) -> Present {
    let mut present = Present::default();
    for name in headers.keys() {
        let text = name.as_str();
        match text.len() {
            2 => present.other_hops |= *name == TE,
            6 => present.other_hops |= *name == EXPECT,
            7 => present.other_hops |= *name == UPGRADE,
            10 => {
                present.connection |= *name == CONNECTION;
                present.other_hops |= *name == KEEP_ALIVE;
            }
            14..=19 => {
                present.other_hops |= *name == TRANSFER_ENCODING
                    || *name == PROXY_CONNECTION
                    || *name == PROXY_AUTHORIZATION
                    || *name == PROXY_AUTHENTICATE
                    || *name == H2_SETTINGS;
                present.caller |= *name == CALLER;
            }
            _ => {}
        }
        present.origin |= text.starts_with("x-") || text == "forwarded";
        present.underscores |= memchr::memchr(b'_', text.as_bytes()).is_some();
    }
    present
}

/// Remove what Connection names, except fields that carry the message itself.
fn drop_named(headers: &mut HeaderMap) {
    let mut named = Vec::new();
    for value in headers.get_all(CONNECTION) {
        for token in value.as_bytes().split(|&b| b == b',') {
            if let Ok(name) = HeaderName::from_bytes(token.trim_ascii())
                && !matches!(
                    name.as_str(),
                    "close"
                        | "keep-alive"
                        | "te"
                        | "host"
                        | "content-length"
                        | "content-type"
                        | "authorization"
                        | "cookie"
                )
            {
                named.push(name);
            }
        }
    }
    for name in named {
        headers.remove(name);
    }
    headers.remove(CONNECTION);
}

fn drop_hops(headers: &mut HeaderMap) {
    for name in [
        &KEEP_ALIVE,
        &PROXY_CONNECTION,
        &UPGRADE,
        &PROXY_AUTHORIZATION,
        &H2_SETTINGS,
        &EXPECT,
    ] {
        headers.remove(name);
    }
    if headers.contains_key(TE) {
        // All that TE may say past this hop: trailers are welcome.
        let trailers = headers.get_all(TE).iter().any(|v| {
            v.as_bytes()
                .split(|&b| b == b',')
                .any(|part| part.trim_ascii().eq_ignore_ascii_case(b"trailers"))
        });
        headers.remove(TE);
        if trailers {
            headers.insert(TE, HeaderValue::from_static("trailers"));
        }
    }
}

/// Whether there may be headers about where the request came from. None: refused, because of a name
/// with an underscore.
pub fn inbound(headers: &mut HeaderMap, underscores: Underscores) -> Option<bool> {
    let present = look(headers);
    if present.connection {
        drop_named(headers);
    }
    if present.other_hops {
        drop_hops(headers);
        headers.remove(TRANSFER_ENCODING);
    }
    if present.caller {
        headers.remove(&CALLER);
    }
    if present.underscores && underscores != Underscores::Allow {
        if underscores == Underscores::Refuse {
            return None;
        }
        let names: Vec<HeaderName> = headers
            .keys()
            .filter(|n| n.as_str().contains('_'))
            .cloned()
            .collect();
        for name in names {
            headers.remove(name);
        }
    }
    Some(present.origin)
}

/// An upstream's answer: its framing is its own affair.
pub fn outbound(headers: &mut HeaderMap) {
    let present = look(headers);
    if present.connection {
        drop_named(headers);
    }
    if present.other_hops {
        if headers.remove(TRANSFER_ENCODING).is_some() {
            headers.remove(CONTENT_LENGTH);
        }
        for name in [
            &KEEP_ALIVE,
            &PROXY_CONNECTION,
            &UPGRADE,
            &PROXY_AUTHENTICATE,
        ] {
            headers.remove(name);
        }
    }
}

/// HTTP/2 splits cookies for its compression; HTTP/1.1 has one field (RFC 9113 §8.2.3).
pub fn join_cookies(headers: &mut HeaderMap) {
    let mut values = headers.get_all(COOKIE).iter();
    let (Some(first), Some(_)) = (values.next(), values.next()) else {
        return;
    };
    let mut joined = first.as_bytes().to_vec();
    for value in headers.get_all(COOKIE).iter().skip(1) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(value.as_bytes());
    }
    if let Ok(value) = HeaderValue::from_bytes(&joined) {
        headers.insert(COOKIE, value);
    }
}

/// One cookie's value.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|v| v.as_bytes().split(|&b| b == b';'))
        .find_map(|pair| {
            let pair = pair.trim_ascii();
            let at = memchr::memchr(b'=', pair)?;
            (&pair[..at] == name.as_bytes()).then(|| &pair[at + 1..])
        })
}

/// The host without its port, in lower case.
pub fn bare_host(host: &str) -> Cow<'_, str> {
    let end = match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => colon,
        _ => host.len(),
    };
    let bare = &host[..end];
    if bare.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(bare.to_ascii_lowercase())
    } else {
        Cow::Borrowed(bare)
    }
}

pub fn host_header(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn hop_by_hop_fields_do_not_cross() {
        let mut headers = map(&[
            ("host", "a"),
            ("connection", "close, X-Secret, host, content-length"),
            ("x-secret", "1"),
            ("content-length", "3"),
            ("keep-alive", "timeout=5"),
            ("te", "gzip, trailers"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAMAAABk"),
            ("proxy-connection", "keep-alive"),
            ("transfer-encoding", "chunked"),
            ("expect", "100-continue"),
            ("x-carveout-caller", "admin"),
            ("x_under", "1"),
            ("accept", "*/*"),
        ]);
        assert_eq!(inbound(&mut headers, Underscores::Drop), Some(true));
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "content-length", "host", "te"]);
        assert_eq!(headers["te"], "trailers");
        assert_eq!(
            inbound(&mut map(&[("x_y", "1")]), Underscores::Refuse),
            None
        );
        let mut kept = map(&[("x_y", "1")]);
        assert!(inbound(&mut kept, Underscores::Allow).is_some() && kept.contains_key("x_y"));
    }

    #[test]
    fn cookies_are_joined_and_read() {
        let mut headers = map(&[("cookie", "a=1"), ("cookie", "b=2")]);
        join_cookies(&mut headers);
        assert_eq!(
            headers.get_all("cookie").iter().collect::<Vec<_>>(),
            ["a=1; b=2"]
        );
        assert_eq!(cookie(&headers, "b"), Some(&b"2"[..]));
        assert_eq!(cookie(&headers, "c"), None);
    }
}
