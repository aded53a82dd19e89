"""Carvings that change their arguments or give them back: the caller's own objects, in place."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carveout.build import build
from carveout.contract import classes_of, contract_of
from carveout.cut import draft
from carveout.cut.write import write
from carveout.place.inline import load_inline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from corpus import arguments  # noqa: E402

pytestmark = pytest.mark.slow

REPO = HERE.parents[1]
DECLINED: Any = None


@pytest.fixture(scope="session")
def carved(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """The carving as dispatch calls it."""
    global DECLINED
    from carveout._native import DECLINED as declined

    DECLINED = declined
    folder = tmp_path_factory.mktemp("arguments")
    contract = contract_of(arguments.change)
    made = draft(
        "corpus.arguments:change",
        search_path=[HERE],
        contract_json=contract.to_json(),
        crates_dir=REPO / "crates",
    )
    write(made.files, folder / "crate")
    built = build(
        folder / "crate",
        folder / "artifacts",
        kinds=("inline",),
        target_dir=REPO / "target" / "carvings",
    )
    return load_inline(built.path, contract, classes_of(arguments.change)).call


def given() -> tuple[Any, ...]:
    return (
        [4, 2, 1, 2],
        [[1, 2], [3]],
        {"a": 1, "b": 2},
        {1, 2},
        arguments.Account("x", 5, [1]),
    )


def shape(*objects: Any) -> list[tuple[str, int]]:
    """Which places hold one and the same object."""
    seen: dict[int, int] = {}
    found: list[tuple[str, int]] = []

    def visit(value: Any) -> None:
        number = seen.setdefault(id(value), len(seen))
        found.append((type(value).__name__, number))
        if isinstance(value, (list, tuple)):
            for item in value:
                visit(item) if not isinstance(item, int) else None
        elif isinstance(value, arguments.Account):
            visit(value.history)

    for value in objects:
        visit(value)
    return found


def outcome(function: Callable[..., Any], how: str, args: tuple[Any, ...]) -> Any:
    try:
        return function(how, *args)
    except ValueError as error:
        return repr(error)


@pytest.mark.parametrize(
    "how",
    [
        "sort",
        "swap",
        "alias",
        "numbers into rows",
        "dict",
        "set",
        "account",
        "share",
        "raise",
        "new",
        "twice",
        "walk",
        "shrink",
        "nothing",
    ],
)
def test_arguments_change_as_in_python(carved: Callable[..., Any], how: str) -> None:
    expected, got = given(), given()
    right, found = outcome(arguments.change, how, expected), outcome(carved, how, got)
    assert repr(found) == repr(right)
    assert repr(got) == repr(expected)
    assert list(got[2]) == list(expected[2])
    assert shape(*got, found) == shape(*expected, right)


def test_one_object_in_two_places_stays_one(carved: Callable[..., Any]) -> None:
    def twice() -> tuple[Any, ...]:
        row = [1]
        return (row, [row, row], {"a": 1}, set(), arguments.Account("x", 1, row))

    expected, got = twice(), twice()
    right, found = outcome(arguments.change, "alias", expected), outcome(carved, "alias", got)
    assert repr(got) == repr(expected)
    assert shape(*got, found) == shape(*expected, right)


def test_a_call_that_declines_changes_nothing(carved: Callable[..., Any]) -> None:
    got = given()
    before = copy.deepcopy(got)
    assert carved("overflow", *got) is DECLINED
    assert repr(got) == repr(before)
