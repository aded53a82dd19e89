"""Types as people really write them: described exactly, or refused where they stand."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import subprocess
import sys
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, NotRequired, Required

import msgspec
import pydantic
import pytest
import typing_extensions as te

from carveout import operation
from carveout.contract import contract_of
from carveout.diagnostics import CarveError

T = typing.TypeVar("T")


def contract_for(hint: Any) -> Any:
    def probe(value: Any) -> Any:
        return value

    probe.__annotations__ = {"value": hint, "return": hint}
    return contract_of(probe)


def schema_of(hint: Any) -> Any:
    return contract_for(hint).params[0].type


# Refused --------------------------------------------------------------------------------------


class NotANumber(enum.Enum):
    A = float("nan")


class Endless(enum.Enum):
    A = (1.0, float("inf"))


class Huge(enum.IntEnum):
    A = 2**64


class Torn(enum.Enum):
    A = "\ud800"


class Dated(enum.Enum):
    A = datetime.date(2020, 1, 1)


class Flags(enum.IntFlag):
    A = 1


@dataclass
class AlsoList(list):  # type: ignore[type-arg]
    x: int = 0


@dataclass
class AlsoDict(dict):  # type: ignore[type-arg]
    x: int = 0


@dataclass
class AlsoError(Exception):
    x: int = 0


@dataclass
class ExtraSlot:
    __slots__ = ("_cache", "a")
    a: int


@dataclass
class Box(Generic[T]):
    value: T


class GenericModel(pydantic.BaseModel, Generic[T]):
    value: T


class Keeps(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    a: int


class Root(pydantic.RootModel[list[int]]):
    pass


class Hides(pydantic.BaseModel):
    a: pydantic.SecretStr


class OpenDict(te.TypedDict, extra_items=int):  # type: ignore[call-arg]
    a: int


class Shape(typing.Protocol):
    a: int


class Unset(msgspec.Struct):
    a: int | msgspec.UnsetType = msgspec.UNSET


REFUSED: dict[str, tuple[Any, str]] = {
    "nan in an enum": (NotANumber, "is nan"),
    "infinity in an enum": (Endless, "is inf"),
    "huge enum": (Huge, "Huge.A"),
    "surrogate enum": (Torn, "Torn.A"),
    "dates in an enum": (Dated, "type date"),
    "flags": (Flags, "Flag"),
    "huge literal": (Literal[18446744073709551616], "Literal[18446744073709551616]"),
    "surrogate literal": (Literal["\ud800"], "Literal"),
    "bytes literal": (Literal[b"a"], "Literal"),
    "enum literal": (Literal[Flags.A], "member of an enum"),
    "a dataclass that is a list": (AlsoList, "also a list"),
    "a dataclass that is a dict": (list[AlsoDict], "also a dict"),
    "a dataclass that is an exception": (AlsoError, "also a BaseException|also a Exception"),
    "a slot that is no field": (ExtraSlot, "_cache"),
    "generic class": (Box[int], "generic class"),
    "generic class, bare": (Box, "generic class"),
    "generic model": (GenericModel[int], "generic model"),
    "model with extras": (Keeps, "doesn't declare"),
    "root model": (Root, "root model"),
    "secret in a model": (Hides, "SecretStr"),
    "open typed dict": (OpenDict, "doesn't declare"),
    "protocol": (Shape, "Shape"),
    "unset": (Unset, "UnsetType"),
    "anything inside": (dict[str, list[Any]], "Any"),
    "callable": (typing.Callable[[int], int], "Callable"),
    "class": (type[int], "type"),
    "self": (te.Self, "Self"),
    "list as annotation": ([int], "[int]"),
    "unpacked tuple": (tuple[int, *tuple[str, ...]], "can't cross"),
    "bare tuple": (typing.Tuple, "bare tuple"),  # noqa: UP006
    "bare dict": (typing.Dict, "bare dict"),  # noqa: UP006
    "counter": (typing.Counter[str], "Counter"),
    "no union of dicts": (dict[str, int] | dict[int, int], "both dict"),
    "unhashable key": (dict[AlsoList, int], "hashable|also a list"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_cross_is_refused_at_the_declaration(name: str) -> None:
    hint, reason = REFUSED[name]

    def probe(value: Any) -> int:
        return 1

    probe.__annotations__ = {"value": hint, "return": int}
    with pytest.raises(CarveError) as caught:
        operation(probe)
    found = caught.value.diagnostic
    assert found.code == "type-cannot-cross"
    assert any(word in found.message for word in reason.split("|")), found.message
    assert found.hint
    assert found.span is not None
    assert found.span.file == __file__
    assert found.span.column


def test_an_alias_that_contains_itself_is_refused() -> None:
    class Alias:
        """A PEP 695 alias as later Pythons have it: its value names itself."""

        __value__: Any

        def __repr__(self) -> str:
            return "Json"

    Alias.__name__ = "TypeAliasType"
    alias = Alias()
    alias.__value__ = dict[str, alias]  # type: ignore[valid-type]
    with pytest.raises(CarveError, match="alias Json contains itself"):
        contract_for(alias)


# Described ------------------------------------------------------------------------------------


@dataclass
class IntBox(Box[int]):
    more: list[int] = dataclasses.field(default_factory=list)


@dataclass
class Pair(Box[list[T]], Generic[T]):
    other: T


@dataclass
class StrPair(Pair[str]):
    pass


class IntModel(GenericModel[int]):
    pass


class Struct(msgspec.Struct, Generic[T]):
    value: T


class IntStruct(Struct[int]):
    pass


class Options(te.TypedDict, total=False):
    a: Required[int]
    b: te.ReadOnly[str]
    c: NotRequired[Annotated[int, "note"]]
    d: Annotated[Required[bool], "note"]


class Base(NamedTuple):
    a: int


Alias = te.TypeAliasType("Alias", list[T], type_params=(T,))
Price = NewType("Price", float)


@dataclass
class Unusual:
    a: int
    init_only: dataclasses.InitVar[int]
    class_level: typing.ClassVar[int] = 3
    _: dataclasses.KW_ONLY
    later: int = dataclasses.field(init=False, default=4)


def fields_of(hint: Any) -> list[tuple[str, Any, bool]]:
    contract = contract_for(hint)
    described = contract.types[contract.result["name"]]
    return [(f["name"], f["type"], f["required"]) for f in described["fields"]]


INT, STR, BOOL = {"t": "int"}, {"t": "str"}, {"t": "bool"}


def test_a_subclass_fills_in_the_variables_of_its_generic_base() -> None:
    assert fields_of(IntBox)[0] == ("value", INT, True)
    assert fields_of(StrPair) == [
        ("value", {"t": "list", "item": STR}, True),
        ("other", STR, True),
    ]
    assert fields_of(IntModel) == [("value", INT, True)]
    assert fields_of(IntStruct) == [("value", INT, True)]


def test_typed_dicts_of_typing_extensions() -> None:
    assert fields_of(Options) == [
        ("a", INT, True),
        ("b", STR, False),
        ("c", INT, False),
        ("d", BOOL, True),
    ]


def test_only_fields_of_a_dataclass_are_fields() -> None:
    assert fields_of(Unusual) == [("a", INT, True), ("later", INT, False)]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (typing.Tuple[()], {"t": "tuple", "items": []}),  # noqa: UP006
        (tuple[()], {"t": "tuple", "items": []}),
        (Alias[int], {"t": "list", "item": INT}),
        (te.LiteralString, STR),
        (Price, {"t": "float"}),
        (Annotated[int | None, "note"], {"t": "optional", "item": INT}),
        (Literal["a"] | Literal["b"], {"t": "literal", "values": ["a", "b"]}),
        (Literal[1] | Literal[True], {"t": "literal", "values": [1, True]}),
        (Literal["a", None] | None, {"t": "optional", "item": {"t": "literal", "values": ["a"]}}),
        (Literal["a"] | int, {"t": "union", "members": [INT, {"t": "literal", "values": ["a"]}]}),
        (int | str | None | Literal[None], {"t": "optional", "item": None}),
    ],
    ids=str,
)
def test_described(hint: Any, expected: Any) -> None:
    found = schema_of(hint)
    if expected["t"] == "optional" and expected["item"] is None:
        assert found["t"] == "optional"
        assert {m["t"] for m in found["item"]["members"]} == {"int", "str"}
    elif expected["t"] == "union":
        assert sorted(map(json.dumps, found["members"])) == (
            sorted(map(json.dumps, expected["members"]))
        )
    else:
        assert found == expected


# The hash -------------------------------------------------------------------------------------

SHOP = """\
from __future__ import annotations
import dataclasses, enum, typing
{first}
class Side(enum.Enum):
    BUY = "buy"; SELL = "sell"
@dataclasses.dataclass
class Order:
    qty: int
    {field}
def quote(order: Order, kind: typing.List[typing.Union[int, str]], {param}) -> {result}: ...
"""

PLAIN = {
    "first": "",
    "field": "side: Side = Side.BUY",
    "param": "fee: float = 1.0",
    "result": "float",
}


def hash_here(**changes: str) -> str:
    module = types.ModuleType("shop")
    sys.modules["shop"] = module  # where dataclasses look for what annotations mean
    try:
        exec(SHOP.format(**{**PLAIN, **changes}), vars(module))
        return contract_of(module.quote).hash
    finally:
        del sys.modules["shop"]


def hash_elsewhere(folder: Path, *flags: str, seed: str = "0", **changes: str) -> str:
    (folder / "shop.py").write_text(SHOP.format(**{**PLAIN, **changes}))
    code = "import shop, carveout.contract as c; print(c.contract_of(shop.quote).hash)"
    done = subprocess.run(
        [sys.executable, *flags, "-B", "-c", code],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_hash_is_the_same_everywhere(tmp_path: Path) -> None:
    plain = hash_here()
    assert len(plain) == 64
    # typing's cache hands out the union in the order in which it was first written.
    turned = {"first": "typing.List[typing.Union[str, int]]"}
    assert hash_elsewhere(tmp_path, "-OO", seed="7", **turned) == plain


def test_the_hash_changes_with_the_contract_and_with_nothing_else() -> None:
    plain = hash_here()
    for changes in (
        {"param": "fee: typing.Annotated[float, 'note'] = 1.0"},
        {"first": "LIMIT = 3"},
    ):
        assert hash_here(**changes) == plain, changes
    seen = {plain}
    for changes in (
        {"field": "side: Side"},  # whether there is a default
        {"field": "side: Side = Side.SELL"},
        {"param": "fee: float = 2.5"},
        {"param": "fee: float = float('inf')"},  # that there is one, but JSON has no words for it
        {"param": "fee: typing.Annotated[float, range(3)] = 1.0"},  # a constraint: not plain
        {"field": "way: Side = Side.BUY"},
        {"field": "side: Side | None = Side.BUY"},
        {"field": "side: Side = Side.BUY; note: str = ''"},
        {"field": "note: str = ''; side: Side = Side.BUY"},  # the order
        {"param": "fee: float"},
        {"param": "tax: float = 1.0"},
        {"param": "*, fee: float = 1.0"},
        {"param": "fee: int = 1"},
        {"result": "float | None"},
    ):
        found = hash_here(**changes)
        assert found not in seen, changes
        seen.add(found)
