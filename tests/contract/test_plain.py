"""Plain classes in a contract: what their text says of their objects, and what it does not."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod

import pytest

from carveout.contract import contract_of, reference_hash
from carveout.contract.attributes import attributes
from carveout.diagnostics import CarveError

SAID = """
class Shop:
    LIMIT = 3
    TAX: Final = 0.2
    known: ClassVar[int] = 1
    later: str
    "text"

    def close(self) -> None:
        self.open = False
        self.extra: bytes = b""

    def __init__(self, name: str, size: int, rate: float, rows: list[list[int]],
                 *, tags: set[str]) -> None:
        self.name = name
        self.area, self.half = size * size, size / 2
        self.scaled = rate * 2
        self.rows = rows
        self.copied = list(tags)
        self.zeros = [0] * size
        self.grid = [[0.0] * size for _ in range(size)]
        self.order = list(range(size))
        self.numbers = {"a": 1, "b": 2}
        self.pair = (1, "x")
        self.wide = size > 3
        self.words: dict[str, int] = {}
        self.again = self.area
        self.first = Node(3)
        self.text = f"{name}!"
        size = 3
        self.unknown = size
        self.empty = []
        self.made = max(rate, 2.0)

    @property
    def double(self) -> int:
        return self.area * 2
"""


def test_the_text_says_the_types() -> None:
    (node,) = ast.parse(SAID).body
    assert isinstance(node, ast.ClassDef)
    found = attributes(node)
    said = {n: one.annotation and ast.unparse(one.annotation) for n, one in found.items()}
    assert said == {
        "name": "str",
        "area": None,
        "half": None,
        "scaled": "float",
        "rows": "list[list[int]]",
        "copied": "list[str]",
        "zeros": "list[int]",
        "grid": "list[list[float]]",
        "order": "list[int]",
        "numbers": "dict[str, int]",
        "pair": "tuple[int, str]",
        "wide": "bool",
        "words": "dict[str, int]",
        "again": None,
        "first": "Node",
        "text": "str",
        "unknown": None,
        "empty": None,
        "made": None,
        "open": "bool",
        "extra": "bytes",
        "later": "str",
    }
    assert found["first"].called
    assert list(said)[-1] == "later"


class Node:
    def __init__(self, value: int, after: Node | None = None) -> None:
        self.value = value
        self.after = after

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.value == other.value

    def add(self, value: int) -> Node:
        return Node(self.helped(value), self)

    def helped(self, value: int) -> int:
        return value + self.value

    @property
    def size(self) -> int:
        return 1 if self.after is None else 2

    @staticmethod
    def of(value: int) -> Node:
        return Node(value)

    @classmethod
    def none(cls) -> Node:
        return cls(0)


def test_a_method_is_an_operation_of_its_object() -> None:
    contract = contract_of(Node.add)
    assert contract.name.endswith(":Node.add")
    ref = {"t": "ref", "name": f"{contract.name.partition(':')[0]}:Node"}
    assert [one.type for one in contract.params] == [ref, {"t": "int"}]
    assert contract.result == ref
    (described,) = contract.types.values()
    assert described["kind"] == "object"
    assert [one["name"] for one in described["fields"]] == ["value", "after"]
    assert not contract.plain
    assert contract_of(Node.__eq__).params[1].type == ref
    assert [one.name for one in contract_of(Node.of).params] == ["value"]
    assert contract_of(Node.size.fget).params[0].type == ref


def test_a_class_method_takes_its_class() -> None:
    with pytest.raises(CarveError, match="cls has no type"):
        contract_of(Node.none.__func__)


def test_a_method_s_hash_covers_its_class() -> None:
    # Another method of its class is part of what it does.
    scope: dict[str, object] = {}
    exec(
        "from __future__ import annotations\nclass Other:\n def __init__(self, n: int) -> None:\n"
        "  self.n = n\n def get(self) -> int:\n  return self.n\n",
        scope,
    )
    assert reference_hash(Node.add) != reference_hash(Node.helped)


class Handed:
    def __init__(self, count: int) -> None:
        self.count = count

    def __getattr__(self, name: str) -> int:
        return 0


class Kept:
    count = 3

    def __init__(self) -> None:
        self.count = 4


class Open:
    def __init__(self, values: list[int]) -> None:
        self.most = max(values)


class Shape(ABC):
    def __init__(self) -> None:
        self.sides = 3

    @abstractmethod
    def area(self) -> float: ...


class Listed(list[int]):
    def __init__(self) -> None:
        self.count = 3


class Outside:
    def __init__(self) -> None:
        self.inner: Shape | None = None


def handed(one: Handed) -> int: ...
def kept(one: Kept) -> int: ...
def opened(one: Open) -> int: ...
def shaped(one: Shape) -> int: ...
def listed(one: Listed) -> int: ...
def outside(one: Outside) -> int: ...


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (handed, "defines __getattr__"),
        (kept, "count is set on objects and on the class"),
        (opened, r"the type of Open\.most is not known"),
        (shaped, "no objects of its own"),
        (listed, "is also a list"),
        (outside, "no objects of its own"),
    ],
)
def test_what_is_more_than_its_attributes_cannot_cross(function: object, why: str) -> None:
    with pytest.raises(CarveError, match=why):
        contract_of(function)
