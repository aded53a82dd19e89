"""The service over TCP: what FastAPI would answer or a decline, whatever is sent and however."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).parent))

import service_sample as sample

from carveout._native import Codec
from carveout.contract import classes_of, contract_of
from carveout.place.worker import Worker

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

GOOD: dict[str, Any] = {
    "id": 1,
    "side": "buy",
    "lines": [{"sku": "a", "qty": 2, "price": 1.5}],
    "pair": [1, 2.0],
    "by_name": {"x": 1},
    "tags": [1],
    "paid": True,
    "data": "hé",
    "note": None,
    "first": None,
}
PATH = "/service_sample:quote"


@pytest.fixture
def artifact(quoting: Path) -> Path:
    return quoting


class Running:
    """A service process and ways to speak to it."""

    def __init__(self, artifact: Path, *options: str) -> None:
        command = [str(artifact / "worker"), "--tcp", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[1]
        host, port = self.address.split(":")
        self.at = (host, int(port))

    def connect(self, timeout: float = 5.0) -> socket.socket:
        return socket.create_connection(self.at, timeout=timeout)

    def raw(self, *pieces: bytes, pause: float = 0.0, timeout: float = 5.0) -> bytes:
        """Everything the server says to these bytes until it closes or falls silent."""
        with self.connect(timeout) as connection:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            said = b""
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while piece := connection.recv(65536):
                    said += piece
            return said

    def status(self, *pieces: bytes, **options: Any) -> int:
        said = self.raw(*pieces, **options)
        return int(said[9:12]) if said else 0

    def end(self, number: int = signal.SIGTERM, timeout: float = 15.0) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def service(quoting: Path) -> Iterator[Running]:
    running = Running(quoting)
    yield running
    assert running.end() == 0


@pytest.fixture
def start(artifact: Path) -> Iterator[Callable[..., Running]]:
    """Starts services with options; those still there in the end are killed."""
    started: list[Running] = []

    def run(*options: str) -> Running:
        started.append(Running(artifact, *options))
        return started[-1]

    yield run
    for running in started:
        running.end(signal.SIGKILL)


def request(
    body: bytes | None = None,
    *headers: str,
    method: str = "POST",
    path: str = PATH,
    version: str = "1.1",
    close: bool = True,
    **changes: Any,
) -> bytes:
    body = json.dumps({**GOOD, **changes}).encode() if body is None else body
    lines = [f"{method} {path} HTTP/{version}", "Host: here", f"Content-Length: {len(body)}"]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: application/json")
    lines += [*headers, *(["Connection: close"] if close else [])]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# As FastAPI ------------------------------------------------------------------------------------

app = FastAPI()
app.post("/quote")(sample.quote)


@pytest.fixture(scope="module")
def both(service: Running) -> Iterator[Callable[[bytes], tuple[httpx.Response, httpx.Response]]]:
    """The service's answer to a body, and FastAPI's."""
    loop = asyncio.new_event_loop()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    theirs = httpx.AsyncClient(transport=transport, base_url="http://there")
    headers = {"content-type": "application/json"}
    with httpx.Client(base_url=f"http://{service.address}", headers=headers) as ours:

        def ask(body: bytes) -> tuple[httpx.Response, httpx.Response]:
            expected = theirs.post("/quote", content=body, headers=headers)
            return ours.post(PATH, content=body), loop.run_until_complete(expected)

        yield ask
    loop.run_until_complete(theirs.aclose())
    loop.close()


def check(got: httpx.Response, expected: httpx.Response) -> None:
    """Declined, or the same."""
    if got.status_code == 501:
        assert got.headers["carveout-outcome"] == "decline"
        assert got.json()["decline"]
        return
    assert got.status_code == expected.status_code, (got.text, expected.text)
    assert got.json() == expected.json()
    assert got.headers["content-type"] == expected.headers["content-type"]


# Bodies as FastAPI answers them itself: with the same answer here, not with a decline.
SAME: dict[str, Any] = {
    "good": GOOD,
    "defaults": {k: v for k, v in GOOD.items() if k not in ("note", "first")},
    "missing": {k: v for k, v in GOOD.items() if k != "id"},
    "several missing": {"lines": [{}, {"sku": 1}]},
    "more keys": {**GOOD, "more": 1},
    "text for int": {**GOOD, "id": "x"},
    "fraction for int": {**GOOD, "id": 1.5},
    "null for int": {**GOOD, "id": None},
    "int for float": {**GOOD, "pair": [1, 2]},
    "a list": [],
    "a number": 3,
    "nothing": None,
    "no such member": {**GOOD, "side": "hold"},
    "a number for a member": {**GOOD, "side": 1},
    "lines that are none": {**GOOD, "lines": {"a": 1}},
    "a line that is none": {**GOOD, "lines": [GOOD["lines"][0], 3]},
    "a long pair": {**GOOD, "pair": [1, 2.0, 3]},
    "a short pair": {**GOOD, "pair": [1]},
    "a map that is none": {**GOOD, "by_name": [1]},
    "a map's value": {**GOOD, "by_name": {"é": []}},
    "a set's element": {**GOOD, "tags": ["x"]},
    "twice in a set": {**GOOD, "tags": [1, 1]},
    "a bool that is none": {**GOOD, "paid": "maybe"},
    "a number for a bool": {**GOOD, "paid": 2},
    "bytes": {**GOOD, "data": 3},
    "an optional": {**GOOD, "note": 3},
    "an optional line": {**GOOD, "first": {"sku": "x"}},
    "least": {**GOOD, "id": -(2**63)},
    "empty": b"",
    "white": b"  ",
    "half": b'{"id": ',
    "open text": b'{"id": "x',
    "escape": b'{"id": "\\x"}',
    "comma": b'{"id": 1,}',
    "quotes": b"{'id': 1}",
    "twice": json.dumps(GOOD).encode() * 2,
    "not utf-8": b'{"id": "\xff"}',
    "mark in front": b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
    "one key twice": json.dumps(GOOD)[:-1].encode() + b',"id":"x"}',
    "many digits": b"1" * 4400,
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_as_fastapi(both: Any, name: str) -> None:
    body = SAME[name]
    got, expected = both(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert got.status_code != 501, got.text
    check(got, expected)


# Bodies that only Python can answer.
DECLINED: dict[str, Any] = {
    "digits for int": {**GOOD, "id": "1"},
    "whole float for int": {**GOOD, "id": 1.0},
    "bool for int": {**GOOD, "id": True},
    "word for bool": {**GOOD, "paid": "yes"},
    "past 64 bits": {**GOOD, "id": 2**63},
    "lone surrogate": {**GOOD, "note": "\ud800"},
    "nan": {**GOOD, "pair": [1, float("nan")]},
    "past the floats": json.dumps(GOOD).replace("1.5", "1e400").encode(),
    "utf-16": json.dumps(GOOD).encode("utf-16"),
    "deep": b"[" * 100_000,
    "its own": {**GOOD, "id": -3},
    "nan as a result": {**GOOD, "id": -6},
}


@pytest.mark.parametrize("name", DECLINED)
def test_declined(both: Any, name: str) -> None:
    body = DECLINED[name]
    got, _ = both(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert got.status_code == 501, got.text
    assert got.json()["decline"]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=4),
    st.sampled_from(["1", " 1 ", "-0", "1.0", "1e3", "nan", "yes", "x", "buy", "é", "1_0", "0x1"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
near = st.fixed_dictionaries(
    {},
    optional={
        "id": scalars,
        "side": st.sampled_from(["buy", "sell"]) | scalars,
        "lines": st.lists(
            st.fixed_dictionaries({}, optional={"sku": scalars, "qty": scalars, "price": scalars})
            | anything,
            max_size=2,
        ),
        "pair": st.lists(scalars, max_size=3),
        "by_name": st.dictionaries(st.text(max_size=3), scalars, max_size=2) | anything,
        "tags": st.lists(st.integers(0, 5) | scalars, max_size=3),
        "paid": scalars,
        "data": scalars,
        "note": scalars,
        "first": anything,
        "more": anything,
    },
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(near.map(lambda some: {**GOOD, **some}), near, anything))
def test_never_otherwise_than_fastapi(both: Any, body: Any) -> None:
    if isinstance(body, dict) and body.get("id") in range(-9, 0):
        body = {**body, "id": 9}  # those ask the carving for something else
    check(*both(json.dumps(body).encode()))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_broken_json_is_broken_in_the_same_place(both: Any, data: st.DataObject) -> None:
    text = bytearray(json.dumps({**GOOD, "id": 0, "note": "a\\u00e9\n\U0001f388"}).encode())
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(text) - 1))
        piece = data.draw(st.sampled_from([b"", b'"', b"\\", b",", b"}", b"\n", b"u", b"-", b"0."]))
        text[at : at + data.draw(st.integers(0, 3))] = piece
    check(*both(bytes(text)))


def test_messagepack(service: Running) -> None:
    contract = contract_of(sample.quote)
    codec = Codec(contract.json_bytes(), classes_of(sample.quote))
    order = sample.Order(
        **{**GOOD, "side": sample.Side.BUY, "lines": [], "pair": (1, -0.0), "data": b"\xff"},
    )
    order.tags = frozenset({1})
    wire = codec.encode_args((order,))
    headers = {"content-type": "application/msgpack"}
    url = f"http://{service.address}{PATH}"
    got = httpx.post(url, content=wire, headers=headers)
    assert got.headers["content-type"] == "application/msgpack"
    assert codec.decode_result(got.content) == sample.quote(order)
    for bad in (b"", b"\xc1", b"\x90", wire + b"x", msgspec.msgpack.encode([{"id": 1}])):
        refused = httpx.post(url, content=bad, headers=headers)
        assert refused.status_code == 422, bad
        assert refused.json()["detail"][0]["loc"] == ["body"]


# Over HTTP -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /health HTTP/1.1\r\nHost: a\r\n", 200),
        ("HEAD /health HTTP/1.1\r\nHost: a\r\n", 200),
        ("GET /health?full HTTP/1.0\r\n", 200),
        ("POST /health HTTP/1.1\r\nHost: a\r\n", 405),
        (f"GET {PATH} HTTP/1.1\r\nHost: a\r\n", 405),
        (f"OPTIONS {PATH} HTTP/1.1\r\nHost: a\r\n", 405),
        ("GET / HTTP/1.1\r\nHost: a\r\n", 404),
        ("GET /../health HTTP/1.1\r\nHost: a\r\n", 404),
        ("GET /%ff HTTP/1.1\r\nHost: a\r\n", 404),
        ("GET /health HTTP/1.1\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400),
        ("GET /health HTTP/3.7\r\nHost: a\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost : a\r\n", 400),
        ("\x00\x01\x02", 400),
        (f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n", 400),
        (f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n", 400),
        (f"POST {PATH} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", 400),
        (f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n", 413),
        ("GET /health HTTP/1.1\r\nHost: a\r\nX: " + "a" * 200_000 + "\r\n", 431),
    ],
)
def test_requests_of_every_kind(service: Running, head: str, status: int) -> None:
    close = "" if "\x00" in head else "Connection: close\r\n"
    assert service.status(f"{head}{close}\r\n".encode("latin-1")) == status
    assert service.status(request()) == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
        ("application/vnd.api+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain; charset=application/json", 415),
    ],
)
def test_content_types(service: Running, content_type: str, status: int) -> None:
    assert service.status(request(None, f"Content-Type: {content_type}")) == status
    assert service.status(request(None, "Content-Encoding: gzip")) == 415


def test_one_connection_many_requests(service: Running) -> None:
    said = service.raw(request(close=False) * 2, request(close=False), request())
    assert said.count(b"HTTP/1.1 200 OK") == 4
    chunked = request().replace(b"Content-Length: ", b"X-Was: ").partition(b"\r\n\r\n")
    head = chunked[0] + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [b"1\r\n" + bytes([byte]) + b"\r\n" for byte in chunked[2]]
    assert service.status(head, *pieces, b"0\r\n\r\n") == 200
    assert service.status(head, b"zz\r\n") == 400


def test_a_body_too_large_is_told_so_even_while_it_is_sent(service: Running) -> None:
    assert service.status(request(b"x" * (9 << 20))) == 413
    head, _, _ = request(b"").partition(b"Content-Length: 0\r\n")
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    tail = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert service.status(head + tail, *[chunk] * 9, b"0\r\n\r\n") == 413


def test_other_outcomes(service: Running) -> None:
    said = {n: service.raw(request(id=n)) for n in (-1, -2, -3)}
    assert b"500 Internal" in said[-1]
    assert b"carveout-outcome: failure" in said[-1]
    assert b"unlucky" not in said[-1]
    assert b"400 Bad" in said[-2]
    assert b"carveout-outcome: fault" in said[-2]
    assert json.loads(said[-2].partition(b"\r\n\r\n")[2]) == (
        {"fault": {"type": "builtins:KeyError", "args": ["k", 3]}}
    )
    assert b"501 Not" in said[-3]


def test_metrics_are_prometheus(service: Running) -> None:
    def value(name: str, **labels: str) -> float:
        text = httpx.get(f"http://{service.address}/metrics").text
        families = list(text_string_to_metric_families(text))
        assert {f.type for f in families} == {"counter", "gauge", "histogram"}
        return sum(
            one.value
            for family in families
            for one in family.samples
            if one.name == name and labels.items() <= one.labels.items()
        )

    labels = {"operation": PATH[1:]}
    before = {k: value("carveout_requests_total", outcome=k) for k in ("value", "invalid")}
    count = value("carveout_request_duration_seconds_count", **labels)
    assert service.status(request()) == 200
    assert service.status(request(id="x")) == 422
    assert value("carveout_requests_total", outcome="value") == before["value"] + 1
    assert value("carveout_requests_total", outcome="invalid") == before["invalid"] + 1
    assert value("carveout_request_duration_seconds_count", **labels) == count + 2
    assert value("carveout_request_duration_seconds_bucket", le="+Inf", **labels) == count + 2
    assert value("carveout_requests_in_flight") == 0


def test_openapi_is_valid_and_true(service: Running) -> None:
    document = httpx.get(f"http://{service.address}/openapi.json").json()
    validate(document)
    schemas = document["components"]["schemas"]
    order = schemas["service_sample.Order"]
    assert "note" not in order["required"]
    assert order["properties"]["note"]["default"] is None
    optional = set(GOOD) - set(order["required"])
    for left_out in GOOD:
        body = json.dumps({k: v for k, v in GOOD.items() if k != left_out}).encode()
        expected = 200 if left_out in optional else 422
        assert service.status(request(body)) == expected, left_out
    described = document["paths"][PATH]["post"]["responses"]
    assert {"200", "400", "408", "413", "415", "422", "500", "501", "503"} == set(described)


# Load and the end ------------------------------------------------------------------------------


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    results: list[Any] = [None] * len(calls)

    def run(index: int) -> None:
        results[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_more_calls_than_may_be_at_once_are_told_to_come_again(start: Any) -> None:
    running = start("--max-concurrency", "2")
    try:
        said = together([lambda: running.raw(request(id=-4))] * 6)
        codes = sorted(one[9:12] for one in said)
        assert codes == [b"200"] * 2 + [b"503"] * 4
        assert all(b"retry-after: 1" in one for one in said if b" 503 " in one)
        # Clients that send slowly keep nobody out.
        whole = request()
        slow = [lambda: running.status(whole[:-5], whole[-5:], pause=0.4)] * 8
        waiting = threading.Thread(target=together, args=(slow,))
        waiting.start()
        time.sleep(0.2)
        assert running.status(request()) == 200
        waiting.join()
    finally:
        running.end()


def refused(running: Running) -> bool:
    try:
        running.connect(0.5).close()
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_end_lets_calls_finish_and_takes_no_new_ones(start: Any, threads: str) -> None:
    running = start("--threads", threads)
    for _ in range(20):
        assert running.status(request()) == 200  # short calls run where requests are read
    said: list[bytes] = []

    def ask(**changes: Any) -> None:
        said.append(running.raw(request(close=False, **changes)))

    asked = [threading.Thread(target=ask, kwargs=changes) for changes in ({"id": -4}, {}, {})]
    for one in asked:
        one.start()
    time.sleep(0.2)  # connected all, and with one thread only the first is being answered
    running.process.send_signal(signal.SIGTERM)
    end = time.monotonic() + 5
    while not refused(running):
        assert time.monotonic() < end
        time.sleep(0.02)
    for one in asked:
        one.join()
    assert [one[:15] for one in said] == [b"HTTP/1.1 200 OK"] * 3
    assert running.end() == 0


@pytest.mark.parametrize("first", [0, 20])
def test_the_end_does_not_wait_for_a_call_that_hangs(start: Any, first: int) -> None:
    """On a thread of its own, and where short calls run."""
    running = start("--drain-seconds", "1", "--threads", "2")
    for _ in range(first):
        assert running.status(request()) == 200
    with running.connect() as hanging:
        hanging.sendall(request(id=-5))
        time.sleep(0.2)
        began = time.monotonic()
        assert running.end() == 3
        assert time.monotonic() - began < 4


def test_half_a_request_is_no_call(start: Any) -> None:
    running = start("--drain-seconds", "1")
    with running.connect() as half:
        half.sendall(b"POST /x HT")
        time.sleep(0.1)
        assert running.end(signal.SIGINT) == 0


def test_connections_are_let_go(service: Running) -> None:
    folder = f"/proc/{service.process.pid}/fd"
    before = len(os.listdir(folder))
    many = [service.connect() for _ in range(300)]
    assert service.status(request()) == 200
    for connection in many:
        connection.close()
    end = time.monotonic() + 10
    while len(os.listdir(folder)) > before and time.monotonic() < end:
        time.sleep(0.05)
    assert len(os.listdir(folder)) <= before


def resident_mb(running: Running) -> float:
    lines = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1e3


def test_memory_of_large_bodies_is_given_back(start: Any) -> None:
    running = start()
    assert running.status(request()) == 200
    idle = resident_mb(running)
    body = "\n".join(["some text with line ends"] * 80_000)  # two megabytes, escaped
    said = together([lambda: running.raw(request(data=body))] * 32)
    assert all(one.startswith(b"HTTP/1.1 200") for one in said)
    end = time.monotonic() + 20
    while resident_mb(running) > idle + 16 and time.monotonic() < end:
        time.sleep(0.1)
    assert resident_mb(running) <= idle + 16


def test_calls_that_hang_leave_room_for_others(start: Any) -> None:
    """More than there are places for long calls: each gives its place up after a second."""
    running = start("--drain-seconds", "1")
    hanging = [running.connect() for _ in range(2 * max(2, os.cpu_count() or 1))]
    try:
        for one in hanging:
            one.sendall(request(id=-5))
        time.sleep(0.2)
        assert running.status(request()) == 200
    finally:
        for one in hanging:
            one.close()


# The same binary as a worker -------------------------------------------------------------------


def test_a_carving_that_prints_or_dies_is_survived(artifact: Path) -> None:
    contract = contract_of(sample.quote)
    codec = Codec(contract.json_bytes(), classes_of(sample.quote))
    worker = Worker(artifact, contract, codec, deadline_ms=5000)
    order = sample.Order(1, sample.Side.SELL, [], (1, 2.0), {}, frozenset(), False, b"", "x", None)
    try:
        assert worker.start(wait_s=10)
        assert worker.candidate(order) == sample.quote(order)
        order.id = -7
        for _ in range(40):  # 9 kB each: more than a pipe holds
            assert worker.candidate(order) == sample.quote(order)
        from carveout._native import FAILED

        order.id = -8
        assert worker.candidate(order) is FAILED
        order.id = 1
        end = time.monotonic() + 10
        while worker.candidate(order) != sample.quote(order):
            assert time.monotonic() < end
            time.sleep(0.02)
        assert worker.restarts >= 1
        order.data = b"x" * (16 << 20)  # past the service's limit, not the worker's
        assert worker.candidate(order) == sample.quote(order)
    finally:
        worker.stop()
    assert not worker.socket.exists()
