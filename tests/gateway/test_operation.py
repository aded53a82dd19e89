"""Reload, drain, restart, metrics, log, admin: nothing is lost while things change."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.diagnostics import CarveError
from carveout.gateway import (
    AccessLog,
    AdminApi,
    Gateway,
    Respond,
    Retries,
    Route,
    Running,
    Timeouts,
    Upstream,
    binary,
    start,
)
from carveout.gateway.admin import Admin

Make = Callable[..., Running]


class Load:
    """Threads with keep-alive connections that count answers and everything that went wrong."""

    def __init__(self, address: str, threads: int = 4) -> None:
        self.address = address
        self.answers = 0
        self.wrong: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def _run(self) -> None:
        connection = http.client.HTTPConnection(self.address, timeout=30)
        while not self._stop.is_set():
            try:
                connection.request("GET", "/x")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.wrong.append(str(answer.status))
                self.answers += 1
            except (OSError, http.client.HTTPException) as problem:
                self.wrong.append(repr(problem))
                connection.close()
        connection.close()

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        eventually(lambda: self.answers > 20)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def _config(zoo: Zoo, **fields: object) -> Gateway:
    base: dict[str, object] = {
        "listen": ["127.0.0.1:0"],
        "threads": 2,
        "upstreams": {"zoo": Upstream(endpoints=[zoo.url])},
        "routes": [Route(name="all", prefix="/", upstream="zoo")],
        "timeouts": Timeouts(drain_ms=10_000),
    }
    return Gateway(**(base | fields))  # type: ignore[arg-type]


def test_fifty_reloads_under_load_lose_nothing(tmp_path: Path, zoo: Zoo) -> None:
    with start(_config(zoo), folder=tmp_path) as running, Load(running.addresses[0]) as load:
        assert running.admin is not None
        for n in range(50):
            extra = Route(name=f"n{n}", path="/version", respond=Respond(body=str(n)))
            routes = [extra, Route(name="all", prefix="/", upstream="zoo")]
            running.file.write_bytes(
                _config(zoo, routes=routes, admin=AdminApi(socket="admin.sock")).to_json()
            )
            running.admin.reload()
        with Client(running.addresses[0]) as client:
            assert client.ask("GET /version").body == b"49"
        assert running.state()["reloads"] >= 50
    assert load.wrong == []
    assert load.answers > 50


def test_an_invalid_file_leaves_the_running_one(tmp_path: Path, zoo: Zoo) -> None:
    with start(_config(zoo), folder=tmp_path) as running:
        assert running.admin is not None
        running.file.write_text('{"gateway": {"listen": ["127.0.0.1:0"], "rutes": []}}')
        with pytest.raises(CarveError) as caught:
            running.admin.reload()
        assert "rutes" in str(caught.value)
        assert "rutes" in running.state()["last_error"]
        with Client(running.addresses[0]) as client:
            assert client.ask("GET /x").status == 200
        # Seen by itself, and by the signal.
        running.write(_config(zoo, routes=[Route(prefix="/", respond=Respond(body="by itself"))]))
        with Client(running.addresses[0]) as client:
            eventually(lambda: client.ask("GET /x").body == b"by itself")
        before = running.state()["reloads"]
        running.process.send_signal(signal.SIGHUP)
        eventually(lambda: running.state()["reloads"] > before)


def test_a_drain_under_load_finishes_what_is_running(tmp_path: Path, zoo: Zoo) -> None:
    running = start(_config(zoo), folder=tmp_path)
    done: list[int] = []

    def slow() -> None:
        with Client(running.addresses[0]) as client:
            done.append(client.ask("GET /slow?1.0").status)

    threads = [threading.Thread(target=slow) for _ in range(8)]
    # A client that is told `Connection: close` and obeys loses nothing.
    closed: list[bool] = []

    def polite() -> None:
        with Client(running.addresses[0]) as client:
            while True:
                answer = client.ask("GET /x")
                assert answer.status == 200
                if answer.headers.get("connection") == "close":
                    closed.append(client.ended())
                    return

    threads += [threading.Thread(target=polite) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: running.state()["connections"] >= 12)
    time.sleep(0.2)
    assert running.stop() == 0
    for thread in threads:
        thread.join(30)
    assert done == [200] * 8
    assert closed == [True] * 4
    assert any("drained" in line for line in running.log)


def test_a_stream_that_outlasts_the_drain_is_cut(tmp_path: Path, zoo: Zoo) -> None:
    running = start(_config(zoo, timeouts=Timeouts(drain_ms=300)), folder=tmp_path)
    with Client(running.addresses[0]) as client:
        client.send(b"GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: running.state()["routes"]["all"]["requests"] == 0)
        eventually(lambda: running.state()["connections"] == 1)
        assert running.stop() == 0
        assert client.ended()
    assert any("cut 1 connections" in line for line in running.log)


def test_a_restart_by_handover_loses_nothing(tmp_path: Path, zoo: Zoo) -> None:
    port = _free_port()
    config = _config(
        zoo,
        listen=[f"127.0.0.1:{port}"],
        handover="handover.sock",
        admin=AdminApi(socket="admin.sock"),
    )
    old = start(config, folder=tmp_path)
    successors: list[Running] = []
    try:
        with Load(f"127.0.0.1:{port}") as load:
            for _ in range(3):
                pid = (successors[-1] if successors else old).process.pid
                successors.append(start(config, folder=tmp_path))
                assert successors[-1].process.pid != pid
                admin = Admin(tmp_path / "admin.sock")
                eventually(lambda: admin.state()["pid"] != pid)  # noqa: B023
            assert old.process.wait(30) == 0
            before = load.answers
            eventually(lambda: load.answers > before + 50)
        assert load.wrong == []
    finally:
        for running in [old, *successors]:
            running.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_an_upstream_killed_and_restarted_costs_no_idempotent_request(tmp_path: Path) -> None:
    with Zoo() as one, Zoo() as two:
        retries = Retries(attempts=3, budget=1.0, minimum_per_second=1000)
        config = _config(
            one,
            upstreams={"zoo": Upstream(endpoints=[one.url, two.url])},
            routes=[Route(prefix="/", upstream="zoo", retries=retries)],
        )
        with start(config, folder=tmp_path) as running, Load(running.addresses[0]) as load:
            for _ in range(3):
                one.stop()
                before = load.answers
                eventually(lambda: load.answers > before + 40)  # noqa: B023
                one.restart()
                before = load.answers
                eventually(lambda: load.answers > before + 40)  # noqa: B023
        assert load.wrong == []


def test_metrics_log_and_token(tmp_path: Path, zoo: Zoo) -> None:
    (tmp_path / "token").write_text("0123456789abcdef\n")
    port = _free_port()
    config = _config(
        zoo,
        access_log=AccessLog(path="access.log"),
        admin=AdminApi(address=f"127.0.0.1:{port}", token_file="token"),
    )
    file = tmp_path / "gateway.json"
    file.write_bytes(config.to_json())
    with start(file) as running:
        with Client(running.addresses[0]) as client:
            for _ in range(5):
                client.ask('GET /a"b' if False else "GET /ab", 'X-Request-Id: "\\evil')
            client.ask("GET /status/503")
        with Client(f"127.0.0.1:{port}") as admin:
            assert admin.ask("GET /metrics").status == 401
        with Client(f"127.0.0.1:{port}") as admin:
            page = admin.ask("GET /metrics", "Authorization: Bearer 0123456789abcdef").body.decode()
        assert 'carveout_gateway_requests_total{route="all",class="2xx"} 5' in page
        assert 'carveout_gateway_requests_total{route="all",class="5xx"} 1' in page
        assert 'carveout_gateway_request_seconds_count{route="all"} 6' in page
        assert 'carveout_gateway_upstream_requests_total{upstream="zoo",class="2xx"} 5' in page
        log = tmp_path / "access.log"
        eventually(lambda: log.exists() and len(log.read_text().splitlines()) == 6)
        line = json.loads(log.read_text().splitlines()[0])
        assert line["path"] == "/ab"
        assert (line["status"], line["route"], line["upstream"]) == (200, "all", "zoo")
        assert line["client"] == "127.0.0.1"


def test_an_address_in_use_and_a_missing_file_are_said_plainly(tmp_path: Path, zoo: Zoo) -> None:
    with start(_config(zoo), folder=tmp_path) as running:
        file = tmp_path / "second.json"
        file.write_bytes(_config(zoo, listen=running.addresses[:1]).to_json())
        done = subprocess.run(
            [str(binary()), "run", str(file)], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 1
        assert "error[gateway-address]: cannot listen on" in done.stderr
    missing = subprocess.run(
        [str(binary()), "run", str(tmp_path / "none.toml")], capture_output=True, text=True
    )
    assert missing.returncode == 1
    assert "cannot read the configuration" in missing.stderr


def test_many_idle_connections_cost_little(gateway: Make, zoo: Zoo) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
    )

    def resident_kb() -> int:
        status = Path(f"/proc/{running.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    with Client(running.addresses[0]) as client:
        client.ask("GET /")
    before = resident_kb()
    clients = [Client(running.addresses[0]) for _ in range(800)]
    for client in clients:
        assert client.ask("GET /").status == 200
    each = (resident_kb() - before) / len(clients)
    for client in clients:
        client.close()
    assert each < 40, f"{each:.1f} KiB a connection"
    assert os.path.exists(running.file)
