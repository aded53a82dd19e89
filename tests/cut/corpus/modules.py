"""Library modules: hashes, checksums, encodings, packed numbers, seeded chance."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import random
import struct
import zlib
from dataclasses import dataclass

_HEADER = struct.Struct(">HIb")


def digests(data: bytes) -> list[str]:
    return [
        hashlib.md5(data).hexdigest(),
        hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        hashlib.sha224(data).hexdigest(),
        hashlib.sha256(data).hexdigest(),
        hashlib.sha384(data).hexdigest(),
        hashlib.sha512(data).hexdigest(),
        hashlib.sha3_224(data).hexdigest(),
        hashlib.sha3_256(data).hexdigest(),
        hashlib.sha3_384(data).hexdigest(),
        hashlib.new("sha3_512", data).hexdigest(),
        hashlib.blake2b(data).hexdigest(),
        hashlib.blake2s(data).hexdigest(),
    ]


def long_digests(data: bytes, n: int) -> list[bytes]:
    long = data * (n % 300)
    return [
        hashlib.md5(long).digest(),
        hashlib.sha256(long).digest(),
        hashlib.sha512(long).digest(),
        hashlib.sha3_256(long).digest(),
        hashlib.blake2b(long, digest_size=20, key=data[:64]).digest(),
        hashlib.blake2s(long, key=data[:32], digest_size=8).digest(),
    ]


def in_parts(parts: list[str]) -> str:
    """One object under two names, and a copy of it."""
    whole = hashlib.sha256()
    same = whole
    for part in parts:
        same.update(part.encode())
    other = whole.copy()
    other.update(b"!")
    return f"{whole.name} {whole.digest_size} {whole.block_size} {whole.hexdigest()} {other.hexdigest()}"


@dataclass
class Ledger:
    seen: int
    last: str


def chained(entries: list[str]) -> list[Ledger]:
    before = "0" * 64
    made: list[Ledger] = []
    for number, text in enumerate(entries):
        before = hashlib.sha256(f"{before}|{number}|{text}".encode("utf-8")).hexdigest()
        made.append(Ledger(number, before))
    return made


def signature(key: bytes, body: bytes, given: str) -> tuple[str, bool, bytes]:
    mac = hmac.new(key, body, hashlib.sha256)
    mac.update(b"\n")
    right = mac.hexdigest()
    return right, hmac.compare_digest(right, given), hmac.digest(key, body, "sha1")


def signatures(key: bytes, data: bytes) -> list[str]:
    long = key * 20
    return [
        hmac.new(long, data, "md5").hexdigest(),
        hmac.new(long, msg=data, digestmod="sha512").hexdigest(),
        hmac.new(key, digestmod=hashlib.sha3_256).hexdigest(),
        hmac.new(key, data, "blake2s").name,
    ]


def equal_texts(a: str, b: str) -> bool:
    return hmac.compare_digest(a, b)


def checksums(data: bytes, start: int) -> list[int]:
    return [
        zlib.crc32(data),
        zlib.crc32(data, start),
        zlib.adler32(data),
        binascii.crc32(data, start),
        binascii.crc_hqx(data, 0xFFFF),
        zlib.crc32(data) & 0xFFFFFFFF,
    ]


def encoded(data: bytes) -> list[bytes]:
    return [
        base64.b64encode(data),
        base64.b64encode(data, b"._"),
        base64.standard_b64encode(data),
        base64.urlsafe_b64encode(data).rstrip(b"="),
        base64.b32encode(data),
        base64.b32hexencode(data),
        base64.b16encode(data),
        base64.b85encode(data),
        base64.b85encode(data, pad=True),
        base64.encodebytes(data),
        binascii.hexlify(data),
        binascii.hexlify(data, "-", 2),
        binascii.b2a_base64(data, newline=False),
    ]


def token(user: str, n: int) -> str:
    return base64.urlsafe_b64encode(f"{user}:{n}".encode()).decode("ascii").rstrip("=")


def decoded(text: str) -> bytes:
    return base64.b64decode(text)


def decoded_strictly(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def decoded_safely(text: str) -> str:
    padded = text + "=" * (-len(text) % 4)
    try:
        return base64.urlsafe_b64decode(padded).hex()
    except ValueError as error:
        return str(error)


def decoded_again(data: bytes, fold: bool) -> list[bytes]:
    return [
        base64.b32decode(base64.b32encode(data), casefold=fold),
        base64.b85decode(base64.b85encode(data)),
        base64.b16decode(base64.b16encode(data)),
        base64.decodebytes(base64.encodebytes(data)),
        binascii.unhexlify(data.hex()),
    ]


def of_base_32(text: str) -> bytes:
    return base64.b32decode(text, True)


def of_base_85(text: str) -> bytes:
    return base64.b85decode(text)


def of_hex(text: str) -> bytes:
    return binascii.unhexlify(text)


def hex_in_groups(data: bytes, n: int) -> str:
    return data.hex(":") + " " + data.hex("-", n % 9 - 4)


def header(kind: int, size: int, sign: int, name: bytes) -> bytes:
    return _HEADER.pack(kind & 0xFFFF, size & 0xFFFFFFFF, sign % 100) + struct.pack("5s?", name, True)


def header_of(data: bytes) -> tuple[int, int, int] | None:
    try:
        kind, size, sign = _HEADER.unpack(data[: _HEADER.size])
    except struct.error:
        return None
    return kind, size, sign


def numbers_of(data: bytes) -> int:
    (first,) = struct.unpack("<I", (data + b"xxxx")[:4])
    second: int = struct.unpack_from("!h", data, 1)[0]
    return first + second


def mixed_layout(data: bytes) -> tuple[int, float, bytes, bool]:
    a, b, c, d = struct.unpack("@bdc?", (data * 30)[:18])
    return a, b, c, d


def packed_floats(xs: list[float]) -> bytes:
    made = b""
    for x in xs:
        made += struct.pack("<df", x, 1.5) + struct.pack(">d", x)
    return made


def many(data: bytes) -> int:
    return sum(struct.unpack("<20H", (data + b"\x01" * 40)[:40])) + struct.calcsize("bq")


def rolls(seed: int, sides: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.randint(1, abs(sides) % 1000 + 1) for _ in range(20)]


def chances(seed: int) -> list[float]:
    rng = random.Random(seed)
    made = [rng.random() - rng.random() for _ in range(3)]
    made += [rng.uniform(-1.5, 2.5), rng.uniform(1, 6), rng.gauss(0, 1), rng.gauss(2.0, 0.5)]
    made += [rng.normalvariate(0.0, 1.0), rng.expovariate(1.5), rng.triangular(0, 10, 3)]
    made += [rng.betavariate(2.0, 3.0), rng.gammavariate(0.5, 1.0), rng.lognormvariate(0, 0.25)]
    made += [rng.paretovariate(3.0), rng.weibullvariate(1.0, 1.5), rng.triangular()]
    return made


def dealt(seed: str, cards: list[str]) -> tuple[list[str], list[str], str]:
    rng = random.Random(seed)
    deck = cards[:]
    rng.shuffle(deck)
    hand = rng.sample(cards, len(cards) // 2)
    return deck, hand, rng.choice(cards + ["joker"])


@dataclass
class Player:
    name: str
    points: int


def lucky(names: list[str], seed: int) -> list[Player]:
    """The one who is chosen is one of the list."""
    players = [Player(name, 0) for name in names]
    rng = random.Random(seed)
    for _ in range(5):
        if players:
            player = rng.choice(players)
            player.points += rng.randrange(1, 10, 2)
    return players


def weighed(seed: bytes, k: int) -> list[str]:
    rng = random.Random(seed)
    some = rng.choices("abc", k=k % 5) + rng.choices(["x", "y", "z"], weights=[1, 5, 2], k=4)
    return some + rng.choices(("p", "q"), cum_weights=[0.5, 2.0], k=k % 7)


def reseeded(seed: int, n: int) -> tuple[bool, int, bytes]:
    rng = random.Random(seed)
    first = [rng.getrandbits(n % 60) for _ in range(3)]
    also = rng
    also.seed(seed)
    again = [rng.getrandbits(n % 60) for _ in range(3)]
    return first == again, rng.getrandbits(8), rng.randbytes(n % 50)


def simulated(seed: int, steps: int) -> float:
    return _walk(random.Random(seed), steps % 50)


def _walk(rng: random.Random, steps: int) -> float:
    place = 0.0
    for _ in range(steps):
        place += rng.choice((-1.0, 1.0)) * rng.random()
    return place


def tickets(seed: int, n: int) -> list[int]:
    rng = random.Random(seed)
    many = rng.sample(range(1, 50), k=6) + rng.sample(range(10**9), 3)
    return sorted(many) + random.Random(n).choices([1, 2], [0.5, 1.5], k=3)


def one_object(x: bytes) -> list[bool]:
    a, b = hashlib.sha256(x), hashlib.sha256(x)
    c = a
    return [a == b, a == c, a != b, a in [b, a], [a, b].index(b) == 1]


@dataclass
class Source:
    name: str
    rng: random.Random
    seen: int = 0

    def next(self) -> int:
        self.seen += 1
        return self.rng.randint(0, 99)


def shared_source(seed: int) -> list[int]:
    rng = random.Random(seed)
    a, b = Source("a", rng), Source("b", rng)
    return [a.next(), b.next(), a.next(), rng.randint(0, 99), a.seen]


def drawn_once(seed: int, keys: list[str]) -> tuple[list[int], dict[str, int], list[list[int]]]:
    """What draws a number is evaluated once, in Python's order."""
    rng = random.Random(seed)
    made = [rng.randrange(9) for _ in range(rng.randint(1, 5))]
    found = {"a": 0, "b": 0, "c": 0}
    found["abc"[rng.randrange(3)]] += rng.randint(1, 5)
    found[rng.choice("abc")] = rng.randint(10, 19)
    rows = [[0, 0], [0, 0], [0, 0]]
    for _ in range(rng.randrange(4)):
        row = rows[rng.randrange(3)]
        row[rng.randrange(2)] += rng.randint(1, 3)
        rows[rng.randrange(3)].append(rng.randrange(9))
    made[rng.randrange(len(made))] += rng.randrange(100)
    made += [rng.randrange(9), rng.randrange(9) - rng.randrange(9)]
    return made, found, rows


def drawn_in_walks(seed: int, n: int) -> tuple[list[float], float, list[int], bool]:
    rng = random.Random(seed)
    xs = [rng.random() for _ in range(n % 5) if rng.random() < 0.7]
    total = sum(rng.random() for _ in range(rng.randrange(3)))
    order = sorted(range(4), key=lambda i: rng.random())
    some = any(rng.random() > 0.8 for _ in range(rng.randint(0, 4)))
    low, high = min(rng.random(), rng.random()), max(0.5, rng.random())
    inside = low < rng.random() < high
    return xs, total, order, some and inside


def hashed_meanwhile(parts: list[bytes]) -> list[str]:
    h = hashlib.md5()
    made: list[str] = []
    for part in parts:
        before = h.hexdigest()
        h.update(part)
        made.append(before + h.hexdigest() if part else before)
    return made
