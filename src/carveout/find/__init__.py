"""The advisor: measures a running service, ranks its operations, and often says no.

    rows = account(live_rows, cpu_seconds=…)         # what each operation costs
    advice = judge(row, Context(slo_breached=True))  # STAY, FIX PYTHON FIRST, CARVE, MEASURE FIRST

Invariant: a missing measurement is never replaced by a guess; it is MEASURE FIRST.
"""

from __future__ import annotations

from carveout.find.accounting import Cost, account, percentile_ns
from carveout.find.verdict import Advice, Context, Measure, judge, predict

__all__ = [
    "Advice",
    "Context",
    "Cost",
    "Measure",
    "account",
    "judge",
    "percentile_ns",
    "predict",
]
