"""Servers as processes on a core of their own: started, watched in /proc, ended.

    with Running(implementation, "quote", upstream) as server:
        server.port, server.start_ms, server.resident_mb(), server.cpu_s()

Invariants: a server is pinned before it runs; whatever was started is ended, with its children.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from bench.grid.plan import BUILD, LOAD_CORE, SERVER_CORE, UPSTREAM_DELAY_MS, Implementation

START_S = 30.0
ITEMS = 1000


class Failed(Exception):
    """A server or a tool that did not do what it is for; the text says which and why."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(core: int, command: tuple[str, ...] | list[str]) -> list[str]:
    """The command on one core, if there are two."""
    if (os.cpu_count() or 1) < 2 or shutil.which("taskset") is None:
        return list(command)
    return ["taskset", "-c", str(core), *command]


def database(path: Path) -> None:
    """A new database with its items."""
    for old in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        old.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as made, made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute(
            "CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT, "
            "name TEXT NOT NULL, quantity INTEGER NOT NULL, price_cents INTEGER NOT NULL)"
        )
        made.executemany(
            "INSERT INTO items (name, quantity, price_cents) VALUES (?, ?, ?)",
            [(f"Item {n}", n % 50, 100 + 7 * n) for n in range(1, ITEMS + 1)],
        )


def ended(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group: politely, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout is not None:
        process.stdout.close()


@contextlib.contextmanager
def upstream(pace: Path) -> Iterator[str]:
    """The upstreams of the fan-out, on the core of the load: their address."""
    command = pinned(LOAD_CORE, [str(pace), "upstream", "0", str(UPSTREAM_DELAY_MS)])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline().decode().split()
        if len(said) != 2:
            raise Failed("the upstreams did not start")
        yield f"http://{said[1]}"
    finally:
        ended(process)


class Running:
    """One server, from its start to its end."""

    def __init__(
        self,
        implementation: Implementation,
        endpoint: str,
        upstream_url: str,
        *,
        probe: bool = False,
        variables: dict[str, str] | None = None,
    ) -> None:
        self.implementation = implementation
        self.endpoint = endpoint
        self.port = free_port()
        self.start_ms = float("nan")
        self.peak_mb = 0.0
        path = BUILD / "run" / f"{implementation.name}.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        database(path)
        self._log = path.with_suffix(".log")
        own = {k: v for k, v in os.environ.items() if not k.startswith(("CARVEOUT", "PYTHON"))}
        self._variables = own | {
            "PORT": str(self.port),
            "GRID_DB": str(path),
            "GRID_UPSTREAM": upstream_url,
            "GRID_PROBE": "1" if probe else "0",
            **(variables or {}),
        }
        filled = [word.format(port=self.port, endpoint=endpoint) for word in implementation.command]
        self._command = pinned(SERVER_CORE, filled)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Running:
        with self._log.open("wb") as log:
            begun = time.perf_counter()
            self._process = subprocess.Popen(
                self._command,
                cwd=self.implementation.folder,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            while not self._answers():
                if self._process.poll() is not None or time.perf_counter() - begun > START_S:
                    said = self._log.read_text(errors="replace")[-1500:]
                    raise Failed(f"{self.implementation.name} did not start:\n{said}")
                time.sleep(0.001)
        except BaseException:
            ended(self._process)
            raise
        self.start_ms = (time.perf_counter() - begun) * 1e3
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            ended(self._process)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as made:
                made.sendall(b"GET /health HTTP/1.1\r\nHost: grid\r\nConnection: close\r\n\r\n")
                return made.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def ask(
        self, method: str, path: str, body: bytes | None, timeout_s: float = 30.0
    ) -> tuple[int, str, bytes]:
        """One request: status, content type, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("content-type") or "", answer.read()
        finally:
            connection.close()

    def pids(self) -> list[int]:
        """The server's process and all below it."""
        if self._process is None:
            return []
        found, waiting = [], [self._process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    waiting.extend(int(x) for x in (task / "children").read_text().split())
        return found

    def resident_mb(self) -> float:
        """Resident memory of all its processes, in MB (10^6 bytes)."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    if line.startswith("VmRSS:"):
                        total += int(line.split()[1]) * 1024
        return total / 1e6

    def cpu_s(self) -> float:
        """CPU seconds of all its processes so far."""
        ticks = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Keep the highest resident memory of the block in `peak_mb`."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.1):
                self.peak_mb = max(self.peak_mb, self.resident_mb())

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.peak_mb = max(self.peak_mb, self.resident_mb())
