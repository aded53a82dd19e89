"""A quick draft of an operation for `carve find`: can it be drafted, and how fast would it be?

    drafts = Drafts(environment, store, say)
    drafts.draft(row, recorded)        # Drafted(draftable, refusal)
    drafts.speedup(row, recorded)      # Speedup(value, low), on recorded calls; None: not measured

Measuring builds the inline extension only (the worker is for moving), into the project's own target
folder, so that a later `carve cut` finds it warm; a carving that exists already and still fits is
taken as it is. Nothing is registered: what is built here is no carving that could be moved.

Invariant: the draft runs in a process of its own; it may crash.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.find.survey import Drafted
    from carveout.settings import Settings
    from carveout.store import OperationRow, RecordingRow, Store

CALLS = 100
SECONDS = 3.0
RUNS = 3
RESAMPLES = 300


@dataclass(frozen=True, slots=True)
class Speedup:
    """Reference over draft, both called with Python objects, so that crossing is in it. `low` is
    the lower end at 95 %, over the calls it was measured with."""

    value: float
    low: float
    calls: int


class Drafts:
    """Drafts of one project's operations, made once each."""

    def __init__(self, environment: Settings, store: Store, say: Callable[[str], None]) -> None:
        self._environment = environment
        self._store = store
        self._say = say
        self._made: dict[str, Any] = {}

    def draft(self, row: OperationRow, _recorded: list[RecordingRow]) -> Drafted:
        """Whether the compiler can draft it; else its first refusal."""
        from carveout import cut
        from carveout.cli.cut import sources
        from carveout.find.survey import Drafted

        try:
            self._made[row.name] = cut.draft(
                row.name,
                search_path=sources(self._environment.root),
                contract_json=json.loads(row.contract_json),
                cache_dir=self._environment.home / "mypy",
                crates_dir=self._environment.crates_dir,
                reference_hash=row.reference_hash,
            )
        except CarveError as refusal:
            first = refusal.diagnostic
            where = f" (line {first.span.line})" if first.span else ""
            return Drafted(False, f"{first.code}: {first.message}{where}")
        return Drafted(True)

    def speedup(self, row: OperationRow, recorded: list[RecordingRow]) -> Speedup | None:
        """Measured on recorded calls; None if nothing could be built or nothing was recorded."""
        if not recorded:
            return None
        try:
            path = self._built(row)
            if path is None:
                return None
            return measure(row.name, path, [call.args for call in recorded])
        except CarveError as error:
            self._say(f"{row.name}: not measured: {error.diagnostic.message}")
            return None

    def _built(self, row: OperationRow) -> Path | None:
        fitting = [
            made
            for made in self._store.artifacts(row.name)
            if (made.contract_hash, made.reference_hash) == (row.contract_hash, row.reference_hash)
            and Path(made.path).is_dir()
        ]
        if fitting:
            return Path(max(fitting, key=lambda made: made.built_at).path)
        draft = self._made.get(row.name)
        if draft is None:
            return None
        from carveout.build import build
        from carveout.cli.cut import crate_of
        from carveout.cut.write import write

        home = self._environment.home
        crate = home / "quick" / crate_of(Path(), row.name).name
        self._say(f"{row.name}: building a quick draft to measure it (--no-build does without)")
        write(draft.files, crate)
        return build(crate, home / "artifacts", kinds=("inline",), target_dir=home / "target").path


def measure(name: str, path: Path, calls: list[bytes]) -> Speedup | None:
    """Time the reference and a built carving on the same calls, side by side."""
    from carveout.cli.prove import load_operation
    from carveout.contract import classes_of
    from carveout.place.inline import fault_classes, load_inline
    from carveout.prove import isolate, reference_of

    operation = load_operation(name)
    reference, codec = reference_of(operation), operation.codec
    classes = classes_of(operation) | fault_classes(operation.__wrapped__)
    chosen = random.Random(0).sample(calls, min(CALLS, len(calls)))

    def work(board: isolate.Board, send: isolate.Send) -> None:
        from carveout._native import DECLINED, FAILED

        carving = load_inline(path, operation.contract, classes).call
        until = time.monotonic() + SECONDS
        pairs = []
        for args in chosen:
            board.begin(args, 0)
            theirs, _ = _time_call(reference, args, codec)
            board.enter(isolate.IN_CANDIDATE)
            ours, result = _time_call(lambda values: carving(*values), args, codec)
            board.enter(0)
            if result is DECLINED or result is FAILED:
                ours += theirs  # then the reference answers after all
            pairs.append([theirs, ours])
            if time.monotonic() > until:
                break
        send(pairs)

    _, said = isolate.run(isolate.Board(), work)
    return summed_up(said[0]) if said and said[0] else None


def _time_call(
    work: Callable[[tuple[Any, ...]], Any], args: bytes, codec: Any
) -> tuple[float, Any]:
    """The best of some runs in nanoseconds, each with arguments of its own, and what it gave."""
    best = float("inf")
    result: Any = None
    for _ in range(RUNS):
        values = codec.decode_args(args)
        started = time.perf_counter_ns()
        try:
            result = work(values)
        except Exception as fault:
            result = fault
        best = min(best, time.perf_counter_ns() - started)
    return max(1.0, best), result


def summed_up(pairs: list[list[float]]) -> Speedup:
    """The speed-up over all calls, and its lower end by resampling them (Efron 1979)."""
    value = sum(p[0] for p in pairs) / sum(p[1] for p in pairs)
    chance = random.Random(1)
    found = []
    for _ in range(RESAMPLES):
        drawn = chance.choices(pairs, k=len(pairs))
        found.append(sum(p[0] for p in drawn) / sum(p[1] for p in drawn))
    low = sorted(found)[int(0.025 * RESAMPLES)]
    return Speedup(value, min(low, value), len(pairs))


__all__ = ["Drafts", "Speedup", "measure", "summed_up"]
