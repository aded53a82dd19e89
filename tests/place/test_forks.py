"""Forking servers: gunicorn with --preload and multiprocessing, as real processes."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.place.sample import add

from carveout._native import Split

ROOT = Path(__file__).resolve().parents[2]

APP = """
import json, os
from carveout._native import Split
from tests.place.sample import add

# As after a preloaded carving: the candidate is in force before the fork.
add.set_split(Split("full", 1.0, lambda a, b: a + b, epoch=1))
for n in range(100):
    add(n)

def app(environ, start_response):
    answer = add(20, 1)
    body = json.dumps([os.getpid(), answer, add.counters()["candidate"]["calls"]]).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_gunicorn_preload(tmp_path: Path) -> None:
    (tmp_path / "preloaded.py").write_text(APP)
    port = free_port()
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "preloaded:app"]
    server = subprocess.Popen(command, env=environ, cwd=tmp_path)
    try:
        seen: dict[int, list[int]] = {}
        end = time.monotonic() + 30
        while len(seen) < 2 and time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as reply:
                    pid, answer, calls = json.load(reply)
            except OSError:
                time.sleep(0.1)
                continue
            assert answer == 21
            seen.setdefault(pid, []).append(calls)
        assert len(seen) == 2
        for calls_seen in seen.values():
            # The parent's hundred calls are not counted again by its children.
            assert calls_seen == list(range(1, len(calls_seen) + 1))
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


def child(n: int) -> tuple[int, int]:
    return add(n, 1), int(add.counters()["candidate"]["calls"])


@pytest.mark.slow
def test_multiprocessing_fork() -> None:
    add.set_split(Split("full", 1.0, lambda a, b: a + b, epoch=add.epoch + 1))
    try:
        add(1)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.map(child, [1, 2, 3]) == [(2, 1), (3, 2), (4, 3)]
    finally:
        add.set_split(Split(epoch=add.epoch + 1))
