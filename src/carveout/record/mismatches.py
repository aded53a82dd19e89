"""A difference seen on live traffic, made fit for the disk: redacted as recordings are.

    shown = fit_for_disk(redaction, found, rerun=recorder.rerun, candidate=wire, compare=compare)
    store.add_mismatch(MismatchRow(op, artifact, shown.args, shown.expected, shown.got, ...))

Where arguments had to be redacted, both sides answer the redacted ones. They may agree on those;
then the call is kept without outcomes, and `carve prove` finds out what it is worth.

Invariant: no value that must be redacted is in the result, in its path or in its message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from carveout.record.recorder import CALL_BYTES, REDACTED
from carveout.record.redaction import Redaction, Unredactable

Wire = Callable[[bytes], bytes]


class Found(Protocol):
    """A confirmed difference, as the comparer has it."""

    @property
    def args(self) -> bytes: ...
    @property
    def expected(self) -> bytes: ...
    @property
    def got(self) -> bytes: ...
    @property
    def path(self) -> str: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be written of a difference. Empty `args`: the call itself may not be kept."""

    args: bytes
    expected: bytes
    got: bytes
    path: str
    message: str


def plain_path(path: str) -> str:
    """A path without the keys of dicts, which are values of the caller's.

    >>> plain_path("result.by_name['Alice'].price")
    'result.by_name[…].price'
    """
    return re.sub(r"\[(?!\d+\]).*\]", "[…]", path)


def fit_for_disk(
    redaction: Redaction | None,
    found: Found,
    *,
    rerun: Wire | None,
    candidate: Wire | None,
    compare: Callable[[bytes, bytes], Any],
) -> Shown:
    """The difference, or what is left of it. `redaction` is None where there is no key for one."""
    path = plain_path(found.path)
    nothing = Shown(b"", REDACTED, REDACTED, path, "")
    if redaction is None:
        return nothing
    if not redaction.active:
        if len(found.args) + len(found.expected) + len(found.got) > 2 * CALL_BYTES:
            return Shown(b"", REDACTED, REDACTED, found.path, found.message)
        return Shown(found.args, found.expected, found.got, found.path, found.message)
    try:
        args = redaction.args(found.args)
        expected, got = found.expected, found.got
        if args is not found.args:
            if rerun is None or candidate is None:
                return Shown(args, REDACTED, REDACTED, path, "")
            expected, got = rerun(args), candidate(args)
        if len(args) + len(expected) + len(got) > 2 * CALL_BYTES:
            return nothing
        difference = compare(expected, got)
        if difference is None or redaction.tells(expected) or redaction.tells(got):
            return Shown(args, REDACTED, REDACTED, path, "")
        return Shown(args, expected, got, plain_path(str(difference.path)), "")
    except Unredactable:
        return nothing
    except Exception:  # a user's class, a candidate that is gone: what is written is less
        return nothing


__all__ = ["Found", "Shown", "fit_for_disk", "plain_path"]
