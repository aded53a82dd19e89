"""Functions of type variables and of Sequence, Mapping, Iterable: a draft for each kind of argument."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    Sequence,
)
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from carveout import operation

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
Either = TypeVar("Either", int, str)


class Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


C = TypeVar("C", bound=Ordered)


@dataclass
class Priced:
    price: int
    name: str


P = TypeVar("P", bound=Priced)


def _first(items: Sequence[T]) -> T:
    return items[0]


def _group(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    out: dict[K, list[T]] = {}
    for item in items:
        out.setdefault(key(item), []).append(item)
    return out


def _swapped(pair: tuple[T, K]) -> tuple[K, T]:
    return pair[1], pair[0]


def _insertion(items: list[C]) -> list[C]:
    out: list[C] = []
    for item in items:
        at = len(out)
        while at > 0 and item < out[at - 1]:
            at -= 1
        out.insert(at, item)
    return out


def _merge(left: list[C], right: list[C]) -> list[C]:
    out: list[C] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if right[j] < left[i]:
            out.append(right[j])
            j += 1
        else:
            out.append(left[i])
            i += 1
    return out + left[i:] + right[j:]


def _merge_sort(items: list[C]) -> list[C]:
    if len(items) <= 1:
        return items[:]
    half = len(items) // 2
    return _merge(_merge_sort(items[:half]), _merge_sort(items[half:]))


def _or_default(value: T | None, default: T) -> T:
    return default if value is None else value


def _inverted(mapping: Mapping[K, V]) -> dict[V, list[K]]:
    out: dict[V, list[K]] = {}
    for key, value in mapping.items():
        out.setdefault(value, []).append(key)
    return out


def _size(items: Collection[T]) -> int:
    return len(items)


def _total(items: Iterable[int]) -> int:
    return sum(items)


def _push(items: MutableSequence[T], item: T, times: int = 2) -> None:
    for _ in range(times):
        items.append(item)


def _compose(f: Callable[[T], K], g: Callable[[K], V], x: T) -> V:
    return g(f(x))


def _count(items: Iterable[T]) -> dict[T, int]:
    seen: dict[T, int] = {}
    for item in items:
        seen[item] = seen.get(item, 0) + 1
    return seen


def _windows(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[at : at + size] for at in range(len(items) - size + 1)]


def _longest(rows: Sequence[Sequence[T]]) -> int:
    best = 0
    for row in rows:
        if len(row) > best:
            best = len(row)
    return best


@operation
def firsts(a: list[int], b: tuple[str, ...], c: str) -> tuple[int, str, str]:
    return _first(a), _first(b), _first(c)


@operation
def first_of_pair(a: tuple[int, int], b: int) -> int:
    return _first(a) + _first((b, b + 1))


@operation
def groups(words: list[str], numbers: set[int]) -> tuple[dict[int, list[str]], dict[bool, list[int]]]:
    return _group(words, len), _group(sorted(numbers), lambda n: n > 2)


@operation
def swapped(a: tuple[int, str], b: tuple[str, str]) -> tuple[tuple[str, int], tuple[str, str]]:
    return _swapped(a), _swapped(b)


@operation
def inserted(a: list[int], b: list[str], c: list[tuple[int, str]]) -> str:
    return f"{_insertion(a)} {_insertion(b)} {_insertion(c)}"


@operation
def merged(a: list[int], b: list[str]) -> tuple[list[int], list[str]]:
    return _merge_sort(a), _merge_sort(b)


@operation
def merged_floats(a: list[float]) -> list[float]:
    return _merge_sort(a)


@operation
def defaults(a: int | None, b: str | None) -> tuple[int, str]:
    return _or_default(a, 7), _or_default(b, "none")


@operation
def inverted(a: dict[str, int], b: dict[int, str]) -> tuple[dict[int, list[str]], dict[str, list[int]]]:
    return _inverted(a), _inverted(b)


@operation
def sizes(a: list[int], b: set[str], c: dict[str, int], d: str, e: tuple[int, ...]) -> list[int]:
    return [_size(a), _size(b), _size(c), _size(d), _size(e)]


@operation
def totals(a: list[int], b: set[int], c: dict[int, str], d: tuple[int, int], e: bytes) -> list[int]:
    return [_total(a), _total(b), _total(c), _total(d), _total(e)]


@operation
def pushed(a: list[int], b: list[str]) -> tuple[list[int], list[str]]:
    _push(a, 3)
    _push(b, "x", times=1)
    return a, b


@operation
def composed(n: int, text: str) -> tuple[str, int]:
    return _compose(lambda x: x + 1, str, n), _compose(len, abs, text)


@operation
def counts(a: list[str], b: str, c: list[tuple[int, ...]]) -> tuple[dict[str, int], dict[str, int], int]:
    return _count(a), _count(b), len(_count(c))


@operation
def windows(a: list[int], b: str) -> int:
    return sum(_first(row) for row in _windows(a, 2)) + len(_windows(b, 3))


@operation
def longest(a: list[list[int]], b: list[str], c: list[tuple[int, ...]]) -> list[int]:
    return [_longest(a), _longest(b), _longest(c)]


@operation
def kept(item: Priced, items: list[Priced]) -> list[Priced]:
    def _cheaper(one: P, other: P) -> P:
        return one if one.price <= other.price else other

    return [_cheaper(item, other) for other in items]


@operation
def mixed_types(a: int, b: float) -> float:
    return _or_default(b, a)


@operation
def sequence_itself(a: list[int]) -> list[int]:
    kept: Sequence[int] = a
    other: Sequence[int] = (1, 2, 3)
    return [*kept, other[0], len(other)] if False else list(kept) + list(other)


@operation
def mapping_itself(a: dict[str, int]) -> int:
    seen: MutableMapping[str, int] = {}
    for key, value in a.items():
        seen[key] = value + 1
    return sum(seen.values())
