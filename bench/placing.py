"""Puts the benches' operations in place by hand, as `carveout.move` would; nothing is captured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.carvings import built
from carveout.place.apply import Placed, apply, to_reference


@dataclass(frozen=True, slots=True)
class Row:
    """A stage row as `apply` reads it."""

    epoch: int
    stage: str = "full"
    share: float = 1.0
    tau_ns: int | None = None


def placed(op: Any, placement: str, **more: Any) -> Placed:
    """`op` at full, carved."""
    artifact = built(op.__name__, ("inline", "worker") if placement == "worker" else ("inline",))
    more = {"sample_rate": 0.0, "compare_share": 0.0, "deadline_ms": 5000.0} | more
    return apply(op, Row(op.epoch + 1), artifact, placement, **more)


def reset(op: Any) -> None:
    """Every call to the reference again."""
    to_reference(op, epoch=op.epoch + 1, sample_rate=0.0)
