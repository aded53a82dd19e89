"""A JSON-heavy endpoint: nearly all of its time is in the standard library's json."""

from __future__ import annotations

import json

from carveout import operation


@operation
def filter_catalogue(document: str, venue: str) -> str:
    """The instruments of one venue, from and to JSON text."""
    catalogue = json.loads(document)
    kept = [item for item in catalogue["instruments"] if item["venue"] == venue]
    return json.dumps({"venue": venue, "count": len(kept), "instruments": kept})


def sample(count: int = 1200) -> str:
    """A catalogue of `count` instruments, as a document of some 150 KB."""
    venues = ("XNYS", "XLON", "XETR", "XPAR")
    instruments = [
        {
            "id": f"INS{i:06d}",
            "venue": venues[i % len(venues)],
            "name": f"Instrument number {i}",
            "tick": 0.01 * (1 + i % 5),
            "lot": 100 * (1 + i % 3),
            "tags": ["option", "listed", f"series-{i % 40}"],
        }
        for i in range(count)
    ]
    return json.dumps({"instruments": instruments})
