"""The agent's last word, whichever way its process ends of itself.

    before_the_end(agent.stop)

`atexit` alone misses the common ways: uvicorn, asked by SIGTERM, shuts down and then raises the
same signal with its default action, which ends the process there and then; the children of
`multiprocessing` and Celery's pool leave by `os._exit`. What can't be had is a process that is
killed, or that a signal ends at its default action from outside: what was captured in the last
fifth of a second is gone then.

Under `carve run`, where the processes are a test's and every call is to be counted, more is done:
`os._exit`, exec and SIGTERM at its default action wait for the action too (`before_hard_ends`).

Invariants: the action runs in the process that asked for it, not in one forked from it; in a
service no signal handler is installed or replaced; what it raises is not the process's.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

LAST_WORD_S = 3.0

_action: Callable[[], object] | None = None
_asked_by = 0
_hooked = False
_depth = 0
_postponed = False
_hard_action: tuple[int, Callable[[], object] | None] = (0, None)
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
        with _acting(), contextlib.suppress(Exception):
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


def before_hard_ends(action: Callable[[], object]) -> None:
    """Have `action`, which may be called twice, done before this process leaves by `os._exit` (a
    fork of multiprocessing, a worker of xdist), an exec, or SIGTERM (a worker of a pool)."""
    global _hard_action
    _hard_action = (os.getpid(), action)
    for name in ("_exit", "execv", "execve"):
        end = getattr(os, name)
        if not hasattr(end, "carveout"):
            setattr(os, name, _after_acting(end))
    with contextlib.suppress(ValueError):  # not in the main thread
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_sigterm)


@contextlib.contextmanager
def _acting() -> Iterator[None]:
    """While the action is being done a SIGTERM waits for its end, and is obeyed then."""
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        in_main = threading.current_thread() is threading.main_thread()
        if _postponed and not _depth and in_main:
            _end_by(signal.SIGTERM)


def _act_hard() -> None:
    pid, action = _hard_action
    if action is not None and pid == os.getpid():
        with _acting(), contextlib.suppress(BaseException):
            action()


def _after_acting(end: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(end)
    def act_then(*args: Any, **kwargs: Any) -> Any:
        _act_hard()
        return end(*args, **kwargs)

    act_then.carveout = True  # type: ignore[attr-defined]
    return act_then


def _on_sigterm(number: int, _frame: Any) -> None:
    global _postponed
    if _depth:
        _postponed = True
        return
    # On a thread of its own, and for a while only: what the signal interrupted may hold any lock.
    done: list[bool] = []

    def act() -> None:
        _act_hard()
        done.append(True)

    _thread.start_new_thread(act, ())
    until = time.monotonic() + LAST_WORD_S
    while not done and time.monotonic() < until:
        time.sleep(0.005)
    _end_by(number)


def _end_by(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


__all__ = ["before_hard_ends", "before_the_end"]
