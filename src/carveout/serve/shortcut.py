"""What agent and endpoint share: where the shortcut is found, and what it counted.

The agent puts the carving's `call_json` into the operation's `__dict__` under SHORTCUT while the
shortcut may be taken (and under RELEASING the one that computes without the GIL), and takes it out
again; the endpoint looks there at every request, and counts what it answered under COUNTS. One dict
lookup, no lock, no import of one by the other.
"""

from __future__ import annotations

from carveout.move import latency

SHORTCUT = "_carveout_shortcut"
RELEASING = "_carveout_shortcut_releasing"
COUNTS = "_carveout_counts"
SENTINEL = 0.01
"""The share of requests that go the long way, until the agent knows what a comparison costs."""


class Counts:
    """Requests the shortcut answered, as the dispatch counts its calls."""

    __slots__ = ("average_ns", "calls", "histogram", "max_ns", "sentinel", "total_ns")

    def __init__(self) -> None:
        self.calls = self.total_ns = self.max_ns = 0
        self.average_ns = 0.0
        self.sentinel = SENTINEL
        self.histogram = [0] * 256

    def add(self, ns: int) -> None:
        """Count one answered request of `ns` nanoseconds."""
        self.calls += 1
        self.total_ns += ns
        self.max_ns = max(self.max_ns, ns)
        self.average_ns += (ns - self.average_ns) / 8
        self.histogram[latency.bucket(ns)] += 1
