"""The agent's last word, whichever way its process ends of itself.

    before_the_end(agent.stop)

`atexit` alone misses the common ways: uvicorn, asked by SIGTERM, shuts down and then raises the
same signal with its default action, which ends the process there and then; the children of
`multiprocessing` and Celery's pool leave by `os._exit`. What can't be had is a process that is
killed, or that a signal ends at its default action from outside: what was captured in the last
fifth of a second is gone then.

Invariants: the action runs once, in the process that asked for it, not in one forked from it; no
signal handler is installed or replaced; what it raises is not the process's.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

_action: Callable[[], object] | None = None
_asked_by = 0
_hooked = False
_real_raise_signal = signal.raise_signal


def before_the_end(action: Callable[[], object]) -> None:
    """Have `action` called before this process ends. A later call replaces the action."""
    global _action, _asked_by, _hooked
    _action, _asked_by = action, os.getpid()
    if not _hooked:  # a forked child has its parent's hooks
        _hooked = True
        atexit.register(_act)
        signal.raise_signal = _raise_signal
    _hook_children()


def _act(*_: Any, **__: Any) -> None:
    global _action
    action, _action = _action, None
    if action is not None and _asked_by == os.getpid():
        with contextlib.suppress(Exception):
            action()


def _raise_signal(signalnum: int, /) -> None:
    """`signal.raise_signal`, with the last word before a signal that ends the process."""
    ends = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
    if signalnum in ends and signal.getsignal(signalnum) is signal.SIG_DFL:
        _act()
    _real_raise_signal(signalnum)


def _hook_children() -> None:
    """Children that skip `atexit` have hooks of their own; only what is loaded is asked."""
    for package in ("multiprocessing", "billiard"):
        process, util = (sys.modules.get(f"{package}.{name}") for name in ("process", "util"))
        if process is None or util is None:
            continue
        with contextlib.suppress(Exception):
            if process.current_process()._parent_pid is not None:  # the main process has none
                util.Finalize(None, _act, exitpriority=100)
    celery = sys.modules.get("celery.signals")
    if celery is not None:
        with contextlib.suppress(Exception):
            celery.worker_process_shutdown.connect(_act, weak=False)


__all__ = ["before_the_end"]
