"""Whether two outcomes are the same, and if not, where they part.

    compare(contract, expected, got)
    # Difference(path="result.lines[3].price", a="1.0", b="1", message="…: 1.0 != 1")

Strict, as a caller could tell them apart: types count (`1`, `True` and `1.0` differ), floats are
compared bit by bit (`-0.0` is not `0.0`), except that any NaN equals any NaN; Decimal exponents,
time zones, folds and the order of dicts count; sets have no order; a fault is its type and its
arguments. Nothing else is tolerated unless the operation declares it (`Rules`).

Invariants: equal bytes are the same; `compare` is symmetric in saying "same", and it never
raises on any bytes: what can't be read is a difference.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
import math
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carveout.contract import wire
from carveout.contract.markers import Ulps, unordered
from carveout.contract.signature import Contract, marks_of_function
from carveout.contract.types import Schema
from carveout.diagnostics import CarveError

SHOWN = 80  # characters of a value in a message
PAIRED_AT_MOST = 512  # elements of an unordered list, where tolerances make pairing costly


@dataclass(frozen=True)
class Rules:
    """Tolerances the operation declares. Empty by default: bit-exact.

    A path is "result", "result.lines[].price" (`[]` for any element or value, `[1]` for one of a
    fixed tuple) or, wherever the class occurs, "package.module:Quote.price".

    `ulps`: floats at these paths, and below them, may be that many representable values apart.
    `unordered`: lists at these paths are compared without order.
    """

    ulps: Mapping[str, int] = field(default_factory=dict)
    unordered: frozenset[str] = frozenset()

    @functools.cached_property
    def hash(self) -> str:
        """sha256 in hex of what is tolerated; part of evidence's key."""
        said = {"ulps": dict(self.ulps), "unordered": sorted(self.unordered), "strict": 1}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def __bool__(self) -> bool:
        return bool(self.ulps or self.unordered)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two outcomes differ; `a` and `b` are shortened texts of the values."""

    path: str
    a: str
    b: str
    message: str

    def __str__(self) -> str:
        return self.message


STRICT = Rules()


def rules_of(fn: Any) -> Rules:
    """The rules a function declares by `ulps` and `unordered` in its annotations."""
    ulps: dict[str, int] = {}
    loose: set[str] = set()
    for path, found in marks_of_function(fn).places.items():
        for mark in found:
            if isinstance(mark, Ulps):
                ulps[path] = mark.count
            elif mark is unordered:
                loose.add(path)
    return Rules(ulps, frozenset(loose))


def check_rules(contract: Contract, rules: Rules) -> None:
    """Rules whose paths all lead somewhere in the contract's result.

    Raises:
        CarveError: "rules-unknown-path": a rule that loosens nothing is a mistake.
    """
    known = set(map(_any_index, paths(contract)))
    for cls, described in contract.types.items():
        for one in described.get("fields", ()):
            inner = Contract("", (), one["type"], contract.types)
            place = f"{cls}.{one['name']}"
            known |= {_any_index(place + path.removeprefix("result")) for path in paths(inner)}
    for path in [*rules.ulps, *rules.unordered]:
        if _any_index(path) not in known:
            near = difflib.get_close_matches(_any_index(path), sorted(known), n=3, cutoff=0.5)
            raise CarveError(
                "rules-unknown-path",
                f"{contract.name}: the comparison rule for {path!r} speaks of nothing there is",
                hint=f"did you mean {' or '.join(near)}?" if near else "see docs/contract.md",
            )


def _any_index(path: str) -> str:
    return re.sub(r"\[\d+\]", "[]", path)


def compare(contract: Contract, a: bytes, b: bytes, rules: Rules = STRICT) -> Difference | None:
    """None if two wire outcomes are the same under the rules, else the first difference.

    `a` is the reference's. Declines and failures are the same only as themselves.
    """
    if a == b:
        return None
    try:
        left, right = wire.decode(a), wire.decode(b)
        kinds = wire.outcome_kind(a), wire.outcome_kind(b)
        if kinds[0] != kinds[1]:
            return _differ("outcome", _outcome_text(left, kinds[0]), _outcome_text(right, kinds[1]))
        if kinds[0] == "value":
            return _Walk(contract, rules).values(
                contract.result, left[1], right[1], "result", ("result",), 0
            )
        if kinds[0] == "fault":
            return _faults(left, right)
        return _differ("outcome", left, right)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as problem:
        # The shape of the bytes isn't the contract's: whoever wrote them is wrong.
        return Difference(
            "outcome", a[:SHOWN].hex(), b[:SHOWN].hex(), f"outcome: unreadable ({problem})"
        )


def compare_args(contract: Contract, before: bytes, after: bytes) -> Difference | None:
    """Whether arguments are still what they were before a call: None, or where they changed."""
    if before == after:
        return None
    items = [param.type for param in contract.params]
    together = Contract(contract.name, (), {"t": "tuple", "items": items}, contract.types)
    found = compare(together, b"\x92\x00" + before, b"\x92\x00" + after)
    if found is None:
        return None
    at = re.match(r"(.*?)result\[(\d+)\](.*)", found.path, re.DOTALL)
    path = found.path
    if at is not None:
        path = f"{at[1]}{contract.params[int(at[2])].name}{at[3]}"
    return Difference(
        f"argument {path}",
        found.a,
        found.b,
        f"the reference changes its argument at {path} ({found.a} becomes {found.b}); a carving "
        "works on a copy, so that its caller would see it unchanged",
    )


class _Walk:
    """Two decoded values side by side, guided by their type."""

    def __init__(self, contract: Contract, rules: Rules) -> None:
        self.types = contract.types
        self.rules = rules

    def values(
        self, schema: Schema, a: Any, b: Any, path: str, at: tuple[str, ...], ulps: int
    ) -> Difference | None:
        """`at`: the names under which rules may speak of this place; `ulps`: inherited."""
        loose = False
        if self.rules:
            ulps = next((self.rules.ulps[n] for n in at if n in self.rules.ulps), ulps)
            loose = any(name in self.rules.unordered for name in at)
        tag = schema["t"]
        if tag == "optional":
            if a is None or b is None:
                return None if a is None and b is None else _differ(path, a, b)
            return self.values(schema["item"], a, b, path, at, ulps)
        if tag == "ref":
            return self._named(schema["name"], a, b, path, at, ulps)
        if tag == "float":
            return None if _same_float(a, b, ulps) else _differ(path, a, b)
        if tag == "union":
            if a[0] != b[0]:
                return _differ(path, self._shown_member(schema, a), self._shown_member(schema, b))
            return self.values(schema["members"][a[0]], a[1], b[1], path, at, ulps)
        if tag == "literal":
            values = schema["values"]
            return None if _exact(a, b) else _differ(path, values[a], values[b])
        if tag in ("set", "frozenset"):
            return self._unordered(schema["item"], a, b, path, at, ulps, True)
        if tag in ("list", "vartuple", "tuple"):
            return self._sequence(schema, a, b, path, at, ulps, loose)
        if tag == "dict":
            return self._dict(schema, a, b, path, at, ulps)
        return None if _exact(a, b) else _differ(path, a, b)

    def _shown_member(self, schema: Schema, value: Any) -> str:
        member = schema["members"][value[0]]
        return f"{member.get('name', member['t'])} {_text(value[1])}"

    def _named(
        self, name: str, a: Any, b: Any, path: str, at: tuple[str, ...], ulps: int
    ) -> Difference | None:
        described = self.types[name]
        if described["t"] == "enum":
            members = described["members"]
            return None if _exact(a, b) else _differ(path, members[a][0], members[b][0])
        fields = described["fields"]
        if not (type(a) is type(b) is list and len(a) == len(b) == len(fields)):
            return _differ(path, a, b)
        for one, left, right in zip(fields, a, b, strict=True):
            inner = f"{path}.{one['name']}"
            if left is wire.ABSENT or right is wire.ABSENT:
                if left is not right:
                    return _differ(inner, left, right)
                continue
            names = (*(f"{base}.{one['name']}" for base in at), f"{name}.{one['name']}")
            found = self.values(one["type"], left, right, inner, names, ulps)
            if found:
                return found
        return None

    def _sequence(
        self,
        schema: Schema,
        a: Any,
        b: Any,
        path: str,
        at: tuple[str, ...],
        ulps: int,
        loose: bool,
    ) -> Difference | None:
        if not type(a) is type(b) is list:
            return _differ(path, a, b)
        if loose and "item" in schema:
            return self._unordered(schema["item"], a, b, path, at, ulps, False)
        inside = tuple(f"{base}[]" for base in at)
        for index, (left, right) in enumerate(zip(a, b, strict=False)):
            item = schema["item"] if "item" in schema else schema["items"][index]
            if "items" in schema and self.rules:
                inside = tuple(f"{base}{here}" for base in at for here in (f"[{index}]", "[]"))
            found = self.values(item, left, right, f"{path}[{index}]", inside, ulps)
            if found:
                return found
        if len(a) != len(b):
            return _differ(f"len({path})", len(a), len(b))
        return None

    def _dict(
        self, schema: Schema, a: Any, b: Any, path: str, at: tuple[str, ...], ulps: int
    ) -> Difference | None:
        if not type(a) is type(b) is dict:
            return _differ(path, a, b)
        inside = tuple(f"{base}[]" for base in at)
        pairs = zip(a.items(), b.items(), strict=False)
        for index, ((left_key, left), (right_key, right)) in enumerate(pairs):
            place = f"key {index} of {path}"
            if self.values(schema["key"], _listed(left_key), _listed(right_key), place, (), 0):
                return _differ(place, left_key, right_key)
            found = self.values(
                schema["value"], left, right, f"{path}[{_text(left_key)}]", inside, ulps
            )
            if found:
                return found
        if len(a) != len(b):
            return _differ(f"len({path})", len(a), len(b))
        return None

    def _unordered(
        self, item: Schema, a: Any, b: Any, path: str, at: tuple[str, ...], ulps: int, a_set: bool
    ) -> Difference | None:
        if not type(a) is type(b) is list:
            return _differ(path, a, b)
        if len(a) != len(b):
            return _differ(f"len({path})", len(a), len(b))
        left = [self.canonical(item, value) for value in a]
        right = [self.canonical(item, value) for value in b]
        spare_a, spare_b = _leftover(left, Counter(right)), _leftover(right, Counter(left))
        if not spare_a:
            return None
        # Without tolerances the same elements have the same canonical form, and only they.
        if self.rules:
            inside = tuple(f"{base}[]" for base in at)

            def fit(i: int, j: int) -> bool:
                return self.values(item, a[i], b[j], path, inside, ulps) is None

            if _pair_up(spare_a, spare_b, fit):
                return None
            # Two equal elements may have to part, so that each finds another within tolerance.
            everyone = range(len(a))
            if len(a) <= PAIRED_AT_MOST and _pair_up(everyone, everyone, fit):
                return None
        what = "an element" if a_set else "an item"
        return _differ(f"{what} of {path}", a[spare_a[0]], b[spare_b[0]])

    def canonical(self, schema: Schema, value: Any) -> Any:
        """A hashable value, equal for exactly those values that are the same without rules."""
        tag = schema["t"]
        kind = type(value)
        if tag == "optional" and value is not None:
            return self.canonical(schema["item"], value)
        if tag == "union" and kind is list and len(value) == 2 and type(value[0]) is int:
            return (value[0], self.canonical(schema["members"][value[0]], value[1]))
        if tag == "ref" and kind is list:
            fields = self.types[schema["name"]].get("fields", ())
            if len(fields) == len(value):
                return tuple(
                    self.canonical(one["type"], part)
                    for one, part in zip(fields, value, strict=True)
                )
        if tag in ("set", "frozenset") and kind is list:
            inner = Counter(self.canonical(schema["item"], part) for part in value)
            return ("set", frozenset(inner.items()))
        if tag in ("list", "vartuple") and kind is list:
            return tuple(self.canonical(schema["item"], part) for part in value)
        if tag == "tuple" and kind is list and len(schema["items"]) == len(value):
            return tuple(map(self.canonical, schema["items"], value))
        if tag == "dict" and kind is dict:
            return tuple(
                (self.canonical(schema["key"], _listed(k)), self.canonical(schema["value"], v))
                for k, v in value.items()
            )
        return _canonical(value)


def _leftover(values: list[Any], others: Counter[Any]) -> list[int]:
    """Indices of the values that find no equal among the others."""
    found = []
    for index, value in enumerate(values):
        if others[value] > 0:
            others[value] -= 1
        else:
            found.append(index)
    return found


def _pair_up(left: Sequence[int], right: Sequence[int], fit: Callable[[int, int], bool]) -> bool:
    """Whether each on the left finds one of its own on the right (Kuhn 1955, augmenting paths).

    Taking the first that fits is not enough: tolerance is not transitive.
    """
    fit = functools.cache(fit)
    taken: dict[int, int] = {}
    for start in left:
        # Breadth first, each on the right asked once: who could give up its place for `start`?
        came_from: dict[int, tuple[int, int | None]] = {}
        waiting: list[tuple[int, int | None]] = [(start, None)]
        free: int | None = None
        while waiting and free is None:
            i, by = waiting.pop(0)
            for j in right:
                if j in came_from or not fit(i, j):
                    continue
                came_from[j] = (i, by)
                if j not in taken:
                    free = j
                    break
                waiting.append((taken[j], j))
        if free is None:
            return False
        step: int | None = free
        while step is not None:
            i, step_back = came_from[step]
            taken[step] = i
            step = step_back
    return True


def _faults(a: Any, b: Any) -> Difference | None:
    if a[1] != b[1]:
        return _differ("fault type", _fault_text(a), _fault_text(b))
    return None if _same_tree(a[2], b[2]) else _differ("fault", _fault_text(a), _fault_text(b))


def _same_tree(a: Any, b: Any) -> bool:
    """Self-describing values: a fault's arguments."""
    if type(a) is list and type(b) is list:
        return len(a) == len(b) and all(map(_same_tree, a, b))
    if type(a) is float and type(b) is float:
        return _same_float(a, b, 0)
    return _exact(a, b)


def _exact(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if type(a) is list:
        return len(a) == len(b) and all(map(_exact, a, b))
    return bool(a == b)


def _same_float(a: Any, b: Any, ulps: int) -> bool:
    if not (type(a) is float and type(b) is float):
        return False
    if a == b:
        return a != 0.0 or ulps > 0 or math.copysign(1.0, a) == math.copysign(1.0, b)
    if a != a or b != b:
        return a != a and b != b
    return ulps > 0 and not (math.isinf(a) or math.isinf(b)) and abs(_rank(a) - _rank(b)) <= ulps


def _rank(value: float) -> int:
    """Floats numbered in order, so that neighbours differ by one and both zeros are 0."""
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def _canonical(value: Any) -> Any:
    """A hashable value that is equal exactly for bit-equal ones (and for all NaNs)."""
    if type(value) is float:
        return "nan" if value != value else ("f", struct.pack("<d", value))
    if type(value) in (list, tuple):
        return tuple(_canonical(item) for item in value)
    if type(value) is dict:
        return ("d", *((_canonical(k), _canonical(v)) for k, v in value.items()))
    return (type(value).__name__, value)


def _listed(key: Any) -> Any:
    """A dict's key as the wire has it elsewhere: msgspec makes arrays in keys tuples."""
    return [_listed(part) for part in key] if type(key) is tuple else key


def _text(value: Any) -> str:
    text = value if type(value) is str and value.startswith(("{", "[")) else repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _fault_text(fault: Any) -> str:
    kind = str(fault[1]).removeprefix("builtins:")
    return f"{kind}({', '.join(map(repr, fault[2]))})"


def _outcome_text(outcome: Any, kind: str) -> str:
    return _fault_text(outcome) if kind == "fault" else f"{kind} {_text(outcome[1])}"


def _differ(path: str, a: Any, b: Any) -> Difference:
    if path.startswith(("outcome", "fault")):
        left, right = str(a)[: 4 * SHOWN], str(b)[: 4 * SHOWN]
    else:
        left, right = _text(a), _text(b)
    return Difference(path, left, right, f"{path}: {left} != {right}")


def paths(contract: Contract) -> Iterator[str]:
    """The paths to which a rule may refer; a recursive class is entered once."""

    def below(schema: Schema, path: str, seen: frozenset[str]) -> Iterator[str]:
        yield path
        tag = schema["t"]
        if tag == "ref":
            described = contract.types[schema["name"]]
            if described["t"] == "struct" and schema["name"] not in seen:
                for one in described["fields"]:
                    yield from below(one["type"], f"{path}.{one['name']}", seen | {schema["name"]})
            return
        if tag == "optional":
            yield from list(below(schema["item"], path, seen))[1:]
        inner = schema.get("items", []) + ([schema["item"]] if "item" in schema else [])
        inner += [schema["value"]] if "value" in schema else []
        if tag != "optional":
            for one in inner:
                yield from below(one, f"{path}[]", seen)
        for one in schema.get("members", []):
            yield from list(below(one, path, seen))[1:]

    yield from dict.fromkeys(below(contract.result, "result", frozenset()))


__all__ = [
    "STRICT",
    "Difference",
    "Rules",
    "check_rules",
    "compare",
    "compare_args",
    "paths",
    "rules_of",
]
