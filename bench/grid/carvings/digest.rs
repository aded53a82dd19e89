//! `domain:digest`, written by hand: the compiler does not draft hashlib.

#![forbid(unsafe_code)]

use crate::types;
use carveout_runtime::prelude::*;
use sha2::{Digest as _, Sha256};

pub fn digest(document: types::Document) -> Outcome<types::Digest> {
    let text = document.text.as_str();
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    let words = text.split(is_space).filter(|word| !word.is_empty()).count();
    let longest = text.split('\n').map(|line| line.chars().count()).max();
    let hash = Sha256::digest(text.as_bytes());
    let mut sha256 = String::with_capacity(64);
    for byte in hash {
        sha256.push(HEX[usize::from(byte >> 4)]);
        sha256.push(HEX[usize::from(byte & 15)]);
    }
    Ok(types::Digest {
        bytes: text.len() as i64,
        lines: lines as i64,
        words: words as i64,
        longest: longest.unwrap_or(0) as i64,
        sha256: sha256.into(),
        name: document.name,
    })
}

const HEX: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
];

/// Python's white space: Unicode's, and four separators that Rust leaves out.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}
