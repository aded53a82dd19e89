//! `hashlib` and `hmac`: objects that take bytes and say their digest.
//!
//! ```
//! use carveout_runtime::hashes::Hash;
//! let hash = Hash::new("sha256");
//! hash.update(b"abc");
//! assert!(hash.hexdigest().starts_with("ba7816bf"));
//! ```
//!
//! A hash is a handle, as in Python: a clone is the same object, [`Hash::copy`] is another one.

mod blake2;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use digest::{Digest, DynDigest};

use crate::fault::{Outcome, decline};
use crate::{Bytes, Str, bytes};
use blake2::{Blake2b, Blake2s};

/// A hash object of `hashlib`, or an HMAC.
#[derive(Clone)]
pub struct Hash(Rc<RefCell<State>>);

#[derive(Clone)]
struct State {
    name: &'static str,
    inner: Algorithm,
    /// Of an HMAC: the outer hash, which has its key.
    outer: Option<Algorithm>,
}

#[derive(Clone)]
enum Algorithm {
    // RustCrypto's own, behind one face.
    Plain(Box<dyn DynDigest>, usize),
    Blake2b(Box<Blake2b>),
    Blake2s(Box<Blake2s>),
}

fn plain<D: Digest + DynDigest + Clone + 'static>(block: usize) -> Algorithm {
    Algorithm::Plain(Box::new(D::new()), block)
}

/// The names that are known, each with its algorithm.
fn algorithm(name: &str) -> (&'static str, Algorithm) {
    match name {
        "md5" => ("md5", plain::<md5::Md5>(64)),
        "sha1" => ("sha1", plain::<sha1::Sha1>(64)),
        "sha224" => ("sha224", plain::<sha2::Sha224>(64)),
        "sha384" => ("sha384", plain::<sha2::Sha384>(128)),
        "sha512" => ("sha512", plain::<sha2::Sha512>(128)),
        "sha3_224" => ("sha3_224", plain::<sha3::Sha3_224>(144)),
        "sha3_256" => ("sha3_256", plain::<sha3::Sha3_256>(136)),
        "sha3_384" => ("sha3_384", plain::<sha3::Sha3_384>(104)),
        "sha3_512" => ("sha3_512", plain::<sha3::Sha3_512>(72)),
        "blake2b" => (
            "blake2b",
            Algorithm::Blake2b(Box::new(Blake2b::new(Blake2b::MOST, &[]))),
        ),
        "blake2s" => (
            "blake2s",
            Algorithm::Blake2s(Box::new(Blake2s::new(Blake2s::MOST, &[]))),
        ),
        // The compiler asks for known names only.
        _ => ("sha256", plain::<sha2::Sha256>(64)),
    }
}

impl Algorithm {
    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Plain(hash, _) => hash.update(data),
            Self::Blake2b(hash) => hash.update(data),
            Self::Blake2s(hash) => hash.update(data),
        }
    }

    fn digest(&self) -> Vec<u8> {
        match self {
            Self::Plain(hash, _) => hash.clone().finalize().into_vec(),
            Self::Blake2b(hash) => hash.digest(),
            Self::Blake2s(hash) => hash.digest(),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Plain(hash, _) => hash.output_size(),
            Self::Blake2b(hash) => hash.size(),
            Self::Blake2s(hash) => hash.size(),
        }
    }

    fn block(&self) -> usize {
        match self {
            Self::Plain(_, block) => *block,
            Self::Blake2b(_) => Blake2b::BLOCK,
            Self::Blake2s(_) => Blake2s::BLOCK,
        }
    }
}

impl Hash {
    fn made(name: &'static str, inner: Algorithm, outer: Option<Algorithm>) -> Self {
        Self(Rc::new(RefCell::new(State { name, inner, outer })))
    }

    /// `hashlib.new(name)`, of a name that is known.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let (name, inner) = algorithm(name);
        Self::made(name, inner, None)
    }

    /// `hashlib.new(name, data)`
    #[must_use]
    pub fn of(name: &str, data: &[u8]) -> Self {
        let made = Self::new(name);
        made.update(data);
        made
    }

    /// `hashlib.blake2b(data, digest_size=size, key=key)`, and `blake2s`
    pub fn blake2(name: &str, data: &[u8], size: i64, key: &[u8]) -> Outcome<Self> {
        let most = if name == "blake2b" {
            Blake2b::MOST
        } else {
            Blake2s::MOST
        };
        let size = usize::try_from(size).unwrap_or(0);
        if size == 0 || size > most || key.len() > most {
            return Err(decline("a size that BLAKE2 does not have"));
        }
        let (name, inner) = if name == "blake2b" {
            let hash = Box::new(Blake2b::new(size, key));
            ("blake2b", Algorithm::Blake2b(hash))
        } else {
            let hash = Box::new(Blake2s::new(size, key));
            ("blake2s", Algorithm::Blake2s(hash))
        };
        let made = Self::made(name, inner, None);
        made.update(data);
        Ok(made)
    }

    /// `hmac.new(key, message, name)`
    #[must_use]
    pub fn hmac(key: &[u8], message: &[u8], name: &str) -> Self {
        let (name, mut inner) = algorithm(name);
        let mut outer = inner.clone();
        let mut block = vec![0; inner.block()];
        if key.len() > block.len() {
            let mut hash = inner.clone();
            hash.update(key);
            let digest = hash.digest();
            block[..digest.len()].copy_from_slice(&digest);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        inner.update(&block.iter().map(|byte| byte ^ 0x36).collect::<Vec<_>>());
        outer.update(&block.iter().map(|byte| byte ^ 0x5c).collect::<Vec<_>>());
        let made = Self::made(name, inner, Some(outer));
        made.update(message);
        made
    }

    /// `hash.update(data)`
    pub fn update(&self, data: &[u8]) {
        self.0.borrow_mut().inner.update(data);
    }

    /// `hash.digest()`
    #[must_use]
    pub fn digest(&self) -> Bytes {
        let state = self.0.borrow();
        let inner = state.inner.digest();
        match &state.outer {
            None => inner.into(),
            Some(outer) => {
                let mut outer = outer.clone();
                outer.update(&inner);
                outer.digest().into()
            }
        }
    }

    /// `hash.hexdigest()`
    #[must_use]
    pub fn hexdigest(&self) -> Str {
        bytes::hex(&self.digest())
    }

    /// `hash.copy()`
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// `hash.name`
    #[must_use]
    pub fn name(&self) -> Str {
        let state = self.0.borrow();
        match state.outer {
            None => Str::from_static(state.name),
            Some(_) => Str::from(format!("hmac-{}", state.name)),
        }
    }

    /// `hash.digest_size`
    #[must_use]
    pub fn digest_size(&self) -> i64 {
        self.0.borrow().inner.size() as i64
    }

    /// `hash.block_size`
    #[must_use]
    pub fn block_size(&self) -> i64 {
        self.0.borrow().inner.block() as i64
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.name())
    }
}

crate::handle::handle!(Hash);

/// `hmac.digest(key, message, name)`
#[must_use]
pub fn hmac_digest(key: &[u8], message: &[u8], name: &str) -> Bytes {
    Hash::hmac(key, message, name).digest()
}

/// SHA-512, which seeds `random.Random` from texts.
pub(crate) fn sha512(data: &[u8]) -> Vec<u8> {
    sha2::Sha512::digest(data).to_vec()
}
