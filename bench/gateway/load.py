"""Load on one peer, and what was seen of it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.gateway.peers import Peer
from bench.gateway.process import cpu_s, resident_mb

UNIT_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True)
class Scenario:
    connections: int = 64
    big: bool = False
    h2: bool = False
    """With TLS, four streams on a connection."""
    realistic: bool = False
    cores: int = 1

    @property
    def name(self) -> str:
        words = [
            "h2 + TLS" if self.h2 else "h1",
            f"{self.connections} connections",
            "64 KiB" if self.big else "small",
            "realistic" if self.realistic else "filters off",
        ]
        return ", ".join([*words, *(["two cores"] if self.cores > 1 else [])])

    @property
    def tool(self) -> str:
        return "h2load" if self.h2 else "wrk"

    @property
    def path(self) -> str:
        return "/big" if self.big else "/"


def load(peer: Peer, pid: int, scenario: Scenario, seconds: float, token: str) -> dict[str, float]:
    """One run. Raises RuntimeError if more than one answer in a thousand was wrong."""
    before = cpu_s(pid)
    if scenario.h2:
        done, failed, p99 = _h2load(peer, scenario, seconds, token)
    else:
        done, failed, p99 = _wrk(peer, scenario, seconds, token)
    used = cpu_s(pid) - before
    if done == 0 or failed > done * 0.001:
        raise RuntimeError(f"{failed} of {done} answers were wrong")
    return {
        "us_per_request": used / done * 1e6,
        "requests_per_s": done / seconds,
        "p99_ms": p99,
        "resident_mb": resident_mb(pid),
    }


def _run(command: list[str], seconds: float) -> str:
    limit = seconds + 60
    return subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True).stdout


def _bearer(scenario: Scenario, token: str) -> list[str]:
    return ["-H", f"Authorization: Bearer {token}"] if scenario.realistic else []


def _wrk(peer: Peer, scenario: Scenario, seconds: float, token: str) -> tuple[int, int, float]:
    url = f"http://127.0.0.1:{peer.port}{scenario.path}"
    size = [f"-c{scenario.connections}", f"-d{seconds:.0f}"]
    text = _run(["wrk", "-t1", *size, "--latency", *_bearer(scenario, token), url], seconds)
    found = re.search(r"(\d+) requests in", text)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    assert found, text
    assert late, text
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return int(found[1]), int(bad[1]) if bad else 0, float(late[1]) * UNIT_MS[late[2]]


def _h2load(peer: Peer, scenario: Scenario, seconds: float, token: str) -> tuple[int, int, float]:
    url = f"https://127.0.0.1:{peer.tls_port}{scenario.path}"
    size = [f"-c{scenario.connections}", "-m4", f"-D{seconds:.0f}"]
    with tempfile.TemporaryDirectory(prefix="h2load-") as folder:
        log = Path(folder) / "times"
        command = ["h2load", "-t1", *size, f"--log-file={log}", *_bearer(scenario, token), url]
        text = _run(command, seconds)
        # start in µs, status, µs: one line a request.
        times = sorted(int(line.split()[2]) for line in log.read_text().splitlines())
    done = re.search(r"requests: \d+ total, \d+ started, (\d+) done", text)
    good = re.search(r"status codes: (\d+) 2xx", text)
    assert done, text
    assert good, text
    p99 = times[int(len(times) * 0.99)] / 1e3 if times else 0.0
    return int(done[1]), int(done[1]) - int(good[1]), p99
