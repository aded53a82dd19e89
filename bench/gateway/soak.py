"""Minutes or hours under load in one process: is memory flat, is anything lost? And what an idle
client costs.

    python -m bench.gateway.soak 60          # minutes; `make soak MINUTES=10`

Load is wrk over HTTP/1.1, h2load over HTTP/2 with TLS, and connections that come and go in turns,
with a reload in between. Memory is flat if the last quarter's mean is at most a tenth and 2 MB over
the second quarter's. The result goes to bench/results/gateway-soak.json. Ends with 1 if memory is
not flat, or if an answer was wrong.
"""

from __future__ import annotations

import json
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.gateway.peers import UPSTREAM, Peer, carveout, upstream
from bench.gateway.process import resident_mb, running
from bench.gateway.secrets import secrets
from bench.machine import facts

IDLE = 10_000
RAW = Path(__file__).resolve().parents[1] / "results" / "gateway-soak.json"


def idle_cost(port: int, pid: int) -> dict[str, float]:
    """KiB a connection that sent one request and keeps still; as many as may be opened."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    count = min(IDLE, most - 100)
    before = resident_mb(pid)
    held = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port), 20)
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
        held.append(client)
    cost = (resident_mb(pid) - before) * 1024 / count
    for client in held:
        client.close()
    return {"connections": count, "kib_each": cost}


def wrk(port: int) -> tuple[int, int]:
    """Five seconds over HTTP/1.1: answers, and how many were wrong or lost."""
    command = ["wrk", "-t1", "-c64", "-d5", f"http://127.0.0.1:{port}/"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) requests in", text)
    lost = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    wrong = sum(map(int, lost.groups())) if lost else 0
    return int(found[1]) if found else 0, wrong + (int(bad[1]) if bad else 0)


def h2load(port: int) -> tuple[int, int]:
    """Fifty thousand over HTTP/2 with TLS."""
    command = ["h2load", "-t1", "-c32", "-m4", "-n50000", f"https://127.0.0.1:{port}/"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    good = re.search(r"status codes: (\d+) 2xx", text)
    return 50_000, 50_000 - (int(good[1]) if good else 0)


def come_and_go(port: int) -> tuple[int, int]:
    """Two hundred connections, a request each."""
    wrong = 0
    for _ in range(200):
        with socket.create_connection(("127.0.0.1", port), 20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            wrong += not client.recv(4096).startswith(b"HTTP/1.1 200")
    return 200, wrong


def soak(folder: Path, peer: Peer, pid: int, seconds: float) -> tuple[list[float], int, int]:
    """Memory after each turn in MB, answers, wrong ones."""
    memory: list[float] = []
    answers = wrong = 0
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        for count, bad in (wrk(peer.port), h2load(peer.tls_port), come_and_go(peer.port)):
            answers += count
            wrong += bad
        carveout(folder, 18100, realistic=False)  # written again: a reload
        memory.append(round(resident_mb(pid), 1))
        minutes = (time.monotonic() - start) / 60
        print(
            f"{minutes:5.1f} min  {answers:>10,} answers  {wrong} wrong  {memory[-1]:.1f} MB",
            flush=True,
        )
    return memory, answers, wrong


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with tempfile.TemporaryDirectory(prefix="soak-gateway-") as made:
        folder = Path(made)
        secrets(folder)
        peer = carveout(folder, 18100, realistic=False)
        with (
            running(upstream(folder), UPSTREAM),
            running(peer.command, peer.port) as (pid, _),
        ):
            memory, answers, wrong = soak(folder, peer, pid, minutes * 60)
            idle = idle_cost(peer.port, pid)
    quarter = max(1, len(memory) // 4)
    second = statistics.mean(memory[quarter : 2 * quarter] or memory)
    last = statistics.mean(memory[-quarter:])
    flat = last <= second * 1.1 + 2.0
    result = {
        "minutes": minutes,
        "answers": answers,
        "wrong": wrong,
        "mb_second_quarter": round(second, 1),
        "mb_last_quarter": round(last, 1),
        "flat": flat,
        "idle": idle,
        "mb": memory,
        "machine": facts(),
    }
    RAW.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({key: value for key, value in result.items() if key != "mb"}, indent=1))
    return 0 if flat and not wrong else 1


if __name__ == "__main__":
    raise SystemExit(main())
