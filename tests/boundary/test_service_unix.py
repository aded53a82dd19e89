"""The service's HTTP on a Unix socket: the same answers, and a socket file in good order."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from test_service import GOOD, request
from test_service import Running as OverTcp

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

PATIENCE_S = 20.0


class Running:
    """A service on a Unix socket."""

    def __init__(self, artifact: Path, path: Path, *options: str) -> None:
        command = [str(artifact / "worker"), "--http-unix", str(path), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"ready {path}\n"
        self.path = path

    def connect(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(PATIENCE_S)
        made.connect(str(self.path))
        return made

    def raw(self, sent: bytes) -> bytes:
        with self.connect() as made:
            made.sendall(sent)
            return whole(made)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def whole(made: socket.socket) -> bytes:
    said = b""
    while piece := made.recv(1 << 16):
        said += piece
    return said


@pytest.fixture
def start(quoting: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def run(path: Path, *options: str) -> Running:
        started.append(Running(quoting, path, *options))
        return started[-1]

    yield run
    for running in started:
        running.end(signal.SIGKILL)


def dateless(said: bytes) -> list[bytes]:
    return [line for line in said.split(b"\r\n") if not line.lower().startswith(b"date:")]


def test_the_same_answers_as_over_tcp(
    quoting: Path, start: Callable[..., Running], tmp_path: Path
) -> None:
    tcp = OverTcp(quoting)
    unix = start(tmp_path / "quote.sock")
    try:
        for sent in (
            request(),
            request(id=-1),  # a panic
            request(id=-2),  # a fault
            request(id=-3),  # a decline
            request(id="x"),
            request(b"{"),
            request(b"", method="GET", path="/health"),
            request(b"", method="GET", path="/openapi.json"),
            request(path="/other"),
            request(None, "Transfer-Encoding: gzip"),
            b"nothing\r\n\r\n",
        ):
            assert dateless(unix.raw(sent)) == dateless(tcp.raw(sent)), sent
        with unix.connect() as made:  # one connection, many requests
            made.sendall(request(close=False) * 20 + request())
            assert whole(made).count(b"HTTP/1.1 200 OK") == 21
    finally:
        tcp.end()


def test_what_was_begun_is_answered_and_the_file_goes(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    path = tmp_path / "quote.sock"
    running = start(path, "--threads", "2")
    said: list[bytes] = []

    def ask() -> None:
        said.append(running.raw(request(id=-4)))  # takes 400 ms

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    begun = time.monotonic()
    while b"carveout_requests_in_flight 4" not in running.raw(
        request(b"", method="GET", path="/metrics")
    ) and any(one.is_alive() for one in asking):
        assert time.monotonic() - begun < PATIENCE_S
    code = running.end()
    for one in asking:
        one.join(PATIENCE_S)
    assert code == 0
    assert len(said) == 4
    assert all(one.startswith(b"HTTP/1.1 200") for one in said)
    assert not path.exists()


def test_a_file_left_behind_is_no_hindrance_and_anothers_is_left(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    path = tmp_path / "quote.sock"
    killed = start(path)
    killed.end(signal.SIGKILL)
    assert path.exists()
    old = start(path)
    new = start(path)  # a second one takes the name over while the first still runs
    assert old.end() == 0
    assert b"200 OK" in new.raw(request())
    assert new.end() == 0
    assert not path.exists()


def test_a_path_that_cannot_be_had_is_said(quoting: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "quote.sock", tmp_path / ("x" * 200)):
        done = subprocess.run(
            [str(quoting / "worker"), "--http-unix", str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"error[cannot-listen]: {path}")


def test_many_clients_at_once(start: Callable[..., Running], tmp_path: Path) -> None:
    running = start(tmp_path / "quote.sock", "--max-concurrency", "1000")
    clients = [running.connect() for _ in range(300)]
    try:
        for client in clients:
            client.sendall(request())
        for client in clients:
            said = whole(client)
            assert said.startswith(b"HTTP/1.1 200")
            assert json.loads(said.partition(b"\r\n\r\n")[2])["id"] == GOOD["id"]
    finally:
        for client in clients:
            client.close()
