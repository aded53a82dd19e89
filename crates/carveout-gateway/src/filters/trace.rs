//! Request ids and W3C trace context (<https://www.w3.org/TR/trace-context/>).

use std::cell::Cell;

use http::{HeaderMap, HeaderName, HeaderValue};

pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

thread_local! {
    static STATE: Cell<u64> = Cell::new(seed());
}

fn seed() -> u64 {
    let mut bytes = [0; 8];
    let filled = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    if filled.is_err() {
        return 0x9e37_79b9_7f4a_7c15;
    }
    u64::from_le_bytes(bytes) | 1
}

/// Fast and not secret: ids, sampling, choice among endpoints (splitmix64).
pub fn random() -> u64 {
    STATE.with(|state| {
        let next = state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        state.set(next);
        let mut z = next;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    })
}

/// In [0, 1).
pub fn chance() -> f64 {
    (random() >> 11) as f64 / (1u64 << 53) as f64
}

fn hex(out: &mut Vec<u8>, value: u64) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for shift in (0..16).rev() {
        out.push(DIGITS[(value >> (shift * 4) & 15) as usize]);
    }
}

/// Whether an id from outside may be used: short and plain.
fn is_plain(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (1..=128).contains(&bytes.len())
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:/+=@".contains(b))
}

/// Where a request is in its trace, in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    pub trace: String,
    pub span: String,
    pub parent: Option<String>,
}

/// Keep a plain request id from a trusted client, else make one; continue or begin the trace. With a
/// `sample`, that share of the requests is a span, and every one that a trusted client has sampled.
pub fn apply(
    headers: &mut HeaderMap,
    trusted: bool,
    sample: Option<f64>,
) -> (HeaderValue, Option<Context>) {
    let given = headers
        .get(&REQUEST_ID)
        .filter(|value| trusted && is_plain(value))
        .cloned();
    let id = given.unwrap_or_else(|| {
        let mut text = Vec::with_capacity(32);
        hex(&mut text, random());
        hex(&mut text, random());
        HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("0"))
    });
    headers.insert(REQUEST_ID.clone(), id.clone());
    let parent = headers.get(&TRACEPARENT).map(|v| v.as_bytes().to_vec());
    let mut next = Vec::with_capacity(55);
    match parent.as_deref().filter(|parent| is_traceparent(parent)) {
        Some(parent) => {
            next.extend_from_slice(b"00");
            next.extend_from_slice(&parent[2..36]);
            hex(&mut next, random().max(1));
            next.extend_from_slice(&parent[52..55]);
        }
        None => {
            // Without a valid parent the state belongs to nothing.
            headers.remove(&TRACESTATE);
            next.extend_from_slice(b"00-");
            hex(&mut next, random().max(1));
            hex(&mut next, random());
            next.push(b'-');
            hex(&mut next, random().max(1));
            next.extend_from_slice(b"-00");
        }
    }
    let continued = parent.filter(|parent| is_traceparent(parent));
    let wanted = |share| trusted && next[54] & 1 == 1 || chance() < share;
    let context = sample.filter(|share| wanted(*share)).map(|_| {
        // The lowest bit of the flags: sampled.
        next[54] = match next[54] {
            digit @ b'0'..=b'9' => digit | 1,
            b'a' | b'c' | b'e' => next[54] + 1,
            other => other,
        };
        let text = |range: std::ops::Range<usize>, bytes: &[u8]| {
            String::from_utf8_lossy(&bytes[range]).into_owned()
        };
        Context {
            trace: text(3..35, &next),
            span: text(36..52, &next),
            parent: continued.as_deref().map(|parent| text(36..52, parent)),
        }
    });
    if let Ok(value) = HeaderValue::from_bytes(&next) {
        headers.insert(TRACEPARENT.clone(), value);
    }
    (id, context)
}

fn is_traceparent(value: &[u8]) -> bool {
    let hexadecimal = |range: std::ops::Range<usize>| {
        value[range]
            .iter()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b))
    };
    value.len() >= 55
        && (value.len() == 55 || (value[..2] != *b"00" && value[55] == b'-'))
        && value[2] == b'-'
        && value[35] == b'-'
        && value[52] == b'-'
        && hexadecimal(0..2)
        && value[..2] != *b"ff"
        && hexadecimal(3..35)
        && hexadecimal(36..52)
        && hexadecimal(53..55)
        && value[3..35].iter().any(|&b| b != b'0')
        && value[36..52].iter().any(|&b| b != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_parent_goes_on_and_a_broken_one_is_replaced() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        for (parent, kept) in [
            (trace, true),
            (
                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                true,
            ),
            (
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                false,
            ),
            (
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                false,
            ),
            (
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                false,
            ),
            (
                "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                false,
            ),
            ("rubbish", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", parent.parse().unwrap());
            headers.insert("tracestate", "a=b".parse().unwrap());
            apply(&mut headers, false, None);
            let sent = headers["traceparent"].to_str().unwrap();
            assert!(is_traceparent(sent.as_bytes()), "{sent}");
            assert_eq!(
                sent.contains("0af7651916cd43dd8448eb211c80319c"),
                kept,
                "{parent}"
            );
            assert!(!sent.contains("b7ad6b7169203331"));
            assert_eq!(headers.contains_key("tracestate"), kept);
        }
    }

    #[test]
    fn an_id_is_kept_only_from_trusted_clients_and_if_plain() {
        for (given, trusted, kept) in [
            ("abc-1", true, true),
            ("abc-1", false, false),
            ("a b", true, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-request-id", given.parse().unwrap());
            assert_eq!(
                apply(&mut headers, trusted, None).0 == given,
                kept,
                "{given} {trusted}"
            );
        }
    }
}
