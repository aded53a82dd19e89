"""Ctrl-C, SIGTERM and SIGHUP end a command alike: what it started is ended, and it says so.

obey_signals()
try: ...
except KeyboardInterrupt as stopped: number = number_of(stopped)
"""

from __future__ import annotations

import contextlib
import signal
from types import FrameType


class Stopped(KeyboardInterrupt):
    """SIGTERM or SIGHUP, with the tidy end that Ctrl-C has."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def obey_signals() -> None:
    """Turn SIGTERM and SIGHUP into `Stopped`, unless somebody (nohup) said otherwise."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            with contextlib.suppress(ValueError):  # not the main thread: somebody's program
                signal.signal(number, _stop)


def number_of(error: BaseException) -> int:
    """The signal behind a KeyboardInterrupt, or behind what was raised from one."""
    for found in (error, error.__cause__):
        if isinstance(found, Stopped):
            return found.number
    return int(signal.SIGINT)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)
