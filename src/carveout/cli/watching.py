"""Watch processes for `carve find`: those that run now, or one that is started for it.

    seen = watch_running(store, 15.0, say)                      # Watched
    seen = watch_command(["uvicorn", …], environment, store, 15.0, say)

Invariants: only processes that have this project's operations, on this machine, or that were
started here are looked at; what was started is ended again; a running service is never stopped at
its samples unless `native` was asked for.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from carveout.cli.signals import number_of
from carveout.diagnostics import CarveError
from carveout.find.processes import alive, cpu_seconds, family, parent_of, resident_mb
from carveout.find.sampling import Profile, Sampler

if TYPE_CHECKING:
    from carveout.settings import Settings
    from carveout.store import ProcessRow, Store

NO_DATA = 4
NATIVE_S = 2.0
"""How long is sampled with machine code in view, after the window."""
STARTING_S = 10.0
"""How long a started command may take until its first operation is called."""
LAST_ROWS_S = 1.2
"""Processes write their counters once a second: the window's last are there by then."""

Say = Callable[[str], None]


@dataclass(slots=True)
class Watched:
    """What was seen. `since` and `until` (unix seconds) say of which counters to take account."""

    since: float
    until: float | None = None
    profile: Profile | None = None
    native: Profile | None = None
    problem: CarveError | None = None
    memory_mb: float | None = None
    processes: int = 0
    exit_code: int | None = None
    """Of a started command that ended by itself."""
    pids: list[int] = field(default_factory=list)


def watch_running(store: Store, seconds: float, say: Say, *, native: bool = False) -> Watched:
    """The processes that have operations now. Raises CarveError nothing-running."""
    here = socket.gethostname()
    processes = [
        p for p in store.processes() if p.pid != os.getpid() and p.host == here and alive(p.pid)
    ]
    if not processes:
        raise nothing_running(store.home)
    say(f"watching {len(processes)} process(es) for {seconds:g} s")
    seen = Watched(time.time(), pids=[p.pid for p in top_only(processes)])
    seen.processes = len(processes)
    _sample(seen, seconds, native=native)
    return seen


def watch_command(
    command: list[str], environment: Settings, store: Store, seconds: float, say: Say, *,
    native: bool = True,
) -> Watched:  # fmt: skip
    """Start a command, watch it, end it if it has not ended by itself.

    The window begins when its first operation is called, so that starting up counts for nothing.
    Raises CarveError command-not-started.
    """
    variables = {**os.environ, "CARVEOUT_HOME": str(environment.home)}
    try:
        process = subprocess.Popen(command, env=variables, start_new_session=True)
    except OSError as error:
        raise CarveError(
            "command-not-started",
            f"cannot start {command[0]}",
            cause=error.strerror,
            hint="carve find -- COMMAND takes a command as you would type it",
        ) from error
    say(f"started {command[0]} (process {process.pid}); sampling it for up to {seconds:g} s")
    seen = Watched(time.time(), pids=[process.pid])
    try:
        _sample(seen, seconds, native=native, started=lambda: _serves(store, process.pid))
        seen.exit_code = process.poll()
    finally:
        stop(process)
    return seen


def _serves(store: Store, pid: int) -> bool:
    """Whether the process or one of its descendants has called an operation."""
    mine = family([pid])
    return any(row.pid in mine for row in store.processes())


def _sample(
    seen: Watched, seconds: float, *, native: bool, started: Callable[[], bool] | None = None
) -> None:
    """One profile of several processes; without py-spy the counters alone must do."""
    whole = Profile()
    samplers: list[Sampler] = []
    pids = seen.pids
    began, spent = time.monotonic(), cpu_seconds(pids)
    end = began + seconds
    try:
        try:
            samplers = [Sampler(pid, seconds) for pid in pids]
        except CarveError as error:
            seen.problem = error
        while time.monotonic() < end and any(map(alive, pids)):
            time.sleep(0.1)
            seen.memory_mb = max(seen.memory_mb or 0.0, resident_mb(pids) or 0.0)
            starting = time.monotonic() - began < min(STARTING_S, seconds / 2)
            if started is not None and starting and started():
                # What it took to start is no part of what it serves with.
                began, spent, seen.since = time.monotonic(), cpu_seconds(pids), time.time()
                started = None
            if any(map(alive, pids)):
                used, took = cpu_seconds(pids) - spent, time.monotonic() - began
                whole.cpu_per_s = used / took if took > 0.5 else None
    except KeyboardInterrupt as stopped:
        # Ctrl-C ends the watching early, and what was seen is judged; a second one ends it all.
        for sampler in samplers:
            sampler.stop()
        if number_of(stopped) != signal.SIGINT:
            raise
    whole.window_s = time.monotonic() - began
    seen.until = time.time() + LAST_ROWS_S
    for sampler in samplers:
        try:
            whole.add(sampler.finish())
        except CarveError as error:
            seen.problem = error
    time.sleep(max(0.0, seen.until - time.time()))
    seen.processes = max(seen.processes, len(whole.by_process), 1)
    seen.profile = whole if whole.total or whole.cpu_per_s else None
    if native and seen.problem is None and any(map(alive, pids)):
        seen.native = _native(pids)


def _native(pids: list[int]) -> Profile | None:
    """A short look with machine code in view."""
    whole = Profile()
    try:
        for sampler in [Sampler(pid, NATIVE_S, native=True) for pid in pids if alive(pid)]:
            whole.add(sampler.finish())
    except CarveError:
        return None  # not every machine's stacks can be unwound
    return whole if whole.total else None


def nothing_running(home: Path) -> CarveError:
    """There is nothing to watch."""
    return CarveError(
        "nothing-running",
        "no running process has operations of this project",
        cause=f"the store is {home}" if home.exists() else f"there is no store yet in {home}",
        hint="start the service (or: carve find -- COMMAND), send it its load, then try again",
        exit_code=NO_DATA,
    )


def top_only(processes: list[ProcessRow]) -> list[ProcessRow]:
    """Without those whose ancestor is watched as well: py-spy follows children itself."""
    pids = {p.pid for p in processes}

    def below(pid: int) -> bool:
        above = parent_of(pid)
        while above:
            if above in pids:
                return True
            above = parent_of(above)
        return False

    return [p for p in processes if not below(p.pid)]


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C first, as its user would; then harder. Only the group that was started here."""
    for number, patience_s in ((signal.SIGINT, 5.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=patience_s)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
