"""Runs the calls of a `prove`: recordings first, then generated ones, on every core.

    report = prove(operation_name, contract_json, reference, candidate, codec, recordings,
                   compare=..., calls=46_050, seconds=60)

Each child replays its part of the recordings and then makes calls of its own, seeded apart. When a
child crashes or stands still, the call it was at becomes a finding (the candidate ran) or unknown
(the reference ran), and a new child goes on after it.

Invariants: no candidate code runs in this process; the same seed, recordings and number of children
make the same calls (how many, if time ends it, may differ).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carveout.prove import isolate, shrink
from carveout.prove.bound import ALPHA, DEFAULT_CALLS
from carveout.prove.boundary import encode
from carveout.prove.judge import (
    DECLINED,
    DIFFERENT,
    NOISY,
    SAME,
    UNKNOWN,
    Compare,
    Finding,
    Judge,
    WireCodec,
)
from carveout.prove.report import Report, Tally

UNIFORM, KEPT, GENERATED = range(3)
SOURCES = ("replayed", "kept", "generated")
MAX_FINDINGS = 5
"""A child stops after as many: one difference decides, a few show the pattern."""
NOISE_SAMPLE = 200
"""Calls a child makes twice through the reference, to see whether it agrees with itself."""
DRAWN = 150
MAX_SLOW = 4
"""After as many calls that were too slow, Hypothesis's extreme examples are left."""
RESTARTS = 20


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded call as `prove` needs it: arguments, its shape, and whether its sample is the
    uniform one (the only one that bounds anything about traffic)."""

    args: bytes
    shape: str = ""
    uniform: bool = True


Progress = Callable[[Tally, int], None]
"""Called with what was counted so far and the calls aimed at."""


def prove(
    name: str,
    contract: dict[str, Any],
    reference: Callable[[tuple[Any, ...]], Any],
    candidate: Callable[[bytes], bytes],
    codec: WireCodec,
    recordings: Sequence[Recording] = (),
    *,
    compare: Compare,
    changed: Compare | None = None,
    calls: int = DEFAULT_CALLS,
    seconds: float = 60.0,
    alpha: float = ALPHA,
    seed: int = 0,
    children: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Compare the two; `calls` is how many generated calls to compare beside the recordings.

    `compare` takes two outcomes, `changed` the arguments before and after a call (None where they
    can't change); both give None or a Difference.
    """
    started = time.monotonic()
    run = _Run(
        contract=contract,
        judge=Judge(reference, candidate, codec, compare, changed),
        codec=codec,
        recordings=list(recordings),
        calls=calls,
        seed=seed,
        children=children or min(4, os.cpu_count() or 1),
        deadline=started + seconds,
    )
    try:
        run.go(progress)
    finally:
        run.stop()
    tallies = [run.tally(source) for source in range(3)]
    findings = run.findings
    if findings:
        first = findings[0]
        crash = not first.got
        if crash and not shrink.crashes_alone(run.judge, first):
            # A single call is no example of it, so there is none to keep.
            after = sum(board.slots[isolate.BEGUN] for board in run.boards)
            first = replace(
                first,
                args=b"",
                message=f"{first.message} after {after:,} calls, not on the last of them alone: "
                "does it leak memory, or remember calls?",
            )
            findings = [first, *(f for f in findings[1:] if f.got)]
        smaller = shrink.shrink(contract, run.judge, first, crash=crash)
        if smaller is not None:
            findings = [replace(smaller, source=first.source), *findings]
    shapes = {r.shape for r in recordings if r.shape}
    seen = {recordings[i].shape for i in run.replayed if recordings[i].shape}
    return Report(
        operation=name,
        replayed=tallies[UNIFORM],
        kept=tallies[KEPT],
        generated=tallies[GENERATED],
        findings=tuple(findings[: MAX_FINDINGS + 1]),
        alpha=alpha,
        seconds=run.ended - started,
        shapes_seen=len(seen),
        shapes_unseen=len(shapes - seen),
        unknown_reasons=run.reasons,
        stopped=run.stopped,
    )


class _Run:
    """The children of one `prove`, and what they found."""

    def __init__(
        self,
        *,
        contract: dict[str, Any],
        judge: Judge,
        codec: WireCodec,
        recordings: list[Recording],
        calls: int,
        seed: int,
        children: int,
        deadline: float,
    ) -> None:
        self.contract = contract
        self.judge = judge
        self.codec = codec
        self.recordings = recordings
        self.calls = calls
        self.seed = seed
        self.children = children
        self.deadline = deadline
        self.boards = [isolate.Board() for _ in range(children)]
        self.running: dict[int, isolate.Child] = {}
        self.findings: list[Finding] = []
        self.replayed: set[int] = set()
        self.reasons: dict[str, int] = {}
        self.stopped = ""
        self.ended = time.monotonic()

    def tally(self, source: int) -> Tally:
        counts = [board.counts(source) for board in self.boards]
        return Tally(*[sum(c[i] for c in counts) for i in range(5)])

    def go(self, progress: Progress | None) -> None:
        if self.calls:
            # Hypothesis takes a while to load: once here, not once in every child.
            import carveout.prove.strategies  # noqa: F401
        restarts = [0] * self.children
        for i in range(self.children):
            self._start(i, 0)
        aim = self.calls + len(self.recordings)
        while self.running:
            time.sleep(0.02)
            for i, child in list(self.running.items()):
                ended = isolate.fate(child)
                for message in isolate.messages(child):
                    self._take(message)
                if ended is None:
                    continue
                isolate.close(child)
                del self.running[i]
                if ended == "done":
                    continue
                self._note_end(child.board, ended)
                restarts[i] += 1
                enough = len(self.findings) >= MAX_FINDINGS
                if restarts[i] <= RESTARTS and not enough and time.monotonic() < self.deadline:
                    self._start(i, restarts[i])
            if progress:
                progress(self._all(), aim)
            if time.monotonic() > self.deadline + 2 * isolate.STUCK_S:
                break
        self.ended = time.monotonic()
        for i, board in enumerate(self.boards):
            done = board.slots[isolate.INDEX]
            self.replayed.update(list(range(i, len(self.recordings), self.children))[:done])
        if self.findings:
            self.stopped = "difference"
        elif self.tally(GENERATED).compared < self.calls and self.ended >= self.deadline:
            self.stopped = "time"

    def stop(self) -> None:
        for child in self.running.values():
            isolate.close(child)
        self.running.clear()

    def _all(self) -> Tally:
        return self.tally(UNIFORM) + self.tally(KEPT) + self.tally(GENERATED)

    def _take(self, message: Any) -> None:
        if "unknown" in message:
            for reason, n in message["unknown"].items():
                self.reasons[reason] = self.reasons.get(reason, 0) + n
            return
        self.findings.append(Finding(**message))

    def _note_end(self, board: isolate.Board, ended: str) -> None:
        """A child died or stood still: whose fault was it?"""
        slots = board.slots
        source = slots[isolate.SOURCE]
        args = board.current()
        if slots[isolate.STATE] == 2:
            board.count(source, DIFFERENT)
            what = "does not answer" if ended == "stuck" else ended
            expected = b""
            self.findings.append(
                Finding(args or b"", expected, b"", "", f"the carving {what}", SOURCES[source])
            )
        elif slots[isolate.STATE] == 1:
            board.count(source, UNKNOWN)
            reason = f"the reference {'does not end' if ended == 'stuck' else ended}"
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        else:
            reason = f"the prover's own process {ended}"
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        slots[isolate.STATE] = 0

    def _start(self, i: int, attempt: int) -> None:
        self.running[i] = isolate.start(
            self.boards[i], lambda board, send: self._work(i, attempt, board, send)
        )

    # -- in the child --------------------------------------------------------------------------

    def _work(self, i: int, attempt: int, board: isolate.Board, send: isolate.Send) -> None:
        judge = self.judge
        judge.enter = board.enter
        unknown: dict[str, int] = {}
        found = 0

        def one(args: bytes, source: int, twice: bool) -> int:
            nonlocal found
            board.begin(args, source)
            verdict, finding = judge(args, twice=twice)
            board.count(source, verdict)
            if verdict == UNKNOWN:
                unknown[judge.last_unknown] = unknown.get(judge.last_unknown, 0) + 1
            if finding is not None:
                found += 1
                send(
                    {
                        "args": finding.args,
                        "expected": finding.expected,
                        "got": finding.got,
                        "path": finding.path,
                        "message": finding.message,
                        "source": SOURCES[source],
                    }
                )
            return verdict

        mine = self.recordings[i :: self.children]
        for checked, recording in enumerate(mine[board.slots[isolate.INDEX] :]):
            board.slots[isolate.INDEX] += 1
            one(recording.args, UNIFORM if recording.uniform else KEPT, checked < NOISE_SAMPLE)
            if found >= MAX_FINDINGS or time.monotonic() > self.deadline:
                break
        else:
            self._generate(i, attempt, board, one, lambda: found)
        if unknown:
            send({"unknown": dict(sorted(unknown.items(), key=lambda kv: -kv[1])[:20])})

    def _generate(
        self,
        i: int,
        attempt: int,
        board: isolate.Board,
        one: Callable[[bytes, int, bool], int],
        found: Callable[[], int],
    ) -> None:
        share = self.calls // self.children + (i < self.calls % self.children)
        if share == 0:
            return
        from carveout.prove.quick import QuickCalls
        from carveout.prove.strategies import arguments, draw

        seed = self.seed * 1009 + i + attempt * 101
        drawn = draw(arguments(self.contract), DRAWN, seed)
        quick = QuickCalls(
            self.contract,
            seed=seed,
            recorded=[r.args for r in self.recordings],
            drawn=drawn,
        )
        codec, deadline, judge = self.codec, self.deadline, self.judge
        clock = time.monotonic
        compared = sum(board.counts(GENERATED)[v] for v in (SAME, DIFFERENT))
        # A carving that declines nearly everything must not keep us here for ever.
        budget = 4 * share
        slow = 0
        for tree in drawn:
            verdict = self._generated(encode(tree), one, codec, twice=True)
            compared += verdict in (SAME, DIFFERENT)
            if verdict == UNKNOWN and "too long" in judge.last_unknown:
                quick.calm()
                slow += 1
            if found() >= MAX_FINDINGS or clock() > deadline:
                return
            if slow >= MAX_SLOW:
                break
        n = 0
        while compared < share and n < budget:
            n += 1
            if n % 16 == 0 and clock() > deadline:
                return
            args = quick()
            if quick.needs_canonical:
                verdict = self._generated(args, one, codec, twice=n <= NOISE_SAMPLE)
            else:
                verdict = one(args, GENERATED, n <= NOISE_SAMPLE)
            if verdict in (SAME, DIFFERENT):
                compared += 1
                if verdict == DIFFERENT and found() >= MAX_FINDINGS:
                    return
            elif verdict == UNKNOWN and "too long" in judge.last_unknown:
                quick.calm()

    def _generated(
        self,
        args: bytes,
        one: Callable[[bytes, int, bool], int],
        codec: WireCodec,
        *,
        twice: bool,
    ) -> int:
        """First bring the arguments into the one form they have on the wire (a key drawn twice)."""
        try:
            args = codec.encode_args(codec.decode_args(args))
        except Exception:
            # Nothing that could be sent: not a call, so it counts as none.
            return -1
        return one(args, GENERATED, twice)


__all__ = ["DECLINED", "NOISY", "Progress", "Recording", "prove"]
