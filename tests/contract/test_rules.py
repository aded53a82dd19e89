"""Declared tolerances hold exactly where they stand, and unordered lists are paired fairly."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Annotated, Any, NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carveout import operation
from carveout.contract import (
    PII,
    Rules,
    Secret,
    compare,
    contract_of,
    marks_of_function,
    rules_of,
    ulps,
    unordered,
)
from carveout.contract.wire import encode
from carveout.diagnostics import CarveError

NEAR = 1.0 + 2 * math.ulp(1.0)
Price = NewType("Price", Annotated[float, ulps(4)])  # type: ignore[valid-newtype]
Card = NewType("Card", Annotated[str, PII])  # type: ignore[valid-newtype]


@dataclass
class Row:
    exact: float
    loose: Annotated[float, ulps(4)]


def inner_lists() -> list[Annotated[list[int], unordered]]: ...
def values() -> dict[str, Annotated[float, ulps(4)]]: ...
def pair() -> tuple[float, Annotated[float, ulps(4)]]: ...
def maybe() -> Annotated[float, ulps(4)] | None: ...
def aliased() -> list[Price]: ...
def rows() -> list[Row]: ...
def whole() -> Annotated[list[Row], unordered]: ...
def keys() -> dict[Annotated[float, ulps(4)], int]: ...


@pytest.mark.parametrize(
    ("fn", "a", "b", "same"),
    [
        (inner_lists, [[1, 2], [3]], [[2, 1], [3]], True),
        (inner_lists, [[1, 2], [3]], [[3], [1, 2]], False),
        (values, {"a": 1.0}, {"a": NEAR}, True),
        (values, {"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, False),
        (pair, [1.0, 1.0], [1.0, NEAR], True),
        (pair, [1.0, 1.0], [NEAR, 1.0], False),
        (maybe, 1.0, NEAR, True),
        (maybe, 1.0, None, False),
        (aliased, [1.0], [NEAR], True),
        (rows, [[1.0, 1.0]], [[1.0, NEAR]], True),
        (rows, [[1.0, 1.0]], [[NEAR, 1.0]], False),
        (rows, [[1.0, 1.0], [2.0, 2.0]], [[2.0, 2.0], [1.0, 1.0]], False),
        (whole, [[1.0, 1.0], [2.0, 2.0]], [[2.0, 2.0], [1.0, NEAR]], True),
        (whole, [[1.0, 1.0], [2.0, 2.0]], [[2.0, 2.0], [NEAR, 1.0]], False),
        (keys, {1.0: 1}, {NEAR: 1}, False),
    ],
)
def test_a_mark_loosens_its_own_place_only(fn: Any, a: Any, b: Any, same: bool) -> None:
    contract, rules = contract_of(fn), rules_of(fn)
    for left, right in ((a, b), (b, a)):
        found = compare(contract, encode([0, left]), encode([0, right]), rules)
        assert (found is None) == same, found
        if a != b:
            assert compare(contract, encode([0, left]), encode([0, right])) is not None


def loose_floats() -> Annotated[list[Annotated[float, ulps(1)]], unordered]: ...


def steps(*numbers: int) -> bytes:
    return encode([0, [1.0 + n * math.ulp(1.0) for n in numbers]])


def test_an_unordered_list_is_paired_as_well_as_it_can_be() -> None:
    contract, rules = contract_of(loose_floats), rules_of(loose_floats)
    # Taking the first that fits fails in both; in the second two equal ones must part.
    assert compare(contract, steps(2, 0), steps(1, 3), rules) is None
    assert compare(contract, steps(0, 1), steps(1, 2), rules) is None
    assert compare(contract, steps(0, 0), steps(1, 2), rules) is not None


@given(st.lists(st.integers(0, 6), max_size=5), st.lists(st.integers(0, 6), max_size=5))
def test_pairing_agrees_with_trying_every_order(a: list[int], b: list[int]) -> None:
    contract, rules = contract_of(loose_floats), rules_of(loose_floats)
    possible = len(a) == len(b) and any(
        all(abs(x - y) <= 1 for x, y in zip(a, order, strict=True))
        for order in itertools.permutations(b)
    )
    assert (compare(contract, steps(*a), steps(*b), rules) is None) == possible
    assert (compare(contract, steps(*b), steps(*a), rules) is None) == possible


def nested_sets() -> set[frozenset[frozenset[int]]]: ...


def test_sets_in_sets_of_any_order_are_found_quickly() -> None:
    numbers = range(600)
    a = [[[n, n + 1], [n + 2, n + 3]] for n in numbers]
    b = [[[n + 3, n + 2], [n + 1, n]] for n in reversed(numbers)]
    contract = contract_of(nested_sets)
    assert compare(contract, encode([0, a]), encode([0, b])) is None
    b[5][0][0] = -1
    assert compare(contract, encode([0, a]), encode([0, b])) is not None


def charge(card: Card, note: list[Annotated[str, Secret]], n: int) -> int: ...


def test_a_mark_inside_an_alias_or_a_container_hides_the_parameter() -> None:
    marks = marks_of_function(charge)
    assert marks.params == {"card": (PII,), "note": (Secret,)}


def test_a_rule_about_nothing_is_a_mistake() -> None:
    def quote(n: int) -> list[Row]:
        return []

    with pytest.raises(CarveError) as caught:
        operation(compare=Rules(ulps={"result[].prise": 2}))(quote)
    assert caught.value.code == "rules-unknown-path"
    operation(compare=Rules(ulps={"result[].exact": 2, f"{__name__}:Row.loose": 1}))(quote)
