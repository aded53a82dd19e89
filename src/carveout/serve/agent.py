"""The agent: two daemon threads in every process that serves operations.

    from carveout.serve import agent
    agent.ensure()          # what the first call of any operation does

One follows: five times a second it reads the stages and puts changed ones in force. The other
works: it takes captured calls off the queues, records and compares them, and trips a carving
locally at the first confirmed difference, before the store hears of it; once a second it writes
heartbeat, live counters and guard events, and runs the guards (rule G: in every stage, whoever set
it). They are two because a comparison lasts as long as the reference does, and a write as long as
the store is locked; a stage is obeyed within a second all the same.

Without a store, or when it breaks, the reference answers everything within a second; the agent
backs off, tries again, and says why in the log and in the next heartbeat. It follows the stages
again when the store can be written as well: without records and guards nothing is moved. A carving
that could not be placed is tried again every few seconds, since `carve cut` may have mended it.

Under `carve run` (`CARVEOUT_STAGE`) the stages of the store are ignored: every operation runs at
the given stage with its newest proven carving, else its newest one. At `full` every call that the
queue can hold is compared, and the counters are in `<home>/runs/<CARVEOUT_RUN_ID>/<pid>.json`.

Invariants: no exception leaves a thread; the caller's path never waits for one; calls are counted
for the share they were dispatched under (counters are flushed before a split changes); a fork's
child starts its own agent at its first call; the end of the process waits at most `EXIT_S` for it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import math
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carveout import settings as settings_module
from carveout.diagnostics import CarveError
from carveout.serve.ending import before_hard_ends, before_the_end
from carveout.serve.operations import STORE_LOST, Overridden, Served
from carveout.store import ProcessRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from carveout.settings import Settings
    from carveout.store import StageRow, Store

TICK_S = 0.2
RUN_TICK_S = 0.05
"""Under `carve run` counts are written as often: a process may be killed at any time."""
FLUSH_S = 1.0
RECORD_S = 1.0
"""What is only to be recorded is done in one go a second: each time the callers' threads have to
wait for the interpreter's lock, and few long waits hurt a p99 less than many short ones."""
BACKOFF_S = (0.5, 1.0, 2.0, 5.0)
EXIT_S = 2.0
PURGE_S = 3600.0
JUMP_S = 60.0
"""A wall clock that gained or lost that much against the monotonic one has jumped."""
REPLACE_S = 5.0
"""How long after a failure to place a carving it is tried again."""
BUSY_S = 0.15
"""How long one tick may spend on captured calls before it looks at the stages again."""

log = logging.getLogger("carveout")


class Agent:
    """One process's agent. `tick` and `flush` are also usable without the thread, in tests."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        operations: Callable[[], Iterable[Any]] | None = None,
        open_store: Callable[[Path], Store] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings or settings_module.load()
        self.process = f"{socket.gethostname()}:{os.getpid()}"
        self.status: dict[str, Any] = {"agent": "starting"}
        self._operations = operations or _registered
        self._open_store = open_store or functools.partial(
            _open, busy_timeout_ms=self.settings.busy_timeout_ms
        )
        self._clock = clock
        self._served: dict[str, Served] = {}
        self._store: Store | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._recorded_at = -RECORD_S
        self._flushed_at = 0.0
        self._purged_at = -math.inf
        self._started_at = clock()
        self._skew = clock() - time.monotonic()
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._stopping = False
        self._finishing = False
        self._thread: threading.Thread | None = None
        self._worker: threading.Thread | None = None
        # Under `carve run` a caller's thread also follows; a reference that is being compared may
        # make the first call of another operation, on the same thread.
        self._round = threading.RLock()
        self._run_id = os.environ.get("CARVEOUT_RUN_ID")
        # A process that replaced itself by exec has the same number.
        self._run_file = f"{os.getpid()}-{time.time_ns()}.json"
        self._written: dict[str, dict[str, int]] | None = None

    # -- the thread -------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._loop, name="carveout", daemon=True)
                thread.start()  # may fail, e.g. in an interpreter that has no daemon threads
                self._thread = thread

    def stop(self, timeout_s: float = EXIT_S) -> None:
        """Flush what is waiting and end the thread; returns after `timeout_s` at the latest."""
        self._stopping = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
        lost = 0
        for served in list(self._served.values()):
            with contextlib.suppress(Exception):
                lost += served.unrecorded()
            with contextlib.suppress(Exception):
                served.close()
        if lost and self.settings.record and self.settings.stage_override is None:
            log.warning(
                "carveout: %d captured calls could not be written before the end (the store: %s)",
                lost,
                self.status.get("store", "never opened"),
            )

    def _loop(self) -> None:
        self._worker = threading.Thread(target=self._work_on, name="carveout-work", daemon=True)
        self._worker.start()
        while not self._stopping:
            self._safely(self._follow)
            self._wake.wait(TICK_S)
        self._worker.join(EXIT_S / 2)
        self._retry_at = 0.0  # the last chance to write what was captured
        deadline = time.monotonic() + EXIT_S / 4
        while self.tick(final=True) and time.monotonic() < deadline:
            pass

    def _work_on(self) -> None:
        while not self._stopping:
            started = time.monotonic()
            waiting = self._safely(self._work)
            every = TICK_S if self.settings.stage_override is None else RUN_TICK_S
            rest = every - (time.monotonic() - started)
            # With calls left on a queue go on soon, but let the service's threads run first.
            self._wake.wait(max(0.005, 0.02 if waiting else rest))

    # -- one round --------------------------------------------------------------------------

    def tick(self, *, final: bool = False) -> bool:
        """Follow and work once; True if captured calls are left waiting. Never raises."""
        return self._safely(self._follow) | self._safely(lambda: self._work(final))

    def _safely(self, what: Callable[[], bool]) -> bool:
        try:
            return what()
        except CarveError as error:
            self._lost(f"{error.code}: {error.diagnostic.message}")
        except BaseException as error:  # whatever it is, the service goes on
            self._lost(f"{type(error).__name__}: {error}")
            log.debug("carveout agent", exc_info=True)
        return False

    def _follow(self) -> bool:
        """Put changed stages in force. Reads the store, but for new operations' contracts."""
        with self._round:
            store = self._connected()
            self._register(store)
            if self.settings.stage_override is not None:
                self._follow_override(store)
            elif store is not None:
                stages = {row.op: row for row in store.stages()}
                for name, served in self._served.items():
                    self._obey(store, served, stages.get(name))
        return False

    def _work(self, final: bool = False) -> bool:
        """Record, compare, write, guard; what takes time."""
        with self._round:
            store = self._store
        if store is None and self.settings.stage_override is None:
            return False
        self._finishing = final
        waiting = self._attend(store)
        # Not by the wall clock, which may be set back and would keep the guards from running.
        now = time.monotonic()
        if final or now - self._flushed_at >= FLUSH_S:
            self.flush(store)
            self._flushed_at = now
        elif self.settings.stage_override is not None:
            self._write_run()
        if self._clock_jumped():
            # By a clock that is wrong, every recording could seem to be out of date.
            self._purged_at = now
        if store is not None and now - self._purged_at >= PURGE_S:
            self._purged_at = now
            store.purge(self.settings.retention_days)
        if store is not None:
            self._failures = 0
        return waiting

    def _clock_jumped(self) -> bool:
        before, self._skew = self._skew, self._clock() - time.monotonic()
        jumped = abs(self._skew - before) > JUMP_S
        if jumped:
            log.warning("carveout: the clock jumped by %.0f s", self._skew - before)
        return jumped

    def _connected(self) -> Store | None:
        """The store, opened if need be; None while it can't be had (backing off)."""
        if self._store is not None:
            return self._store
        if time.monotonic() < self._retry_at:
            return None
        store = self._open_store(self.settings.home)
        if self._failures and self.settings.stage_override is None:
            store.check_writable()
        self._store = store
        self.status["store"] = "ok"
        return self._store

    def place_now(self) -> None:
        """Under `carve run`: put the override in force for the call about to be made."""
        if self.settings.stage_override is None:
            return
        with contextlib.suppress(Exception):
            self._follow()

    def _lost(self, why: str) -> None:
        """The store failed: reference everywhere, and another try later."""
        with self._round:
            first = self._failures == 0
            self.status["store"] = why
            pause = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
            self._failures += 1
            self._retry_at = time.monotonic() + pause
            store, self._store = self._store, None
        if self.settings.stage_override is None:
            for served in list(self._served.values()):
                with contextlib.suppress(Exception):
                    served.to_reference(STORE_LOST)
        if first:
            log.warning("carveout: the reference answers everything: %s", why)
        if store is not None:
            # Only this thread's connection: the other thread may be in the midst of a statement.
            with contextlib.suppress(Exception):
                store.let_go()

    def _register(self, store: Store | None) -> None:
        for operation in self._operations():
            name = str(operation.name)
            if name not in self._served:
                self._served[name] = (
                    Served(operation, self.settings, self.process)
                    if self.settings.stage_override is None
                    else Overridden(operation, self.settings, self.process)
                )
            if store is not None:
                try:
                    self._served[name].announce(store)
                except CarveError as error:
                    if error.code.startswith("store-"):
                        raise
                    self.status[name] = str(error.diagnostic.message)

    def _obey(self, store: Store, served: Served, row: StageRow | None) -> None:
        try:
            changed = served.obey(store, row)
        except CarveError as error:
            if error.code.startswith("store-"):
                raise
            served.to_reference(error.code)
            self._unplaced(store, served.name, error.code, error.diagnostic.message)
        except Exception as error:
            # A broken artifact must not keep the others from being followed.
            served.to_reference("artifact-unusable")
            self._unplaced(
                store, served.name, "artifact-unusable", f"{type(error).__name__}: {error}"
            )
        else:
            if changed:
                self.status.pop(served.name, None)
            return
        served.try_again_in(REPLACE_S)

    def _follow_override(self, store: Store | None) -> None:
        for served in self._served.values():
            if isinstance(served, Overridden):
                try:
                    served.follow(store)
                except Exception as error:
                    served.to_reference("artifact-unusable")
                    self.status[served.name] = f"{type(error).__name__}: {error}"

    def _attend(self, store: Store | None) -> bool:
        waiting = False
        now = time.monotonic()
        due = self._finishing or now - self._recorded_at >= RECORD_S
        for served in list(self._served.values()):
            if due or served.pressing():
                waiting |= served.attend(store, now + BUSY_S, self._hurried)
        if due and not waiting:
            self._recorded_at = now
        return waiting

    def _hurried(self) -> bool:
        """Whether there is more urgent work than comparing: the end of the process, which compares
        what it has time for, or a write that is due."""
        if self._stopping:
            return not self._finishing
        return time.monotonic() - self._flushed_at >= FLUSH_S

    def _unplaced(self, store: Store, name: str, code: str, message: str) -> None:
        """Say once why a carving is not in force here."""
        said = f"{code}: {message}"
        if self.status.get(name) == said:
            return
        self.status[name] = said
        with contextlib.suppress(CarveError):
            store.note(name, code, f"{self.process}: {message}")

    # -- once a second ----------------------------------------------------------------------

    def flush(self, store: Store | None) -> None:
        """Write heartbeat, live counters and guard events; run the guards."""
        now = self._clock()
        if self.settings.stage_override is not None:
            self._write_run()
            return
        if store is None:
            return
        all_served = list(self._served.values())
        for served in all_served:
            served.flush(store, now)
        self.status["agent"] = "running"
        if native_problem() is not None:
            self.status["problem"] = f"no native module, the references answer: {native_problem()}"
        self.status["operations"] = {served.name: served.describe() for served in all_served}
        store.heartbeat(
            ProcessRow(
                id=self.process,
                pid=os.getpid(),
                host=socket.gethostname(),
                command=" ".join(sys.argv)[:500],
                started=self._started_at,
                last_seen=now,
                status_json=json.dumps(self.status),
            )
        )

    def _write_run(self) -> None:
        if not self._run_id:
            return
        counts = {
            served.name: served.run_counts()
            for served in list(self._served.values())
            if isinstance(served, Overridden)
        }
        if counts == self._written:
            return
        self._written = counts
        folder = self.settings.home / "runs" / self._run_id
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / self._run_file
        partial = target.with_suffix(".tmp")
        partial.write_text(json.dumps(counts))
        partial.replace(target)


_agent: Agent | None = None
_lock = threading.Lock()


def ensure(_operation: Any = None) -> Agent | None:
    """Start this process's agent if it has none; what an operation's first call does.

    Returns None when Carveout is off or its settings can't be read: the references answer, and the
    reason is in the log.
    """
    global _agent
    with _lock:
        if _agent is None:
            try:
                settings = settings_module.load()
                if settings.off:
                    return None
                _agent = Agent(settings)
            except Exception as error:
                log.warning("carveout: no agent, the reference answers everything: %s", error)
                return None
            before_the_end(_agent.stop)
            if settings.stage_override is not None:
                before_hard_ends(_agent.stop)
        agent = _agent
    # Outside the lock: a round may call operations, whose first call comes here again.
    agent.place_now()
    agent.start()
    return agent


def _after_fork() -> None:
    global _agent, _lock
    _lock = threading.Lock()  # the parent's may have been held by a thread that is not here
    _agent = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def native_problem() -> str | None:
    """Why operations of this process have no dispatch but the plain one; None if they have."""
    from carveout.place import operation

    return operation.NATIVE_PROBLEM


def _registered() -> Iterable[Any]:
    from carveout.place import registry

    return list(registry.operations())


def _open(home: Path, *, busy_timeout_ms: int) -> Store:
    from carveout.store import open_store

    return open_store(home, busy_timeout_ms=busy_timeout_ms)
