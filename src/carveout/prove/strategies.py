"""Hypothesis strategies for a contract's types, over wire trees.

    arguments(contract_json)      # SearchStrategy of the arguments of one call, a list of trees
    draw(arguments(c), 200, seed) # two hundred of them, the same for the same seed

Hypothesis finds corners nobody listed, but draws about a thousand calls a second. `quick` draws
its pools from here once and makes the bulk of the calls.

Invariant: only trees the codec accepts, but for what the codec alone can judge (a date in a month
that has no such day is avoided; a dict key drawn twice is not, and collapses).
"""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import HypothesisWarning, NoSuchExample

from carveout.prove.boundary import ABSENT, LEAVES, Tree, surrogates, wide_int

Strategy = st.SearchStrategy[Tree]
DEPTH = 4
"""A type that contains itself is cut off at this depth."""


def arguments(contract: dict[str, Any]) -> st.SearchStrategy[list[Tree]]:
    """Arguments of one call, one tree a parameter."""
    builder = _Builder(contract["types"])
    return st.tuples(*[builder.of(p["type"], DEPTH) for p in contract["params"]]).map(list)


def of_type(schema: dict[str, Any], types: dict[str, Any]) -> Strategy:
    """Values of one type of the contract."""
    return _Builder(types).of(schema, DEPTH)


def draw(strategy: st.SearchStrategy[Any], n: int, seed_value: int) -> list[Any]:
    """About n values, reproducible; Hypothesis repeats itself seldom and may give fewer."""
    drawn: list[Any] = []
    # Hypothesis keeps notes about the project's sources, by default in the current folder.
    set_hypothesis_home_dir(Path(tempfile.gettempdir()) / f"carveout-hypothesis-{os.getuid()}")

    @seed(seed_value)
    @settings(
        max_examples=n,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        drawn.append(value)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        collect()
    return drawn


def smallest(
    strategy: st.SearchStrategy[Any], holds: Any, *, examples: int, seed_value: int
) -> Any | None:
    """The simplest value for which `holds`, by Hypothesis's own shrinker; None if not found."""
    import random

    try:
        return find(
            strategy,
            holds,
            settings=settings(
                max_examples=examples,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
            random=random.Random(seed_value),
        )
    except NoSuchExample:
        return None


class _Builder:
    def __init__(self, types: dict[str, Any]) -> None:
        self.types = types

    def of(self, t: dict[str, Any], depth: int) -> Strategy:
        kind = t["t"]
        if kind in LEAVES:
            return _leaf(kind)
        method = getattr(self, f"_{kind}", None)
        if method is None:
            raise NotImplementedError(f"no strategy for type {kind!r}")
        return method(t, depth)  # type: ignore[no-any-return]

    def _list(self, t: dict[str, Any], depth: int) -> Strategy:
        if depth <= 0:
            return st.just([])
        item = self.of(t["item"], depth - 1)
        return st.lists(item, max_size=8)

    _set = _frozenset = _vartuple = _list

    def _tuple(self, t: dict[str, Any], depth: int) -> Strategy:
        return st.tuples(*[self.of(i, depth) for i in t["items"]]).map(list)

    def _dict(self, t: dict[str, Any], depth: int) -> Strategy:
        if depth <= 0:
            return st.just({})
        pairs = st.tuples(
            self.of(t["key"], depth - 1).map(hashable), self.of(t["value"], depth - 1)
        )
        return st.lists(pairs, max_size=6).map(dict)

    def _optional(self, t: dict[str, Any], depth: int) -> Strategy:
        if depth <= 0:
            return st.none()
        return st.none() | self.of(t["item"], depth)

    def _union(self, t: dict[str, Any], depth: int) -> Strategy:
        members = [self.of(m, depth) for m in t["members"]]
        return st.one_of(
            *[st.tuples(st.just(i), member).map(list) for i, member in enumerate(members)]
        )

    def _literal(self, t: dict[str, Any], depth: int) -> Strategy:
        return st.integers(0, len(t["values"]) - 1)

    def _ref(self, t: dict[str, Any], depth: int) -> Strategy:
        shape = self.types[t["name"]]
        if shape["t"] == "enum":
            return st.integers(0, len(shape["members"]) - 1)
        fields = []
        for field in shape["fields"]:
            value = self.of(field["type"], depth - 1)
            if shape["kind"] == "typeddict" and not field["required"]:
                value = st.just(ABSENT) | value
            fields.append(value)
        return st.tuples(*fields).map(list)


def hashable(tree: Tree) -> Tree:
    """The same tree, fit to be a dict's key: lists become tuples, which encode alike."""
    return tuple(hashable(t) for t in tree) if isinstance(tree, list) else tree


def _leaf(kind: str) -> Strategy:
    edges = st.sampled_from(LEAVES[kind])
    drawn = _DRAWN.get(kind)
    return edges if drawn is None else edges | drawn


_ZONES = st.none() | st.integers(-1439, 1439).map(lambda minutes: minutes * 60_000_000)

_DRAWN: dict[str, Strategy] = {
    "int": st.integers(-20, 20)
    | st.integers().map(wide_int)
    | st.integers(-(2**63), 2**63 - 1).map(wide_int),
    "float": st.floats() | st.floats(-1000, 1000),
    "str": st.text(max_size=20).map(surrogates)
    | st.text(st.characters(codec="ascii"), max_size=12),
    "bytes": st.binary(max_size=40),
    "date": st.dates().map(lambda d: [d.year, d.month, d.day]),
    "time": st.times().map(lambda v: [v.hour, v.minute, v.second, v.microsecond, v.fold, None]),
    "datetime": st.tuples(st.datetimes(), _ZONES).map(
        lambda p: [
            *(p[0].year, p[0].month, p[0].day, p[0].hour, p[0].minute, p[0].second),
            *(p[0].microsecond, 0, p[1]),
        ]
    ),
    "timedelta": st.timedeltas().map(lambda d: [d.days, d.seconds, d.microseconds]),
    "uuid": st.binary(min_size=16, max_size=16),
    "decimal": st.decimals().map(str),
}
