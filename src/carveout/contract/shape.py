"""The shape of a call: what kind of input and outcome it was, without saying what was in it.

    shape_of(contract, args, outcome)   # "9c1f0e62 book[~128](s~8,f) order(i-,None) -> value f"

Types with log2 sizes (`~8` is 8 to 15), flags (`0` zero or empty, `-` negative, `nan`, `inf`,
`big` past 64 bits, `u` not ASCII, None), and the kind of outcome; for a fault its type. The eight
hex digits in front identify it. Recordings keep some calls of each shape, and `carve prove` says
which shapes it has seen.

Invariants: no value, and no key, of the input appears in a shape; equal bytes have equal shapes.
It takes about 10 µs for a small call: a walker is built once a contract, and of a long list only
the first and last 16 elements are looked at.
"""

from __future__ import annotations

import math
import weakref
import zlib
from collections.abc import Callable
from typing import Any

from carveout.contract import wire
from carveout.contract.signature import Contract
from carveout.contract.types import Schema

LOOKED_AT = 32
KINDS_SHOWN = 4
LONGEST = 400

Walker = Callable[[Any], str]


def shape_of(contract: Contract, args: bytes, outcome: bytes) -> str:
    """The shape of one recorded call; "unreadable" for bytes that aren't this contract's."""
    walkers = _WALKERS.get(contract)
    if walkers is None:
        walkers = _WALKERS[contract] = _Walkers(contract)
    try:
        values = wire.decode(args)
        parts = [f"{name}{walk(v)}" for (name, walk), v in zip(walkers.params, values, strict=True)]
        text = f"{' '.join(parts)} -> {_outcome(walkers, outcome)}"
    except (ValueError, TypeError, LookupError, RecursionError):
        text = "unreadable"
    digest = zlib.crc32(text.encode())
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    return f"{digest:08x} {text}"


class _Walkers:
    """A contract's walkers, one for each parameter and one for the result."""

    def __init__(self, contract: Contract) -> None:
        self.types = contract.types
        self.named: dict[str, Walker] = {}
        self.params = [(param.name, self.walker(param.type)) for param in contract.params]
        self.result = self.walker(contract.result)

    def walker(self, schema: Schema) -> Walker:
        tag = schema["t"]
        if tag == "ref":
            return self._ref(schema["name"])
        if tag == "optional":
            inner = self.walker(schema["item"])
            return lambda value: " None" if value is None else inner(value)
        if tag == "union":
            members = [self.walker(member) for member in schema["members"]]
            return lambda value: f"|{value[0]}{members[value[0]](value[1])}"
        if tag == "literal":
            return lambda value: f"={value}"
        if tag == "tuple":
            return _product([self.walker(item) for item in schema["items"]])
        if tag in ("list", "set", "frozenset", "vartuple"):
            return _many(self.walker(schema["item"]))
        if tag == "dict":
            key, value = self.walker(schema["key"]), self.walker(schema["value"])
            many = _many(lambda pair: f"{key(pair[0])}:{value(pair[1])}")
            return lambda mapping: many(list(mapping.items()))
        known = _SCALARS.get(tag)
        return known if known else lambda _value: f":{tag}"

    def _ref(self, name: str) -> Walker:
        described = self.types[name]
        if described["t"] == "enum":
            return lambda value: f"={value}"
        if name not in self.named:
            # The table is read at call time, so that a recursive class finds its own walker.
            self.named[name] = lambda value: self.named[name](value)
            product = _product([self.walker(one["type"]) for one in described["fields"]])
            self.named[name] = product
        return lambda value: self.named[name](value)


_WALKERS: weakref.WeakKeyDictionary[Contract, _Walkers] = weakref.WeakKeyDictionary()


def _outcome(walkers: _Walkers, outcome: bytes) -> str:
    kind = wire.outcome_kind(outcome)
    if kind == "value":
        return f"value{walkers.result(wire.decode(outcome)[1])}"
    if kind == "fault":
        return f"fault {wire.decode(outcome)[1]}"
    return kind


def _product(walkers: list[Walker]) -> Walker:
    def walk(value: Any) -> str:
        return f"({','.join([walk(v) for walk, v in zip(walkers, value, strict=True)])})"

    return lambda value: "-" if value is wire.ABSENT else walk(value)


def _many(item: Walker) -> Walker:
    def walk(values: Any) -> str:
        count = len(values)
        if count == 0:
            return "[0]"
        some = values
        if count > LOOKED_AT:
            some = [*values[: LOOKED_AT // 2], *values[-(LOOKED_AT // 2) :]]
        kinds = sorted({item(value) for value in some})
        more = "|…" if len(kinds) > KINDS_SHOWN else ""
        return f"[~{1 << (count.bit_length() - 1)}]{'|'.join(kinds[:KINDS_SHOWN])}{more}"

    return walk


def _int(value: Any) -> str:
    if value == 0:
        return ":i0"
    big = "big" if not -(2**63) <= value < 2**63 else ""
    return f":i{'-' if value < 0 else ''}{big}"


def _float(value: Any) -> str:
    if value != value:
        return ":fnan"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    return f":f{sign}{'0' if value == 0 else 'inf' if math.isinf(value) else ''}"


def _str(value: Any) -> str:
    size = len(value)
    if size == 0:
        return ":s0"
    return f":s~{1 << (size.bit_length() - 1)}{'' if value.isascii() else 'u'}"


def _bytes(value: Any) -> str:
    size = len(value)
    return f":y~{1 << (size.bit_length() - 1)}" if size else ":y0"


_SCALARS: dict[str, Walker] = {
    "none": lambda _value: ":None",
    "bool": lambda value: "=1" if value else "=0",
    "int": _int,
    "float": _float,
    "str": _str,
    "bytes": _bytes,
}

__all__ = ["shape_of"]
