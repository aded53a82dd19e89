"""No fork in the middle of SQLite.

SQLite keeps what a process has locked in memory of its own. A child forked while another thread
was in a transaction inherits that state without the thread, and finds its store locked for ever.
So a fork waits until nobody is inside, for a moment at most, and nobody enters meanwhile.

    with GATE.inside():
        connection.execute(...)

Invariant: a fork is never held up for longer than `WAIT_S`; the child starts with an open gate.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

WAIT_S = 0.5


class Gate:
    """How many threads are inside, and whether one is about to fork."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Open, and nobody inside: what a forked child starts with."""
        self._changed = threading.Condition(threading.Lock())
        self._inside = 0
        self._forking = False

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Waits while a fork is under way. Not to be entered twice by one thread."""
        changed = self._changed
        with changed:
            changed.wait_for(lambda: not self._forking, WAIT_S * 2)
            self._inside += 1
        try:
            yield
        finally:
            if changed is self._changed:  # else this is the child of a fork from inside
                with changed:
                    self._inside -= 1
                    changed.notify_all()

    def close(self) -> None:
        """Before a fork: wait for those inside, and let nobody in."""
        with self._changed:
            self._forking = True
            self._changed.wait_for(lambda: self._inside == 0, WAIT_S)

    def open(self) -> None:
        """After it, in the parent."""
        with self._changed:
            self._forking = False
            self._changed.notify_all()


GATE = Gate()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=GATE.close, after_in_parent=GATE.open, after_in_child=GATE.reset)

__all__ = ["GATE", "Gate"]
