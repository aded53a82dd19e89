"""Values at the edges of each leaf type, as wire trees.

A *wire tree* is what `msgspec.msgpack.decode` makes of wire bytes without a type: None, bool, int,
float, str, bytes, list, dict and Ext. All of `prove` works on wire trees because they need none of
the user's classes, encode in one call, and say exactly what crosses.

    LEAVES["int"]     # 0, 1, -1, ..., 2**63 - 1, -2**63
    wide_int(2**70)   # the wire tree of an int past 64 bits

Invariant: every value is one that the codec accepts for its type.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import msgspec

Tree = Any
"""None | bool | int | float | str | bytes | list[Tree] | dict[Tree, Tree] | Ext"""


class Ext:
    """A MessagePack extension; unlike msgspec's it can be a dict's key.

    Not a dataclass: msgspec would write one as a map, without asking for its extension.
    """

    __slots__ = ("code", "data")

    def __init__(self, code: int, data: bytes) -> None:
        self.code = code
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ext) and (self.code, self.data) == (other.code, other.data)

    def __hash__(self) -> int:
        return hash((self.code, self.data))

    def __repr__(self) -> str:
        return f"Ext({self.code}, {self.data!r})"


EXT_INT, EXT_TEXT, EXT_ABSENT = 1, 2, 3
ABSENT = Ext(EXT_ABSENT, b"")


def _hook(value: Any) -> msgspec.msgpack.Ext:
    if isinstance(value, Ext):
        return msgspec.msgpack.Ext(value.code, value.data)
    raise TypeError(f"not a wire tree: {value!r}")


_encoder = msgspec.msgpack.Encoder(enc_hook=_hook)
_decoder = msgspec.msgpack.Decoder(ext_hook=lambda code, data: Ext(code, bytes(data)))


def encode(tree: Tree) -> bytes:
    """Wire bytes of a tree."""
    return _encoder.encode(tree)


def decode(data: bytes) -> Tree:
    """The tree of some wire bytes."""
    return _decoder.decode(data)


def wide_int(value: int) -> Tree:
    """An int as the wire has it: itself up to 64 bits, else ext 1, two's complement, minimal."""
    if -(2**63) <= value < 2**64:
        return value
    length = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return Ext(EXT_INT, value.to_bytes(length, "big", signed=True))


def int_of(tree: Tree) -> int:
    """The int a wire tree stands for."""
    if isinstance(tree, Ext):
        return int.from_bytes(tree.data, "big", signed=True)
    return int(tree)


def surrogates(text: str) -> Tree:
    """A str as the wire has it: itself, or ext 2 if it has lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return Ext(EXT_TEXT, text.encode("utf-8", "surrogatepass"))
    return text


_payload_nan = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_BEEF))[0]

_SMALL_INTS = [0, 1, -1, 2, -2, 3, 5, 7, 10, -10, 12, 16, 60, 64, 100, -100, 255, 256, 1000]
_LARGE_INTS = [
    sign * (1 << bits) + delta
    for bits in (15, 31, 32, 53, 62, 63)
    for sign in (1, -1)
    for delta in (-1, 0, 1)
]
_HUGE_INTS = [2**64 - 1, 2**64, -(2**64), 10**30, -(10**30)]

LEAVES: dict[str, list[Tree]] = {
    "none": [None],
    "bool": [False, True],
    "int": [*_SMALL_INTS, *(wide_int(i) for i in (*_LARGE_INTS, *_HUGE_INTS))],
    "float": [
        *(0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, -2.5, 0.3, 1 / 3, 10.0, 100.0, 1e-9, 1e16),
        *(math.nan, _payload_nan, math.inf, -math.inf, 5e-324, -5e-324, 2.2250738585072014e-308),
        *(1e308, -1e308, 1.7976931348623157e308, 2.0**53, 2.0**53 + 2, 2.0**63, -(2.0**63), 1e22),
    ],
    "str": [
        *("", "a", "A", "0", " ", "abc", "Zz", "-1", "1.5", "a b", "a,b", "\n", "\t x ", "\0"),
        *("é", "ß", "İ", "ﬁ", "Ω", "e\u0301", "日本", "😀", "a😀b", "x" * 300, "٣", "\u200b"),
        surrogates("\ud800"),
    ],
    "bytes": [b"", b"\0", b"a", b"\xff", b"abc", bytes(range(256)), b"\0" * 1000],
    "date": [[1, 1, 1], [9999, 12, 31], [1970, 1, 1], [2000, 2, 29], [2024, 2, 29], [2023, 12, 31]],
    "time": [
        [0, 0, 0, 0, 0, None],
        [23, 59, 59, 999_999, 0, None],
        [12, 0, 0, 1, 1, None],
        [1, 2, 3, 4, 0, 3_600_000_000],
    ],
    "datetime": [
        [1, 1, 1, 0, 0, 0, 0, 0, None],
        [9999, 12, 31, 23, 59, 59, 999_999, 0, None],
        [1970, 1, 1, 0, 0, 0, 0, 0, 0],
        [2024, 2, 29, 12, 30, 0, 1, 0, -18_000_000_000],
        [2024, 10, 27, 2, 30, 0, 0, 1, "Europe/Berlin"],
    ],
    "timedelta": [[0, 0, 0], [-1, 86_399, 999_999], [1, 0, 0], [999_999_999, 0, 0], [0, 0, 1]],
    "uuid": [b"\0" * 16, b"\xff" * 16, bytes(range(16))],
    "decimal": [
        *("0", "-0", "1", "-1", "0.1", "1.10", "1E+2", "1E-28", "NaN", "Infinity", "-Infinity"),
        "9" * 30,
    ],
}

CALM: dict[str, list[Tree]] = {
    **LEAVES,
    "int": [*_SMALL_INTS],
    "float": [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, 1 / 3, 10.0, 100.0, 1e-9, math.nan],
    "str": [text for text in LEAVES["str"] if isinstance(text, str)],
}
"""Edges that neither make a loop over them endless nor a carving decline: three in four leaves."""
