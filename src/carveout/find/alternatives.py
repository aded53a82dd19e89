"""Libraries with a known better one, and the gain measured on the operation's own payload.

One entry a library: what to say, and a function from the recorded arguments and result (as Python
objects) to the two timings. An entry whose alternative is not installed is named without a figure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from carveout.find.boundary import per_call_ns

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Alternative:
    """`better` names what to use; `measure` gives (now_ns, then_ns) or None."""

    better: str
    measure: Callable[[list[Any]], Pair | None]


def json_to_msgspec(values: list[Any]) -> Pair | None:
    """json.loads and dumps against msgspec's on the largest JSON text among the values."""
    import msgspec

    largest: str | bytes | None = None
    for value in values:
        if isinstance(value, str | bytes) and (largest is None or len(value) > len(largest)):
            try:
                json.loads(value)
            except ValueError:
                continue
            largest = value
    if largest is None:
        return None
    text = largest
    document = json.loads(text)
    now = per_call_ns(lambda: json.loads(text)) + per_call_ns(lambda: json.dumps(document))
    then = per_call_ns(lambda: msgspec.json.decode(text)) + per_call_ns(
        lambda: msgspec.json.encode(document)
    )
    return now, then


def deep_copy(values: list[Any]) -> Pair | None:
    """copy.deepcopy against a round trip through msgspec's MessagePack."""
    import copy

    import msgspec

    def trip(value: Any) -> Any:
        return msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value))

    for value in values:
        try:
            trip(value)
        except (TypeError, ValueError, NotImplementedError):
            continue  # a value that can't take the trip is no example
        return per_call_ns(partial(copy.deepcopy, value)), per_call_ns(partial(trip, value))
    return None


def unmeasured(_values: list[Any]) -> Pair | None:
    return None


KNOWN: dict[str, Alternative] = {
    "json": Alternative("use msgspec.json", json_to_msgspec),
    "copy": Alternative("rebuild the value instead of copy.deepcopy", deep_copy),
    "pydantic": Alternative("use msgspec.Struct for inner types", unmeasured),
    "_strptime": Alternative("use datetime.fromisoformat", unmeasured),
    "re": Alternative("compile the pattern once, outside the function", unmeasured),
    "sre_compile": Alternative("compile the pattern once, outside the function", unmeasured),
    "decimal": Alternative("keep amounts as int of the smallest unit", unmeasured),
}


def alternative_for(library: str | None, values: list[Any]) -> tuple[str, float | None] | None:
    """(what to use, measured gain or None) for a library with a known better one."""
    known = KNOWN.get(library or "")
    if known is None:
        return None
    try:
        pair = known.measure(values)
    except Exception:
        # A payload the alternative can't take is no measurement, and no reason to fail.
        pair = None
    if pair is None or pair[1] <= 0:
        return known.better, None
    return known.better, pair[0] / pair[1]
