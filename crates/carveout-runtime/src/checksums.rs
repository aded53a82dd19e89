//! Checksums of `zlib` and `binascii`: CRC-32, Adler-32 and the CRC of BinHex.
//!
//! ```
//! use carveout_runtime::checksums;
//! assert_eq!(checksums::crc32(b"123456789", 0), 0xcbf4_3926);
//! ```
//!
//! A start value is taken modulo 2^32, as Python's C code does.

use crate::fault::{Outcome, decline};

/// One table for each of eight bytes that are taken at once.
const TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut made = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        made[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = made[table - 1][byte];
            made[table][byte] = (before >> 8) ^ made[0][(before & 255) as usize];
            byte += 1;
        }
        table += 1;
    }
    made
}

/// `zlib.crc32(data, value)`
#[must_use]
pub fn crc32(data: &[u8], value: i64) -> i64 {
    let mut crc = !(value as u32);
    let mut parts = data.chunks_exact(8);
    for part in &mut parts {
        let low = u32::from_le_bytes([part[0], part[1], part[2], part[3]]) ^ crc;
        crc = TABLES[7][(low & 255) as usize]
            ^ TABLES[6][(low >> 8 & 255) as usize]
            ^ TABLES[5][(low >> 16 & 255) as usize]
            ^ TABLES[4][(low >> 24) as usize]
            ^ TABLES[3][usize::from(part[4])]
            ^ TABLES[2][usize::from(part[5])]
            ^ TABLES[1][usize::from(part[6])]
            ^ TABLES[0][usize::from(part[7])];
    }
    for byte in parts.remainder() {
        crc = (crc >> 8) ^ TABLES[0][((crc ^ u32::from(*byte)) & 255) as usize];
    }
    i64::from(!crc)
}

/// `zlib.adler32(data, value)`. Of a value that is no checksum the result hangs on the library.
pub fn adler32(data: &[u8], value: i64) -> Outcome<i64> {
    const BASE: u32 = 65_521;
    let (mut a, mut b) = (value as u32 & 0xffff, value as u32 >> 16);
    if a >= BASE || b >= BASE {
        return Err(decline("a start value that is no Adler-32"));
    }
    // As many bytes as 32 bits hold without a remainder between.
    for part in data.chunks(5_552) {
        for byte in part {
            a += u32::from(*byte);
            b += a;
        }
        a %= BASE;
        b %= BASE;
    }
    Ok(i64::from(b << 16 | a))
}

/// `binascii.crc_hqx(data, value)`
#[must_use]
pub fn crc_hqx(data: &[u8], value: i64) -> i64 {
    let mut crc = value as u16;
    for byte in data {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 {
                (crc << 1) ^ 0x1021
            } else {
                crc << 1
            };
        }
    }
    i64::from(crc)
}
