"""Are two HTTP answers the same? Status, chosen headers, JSON by its structure, else bytes.

    >>> rules = Rules(ignore=("at",), unordered=("items",), tolerance={"total": 1e-9})
    >>> a, b = b'{"at": 1, "items": [1, 2]}', b'{"items": [2, 1], "at": 9}'
    >>> difference(answer(200, a), answer(200, b), rules) is None
    True

Strict where nothing is declared: `1`, `1.0` and `true` differ, lists are ordered, numbers are equal
to the last digit. Keys of an object have no order in JSON. Paths are keys with dots, `*` for every
key or index: `items.*.price`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carveout.gateway.pairs import Response


@dataclass(frozen=True, slots=True)
class Rules:
    """What is declared not to count. `tolerance` is relative, by path."""

    headers: tuple[str, ...] = ("content-type",)
    ignore: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    tolerance: Mapping[str, float] = field(default_factory=dict)


def answer(status: int, body: bytes, content_type: str = "application/json") -> Response:
    """A response with a type and nothing else, for examples and tests."""
    return Response(status, (("content-type", content_type),), body)


def difference(expected: Response, got: Response, rules: Rules) -> str | None:
    """None, or one sentence that says where the first difference is."""
    if expected.status != got.status:
        return f"status {expected.status} and {got.status}"
    for name in rules.headers:
        if expected.header(name) != got.header(name):
            return f"header {name}: {expected.header(name)!r} and {got.header(name)!r}"
    if expected.body == got.body:
        return None
    if "json" in (expected.header("content-type") or ""):
        try:
            one, other = json.loads(expected.body), json.loads(got.body)
        except ValueError:
            return "a body that is not the JSON it says it is"
        return _values(one, other, (), rules)
    return f"bodies of {len(expected.body)} and {len(got.body)} bytes"


def _fits(pattern: str, path: tuple[str, ...]) -> bool:
    parts = pattern.split(".")
    return len(parts) == len(path) and all(p in ("*", q) for p, q in zip(parts, path, strict=True))


def _any(patterns: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return any(_fits(pattern, path) for pattern in patterns)


def _values(one: Any, other: Any, path: tuple[str, ...], rules: Rules) -> str | None:
    if _any(rules.ignore, path):
        return None
    at = ".".join(path) or "the body"
    numbers = (int, float)
    both = all(isinstance(v, numbers) and not isinstance(v, bool) for v in (one, other))
    allowed = [share for pattern, share in rules.tolerance.items() if _fits(pattern, path)]
    if both and allowed:
        close = math.isclose(one, other, rel_tol=max(allowed), abs_tol=0.0)
        return None if close else f"{at}: {one!r} and {other!r}"
    if type(one) is not type(other):
        return f"{at}: {_short(one)} and {_short(other)}"
    if isinstance(one, dict):
        for key in sorted(one.keys() | other.keys()):
            if (key in one) != (key in other) and not _any(rules.ignore, (*path, key)):
                side = "missing in the second" if key in one else "only in the second"
                return f"{at}: key {key!r} {side}"
            found = _values(one.get(key), other.get(key), (*path, key), rules)
            if found:
                return found
        return None
    if isinstance(one, list):
        if len(one) != len(other):
            return f"{at}: {len(one)} and {len(other)} items"
        if _any(rules.unordered, path):
            return _unordered(one, other, path, rules)
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            found = _values(a, b, (*path, str(i)), rules)
            if found:
                return found
        return None
    return None if one == other else f"{at}: {_short(one)} and {_short(other)}"


def _unordered(one: list[Any], other: list[Any], path: tuple[str, ...], rules: Rules) -> str | None:
    """Each item has a partner of its own. Quadratic, which the cap on bodies bounds."""
    left = list(other)
    for i, item in enumerate(one):
        for j, partner in enumerate(left):
            if _values(item, partner, (*path, str(i)), rules) is None:
                del left[j]
                break
        else:
            return f"{'.'.join(path) or 'the body'}: {_short(item)} has no partner"
    return None


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:77] + "..."
