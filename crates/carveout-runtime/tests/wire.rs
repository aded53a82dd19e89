//! The wire against every kind of bytes: what is written reads back, and nothing panics.

use carveout_runtime::wire::{EXT_BIGINT, Int, MAX_DEPTH, Reader, Wire, WireError, Writer};

/// xorshift64*: the same bytes every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn bytes(&mut self) -> Vec<u8> {
        let len = (self.next() % 48) as usize;
        (0..len).map(|_| (self.next() >> 32) as u8).collect()
    }
}

fn written(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut Writer::new(&mut out));
    out
}

#[test]
fn ints_read_back_in_their_shortest_form() {
    let edges = [
        0,
        1,
        31,
        32,
        127,
        128,
        255,
        256,
        65535,
        65536,
        u64::from(u32::MAX),
        1 << 32,
        1 << 62,
    ];
    for edge in edges {
        for value in [
            edge as i64,
            -(edge as i64),
            -(edge as i64) - 1,
            i64::MAX,
            i64::MIN,
        ] {
            let bytes = written(|w| w.int(value));
            assert_eq!(Reader::new(&bytes).int(), Ok(Int::Small(value)));
            assert_eq!(
                bytes,
                written(|w| w.big_int(&i128::from(value).to_be_bytes())),
                "{value}"
            );
        }
    }
    let bytes = written(|w| w.uint(u64::MAX));
    assert_eq!(Reader::new(&bytes).int(), Ok(Int::Unsigned(u64::MAX)));
    assert_eq!(
        bytes,
        written(|w| w.big_int(&i128::from(u64::MAX).to_be_bytes()))
    );
    assert_eq!(
        Reader::new(&bytes).i64(),
        Err(WireError::Declined("an int beyond 64 bits"))
    );
}

#[test]
fn big_ints_are_minimal() {
    for value in [
        i128::from(u64::MAX) + 1,
        i128::from(i64::MIN) - 1,
        i128::MAX,
        i128::MIN,
        -1 - (1 << 71),
    ] {
        let bytes = written(|w| w.big_int(&value.to_be_bytes()));
        let Ok(Int::Big(data)) = Reader::new(&bytes).int() else {
            panic!("{value} is not big")
        };
        assert!(data.len() >= 9 || value < i128::from(i64::MIN));
        let fill = if value < 0 { 0xff } else { 0 };
        let mut word = [fill; 16];
        word[16 - data.len()..].copy_from_slice(data);
        assert_eq!(i128::from_be_bytes(word), value);
        let (code, _) = Reader::new(&bytes).ext().unwrap();
        assert_eq!(code, EXT_BIGINT);
    }
}

#[test]
fn floats_keep_every_bit() {
    for bits in [
        0,
        1 << 63,
        0x7ff8_0000_dead_beef,
        0xfff0_0000_0000_0001,
        f64::MIN_POSITIVE.to_bits(),
    ] {
        let bytes = written(|w| w.f64(f64::from_bits(bits)));
        assert_eq!(Reader::new(&bytes).f64().unwrap().to_bits(), bits);
    }
}

#[test]
fn lengths_of_every_width() {
    for len in [0_usize, 1, 15, 16, 31, 32, 255, 256, 65535, 65536] {
        let text = "x".repeat(len);
        let bytes = written(|w| {
            w.str(&text);
            w.bin(text.as_bytes());
            w.ext(7, text.as_bytes());
            w.array(len);
            (0..len).for_each(|_| w.nil());
        });
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.str(), Ok(text.as_str()));
        assert_eq!(reader.bin(), Ok(text.as_bytes()));
        assert_eq!(reader.ext(), Ok((7, text.as_bytes())));
        assert_eq!(reader.array(), Ok(len));
        assert!((0..len).all(|_| reader.nil().is_ok()));
        assert_eq!(reader.end(), Ok(()));
    }
}

#[test]
fn lengths_that_lie_reserve_nothing() {
    assert_eq!(
        Reader::new(&[0xdd, 0xff, 0xff, 0xff, 0xff]).array(),
        Err(WireError::Truncated)
    );
    assert_eq!(
        Reader::new(&[0xdf, 0xff, 0xff, 0xff, 0xff]).map(),
        Err(WireError::Truncated)
    );
    assert_eq!(
        Reader::new(&[0xc6, 0xff, 0xff, 0xff, 0xff]).bin(),
        Err(WireError::Truncated)
    );
    assert_eq!(
        Reader::new(&[0xdb, 0, 0, 0, 9]).str(),
        Err(WireError::Truncated)
    );
}

#[test]
fn nesting_ends() {
    let deep = [0x91].repeat(100_000);
    assert_eq!(Reader::new(&deep).skip(), Err(WireError::TooDeep));
    let mut just = [0x91].repeat(MAX_DEPTH as usize);
    just.push(0xc0);
    assert_eq!(Reader::new(&just).skip(), Ok(()));
}

type Sample = (Vec<(i64, f64)>, Option<Vec<bool>>, Vec<Vec<i64>>, ());

#[test]
fn no_bytes_panic() {
    let mut random = Random(0x1234_5678_9abc_def1);
    let value: Sample = (
        vec![(1, 2.0), (-3, 0.5)],
        Some(vec![true]),
        vec![vec![], vec![300]],
        (),
    );
    let good = written(|w| value.write(w));
    assert_eq!(Sample::read(&mut Reader::new(&good)), Ok(value));
    for _ in 0..200_000 {
        let mut bytes = random.bytes();
        if random.next().is_multiple_of(2) {
            bytes = good.clone();
            for _ in 0..=random.next() % 3 {
                let at = random.next() as usize % bytes.len();
                bytes[at] = random.next() as u8;
            }
            bytes.truncate(random.next() as usize % (bytes.len() + 1));
        }
        let _ = Sample::read(&mut Reader::new(&bytes));
        let _ = Reader::new(&bytes).skip();
        let _ = Reader::new(&bytes).int();
        let _ = Reader::new(&bytes).str();
        let _ = Reader::new(&bytes).ext();
        let _ = carveout_runtime::json::free_value(&mut Reader::new(&bytes));
    }
}
