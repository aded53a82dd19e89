//! Heads, chunked bodies and configurations, mutated: nothing panics, and what the front door lets
//! in, an independent parser (httparse, as hyper uses it) reads with the same end, the same fields and
//! the same framing.

use carveout_gateway::front::chunked::Chunks;
use carveout_gateway::front::frames::Frames;
use carveout_gateway::front::head::{BodyKind, Finder, HeadLimits, check};

/// splitmix64: the same mutations in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

const PIECES: [&[u8]; 26] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"\t",
    b":",
    b"Host: b",
    b"Content-Length: 5",
    b"Transfer-Encoding: chunked",
    b"chunked",
    b",",
    b";",
    b"\x0b",
    b"\x7f",
    b"\xff",
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"/..",
    b"%2e",
    b"0",
    b"f",
    b"-1",
    b"Connection: close",
    b"\r\n\r\n",
    b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
];

fn mutate(dice: &mut Dice, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] = dice.next() as u8,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => drop(bytes.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
            3 => {
                let end = (at + dice.below(12)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, copy));
            }
            _ => drop(bytes.splice(at..at, [b"aA0:. "[dice.below(6)]])),
        }
    }
    bytes
}

#[test]
fn what_is_let_in_is_read_alike_by_another_parser() {
    let seeds: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
        b"POST /p?q=1 HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 5\r\nX-A: b\r\n\r\n",
        b"POST /p HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET http://a/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"OPTIONS * HTTP/1.0\r\nHost: a\r\nAccept: */*\r\n\r\n",
    ];
    let limits = HeadLimits::default();
    let mut dice = Dice(7);
    let mut passed = 0;
    for round in 0..60_000 {
        let bytes = mutate(&mut dice, seeds[round % seeds.len()]);
        let Ok(Some(end)) = Finder::default().find(&bytes, &limits) else {
            continue;
        };
        let Ok(facts) = check(&bytes[..end], &limits) else {
            continue;
        };
        passed += 1;
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let mut request = httparse::Request::new(&mut headers);
        let parsed = request.parse(&bytes);
        assert_eq!(
            parsed,
            Ok(httparse::Status::Complete(end)),
            "{:?}",
            String::from_utf8_lossy(&bytes)
        );
        let values = |name: &str| -> Vec<&[u8]> {
            request
                .headers
                .iter()
                .filter(|h| h.name.eq_ignore_ascii_case(name))
                .map(|h| h.value)
                .collect()
        };
        assert_eq!(values("host").len(), 1);
        let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
        match facts.body {
            BodyKind::Chunked => assert!(lengths.is_empty() && codings.len() == 1),
            BodyKind::Length(n) => {
                assert_eq!(std::str::from_utf8(lengths[0]).unwrap().parse(), Ok(n));
                assert!(lengths.len() == 1 && codings.is_empty());
            }
            BodyKind::None => assert!(codings.is_empty() && lengths.len() < 2),
        }
    }
    assert!(
        passed > 5_000,
        "only {passed} passed: the mutations are too wild to say anything"
    );
}

/// A chunked body read the slow way, from RFC 9112 alone.
fn end_of_chunks(data: &[u8]) -> Option<usize> {
    let line = |from: usize| {
        data[from..]
            .windows(2)
            .position(|w| w == b"\r\n")
            .map(|n| from + n)
    };
    let mut at = 0;
    loop {
        let end = line(at)?;
        let size = data[at..end].split(|&b| b == b';').next()?;
        if size.is_empty() || size.len() > 15 || !size.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        at = end + 2;
        if size == 0 {
            break;
        }
        if data.get(at + size..at + size + 2)? != b"\r\n" {
            return None;
        }
        at += size + 2;
    }
    loop {
        let end = line(at)?;
        let blank = end == at;
        at = end + 2;
        if blank {
            return Some(at);
        }
    }
}

#[test]
fn chunked_bodies_end_where_a_plain_reader_sees_the_end() {
    let seeds: [&[u8]; 3] = [
        b"5\r\nhello\r\n0\r\n\r\nGET /next",
        b"1;a=b\r\nx\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nrest",
        b"0\r\n\r\n",
    ];
    let mut dice = Dice(11);
    let mut passed = 0;
    for round in 0..60_000 {
        let bytes = mutate(&mut dice, seeds[round % seeds.len()]);
        let mut chunks = Chunks::default();
        let mut at = 0;
        let mut refused = false;
        while at < bytes.len() && !chunks.is_done() {
            let piece = (at + 1 + dice.below(9)).min(bytes.len());
            match chunks.pass(&bytes[at..piece]) {
                Ok(n) => at += n,
                Err(_) => {
                    refused = true;
                    break;
                }
            }
        }
        if !refused && chunks.is_done() {
            passed += 1;
            assert_eq!(
                end_of_chunks(&bytes),
                Some(at),
                "{:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
    assert!(passed > 5_000, "only {passed} passed");
}

#[test]
fn frames_and_configurations_of_any_bytes_end_without_a_panic() {
    let mut dice = Dice(13);
    let now = std::time::Instant::now();
    for _ in 0..2_000 {
        let bytes: Vec<u8> = (0..dice.below(400)).map(|_| dice.next() as u8).collect();
        let mut frames = Frames::new(50, 50, now);
        let _ = bytes
            .chunks(1 + dice.below(50))
            .try_for_each(|piece| frames.pass(piece, now));
    }
    let seed = b"[gateway]\nlisten = [\"127.0.0.1:1\"]\nupstreams.u.endpoints = [\"http://a:1\"]\n\
        [[gateway.routes]]\ntemplate = \"/a/{b}\"\nupstream = \"u\"\nretries = { on_status = [\"503\"] }\n";
    for round in 0..4_000 {
        let text = String::from_utf8_lossy(&mutate(&mut dice, seed)).into_owned();
        if let Err(problems) =
            carveout_gateway::config::parse(&text, round % 8 == 0, std::path::Path::new("."))
        {
            assert!(!problems.is_empty());
        }
    }
}
