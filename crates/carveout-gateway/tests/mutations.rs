//! Heads, chunked bodies, header policies, routes and configurations, mutated: the properties of
//! `properties/mod.rs` hold, and often enough for that to say something.

mod properties;

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
    let mut dice = Dice(7);
    let passed = (0..60_000)
        .filter(|round| properties::head(&mutate(&mut dice, seeds[round % seeds.len()])))
        .count();
    assert!(
        passed > 5_000,
        "only {passed} passed: the mutations are too wild to say anything"
    );
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
        passed += usize::from(properties::chunks(&bytes, || 1 + dice.below(9)));
    }
    assert!(passed > 5_000, "only {passed} passed");
}

#[test]
fn frames_and_configurations_of_any_bytes_end_without_a_panic() {
    let mut dice = Dice(13);
    for _ in 0..2_000 {
        let bytes: Vec<u8> = (0..dice.below(400)).map(|_| dice.next() as u8).collect();
        properties::frames(&bytes, dice.below(50));
    }
    let seed = b"[gateway]\nlisten = [\"127.0.0.1:1\"]\nupstreams.u.endpoints = [\"http://a:1\"]\n\
        [[gateway.routes]]\ntemplate = \"/a/{b}\"\nupstream = \"u\"\nretries = { on_status = [\"503\"] }\n";
    let mut read = 0;
    for round in 0..4_000 {
        let text = String::from_utf8_lossy(&mutate(&mut dice, seed)).into_owned();
        read += usize::from(properties::config(&text, round % 8 == 0));
    }
    assert!(read > 50, "only {read} were configurations");
}

#[test]
fn what_may_not_cross_never_does() {
    let seeds: [&[u8]; 3] = [
        b"host: a\nconnection: close, x-a\nx-a: 1\nte: gzip, trailers\nupgrade: x\nx_b: 1\n",
        b"Connection: te, cookie , X-B\nCookie: a=b\nX-B: 2\nx-b: 3\nkeep-alive: 5\nTE: trailers\n",
        b"transfer-encoding: chunked\ncontent-length: 3\nx-carveout-caller: me\nconnection: upgrade\n",
    ];
    let mut dice = Dice(17);
    let passed = (0..30_000)
        .filter(|round| properties::header_policy(&mutate(&mut dice, seeds[round % seeds.len()])))
        .count();
    assert!(passed > 5_000, "only {passed} named anything");
}

#[test]
fn the_table_finds_what_the_documented_order_says() {
    let snapshot = properties::routes();
    let mut dice = Dice(19);
    let hosts = [
        "x",
        "b.example",
        "c.b.example",
        "example",
        ".example",
        "z.example",
    ];
    let parts = ["a", "b", "c", "", "x", "a%2fb", "ab"];
    let mut found = 0;
    for _ in 0..30_000 {
        let mut target = String::new();
        for _ in 0..=dice.below(4) {
            target.push('/');
            target.push_str(parts[dice.below(parts.len())]);
        }
        let method = ["GET", "POST"][dice.below(2)];
        let host = hosts[dice.below(hosts.len())];
        found += usize::from(properties::routing(&snapshot, method, host, &target));
    }
    assert!(found > 20_000);
}
