//! Where a request came from: X-Forwarded-*, Forwarded (RFC 7239), believed only from trusted proxies.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::model::Network;

static FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static FORWARDED: HeaderName = HeaderName::from_static("forwarded");
/// Other spellings that upstreams may believe: never passed on from outside.
const OTHERS: [&str; 6] = [
    "x-forwarded-port",
    "x-forwarded-server",
    "x-real-ip",
    "x-forwarded-prefix",
    "x-original-url",
    "x-rewrite-url",
];

pub fn is_trusted(peer: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.holds(peer))
}

/// Rewrite the headers; the answer is the client's address as far as it can be believed.
pub fn apply(
    headers: &mut HeaderMap,
    (peer, peer_value): (IpAddr, &HeaderValue),
    tls: bool,
    host: &HeaderValue,
    trusted: &[Network],
    others: bool,
) -> IpAddr {
    let peer = peer.to_canonical();
    let believed = !trusted.is_empty() && is_trusted(peer, trusted);
    if !believed {
        // The usual case, without building anything: nothing from outside is kept.
        if others {
            for name in OTHERS {
                headers.remove(name);
            }
            headers.remove(&FORWARDED);
        }
        headers.insert(FOR.clone(), peer_value.clone());
        headers.insert(
            PROTO.clone(),
            HeaderValue::from_static(if tls { "https" } else { "http" }),
        );
        headers.insert(HOST.clone(), host.clone());
        return peer;
    }
    let mut chain = String::new();
    let mut client = peer;
    // From the right: every hop that is trusted vouches for the one before it.
    let given: Vec<&str> = headers
        .get_all(&FOR)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
        .collect();
    for hop in given.iter().rev() {
        let Ok(address) = hop.parse::<IpAddr>() else {
            break;
        };
        client = address.to_canonical();
        if !is_trusted(client, trusted) {
            break;
        }
    }
    for hop in given.iter().filter(|hop| hop.parse::<IpAddr>().is_ok()) {
        chain.push_str(hop);
        chain.push_str(", ");
    }
    chain.push_str(&peer.to_string());
    if let Ok(value) = HeaderValue::from_str(&chain) {
        headers.insert(FOR.clone(), value);
    }
    let scheme = HeaderValue::from_static(if tls { "https" } else { "http" });
    let kept = matches!(
        headers.get(&PROTO).map(HeaderValue::as_bytes),
        Some(b"http" | b"https")
    );
    if !kept {
        headers.insert(PROTO.clone(), scheme.clone());
    }
    if !headers.contains_key(&HOST) {
        headers.insert(HOST.clone(), host.clone());
    }
    // One form is kept up to date; the other, if present, is rebuilt from it.
    if headers.remove(&FORWARDED).is_some() {
        let address = if client.is_ipv6() {
            format!("\"[{client}]\"")
        } else {
            client.to_string()
        };
        let proto = headers
            .get(&PROTO)
            .unwrap_or(&scheme)
            .to_str()
            .unwrap_or("http")
            .to_string();
        if let Ok(value) = HeaderValue::from_str(&format!("for={address};proto={proto}")) {
            headers.insert(FORWARDED.clone(), value);
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = [Network::parse("10.0.0.0/8").unwrap()];
        for (peer, given, client, sent) in [
            ("192.0.2.1", "1.1.1.1", "192.0.2.1", "192.0.2.1"),
            ("10.0.0.1", "1.1.1.1", "1.1.1.1", "1.1.1.1, 10.0.0.1"),
            (
                "10.0.0.1",
                "6.6.6.6, 1.1.1.1, 10.0.0.2",
                "1.1.1.1",
                "6.6.6.6, 1.1.1.1, 10.0.0.2, 10.0.0.1",
            ),
            (
                "10.0.0.1",
                "<script>, 1.1.1.1",
                "1.1.1.1",
                "1.1.1.1, 10.0.0.1",
            ),
            ("::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1", "1.1.1.1, 10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", given.parse().unwrap());
            headers.insert("x-real-ip", "9.9.9.9".parse().unwrap());
            let found = {
                let peer: IpAddr = peer.parse().unwrap();
                let value = peer.to_canonical().to_string().parse().unwrap();
                apply(
                    &mut headers,
                    (peer, &value),
                    false,
                    &HeaderValue::from_static("a"),
                    &trusted,
                    true,
                )
            };
            assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{peer} {given}");
            assert_eq!(headers["x-forwarded-for"], sent);
            assert_eq!(headers.contains_key("x-real-ip"), peer.contains("10.0.0.1"));
        }
    }
}
