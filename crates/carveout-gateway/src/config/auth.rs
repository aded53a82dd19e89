//! `[gateway.auth.NAME]`: API keys and JSON Web Tokens.

use std::path::Path;

use super::model::*;
use super::reader::Reader;

pub fn authenticator(name: String, r: Reader<'_>, folder: &Path) -> Option<Auth> {
    let kind = match r.one_of("kind", &["api-key", "jwt"], "api-key") {
        "jwt" => jwt(&r, folder),
        _ => api_key(&r),
    };
    r.finish();
    Some(Auth { name, kind: kind? })
}

fn api_key(r: &Reader<'_>) -> Option<AuthKind> {
    let mut keys = Vec::new();
    for (caller, hash) in r.pairs("keys") {
        let parsed = hash.strip_prefix("sha256:").and_then(parse_hex);
        match parsed {
            Some(hash) => keys.push((caller, hash)),
            None => r.problem(
                "keys",
                format!("the key of `{caller}` is not a hash"),
                Some("keys are kept hashed: `carve gateway hash-key` makes the line"),
            ),
        }
    }
    if keys.is_empty() && !r.has("keys") {
        r.problem(
            "",
            "an api-key authenticator needs `keys`",
            Some("`keys = { alice = \"sha256:…\" }`"),
        );
    }
    let header = r
        .text("header")
        .unwrap_or_else(|| "x-api-key".to_string())
        .to_ascii_lowercase();
    Some(AuthKind::ApiKey { header, keys })
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).ok()?;
    }
    Some(bytes)
}

const ALGORITHMS: [&str; 13] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "HS256",
    "HS384", "HS512", "none",
];

fn jwt(r: &Reader<'_>, folder: &Path) -> Option<AuthKind> {
    let algorithms = r.texts("algorithms");
    for algorithm in &algorithms {
        if algorithm.eq_ignore_ascii_case("none") || !ALGORITHMS.contains(&algorithm.as_str()) {
            r.problem(
                "algorithms",
                format!("`{algorithm}` is not an algorithm that is accepted"),
                Some("for example RS256, ES256, EdDSA, HS256"),
            );
        }
    }
    if algorithms.is_empty() {
        r.problem(
            "algorithms",
            "a jwt authenticator needs `algorithms`",
            Some("only those named are accepted: `algorithms = [\"RS256\"]`"),
        );
    }
    let jwt = Jwt {
        jwks_file: r.text("jwks_file").map(|p| folder.join(p)),
        jwks_url: r.text("jwks_url"),
        refresh: r.millis("refresh_ms", 300_000, false),
        secret_file: r.text("secret_file").map(|p| folder.join(p)),
        algorithms,
        audiences: r.texts("audience"),
        issuers: r.texts("issuer"),
        leeway: r.millis("leeway_ms", 30_000, true),
        ca: r.text("ca").map(|p| folder.join(p)),
    };
    let sources = [
        jwt.jwks_file.is_some(),
        jwt.jwks_url.is_some(),
        jwt.secret_file.is_some(),
    ];
    if sources.iter().filter(|s| **s).count() != 1 {
        r.problem(
            "",
            "a jwt authenticator needs one of `jwks_file`, `jwks_url` and `secret_file`",
            None,
        );
    }
    let symmetric = jwt.algorithms.iter().any(|a| a.starts_with("HS"));
    if symmetric && jwt.algorithms.iter().any(|a| !a.starts_with("HS")) {
        r.problem(
            "algorithms",
            "HS algorithms can't be mixed with others",
            Some("a public key must never be taken for a shared secret; use two authenticators"),
        );
    }
    if symmetric && jwt.jwks_url.is_some() {
        r.problem(
            "algorithms",
            "a shared secret does not come from a URL",
            Some("use `secret_file`"),
        );
    }
    if let Some(url) = &jwt.jwks_url
        && url
            .parse::<http::Uri>()
            .ok()
            .filter(|u| matches!(u.scheme_str(), Some("http" | "https")))
            .is_none()
    {
        r.problem(
            "jwks_url",
            format!("`{url}` is not a URL"),
            Some("https://…"),
        );
    }
    for path in [&jwt.jwks_file, &jwt.secret_file].into_iter().flatten() {
        if let Err(error) = std::fs::read(path) {
            let key = if jwt.jwks_file.is_some() {
                "jwks_file"
            } else {
                "secret_file"
            };
            r.problem(
                key,
                format!("cannot read {}: {error}", path.display()),
                None,
            );
        }
    }
    if let Some(path) = &jwt.jwks_file
        && let Ok(text) = std::fs::read(path)
        && let Err(message) = crate::filters::jwt::Keys::from_jwks(&text)
    {
        r.problem("jwks_file", message, None);
    }
    Some(AuthKind::Jwt(jwt))
}
