//! TLS by rustls with ring: certificates by name, client certificates, upstream trust.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::config::model::Tls;

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A chain and its key, checked to belong together; the error is a sentence.
pub fn load_certificate(certificate: &Path, key: &Path) -> Result<CertifiedKey, String> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| {
            format!(
                "cannot read the certificate {}: {error}",
                certificate.display()
            )
        })?;
    if chain.is_empty() {
        return Err(format!("{} holds no certificate", certificate.display()));
    }
    let key_der = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| format!("cannot read the key {}: {error}", key.display()))?;
    CertifiedKey::from_der(chain, key_der, &provider()).map_err(|error| {
        format!(
            "{} and {} do not fit: {error}",
            certificate.display(),
            key.display()
        )
    })
}

pub fn load_roots(path: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err(format!("{} holds no certificate", path.display()));
    }
    Ok(roots)
}

/// Certificates by the names in them: exact, then one wildcard label, then the first.
#[derive(Debug)]
struct ByName {
    names: HashMap<String, Arc<CertifiedKey>>,
    first: Arc<CertifiedKey>,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let Some(name) = hello.server_name().map(str::to_ascii_lowercase) else {
            return Some(self.first.clone());
        };
        if let Some(found) = self.names.get(&name) {
            return Some(found.clone());
        }
        let wildcard = name
            .split_once('.')
            .map(|(_, parent)| format!("*.{parent}"));
        let found = wildcard
            .and_then(|name| self.names.get(&name))
            .unwrap_or(&self.first);
        Some(found.clone())
    }
}

/// The DNS names of a certificate's subjectAltName, read from its DER: entries of the extension
/// 2.5.29.17 with the context tag 2.
fn dns_names(certificate: &[u8]) -> Vec<String> {
    const SUBJECT_ALT_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];
    let Some(at) = memchr::memmem::find(certificate, SUBJECT_ALT_NAME) else {
        return Vec::new();
    };
    let mut rest = &certificate[at + SUBJECT_ALT_NAME.len()..];
    // critical BOOLEAN (optional), OCTET STRING, SEQUENCE, then the names.
    if rest.starts_with(&[0x01, 0x01]) {
        rest = rest.get(3..).unwrap_or(&[]);
    }
    let Some((0x04, octets, _)) = tag(rest) else {
        return Vec::new();
    };
    let Some((0x30, mut names, _)) = tag(octets) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    while let Some((kind, value, after)) = tag(names) {
        if kind == 0x82
            && let Ok(name) = std::str::from_utf8(value)
        {
            found.push(name.to_ascii_lowercase());
        }
        names = after;
    }
    found
}

fn tag(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let n = usize::from(first & 0x7f);
        if n > 3 {
            return None;
        }
        let length = rest
            .get(..n)?
            .iter()
            .fold(0, |n, &b| n << 8 | usize::from(b));
        (length, &rest[n..])
    };
    Some((kind, rest.get(..length)?, &rest[length..]))
}

/// A listener's TLS, with ALPN for `h2` (if allowed) and `http/1.1`.
pub fn server(tls: &Tls, h2: bool) -> Result<Arc<ServerConfig>, String> {
    let mut names = HashMap::new();
    let mut first = None;
    for (certificate, key) in &tls.certificates {
        let certified = Arc::new(load_certificate(certificate, key)?);
        for name in certified
            .cert
            .first()
            .map(|der| dns_names(der))
            .unwrap_or_default()
        {
            names.entry(name).or_insert_with(|| certified.clone());
        }
        first.get_or_insert(certified);
    }
    let first = first.ok_or("there is no certificate")?;
    let versions: &[&rustls::SupportedProtocolVersion] = if tls.only_13 {
        &[&rustls::version::TLS13]
    } else {
        rustls::ALL_VERSIONS
    };
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(|error| error.to_string())?;
    let builder = match &tls.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(
                Arc::new(load_roots(path)?),
                provider(),
            );
            let verifier = if tls.client_required {
                verifier
            } else {
                verifier.allow_unauthenticated()
            };
            builder.with_client_cert_verifier(verifier.build().map_err(|error| error.to_string())?)
        }
    };
    let mut config = builder.with_cert_resolver(Arc::new(ByName { names, first }));
    config.alpn_protocols = if h2 {
        vec![b"h2".to_vec(), b"http/1.1".to_vec()]
    } else {
        vec![b"http/1.1".to_vec()]
    };
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

/// Where distributions keep the roots they trust.
const SYSTEM_ROOTS: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

pub fn client(ca: Option<&PathBuf>, h2: bool) -> Result<Arc<ClientConfig>, String> {
    let roots = match ca {
        Some(path) => load_roots(path)?,
        None => SYSTEM_ROOTS
            .iter()
            .find_map(|path| load_roots(Path::new(path)).ok())
            .ok_or("this system has no trusted roots; name a `ca` file")?,
    };
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = if h2 {
        vec![b"h2".to_vec()]
    } else {
        vec![b"http/1.1".to_vec()]
    };
    Ok(Arc::new(config))
}
