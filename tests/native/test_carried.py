"""What an instance holds beside its declared fields is never lost on the way: it is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import time
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.native.test_codec import Leaf, Node, codec_for, same

from carveout._native import CannotCross


class Pair(NamedTuple):
    a: int


class PairWithDict(Pair):
    pass


class Options(TypedDict):
    a: int


class Text(str):
    pass


class Open(msgspec.Struct, dict=True):
    a: int


class Model(pydantic.BaseModel):
    a: int
    b: str = "x"


class SubModel(Model):
    pass


@dataclass
class Derived:
    a: int
    init_only: dataclasses.InitVar[int]
    later: int = dataclasses.field(init=False)

    def __post_init__(self, init_only: int) -> None:
        self.later = init_only


@dataclass(slots=True)
class Slots:
    a: int


@dataclass
class Mixed(Slots):
    b: int


def with_attribute(value: Any) -> Any:
    value.note = "lost?"
    return value


def unset() -> Derived:
    value = Derived(1, 2)
    del value.later
    return value


def model_with_stray() -> Model:
    model = Model(a=1)
    model.__dict__["stray"] = 1
    return model


def zone_from_elsewhere() -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo.no_cache("Europe/Paris")


def endless() -> Node:
    node = Node(1)
    node.children.append(node)
    return node


REFUSED: dict[str, tuple[Any, Callable[[], Any]]] = {
    "attribute of a named tuple": (Pair | PairWithDict, lambda: with_attribute(PairWithDict(1))),
    "attribute of a dataclass": (Leaf, lambda: with_attribute(Leaf(1.0))),
    "attribute of a mixed dataclass": (Mixed, lambda: with_attribute(Mixed(1, 2))),
    "attribute of a struct": (Open, lambda: with_attribute(Open(1))),
    "stray value of a model": (Model, model_with_stray),
    "subclass of a model": (Model, lambda: SubModel(a=1)),
    "key of another class": (Options, lambda: {Text("a"): 1}),
    "unset field": (Derived, unset),
    "zone that is not the cache's": (
        dt.datetime,
        lambda: dt.datetime(2020, 1, 1, tzinfo=zone_from_elsewhere()),
    ),
    "zone of a time": (dt.time, lambda: dt.time(1, tzinfo=zone_from_elsewhere())),
    "a value in itself": (Node, endless),
    "bool for int | str": (int | str, lambda: True),
    "text of another class": (str, lambda: Text("x")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    hint, make = REFUSED[name]
    codec = codec_for(hint)
    for encode in (lambda v: codec.encode_args((v,)), codec.encode_result, codec.encode_value):
        with pytest.raises(CannotCross) as caught:
            encode(make())
        assert len(str(caught.value)) < 400


CARRIED: dict[str, tuple[Any, Callable[[], Any]]] = {
    "named tuple with an empty dict": (PairWithDict, lambda: PairWithDict(1)),
    "derived fields": (Derived, lambda: Derived(1, 2)),
    "slots and a dict": (Mixed, lambda: Mixed(1, 2)),
    "model with defaults": (Model, lambda: Model(a=1)),
    "bool beside int and float": (bool | int | float, lambda: True),
    "negative zero beside int": (bool | int | float, lambda: -0.0),
    "nul": (str, lambda: "a\0b"),
    "lone surrogates in a row": (str, lambda: "\ud83d\ude00"),
    "huge negative": (int, lambda: -(10**5000)),
    "signalling nan": (decimal.Decimal, lambda: decimal.Decimal("-sNaN123")),
    "negative zero with exponent": (decimal.Decimal, lambda: decimal.Decimal("-0E-10")),
    "furthest exponent": (decimal.Decimal, lambda: decimal.Decimal("1E+999999999999999999")),
    "utc": (dt.datetime, lambda: dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
    "many": (list[int], lambda: list(range(70_000))),
    "many keys": (dict[int, int], lambda: dict.fromkeys(range(70_000), 1)),
    "keys of several types": (
        dict[int | str | float | None, int],
        lambda: {1: 1, "1": 2, None: 3, 2.5: 4},
    ),
    "two nan keys": (dict[float, int], lambda: {float("nan"): 1, -float("nan"): 2}),
}


@pytest.mark.parametrize("name", CARRIED)
def test_carried(name: str) -> None:
    hint, make = CARRIED[name]
    codec, value = codec_for(hint), make()
    (back,) = codec.decode_args(codec.encode_args((value,)))
    if name == "two nan keys":
        assert list(map(repr, back.items())) == list(map(repr, value.items()))
    else:
        assert same(back, value)


def test_nans_in_a_set_stay_as_many() -> None:
    codec = codec_for(set[float])
    (back,) = codec.decode_args(codec.encode_args(({float("nan"), float("nan"), 1.0},)))
    assert len(back) == 3


@given(st.decimals(), st.integers(0, 1), st.integers(1, 50))
def test_a_decimals_bytes_do_not_depend_on_the_threads_context(
    value: decimal.Decimal, capitals: int, precision: int
) -> None:
    codec = codec_for(decimal.Decimal)
    expected = codec.encode_args((value,))
    with decimal.localcontext() as context:
        context.capitals, context.prec = capitals, precision
        assert codec.encode_args((value,)) == expected
        assert same(codec.decode_args(expected)[0], value)


def test_what_unfolds_without_end_is_bounded() -> None:
    """Sixty objects that would be 2**60 when written out: refused soon, and not held in memory."""
    from carveout._native import DECLINED, WorkerClient
    from carveout.contract import contract_of

    def probe(value: Node) -> int:
        return 1

    node = Node(0)
    for n in range(60):
        node = Node(n, [node, node])
    client = WorkerClient("/nowhere", contract_of(probe).hash, 1000, codec_for(Node))
    start = time.monotonic()
    assert client.bind(0)(node) is DECLINED
    assert time.monotonic() - start < 20
    assert client.stats()["last_problem"] == "larger than a worker takes"


class Altering(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(f"no {name}")


class Narrow(Exception):
    def __init__(self) -> None:
        super().__init__("always", "two")


def fault(kind: type[Exception], *args: Any) -> bytes:
    """A fault as a carving may write it."""
    return msgspec.msgpack.encode([1, f"{kind.__module__}:{kind.__qualname__}", list(args)])


def test_an_exception_that_changes_its_arguments_is_not_made_of_them() -> None:
    codec = codec_for(int)
    kind, why = codec.decode_outcome(fault(Altering, "x"))
    assert kind == "decline"
    assert "changes its arguments" in why
    with pytest.raises(TypeError):
        codec.decode_outcome(fault(Narrow, "always", "two"))
    kind, error = codec.decode_outcome(fault(KeyError, "k", 1.5))
    assert (kind, type(error), error.args) == ("fault", KeyError, ("k", 1.5))
