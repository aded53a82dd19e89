"""Values of the types that runtime functions take: made up, written to the wire and read back.

Only the standard library, so that any Python can run it. A type is nested lists, as JSON has them:
`["list", ["tuple", ["int"], ["str"]]]`.
"""

from __future__ import annotations

import random
import struct
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import datetime
from decimal import Decimal
from typing import Any

import parity_dates
import parity_decimals

Kind = list[Any]

NAN = float("nan")
I64_MIN, I64_MAX = -(2**63), 2**63 - 1
# What gives the empty value of a type, where a defaultdict needs it.
EMPTY: dict[str, Any] = {"int": int, "float": float, "str": str, "list": list, "opt": lambda: None}
SEQUENCES = {"list": list, "vtuple": tuple, "set": set, "fset": frozenset, "deque": deque}
DICTS = {"dict": dict, "ddict": defaultdict, "odict": OrderedDict, "counter": Counter}


def mapping(kind: Kind, entries: Any) -> Any:
    """A dict of one of the four kinds."""
    if kind[0] == "ddict":
        return defaultdict(EMPTY[kind[2][0]], entries)
    return DICTS[kind[0]](dict(entries))


def values_of(kind: Kind) -> Kind:
    return ["int"] if kind[0] == "counter" else kind[2]


def parse(text: str) -> Kind:
    """ "list[tuple[int, str]]" as nested lists."""
    import re

    tokens = re.findall(r"\w+|[\[\],]", text)

    def one(at: int) -> tuple[Kind, int]:
        made: Kind = [tokens[at]]
        at += 1
        if at < len(tokens) and tokens[at] == "[":
            while tokens[at] != "]":
                part, at = one(at + 1)
                made.append(part)
            at += 1
        return made, at

    return one(0)[0]


# --- the wire ------------------------------------------------------------------------------------


def write(value: Any, kind: Kind, out: bytearray) -> None:
    """Appends MessagePack, as `carveout_runtime::wire` reads it."""
    match kind[0]:
        case "None":
            out.append(0xC0)
        case "date" | "datetime" | "timedelta":
            parts = parity_dates.parts_of(value)
            out += b"\xdd" + struct.pack(">I", len(parts))
            for part in parts:
                write(part, ["None"] if part is None else ["int"], out)
        case "decimal":
            write(str(value), ["str"], out)
        case "bool":
            out.append(0xC3 if value else 0xC2)
        case "big":
            if -(2**63) <= value < 2**63:
                out += b"\xd3" + struct.pack(">q", value)
            elif 0 <= value < 2**64:
                out += b"\xcf" + struct.pack(">Q", value)
            else:
                size = (value.bit_length() + 8) // 8
                data = value.to_bytes(size, "big", signed=True)
                out += b"\xc9" + struct.pack(">I", size) + b"\x01" + data
        case "int":
            out += b"\xd3" + struct.pack(">q", value)
        case "float":
            out += b"\xcb" + struct.pack(">d", value)
        case "str":
            data = value.encode()
            out += b"\xdb" + struct.pack(">I", len(data)) + data
        case "bytes":
            out += b"\xc6" + struct.pack(">I", len(value)) + value
        case "opt":
            if value is None:
                out.append(0xC0)
            else:
                write(value, kind[1], out)
        case "list" | "vtuple" | "set" | "fset" | "deque":
            out += b"\xdd" + struct.pack(">I", len(value))
            for item in value:
                write(item, kind[1], out)
        case "tuple":
            out += b"\xdd" + struct.pack(">I", len(value))
            for item, part in zip(value, kind[1:], strict=True):
                write(item, part, out)
        case "dict" | "ddict" | "odict" | "counter":
            out += b"\xdf" + struct.pack(">I", len(value))
            for key, item in value.items():
                write(key, kind[1], out)
                write(item, values_of(kind), out)
        case other:
            raise ValueError(other)


class Reader:
    """MessagePack into Python values; arrays are lists until `shaped` says what they are."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def _take(self, form: str) -> Any:
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def _bytes(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def read(self) -> Any:
        mark = self._take("B")
        if mark < 0x80:
            return mark
        if mark < 0x90:
            return {self._key(): self.read() for _ in range(mark & 15)}
        if mark < 0xA0:
            return [self.read() for _ in range(mark & 15)]
        if mark < 0xC0:
            return self._bytes(mark & 31).decode()
        if mark >= 0xE0:
            return mark - 256
        match mark:
            case 0xC0:
                return None
            case 0xC2 | 0xC3:
                return mark == 0xC3
            case 0xC4 | 0xC5 | 0xC6:
                return self._bytes(self._take((">B", ">H", ">I")[mark - 0xC4]))
            case 0xC7 | 0xC8 | 0xC9:
                size = self._take((">B", ">H", ">I")[mark - 0xC7])
                return self._big(size)
            case 0xD4 | 0xD5 | 0xD6 | 0xD7 | 0xD8:
                return self._big(1 << (mark - 0xD4))
            case 0xCB:
                return self._take(">d")
            case 0xCC | 0xCD | 0xCE | 0xCF:
                return self._take((">B", ">H", ">I", ">Q")[mark - 0xCC])
            case 0xD0 | 0xD1 | 0xD2 | 0xD3:
                return self._take((">b", ">h", ">i", ">q")[mark - 0xD0])
            case 0xD9 | 0xDA | 0xDB:
                return self._bytes(self._take((">B", ">H", ">I")[mark - 0xD9])).decode()
            case 0xDC | 0xDD:
                return [self.read() for _ in range(self._take((">H", ">I")[mark - 0xDC]))]
            case 0xDE | 0xDF:
                size = self._take((">H", ">I")[mark - 0xDE])
                return {self._key(): self.read() for _ in range(size)}
        raise ValueError(hex(mark))

    def _big(self, size: int) -> int:
        assert self._take("B") == 1
        return int.from_bytes(self._bytes(size), "big", signed=True)

    def _key(self) -> Any:
        return _frozen(self.read())


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def shaped(value: Any, kind: Kind) -> Any:
    """What was read as the Python type it stands for."""
    match kind[0]:
        case "opt":
            return None if value is None else shaped(value, kind[1])
        case "date" | "datetime" | "timedelta":
            return parity_dates.made_of(kind[0], value)
        case "decimal":
            return Decimal(value)
        case "list" | "vtuple" | "set" | "fset" | "deque":
            return SEQUENCES[kind[0]](shaped(item, kind[1]) for item in value)
        case "tuple":
            return tuple(shaped(item, part) for item, part in zip(value, kind[1:], strict=True))
        case "dict" | "ddict" | "odict" | "counter":
            inner = values_of(kind)
            return mapping(kind, {shaped(k, kind[1]): shaped(v, inner) for k, v in value.items()})
    return value


def fits(value: Any, kind: Kind) -> bool:
    """Whether a result is of the type at all: an int of 64 bits, text without lone surrogates."""
    match kind[0]:
        case "None":
            return value is None
        case "bool" | "float" | "bytes":
            return type(value).__name__ == kind[0]
        case "big":
            return type(value) is int
        case "date" | "datetime" | "timedelta":
            return type(value) is parity_dates.CLASSES[kind[0]]
        case "decimal":
            return type(value) is Decimal
        case "int":
            return type(value) is int and I64_MIN <= value <= I64_MAX
        case "str":
            return type(value) is str and not any("\ud800" <= c <= "\udfff" for c in value)
        case "opt":
            return value is None or fits(value, kind[1])
        case "list" | "vtuple" | "set" | "fset" | "deque":
            return type(value) is SEQUENCES[kind[0]] and all(fits(item, kind[1]) for item in value)
        case "tuple":
            return type(value) is tuple and all(map(fits, value, kind[1:]))
        case "dict" | "ddict" | "odict" | "counter":
            inner = values_of(kind)
            return type(value) is DICTS[kind[0]] and all(
                fits(k, kind[1]) and fits(v, inner) for k, v in value.items()
            )
    raise ValueError(kind)


def same(a: Any, b: Any) -> bool:
    """Type-strict and bit-exact; NaN equals NaN, dicts have an order and sets have none."""
    if type(a) is not type(b):
        return False
    if isinstance(a, datetime):
        return parity_dates.parts_of(a) == parity_dates.parts_of(b)
    if isinstance(a, Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, float):
        return (a != a and b != b) or struct.pack("d", a) == struct.pack("d", b)
    if isinstance(a, (list, tuple, deque)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and same(list(a.items()), list(b.items()))
    return bool(a == b)


def has_nan(value: Any) -> bool:
    if isinstance(value, float):
        return value != value
    if isinstance(value, dict):
        return has_nan(list(value.items()))
    return isinstance(value, (list, tuple, set, frozenset, deque)) and any(map(has_nan, value))


# --- making values up ----------------------------------------------------------------------------

INTS = [0, 1, -1, 2, -2, 3, 7, -7, 10, 63, 64, 255, 256, 1000, 2**31, -(2**31), 2**32, 10**9]
INTS += [
    2**53,
    2**53 + 1,
    -(2**53) - 1,
    2**62,
    10**18,
    2**63 - 1,
    2**63 - 2,
    -(2**63),
    -(2**63) + 1,
]
INTS += [3037000499, 3037000500, -3037000500]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 0.2, 0.3, 2.675, 1e16, 1e15, 1e22]
FLOATS += [9007199254740991.0, 9007199254740992.0, 9007199254740994.0, 9.223372036854775e18, 1e308]
FLOATS += [9.223372036854776e18, -9.223372036854776e18, 1.7976931348623157e308, 5e-324, -5e-324]
FLOATS += [2.2250738585072014e-308, 1e-5, 1e-4, 123456789.123, float("inf"), -float("inf"), NAN]
ODD_TEXT = "ßẞéİıſŉǅΐΣσςﬁﬃ²½Ⅷ٣४𝟘一万ªºµÀĀǰᾳᾼΰ\u0345\u0301ԱևႠაꭰᏀ𐐀𐐨🎈€—…\u200b\u00ad\u2060"
SPACES = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2009\u2028\u2029\u202f\u205f\u3000"
PLAIN_TEXT = "abcxyzABCXYZ0123456789_-+.,:;'\"\\/(){}%"


class Maker:
    """Values by type, from a seed."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def pick(self, items: Any) -> Any:
        return self.random.choice(items)

    def int(self) -> int:
        r = self.random
        match r.randrange(5):
            case 0:
                return r.choice(INTS)
            case 1:
                return r.randint(-1000, 1000)
            case 2:
                return max(I64_MIN, min(I64_MAX, r.choice(INTS) + r.randint(-3, 3)))
            case 3:
                return r.getrandbits(r.randint(1, 63)) * r.choice([1, -1])
        return r.randint(-10, 10)

    def big(self) -> int:
        """Ints of any size, many of them near powers of two and where floats end."""
        r = self.random
        match r.randrange(6):
            case 0 | 1:
                return self.int()
            case 2:
                near = 2 ** r.choice([63, 64, 65, 127, 128, 192, r.randint(60, 1100)])
                return r.choice([1, -1]) * (near + r.randint(-2, 2))
            case 3:
                return r.choice([1, -1]) * r.choice(
                    [10 ** r.randint(15, 60), 3 ** r.randint(30, 90)]
                )
        return r.getrandbits(r.choice([65, 70, 100, 128, 200, 700])) * r.choice([1, -1])

    def float(self) -> float:
        r = self.random
        match r.randrange(7):
            case 0:
                return r.choice(FLOATS) if self.chance(0.9) else float("nan")
            case 1:
                return round(r.uniform(-1000, 1000), r.randint(0, 4))
            case 2:
                return float(r.randint(-100, 100))
            case 3:
                return struct.unpack("d", r.randbytes(8))[0]
            case 4:
                return r.uniform(-1, 1) * 10.0 ** r.randint(-20, 20)
            case 5:
                return r.randint(-2000, 2000) / 8
        return r.uniform(-10, 10)

    def char(self) -> str:
        r = self.random
        match r.randrange(12):
            case 0 | 1:
                return r.choice(SPACES)
            case 2 | 3:
                return r.choice(ODD_TEXT)
            case 4:
                return r.choice("\x00\x01\x7f\x80\u07ff\ufffe\U0010ffff")
            case 5 if self.chance(0.3):
                return chr(r.choice([r.randrange(0xD800), r.randrange(0xE000, 0x110000)]))
        return r.choice(PLAIN_TEXT)

    def str(self) -> str:
        r = self.random
        size = r.choice([0, 1, 1, 2, 3, 5, 8, 13, 40])
        match r.randrange(4):
            case 0:
                return "".join(r.choice(PLAIN_TEXT) for _ in range(size))
            case 1:
                few = [self.char() for _ in range(2)]
                return "".join(r.choice(few) for _ in range(size))
            case 2:
                return "".join(r.choice("abAB \n") for _ in range(size))
        return "".join(self.char() for _ in range(size))

    def bytes(self) -> bytes:
        size = self.random.choice([0, 1, 2, 3, 8, 20])
        if self.chance(0.4):
            return bytes(self.random.choice(b"ab\x00'\"\\") for _ in range(size))
        return self.str().encode() if self.chance(0.4) else self.random.randbytes(size)

    def of(self, kind: Kind) -> Any:
        """Any value of a type."""
        match kind[0]:
            case "None":
                return None
            case "bool":
                return self.chance(0.5)
            case "int" | "big" | "float" | "str" | "bytes":
                return getattr(self, kind[0])()
            case "date" | "datetime" | "timedelta":
                return parity_dates.value(kind[0], self)
            case "decimal":
                return parity_decimals.value(self)
            case "opt":
                return None if self.chance(0.3) else self.of(kind[1])
            case "list" | "vtuple" | "set" | "fset" | "deque":
                return SEQUENCES[kind[0]](self.items(kind[1]))
            case "tuple":
                return tuple(map(self.of, kind[1:]))
            case "dict" | "ddict" | "odict" | "counter":
                inner = values_of(kind)
                return mapping(kind, {key: self.of(inner) for key in self.items(kind[1])})
        raise ValueError(kind)

    def items(self, kind: Kind) -> list[Any]:
        """Items with repetitions among them."""
        size = self.random.choice([0, 1, 2, 3, 4, 6, 10, 25])
        if self.chance(0.4):
            few = [self.of(kind) for _ in range(3)]
            return [self.pick(few) for _ in range(size)]
        return [self.of(kind) for _ in range(size)]
