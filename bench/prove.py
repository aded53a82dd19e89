"""How many calls a second `prove` compares, with a real carving of the example's operation.

    python -m bench prove

Generated calls as `carve prove` makes them by default (46,050), and recorded ones: the books that
the example's load sends, 40 positions and 15 shocks each. Those take the Python reference longer
than all the rest of a comparison, so `reference_share` says what a faster prover could still gain.
"""

from __future__ import annotations

import importlib
import os
import statistics
import time
from typing import Any

from bench import example
from carveout.place.apply import inline_carving
from carveout.prove import Recording, Report, prove_operation, reference_of
from carveout.prove.bound import DEFAULT_CALLS

SEEDS = range(5)
BOOKS = 2_000


def proven(report: Report) -> Report:
    if report.verdict != "same":
        raise RuntimeError(f"the example's carving is not the same: {report.sentences()}")
    return report


def main() -> dict[str, Any]:
    artifact = example.carved()
    book: Any = importlib.import_module("pricing.book")
    payloads: Any = importlib.import_module("payloads")
    msgspec = importlib.import_module("msgspec")
    op = book.value_book
    candidate = inline_carving(op, artifact).call_wire
    children = os.cpu_count()

    generated = [
        proven(prove_operation(op, candidate, seed=seed, seconds=60, children=children))
        for seed in SEEDS
    ]
    rates = [report.generated.compared / report.seconds for report in generated]

    books = [msgspec.convert(payloads.book(seed), book.Book, strict=False) for seed in range(BOOKS)]
    recordings = [Recording(op.codec.encode_args((one,))) for one in books]
    report = proven(
        prove_operation(op, candidate, recordings, calls=0, seconds=60, children=children)
    )
    call = reference_of(op)
    start = time.process_time()
    for one in books[:100]:
        call((one,))
    reference_s = (time.process_time() - start) / 100
    replayed = report.replayed.compared / report.seconds
    result = {
        "calls": DEFAULT_CALLS,
        "generated_per_s": statistics.median(rates),
        "declined_share": generated[0].generated.declined
        / max(1, generated[0].generated.compared + generated[0].generated.declined),
        "replayed_per_s": replayed,
        "replayed_reference_share": min(1.0, replayed * reference_s / (children or 1)),
        "raw_generated_per_s": rates,
    }
    for name, value in result.items():
        if isinstance(value, float):
            print(f"    {name}: {value:,.2f}")
    return result
