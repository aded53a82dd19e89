"""Put the measurements of a window together: one `Measure` an operation and hot function.

Everything that needs the compiler or a build comes in as a callable (`draft`), so that this layer
stays free of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carveout.contract import load, outcome_kind
from carveout.diagnostics import CarveError
from carveout.find.accounting import Cost, account
from carveout.find.alternatives import alternative_for
from carveout.find.boundary import Boundary, crossing
from carveout.find.sampling import Key, Profile
from carveout.find.verdict import Measure, share_interval
from carveout.store import OperationRow, RecordingRow, Store

# An undecorated function is worth a row from this part of the CPU on.
FUNCTION_SHARE = 0.05
# Fewer calls with a measured CPU time say less about the mean than stack samples do; on a machine
# that is too busy for those, few must do, with the wide interval they have.
CPU_CALLS = 30
FEW_CPU_CALLS = 8
# And fewer say nothing at all, not even what part of a call is waiting.
MIN_CPU_CALLS = 5
# The spread of a call's CPU time around its mean, as a part of it, where it is not measured: that
# of an exponential distribution, wider than most functions'.
CPU_SPREAD = 1.0


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a quick draft said: a refusal, or a speed-up measured on recorded calls (if built)."""

    draftable: bool
    refusal: str | None = None
    speedup: float | None = None
    speedup_low: float | None = None


Draft = Callable[[OperationRow, list[RecordingRow]], Drafted]


def key_of(row: OperationRow, profile: Profile) -> Key | None:
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
    if profile is None or not spent or cost.mean_cpu_ns is None:
        return None
    if cost.cpu_samples < (FEW_CPU_CALLS if profile.starved else CPU_CALLS):
        return None
    return min(1.0, cost.mean_cpu_ns * 1e-9 * cost.calls_per_s / spent)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the CPU time with its 95 % interval and the samples behind it."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    samples: int = 0


def share_of(cost: Cost, profile: Profile | None, key: Key | None) -> Share:
    """From the counters where enough calls were measured, else from the stacks."""
    counted = cpu_share(cost, profile)
    stacks = profile.total if profile is not None else 0
    if counted is not None:
        error = 1.96 * CPU_SPREAD / math.sqrt(cost.cpu_samples)
        low, high = counted / (1 + error), min(1.0, counted * (1 + error))
        return Share(counted, low, high, max(stacks, cost.cpu_samples))
    if profile is None or not stacks:
        return Share()
    # The samples see who holds the interpreter; what else is on the CPU makes the part smaller.
    seen = profile.share(key) if key is not None else 0.0
    low, high = share_interval(seen, stacks)
    part = min(1.0, profile.held_part or 1.0)
    return Share(seen * part, low * part, high * part, stacks)


def wait_share(cost: Cost, profile: Profile | None, share: Share) -> float | None:
    """The part of a call's time that is not on the CPU: from measured calls; where none were (a
    coroutine's CPU time can't be), from the share of the CPU and the calls."""
    if cost.wait_share is not None and cost.cpu_samples >= MIN_CPU_CALLS:
        return cost.wait_share
    spent = profile.cpu_per_s if profile is not None else None
    if not spent or share.value is None or not cost.calls_per_s or not cost.mean_ns:
        return cost.wait_share
    cpu_ns = share.value * spent * 1e9 / cost.calls_per_s
    return min(1.0, max(0.0, 1.0 - cpu_ns / cost.mean_ns))


def survey(
    store: Store,
    profile: Profile | None,
    since: float,
    *,
    until: float | None = None,
    native: Profile | None = None,
    draft: Draft | None,
    say: Callable[[str], None],
) -> list[Measure]:
    """Measures of every known operation and of hot undecorated functions, costliest first.

    `native` is a profile that saw machine code (see `sampling`), taken after the window.
    """
    operations = store.operations()
    rows = [row for row in store.live(since=since) if until is None or row.at <= until]
    costs = account(rows)
    keys: dict[Key, str] = {}
    for row in operations:
        for one in (profile, native):
            if one is not None and (key := key_of(row, one)) is not None:
                keys[key] = row.name
    measures: list[Measure] = []
    for row in operations:
        say(f"measuring {row.name}")
        cost = costs.get(row.name, Cost(row.name))
        measures.append(of_operation(store, row, cost, profile, native, keys, draft))
    if profile is not None and profile.total:
        measures += of_functions(profile, native, set(keys))
    return sorted(measures, key=lambda m: -(m.share or 0.0))


def of_functions(profile: Profile, native: Profile | None, operations: set[Key]) -> list[Measure]:
    """Hot functions that are no operations, nor in one."""
    found = []
    for key, count in profile.outside(operations).most_common():
        name, file = key
        part = min(1.0, profile.held_part or 1.0)
        share = count / profile.total
        if share * part < FUNCTION_SHARE or name.startswith("<"):
            continue
        low, high = share_interval(share, profile.total)
        library = profile.library_of(key)
        machine = native.native_of(key) if native is not None else None
        alternative = alternative_for(library[0], []) if library is not None else None
        found.append(
            Measure(
                name=f"{Path(file).stem}:{name}",
                share=share * part,
                share_low=low * part,
                share_high=high * part,
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
                library=library[0] if library else None,
                library_share=library[1] if library else 0.0,
                alternative=alternative[0] if alternative else None,
                native=machine[0] if machine else None,
                native_share=machine[1] if machine else 0.0,
            )
        )
    return found


def of_operation(
    store: Store,
    row: OperationRow,
    cost: Cost,
    profile: Profile | None,
    native: Profile | None,
    keys: dict[Key, str],
    draft: Draft | None,
) -> Measure:
    """One operation's measure from its counters, its samples and its recorded calls."""
    key = next((key for key, name in keys.items() if name == row.name), None)
    share = share_of(cost, profile, key)
    library = profile.library_of(key) if profile is not None and key is not None else None
    machine = native.native_of(key) if native is not None and key is not None else None
    own_part, inner = (1.0, None)
    if profile is not None and key is not None:
        own_part, inner_key = profile.own_part(key, set(keys))
        inner = keys.get(inner_key) if inner_key is not None else None
    recorded = store.recordings(row.name, "all", limit=200)
    boundary, alternative, problem = _with_a_call(row, recorded, library)
    drafted = draft(row, recorded) if draft is not None else None
    stage = store.stage(row.name)
    return Measure(
        name=row.name,
        share=share.value,
        share_low=share.low,
        share_high=share.high,
        own_part=own_part,
        inner=inner,
        samples=share.samples,
        calls=cost.calls,
        calls_per_s=cost.calls_per_s,
        p50_ns=cost.percentile(0.50),
        p99_ns=cost.percentile(0.99),
        mean_ns=cost.mean_ns,
        cpu_ns=cost.mean_cpu_ns if cost.cpu_samples >= MIN_CPU_CALLS else None,
        payload_bytes=boundary.payload_bytes if boundary else None,
        wait_share=wait_share(cost, profile, share),
        interpreter_busy=profile.interpreter_busy if profile is not None else None,
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
        native=machine[0] if machine else None,
        native_share=machine[1] if machine else 0.0,
        problem=problem,
        stage=stage.stage if stage.stage in ("shadow", "canary", "full") else "reference",
    )


def _with_a_call(
    row: OperationRow, recorded: list[RecordingRow], library: tuple[str, float] | None
) -> tuple[Boundary | None, tuple[str, float | None] | None, str | None]:
    """What crossing costs, and what a better library would gain, with a typical recorded call; and
    why that could not be found out."""
    boundary: Boundary | None = None
    problem: str | None = None
    alternative: tuple[str, float | None] | None = None
    answered = [call for call in recorded if outcome_kind(call.outcome) == "value"]
    if answered:
        try:
            codec: Any = load(row.name).codec
            typical = sorted(answered, key=lambda r: len(r.args) + len(r.outcome))
            call = typical[len(typical) // 2]
            boundary = crossing(codec, call.args, call.outcome)
            if library is not None:
                values = [*codec.decode_args(call.args), codec.decode_outcome(call.outcome)[1]]
                alternative = alternative_for(library[0], values)
        except CarveError as error:
            cause = f": {error.diagnostic.cause}" if error.diagnostic.cause else ""
            problem = f"{error.diagnostic.message}{cause}"
        except (ValueError, TypeError, AttributeError) as error:
            problem = f"its recorded calls can't be read ({type(error).__name__}: {error})"
    if library is not None and alternative is None:
        # Nothing recorded to measure with; what is better is known all the same.
        alternative = alternative_for(library[0], [])
    return boundary, alternative, problem
