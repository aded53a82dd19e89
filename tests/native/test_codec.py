"""The codec carries every type exactly, or refuses it with the path to what can't cross."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import decimal
import enum
import math
import struct
import uuid
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carveout._native import CannotCross, Codec
from carveout.contract import classes_of, contract_of
from carveout.diagnostics import CarveError


class Side(enum.Enum):
    BUY = "buy"
    SELL = "sell"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Leaf:
    price: float
    side: Side = Side.BUY


@dataclass(frozen=True, slots=True)
class Slotted:
    count: int
    name: str


@dataclass
class Node:
    value: int
    children: list[Node] = field(default_factory=list)

    @cached_property
    def size(self) -> int:
        return 1 + sum(child.size for child in self.children)


class Packed(msgspec.Struct):
    a: int
    b: str = "x"

    def __post_init__(self) -> None:
        if self.b == "never":
            raise AssertionError("decoding must not run user code")


class Frozen(msgspec.Struct, frozen=True, tag=True):
    a: float


class Point(NamedTuple):
    x: int
    y: float = 0.0


# Not the class syntax: there Python 3.11 itself misreads NotRequired in postponed annotations.
Options = TypedDict("Options", {"depth": int, "label": NotRequired[str]})  # noqa: UP013


class Model(pydantic.BaseModel):
    a: int
    b: str = "default"
    c: list[float] = []


def codec_for(hint: Any) -> Codec:
    def probe(value: Any) -> Any:
        return value

    probe.__annotations__ = {"value": hint, "return": hint}
    return Codec(contract_of(probe).json_bytes(), classes_of(probe))


def same(a: Any, b: Any) -> bool:
    """Type-strict, bit-exact equality."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return struct.pack(">d", a) == struct.pack(">d", b)
    if isinstance(a, decimal.Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(k, other) and same(a[k], b[other]) for k, other in zip(a, b, strict=True)
        )
    if isinstance(a, dt.datetime):
        zones = type(a.tzinfo) is type(b.tzinfo) and a.tzinfo == b.tzinfo
        return zones and a.replace(tzinfo=None) == b.replace(tzinfo=None) and a.fold == b.fold
    if isinstance(a, dt.time):
        return a.replace(tzinfo=None) == b.replace(tzinfo=None) and a.fold == b.fold
    if isinstance(a, pydantic.BaseModel):
        return same(a.__dict__, b.__dict__) and a.model_fields_set == b.model_fields_set
    if isinstance(a, msgspec.Struct):
        return all(same(getattr(a, f), getattr(b, f)) for f in a.__struct_fields__)
    if dataclasses.is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    return bool(a == b)


def bits(pattern: int) -> float:
    return float(struct.unpack(">d", pattern.to_bytes(8, "big"))[0])


ints = st.one_of(
    st.integers(),
    st.sampled_from([2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, -(2**64)]),
    st.integers(-(2**200), 2**200),
)
floats = st.one_of(
    st.floats(),
    st.integers(0, 2**64 - 1).map(bits),
    st.sampled_from([bits(0x7FF8000000000123), bits(0xFFF8000000000000), -0.0, math.inf]),
)
text = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
fixed = st.integers(-86_399_999_999, 86_399_999_999).map(
    lambda us: dt.timezone(dt.timedelta(microseconds=us))
)
zones = st.one_of(
    st.none(),
    fixed,
    st.just(dt.UTC),
    st.sampled_from(["Europe/Paris", "America/New_York"]).map(zoneinfo.ZoneInfo),
)
leaves = st.builds(Leaf, floats, st.sampled_from(Side))
nodes = st.recursive(
    st.builds(Node, ints), lambda inner: st.builds(Node, ints, st.lists(inner, max_size=3))
)


@st.composite
def models(draw: Callable[..., Any]) -> Model:
    given = {"a": draw(ints), "b": draw(text), "c": draw(st.lists(floats, max_size=3))}
    for name in draw(st.sets(st.sampled_from(["b", "c"]))):
        del given[name]
    return Model.model_construct(**given)


def options(depth: int, label: str | None) -> Options:
    return {"depth": depth} if label is None else {"depth": depth, "label": label}


CASES: dict[str, tuple[Any, Any]] = {
    "none": (None, st.none()),
    "bool": (bool, st.booleans()),
    "int": (int, ints),
    "float": (float, floats),
    "str": (str, text),
    "bytes": (bytes, st.binary(max_size=300)),
    "date": (dt.date, st.dates()),
    "datetime": (dt.datetime, st.datetimes(timezones=zones, allow_imaginary=True)),
    "time": (dt.time, st.times(timezones=st.one_of(st.none(), fixed))),
    "timedelta": (dt.timedelta, st.timedeltas()),
    "uuid": (uuid.UUID, st.uuids()),
    "decimal": (decimal.Decimal, st.decimals()),
    "list": (list[int], st.lists(ints)),
    "set": (set[str], st.sets(text)),
    "frozenset": (frozenset[int], st.frozensets(ints)),
    "vartuple": (tuple[float, ...], st.lists(floats).map(tuple)),
    "tuple": (tuple[int, str, bool], st.tuples(ints, text, st.booleans())),
    "empty-tuple": (tuple[()], st.just(())),
    "dict": (dict[str, list[int]], st.dictionaries(text, st.lists(ints, max_size=3))),
    "dict-by-tuple": (
        dict[tuple[int, str], float],
        st.dictionaries(st.tuples(ints, text), floats, max_size=5),
    ),
    "optional": (int | None, st.one_of(st.none(), ints)),
    "union": (int | str | None, st.one_of(st.none(), ints, text)),
    "literal": (Literal[1, True, "a", None], st.sampled_from([1, True, "a", None])),
    "enum": (Side, st.sampled_from(Side)),
    "int-enum": (Level, st.sampled_from(Level)),
    "dataclass": (Leaf, leaves),
    "slots": (Slotted, st.builds(Slotted, ints, text)),
    "msgspec": (Packed, st.builds(Packed, ints, text)),
    "msgspec-frozen": (Frozen, st.builds(Frozen, floats)),
    "namedtuple": (Point, st.builds(Point, ints, floats)),
    "typeddict": (Options, st.builds(options, ints, st.one_of(st.none(), text))),
    "pydantic": (Model, models()),
    "recursive": (Node, nodes),
    "nested": (
        dict[int, list[Leaf | None]],
        st.dictionaries(ints, st.lists(st.one_of(st.none(), leaves), max_size=3), max_size=3),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_round_trip_is_type_strictly_equal(name: str) -> None:
    hint, values = CASES[name]
    codec = codec_for(hint)

    @given(values)
    def check(value: Any) -> None:
        wire = codec.encode_args((value,))
        (back,) = codec.decode_args(wire)
        assert same(back, value), (value, back)
        assert codec.encode_args((back,)) == wire or isinstance(value, (set, frozenset))
        assert same(codec.decode_result(codec.encode_result(value)), value)
        kind, again = codec.decode_outcome(codec.encode_value(value))
        assert kind == "value"
        assert same(again, value)

    check()


class MyInt(int):
    pass


class MyList(list):  # type: ignore[type-arg]
    pass


@dataclass
class Sub(Leaf):
    pass


@dataclass
class Order:
    items: list[Leaf]


def extra_attribute() -> Leaf:
    leaf = Leaf(1.0)
    leaf.note = "lost?"  # type: ignore[attr-defined]
    return leaf


def unset() -> Leaf:
    leaf = Leaf(1.0)
    del leaf.price
    return leaf


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(300):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("hint", "value", "path"),
    [
        (int, True, "args.value"),
        (int, MyInt(3), "args.value"),
        (float, 1, "args.value"),
        (list[int], MyList([1]), "args.value"),
        (list[int], (1,), "args.value"),
        (Leaf, Sub(1.0), "args.value"),
        (Leaf, Leaf(1), "args.value.price"),
        (Order, Order([Leaf(1.0), Leaf(2)]), "args.value.items[1].price"),
        (dict[str, int], {"a": "b"}, "args.value['a']"),
        (Leaf, extra_attribute(), "args.value"),
        (Leaf, unset(), "args.value.price"),
        (Options, {"depth": 1, "other": 2}, "args.value"),
        (Options, {"label": "x", "depth": 1}, "args.value"),
        (Options, {"label": "x"}, "args.value['depth']"),
        (dt.datetime, dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(0), "X")), ".tzinfo"),
        (int | str, 1.5, "args.value"),
        (Literal[1, "a"], True, "args.value"),
    ],
)
def test_anything_else_cannot_cross(hint: Any, value: Any, path: str) -> None:
    with pytest.raises(CannotCross) as caught:
        codec_for(hint).encode_args((value,))
    assert caught.value.path.replace('"', "'").endswith(path)
    assert caught.value.reason


def test_nesting_past_200_cannot_cross() -> None:
    node = Node(0)
    for n in range(250):
        node = Node(n, [node])
    with pytest.raises(CannotCross, match="deeper"):
        codec_for(Node).encode_args((node,))


def test_cached_properties_are_derived_and_stay_behind() -> None:
    node = Node(1, [Node(2)])
    assert node.size == 2
    (back,) = codec_for(Node).decode_args(codec_for(Node).encode_args((node,)))
    assert back == node
    assert back.size == 2


def test_models_with_private_values_cannot_cross() -> None:
    class Hiding(pydantic.BaseModel):
        a: int
        _cache: int = pydantic.PrivateAttr(default=0)

    try:
        codec = codec_for(Hiding)
    except CarveError:
        return  # refused at the declaration already
    with pytest.raises(CannotCross):
        codec.encode_args((Hiding(a=1),))


def test_post_init_does_not_run() -> None:
    packed = Packed(1)
    packed.b = "never"
    codec = codec_for(Packed)
    assert codec.decode_args(codec.encode_args((packed,)))[0].b == "never"


class Rejected(Exception):
    pass


@pytest.mark.parametrize(
    "fault",
    [
        KeyError("k"),
        ValueError(),
        ZeroDivisionError("division by zero"),
        Rejected("a", 1, (2.5, None, b"x"), 2**70, "\ud800"),
    ],
)
def test_faults_come_back_as_themselves(fault: Exception) -> None:
    codec = codec_for(int)
    kind, back = codec.decode_outcome(codec.encode_fault(fault))
    assert kind == "fault"
    assert type(back) is type(fault)
    assert same(back.args, fault.args)


def test_a_fault_names_only_what_is_loaded() -> None:
    codec = codec_for(int)
    wire = codec.encode_fault(ValueError("x")).replace(
        b"builtins:ValueError", b"antigravity:Exceptio"
    )
    with pytest.raises(ValueError, match="bad wire"):
        codec.decode_outcome(wire)
    import sys

    assert "antigravity" not in sys.modules


@given(st.binary(max_size=80))
def test_garbage_is_a_value_error(wire: bytes) -> None:
    codec = codec_for(dict[str, list[Leaf | None]])
    for read in (codec.decode_args, codec.decode_result, codec.decode_outcome):
        with contextlib.suppress(ValueError, OverflowError, TypeError):
            read(wire)
