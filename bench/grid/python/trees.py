"""The allocation-heavy variant: binary trees, the last eight of them kept, so that the heap lives.

With `GRID_PROBE=1` it also measures what the runtime makes others wait for: every garbage
collection's pause, and how long a second thread that wants to run waits for the interpreter's lock.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any


@dataclass
class Node:
    left: Node | None
    right: Node | None


@dataclass(frozen=True)
class Trees:
    nodes: int
    kept: int


_KEPT: deque[Node] = deque(maxlen=8)
_PAUSES_US: list[float] = []
_WAITS_US: list[float] = []
WAIT_EVERY_S = 0.005


def grow(depth: int) -> Node:
    if depth == 0:
        return Node(None, None)
    return Node(grow(depth - 1), grow(depth - 1))


def count(node: Node) -> int:
    if node.left is None or node.right is None:
        return 1
    return 1 + count(node.left) + count(node.right)


def plant(depth: int) -> Trees:
    _KEPT.append(grow(depth))
    return Trees(count(_KEPT[-1]), len(_KEPT))


def probe() -> None:
    """Start measuring, if asked to."""
    if os.environ.get("GRID_PROBE") != "1":
        return
    begun = 0

    def collected(phase: str, _: dict[str, int]) -> None:
        nonlocal begun
        if phase == "start":
            begun = time.perf_counter_ns()
        else:
            _PAUSES_US.append((time.perf_counter_ns() - begun) / 1e3)

    def waits() -> None:
        while True:
            asked = time.perf_counter_ns()
            time.sleep(WAIT_EVERY_S)
            late = time.perf_counter_ns() - asked - WAIT_EVERY_S * 1e9
            _WAITS_US.append(max(0.0, late / 1e3))

    gc.callbacks.append(collected)
    threading.Thread(target=waits, name="probe", daemon=True).start()


def runtime() -> dict[str, Any]:
    """Pauses and waits so far, in µs."""
    return {
        "language": "python",
        "pauses_us": summary(_PAUSES_US),
        "lock_waits_us": summary(_WAITS_US),
    }


def summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    if not ordered:
        return {"count": 0}
    return {
        "count": len(ordered),
        "total": sum(ordered),
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        "max": ordered[-1],
    }
