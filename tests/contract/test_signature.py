"""Contracts read from functions: every type, located refusals, a hash that stays."""

from __future__ import annotations

import datetime
import decimal
import enum
import subprocess
import sys
import typing
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, TypedDict

import msgspec
import pydantic
import pytest

from carveout.contract import Contract, Secret, classes_of, contract_of, load, marks_of_function
from carveout.diagnostics import CarveError


class Side(enum.Enum):
    BUY = 0
    SELL = 1


class Level(enum.IntEnum):
    LOW = 1


@dataclass(frozen=True)
class Tree:
    value: int
    kids: list[Tree]
    label: Annotated[str, Secret] = ""


class Quote(msgspec.Struct, frozen=True):
    price: float
    side: Side = Side.BUY


class Pair(NamedTuple):
    left: int
    right: str = ""


class Options(TypedDict):
    depth: int
    note: NotRequired[str]


class Model(pydantic.BaseModel):
    when: datetime.datetime
    level: Level = Level.LOW


Price = NewType("Price", float)


def everything(
    tree: Tree,
    /,
    quote: Quote | None,
    pair: Pair,
    scalars: tuple[None, bool, int, float, str, bytes],
    times: tuple[datetime.date, datetime.datetime, datetime.time, datetime.timedelta],
    others: tuple[uuid.UUID, decimal.Decimal, Price],
    many: dict[tuple[int, str], set[frozenset[int]]],
    either: int | str | Quote | Pair,
    *,
    options: Options,
    model: Model,
    word: Literal["a", 1, True, None] = "a",
) -> tuple[int, ...]: ...


def test_every_type_has_its_schema() -> None:
    contract = contract_of(everything)
    types = {param.name: param.type for param in contract.params}
    here = __name__
    assert contract.name == f"{here}:everything"
    assert types["tree"] == {"t": "ref", "name": f"{here}:Tree"}
    assert types["quote"] == {"t": "optional", "item": {"t": "ref", "name": f"{here}:Quote"}}
    assert [item["t"] for item in types["scalars"]["items"]] == (
        ["none", "bool", "int", "float", "str", "bytes"]
    )
    assert [item["t"] for item in types["times"]["items"]] == (
        ["date", "datetime", "time", "timedelta"]
    )
    assert [item["t"] for item in types["others"]["items"]] == ["uuid", "decimal", "float"]
    assert types["many"]["key"]["t"] == "tuple"
    assert len(types["either"]["members"]) == 4
    assert types["word"] == {"t": "literal", "values": ["a", 1, True, None]}
    assert contract.result == {"t": "vartuple", "item": {"t": "int"}}
    kinds = {param.name: (param.kind, param.required) for param in contract.params}
    assert kinds["tree"] == ("positional-only", True)
    assert kinds["pair"] == ("positional", True)
    assert kinds["word"] == ("keyword-only", False)
    described = contract.types
    assert described[f"{here}:Tree"]["fields"][1]["type"]["item"]["name"] == f"{here}:Tree"
    assert described[f"{here}:Tree"]["frozen"] is True
    assert [f["required"] for f in described[f"{here}:Options"]["fields"]] == [True, False]
    assert described[f"{here}:Side"]["members"] == [["BUY", 0], ["SELL", 1]]
    assert described[f"{here}:Level"]["base"] == "int"
    kinds_of = {n.partition(":")[2]: d.get("kind") for n, d in described.items()}
    assert kinds_of["Model"] == "pydantic"
    assert kinds_of["Pair"] == "namedtuple"
    assert kinds_of["Options"] == "typeddict"
    assert classes_of(everything)[f"{here}:Tree"] is Tree
    assert marks_of_function(everything).fields == {(f"{here}:Tree", "label"): (Secret,)}
    assert Contract.from_json(contract.to_json()).hash == contract.hash


@dataclass
class Holder:
    call: Callable[[int], int]


class Flags(enum.Flag):
    A = 1


T = typing.TypeVar("T")


def bad_any(x: Any) -> int: ...
def bad_object(x: object) -> int: ...
def bad_list(x: list) -> int: ...  # type: ignore[type-arg]
def bad_key(x: dict[tuple[list[int], int], int]) -> int: ...
def bad_set(x: set[Tree | dict[str, int]]) -> int: ...
def bad_deep(x: list[Holder]) -> int: ...
def bad_forward(x: Nowhere) -> int: ...  # type: ignore[name-defined] # noqa: F821
def bad_args(*x: int) -> int: ...
def bad_kwargs(**x: int) -> int: ...
def bad_missing(x) -> int: ...  # type: ignore[no-untyped-def]
def bad_abstract(x: Iterator[int]) -> int: ...
def bad_view(x: memoryview) -> int: ...
def bad_union(x: list[int] | list[str]) -> int: ...
def bad_literal(x: str | Literal["a"]) -> int: ...
def bad_flag(x: Flags) -> int: ...
def bad_variable(x: T) -> int: ...
def bad_class(x: Path) -> int: ...


@pytest.mark.parametrize(
    ("fn", "reason"),
    [
        (bad_any, "type Any"),
        (bad_object, "type object"),
        (bad_list, "bare list"),
        (bad_key, "list is not"),
        (bad_set, "dict is not"),
        (bad_deep, "Holder.call"),
        (bad_forward, "'Nowhere'"),
        (bad_args, "any number"),
        (bad_kwargs, "any number"),
        (bad_missing, "x has no type"),
        (bad_abstract, "Iterator[int]"),
        (bad_view, "memoryview"),
        (bad_union, "both list"),
        (bad_literal, "both str"),
        (bad_flag, "Flag"),
        (bad_variable, "type variable"),
        (bad_class, "Path"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_type_that_cannot_cross_is_located(fn: Any, reason: str) -> None:
    with pytest.raises(CarveError) as caught:
        contract_of(fn)
    diagnostic = caught.value.diagnostic
    assert diagnostic.code == "type-cannot-cross"
    assert reason in diagnostic.message
    assert diagnostic.hint
    assert diagnostic.span is not None
    assert diagnostic.span.file == __file__
    line = Path(__file__).read_text().splitlines()[diagnostic.span.line - 1]
    assert line.startswith(f"def {fn.__name__}(")
    pointed = line[diagnostic.span.column - 1 : (diagnostic.span.end_column or 0) - 1]
    assert pointed in line.partition("(")[2].partition(") ->")[0]
    assert pointed


def test_a_missing_result_points_at_the_name_and_all_obstacles_are_listed() -> None:
    def two(x, y: Any):  # type: ignore[no-untyped-def]
        return x

    with pytest.raises(CarveError) as caught:
        contract_of(two)
    assert [d.message.rpartition("(")[2] for d in caught.value.diagnostics] == [
        "parameter x)",
        "parameter y)",
        "the result)",
    ]


def test_local_classes_resolve() -> None:
    @dataclass
    class Local:
        n: int

    def fn(x: Local) -> Local:
        return x

    assert "<locals>.Local" in contract_of(fn).result["name"]


def test_hash_is_the_same_in_another_process(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "from dataclasses import dataclass\n"
        "@dataclass\nclass A:\n    x: 'set[int]'\n    b: 'B | None' = None\n"
        "@dataclass\nclass B:\n    a: A\n"
        "def f(a: A, *, n: int = 3) -> dict[str, A]:\n    return {}\n"
    )
    code = "from carveout.contract import *; f = load('shop:f'); "
    code += "print(contract_of(f).hash, reference_hash(f))"
    seen = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        seen.add(done.stdout)
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["nothing", "no.such.module:f", f"{__name__}:nope"])
def test_load_says_what_is_not_there(name: str) -> None:
    with pytest.raises(CarveError) as caught:
        load(name)
    assert caught.value.code == "operation-not-found"


def test_a_script_has_its_own_name_under_spawn_too(tmp_path: Path) -> None:
    script = tmp_path / "shopscript.py"
    script.write_text(
        "import multiprocessing\n"
        "from carveout.contract import contract_of\n"
        "def quote(n: int) -> int: ...\n"
        "def name(_): return contract_of(quote).name\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(name(0), *pool.map(name, [0]))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["shopscript:quote"] * 2
