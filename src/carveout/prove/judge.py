"""One call, two answers, one verdict.

    judge = Judge(contract, reference, candidate, codec, rules)
    verdict, finding = judge(args_wire)

Outcomes are compared as bytes first; only when those differ does `contract.compare` decide (set
order, NaN, declared tolerances). A difference counts only if the reference, run again and again,
agrees with itself; else the call is noisy.

Two differences show in no result: a reference that changes its arguments (the carving has a copy
of them), and one whose result its own contract can't carry (whatever the carving says, it is
something else).

Invariants: the candidate gets the encoded arguments, never the reference's objects; an exception
of the reference is a result like any other, but for RecursionError, MemoryError and what is not an
Exception: those say nothing about the operation, so the verdict is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

SAME, DIFFERENT, DECLINED, UNKNOWN, NOISY = range(5)
CONFIRMED_BY = 5
"""Runs of the reference that must agree before a difference counts: one that depends on chance or
on the time seldom does so on every call."""
VERDICTS = ("same", "different", "declined", "unknown", "noisy")


class TooSlow(BaseException):
    """Raised in the reference by the watchdog's timer. Not an Exception: user code must not
    swallow it."""


class WireCodec(Protocol):
    """What `prove` needs of `carveout._native.Codec`."""

    def encode_args(self, args: tuple[Any, ...], /) -> bytes: ...
    def decode_args(self, data: bytes, /) -> tuple[Any, ...]: ...
    def encode_value(self, value: Any, /) -> bytes: ...
    def encode_fault(self, error: BaseException, /) -> bytes: ...
    def part_outcome(self, data: bytes, /) -> tuple[bytes, bytes | None]: ...
    def decode_outcome(self, data: bytes, /) -> tuple[str, Any]: ...


Compare = Callable[[bytes, bytes], Any]
"""None if two outcomes are the same, else a Difference with .path and .message."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A call on which the two differ, as wire bytes."""

    args: bytes
    expected: bytes
    got: bytes
    path: str
    message: str
    source: str = ""


class Uncrossable(Exception):
    """The reference gave what the contract can't carry; the message says what."""


class NotRunnable(Exception):
    """The reference gave nothing to compare with; the message says why."""


class Judge:
    """Runs one call through both and compares; counts nothing."""

    def __init__(
        self,
        reference: Callable[[tuple[Any, ...]], Any],
        candidate: Callable[[bytes], bytes],
        codec: WireCodec,
        compare: Compare,
        changed: Compare | None = None,
    ) -> None:
        """`changed` compares arguments before and after a call; None where they can't change."""
        self._changed = changed
        self._objects: tuple[Any, ...] = ()
        self._reference = reference
        self._candidate = candidate
        self._codec = codec
        self._compare = compare
        self.enter: Callable[[int], None] = lambda state: None
        """Told which side runs (1 reference, 2 candidate, 0 neither), for the watchdog."""
        self.last_unknown = ""

    def reference_outcome(self, args: bytes) -> bytes:
        """Outcome bytes of the reference. Raises NotRunnable, Uncrossable."""
        codec = self._codec
        try:
            objects = codec.decode_args(args)
        except Exception as error:
            raise NotRunnable(f"not a valid input: {error}") from None
        self._objects = objects
        try:
            value = self._reference(objects)
        except (RecursionError, MemoryError) as error:
            raise NotRunnable(f"the reference raised {type(error).__name__}") from None
        except TooSlow:
            raise NotRunnable("the reference took too long") from None
        except Exception as error:
            try:
                return codec.encode_fault(error)
            except ValueError as cannot:
                raise Uncrossable(f"it raises {type(error).__name__}: {cannot}") from None
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            raise NotRunnable(f"the reference raised {type(error).__name__}") from None
        try:
            return codec.encode_value(value)
        except ValueError as error:
            raise Uncrossable(str(error)) from None

    def candidate_outcome(self, args: bytes) -> bytes:
        """Outcome bytes of the candidate; an exception is a failure outcome, not ours to raise."""
        try:
            return self._candidate(args)
        except TooSlow:
            raise
        except BaseException as error:
            from carveout.prove.boundary import encode

            return encode([3, f"{type(error).__name__}: {error}"])

    def __call__(self, args: bytes, *, twice: bool = False) -> tuple[int, Finding | None]:
        """The verdict on one call. With `twice` the reference must first agree with itself."""
        self.enter(1)
        try:
            try:
                expected = self.reference_outcome(args)
            except Uncrossable as error:
                return self._uncrossable(args, error)
            if twice and self._disagrees(args, expected):
                return NOISY, None
            self.enter(2)
            got, left = self._codec.part_outcome(self.candidate_outcome(args))
            self.enter(0)
            if got == expected:
                return self._same(args, expected, got, left or args)
            if got[1] == 2:
                return DECLINED, None
            if got[1] == 3:
                message = f"the carving failed: {self._codec.decode_outcome(got)[1]}"
                return DIFFERENT, Finding(args, expected, got, "", message)
            difference = self._compare(expected, got)
            if difference is None:
                return self._same(args, expected, got, left or args)
            self.enter(1)
            if any(self._disagrees(args, expected) for _ in range(CONFIRMED_BY)):
                return NOISY, None
            return DIFFERENT, Finding(
                args, expected, got, str(difference.path), str(difference.message)
            )
        except NotRunnable as error:
            self.last_unknown = str(error)
            return UNKNOWN, None
        except TooSlow:  # the timer struck just outside the reference itself
            self.last_unknown = "the reference took too long"
            return UNKNOWN, None
        finally:
            self.enter(0)

    def _same(
        self, args: bytes, expected: bytes, got: bytes, left: bytes
    ) -> tuple[int, Finding | None]:
        """The results are the same; are the arguments, which the carving leaves as `left`?"""
        if self._changed is None:
            return SAME, None
        try:
            after = self._codec.encode_args(self._objects)
        except ValueError as error:  # changed into what can't cross
            message = f"the reference changes its arguments: {error}"
            return DIFFERENT, Finding(args, expected, got, "arguments", message)
        found = self._changed(left, after) if after != left else None
        if found is None:
            return SAME, None
        return DIFFERENT, Finding(args, expected, got, str(found.path), str(found.message))

    def _uncrossable(self, args: bytes, why: Uncrossable) -> tuple[int, Finding | None]:
        """The reference answered, but with nothing that a carving could have said."""
        self.enter(2)
        got = self.candidate_outcome(args)
        self.enter(1)
        if got[1] == 2:
            return DECLINED, None
        try:
            self.reference_outcome(args)
        except Uncrossable:
            message = f"the reference's answer is none the contract allows: {why}"
            return DIFFERENT, Finding(args, b"", got, "result", message)
        return NOISY, None

    def _disagrees(self, args: bytes, expected: bytes) -> bool:
        try:
            again = self.reference_outcome(args)
        except Uncrossable:
            return True
        return again != expected and self._compare(expected, again) is not None
