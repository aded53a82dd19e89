//! JSON Web Tokens (RFC 7519): signature, algorithm, audience, issuer, times. Never `none`.
//!
//! The algorithm is taken from the configuration: a token whose header names another is refused
//! before any key is touched, and a key is used only for the family it belongs to, so a public key
//! can't be taken for a shared secret.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;

const MAX_TOKEN: usize = 16 * 1024;

/// Tokens whose signature was checked, per set of keys.
const REMEMBERED: usize = 8192;

/// Checked keys of one authenticator, and the tokens they were found to have signed. New keys are
/// a new value with nothing remembered; times and audiences are checked at every use.
#[derive(Debug, Default)]
pub struct Keys {
    keys: Vec<Key>,
    signed: Mutex<HashMap<String, Arc<Value>>>,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
    Secret(Vec<u8>),
}

impl Keys {
    /// A JSON Web Key Set (RFC 7517). Keys of kinds unknown here are left out.
    pub fn from_jwks(text: &[u8]) -> Result<Keys, String> {
        let set: Value = serde_json::from_slice(text)
            .map_err(|error| format!("the key set is not JSON: {error}"))?;
        let list = set
            .get("keys")
            .and_then(Value::as_array)
            .ok_or("the key set has no `keys`")?;
        let keys: Vec<Key> = list.iter().filter_map(jwk).collect();
        if keys.is_empty() {
            return Err("the key set holds no key that can be used".to_string());
        }
        Ok(Keys {
            keys,
            ..Keys::default()
        })
    }

    pub fn from_secret(secret: &[u8]) -> Keys {
        let material = Material::Secret(secret.trim_ascii().to_vec());
        Keys {
            keys: vec![Key {
                id: None,
                algorithm: None,
                material,
            }],
            ..Keys::default()
        }
    }
}

fn jwk(key: &Value) -> Option<Key> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let bytes = |name: &str| base64url(text(name)?.as_bytes());
    if text("use").is_some_and(|usage| usage != "sig") {
        return None;
    }
    let point = |length: usize| {
        let (x, y) = (bytes("x")?, bytes("y")?);
        (x.len() == length && y.len() == length).then(|| [&[4][..], &x, &y].concat())
    };
    let material = match (text("kty")?, text("crv")) {
        ("RSA", _) => Material::Rsa {
            n: bytes("n")?,
            e: bytes("e")?,
        },
        ("EC", Some("P-256")) => Material::P256(point(32)?),
        ("EC", Some("P-384")) => Material::P384(point(48)?),
        ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x")?),
        ("oct", _) => Material::Secret(bytes("k")?),
        _ => return None,
    };
    Some(Key {
        id: text("kid").map(str::to_string),
        algorithm: text("alg").map(str::to_string),
        material,
    })
}

/// Base64 with the URL alphabet and without padding (RFC 7515 §2); None if it is anything else.
pub fn base64url(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.chunks(4) {
        let mut bits = 0u32;
        for &c in group {
            let value = match c {
                b'A'..=b'Z' => c - b'A',
                b'a'..=b'z' => c - b'a' + 26,
                b'0'..=b'9' => c - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        match group.len() {
            4 => out.extend_from_slice(&bits.to_be_bytes()[1..]),
            3 if bits & 0x3 == 0 => out.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]),
            2 if bits & 0xf == 0 => out.push((bits >> 4) as u8),
            _ => return None,
        }
    }
    Some(out)
}

#[derive(Debug)]
pub struct Rules {
    pub algorithms: Vec<String>,
    pub audiences: Vec<String>,
    pub issuers: Vec<String>,
    pub leeway: Duration,
}

/// Who a valid token is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject(pub String);

/// `now` in seconds since 1970. The error is a word for the metrics.
pub fn verify(token: &str, keys: &Keys, rules: &Rules, now: f64) -> Result<Subject, &'static str> {
    if token.len() > MAX_TOKEN {
        return Err("token-too-long");
    }
    let known = keys
        .signed
        .lock()
        .ok()
        .and_then(|signed| signed.get(token).cloned());
    let claims = match known {
        Some(claims) => claims,
        None => {
            let claims = Arc::new(signed_claims(token, keys, rules)?);
            if let Ok(mut signed) = keys.signed.lock() {
                if signed.len() >= REMEMBERED {
                    signed.clear();
                }
                signed.insert(token.to_string(), claims.clone());
            }
            claims
        }
    };
    claims_hold(&claims, rules, now)?;
    Ok(Subject(
        claims
            .get("sub")
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_string(),
    ))
}

/// What a token says, if one of the keys signed it.
fn signed_claims(token: &str, keys: &Keys, rules: &Rules) -> Result<Value, &'static str> {
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(mark), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("token-form");
    };
    let header: Value = base64url(head.as_bytes())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or("token-form")?;
    let algorithm = header
        .get("alg")
        .and_then(Value::as_str)
        .ok_or("token-form")?;
    if algorithm.eq_ignore_ascii_case("none") || !rules.algorithms.iter().any(|a| a == algorithm) {
        return Err("token-algorithm");
    }
    // Extensions that have to be understood are not (RFC 7515 §4.1.11).
    if header.get("crit").is_some() {
        return Err("token-critical");
    }
    let key_id = header.get("kid").and_then(Value::as_str);
    let signature = base64url(mark.as_bytes()).ok_or("token-form")?;
    let message = &token.as_bytes()[..head.len() + 1 + body.len()];
    let candidates = keys.keys.iter().filter(|key| {
        (key_id.is_none() || key.id.is_none() || key.id.as_deref() == key_id)
            && key.algorithm.as_deref().is_none_or(|a| a == algorithm)
    });
    if !candidates
        .take(8)
        .any(|key| is_signed(algorithm, &key.material, message, &signature))
    {
        return Err("token-signature");
    }
    base64url(body.as_bytes())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or("token-form")
}

fn claims_hold(claims: &Value, rules: &Rules, now: f64) -> Result<(), &'static str> {
    let leeway = rules.leeway.as_secs_f64();
    // A claim of the wrong type is a refusal, never a missing claim.
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or("token-form"),
    };
    match time("exp")? {
        None => return Err("token-without-end"),
        Some(end) if now >= end + leeway => return Err("token-expired"),
        Some(_) => {}
    }
    if time("nbf")?.is_some_and(|start| now < start - leeway) {
        return Err("token-not-yet-valid");
    }
    if !rules.issuers.is_empty() {
        let issuer = claims.get("iss").and_then(Value::as_str);
        if !issuer.is_some_and(|issuer| rules.issuers.iter().any(|known| known == issuer)) {
            return Err("token-issuer");
        }
    }
    if !rules.audiences.is_empty() {
        let known = |value: &Value| {
            value
                .as_str()
                .is_some_and(|a| rules.audiences.iter().any(|known| known == a))
        };
        let meant = match claims.get("aud") {
            Some(Value::Array(list)) => list.iter().any(known),
            Some(value) => known(value),
            None => false,
        };
        if !meant {
            return Err("token-audience");
        }
    }
    Ok(())
}

fn is_signed(algorithm: &str, key: &Material, message: &[u8], mark: &[u8]) -> bool {
    let public = |kind: &'static dyn signature::VerificationAlgorithm, key: &[u8]| {
        UnparsedPublicKey::new(kind, key)
            .verify(message, mark)
            .is_ok()
    };
    match (algorithm, key) {
        ("ES256", Material::P256(point)) => public(&signature::ECDSA_P256_SHA256_FIXED, point),
        ("ES384", Material::P384(point)) => public(&signature::ECDSA_P384_SHA384_FIXED, point),
        ("EdDSA", Material::Ed25519(point)) => public(&signature::ED25519, point),
        (name, Material::Rsa { n, e }) => {
            let kind = match name {
                "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
                "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
                _ => return false,
            };
            RsaPublicKeyComponents { n, e }
                .verify(kind, message, mark)
                .is_ok()
        }
        (name, Material::Secret(secret)) => {
            let kind = match name {
                "HS256" => ring::hmac::HMAC_SHA256,
                "HS384" => ring::hmac::HMAC_SHA384,
                "HS512" => ring::hmac::HMAC_SHA512,
                _ => return false,
            };
            ring::hmac::verify(&ring::hmac::Key::new(kind, secret), message, mark).is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let mut padded = [0; 4];
            padded[1..=group.len()].copy_from_slice(group);
            let bits = u32::from_be_bytes(padded);
            for i in 0..=group.len() {
                text.push(ALPHABET[(bits >> (18 - 6 * i) & 63) as usize] as char);
            }
        }
        text
    }

    fn token(header: &str, claims: &str) -> String {
        let message = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims.as_bytes())
        );
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"secret");
        format!(
            "{message}.{}",
            encode(ring::hmac::sign(&key, message.as_bytes()).as_ref())
        )
    }

    fn outcome(header: &str, claims: &str) -> Result<Subject, &'static str> {
        let rules = Rules {
            algorithms: vec!["HS256".into()],
            audiences: vec!["api".into()],
            issuers: vec!["https://id".into()],
            leeway: Duration::from_secs(30),
        };
        verify(
            &token(header, claims),
            &Keys::from_secret(b"secret\n"),
            &rules,
            1000.0,
        )
    }

    #[test]
    fn base64_is_strict_and_round_trips() {
        for text in ["", "a", "ab", "abc", "abcd\u{ff}"] {
            assert_eq!(
                base64url(encode(text.as_bytes()).as_bytes()),
                Some(text.as_bytes().to_vec())
            );
        }
        for bad in ["A", "AB=", "A+==", "AB\n", "AAAAB"] {
            assert_eq!(base64url(bad.as_bytes()), None, "{bad}");
        }
        // Bits that no encoder sets.
        assert_eq!(base64url(b"AB"), None);
    }

    #[test]
    fn what_each_rule_turns_away() {
        let head = r#"{"alg":"HS256"}"#;
        let good = r#"{"sub":"ann","exp":1010,"aud":["x","api"],"iss":"https://id"}"#;
        assert_eq!(outcome(head, good), Ok(Subject("ann".into())));
        for (header, claims, expected) in [
            (r#"{"alg":"none"}"#, good, "token-algorithm"),
            (r#"{"alg":"None"}"#, good, "token-algorithm"),
            (r#"{"alg":"HS512"}"#, good, "token-algorithm"),
            (r#"{"alg":"HS256","crit":["b64"]}"#, good, "token-critical"),
            (
                head,
                r#"{"aud":"api","iss":"https://id"}"#,
                "token-without-end",
            ),
            (
                head,
                r#"{"exp":970,"aud":"api","iss":"https://id"}"#,
                "token-expired",
            ),
            (
                head,
                r#"{"exp":"never","aud":"api","iss":"https://id"}"#,
                "token-form",
            ),
            (
                head,
                r#"{"exp":1010,"nbf":1031,"aud":"api","iss":"https://id"}"#,
                "token-not-yet-valid",
            ),
            (
                head,
                r#"{"exp":1010,"aud":"other","iss":"https://id"}"#,
                "token-audience",
            ),
            (head, r#"{"exp":1010,"iss":"https://id"}"#, "token-audience"),
            (
                head,
                r#"{"exp":1010,"aud":"api","iss":"https://evil"}"#,
                "token-issuer",
            ),
        ] {
            assert_eq!(outcome(header, claims), Err(expected), "{header} {claims}");
        }
        let rules = Rules {
            algorithms: vec!["HS256".into()],
            audiences: vec![],
            issuers: vec![],
            leeway: Duration::ZERO,
        };
        let mut forged = token(head, r#"{"exp":2000}"#);
        let mark = forged.rfind('.').unwrap() + 1;
        let other = if &forged[mark..=mark] == "A" {
            "B"
        } else {
            "A"
        };
        forged.replace_range(mark..=mark, other);
        assert!(verify(&forged, &Keys::from_secret(b"secret"), &rules, 1000.0).is_err());
        assert_eq!(
            verify(
                &token(head, r#"{"exp":2000}"#),
                &Keys::from_secret(b"other"),
                &rules,
                1000.0
            ),
            Err("token-signature")
        );
    }

    #[test]
    fn a_public_key_is_never_a_secret() {
        let jwks = br#"{"keys":[{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;
        let rules = Rules {
            algorithms: vec!["HS256".into()],
            audiences: vec![],
            issuers: vec![],
            leeway: Duration::ZERO,
        };
        let keys = Keys::from_jwks(jwks).unwrap();
        assert_eq!(
            verify(
                &token(r#"{"alg":"HS256"}"#, r#"{"exp":2000}"#),
                &keys,
                &rules,
                1.0
            ),
            Err("token-signature")
        );
    }
}
