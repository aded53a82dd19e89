"""When two outcomes are the same."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carveout.contract import (
    Rules,
    compare,
    contract_of,
    outcome_kind,
    rules_of,
    shape_of,
    ulps,
    unordered,
)
from carveout.contract.wire import decode, encode


@dataclass
class Line:
    price: float
    tags: set[str]


@dataclass
class Quote:
    lines: list[Line]
    notes: dict[str, int]
    either: int | float | None = None


def fn(quote: Quote, n: int) -> Quote: ...


CONTRACT = contract_of(fn)


def value(result: Any) -> bytes:
    return encode([0, result])


def quote(price: Any = 1.0, tags: Any = ("a", "b"), notes: Any = None, either: Any = None) -> bytes:
    return value([[[price, list(tags)]], {"k": 1, "l": 2} if notes is None else notes, either])


@pytest.mark.parametrize(
    ("a", "b", "path"),
    [
        (quote(1.0), quote(1), "result.lines[0].price"),
        (quote(0.0), quote(-0.0), "result.lines[0].price"),
        (quote(1.0), quote(math.nan), "result.lines[0].price"),
        (quote(tags="ab"), quote(tags="ac"), "an element of result.lines[0].tags"),
        (quote(tags="ab"), quote(tags="a"), "len(result.lines[0].tags)"),
        (quote(), quote(notes={"l": 2, "k": 1}), "key 0 of result.notes"),
        (quote(), quote(notes={"k": 1, "l": 3}), "result.notes['l']"),
        (quote(), quote(notes={"k": 1}), "len(result.notes)"),
        (quote(), quote(notes={"k": True, "l": 2}), "result.notes['k']"),
        (quote(either=[0, 1]), quote(either=[1, 1.0]), "result.either"),
        (quote(), quote(either=[0, 1]), "result.either"),
        (value([[], {}, None]), quote(), "len(result.lines)"),
        (quote(), encode([1, "builtins:KeyError", ["x"]]), "outcome"),
        (encode([1, "builtins:KeyError", [1]]), encode([1, "builtins:KeyError", [True]]), "fault"),
        (
            encode([1, "builtins:KeyError", []]),
            encode([1, "builtins:IndexError", []]),
            "fault type",
        ),
        (quote(), b"", "outcome"),
        (quote(), b"\x92\x00\xc1", "outcome"),
        (quote(), value(7), "result"),
    ],
)
def test_different(a: bytes, b: bytes, path: str) -> None:
    for left, right in ((a, b), (b, a)):
        found = compare(CONTRACT, left, right)
        assert found is not None
        assert found.path == path
        assert found.message.startswith(path)


def test_the_message_reads_well() -> None:
    found = compare(CONTRACT, quote(1.0), quote(1))
    assert str(found) == "result.lines[0].price: 1.0 != 1"


def test_same() -> None:
    other_nan = struct.unpack(">d", b"\xff\xf8\x00\x00\x00\x00\x00\x07")[0]
    assert compare(CONTRACT, quote(math.nan), quote(other_nan)) is None
    assert compare(CONTRACT, quote(tags="ab"), quote(tags="ba")) is None
    nan_fault = [encode([1, "builtins:ValueError", [n]]) for n in (math.nan, other_nan)]
    assert compare(CONTRACT, *nan_fault) is None


@dataclass
class Tolerant:
    price: Annotated[float, ulps(2)]
    ids: Annotated[list[int], unordered]


def loose(n: int) -> Tolerant: ...


def test_declared_tolerances_hold_where_they_stand() -> None:
    contract, rules = contract_of(loose), rules_of(loose)
    near = 1.0 + 2 * math.ulp(1.0)
    far = 1.0 + 3 * math.ulp(1.0)
    assert compare(contract, value([1.0, [1, 2]]), value([near, [2, 1]]), rules) is None
    assert compare(contract, value([1.0, [1, 2]]), value([far, [2, 1]]), rules) is not None
    assert compare(contract, value([1.0, [1, 2]]), value([1.0, [2, 2]]), rules) is not None
    assert compare(contract, value([1.0, [1, 2]]), value([1.0, [2, 1]])) is not None
    by_path = Rules(ulps={"result.price": 2}, unordered=frozenset({"result.ids"}))
    assert compare(contract, value([1.0, [1, 2]]), value([near, [2, 1]]), by_path) is None
    assert len({Rules().hash, rules.hash, by_path.hash}) == 3


floats = st.floats(allow_nan=True)
lines = st.tuples(floats, st.sets(st.text(max_size=3), max_size=3).map(list)).map(list)
quotes = st.tuples(
    st.lists(lines, max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
    st.one_of(st.none(), st.integers().map(lambda n: [0, n]), floats.map(lambda f: [1, f])),
).map(list)


@given(quotes, quotes)
def test_compare_agrees_with_a_plain_model(a: Any, b: Any) -> None:
    def model(q: Any) -> Any:
        def scalar(x: Any) -> Any:
            if isinstance(x, float):
                return "nan" if x != x else (x, math.copysign(1, x))
            return x

        rows = [(scalar(p), frozenset(t)) for p, t in q[0]]
        either = None if q[2] is None else (q[2][0], scalar(q[2][1]))
        return (rows, list(q[1].items()), either)

    same = model(a) == model(b)
    assert (compare(CONTRACT, value(a), value(b)) is None) == same
    assert compare(CONTRACT, value(a), value(a)) is None


@given(st.binary(max_size=40))
def test_compare_and_shape_survive_any_bytes(junk: bytes) -> None:
    compare(CONTRACT, quote(), junk)
    compare(CONTRACT, junk, b"\x92\x00" + junk)
    shape_of(CONTRACT, junk, junk)
    outcome_kind(junk)


plain = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**200), 2**200),
        st.floats(allow_nan=False),
        st.text(st.characters(exclude_categories=())),
        st.binary(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(plain)
def test_wire_round_trip(tree: Any) -> None:
    again = decode(encode(tree))
    assert again == tree
    assert encode(again) == encode(tree)


@given(quotes, st.integers())
def test_shapes_hold_no_values(q: Any, n: int) -> None:
    shape = shape_of(CONTRACT, encode([q, n]), value(q))
    assert "unreadable" not in shape
    assert shape == shape_of(CONTRACT, encode([q, n]), value(q))


def test_shape_tells_kinds_apart() -> None:
    call = decode(quote())[1]
    shapes = {
        shape_of(CONTRACT, encode([call, 1]), quote()),
        shape_of(CONTRACT, encode([call, -1]), quote()),
        shape_of(CONTRACT, encode([call, 0]), quote()),
        shape_of(CONTRACT, encode([call, 2**90]), quote()),
        shape_of(CONTRACT, encode([call, 1]), encode([1, "builtins:KeyError", ["secret"]])),
        shape_of(CONTRACT, encode([[[], {}, None], 1]), quote()),
        shape_of(CONTRACT, encode([call, 1]), quote(math.nan)),
    }
    assert len(shapes) == 7
    assert not any("secret" in shape for shape in shapes)
