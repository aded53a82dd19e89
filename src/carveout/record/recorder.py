"""From captured calls to the store: shape, redaction, caps, gaps, age.

    recorder = Recorder(store, quote)
    recorder.write(quote.drain(1024))     # off the callers' path, from one background thread

A redacted call's outcome is the reference's answer to the *redacted* input: the reference is run
again, so that a replay matches. An outcome that would itself have to be redacted (a function that
returns a token) is not stored; the recording then says `[2, "redacted"]`, and a replay runs the
reference to know what to expect. So it is for faults and slow calls whose arguments could only be
seen after the call. A call answered by a carving gets the reference's answer too.

Invariants: nothing that must be redacted is written; what isn't written is counted as a gap; calls
that meet a locked or full store wait for the next `write`, up to 1,024 of them.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from carveout.contract import contract_of, function_of, marks_of_function, outcome_kind, shape_of
from carveout.contract.wire import encode
from carveout.diagnostics import CarveError
from carveout.record.redaction import Redaction, Unredactable, key_in
from carveout.settings import Settings
from carveout.store import RecordingRow, Store

CALL_BYTES = 256 * 1024
WAITING = 1024
REDACTED = encode([2, "redacted"])

Rerun = Callable[[bytes], bytes]


class Captured(Protocol):
    """A captured call, as the native dispatch hands it over."""

    @property
    def args(self) -> bytes: ...
    @property
    def outcome(self) -> bytes: ...
    @property
    def arm(self) -> str: ...
    @property
    def duration_ns(self) -> int: ...
    @property
    def weight(self) -> float: ...
    @property
    def why(self) -> str: ...


class Recorder:
    """Writes the recordings of one operation."""

    def __init__(
        self,
        store: Store,
        operation: Any,
        redaction: Redaction | None = None,
        settings: Settings | None = None,
        *,
        rerun: Rerun | None = None,
    ) -> None:
        self._store = store
        self._contract = contract_of(operation)
        self._op = self._contract.name
        self._record = settings.record if settings else True
        self.redaction = redaction or Redaction(
            self._contract,
            marks_of_function(operation),
            key_in(store.home),
            names=settings.redact_names if settings else (),
            patterns=settings.redact_patterns if settings else (),
        )
        self.rerun = rerun or rerun_of(operation)
        self._waiting: list[RecordingRow] = []
        self._gaps: dict[str, int] = {}

    def write(self, captured: Sequence[Captured]) -> list[RecordingRow]:
        """Redact, describe and store calls; returns the rows offered to the store.

        Raises:
            CarveError: the store's; the calls then wait for the next `write`.
        """
        now = time.time()
        if self._record:
            for call in captured:
                row = self._row(call, now)
                if row is not None:
                    self._waiting.append(row)
        over = len(self._waiting) - WAITING
        if over > 0:
            del self._waiting[:over]
            self._gap("dropped", over)
        return self._flush()

    @property
    def waiting(self) -> int:
        """Calls that wait for a store that takes them."""
        return len(self._waiting)

    def inherit(self, other: Recorder) -> None:
        """Take over what another recorder of this operation could not write."""
        self._waiting[:0] = other._waiting
        for what, count in other._gaps.items():
            self._gap(what, count)
        other._waiting, other._gaps = [], {}

    def _flush(self) -> list[RecordingRow]:
        rows, gaps = self._waiting, self._gaps
        if rows:
            self._store.add_recordings(self._op, rows, self._contract.hash)
            self._waiting = []
        if gaps:
            self._store.add_gaps(self._op, **gaps)
            self._gaps = {}
        return rows

    def _gap(self, what: str, count: int = 1) -> None:
        self._gaps[what] = self._gaps.get(what, 0) + count

    def _row(self, call: Captured, now: float) -> RecordingRow | None:
        # Asked once: each time the dispatch's call makes new bytes of what it holds.
        given, outcome = call.args, call.outcome
        if len(given) + len(outcome) > CALL_BYTES:
            self._gap("oversize")
            return None
        try:
            args = self.redaction.args(given)
            if call.why == "after":
                # The call may have changed its arguments; their like is still worth having.
                outcome = REDACTED
            elif args is not given or call.arm != "reference":
                outcome = self.rerun(args) if self.rerun else REDACTED
            if outcome_kind(outcome) == "unreadable" or self.redaction.tells(outcome):
                outcome = REDACTED
        except Unredactable:
            self._gap("unredactable")
            return None
        except CarveError:
            raise
        except Exception:  # a user's class, a broken codec: no call may end the recorder
            self._gap("unreadable")
            return None
        if len(args) + len(outcome) > CALL_BYTES:
            self._gap("oversize")
            return None
        shape = shape_of(self._contract, args, call.outcome if call.why == "after" else outcome)
        why = call.why
        if why == "after":
            why = "exception" if outcome_kind(call.outcome) == "fault" else "slow"
        return RecordingRow(args, outcome, call.duration_ns, shape, call.weight, why, call.arm, now)


def rerun_of(operation: Any) -> Rerun | None:
    """Runs an operation's reference on wire arguments: bytes in, outcome bytes out.

    None for a bare function: without the operation's codec there are no objects to call it with.
    """
    codec = getattr(operation, "codec", None)
    if codec is None:
        return None
    fn = function_of(operation)
    params = contract_of(operation).params
    by_position = sum(param.kind != "keyword-only" for param in params)
    names = [param.name for param in params[by_position:]]

    def rerun(args: bytes) -> bytes:
        values = codec.decode_args(args)
        try:
            result = fn(
                *values[:by_position], **dict(zip(names, values[by_position:], strict=True))
            )
            if inspect.iscoroutine(result):
                result = asyncio.run(result)
        except Exception as fault:
            return bytes(codec.encode_fault(fault))
        return bytes(codec.encode_value(result))

    return rerun


__all__ = ["REDACTED", "Captured", "Recorder", "rerun_of"]
