"""Parity of library modules: hashes, checksums, encodings, struct, random.

Objects do not cross: what makes a hash says its digest here, and what takes a generator gets the
seed of one and is called several times, so that the numbers after the first count as well.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import importlib
import json
import random
import re
import struct
from collections.abc import Callable
from typing import Any

from parity_types import Kind, Maker

Oracle = Callable[..., Any]
DRAWS = 4
TRIED = ("str", "float", "tuple[int, bytes]")
FORMATS = (
    *("<b", "B", ">h", "<H", "=i", "!I", "<l", "L", "q", ">Q", "n", "@N", "<f", ">d"),
    *("<HIb", ">bhi", "@bhiq", "@b0i", "3x?h", "5s", "c2s", "<2H3bq", "20B", ">30h", "@13Q"),
)
JSONS = (
    *("int", "float", "str", "list[opt[float]]", "dict[str, list[int]]", "dict[int, bool]"),
    *("tuple[int, str, opt[bool]]", "dict[str, dict[str, str]]", "list[list[str]]"),
)
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"ensure_ascii": False, "sort_keys": True},
    {"indent": 2},
    {"indent": "\t", "sort_keys": True, "ensure_ascii": False},
    {"indent": 0, "separators": (";", "=")},
    {"separators": (",", ":")},
)
_OPTIONAL: dict[str, Oracle] = {
    "binascii.hexlify": lambda data, *rest: binascii.hexlify(
        data, *(rest if len(rest) > 1 else ())
    ),
    "binascii.b2a_base64": lambda data, newline: binascii.b2a_base64(data, newline=newline),
    "binascii.a2b_base64": lambda data, strict: binascii.a2b_base64(data, strict_mode=strict),
    "base64.b64decode": lambda data, *rest: base64.b64decode(data, *rest[:-1], validate=rest[-1]),
    "hash.parts": lambda parts, name: _parts(hashlib.new(name), parts),
    "hmac.parts": lambda key, parts, name: _parts(hmac.new(key, digestmod=name), parts),
    "random.shuffle": lambda items, seed: _each(items, seed, "shuffle")[0],
    "random.texts": lambda seed, n: _texts(seed, n),
}
_OPTIONAL["binascii.b2a_hex"] = _OPTIONAL["binascii.hexlify"]


def _parts(hash_: Any, parts: list[bytes]) -> list[bytes]:
    copies = []
    for part in parts:
        hash_.update(part)
        copies.append(hash_.copy())
    return [copy.digest() for copy in copies]


def _texts(seed: str, n: int) -> list[float]:
    return [random.Random(seed).random(), random.Random(seed.encode()).gauss(), float(n)]


def _each(items: Any, seed: int, name: str, *rest: Any, **named: Any) -> list[Any]:
    rng = random.Random(seed)
    return [getattr(rng, name)(items, *rest, **named) for _ in range(DRAWS)]


def oracle(key: str) -> Oracle | None:
    """Python's own function under a name of a module."""
    if key in _OPTIONAL:
        return _OPTIONAL[key]
    module, _, name = key.partition(".")
    if key.startswith("json.dumps "):
        fields = OPTIONS[int(key.rpartition(" ")[2])]
        return lambda value: json.dumps(value, **fields)
    if module == "struct":
        how, text = name.split(" ", 1)
        return lambda *args: (
            struct.unpack(text, *args) if how == "unpack" else struct.pack(text, *args)
        )
    if key.startswith(("hmac.new.", "hmac.digest.")):
        digest = name.partition(".")[2]
        return lambda key_, message: hmac.digest(key_, message, digest)
    if module == "hashlib" and name.startswith("blake2"):
        make = getattr(hashlib, name)
        return lambda data=b"", *rest: make(
            data, **dict(zip(("digest_size", "key"), rest, strict=False))
        ).digest()
    if module == "hashlib":
        return lambda data=b"": hashlib.new(name, data).digest()
    if key == "random.index":
        return lambda items, seed: _each(range(len(items)), seed, "choice")
    if key == "random.sample.range":
        return lambda seed, low, high, k: _each(range(low, high), seed, "sample", k)
    if key == "random.sample":
        return lambda items, seed, k: _each(items, seed, "sample", k)
    if module == "random" and name.startswith("choices"):
        word = name.partition(".")[2]
        return lambda items, seed, *rest: _each(
            items, seed, "choices", k=rest[-1], **({word: rest[0]} if word else {})
        )
    if module == "random":
        return lambda seed, *args: _drawn(seed, name, args)
    if module in ("zlib", "binascii", "base64", "hmac"):
        made: Oracle = getattr(importlib.import_module(module), name)
        return made
    if key == "bytes.hex":
        return lambda data, *rest: data.hex(*rest)
    return None


def _drawn(seed: int, name: str, args: tuple[Any, ...]) -> list[Any]:
    rng = random.Random(seed)
    if name == "seed":
        return [rng.seed(args[0]), rng.random()][1:]
    return [getattr(rng, name)(*args) for _ in range(DRAWS)]


# --- arguments -----------------------------------------------------------------------------------


def _encoded(key: str, maker: Maker) -> bytes:
    """What a decoder takes, or nearly."""
    data = maker.random.randbytes(maker.pick([0, 1, 2, 3, 4, 5, 8, 20]))
    name = key.partition(".")[2].replace("decode", "encode")
    if "hex" in name and "b32" not in name:
        made = data.hex().encode()
        made = made.upper() if maker.chance(0.3) else made
    else:
        made = (getattr(base64, name, None) or base64.b64encode)(data)
    if maker.chance(0.15):
        made = made.lower()
    for _ in range(maker.pick([0, 0, 1, 2])):
        at = maker.random.randint(0, len(made))
        change = maker.pick([b"=", b"==", b"\n", b" ", b"-", b"~", b"A", b"", b"\xff", b"1"])
        made = made[:at] + change + made[at + maker.pick([0, 1]) :]
    return made.rstrip(b"=") if maker.chance(0.15) else made


def special(key: str, kinds: list[Kind], maker: Maker) -> list[Any] | None:
    """Arguments of functions that can't take just any."""
    module, _, name = key.partition(".")
    names = [kind[0] for kind in kinds]
    r = maker.random
    if module == "struct":
        how, text = name.split(" ", 1)
        if how == "unpack":
            size = struct.calcsize(text)
            return [r.randbytes(size if maker.chance(0.9) else r.randint(0, size + 2))]
        sizes = re.findall(r"[a-zA-Z?]", text)
        return [_fitting(maker, kind[0], sizes) for kind in kinds]
    if module != "bytes" and ("decode" in name or "unhexlify" in name or name.startswith("a2b")):
        made: Any = _encoded(key, maker)
        made = made.decode("latin-1") if names[0] == "str" else made
        rest = [maker.pick([b"-_", b"._", b"AB", b"+/"]) if kind == "bytes" else maker.chance(0.5)
                for kind in names[1:]]  # fmt: skip
        return [made, *rest]
    if key in ("base64.b64encode",) and len(names) == 2:
        return [maker.bytes(), r.randbytes(2)]
    if name in ("hexlify", "b2a_hex", "hex") and len(names) == 3:
        separators = [":", "-", " "] if maker.chance(0.9) else ["", "::", "é", "\x00"]
        separator = maker.pick(separators)
        every = r.choice([r.randint(-9, 9), 0, 1, 2**31 - 1])
        return [maker.bytes() * r.randint(1, 3),
                separator.encode() if names[1] == "bytes" else separator, every]  # fmt: skip
    if module == "hashlib" or key.startswith("hmac.new") or key.startswith("hmac.digest"):
        data = r.randbytes(r.choice([0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 200, 300]))
        if len(names) == 3:
            most = 64 if name == "blake2b" else 32
            return [data, r.randint(1, most), r.randbytes(r.randint(0, most))]
        keys = [r.randbytes(r.choice([0, 1, 20, 63, 64, 65, 128, 129, 145]))] * (module == "hmac")
        return [*keys, data][: len(names)]
    if key in ("hash.parts", "hmac.parts"):
        parts = [
            r.randbytes(r.choice([0, 1, 63, 64, 65, 128, 300])) for _ in range(r.randint(0, 5))
        ]
        known = maker.pick(["md5", "sha1", "sha256", "sha512", "sha3_384", "blake2b", "blake2s"])
        return [*([maker.bytes()] if module == "hmac" else []), parts, known]
    if module == "random":
        return _chance(name, kinds, maker)
    return None


def _fitting(maker: Maker, kind: str, codes: list[str]) -> Any:
    if kind != "int":
        return maker.of([kind])
    few = "b" in codes or "B" in codes
    return maker.random.randint(0, 127) if few or maker.chance(0.7) else maker.int()


def _chance(name: str, kinds: list[Kind], maker: Maker) -> list[Any]:
    r = maker.random
    seed = maker.int()
    match name:
        case "randint":
            low = maker.int() if maker.chance(0.5) else r.randint(-5, 5)
            high = min(2**63 - 1, low + r.choice([0, 1, 5, 100, 2**32 - 1, 2**32, 2**40]))
            return [seed, low, maker.int() if maker.chance(0.2) else high]
        case "randrange":
            step = r.choice([1, 1, 2, 7, -1, -3, maker.int()])
            start = maker.int() if maker.chance(0.4) else r.randint(-9, 9)
            stop = max(-(2**63), min(2**63 - 1, start + step * r.randint(0, 50) + r.randint(-1, 2)))
            return [seed, start, stop, step]
        case "getrandbits":
            return [seed, r.choice([r.randint(0, 63), 0, 1, 31, 32, 33, 63, 64, 100, -1])]
        case "sample.range":
            low, size = r.randint(-99, 99), r.choice([0, 3, 30, 300, 10**6])
            return [seed, low, low + size, r.randint(0, min(size, 40) + maker.chance(0.1))]
        case "texts":
            return [maker.str(), maker.int()]
        case "randbytes":
            return [seed, r.randint(0, 40)]
        case "gammavariate" | "betavariate" | "weibullvariate" | "paretovariate":
            few = [
                r.choice([0.5, 1.0, r.uniform(0.05, 1), r.uniform(1, 9), 50.0]) for _ in kinds[1:]
            ]
            return [seed, *few]
        case "gauss" | "normalvariate" | "lognormvariate":
            return [seed, r.uniform(-3, 3), r.choice([0.0, 1.0, r.uniform(0, 2)])]
        case "sample" | "choices" | "index" | "shuffle":
            items = maker.of(kinds[0])
            items = items * 40 if maker.chance(0.1) else items
            return [items, seed, *[r.randint(0, len(items) + maker.chance(0.1))] * (len(kinds) - 2)]
        case "choices.weights" | "choices.cum_weights":
            items = maker.of(kinds[0]) or maker.of(kinds[0])
            odd = maker.chance(0.1)
            weights: list[Any] = [
                r.randint(0, 9) if kinds[2][1] == ["int"]
                else abs(maker.float()) if odd else r.uniform(0, 9)
                for _ in items
            ]  # fmt: skip
            if name.endswith("cum_weights"):
                weights.sort(key=lambda weight: (weight != weight, weight))
            if maker.chance(0.05):
                weights.append(weights[0] if weights else 1)
            made = tuple(weights) if kinds[2][0] == "vtuple" else weights
            return [items, seed, made, r.randint(0, 6)]
    return [seed, *(maker.of(kind) for kind in kinds[1:])]


# --- calls ---------------------------------------------------------------------------------------


def calls_of(entry: Any, make: Callable[..., Any]) -> list[Any] | None:
    """The calls of an entry that has to do with an object; None for any other.

    `make(key, kinds, result, body, changes, source)` is the driver's call.
    """
    shapes = [getattr(taken.shape, "name", "") for taken in entry.params]
    source = f"{entry.key} {entry.rust}"
    if not shapes and getattr(entry.result, "name", "") == "hash":
        # `hashlib.sha256()` is under `hash.parts`.
        return []
    if getattr(entry.result, "name", "") == "hash" and "hash" not in shapes:
        body = _filled(entry.rust, ["&a0", "&a1", "&a2"], {1: "a1"} if len(shapes) == 3 else {})
        kinds = ", ".join(shapes)
        return [make(entry.key, kinds, "bytes", f"({body}).digest()", False, source)]
    if "hash" in shapes or getattr(entry.result, "name", "") == "random":
        # Under `hash.parts` and `random.texts`.
        return []
    if "random" not in shapes:
        return None
    made = []
    for chosen in TRIED if _generic(entry) else ("",):
        kinds = [_kind(taken.shape, chosen) for taken in entry.params]
        rng = shapes.index("random")
        kinds[rng] = "int"
        args = ["rng" if at == rng else f"a{at}" if kind in ("int", "float") else f"&a{at}"
                for at, kind in enumerate(kinds)]  # fmt: skip
        args[rng] = "&rng"
        start = f"let rng = random::Random::seeded(a{rng});"
        if entry.params[0].mode == "mut":
            body = entry.rust.replace("{0}", "&mut a0").replace("{1}", "&rng")
            body = f"{start} for _ in 0..{DRAWS} {{ {body} }}"
            made.append(make(entry.key, ", ".join(kinds), "None", body, True, source))
            continue
        one, result = _filled(entry.rust, args, {}), _kind(entry.result, chosen)
        if result == "None":
            one, result = f"{one}; made.push(rng.random());", "float"
            body = f"{start} let mut made = Vec::new(); {one} made"
        else:
            body = f"for _ in 0..{DRAWS} {{ made.push({one}); }} made"
            body = f"{start} let mut made = Vec::new(); {body}"
        made.append(make(entry.key, ", ".join(kinds), f"list[{result}]", body, False, source))
    return made


def _filled(rust: str, args: list[str], plain: dict[int, str]) -> str:
    def hole(found: re.Match[str]) -> str:
        index = int(found[1])
        text = plain.get(index, args[index])
        return text.lstrip("&") if found[2] == "." else text

    return re.sub(r"\{(\d)([^}]*)\}", hole, rust)


def _generic(entry: Any) -> bool:
    return any("T" in str(taken.shape) for taken in entry.params if hasattr(taken.shape, "args"))


def _kind(shape: Any, chosen: str) -> str:
    inner = getattr(shape, "args", ())
    if not inner:
        return chosen if shape.name == "T" else shape.name
    name = "list" if shape.name in ("seq", "list") else shape.name
    return f"{name}[{', '.join(_kind(part, chosen) for part in inner)}]"


def more(make: Callable[..., Any]) -> list[Any]:
    """What has no entry: struct's formats, and the objects' own methods."""
    from carveout.cut.frontend.packing import layout
    from carveout.cut.ir.nodes import At

    made = []
    for text in FORMATS:
        items, size = layout(text, At("parity", 1, 1, 1))
        kinds = [str(item.type) for item in items]
        reads = ", ".join(item.read for item in items)
        few = len(items) <= 6
        result = f"tuple[{', '.join(kinds)}]" if few else f"vtuple[{kinds[0]}]"
        key = f"struct.unpack {text}"
        body = f"let packed = packing::exactly(&a0, {size})?; "
        body += f"({reads},)" if few else f"vec![{reads}]"
        made.append(make(key, "bytes", result, body, False, key))
        if few:
            puts = " ".join(_put(at, item) for at, item in enumerate(items))
            key = f"struct.pack {text}"
            body = f"let mut packed = vec![0_u8; {size}]; {puts} Bytes::from(packed)"
            made.append(make(key, ", ".join(kinds), "bytes", body, False, key))
    copies = """
        let mut made = Vec::new();
        for part in {parts} {{ hash.update(&part); made.push(hash.copy()); }}
        made.iter().map(hashes::Hash::digest).collect()"""
    for kind in JSONS:
        for number, fields in enumerate(OPTIONS):
            body = f"dumps::text(&a0, &{_options(fields)})?"
            made.append(make(f"json.dumps {number}", kind, "str", body, False, f"json {number}"))
    made += [
        make("hash.parts", "list[bytes], str", "list[bytes]",
             "let hash = hashes::Hash::new(&a1);" + copies.format(parts="a0"), False, "hash.parts"),
        make("hmac.parts", "bytes, list[bytes], str", "list[bytes]",
             "let hash = hashes::Hash::hmac(&a0, b\"\", &a2);" + copies.format(parts="a1"), False,
             "hmac.parts"),
        make("random.texts", "str, int", "list[float]", """
             vec![random::Random::seeded_by(a0.as_bytes()).random(),
                  random::Random::seeded_by(a0.as_bytes()).gauss(0.0, 1.0), a1 as f64]""", False,
             "random.texts"),
    ]  # fmt: skip
    return made


def _options(fields: dict[str, Any]) -> str:
    from carveout.cut.frontend.jsons import options
    from carveout.cut.ir.nodes import At

    return options(fields, At("parity", 1, 1, 1))


def _put(at: int, item: Any) -> str:
    if item.code in "sc":
        name = "char" if item.code == "c" else "bytes"
        ends = "?" if item.code == "c" else ""
        return f"packing::put_{name}(&mut packed, {item.offset}, {item.size}, &a{at}){ends};"
    return f"packing::put_{item.name}(&mut packed, {item.offset}, a{at})?;"


# What declines where Python says an error, or a number past 64 bits.
BOUNDS = {
    **{f"struct.pack {text}": 0.6 for text in FORMATS},
    **{f"struct.unpack {text}": 0.02 for text in FORMATS},
    **dict.fromkeys(("random.randint", "random.randrange", "random.getrandbits"), 0.5),
    **dict.fromkeys(("random.index", "random.choices", "random.triangular"), 0.25),
    **dict.fromkeys(("random.uniform", "random.choices.weights"), 0.2),
    **dict.fromkeys(("random.choices.cum_weights", "random.expovariate"), 0.2),
    "struct.pack c2s": 0.95,
    "zlib.adler32": 0.6,
    "base64.b64decode": 0.05,
    "binascii.a2b_base64": 0.05,
    "random.weibullvariate": 0.05,
    "random.paretovariate": 0.05,
}
