"""Put the measurements of a window together: one `Measure` an operation and hot function.

Everything that needs the compiler or a build comes in as a callable (`draft`), so that this layer
stays free of both.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carveout.contract import load
from carveout.diagnostics import CarveError
from carveout.find.accounting import Cost, account
from carveout.find.alternatives import alternative_for
from carveout.find.boundary import Boundary, crossing
from carveout.find.sampling import Profile
from carveout.find.verdict import Measure
from carveout.store import OperationRow, RecordingRow, Store

# An undecorated function is worth a row from this part of the CPU on.
FUNCTION_SHARE = 0.05
# Fewer calls with a measured CPU time say too little about the mean.
CPU_CALLS = 30


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a quick draft said: a refusal, or a speed-up measured on recorded calls (if built)."""

    draftable: bool
    refusal: str | None = None
    speedup: float | None = None
    speedup_low: float | None = None


Draft = Callable[[OperationRow, list[RecordingRow]], Drafted]


def key_of(row: OperationRow, profile: Profile) -> tuple[str, str] | None:
    """The profile's (function, file) of an operation; None if it was never seen on the CPU."""
    name = row.name.partition(":")[2].rpartition(".")[2]
    same = [key for key in profile.functions if key[0] == name]
    exact = [key for key in same if Path(key[1]).resolve() == Path(row.file).resolve()]
    ends = [key for key in same if row.file.endswith(key[1]) or key[1].endswith(row.file)]
    return next(iter(exact or ends), None)


def cpu_share(cost: Cost, profile: Profile | None) -> float | None:
    """An operation's part of the CPU by its own counters: CPU a call × calls, over what its
    processes spent. Better than samples, which see who holds the interpreter, not who is on a
    core. None without a measured process or with too few measured calls."""
    spent = profile.cpu_per_s if profile is not None else None
    if not spent or cost.mean_cpu_ns is None or cost.cpu_samples < CPU_CALLS:
        return None
    return min(1.0, cost.mean_cpu_ns * 1e-9 * cost.calls_per_s / spent)


def survey(
    store: Store,
    profile: Profile | None,
    since: float,
    *,
    draft: Draft | None,
    say: Callable[[str], None],
) -> list[Measure]:
    """Measures of every known operation and of hot undecorated functions, costliest first."""
    operations = store.operations()
    costs = account(store.live(since=since))
    measures: list[Measure] = []
    keys: set[tuple[str, str]] = set()
    for row in operations:
        key = key_of(row, profile) if profile is not None else None
        if key is not None:
            keys.add(key)
        say(f"measuring {row.name}")
        measures.append(of_operation(store, row, costs.get(row.name), profile, key, draft))
    if profile is not None and profile.total:
        for (name, file), count in profile.outside(keys).most_common():
            share = count / profile.total
            if share < FUNCTION_SHARE or name in {"<module>", "<lambda>"}:
                continue
            found = profile.library_of((name, file))
            measures.append(
                Measure(
                    name=f"{Path(file).stem}:{name}",
                    share=share,
                    samples=profile.total,
                    calls=None,
                    calls_per_s=None,
                    p50_ns=None,
                    p99_ns=None,
                    payload_bytes=None,
                    wait_share=None,
                    inline_ns=None,
                    worker_ns=None,
                    is_operation=False,
                    library=found[0] if found else None,
                    library_share=found[1] if found else 0.0,
                )
            )
    return sorted(measures, key=lambda m: -(m.share or 0.0))


def of_operation(
    store: Store,
    row: OperationRow,
    cost: Cost | None,
    profile: Profile | None,
    key: tuple[str, str] | None,
    draft: Draft | None,
) -> Measure:
    """One operation's measure from its counters, its samples and its recorded calls."""
    recorded = store.recordings(row.name, "all", limit=200)
    cost = cost or Cost(row.name)
    share = samples = None
    library: tuple[str, float] | None = None
    if profile is not None and profile.total:
        samples = profile.total
        share = profile.share(key) if key is not None else 0.0
        library = profile.library_of(key) if key is not None else None
    counted = cpu_share(cost, profile)
    if counted is not None:
        share, samples = counted, max(samples or 0, cost.cpu_samples)
    boundary: Boundary | None = None
    alternative: tuple[str, float | None] | None = None
    drafted: Drafted | None = None
    if recorded:
        with contextlib.suppress(CarveError, ImportError, ValueError, TypeError):
            operation = load(row.name)
            codec: Any = operation.codec
            typical = sorted(recorded, key=lambda r: len(r.args))[len(recorded) // 2]
            boundary = crossing(codec, typical.args, typical.outcome)
            if library is not None:
                values = list(codec.decode_args(typical.args))
                alternative = alternative_for(library[0], values)
    if library is not None and alternative is None:
        # Nothing recorded to measure with; what is better is known all the same.
        alternative = alternative_for(library[0], [])
    if draft is not None:
        drafted = draft(row, recorded)
    return Measure(
        name=row.name,
        share=share,
        samples=samples or 0,
        calls=cost.calls,
        calls_per_s=cost.calls_per_s,
        p50_ns=cost.percentile(0.50),
        p99_ns=cost.percentile(0.99),
        payload_bytes=boundary.payload_bytes if boundary else None,
        wait_share=cost.wait_share,
        inline_ns=boundary.inline_ns if boundary else None,
        worker_ns=boundary.worker_ns if boundary else None,
        draftable=drafted.draftable if drafted else None,
        refusal=drafted.refusal if drafted else None,
        speedup=drafted.speedup if drafted else None,
        speedup_low=drafted.speedup_low if drafted else None,
        library=library[0] if library else None,
        library_share=library[1] if library else 0.0,
        alternative=alternative[0] if alternative else None,
        alternative_gain=alternative[1] if alternative else None,
    )
