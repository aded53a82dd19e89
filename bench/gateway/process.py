"""A peer's processes: started, waited for, their CPU time and memory, ended."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += tree(int(child))
    return found


def cpu_s(pid: int) -> float:
    total = 0
    for one in tree(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident_mb(pid: int) -> float:
    total = 0
    for one in tree(pid):
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{one}/status").read_text())
        total += int(found[1]) if found else 0
    return total / 1024


@contextmanager
def running(
    command: list[str], port: int, output: Path | None = None
) -> Iterator[tuple[int, float]]:
    """The process and how many ms until it listened. `output`: where its standard output goes."""
    start = time.perf_counter()
    with open(output or os.devnull, "ab") as sink:
        process = subprocess.Popen(
            command, start_new_session=True, stdout=sink, stderr=subprocess.DEVNULL
        )
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() - start > 20:
                    raise RuntimeError(f"{command[0]} did not start") from None
                time.sleep(0.001)
        yield process.pid, (time.perf_counter() - start) * 1e3
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
