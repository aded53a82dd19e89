"""Dataclasses to depth: order, `__post_init__`, replace, repr, factories."""

from __future__ import annotations

import dataclasses
import heapq
from dataclasses import dataclass, field, replace
from typing import NamedTuple


@dataclass(order=True)
class Job:
    priority: int
    name: str
    cost: float = 1.0


@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int = 0


@dataclass(slots=True)
class Span:
    start: int
    end: int
    marks: list[int] = field(default_factory=lambda: [7, 8])

    def __post_init__(self) -> None:
        if self.end < self.start:
            self.start, self.end = self.end, self.start
        if self.start == 13:
            raise ValueError(f"bad start {self.start}")
        self.marks.append(self.end)

    def width(self) -> int:
        return self.end - self.start


@dataclass
class Counter:
    hits: int = 0

    def hit(self) -> int:
        self.hits += 1
        return self.hits


@dataclass
class Page:
    name: str
    counter: Counter = field(default_factory=Counter)
    span: Span = field(default_factory=lambda: Span(1, 0))


@dataclass(frozen=True)
class Label:
    text: str
    number: int
    ratio: float
    good: bool


class Point(NamedTuple):
    """A place on a grid."""

    x: int
    y: int = 3
    name: str = "p"

    def moved(self, dx: int) -> Point:
        return self._replace(x=self.x + dx, name=self.name + "'")

    @property
    def size(self) -> int:
        return abs(self.x) + abs(self[1])


def ordered(jobs: list[Job]) -> list[Job]:
    return sorted(jobs)


def first_of(jobs: list[Job]) -> Job | None:
    heap: list[Job] = []
    for job in jobs:
        heapq.heappush(heap, job)
    return heapq.heappop(heap) if heap else None


def compared(a: Job, b: Job, v: Version, w: Version) -> tuple[bool, bool, bool, bool, bool]:
    return a < b, a <= b, a > b, v >= w, max([v, w]) == v


def by_version(versions: list[Version]) -> dict[Version, int]:
    found: dict[Version, int] = {}
    for version in versions:
        found[version] = found.get(version, 0) + 1
    return found


def best_versions(versions: list[Version]) -> tuple[Version, Version] | None:
    if not versions:
        return None
    return min(versions), max(versions)


def spans(a: int, b: int) -> tuple[int, list[int]]:
    span = Span(end=a, start=b)
    return span.width(), span.marks


def pages(name: str) -> tuple[int, int, list[int]]:
    one, two = Page(name), Page(name + "!")
    one.counter.hit()
    return one.counter.hit(), two.counter.hits, two.span.marks


def replaced(job: Job, n: int) -> tuple[Job, Job]:
    other = replace(job, priority=n, name=job.name + "x")
    job.name = "old"
    return other, dataclasses.replace(other, cost=job.cost + 1.0)


def replaced_span(a: int, b: int) -> tuple[int, int, list[int]]:
    span = Span(a, b)
    other = replace(span, start=b + 3)
    return span.start, other.width(), other.marks


def shown(text: str, n: int, x: float) -> str:
    label = Label(text, n, x, n > 3)
    return f"{label} {label!r} {str(Version(n))} {repr(Version(1, n))} {[label][0]}"


def points(a: Point, b: Point, n: int) -> tuple[int, bool, bool, str]:
    x, y, name = a
    other = Point(n, name="q").moved(2)
    grid: dict[Point, int] = {a: 1, b: 2}
    grid[other] = grid.get(a, 0) + y
    return x + other[0] + other[-2] + b.size, a == b, a < b, f"{other} {name} {grid[other]}"


def nearest(points: list[Point]) -> Point | None:
    best: Point | None = None
    for point in sorted(points):
        if best is None or point.size < best.size:
            best = point
    return best
