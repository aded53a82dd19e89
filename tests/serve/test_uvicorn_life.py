"""The life of a connection under our protocol: its timeout, its pressure, its server's end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

sys.path.insert(0, str(Path(__file__).parent))

from uvicorn_servers import (
    END,
    OURS,
    PATIENCE_S,
    THEIRS,
    Running,
    application,
    one_answer,
    request,
    until_closed,
)

import carveout
from carveout.place import registry
from carveout.serve.uvicorn import MAX_HELD, Protocol

GOOD = request()


@pytest.fixture(autouse=True, scope="module")
def _no_agent() -> Iterator[None]:
    """It would find no stage in the store and take the shortcut away."""
    registry.on_first_call(None)
    yield
    registry.on_first_call(carveout._start_agent)


class Loop:
    """A clock, and timers that are run by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Any] = []

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, action: Any) -> Any:
        timer = type("Timer", (), {"cancelled": False, "at": self.now + seconds})()
        timer.cancel = lambda: self.timers.remove(timer)
        timer.action = action
        self.timers.append(timer)
        return timer

    def until(self, now: float) -> None:
        for timer in sorted(self.timers, key=lambda one: one.at):
            if timer.at <= now:
                self.now = timer.at
                self.timers.remove(timer)
                timer.action()
        self.now = now


class Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def get_extra_info(self, name: str) -> None:
        return None

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def connection() -> tuple[Protocol, Transport, Loop]:
    app = application()
    app.middleware_stack = app.build_middleware_stack()
    config = uvicorn.Config(app, http=OURS, access_log=False, log_config=None)
    config.load()
    loop, transport = Loop(), Transport()
    made = Protocol(config, ServerState(), {}, loop)  # type: ignore[arg-type]
    made.connection_made(transport)  # type: ignore[arg-type]
    return made, transport, loop


Connection = tuple[Protocol, Transport, Loop]


def test_a_uvicorn_that_is_built_otherwise_serves_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("carveout.serve.uvicorn.USED", ("cycle", "no_longer_there"))
    with Running(application(), OURS) as one:
        one.exchange(END)
        assert not one.ready
        assert b'{"total":3.0}' in one.exchange(GOOD + END)


def test_without_httptools_it_says_so() -> None:
    asked = "import sys; sys.modules['httptools'] = None; import carveout.serve.uvicorn"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=False
    )
    assert "pip install httptools" in done.stderr.splitlines()[-1]


def test_the_keep_alive_timeout_counts_from_the_last_answer(connection: Connection) -> None:
    made, transport, loop = connection
    loop.until(1_000.0)
    assert not transport.closed  # no request yet: uvicorn has no limit for that
    for at in (1_000.0, 1_004.0, 1_008.0):
        loop.until(at)
        made.data_received(GOOD)
    assert len(transport.written) == 3
    loop.until(1_012.9)
    assert not transport.closed
    loop.until(1_013.1)
    assert transport.closed
    assert not loop.timers


def test_a_request_under_way_stops_the_timeout(connection: Connection) -> None:
    made, transport, loop = connection
    made.data_received(GOOD)
    made.data_received(GOOD[:-3])
    loop.until(10_000.0)
    assert not transport.closed
    made.data_received(GOOD[-3:])
    assert len(transport.written) == 2
    loop.until(20_000.0)
    assert transport.closed


def test_what_is_held_has_a_limit(connection: Connection) -> None:
    made, _transport, _loop = connection
    head = request(b"x" * 200_000)
    made.data_received(head[: MAX_HELD // 2])
    assert made._held == b""
    assert made.scope is not None  # uvicorn's parser has it
    assert made.cycle is None or not made.cycle.response_complete


def test_a_client_that_does_not_read_is_uvicorns(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, transport, _loop = connection
    given: list[bytes] = []
    monkeypatch.setattr(
        "uvicorn.protocols.http.httptools_impl.HttpToolsProtocol.data_received",
        lambda self, data: given.append(data),
    )
    made.data_received(GOOD)
    made.pause_writing()
    made.data_received(GOOD)
    assert given == [GOOD]
    made.resume_writing()
    made.data_received(GOOD)
    assert len(transport.written) == 2
    transport.closed = True
    made.data_received(GOOD)
    assert given == [GOOD, GOOD]


@pytest.mark.parametrize("http", [OURS, THEIRS])
def test_a_request_whose_head_was_read_is_answered_at_shutdown(http: str) -> None:
    with Running(application(), http) as one:
        one.exchange(END)
        at = GOOD.index(b"{")
        with one.connect() as made, one.connect() as idle:
            for other in (made, idle):
                other.sendall(GOOD)
                one_answer(other)
            made.sendall(GOOD[:at])
            time.sleep(0.3)
            one.server.should_exit = True
            assert idle.recv(100) == b""
            made.sendall(GOOD[at:])
            got = until_closed(made)
    assert got.endswith(b'\r\n\r\n{"total":3.0}')
    assert b"connection: close" in got


def test_no_answer_is_cut_at_shutdown_under_load() -> None:
    whole = b'\r\n\r\n{"total":3.0}'
    counts = {"whole": 0, "cut": 0}
    with Running(application(), OURS) as one:
        one.exchange(END)
        started = threading.Barrier(5)

        def ask() -> None:
            with one.connect() as made:
                started.wait(PATIENCE_S)
                while True:
                    try:
                        made.sendall(GOOD)
                        got = one_answer(made)
                    except OSError:
                        return
                    if not got:
                        return  # closed while idle, as uvicorn does
                    counts["whole" if got.endswith(whole) else "cut"] += 1

        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        started.wait(PATIENCE_S)
        while counts["whole"] < 200:
            time.sleep(0.01)
        one.server.should_exit = True
        for client in clients:
            client.join(PATIENCE_S)
    assert counts["cut"] == 0
    assert not one.server.server_state.connections


def test_gunicorns_worker(tmp_path: Path) -> None:
    """gunicorn serves by our protocol, and ends in good order."""
    app = tmp_path / "served.py"
    app.write_text(
        "from uvicorn_servers import application\n"
        "from carveout.place import registry\n"
        "registry.on_first_call(None)\n"
        "app = application()\n"
        "from carveout.serve import uvicorn\n"
        "real = uvicorn.Protocol._answer\n"
        "def told(self, data, may_hold):\n"
        "    at = real(self, data, may_hold)\n"
        "    print('answered', at, flush=True) if at else None\n"
        "    return at\n"
        "uvicorn.Protocol._answer = told\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parent)])
    said = tmp_path / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", "served:app", "-b", f"127.0.0.1:{port}",
                "-k", "carveout.serve.gunicorn.Worker",
            ],
            env={**os.environ, "PYTHONPATH": path}, stdout=out, stderr=out, cwd=tmp_path,
        )  # fmt: skip
    try:
        begun = time.monotonic()
        got = b""
        while b"end" not in got:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() - begun < 2 * PATIENCE_S, said.read_text()
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as made:
                    made.sendall(END)
                    got = until_closed(made)
            except OSError:
                time.sleep(0.05)
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as made:
            made.sendall(GOOD + END)
            assert b'{"total":3.0}' in until_closed(made)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(2 * PATIENCE_S)
    assert process.returncode == 0, said.read_text()
    assert f"answered {len(GOOD)}" in said.read_text()
