"""The worker placement: a carving in a process of its own, supervised.

    worker = worker_for(artifact_dir, contract, codec, deadline_ms=200)
    worker.candidate(book, order)   # a value, a raised fault, DECLINED or FAILED
    worker.release()                # the last one out stops the process

A crash, hang or leak there can't hurt the caller: the call is FAILED within the deadline, the
reference answers it, and the supervisor starts the worker again (50 ms, doubling up to 5 s). It
also ends a worker that no longer answers, in which calls went on past their deadline (each may be a
loop that never ends), or that takes too much memory; and says which, for `carve status`.

Invariants: `start` never blocks a caller for the worker to be ready; every child is reaped; a
forked process starts workers of its own and leaves its parent's alone; the worker ends with the
process (`--parent-pid`), however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carveout.contract import Contract
from carveout.place.inline import checked

if TYPE_CHECKING:
    from carveout._native import Codec, Remote, WorkerClient

log = logging.getLogger("carveout")

BINARY = "worker"
READY_S = 10.0
BACKOFF_FIRST_S = 0.05
BACKOFF_LAST_S = 5.0
STABLE_S = 10.0
"""A worker that ran this long starts again at the first backoff."""
STOP_S = 2.0
WATCH_S = 0.5
ABANDONED = 8
"""Calls past their deadline after which a worker is started again."""
LONGEST_PATH = 100
PYTHON_MINOR = str(sys.version_info.minor)
"""Messages of built-in exceptions are those of the Python that a carving answers for."""
KEEP_LARGE_BLOCKS = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}
"""For glibc: mapping and unmapping a megabyte at every call costs a millisecond of page faults."""
MAX_REQUEST = 64 << 20
"""Bytes of a call's arguments at most, as in the native client: larger ones are declined."""


class Worker:
    """One worker process and the client to it. Thread-safe."""

    def __init__(
        self,
        artifact_dir: Path,
        contract: Contract,
        codec: Codec,
        *,
        deadline_ms: float = 1000.0,
        home: Path | None = None,
        max_concurrency: int | None = None,
        memory_mb: int = 0,
    ) -> None:
        from carveout._native import WorkerClient

        self.binary = checked(Path(artifact_dir), contract, BINARY, "worker_sha256")
        self.contract = contract
        self.socket = socket_path(home, contract.hash)
        self.restarts = 0
        self.last_exit: int | None = None
        self.trouble: str | None = None
        """Why it was ended or could not be started the last time."""
        self._memory_bytes = memory_mb << 20
        self._max_concurrency = max_concurrency
        self._pid = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._users = 0
        self.client: WorkerClient = WorkerClient(
            str(self.socket), contract.hash, deadline_ms, codec
        )
        self.candidate: Remote = self.client.bind(0)

    # -- for callers ----------------------------------------------------------------------------

    def start(self, wait_s: float = 0.0) -> bool:
        """Start the supervisor; True if the worker was ready within `wait_s`."""
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(
                target=self._supervise, name="carveout-worker", daemon=True
            )
            self._thread.start()
        return self._ready.wait(wait_s) if wait_s else self._ready.is_set()

    def call_wire(self, args: bytes) -> bytes:
        """args → outcome on the wire; [3, reason] if the worker did not answer."""
        return self.client.call_wire(0, args)

    def call_wires(self, args: list[bytes], *, round_trip: bool = False) -> list[tuple[bytes, int]]:
        """Several calls one after another, without the interpreter's lock: the outcome of each on
        the wire and its nanoseconds, in the worker alone or with the way there and back. The list
        ends with the first that was not answered."""
        return self.client.call_wires(0, args, round_trip)

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def describe(self) -> dict[str, Any]:
        """For `carve status`: its process, how often it was started again, and why."""
        return {
            "pid": self.pid,
            "restarts": self.restarts,
            "last_exit": self.last_exit,
            "problem": self.trouble or str(self.client.stats()["last_problem"]),
        }

    def acquire(self) -> Worker:
        """One more user; `release` takes it back."""
        self._users += 1
        return self

    def release(self) -> None:
        """One user less; the last one stops the worker."""
        self._users -= 1
        if self._users <= 0:
            _forget(self)
            self.stop()

    def stop(self) -> None:
        """End the worker and its supervisor; nothing is left behind."""
        self._stop.set()
        self.client.close()
        if os.getpid() != self._pid:
            return  # the parent's process: not ours to stop
        self._end_process()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_S)
        self._remove_socket()

    # -- the supervisor -------------------------------------------------------------------------

    def _supervise(self) -> None:
        backoff = BACKOFF_FIRST_S
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                self._run_once()
            except OSError as error:
                # No process to be had (limits, a vanished file): the same as one that died.
                self.last_exit = None
                self.trouble = f"it cannot be started: {error}"
            self._ready.clear()
            if self._stop.is_set():
                return
            if time.monotonic() - started >= STABLE_S:
                backoff = BACKOFF_FIRST_S
            if self._stop.wait(backoff):
                return
            backoff = min(backoff * 2, BACKOFF_LAST_S)
            self.restarts += 1

    def _run_once(self) -> None:
        self._remove_socket()
        command = [str(self.binary), "--unix", str(self.socket), "--parent-pid", str(self._pid)]
        command += ["--max-body", str(MAX_REQUEST)]
        if self._max_concurrency is not None:
            command += ["--max-concurrency", str(self._max_concurrency)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, **KEEP_LARGE_BLOCKS, "CARVEOUT_PYTHON_MINOR": PYTHON_MINOR},
            start_new_session=True,  # Ctrl-C in the terminal is the service's, not the worker's
        )
        self._process = process
        try:
            if self._stop.is_set():
                return
            if _says_ready(process, READY_S):
                self.client.forgive()
                self._ready.set()
                fault = self._watch(process)
                if fault is not None:
                    self.trouble = fault
                    log.warning("carveout: worker of %s ended: %s", self.contract.name, fault)
                    process.kill()
                self.last_exit = process.wait()
            else:
                self.last_exit = process.poll()
                self.trouble = (
                    f"it did not say that it is ready within {READY_S:g} s"
                    if self.last_exit is None
                    else f"it ended at its start with exit code {self.last_exit}"
                )
        finally:
            self._end_process()
            if process.stdout is not None:
                process.stdout.close()

    def _watch(self, process: subprocess.Popen[bytes]) -> str | None:
        """Wait until the worker ends by itself (None), or until something is wrong with it."""
        silent_before = False
        look_at = time.monotonic() + WATCH_S
        with contextlib.closing(_Ears(process)) as ears:
            while not ears.ended(look_at - time.monotonic()):
                if time.monotonic() < look_at:
                    continue
                look_at = time.monotonic() + WATCH_S
                stats = self.client.stats()
                if stats["silent"] and silent_before:
                    return "it does not answer"
                silent_before = bool(stats["silent"])
                if stats["timeouts"] >= ABANDONED:
                    return f"{stats['timeouts']} calls went on past their deadline"
                used = _memory_of(process.pid)
                if self._memory_bytes and used > self._memory_bytes:
                    return f"it took {used >> 20} MB, more than {self._memory_bytes >> 20}"
        return None

    def _end_process(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        # One that does not answer calls would not drain them either.
        hangs = self.client.stats()["silent"]
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL if hangs else signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _remove_socket(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.unlink()


def _says_ready(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Whether the worker prints its `ready` line in time."""
    stdout = process.stdout
    if stdout is None:
        return False
    deadline = time.monotonic() + timeout_s
    line = b""
    # Not `select`, which takes no descriptor past 1023: a busy service has more.
    readable = select.poll()
    readable.register(stdout, select.POLLIN)
    while b"\n" not in line:
        left = deadline - time.monotonic()
        if left <= 0 or not readable.poll(left * 1000):
            return False
        piece = os.read(stdout.fileno(), 4096)
        if not piece:
            return False
        line += piece
    return line.startswith(b"ready")


class _Ears:
    """Hears that a process has ended, and takes what it prints meanwhile: a carving that prints
    must not fill the pipe."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._poll = select.poll()
        self._stdout = process.stdout.fileno() if process.stdout is not None else -1
        if self._stdout >= 0:
            self._poll.register(self._stdout, select.POLLIN)
        try:
            self._handle: int | None = os.pidfd_open(process.pid)
            self._poll.register(self._handle, select.POLLIN)
        except (AttributeError, OSError):  # an older kernel: the pipe's end must do
            self._handle = None

    def ended(self, timeout_s: float) -> bool:
        """Whether the process has ended; returns after `timeout_s` or at the next event."""
        for fd, _ in self._poll.poll(max(0.0, timeout_s) * 1000):
            if fd == self._stdout and not os.read(self._stdout, 65536):
                self._poll.unregister(self._stdout)
        return self._process.poll() is not None

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)


def _memory_of(pid: int) -> int:
    """Resident bytes of a process; 0 where that can't be read."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def socket_path(home: Path | None, contract_hash: str) -> Path:
    """A fresh socket path, short enough for a Unix address, in a folder only we may enter."""
    global _counter
    _counter += 1
    name = f"{contract_hash[:8]}-{os.getpid()}-{_counter}.sock"
    if home is not None:
        folder = Path(home) / "run"
        if len(os.fsencode(folder / name)) <= LONGEST_PATH:
            with contextlib.suppress(OSError):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                return folder / name
    folder = Path(tempfile.gettempdir()) / f"carveout-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        mine = folder.stat().st_uid == os.getuid()
    except OSError:
        mine = False
    if not mine:
        folder = Path(tempfile.mkdtemp(prefix="carveout-"))
    return folder / name


_counter = 0
_lock = threading.Lock()
_workers: dict[tuple[str, str], Worker] = {}


def worker_for(
    artifact_dir: Path,
    contract: Contract,
    codec: Codec,
    *,
    deadline_ms: float = 1000.0,
    home: Path | None = None,
    memory_mb: int = 0,
    wait_s: float = 0.0,
) -> Worker:
    """The process's worker for an artifact, started; shared by all who ask. `release` it.

    Raises:
        CarveError: "artifact-…" when the binary is missing, damaged or of another contract.
    """
    key = (str(artifact_dir), contract.hash)
    with _lock:
        worker = _workers.get(key)
        if worker is None:
            worker = Worker(
                artifact_dir,
                contract,
                codec,
                deadline_ms=deadline_ms,
                home=home,
                memory_mb=memory_mb,
            )
            _workers[key] = worker
        worker.acquire()
    worker.start(wait_s)
    return worker


def _forget(worker: Worker) -> None:
    with _lock:
        for key, known in list(_workers.items()):
            if known is worker:
                del _workers[key]


def _stop_all() -> None:
    with _lock:
        workers = list(_workers.values())
        _workers.clear()
    for worker in workers:
        worker.stop()


def _after_fork_in_child() -> None:
    # The supervisor threads are not here and the processes are the parent's: forget them. The
    # agent, started afresh by the first call, asks for workers of this process's own.
    global _lock
    _lock = threading.Lock()
    _workers.clear()


atexit.register(_stop_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def stats() -> list[dict[str, Any]]:
    """One dict a worker of this process: pid, restarts, last exit, its client's counters."""
    with _lock:
        workers = list(_workers.values())
    return [
        {
            "operation": worker.contract.name,
            "pid": worker.pid,
            "restarts": worker.restarts,
            "last_exit": worker.last_exit,
            **worker.client.stats(),
        }
        for worker in workers
    ]
