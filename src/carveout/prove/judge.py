"""One call, two answers, one verdict.

    judge = Judge(contract, reference, candidate, codec, rules)
    verdict, finding = judge(args_wire)

Outcomes are compared as bytes first; only when those differ does `contract.compare` decide (set
order, NaN, declared tolerances). A difference counts only if the reference, run again, agrees with
itself; else the call is noisy.

Invariants: the candidate gets the encoded arguments, never the reference's objects; an exception
of the reference is a result like any other, but for RecursionError, MemoryError and what is not an
Exception: those say nothing about the operation, so the verdict is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

SAME, DIFFERENT, DECLINED, UNKNOWN, NOISY = range(5)
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
    ) -> None:
        self._reference = reference
        self._candidate = candidate
        self._codec = codec
        self._compare = compare
        self.enter: Callable[[int], None] = lambda state: None
        """Told which side runs (1 reference, 2 candidate, 0 neither), for the watchdog."""
        self.last_unknown = ""

    def reference_outcome(self, args: bytes) -> bytes:
        """Outcome bytes of the reference. Raises NotRunnable."""
        codec = self._codec
        try:
            objects = codec.decode_args(args)
        except Exception as error:
            raise NotRunnable(f"not a valid input: {error}") from None
        try:
            value = self._reference(objects)
        except (RecursionError, MemoryError) as error:
            raise NotRunnable(f"the reference raised {type(error).__name__}") from None
        except TooSlow:
            raise NotRunnable("the reference took too long") from None
        except Exception as error:
            try:
                return codec.encode_fault(error)
            except Exception as cannot:
                raise NotRunnable(f"{type(error).__name__} cannot cross: {cannot}") from None
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            raise NotRunnable(f"the reference raised {type(error).__name__}") from None
        try:
            return codec.encode_value(value)
        except Exception as error:
            raise NotRunnable(f"its result cannot cross: {error}") from None

    def candidate_outcome(self, args: bytes) -> bytes:
        """Outcome bytes of the candidate; an exception is a failure outcome, not ours to raise."""
        try:
            return self._candidate(args)
        except Exception as error:
            from carveout.prove.boundary import encode

            return encode([3, f"{type(error).__name__}: {error}"])

    def __call__(self, args: bytes, *, twice: bool = False) -> tuple[int, Finding | None]:
        """The verdict on one call. With `twice` the reference must first agree with itself."""
        self.enter(1)
        try:
            expected = self.reference_outcome(args)
            if twice and self._disagrees(args, expected):
                return NOISY, None
            self.enter(2)
            got = self.candidate_outcome(args)
            self.enter(0)
            if got == expected:
                return SAME, None
            if got[1] == 2:
                return DECLINED, None
            if got[1] == 3:
                message = f"the carving failed: {self._codec.decode_outcome(got)[1]}"
                return DIFFERENT, Finding(args, expected, got, "", message)
            difference = self._compare(expected, got)
            if difference is None:
                return SAME, None
            self.enter(1)
            if self._disagrees(args, expected):
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

    def _disagrees(self, args: bytes, expected: bytes) -> bool:
        again = self.reference_outcome(args)
        return again != expected and self._compare(expected, again) is not None
