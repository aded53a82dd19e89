"""One operation in one process, as the agent sees it: its split, its counters, its captures.

`Served` follows the store. `Overridden` follows `CARVEOUT_STAGE` instead, writes nothing to the
store, and keeps counts for `carve run`.

Live rows (`LiveRow.counters_json`) hold what happened **in the window**, not since the start:
{"reference": {calls, errors, slow, declined, failed, total_ns, cpu_ns, cpu_samples, histogram,
max_ns}, "candidate": {…}, captured, dropped, oversize, uncrossable, shortcut, stage, share}.

Two of the agent's threads come here: one obeys, the other compares, records and writes. Obeying
never waits for the other one's comparisons, nor for the store's write lock.

Invariants: counters are attributed to the stage row they were counted under; a confirmed
difference or a panic switches the carving off here before anything is written; a stage that was
decided for another reference, other rules, another Python or platform is not put in force here; no
value that must be redacted is written; a failed carving never raises out of this module except as
the store's own CarveError.

Longer than a file should be: `Served` is one object's life under the agent, and `Overridden` the
same without a store; what could be apart is (candidates.py, comparing.py, shortcut.py).
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carveout.contract.circumstances import circumstances_of
from carveout.diagnostics import CarveError
from carveout.move import controller, guards, latency
from carveout.place.apply import apply, to_reference
from carveout.record.mismatches import fit_for_disk, plain_path
from carveout.serve import candidates, comparing
from carveout.serve.comparing import Comparer, Verdicts
from carveout.serve.shortcut import COUNTS, RELEASING, SHORTCUT
from carveout.store import EventRow, LiveRow, MismatchRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from carveout.contract.circumstances import Circumstances
    from carveout.place.apply import Placed
    from carveout.record import Recorder
    from carveout.settings import Settings
    from carveout.store import ArtifactRow, StageRow, Store

BATCH = 64
CROWDED = 256
"""So many captured calls on the queue, of 1,024, are not left there until the second is over."""
ASKED_AT_ONCE = 32
STAGES = ("shadow", "canary", "full")
SLOWEST = 64
STORE_LOST = "store lost"
RUN_WORKER_S = 5.0
REST_S = 0.05
"""At most so long the callers' threads have the interpreter between two runs of a reference."""
RARELY = 0.001
"""Of an endpoint's requests, what goes through the dispatch at least: it samples and records."""
ARMS = ("reference", "candidate")
SUMS = ("calls", "errors", "slow", "declined", "failed", "total_ns", "cpu_ns", "cpu_samples")
GAPS = ("dropped", "oversize", "uncrossable")
CAPTURES = ("captured", *GAPS, "shortcut")


@dataclass(slots=True)
class Counted:
    """What was counted while one stage row was in force, until the store has it."""

    row: StageRow | None
    window: dict[str, Any]


class Served:
    """One operation under the agent's care."""

    def __init__(self, operation: Any, settings: Settings, process: str) -> None:
        self.operation = operation
        self.name = str(operation.name)
        self.row: StageRow | None = None
        self._settings = settings
        self._process = process
        self._announced: Store | None = None
        self._epoch: int | None = None
        self._compared = 0
        self._comparer: Comparer | None = None
        self._placed: Placed | None = None
        self._artifact: ArtifactRow | None = None
        self._compare_share = 0.0
        self._recorder: tuple[Store, Recorder] | None = None
        self.problem: str | None = None
        """Why something about this operation is not done, for `carve status`."""
        # Nothing yet: calls made before the agent started are this process's too.
        self._last: dict[str, Any] | None = None
        self._window_at = time.monotonic()
        self._try_again_at: float | None = None
        self._gaps = dict.fromkeys(GAPS, 0)
        self._unsent: list[Counted] = []
        self._unwritten: dict[str, Any] | None = None
        self._trip_told = False
        self._about: Circumstances | None = None
        # Guards what follows from the row in force: set by one thread, read by the other.
        self._lock = threading.RLock()
        self._telling = threading.Lock()
        # What the store has to hear, kept until it has: a rollback must survive a locked store.
        self._untold: list[tuple[StageRow, Verdicts]] = []
        # Captured calls that there was no time to compare yet.
        self._left: list[Any] = []

    # -- following the store ----------------------------------------------------------------

    def announce(self, store: Store) -> None:
        """Register the operation's contract and hashes, once."""
        if self._announced is store:
            return
        row = candidates.operation_row(self.operation)
        self._about = controller.circumstances_of_row(row)
        store.put_operation(row)
        # By the store itself: one that was made anew knows nothing yet.
        self._announced = store

    def obey(self, store: Store, row: StageRow | None) -> bool:
        """Put `row` in force if it is news; True if it was.

        Raises CarveError: the artifact's codes; "reference-changed" for a stage that was decided
        about another reference than this process has.
        """
        if self._try_again_at is not None and time.monotonic() >= self._try_again_at:
            self._epoch = self._try_again_at = None
        if row is not None and self._epoch == row.epoch:
            return False
        if row is None and self._epoch == 0:
            return False
        with self._lock:
            self._collect()
            self._epoch = row.epoch if row is not None else 0
            self._compared = 0
            self._trip_told = False
            self.row = None
            self._comparer = None
            if row is None or row.artifact is None or row.stage not in STAGES:
                self._answer_by_reference()
                return True
            self._expect_same(store, row)
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

    def try_again_in(self, seconds: float) -> None:
        """Obey the row in force once more after `seconds`, though its epoch is the same."""
        self._try_again_at = time.monotonic() + seconds

    def _expect_same(self, store: Store, row: StageRow) -> None:
        """Refuse a stage decided under other circumstances. If they are outdated, not we, then for
        everybody: what was found out about the carving was about another function."""
        if not row.about or self._about is None or row.about == self._about.key:
            return
        self._answer_by_reference()
        declared = store.operation(self.name)
        known = controller.circumstances_of_row(declared) if declared is not None else None
        why = f"{row.stage} of {(row.artifact or '')[:12]} was for another reference"
        if known == self._about:
            with contextlib.suppress(CarveError):  # somebody was faster, or will be
                controller.void(store, row, why)
        raise CarveError(
            "reference-changed",
            f"{self.name}: {why}, other comparison rules or another Python than this process has",
            hint=f"carve prove {self.name}, then carve move {self.name} again",
        )

    def _enforce(self, row: StageRow, artifact: ArtifactRow, share: float | None = None) -> None:
        """Put a row in force; `share` overrides rule F's share of calls to compare."""
        self._compare_share = (
            guards.compare_rate(row.stage, row.share, self._compared) if share is None else share
        )
        before = self._placed
        self._placed = apply(
            self.operation,
            row,
            artifact,
            row.placement or self._settings.placement,
            sample_rate=candidates.sample_rate(self.operation, self._settings),
            compare_share=self._compare_share,
            checked=guards.is_checked(row.stage, row.share),
            release_after_us=self._settings.release_gil_after_us,
            deadline_ms=self._settings.deadline_ms,
            worker_memory_mb=self._settings.worker_memory_mb,
            home=self._settings.home,
        )
        if before is not None:
            before.close()
        self._artifact = artifact
        self._comparer = Comparer(
            self.operation.contract,
            self.operation.codec,
            self.operation.reference,
            candidates.comparison(self.operation),
            wire=self._placed.call_wire,
            wires=self._placed.call_wires,
            tau_ns=row.tau_ns,
            mutable=not self.operation.immutable,
            changes=self._placed.inline is not None and self._placed.inline.changes,
        )
        inline = self._placed.inline
        if row.stage == "full" and inline is not None:
            releasing = getattr(inline, "call_json_release", None)
            self.operation.__dict__[RELEASING] = releasing or inline.call_json
            self.operation.__dict__[SHORTCUT] = inline.call_json
        else:
            self.operation.__dict__.pop(SHORTCUT, None)

    def to_reference(self, why: str) -> None:
        """Let the reference answer at once, whatever the store said last; `obey` may undo it."""
        with self._lock:
            if why != STORE_LOST:
                self._answer_by_reference()
            elif self._epoch is not None:
                self._collect()
                # Read the stage afresh when the store is back, though its epoch is the same.
                self._answer_by_reference()
                self._epoch = None

    def _answer_by_reference(self) -> None:
        self.operation.__dict__.pop(SHORTCUT, None)
        to_reference(
            self.operation,
            epoch=self._epoch or 0,
            sample_rate=candidates.sample_rate(self.operation, self._settings),
        )
        self.row = None
        self._comparer = None
        self.close()

    def close(self) -> None:
        """Let go of what was placed for this operation."""
        placed, self._placed = self._placed, None
        if placed is not None:
            with contextlib.suppress(Exception):
                placed.close()

    # -- captured calls ---------------------------------------------------------------------

    def pressing(self) -> bool:
        """Whether something can't wait: calls to compare, a trip to tell of, or too many calls."""
        tripped = bool(self.operation.tripped) and not self._trip_told
        comparing = self._comparer is not None or bool(self._left) or bool(self._untold)
        return comparing or tripped or self.operation.waiting() >= CROWDED

    def attend(self, store: Store | None, until: float, hurry: Callable[[], bool]) -> bool:
        """Record and compare waiting calls until `until` (monotonic), or until there is something
        to `hurry` to; True if some are left."""
        self._notice_trip()
        if store is not None:
            self._tell(store)
        while True:
            if not self._left:
                self._left = self.operation.drain(BATCH)
                if not self._left:
                    return False
                if store is not None and self._settings.record:
                    self._record(store, self._left)
            row, verdicts = self._judge(until, hurry)
            if verdicts is not None and store is not None and row is not None:
                with self._telling:
                    self._untold.append((row, verdicts))
                self._tell(store)
            if time.monotonic() >= until or hurry():
                return True

    def _record(self, store: Store, calls: list[Any]) -> None:
        try:
            self._recording(store).write(calls)
        except CarveError as error:
            if error.code.startswith("store-"):
                raise
            self.problem = f"not recorded: {error.code}: {error.diagnostic.message}"
        except Exception as error:
            # Comparing and guarding go on without recordings.
            self.problem = f"not recorded: {type(error).__name__}"

    def _recording(self, store: Store) -> Recorder:
        """The recorder for this store. Raises CarveError if there is no redaction key."""
        if self._recorder is None or self._recorder[0] is not store:
            before = self._recorder[1] if self._recorder is not None else None
            recorder = candidates.recorder(store, self.operation, self._settings)
            if before is not None:
                recorder.inherit(before)
            self._recorder = (store, recorder)
        return self._recorder[1]

    def unrecorded(self) -> int:
        """At the end of the process: how many captured calls no store took. They are gone."""
        waiting = self._recorder[1].waiting if self._recorder is not None else 0
        return waiting + len(self.operation.drain(1 << 20))

    def _judge(
        self, until: float, hurry: Callable[[], bool]
    ) -> tuple[StageRow | None, Verdicts | None]:
        """Compare the calls taken off the queue, one by one, while there is time."""
        calls, self._left = self._left, []
        with self._lock:
            row, comparer, placed = self.row, self._comparer, self._placed
        if row is None or comparer is None or placed is None or self.operation.tripped:
            return row, None
        shadowing, worker = row.stage == "shadow", placed.worker
        if shadowing and worker is not None and not worker.start(0.0):
            # A worker that is still starting, or starting again, says nothing about the carving.
            return row, None
        arm = "reference" if shadowing else "candidate"
        verdicts = Verdicts()
        # A worker is asked many at once; a reference may take long, so one by one.
        step = ASKED_AT_ONCE if shadowing else 1
        for start in range(0, len(calls), step):
            started = time.perf_counter()
            verdicts.add(
                comparer.judge(
                    [
                        call
                        for call in calls[start : start + step]
                        if call.epoch == row.epoch and call.arm == arm and call.why != "after"
                    ]
                )
            )
            if verdicts.mismatches or verdicts.panicked:
                break
            if self._epoch != row.epoch or time.monotonic() >= until or hurry():
                self._left = calls[start + step :]
                break
            if not shadowing:
                self._rest(time.perf_counter() - started)
        if not verdicts.judged and not verdicts.panicked:
            return row, None
        if verdicts.mismatches or verdicts.panicked:
            with self._lock:
                if self._epoch == row.epoch:
                    self.operation.trip(_trip_reason(verdicts))
                    # `_write` latches these with all that is known: no trip is left to notice.
                    self._trip_told = True
        return row, verdicts

    def _rest(self, seconds: float) -> None:
        """Let the callers' threads run for as long as the comparison kept the interpreter from
        them: whoever waits for it waits for one run of the reference, not for a queue of them."""
        time.sleep(min(seconds, REST_S))

    def _tell(self, store: Store) -> None:
        with self._telling:
            while self._untold:
                row, verdicts = self._untold[0]
                self._write(store, row, verdicts)
                self._untold.pop(0)

    def _write(self, store: Store, row: StageRow, verdicts: Verdicts) -> None:
        artifact = row.artifact
        if artifact is None:
            return
        recorder: Recorder | None = None
        if verdicts.mismatches or verdicts.panicked:
            with contextlib.suppress(Exception):  # without a key, less is written
                recorder = self._recording(store)
            open_text = recorder is not None and not recorder.redaction.active
            guard, reason = "panic", verdicts.panicked or ""
            if not open_text:
                found_at = comparing.PANIC.search(reason)
                reason = f"panic{found_at[0]}" if found_at else "panic"
            if verdicts.mismatches:
                found = verdicts.mismatches[0]
                guard, reason = "A", f"different at {plain_path(found.path)}"
                if open_text:
                    reason = f"different at {found.path}: {found.message}"
            # The latch first: should the rest fail, the carving is off everywhere.
            if store.latch_rollback(self.name, artifact, guard, reason):
                store.note(self.name, "rolled-back", f"guard {guard} at {row.stage}: {reason}")
        for found in verdicts.mismatches:
            shown = fit_for_disk(
                recorder.redaction if recorder is not None and self._settings.record else None,
                found,
                rerun=recorder.rerun if recorder is not None else None,
                candidate=self._placed.call_wire if self._placed is not None else None,
                compare=candidates.comparison(self.operation),
            )
            store.add_mismatch(
                MismatchRow(
                    op=self.name,
                    artifact=artifact,
                    args=shown.args,
                    expected=shown.expected,
                    got=shown.got,
                    path=shown.path,
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
        if self._epoch == row.epoch:
            self._compared += verdicts.same

    def _notice_trip(self) -> None:
        """A local trip (a panic in the carving) becomes a rollback for everybody."""
        reason = self.operation.tripped
        with self._lock:
            row = self.row
            if not reason or self._trip_told or row is None:
                return
            self._trip_told = True
        with self._telling:
            self._untold.append((row, Verdicts(panicked=str(reason))))

    # -- once a second ----------------------------------------------------------------------

    def flush(self, store: Store, now: float) -> None:
        """Write the live row and the guard events of the window, and run the guards."""
        with self._lock:
            self._collect()
            row = self.row
        self._send(store)
        window = dict(self._unwritten or zero())
        until = time.monotonic()
        seconds = max(1e-3, until - self._window_at)
        window["stage"] = row.stage if row is not None else "reference"
        window["share"] = row.share if row is not None else 0.0
        store.put_live(
            LiveRow(
                process=self._process,
                op=self.name,
                at=now,
                window_s=seconds,
                counters_json=json.dumps(window),
            )
        )
        self._window_at = until
        self._unwritten = None
        for name in GAPS:
            self._gaps[name] += window[name]
        if any(self._gaps.values()):
            store.add_gaps(self.name, **self._gaps)
            self._gaps = dict.fromkeys(GAPS, 0)
        self._keep_slowest()
        if row is not None:
            controller.guard(store, self.name, alpha=self._settings.alpha)
            self._adapt(row, window, seconds)

    def _keep_slowest(self) -> None:
        """Have the reference's slowest calls captured though no sample picked them: those beyond
        the bucket of the SLOWEST-th, or at first of the slowest in a hundred."""
        histogram = self.operation.counters()["reference"]["histogram"]
        few = min(SLOWEST, sum(histogram) // 100)
        if few < 2:
            return
        beyond = 0
        for index in range(len(histogram) - 1, -1, -1):
            beyond += histogram[index]
            if beyond > few:
                self.operation.keep_slower(latency.upper_ns(index))
                return

    def _adapt(self, row: StageRow, window: dict[str, Any], seconds: float) -> None:
        """Rule F's share changes with what was compared, what comparing costs, and with calls the
        endpoint took."""
        share = guards.compare_rate(row.stage, row.share, self._compared)
        counts = self.operation.__dict__.get(COUNTS)
        calls = window["candidate"]["calls"]
        if row.stage == "full":
            rerun_ns = self._comparer.rerun_ns if self._comparer is not None else 0.0
            share = guards.affordable_rate(share, rerun_ns, calls / seconds)
            dispatched = calls - window["shortcut"]
            if counts is not None and dispatched > 0:
                # The endpoint's shortcut is not captured: the sentinel is drawn from the rest.
                counts.sentinel = max(RARELY, share)
                share = min(1.0, share * calls / dispatched)
        with self._lock:
            artifact = self._artifact
            if self.row is not row or artifact is None:
                return
            if abs(share - self._compare_share) > 0.2 * share:
                self._enforce(row, artifact, share)

    def _collect(self) -> None:
        """Take what was counted since the last time, for the row in force."""
        counters = self._counters()
        window = difference(self._last, counters)
        self._last = counters
        if self._unsent and self._unsent[-1].row is self.row:
            self._unsent[-1].window = total(self._unsent[-1].window, window)
        else:
            self._unsent.append(Counted(self.row, window))

    def _send(self, store: Store) -> None:
        """A canary's counts go to the guards, under its share, and all to the next live row. What
        the store did not take is kept."""
        while self._unsent:
            with self._lock:
                counted = self._unsent.pop(0)
            try:
                events = self._events(counted)
                if events:
                    store.add_event_rows(events)
            except BaseException:
                with self._lock:
                    self._unsent.insert(0, counted)
                raise
            window = counted.window
            self._unwritten = window if self._unwritten is None else total(self._unwritten, window)

    def _events(self, counted: Counted) -> list[EventRow]:
        row, window = counted.row, counted.window
        if row is None or row.artifact is None or row.stage not in ("canary", "full"):
            return []
        reference, candidate = window["reference"], window["candidate"]
        if not (reference["calls"] or candidate["calls"]):
            return []
        # One event per call: a failed call that the reference then answered is one.
        failed = min(candidate["calls"], candidate["errors"] + candidate["failed"])
        return [
            EventRow(
                self.name,
                row.artifact,
                row.share,
                guard,
                reference["calls"],
                reference_x,
                candidate["calls"],
                candidate_x,
                time.time(),
            )
            for guard, reference_x, candidate_x in (
                ("error", reference["errors"], failed),
                ("slow", reference["slow"], candidate["slow"]),
            )
        ]

    def _counters(self) -> dict[str, Any]:
        """The dispatch's counters, with the calls the endpoint's shortcut answered."""
        counters = dict(self.operation.counters())
        counts = self.operation.__dict__.get(COUNTS)
        counters["shortcut"] = 0
        if counts is not None:
            candidate = dict(counters["candidate"])
            candidate["calls"] += counts.calls
            candidate["total_ns"] += counts.total_ns
            candidate["max_ns"] = max(candidate["max_ns"], counts.max_ns)
            candidate["histogram"] = [
                a + b for a, b in zip(candidate["histogram"], counts.histogram, strict=True)
            ]
            counters["candidate"] = candidate
            counters["shortcut"] = counts.calls
        return counters

    def describe(self) -> dict[str, Any]:
        """What `carve status` shows of this process."""
        placed = self._placed
        worker = placed.worker if placed is not None else None
        return {
            "stage": self.row.stage if self.row is not None else "reference",
            "share": self.row.share if self.row is not None else 0.0,
            "artifact": self.row.artifact if self.row is not None else None,
            "tripped": self.operation.tripped,
            "problem": self.problem,
            "worker": worker.describe() if worker is not None else None,
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
        self._about = circumstances_of(self.operation)
        row, artifact = candidates.overriding(self.operation, store, self._settings)
        if row is None or artifact is None:
            self._answer_by_reference()
            return
        self._epoch = row.epoch
        # Tests make few calls: compare all that the queue can hold, not a sentinel's share.
        self._enforce(row, artifact, 1.0)
        self.row = row
        worker = self._placed.worker if self._placed is not None else None
        if worker is not None:
            # A short script would be over before its worker is up.
            worker.start(RUN_WORKER_S)

    def attend(self, store: Store | None, until: float, hurry: Callable[[], bool]) -> bool:
        """Compare waiting calls; nothing is recorded."""
        return super().attend(None, until, hurry)

    def _rest(self, seconds: float) -> None:
        """Not at all: what is asked of a run of the tests is that everything is compared."""

    def _judge(
        self, until: float, hurry: Callable[[], bool]
    ) -> tuple[StageRow | None, Verdicts | None]:
        row, verdicts = super()._judge(until, hurry)
        if verdicts is not None:
            self._verdicts.add(verdicts)
        return row, verdicts

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


def _trip_reason(verdicts: Verdicts) -> str:
    """For `carve status`, and so for the disk: no value of the caller's in it."""
    if verdicts.mismatches:
        return f"different at {plain_path(verdicts.mismatches[0].path)}"
    return verdicts.panicked or "panic"


def difference(before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
    """What was counted between two readings; all of `after` if the counters began anew."""
    if before is None or any(after[arm]["calls"] < before[arm]["calls"] for arm in ARMS):
        before = zero()
    window: dict[str, Any] = {}
    for arm in ARMS:
        old, new = before[arm], after[arm]
        window[arm] = {k: new[k] - old[k] for k in SUMS}
        window[arm]["max_ns"] = new["max_ns"]
        counts = new["histogram"]
        window[arm]["histogram"] = [b - a for a, b in zip(old["histogram"], counts, strict=True)]
    for name in CAPTURES:
        window[name] = after[name] - before[name]
    return window


def zero() -> dict[str, Any]:
    """Counters of nothing."""
    arm: dict[str, Any] = {**dict.fromkeys(SUMS, 0), "max_ns": 0, "histogram": [0] * 256}
    return {**dict.fromkeys(CAPTURES, 0), **dict.fromkeys(ARMS, arm)}


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
