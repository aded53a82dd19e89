"""Functions of library modules, and methods of the objects they make.

    PARAMETERS["zlib.crc32"]      # (Parameter("data", only=True), Parameter("value", default=0))

An entry's parameters are those of PARAMETERS in their order, without the ones that were left out
and have None for a default. A key is the public name (`hashlib.sha256`, not where the C module
defines it); `hash.update` is a method of an object, `hash.name!` an attribute of it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from carveout.cut.registry.entry import Entry, entry

# Objects that only live inside a carving: the class mypy says, and the compiler's type.
OBJECTS = {
    "_hashlib.HASH": "hash",
    "_blake2.blake2b": "hash",
    "_blake2.blake2s": "hash",
    "hmac.HMAC": "hash",
    "random.Random": "random",
    "re.Pattern": "pattern",
    "re.Match": "match",
}

# What of the generated text needs which feature of the runtime.
FEATURES = {
    **{"hashes::": "hashing", "seeded_by(": "hashing", "seed_by(": "hashing"},
    **{"big::": "big", "Integer::": "big", "statistics::": "big"},
    "Decimal": "decimal",
    "decimal::": "decimal",
}

ALGORITHMS = (
    *("md5", "sha1", "sha224", "sha256", "sha384", "sha512"),
    *("sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"),
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`only`: never by its name. A default of None means "left out"."""

    name: str
    only: bool = False
    named: bool = False
    required: bool = True
    default: object = None


def _parameters(text: str) -> tuple[Parameter, ...]:
    (function,) = ast.parse(f"def f({text}): pass").body
    assert isinstance(function, ast.FunctionDef)
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    made = [
        Parameter(
            arg.arg,
            only=arg in given.posonlyargs,
            required=default is None,
            default=None if default is None else ast.literal_eval(default),
        )
        for arg, default in zip(plain, defaults, strict=True)
    ]
    for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        value = None if default is None else ast.literal_eval(default)
        made.append(Parameter(arg.arg, named=True, required=default is None, default=value))
    return tuple(made)


PARAMETERS = {
    key: _parameters(text)
    for key, text in {
        "zlib.crc32": "data, value=0, /",
        "zlib.adler32": "data, value=1, /",
        "binascii.crc32": "data, crc=0, /",
        "binascii.crc_hqx": "data, crc, /",
        "binascii.hexlify": "data, sep=None, bytes_per_sep=1",
        "binascii.b2a_hex": "data, sep=None, bytes_per_sep=1",
        "binascii.unhexlify": "hexstr, /",
        "binascii.a2b_hex": "hexstr, /",
        "binascii.b2a_base64": "data, /, *, newline=True",
        "binascii.a2b_base64": "data, /, *, strict_mode=False",
        "base64.b64encode": "s, altchars=None",
        "base64.b64decode": "s, altchars=None, validate=False",
        "base64.standard_b64encode": "s",
        "base64.standard_b64decode": "s",
        "base64.urlsafe_b64encode": "s",
        "base64.urlsafe_b64decode": "s",
        "base64.b32encode": "s",
        "base64.b32decode": "s, casefold=False",
        "base64.b32hexencode": "s",
        "base64.b32hexdecode": "s, casefold=False",
        "base64.b16encode": "s",
        "base64.b16decode": "s, casefold=False",
        "base64.b85encode": "b, pad=False",
        "base64.b85decode": "b",
        "base64.encodebytes": "s",
        "base64.decodebytes": "s",
        "bytes.hex": "sep=None, bytes_per_sep=1",
        "hash.update": "data, /",
        "hash.digest": "",
        "hash.hexdigest": "",
        "hash.copy": "",
        "hmac.compare_digest": "a, b, /",
        "random.random": "",
        "random.seed": "a, /",
        "random.getrandbits": "k, /",
        "random.randbytes": "n",
        "random.randint": "a, b",
        "random.uniform": "a, b",
        "random.gauss": "mu=0.0, sigma=1.0",
        "random.normalvariate": "mu=0.0, sigma=1.0",
        "random.lognormvariate": "mu, sigma",
        "random.expovariate": "lambd",
        "random.triangular": "low=0.0, high=1.0, mode=None",
        "random.gammavariate": "alpha, beta",
        "random.betavariate": "alpha, beta",
        "random.paretovariate": "alpha",
        "random.weibullvariate": "alpha, beta",
        "random.choice": "seq",
        "random.shuffle": "x",
        "random.sample": "population, k",
        "random.Random": "x, /",
    }.items()
}

# Methods that give or change something of their argument: it comes first, the object second.
SEQUENCE_FIRST = frozenset({"random.choice", "random.shuffle", "random.sample", "random.choices"})

ENTRIES: list[Entry] = [
    entry("re.escape", "(str) -> str", "pattern::escape({0})"),
    entry("re.joined", "(str, list[match], list[str]) -> str", "pattern::joined({0}, {1}, {2})"),
    entry("match.string!", "(match) -> str", "{0.}.string()"),
    entry("zlib.crc32", "(bytes, int) -> int", "checksums::crc32({0}, {1})"),
    entry("binascii.crc32", "(bytes, int) -> int", "checksums::crc32({0}, {1})"),
    entry("zlib.adler32", "(bytes, int) -> int", "checksums::adler32({0}, {1})?"),
    entry("binascii.crc_hqx", "(bytes, int) -> int", "checksums::crc_hqx({0}, {1})"),
    entry("binascii.b2a_base64", "(bytes, bool) -> bytes", "encodings::b2a_base64({0}, {1})"),
    entry("base64.b64encode", "(bytes) -> bytes", "encodings::b64encode({0})"),
    entry("base64.b64encode", "(bytes, bytes) -> bytes", "encodings::b64encode_with({0}, {1})?"),
    entry("base64.standard_b64encode", "(bytes) -> bytes", "encodings::b64encode({0})"),
    entry("base64.urlsafe_b64encode", "(bytes) -> bytes", "encodings::urlsafe_b64encode({0})"),
    entry("base64.encodebytes", "(bytes) -> bytes", "encodings::encodebytes({0})"),
    entry("base64.decodebytes", "(bytes) -> bytes", "encodings::a2b_base64({0}, false)?"),
    entry("base64.b32encode", "(bytes) -> bytes", "encodings::b32encode({0})"),
    entry("base64.b32hexencode", "(bytes) -> bytes", "encodings::b32hexencode({0})"),
    entry("base64.b16encode", "(bytes) -> bytes", "encodings::b16encode({0})"),
    entry("base64.b85encode", "(bytes, bool) -> bytes", "encodings::b85encode({0}, {1})"),
    entry("bytes.hex", "(bytes, bytes, int) -> str", "encodings::hex_by({0}, {1}, {2})?"),
    entry(
        "bytes.hex",
        "(bytes, str, int) -> str",
        "encodings::hex_by({0}, &encodings::separator({1})?, {2})?",
    ),
    entry("hash.update", "(hash, bytes) -> None", "{0.}.update({1})"),
    entry("hash.digest", "(hash) -> bytes", "{0.}.digest()"),
    entry("hash.hexdigest", "(hash) -> str", "{0.}.hexdigest()"),
    entry("hash.copy", "(hash) -> hash", "{0.}.copy()"),
    entry("hash.name!", "(hash) -> str", "{0.}.name()"),
    entry("hash.digest_size!", "(hash) -> int", "{0.}.digest_size()"),
    entry("hash.block_size!", "(hash) -> int", "{0.}.block_size()"),
    entry("hmac.compare_digest", "(bytes, bytes) -> bool", "encodings::same_bytes({0}, {1})"),
    entry("hmac.compare_digest", "(str, str) -> bool", "encodings::same_text({0}, {1})?"),
    entry("random.Random", "(int) -> random", "random::Random::seeded({0})"),
    entry("random.Random", "(str) -> random", "random::Random::seeded_by({0.}.as_bytes())"),
    entry("random.Random", "(bytes) -> random", "random::Random::seeded_by({0})"),
    entry("random.seed", "(random, int) -> None", "{0.}.seed({1})"),
    entry("random.seed", "(random, str) -> None", "{0.}.seed_by({1.}.as_bytes())"),
    entry("random.seed", "(random, bytes) -> None", "{0.}.seed_by({1})"),
    entry("random.random", "(random) -> float", "{0.}.random()"),
    entry("random.getrandbits", "(random, int) -> int", "{0.}.getrandbits({1})?"),
    entry("random.randbytes", "(random, int) -> bytes", "{0.}.randbytes({1})?"),
    entry("random.randint", "(random, int, int) -> int", "{0.}.randint({1}, {2})?"),
    entry("random.randrange", "(random, int, int, int) -> int", "{0.}.randrange({1}, {2}, {3})?"),
    entry("random.uniform", "(random, int, int) -> float", "{0.}.uniform_int({1}, {2})?"),
    entry("random.uniform", "(random, ~float, ~float) -> float", "{0.}.uniform({1}, {2})"),
    entry("random.gauss", "(random, ~float, ~float) -> float", "{0.}.gauss({1}, {2})"),
    entry(
        "random.normalvariate", "(random, ~float, ~float) -> float", "{0.}.normalvariate({1}, {2})"
    ),
    entry(
        "random.lognormvariate",
        "(random, ~float, ~float) -> float",
        "{0.}.lognormvariate({1}, {2})?",
    ),
    entry("random.expovariate", "(random, ~float) -> float", "{0.}.expovariate({1})?"),
    entry(
        "random.triangular", "(random, float, float) -> float", "{0.}.triangular({1}, {2}, None)?"
    ),
    entry(
        "random.triangular",
        "(random, float, float, float) -> float",
        "{0.}.triangular({1}, {2}, Some({3}))?",
    ),
    entry("random.gammavariate", "(random, float, float) -> float", "{0.}.gammavariate({1}, {2})?"),
    entry("random.betavariate", "(random, float, float) -> float", "{0.}.betavariate({1}, {2})?"),
    entry("random.paretovariate", "(random, ~float) -> float", "{0.}.paretovariate({1})?"),
    entry(
        "random.weibullvariate",
        "(random, ~float, ~float) -> float",
        "{0.}.weibullvariate({1}, {2})?",
    ),
    # Where a choice is: the item itself is read at that place, whatever is done with it.
    entry("random.index", "(str, random) -> int", "random::index(text::len({0}), {1})?"),
    entry("random.index", "(seq[T], random) -> int", "random::index(list::len({0}), {1})?"),
    entry(
        "random.sample.range",
        "(random, int, int, int) -> list[int]",
        "random::sample_range({0}, {1}, {2}, {3})?",
    ),
    entry("random.shuffle", "(mut list[T], random) -> None", "random::shuffle({0}, {1})"),
    entry(
        "random.sample", "(str, random, int) -> list[str]", "random::sample_chars({0}, {1}, {2})?"
    ),
    entry("random.sample", "(seq[T], random, int) -> list[T]", "random::sample({0}, {1}, {2})?"),
    entry(
        "random.choices", "(str, random, int) -> list[str]", "random::choices_chars({0}, {1}, {2})?"
    ),
    entry("random.choices", "(seq[T], random, int) -> list[T]", "random::choices({0}, {1}, {2})?"),
]
for _name in ("hexlify", "b2a_hex"):
    ENTRIES += [
        entry(f"binascii.{_name}", "(bytes, int) -> bytes", "encodings::hexlify({0})"),
        entry(
            f"binascii.{_name}",
            "(bytes, bytes, int) -> bytes",
            "encodings::hexlify_by({0}, {1}, {2})?",
        ),
        entry(
            f"binascii.{_name}",
            "(bytes, str, int) -> bytes",
            "encodings::hexlify_by({0}, &encodings::separator({1})?, {2})?",
        ),
    ]
# Decoders take bytes, or a text of ASCII.
for _key, _rest, _rust in [
    ("binascii.unhexlify", "", "unhexlify({0})?"),
    ("binascii.a2b_hex", "", "unhexlify({0})?"),
    ("binascii.a2b_base64", ", bool", "a2b_base64({0}, {1})?"),
    ("base64.b64decode", ", bool", "a2b_base64({0}, {1})?"),
    ("base64.b64decode", ", bytes, bool", "b64decode_with({0}, {1}, {2})?"),
    ("base64.standard_b64decode", "", "a2b_base64({0}, false)?"),
    ("base64.urlsafe_b64decode", "", "urlsafe_b64decode({0})?"),
    ("base64.b32decode", ", bool", "b32decode({0}, {1})?"),
    ("base64.b32hexdecode", ", bool", "b32hexdecode({0}, {1})?"),
    ("base64.b16decode", ", bool", "b16decode({0}, {1})?"),
    ("base64.b85decode", "", "b85decode({0})?"),
]:
    ENTRIES += [
        entry(_key, f"(bytes{_rest}) -> bytes", f"encodings::{_rust}"),
        entry(
            _key,
            f"(str{_rest}) -> bytes",
            f"encodings::{_rust}".replace("{0}", "&encodings::ascii({0})?"),
        ),
    ]
for _name in ALGORITHMS:
    ENTRIES += [
        entry(f"hashlib.{_name}", "() -> hash", f'hashes::Hash::new("{_name}")'),
        entry(f"hashlib.{_name}", "(bytes) -> hash", f'hashes::Hash::of("{_name}", {{0}})'),
        entry(
            f"hmac.new.{_name}",
            "(bytes, bytes) -> hash",
            f'hashes::Hash::hmac({{0}}, {{1}}, "{_name}")',
        ),
        entry(
            f"hmac.digest.{_name}",
            "(bytes, bytes) -> bytes",
            f'hashes::hmac_digest({{0}}, {{1}}, "{_name}")',
        ),
    ]
for _name in ("blake2b", "blake2s"):
    ENTRIES.append(
        entry(
            f"hashlib.{_name}",
            "(bytes, int, bytes) -> hash",
            f'hashes::Hash::blake2("{_name}", {{0}}, {{1}}, {{2}})?',
        )
    )
for _key, _weight in (("weights", "weighted"), ("cum_weights", "cumulated")):
    for _kind in ("float", "int"):
        ENTRIES.append(
            entry(
                f"random.choices.{_key}",
                f"(seq[T], random, seq[{_kind}], int) -> list[T]",
                f"random::choices_{_weight}({{0}}, {{1}}, {{2}}, {{3}})?",
            )
        )


def features(sources: dict[str, str]) -> list[str]:
    """The features of the runtime that generated sources need."""
    text = "\n".join(sources.values())
    return sorted({feature for mark, feature in FEATURES.items() if mark in text})
