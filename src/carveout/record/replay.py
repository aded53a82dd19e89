"""Recorded calls, to run again.

    for call in replay(store, "app:quote", sample="uniform"):
        call.args, call.expected     # wire bytes; expected is None if it was redacted away

Only the uniform sample counts for a bound (DESIGN §7); "all" holds the rare shapes too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carveout.record.recorder import REDACTED
from carveout.store import Store


@dataclass(frozen=True, slots=True)
class Replayed:
    """One recorded call. `expected` is the reference's outcome, or None: run it to know."""

    args: bytes
    expected: bytes | None
    shape: str
    weight: float


def replay(
    store: Store, op: str, *, sample: str = "all", limit: int | None = None
) -> Iterator[Replayed]:
    """The recorded calls of an operation, oldest first."""
    for row in store.recordings(op, sample, limit):
        expected = None if row.outcome == REDACTED else row.outcome
        yield Replayed(row.args, expected, row.shape, row.weight)


__all__ = ["Replayed", "replay"]
