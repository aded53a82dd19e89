"""Hours under load in one process: is memory flat, is anything lost? And what an idle client costs.

    python -m bench.gateway.soak 3600         # seconds; `make soak` is an hour

Load is wrk (keep-alive) and connections that come and go, with a reload in between. Memory is flat
if the last quarter's mean is at most a tenth and 2 MB over the second quarter's. Ends with 1 if it
is not, or if an answer was wrong.
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

from bench.gateway.__main__ import resident_mb, running, secrets
from bench.gateway.peers import carveout, upstream
from bench.machine import facts

IDLE = 10_000


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


def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 3600
    with tempfile.TemporaryDirectory(prefix="soak-gateway-") as made:
        folder = Path(made)
        secrets(folder)
        peer = carveout(folder, 18100, realistic=False)
        memory: list[float] = []
        answers = wrong = 0
        with running(upstream(folder), 18080), running(peer.command, peer.port) as (pid, _):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                command = ["wrk", "-t1", "-c64", "-d5", f"http://127.0.0.1:{peer.port}/"]
                text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                found = re.search(r"(\d+) requests in", text)
                answers += int(found[1]) if found else 0
                lost = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
                wrong += sum(map(int, lost.groups())) if lost else 0
                bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
                wrong += int(bad[1]) if bad else 0
                for _ in range(200):
                    with socket.create_connection(("127.0.0.1", peer.port), 20) as client:
                        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                        answers += 1
                        wrong += not client.recv(4096).startswith(b"HTTP/1.1 200")
                carveout(folder, 18100, realistic=False)  # written again: a reload
                memory.append(resident_mb(pid))
            idle = idle_cost(peer.port, pid)
    quarter = max(1, len(memory) // 4)
    second = statistics.mean(memory[quarter : 2 * quarter] or memory)
    last = statistics.mean(memory[-quarter:])
    flat = last <= second * 1.1 + 2.0
    result = {
        "seconds": seconds,
        "answers": answers,
        "wrong": wrong,
        "mb_second_quarter": round(second, 1),
        "mb_last_quarter": round(last, 1),
        "flat": flat,
        "idle": idle,
        "machine": facts(),
    }
    print(json.dumps(result, indent=1))
    return 0 if flat and not wrong else 1


if __name__ == "__main__":
    raise SystemExit(main())
