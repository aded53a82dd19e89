//! BLAKE2b and BLAKE2s (RFC 7693) with a digest size and a key, as `hashlib` takes them.

const IV_B: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];
const IV_S: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

macro_rules! blake2 {
    ($name:ident, $word:ty, $wide:ty, $iv:ident, $rounds:literal, $turns:expr) => {
        #[derive(Debug, Clone)]
        pub struct $name {
            state: [$word; 8],
            held: [u8; Self::BLOCK],
            filled: usize,
            count: $wide,
            size: usize,
        }

        impl $name {
            pub const BLOCK: usize = 16 * size_of::<$word>();
            pub const MOST: usize = 8 * size_of::<$word>();

            /// A digest of `size` bytes; both sizes within `MOST`.
            pub fn new(size: usize, key: &[u8]) -> Self {
                let mut state = $iv;
                state[0] ^= 0x0101_0000 ^ (key.len() as $word) << 8 ^ size as $word;
                let mut made = Self {
                    state,
                    held: [0; Self::BLOCK],
                    filled: 0,
                    count: 0,
                    size,
                };
                if !key.is_empty() {
                    let mut block = [0; Self::BLOCK];
                    block[..key.len()].copy_from_slice(key);
                    made.update(&block);
                }
                made
            }

            pub fn size(&self) -> usize {
                self.size
            }

            pub fn update(&mut self, mut data: &[u8]) {
                while !data.is_empty() {
                    // The last block is held back: it is compressed in another way.
                    if self.filled == Self::BLOCK {
                        self.count += Self::BLOCK as $wide;
                        let block = self.held;
                        self.compress(&block, false);
                        self.filled = 0;
                    }
                    let taken = data.len().min(Self::BLOCK - self.filled);
                    self.held[self.filled..self.filled + taken].copy_from_slice(&data[..taken]);
                    self.filled += taken;
                    data = &data[taken..];
                }
            }

            pub fn digest(&self) -> Vec<u8> {
                let mut last = self.clone();
                last.count += last.filled as $wide;
                last.held[last.filled..].fill(0);
                let block = last.held;
                last.compress(&block, true);
                let mut made: Vec<u8> = last.state.iter().flat_map(|w| w.to_le_bytes()).collect();
                made.truncate(self.size);
                made
            }

            fn compress(&mut self, block: &[u8; Self::BLOCK], last: bool) {
                let mut words = [0; 16];
                for (word, part) in words.iter_mut().zip(block.chunks_exact(size_of::<$word>())) {
                    *word = part
                        .iter()
                        .rev()
                        .fold(0, |word: $word, byte| word << 8 | <$word>::from(*byte));
                }
                let mut v = [0; 16];
                v[..8].copy_from_slice(&self.state);
                v[8..].copy_from_slice(&$iv);
                v[12] ^= self.count as $word;
                v[13] ^= (self.count >> <$word>::BITS) as $word;
                if last {
                    v[14] = !v[14];
                }
                let [first, second, third, fourth] = $turns;
                let mut mix = |a: usize, b: usize, c: usize, d: usize, x: $word, y: $word| {
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
                    v[d] = (v[d] ^ v[a]).rotate_right(first);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(second);
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
                    v[d] = (v[d] ^ v[a]).rotate_right(third);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(fourth);
                };
                for round in 0..$rounds {
                    let s = &SIGMA[round % 10];
                    mix(0, 4, 8, 12, words[s[0]], words[s[1]]);
                    mix(1, 5, 9, 13, words[s[2]], words[s[3]]);
                    mix(2, 6, 10, 14, words[s[4]], words[s[5]]);
                    mix(3, 7, 11, 15, words[s[6]], words[s[7]]);
                    mix(0, 5, 10, 15, words[s[8]], words[s[9]]);
                    mix(1, 6, 11, 12, words[s[10]], words[s[11]]);
                    mix(2, 7, 8, 13, words[s[12]], words[s[13]]);
                    mix(3, 4, 9, 14, words[s[14]], words[s[15]]);
                }
                for (at, word) in self.state.iter_mut().enumerate() {
                    *word ^= v[at] ^ v[at + 8];
                }
            }
        }
    };
}

blake2!(Blake2b, u64, u128, IV_B, 12, [32, 24, 16, 63]);
blake2!(Blake2s, u32, u64, IV_S, 10, [16, 12, 8, 7]);
