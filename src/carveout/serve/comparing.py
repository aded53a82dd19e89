"""Captured live calls, compared: through the carving in shadow, through the reference afterwards.

    verdicts = Comparer(operation, wire).compare(captured)
    verdicts.different      # confirmed: the reference, asked again, agreed with itself

In shadow the caller got the reference's outcome, and the carving is asked on the wire. In a canary
through 25 % both were asked, and the caller got the reference's outcome (`expected`). Past it the
caller got the carving's outcome, and the reference is asked with the decoded arguments. A
difference is *confirmed* only if the reference, run once more, gives the same outcome as before;
otherwise it is *noisy* (rule E).

A result of the reference's that can't cross differs from whatever the carving answered, for that
did cross. So does a reference that changes its arguments: a carving has only a copy of them.

Invariants: nothing raised in here reaches the agent (a verdict "unknown" with its reason does);
every run of the reference gets freshly decoded arguments, so that it may change them; captures of
an epoch other than the present one are never judged against the present carving.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from carveout.contract import compare_args

SPOILED_FIRST = 20
SPOILED_EVERY = 50
"""Calls at first, and then one in so many, on which the reference is asked whether it changes its
arguments."""

PANIC = re.compile(r" at \S+\.rs:\d+$")

Wire = Callable[[bytes], bytes]
"""Arguments on the wire → outcome on the wire."""

Wires = Callable[[list[bytes]], list[tuple[bytes, int]]]
"""The same for several calls, with the nanoseconds of each; may end early (see `Worker`)."""


class Uncrossable(Exception):
    """The reference gave something that the contract can't carry."""


class CapturedCall(Protocol):
    """What `carveout._native.Captured` has."""

    @property
    def args(self) -> bytes: ...
    @property
    def outcome(self) -> bytes: ...
    @property
    def expected(self) -> bytes | None: ...
    @property
    def arm(self) -> str: ...
    @property
    def duration_ns(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    @property
    def why(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A confirmed difference: arguments, the reference's outcome, the carving's, and where."""

    args: bytes
    expected: bytes
    got: bytes
    path: str
    message: str


@dataclass(slots=True)
class Verdicts:
    """Counts of one batch, and the confirmed differences themselves."""

    same: int = 0
    different: int = 0
    declined: int = 0
    noisy: int = 0
    unknown: int = 0
    panicked: str | None = None
    """The carving's own report of a panic, which is as bad as a difference."""
    why_unknown: str | None = None
    pairs: int = 0
    slow_reference: int = 0
    """Shadow pairs in which only the reference was beyond tau; `slow_candidate` the reverse."""
    slow_candidate: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)

    @property
    def judged(self) -> int:
        return self.same + self.different + self.declined + self.noisy + self.unknown

    def add(self, other: Verdicts) -> None:
        for name in (
            "same",
            "different",
            "declined",
            "noisy",
            "unknown",
            "pairs",
            "slow_reference",
            "slow_candidate",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.panicked = self.panicked or other.panicked
        self.why_unknown = self.why_unknown or other.why_unknown
        self.mismatches.extend(other.mismatches)


class Comparer:
    """Compares captured calls of one operation with the other implementation."""

    def __init__(
        self,
        contract: Any,
        codec: Any,
        reference: Callable[..., Any],
        compare: Callable[[bytes, bytes], Any],
        *,
        wire: Wire | None = None,
        wires: Wires | None = None,
        tau_ns: int | None = None,
        mutable: bool = False,
        changes: bool = False,
    ) -> None:
        """`mutable`: arguments may be changed by the reference; `changes`: the carving, too."""
        self._contract = contract
        self._mutable = mutable
        self._changes = changes
        self._seen = 0
        self.rerun_ns = 0.0
        """CPU time of one run of the reference here, an average of the last ones; 0: none yet."""
        self._codec = codec
        self._reference = reference
        self._compare = compare
        self._wires = wires or (one_by_one(wire) if wire is not None else None)
        self._tau_ns = tau_ns or 0
        kinds = [p.kind for p in contract.params]
        self._names = [p.name for p in contract.params]
        self._positional = sum(kind != "keyword-only" for kind in kinds)

    def judge(self, calls: Sequence[CapturedCall]) -> Verdicts:
        """Verdicts on a batch; stops at the first confirmed difference or panic."""
        verdicts = Verdicts()
        for call, answer in self._replayed(calls, verdicts):
            try:
                if answer is None:
                    self._live(call, verdicts)
                else:
                    self._shadow(call, *answer, verdicts)
            except Uncrossable as error:
                self._uncrossable(call, error, verdicts)
            except BaseException as error:  # a reference may do anything, also exit
                verdicts.unknown += 1
                verdicts.why_unknown = f"{type(error).__name__}: {error}"
            if verdicts.different or verdicts.panicked:
                break
        return verdicts

    def _uncrossable(self, call: CapturedCall, why: Uncrossable, verdicts: Verdicts) -> None:
        """The carving answered what the reference can't have said; asked again, does it say so?"""
        try:
            self.run_reference(call.args)
        except Uncrossable:
            got = call.outcome if call.arm == "candidate" else b""
            verdicts.different += 1
            verdicts.mismatches.append(Mismatch(call.args, b"", got, "result", str(why)))
        except BaseException as error:
            verdicts.unknown += 1
            verdicts.why_unknown = f"{type(error).__name__}: {error}"
        else:
            verdicts.noisy += 1

    def _replayed(
        self, calls: Sequence[CapturedCall], verdicts: Verdicts
    ) -> Iterator[tuple[CapturedCall, tuple[bytes, int] | None]]:
        """Each call with the carving's answer and its time, if the reference had answered it."""
        shadowed = [call for call in calls if call.arm == "reference"]
        answers: list[tuple[bytes, int]] = []
        if shadowed and self._wires is None:
            verdicts.unknown += len(shadowed)
            verdicts.why_unknown = "the carving's worker is not running"
        elif shadowed and self._wires is not None:
            try:
                # All at once: the worker is asked without the interpreter's lock, which under
                # load costs more to get back than the answer took.
                answers = self._wires([call.args for call in shadowed])
            except Exception as error:
                verdicts.unknown += len(shadowed)
                verdicts.why_unknown = f"{type(error).__name__}: {error}"
        # Calls after one that was not answered were never asked, and say nothing.
        yield from zip(shadowed, answers, strict=False)
        for call in calls:
            if call.arm != "reference":
                yield call, None

    def _shadow(self, call: CapturedCall, got: bytes, took_ns: int, verdicts: Verdicts) -> None:
        got, after = self._codec.part_outcome(got)
        if not self._answered(got, verdicts):
            return
        if self._tau_ns and counts(call):
            verdicts.pairs += 1
            slow = (call.duration_ns > self._tau_ns, took_ns > self._tau_ns)
            verdicts.slow_reference += slow == (True, False)
            verdicts.slow_candidate += slow == (False, True)
        difference = self._compare(call.outcome, got)
        if difference is not None:
            self._confirm(call.args, call.outcome, got, difference, verdicts)
        elif not self._spoiled(call.args, got, verdicts, after):
            verdicts.same += counts(call)

    def _live(self, call: CapturedCall, verdicts: Verdicts) -> None:
        if not self._answered(call.outcome, verdicts):
            return
        # A checked call was answered by the reference at once; any other is asked of it now.
        expected = call.expected or self.run_reference(call.args)
        difference = self._compare(expected, call.outcome)
        if difference is not None:
            self._confirm(call.args, expected, call.outcome, difference, verdicts)
        elif self._changes or not self._spoiled(call.args, call.outcome, verdicts):
            verdicts.same += counts(call)

    def _spoiled(
        self, args: bytes, got: bytes, verdicts: Verdicts, after: bytes | None = None
    ) -> bool:
        """Whether the reference changes these arguments otherwise than the carving (`after` is what
        that made of them, if anything): a difference nobody sees in the result. Asked of the first
        calls, then of few: `carve prove` asks it of every call."""
        self._seen += 1
        if not self._mutable or (self._seen > SPOILED_FIRST and self._seen % SPOILED_EVERY):
            return False
        values = self._codec.decode_args(args)
        expected = self._run(values)
        changed = bytes(self._codec.encode_args(values))
        found = compare_args(self._contract, after or args, changed)
        if found is None:
            return False
        verdicts.different += 1
        verdicts.mismatches.append(Mismatch(args, expected, got, found.path, found.message))
        return True

    def _answered(self, outcome: bytes, verdicts: Verdicts) -> bool:
        """Whether the carving gave a value or a fault; declines and failures are counted here."""
        kind = outcome_kind(outcome)
        if kind == 2:
            verdicts.declined += 1
        elif kind == 3:
            verdicts.unknown += 1
            _, text = self._codec.decode_outcome(outcome)
            verdicts.why_unknown = str(text)
            # A worker that did not answer says so in words; a panic says where in the source.
            if PANIC.search(str(text)):
                verdicts.panicked = f"panic: {text}"
        return kind in (0, 1)

    def _confirm(
        self, args: bytes, expected: bytes, got: bytes, difference: Any, verdicts: Verdicts
    ) -> None:
        if self._compare(expected, self.run_reference(args)) is not None:
            verdicts.noisy += 1
            return
        verdicts.different += 1
        verdicts.mismatches.append(
            Mismatch(args, expected, got, str(difference.path), str(difference.message))
        )

    def run_reference(self, args: bytes) -> bytes:
        """The reference's outcome for arguments on the wire. Raises Uncrossable, and what the
        reference raises that is no Exception."""
        return self._run(self._codec.decode_args(args))

    def _run(self, values: tuple[Any, ...]) -> bytes:
        named = dict(zip(self._names[self._positional :], values[self._positional :], strict=True))
        started = time.thread_time_ns()
        try:
            result = self._reference(*values[: self._positional], **named)
            if asyncio.iscoroutine(result):
                result = asyncio.run(result)
        except Exception as error:
            return self._crossed(self._codec.encode_fault, error)
        finally:
            took = time.thread_time_ns() - started
            self.rerun_ns += (took - self.rerun_ns) / 16 if self.rerun_ns else took
        return self._crossed(self._codec.encode_value, result)

    def _crossed(self, encode: Callable[[Any], bytes], value: Any) -> bytes:
        try:
            return bytes(encode(value))
        except ValueError as error:  # CannotCross
            raise Uncrossable(f"the reference's answer can't be a carving's: {error}") from error


def one_by_one(wire: Wire) -> Wires:
    """Several calls through a `Wire`, each timed."""

    def ask(args: list[bytes]) -> list[tuple[bytes, int]]:
        answers = []
        for one in args:
            started = time.perf_counter_ns()
            got = wire(one)
            answers.append((got, time.perf_counter_ns() - started))
        return answers

    return ask


def counts(call: CapturedCall) -> bool:
    """Whether "same" on this call counts: kept calls (faults, slow ones) are no uniform sample."""
    return call.why == "sample"


def outcome_kind(outcome: bytes) -> int:
    """0 value, 1 fault, 2 decline, 3 failure: the second byte of the two-element array."""
    return outcome[1] if len(outcome) > 1 else 3
