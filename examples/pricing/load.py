"""A load on the running service: wrk on loopback, and the service's own CPU time from /proc.

    with Service(folder, environment) as service:
        load = measure(service, "value.lua", seconds=8)
        load.cpu_ms      # the service's CPU a request, user and system, all its threads

Invariant: only processes started here are stopped, each with its group.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
UNITS_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
CONNECTIONS = 4
START_S = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw, and what it cost the service. Latencies and CPU in milliseconds."""

    requests: int
    per_s: float
    p50_ms: float
    p99_ms: float
    failed: int
    cpu_ms: float


def parsed(text: str, cpu_s: float = 0.0) -> Load:
    """wrk's report as values. Raises ValueError if it is none."""

    def number(pattern: str, default: str | None = None) -> str:
        found = re.search(pattern, text)
        if found is None and default is None:
            raise ValueError(f"wrk did not say {pattern!r}: {text.strip()[-300:]}")
        return found[1] if found is not None else str(default)

    def latency(quantile: int) -> float:
        found = re.search(rf"^ +{quantile}% +([\d.]+)(us|ms|s|m)$", text, re.MULTILINE)
        return float(found[1]) * UNITS_MS[found[2]] if found else float("nan")

    requests = int(number(r"(\d+) requests in"))
    sockets = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text
    )
    lost = sum(int(count) for count in sockets.groups()) if sockets else 0
    return Load(
        requests=requests,
        per_s=float(number(r"Requests/sec: +([\d.]+)")),
        p50_ms=latency(50),
        p99_ms=latency(99),
        failed=lost + int(number(r"Non-2xx or 3xx responses: (\d+)", "0")),
        cpu_ms=cpu_s * 1e3 / requests if requests else float("nan"),
    )


def started(command: list[str], folder: Path, environment: Mapping[str, str], **pipes: Any) -> Any:
    """A process in a group of its own, so that Ctrl-C in the terminal is ours to pass on."""
    return subprocess.Popen(
        command, cwd=folder, env=dict(environment), start_new_session=True, text=True, **pipes
    )


def stop(process: subprocess.Popen[str], *, first: int = signal.SIGTERM) -> None:
    """End a process and its group: politely, then not."""
    for number in (first, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None and not pipe.closed:
            pipe.close()


class Service:
    """The example under uvicorn, one process, as its users run it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.environment = environment
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [
            "uvicorn", "pricing.app:app", "--port", str(self.port), "--no-access-log",
            "--log-level", "warning",
        ]  # fmt: skip
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Service:
        scripts = Path(sys.executable).parent
        command = [str(scripts / self.command[0]), *self.command[1:]]
        log = (self.folder / "service.log").open("w")
        with log:
            self.process = started(command, self.folder, self.environment, stdout=log, stderr=log)
        until = time.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                stop(self.process)
                said = (self.folder / "service.log").read_text()[-2000:]
                raise RuntimeError(f"the service did not start:\n{said}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            stop(self.process)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                return bool(json.load(answer) == {"status": "ok"})
        except (OSError, urllib.error.URLError):
            return False

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def cpu_s(self) -> float:
        """CPU seconds of the service's process so far, user and system, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def post(self, path: str, body: object) -> int:
        """One request; its status."""
        request = urllib.request.Request(
            f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)


def wrk_command(service: Service, script: str, seconds: float, connections: int) -> list[str]:
    return [
        "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency",
        "-s", script, service.url,
    ]  # fmt: skip


def measure(service: Service, script: str, seconds: float, connections: int = CONNECTIONS) -> Load:
    """wrk for some seconds; what it saw and what the service spent on it."""
    before = service.cpu_s()
    process = started(
        wrk_command(service, script, seconds, connections), service.folder, service.environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        text, _ = process.communicate(timeout=seconds + 30)
    finally:
        stop(process)
    return parsed(text, service.cpu_s() - before)


class Traffic:
    """wrk in the background until the block ends; then `load` has its report."""

    def __init__(self, service: Service, script: str, connections: int = CONNECTIONS) -> None:
        self._service = service
        self._script = script
        self._connections = connections
        self.load: Load | None = None

    def __enter__(self) -> Traffic:
        self._before = self._service.cpu_s()
        self._process = started(
            wrk_command(self._service, self._script, 600, self._connections),
            self._service.folder, self._service.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            # wrk reports what it has when it is interrupted.
            self._process.send_signal(signal.SIGINT)
            text, _err = self._process.communicate(timeout=30)
            if kind is None:
                self.load = parsed(text, self._service.cpu_s() - self._before)
        finally:
            stop(self._process)


class Checker:
    """`check.py` in the background until the block ends; then `counts` has what it counted."""

    def __init__(self, service: Service, path: str = "/value") -> None:
        self._service = service
        self._path = path
        self.counts: dict[str, Any] = {}

    def __enter__(self) -> Checker:
        self._process = started(
            [sys.executable, "check.py", f"{self._service.url}{self._path}"],
            self._service.folder, self._service.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if said != "checking\n":
            said += self._process.stdout.read()
            stop(self._process)
            raise RuntimeError(f"the checking client did not start: {said}")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._process.send_signal(signal.SIGINT)
            text, _err = self._process.communicate(timeout=30)
            if kind is None:
                self.counts = json.loads(text.strip().splitlines()[-1])
        finally:
            stop(self._process)
