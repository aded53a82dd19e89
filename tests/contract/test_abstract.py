"""Abstract parameters: what of them crosses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any

import pytest

from carveout.contract import contract_of
from carveout.diagnostics import CarveError

INT = {"t": "int"}
LIST = {"t": "list", "item": INT}


def sequence(x: Sequence[int]) -> int: ...
def iterable(x: Iterable[Collection[int]]) -> int: ...
def mapping(x: Mapping[str, Sequence[int]]) -> int: ...
def a_set(x: Set[int]) -> int: ...
def optional(x: Sequence[int] | None = None) -> int: ...
def inside(x: tuple[Sequence[int], ...]) -> int: ...


@pytest.mark.parametrize(
    ("function", "schema"),
    [
        (sequence, LIST),
        (iterable, {"t": "list", "item": LIST}),
        (mapping, {"t": "dict", "key": {"t": "str"}, "value": LIST}),
        (a_set, {"t": "set", "item": INT}),
        (optional, {"t": "optional", "item": LIST}),
        (inside, {"t": "vartuple", "item": LIST}),
    ],
)
def test_an_abstract_parameter_is_the_container_of_its_kind(function: Any, schema: Any) -> None:
    assert contract_of(function).params[0].type == schema


def result(x: int) -> Iterable[int]: ...
def bare(x: Sequence) -> int: ...  # type: ignore[type-arg]


@pytest.mark.parametrize("function", [result, bare])
def test_what_does_not_say_what_comes_is_refused(function: Any) -> None:
    with pytest.raises(CarveError, match="can't cross"):
        contract_of(function)
