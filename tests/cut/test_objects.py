"""Objects of plain classes at the boundary of an inline carving: the caller's own ones.

Each case runs on both sides, on two equal sets of objects; afterwards both have to say the same of
everything that the caller can reach, also which object is which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from corpus import boxes
from cut_batch import Batch

from carveout.trial import DECLINED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def said(value: Any, names: dict[int, int]) -> Any:
    """All that can be seen of a value; an object that comes again is said by its number."""
    if value is None or isinstance(value, (int, float, str, bool)):
        return type(value).__name__, repr(value)
    if id(value) in names:
        return "again", names[id(value)]
    names[id(value)] = len(names)
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [said(one, names) for one in value]
    if isinstance(value, set):
        return "set", sorted(map(repr, value))
    if isinstance(value, dict):
        return "dict", [(said(k, names), said(v, names)) for k, v in value.items()]
    held = {n: getattr(value, n) for n in getattr(type(value), "__slots__", ())}
    held |= getattr(value, "__dict__", {})
    return type(value).__qualname__, [(n, said(one, names)) for n, one in held.items()]


def outcome(function: Callable[..., Any], args: list[Any]) -> Any:
    try:
        result = function(*args)
    except Exception as error:
        result = ("raised", type(error).__name__, str(error))
    if result is DECLINED:
        return DECLINED
    return said([result, args], {})


def stack(*items: int) -> boxes.Stack:
    made = boxes.Stack()
    made.items = list(items)
    return made


def tree(*keys: int) -> boxes.Tree:
    made = boxes.Tree(keys[0])
    for key in keys[1:]:
        made.insert(key)
    return made


def chain(*values: int) -> boxes.Chain:
    made = boxes.Chain()
    for value in values:
        made.add(value)
    return made


def twice(make: Callable[[], Any]) -> list[Any]:
    one = make()
    return [one, one]


def shared_items() -> list[Any]:
    first, second = stack(1, 2), stack()
    second.items = first.items
    return [first, second]


CASES: list[tuple[str, Callable[[], list[Any]]]] = [
    ("Stack.push", lambda: [stack(1), 2]),
    ("Stack.push", lambda: [stack(1, 2, 3), 4]),
    ("Stack.pop", lambda: [stack()]),
    ("Stack.pop", lambda: [stack(1, 2)]),
    ("Stack.top", lambda: [stack(5, 6)]),
    ("Stack.__len__", lambda: [stack(5, 6)]),
    ("Stack.__contains__", lambda: [stack(5, 6), 6]),
    ("Stack.raise_last", lambda: [stack(5, 6), 4]),
    ("Stack.twin", lambda: [stack(5, 6)]),
    ("Stack.sharing", lambda: [stack(5, 6)]),
    ("Stack.pour", lambda: [stack(1, 2), stack(3)]),
    ("Stack.pour", shared_items),
    ("Words.read", lambda: [boxes.Words("a bb a ccc")]),
    ("Words.forget", lambda: [boxes.Words("a bb a ccc"), "a"]),
    ("Chain.add", lambda: [chain(1, 2), 3]),
    ("Chain.reverse", lambda: [chain(1, 2, 3)]),
    ("Chain.middle", lambda: [chain(1, 2, 3, 4)]),
    ("Tree.insert", lambda: [tree(4, 2, 6), 5]),
    ("Vector.__add__", lambda: twice(lambda: boxes.Vector(1.5, -0.0))),
    ("Vector.__eq__", lambda: twice(lambda: boxes.Vector(1.5, -0.0))),
    ("Vector.__repr__", lambda: [boxes.Vector(1e16, -0.0)]),
    ("Helper.twice", lambda: [boxes.Helper(), 4]),
    ("Loud.speak", lambda: [boxes.Loud("hey")]),
    ("mirrored", lambda: [tree(4, 2, 6, 1)]),
    ("last", lambda: [chain(1, 2, 3).head]),
    ("swapped", lambda: [boxes.Node(1), boxes.Node(2)]),
    ("swapped", lambda: twice(lambda: boxes.Node(1))),
    ("built", lambda: [[1, 2, 3]]),
    ("merged", lambda: [chain(5, 3, 1).head, chain(4, 2).head]),
    ("half_done", lambda: [stack(1), [7, 8, 9, 10]]),
    ("kept", lambda: [stack(1), [7, 8]]),
    ("of_words", lambda: [["a b", "cc dd cc"]]),
    ("farthest", lambda: [[boxes.Vector(1.0, 2.0), boxes.Vector(1.0, 3.0)]]),
    ("chorus", lambda: [twice(lambda: boxes.Loud("a", 1)), "b"]),
]


@pytest.mark.parametrize(
    ("name", "make"), CASES, ids=[f"{i}-{n}" for i, (n, _) in enumerate(CASES)]
)
def test_the_caller_sees_the_same_of_its_objects(
    corpus: Batch, name: str, make: Callable[[], list[Any]]
) -> None:
    subject = corpus[f"corpus.boxes:{name}"]
    assert outcome(subject.trial, make()) == outcome(subject.function, make())


class Below(boxes.Stack):
    """A class that the contract does not name."""


def changed(**attributes: Any) -> boxes.Stack:
    made = stack(1, 2)
    made.__dict__.update(attributes)
    return made


def lacking() -> boxes.Stack:
    made = stack(1)
    del made.pushed
    return made


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(Below, id="of a class below"),
        pytest.param(lambda: changed(mark=1), id="with one attribute more"),
        pytest.param(lambda: changed(pop=lambda: 7), id="with a method of its own"),
        pytest.param(lacking, id="without an attribute"),
        pytest.param(lambda: changed(items=(1, 2)), id="with another type"),
        pytest.param(lambda: changed(pushed=True), id="with a bool for an int"),
        pytest.param(lambda: changed(pushed=2**70), id="with a large int"),
    ],
)
def test_an_object_that_is_not_what_its_class_says_is_left_to_the_reference(
    corpus: Batch, one: Callable[[], boxes.Stack]
) -> None:
    given = one()
    before = said(given, {})
    assert corpus["corpus.boxes:Stack.push"].trial(given, 3) is DECLINED
    assert said(given, {}) == before


def test_what_holds_itself_declines(corpus: Batch) -> None:
    given = chain(1, 2)
    assert given.head is not None
    given.head.next = given.head
    assert corpus["corpus.boxes:Chain.reverse"].trial(given) is DECLINED
    assert given.head.next is given.head


def test_a_comparison_with_something_else_declines(corpus: Batch) -> None:
    assert corpus["corpus.boxes:Vector.__eq__"].trial(boxes.Vector(1.0, 2.0), 3) is DECLINED


def test_only_a_list_is_a_sequence_at_the_boundary(corpus: Batch) -> None:
    total = corpus["corpus.abstracts:total"].trial
    assert total([1, 2, 3]) == 8
    assert total((1, 2, 3)) is DECLINED
    assert total(range(3)) is DECLINED
