//! Cross-origin requests (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

use crate::config::model::Cors;

/// The value for Access-Control-Allow-Origin if this origin may read the answer.
pub fn allowed(rules: &Cors, origin: &HeaderValue) -> Option<HeaderValue> {
    if rules.origins.iter().any(|known| known == "*") {
        return Some(HeaderValue::from_static("*"));
    }
    let text = origin.to_str().ok()?;
    rules
        .origins
        .iter()
        .any(|known| known == text)
        .then(|| origin.clone())
}

pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The headers of the answer to a preflight; without permission, none besides Vary.
pub fn preflight(rules: &Cors, request: &HeaderMap) -> HeaderMap {
    let mut answer = HeaderMap::new();
    answer.insert(
        VARY,
        HeaderValue::from_static(
            "origin, access-control-request-method, access-control-request-headers",
        ),
    );
    let (Some(origin), Some(method)) = (
        request.get(ORIGIN),
        request.get(ACCESS_CONTROL_REQUEST_METHOD),
    ) else {
        return answer;
    };
    let Some(origin) = allowed(rules, origin) else {
        return answer;
    };
    let simple = ["GET", "HEAD", "POST"];
    let method_ok = method
        .to_str()
        .is_ok_and(|m| simple.contains(&m) || rules.methods.iter().any(|known| known == m));
    let asked = request
        .get(ACCESS_CONTROL_REQUEST_HEADERS)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    let headers_ok = asked
        .split(',')
        .map(|h| h.trim().to_ascii_lowercase())
        .filter(|h| !h.is_empty())
        .all(|header| {
            rules
                .headers
                .iter()
                .any(|known| *known == header || (known == "*" && header != "authorization"))
        });
    if !method_ok || !headers_ok {
        return answer;
    }
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(headers) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, headers.clone());
    }
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(rules.max_age_s));
    if rules.credentials {
        answer.insert(
            ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
    }
    answer
}

/// Mark an answer as readable by `origin`; what the upstream said about it is replaced.
pub fn mark(rules: &Cors, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
    headers.remove(ACCESS_CONTROL_ALLOW_CREDENTIALS);
    headers.append(VARY, HeaderValue::from_static("origin"));
    let Some(value) = origin.and_then(|origin| allowed(rules, origin)) else {
        return;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
    if rules.credentials {
        headers.insert(
            ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
    }
    if !rules.expose.is_empty()
        && let Ok(value) = HeaderValue::from_str(&rules.expose.join(", "))
    {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preflight_is_allowed_whole_or_not_at_all() {
        let rules = Cors {
            origins: vec!["https://app".into()],
            methods: vec!["PUT".into()],
            headers: vec!["x-a".into()],
            expose: vec![],
            credentials: true,
            max_age_s: 5,
        };
        for (origin, method, headers, allowed) in [
            ("https://app", "PUT", "X-A", true),
            ("https://app", "GET", "", true),
            ("https://app", "DELETE", "", false),
            ("https://app", "PUT", "x-a, x-b", false),
            ("https://evil", "GET", "", false),
            ("https://app.evil", "GET", "", false),
        ] {
            let mut request = HeaderMap::new();
            request.insert(ORIGIN, origin.parse().unwrap());
            request.insert(ACCESS_CONTROL_REQUEST_METHOD, method.parse().unwrap());
            request.insert(ACCESS_CONTROL_REQUEST_HEADERS, headers.parse().unwrap());
            let answer = preflight(&rules, &request);
            assert_eq!(
                answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN),
                allowed,
                "{origin} {method} {headers}"
            );
        }
    }
}
