"""One operation in one process, as the agent sees it: its split, its counters, its captures.

`Served` follows the store. `Overridden` follows `CARVEOUT_STAGE` instead, writes nothing to the
store, and keeps counts for `carve run`.

Live rows (`LiveRow.counters_json`) hold what happened **in the window**, not since the start:
{"reference": {calls, errors, slow, declined, failed, total_ns, cpu_ns, cpu_samples, histogram,
max_ns}, "candidate": {…}, captured, dropped, oversize, uncrossable, stage, share}.

Invariants: counters are attributed to the stage row they were counted under; a confirmed
difference or a panic switches the carving off here before anything is written; a failed carving
never raises out of this module except as the store's own CarveError.
"""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

from carveout.diagnostics import CarveError
from carveout.move import controller
from carveout.serve import candidates
from carveout.serve.comparing import Comparer, Verdicts
from carveout.store import LiveRow, MismatchRow

if TYPE_CHECKING:
    from carveout.settings import Settings
    from carveout.store import ArtifactRow, StageRow, Store

BATCH = 64
ARMS = ("reference", "candidate")
SUMS = ("calls", "errors", "slow", "declined", "failed", "total_ns", "cpu_ns", "cpu_samples")
CAPTURES = ("captured", "dropped", "oversize", "uncrossable")


class Served:
    """One operation under the agent's care."""

    def __init__(self, operation: Any, settings: Settings, process: str) -> None:
        self.operation = operation
        self.name = str(operation.name)
        self.row: StageRow | None = None
        self._settings = settings
        self._process = process
        self._announced = False
        self._epoch: int | None = None
        self._compared = 0
        self._comparer: Comparer | None = None
        self._shadow: candidates.Shadow | None = None
        self._recorder: Any = None
        self._last = self._counters()
        self._window_at = time.time()
        self._pending: dict[str, Any] | None = None
        self._trip_told = False
        self._lost = False
        # What the store has to hear, kept until it has: a rollback must survive a locked store.
        self._untold: list[tuple[StageRow, Verdicts]] = []

    # -- following the store ----------------------------------------------------------------

    def announce(self, store: Store) -> None:
        """Register the operation's contract and hashes, once."""
        if self._announced:
            return
        store.put_operation(candidates.operation_row(self.operation))
        self._announced = True

    def obey(self, store: Store, row: StageRow | None) -> bool:
        """Put `row` in force if it is news; True if it was. Raises CarveError for the artifact."""
        if row is not None and self._epoch == row.epoch:
            return False
        if row is None and self._epoch == 0:
            return False
        self._flush_events(store)
        self._epoch = row.epoch if row is not None else 0
        self._compared = 0
        self._trip_told = False
        self._close_shadow()
        self.row = None
        self._comparer = None
        if row is None or row.artifact is None or row.stage not in ("shadow", "canary", "full"):
            candidates.to_reference(self.operation, self._settings, self._epoch)
            return True
        artifact = store.artifact(row.artifact)
        if artifact is None:
            raise CarveError(
                "artifact-missing",
                f"{self.name}: the store has no carving {row.artifact[:12]}",
                hint=f"carve cut {self.name} builds it again; the reference answers meanwhile",
            )
        comparisons = store.comparisons(self.name, row.artifact)
        self._compared = comparisons.same if comparisons else 0
        self._enforce(row, artifact)
        self.row = row
        return True

    def _enforce(self, row: StageRow, artifact: ArtifactRow) -> None:
        if row.stage == "shadow":
            self._shadow = candidates.Shadow(self.operation, artifact, self._settings)
        self._comparer = Comparer(
            self.operation.contract,
            self.operation.codec,
            self.operation.reference,
            candidates.comparison(self.operation),
            wire=self._shadow.wire if self._shadow is not None else None,
            tau_ns=row.tau_ns,
        )
        candidates.enforce(self.operation, row, artifact, self._settings, self._compared)

    def to_reference(self, why: str) -> None:
        """Let the reference answer at once, whatever the store said last; `obey` may undo it."""
        if self.row is None and why == "store lost" and self._lost:
            return
        self._lost = why == "store lost"
        candidates.to_reference(self.operation, self._settings, self._epoch or 0)
        self.row = None
        self._comparer = None
        if self._lost:
            self._epoch = None  # read the stage afresh when the store is back
        self._close_shadow()

    def close(self) -> None:
        """Stop what was started for this operation."""
        self._close_shadow()

    def _close_shadow(self) -> None:
        shadow, self._shadow = self._shadow, None
        if shadow is not None:
            with contextlib.suppress(Exception):
                shadow.close()

    # -- captured calls ---------------------------------------------------------------------

    def attend(self, store: Store | None, until: float) -> bool:
        """Record and compare waiting calls until `until` (monotonic); True if some are left."""
        self._notice_trip()
        if store is not None:
            self._tell(store)
        while True:
            calls = self.operation.drain(BATCH)
            if not calls:
                return False
            if store is not None and self._settings.record:
                self._record(store, calls)
            verdicts = self._judge(calls)
            if verdicts is not None and store is not None and self.row is not None:
                self._untold.append((self.row, verdicts))
                self._tell(store)
            if time.monotonic() >= until:
                return len(calls) == BATCH

    def _record(self, store: Store, calls: list[Any]) -> None:
        if self._recorder is None:
            self._recorder = candidates.recorder(store, self._settings)
        self._recorder.write(self.operation, calls)

    def _wanted(self, call: Any) -> bool:
        """Which captured calls are compared: the reference's in shadow, the carving's after it."""
        if self.row is None or call.epoch != self.row.epoch:
            return False
        return bool(call.arm == ("reference" if self.row.stage == "shadow" else "candidate"))

    def _judge(self, calls: list[Any]) -> Verdicts | None:
        if self._comparer is None or self.operation.tripped:
            return None
        wanted = [call for call in calls if self._wanted(call)]
        if not wanted:
            return None
        verdicts = self._comparer.judge(wanted)
        if verdicts.mismatches:
            self.operation.trip(f"different at {verdicts.mismatches[0].path}")
        elif verdicts.panicked:
            self.operation.trip(verdicts.panicked)
        # `_write` latches these with all that is known, so that no trip is left to notice.
        self._trip_told |= bool(verdicts.mismatches or verdicts.panicked)
        return verdicts

    def _tell(self, store: Store) -> None:
        while self._untold:
            row, verdicts = self._untold[0]
            self._write(store, row, verdicts)
            self._untold.pop(0)

    def _write(self, store: Store, row: StageRow, verdicts: Verdicts) -> None:
        artifact = row.artifact
        if artifact is None:
            return
        if verdicts.mismatches or verdicts.panicked:
            guard, reason = "panic", verdicts.panicked or ""
            if verdicts.mismatches:
                found = verdicts.mismatches[0]
                guard, reason = "A", f"different at {found.path}: {found.message}"
            # The latch first: should the rest fail, the carving is off everywhere.
            if store.latch_rollback(self.name, artifact, guard, reason):
                store.note(self.name, "rolled-back", f"guard {guard} at {row.stage}: {reason}")
        for found in verdicts.mismatches:
            store.add_mismatch(
                MismatchRow(
                    op=self.name,
                    artifact=artifact,
                    args=found.args,
                    expected=found.expected,
                    got=found.got,
                    path=found.path,
                    at=time.time(),
                )
            )
        if verdicts.judged:
            store.add_comparison(
                self.name,
                artifact,
                same=verdicts.same,
                different=verdicts.different,
                declined=verdicts.declined,
                noisy=verdicts.noisy,
                unknown=verdicts.unknown,
            )
        if verdicts.pairs:
            store.add_events(
                self.name,
                artifact,
                0.5,
                "paired",
                reference_n=verdicts.pairs,
                reference_x=verdicts.slow_reference,
                candidate_n=verdicts.pairs,
                candidate_x=verdicts.slow_candidate,
            )
        self._compared += verdicts.same

    def _notice_trip(self) -> None:
        """A local trip (a panic in the carving) becomes a rollback for everybody."""
        reason = self.operation.tripped
        if reason and not self._trip_told and self.row is not None:
            self._trip_told = True
            self._untold.append((self.row, Verdicts(panicked=str(reason))))

    # -- once a second ----------------------------------------------------------------------

    def flush(self, store: Store, now: float) -> None:
        """Write the live row and the guard events of the window, and run the guards."""
        window = self._flush_events(store)
        seconds = max(1e-3, now - self._window_at)
        self._window_at = now
        window["stage"] = self.row.stage if self.row is not None else "reference"
        window["share"] = self.row.share if self.row is not None else 0.0
        store.put_live(
            LiveRow(
                process=self._process,
                op=self.name,
                at=now,
                window_s=seconds,
                counters_json=json.dumps(window),
            )
        )
        gaps = {name: window[name] for name in CAPTURES[1:] if window[name]}
        if gaps:
            store.add_gaps(self.name, **gaps)
        if self.row is not None:
            controller.guard(store, self.name, alpha=self._settings.alpha)
            if self.row.stage == "canary":
                candidates.compare_rate_may_have_changed(
                    self.operation, self.row, self._settings, self._compared
                )

    def _flush_events(self, store: Store) -> dict[str, Any]:
        """The window's counts; those of a canary also go to the guards, under its share."""
        window = self._take()
        row = self.row
        if row is not None and row.artifact is not None and row.stage in ("canary", "full"):
            reference, candidate = window["reference"], window["candidate"]
            if reference["calls"] or candidate["calls"]:
                # One event per request: a failed call that the reference then answered is one.
                failed = min(candidate["calls"], candidate["errors"] + candidate["failed"])
                for guard, ref_x, cand_x in (
                    ("error", reference["errors"], failed),
                    ("slow", reference["slow"], candidate["slow"]),
                ):
                    store.add_events(
                        self.name,
                        row.artifact,
                        row.share,
                        guard,
                        reference_n=reference["calls"],
                        reference_x=ref_x,
                        candidate_n=candidate["calls"],
                        candidate_x=cand_x,
                    )
        self._pending = None
        return window

    def _take(self) -> dict[str, Any]:
        """Counts since the last take. What a failed write left over is kept and added."""
        counters = self._counters()
        window = difference(self._last, counters)
        self._last = counters
        if self._pending is not None:
            window = total(self._pending, window)
        # Until written, so that a store that fails in between loses no count.
        self._pending = window
        return window

    def _counters(self) -> dict[str, Any]:
        return dict(self.operation.counters())

    def describe(self) -> dict[str, Any]:
        """What `carve status` shows of this process."""
        return {
            "stage": self.row.stage if self.row is not None else "reference",
            "share": self.row.share if self.row is not None else 0.0,
            "artifact": self.row.artifact if self.row is not None else None,
            "tripped": self.operation.tripped,
        }


class Overridden(Served):
    """An operation under `carve run`: a fixed stage, counts in memory, no writes to the store."""

    def __init__(self, operation: Any, settings: Settings, process: str) -> None:
        super().__init__(operation, settings, process)
        self._verdicts = Verdicts()
        self._decided = False

    def announce(self, store: Store) -> None:
        """Nothing: a run of the tests is not the service."""

    def follow(self, store: Store | None) -> None:
        """Put the override in force, once. Raises what loading the artifact raises."""
        if self._decided or store is None:
            return
        self._decided = True
        row, artifact = candidates.overriding(self.operation, store, self._settings)
        if row is None or artifact is None:
            candidates.to_reference(self.operation, self._settings, 1)
            return
        self._epoch = row.epoch
        self._enforce(row, artifact)
        self.row = row

    def attend(self, store: Store | None, until: float) -> bool:
        """Compare waiting calls; nothing is recorded."""
        return super().attend(None, until)

    def _judge(self, calls: list[Any]) -> Verdicts | None:
        verdicts = super()._judge(calls)
        if verdicts is not None:
            self._verdicts.add(verdicts)
        return verdicts

    def run_counts(self) -> dict[str, int]:
        """calls, carved, declined, failed, same, different of this process so far."""
        counters = self._counters()
        reference, candidate = counters["reference"], counters["candidate"]
        unanswered = candidate["declined"] + candidate["failed"]
        return {
            "calls": reference["calls"] + candidate["calls"],
            "carved": max(0, candidate["calls"] - unanswered),
            "declined": candidate["declined"],
            "failed": candidate["failed"],
            "same": self._verdicts.same,
            "different": self._verdicts.different,
        }


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What was counted between two readings; all of `after` if the counters began anew."""
    fresh = any(after[arm]["calls"] < before[arm]["calls"] for arm in ARMS)
    window: dict[str, Any] = {}
    for arm in ARMS:
        old, new = before[arm], after[arm]
        window[arm] = {k: new[k] - (0 if fresh else old[k]) for k in SUMS}
        window[arm]["max_ns"] = new["max_ns"]
        counts = new["histogram"]
        window[arm]["histogram"] = (
            list(counts)
            if fresh
            else [b - a for a, b in zip(old["histogram"], counts, strict=True)]
        )
    for name in CAPTURES:
        window[name] = after[name] - (0 if fresh else before[name])
    return window


def total(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two windows as one."""
    window: dict[str, Any] = {}
    for arm in ARMS:
        window[arm] = {k: one[arm][k] + other[arm][k] for k in SUMS}
        window[arm]["max_ns"] = max(one[arm]["max_ns"], other[arm]["max_ns"])
        window[arm]["histogram"] = [
            a + b for a, b in zip(one[arm]["histogram"], other[arm]["histogram"], strict=True)
        ]
    for name in CAPTURES:
        window[name] = one[name] + other[name]
    return window
