"""HTTP/1.1 through the gateway, on real sockets."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.gateway.conftest import eventually
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.gateway import Limits, Route, Running, Timeouts, Upstream


def test_keep_alive_pipelining_and_what_the_upstream_sees(simple: Running) -> None:
    with Client(simple.addresses[0]) as client:
        for n in range(3):
            said = json.loads(
                client.ask(f"GET /x?n={n}", "X-A: 1", "Connection: X-B", "X-B: 2").body
            )
            headers = dict(said["headers"])
            assert said["target"] == f"/x?n={n}"
            assert headers["x-a"] == "1"
            assert not {"x-b", "connection"} & set(headers)
            assert headers["host"] == "a.example"
            assert headers["x-forwarded-for"] == "127.0.0.1"
            assert headers["x-forwarded-proto"] == "http"
            assert headers["x-forwarded-host"] == "a.example"
            assert len(headers["x-request-id"]) == 32
            assert headers["traceparent"].startswith("00-")
        one = b"GET /p%d HTTP/1.1\r\nHost: a\r\n\r\n"
        client.send(b"\r\n" + b"".join(one % n for n in range(20)))
        targets = [json.loads(client.answer().body)["target"] for _ in range(20)]
        assert targets == [f"/p{n}" for n in range(20)]


def test_bodies_of_known_and_unknown_length(simple: Running) -> None:
    with Client(simple.addresses[0]) as client:
        body = os.urandom(300_000)
        said = json.loads(client.ask("POST /", f"Content-Length: {len(body)}", body=body).body)
        assert said["body"].encode("latin-1") == body
        chunks = b"3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n"
        said = json.loads(
            client.ask("POST /", "Transfer-Encoding: chunked", "Trailer: X-T", body=chunks).body
        )
        assert said["body"] == "abc0123456789"
        assert said["trailers"] == [["x-t", "1"]]
        # In pieces of one byte.
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        for byte in head + b"2\r\nok\r\n0\r\n\r\n":
            client.send(bytes([byte]))
        assert json.loads(client.answer().body)["body"] == "ok"


def test_answers_of_all_kinds(simple: Running) -> None:
    with Client(simple.addresses[0]) as client:
        assert client.ask("GET /chunked").body == b"onetwothree"
        trailers = client.ask("GET /trailers", "TE: trailers")
        assert (trailers.body, trailers.headers["trailer:x-sum"]) == (b"abc", "6")
        head = client.ask("HEAD /bytes/1000")
        assert (head.status, head.headers["content-length"]) == (200, "1000")
        assert client.ask("GET /status/204").status == 204
        assert client.ask("GET /status/304").status == 304
        assert client.ask("GET /bytes/1000000").body == b"z" * 1_000_000
        assert len(client.ask("GET /huge").headers["x-huge"]) == 20_000
        hops = client.ask("GET /hops")
        assert not {"x-inner", "keep-alive", "proxy-authenticate"} & set(hops.headers)
        # A second length in an answer is the upstream's mistake; the chunks are what counts.
        assert client.ask("GET /two-lengths").body == b"second"


def test_broken_upstreams_become_502_and_never_a_clean_answer(simple: Running) -> None:
    for path in ("/reset", "/garbage"):
        with Client(simple.addresses[0]) as client:
            answer = client.ask(f"POST {path}", "Content-Length: 0")
            assert (answer.status, answer.body) == (502, b"upstream-failed\n"), path
    with Client(simple.addresses[0]) as client, pytest.raises(ConnectionError):
        client.ask("GET /half")


def test_events_come_one_by_one(simple: Running, zoo: Zoo) -> None:
    with Client(simple.addresses[0]) as client, Client(simple.addresses[0]) as other:
        client.send(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"data: 0" in client.until(b"data: 0\n\n")
        other.ask("GET /next")
        assert b"data: 1" in client.until(b"data: 1\n\n")
        other.ask("GET /next")
        client.until(b"0\r\n\r\n")


def test_an_expectation_is_met_only_when_the_body_is_wanted(
    gateway: Callable[..., Running], zoo: Zoo
) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        limits=Limits(body_bytes=10),
    )
    with Client(running.addresses[0]) as client:
        client.send(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        client.send(b"ok")
        assert json.loads(client.answer().body)["body"] == "ok"
        client.send(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.answer().status == 413
    with Client(running.addresses[0]) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(b"20\r\n" + b"x" * 32 + b"\r\n0\r\n\r\n")
        assert client.answer().status == 413


@pytest.mark.parametrize(
    ("request_bytes", "status", "reason"),
    [
        (b"GET / HTTP/1.1\nHost: a\n\n", 400, b"bare-lf"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
            431,
            b"headers-too-large",
        ),
        (b"GET /" + b"y" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, b"uri-too-long"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431, b"too-many-headers"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
            400,
            b"several-lengths",
        ),
        (b"BREW /  HTTP/1.1\r\nHost: a\r\n\r\n", 400, b"request-target"),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501, b"method-not-served"),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, b"version"),
    ],
)
def test_a_refusal_says_so_and_ends_the_connection(
    simple: Running, request_bytes: bytes, status: int, reason: bytes
) -> None:
    with Client(simple.addresses[0]) as client:
        client.send(request_bytes)
        answer = client.answer()
        assert (answer.status, answer.body) == (status, reason + b"\n")
        assert answer.headers["connection"] == "close"
        assert client.ended()
    assert simple.admin is not None
    assert f'reason="{reason.decode()}"' in simple.admin.metrics()


def test_slow_clients_are_let_go(gateway: Callable[..., Running], zoo: Zoo) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        timeouts=Timeouts(header_ms=400, idle_ms=700, stall_ms=600, drain_ms=2_000),
        limits=Limits(least_bytes_per_second=1_000),
    )
    address = running.addresses[0]
    with Client(address) as slow_head, Client(address) as idle, Client(address) as slow_body:
        slow_head.send(b"GET / HTTP/1.1\r\nHost:")
        idle.ask("GET /")
        slow_body.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
        answer = slow_head.answer()
        assert (answer.status, answer.body) == (408, b"slow-headers\n")
        assert idle.ended()
        with contextlib.suppress(ConnectionError):
            assert slow_body.answer().status == 408
    with Client(address) as slow_reader:
        # Nothing of this is read: more than the sockets' buffers hold.
        slow_reader.send(b"GET /bytes/50000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert running.admin is not None
        eventually(lambda: running.state()["connections"] == 0)


def test_an_upload_is_not_blamed_for_a_slow_upstream(gateway: Callable[..., Running]) -> None:
    """The upstream reads nothing for longer than a client may stall."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    running = gateway(
        upstreams={"slow": Upstream(endpoints=[f"http://127.0.0.1:{listener.getsockname()[1]}"])},
        routes=[Route(prefix="/", upstream="slow")],
        timeouts=Timeouts(stall_ms=1_500, drain_ms=2_000),
        # More than the whole body in one window: a window that ends is a refusal.
        limits=Limits(least_bytes_per_second=10_000_000),
    )
    size = 8_000_000
    got: list[int] = []

    def read_late() -> None:
        connection, _ = listener.accept()
        time.sleep(4)
        seen = b""
        while b"\r\n\r\n" not in seen:
            seen += connection.recv(65536)
        total = len(seen.partition(b"\r\n\r\n")[2])
        while total < size:
            piece = connection.recv(1 << 20)
            if not piece:
                break
            total += len(piece)
        got.append(total)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=read_late)
    thread.start()
    with Client(running.addresses[0]) as client:
        answer = client.ask("POST /", f"Content-Length: {size}", body=b"u" * size)
    thread.join(30)
    listener.close()
    assert (answer.status, got) == (200, [size])


def test_connections_of_one_address_are_bounded(gateway: Callable[..., Running], zoo: Zoo) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        limits=Limits(connections_per_address=5),
    )
    clients = [Client(running.addresses[0]) for _ in range(5)]
    assert all(client.ask("GET /").status == 200 for client in clients)
    with Client(running.addresses[0]) as sixth:
        assert sixth.ended()
    clients.pop().close()
    eventually(lambda: running.state()["connections"] == 4)
    with Client(running.addresses[0]) as again:
        assert again.ask("GET /").status == 200
    for client in clients:
        client.close()


def _frame(opcode: int, payload: bytes) -> bytes:
    mask = b"\x01\x02\x03\x04"
    size = len(payload)
    short = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    data = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    return bytes([0x80 | opcode]) + short + mask + data


def _open_websocket(client: Client) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    answer = client.ask(
        "GET /ws", "Connection: keep-alive, Upgrade", "Upgrade: WebSocket",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
    )  # fmt: skip
    assert answer.status == 101, answer.raw_head
    assert answer.headers["upgrade"].lower() == "websocket"
    expected = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    assert answer.headers["sec-websocket-accept"] == base64.b64encode(expected).decode()


def test_websocket_frames_pass_both_ways_and_are_bounded(
    gateway: Callable[..., Running], zoo: Zoo
) -> None:
    running = gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo")],
        limits=Limits(websocket_frame_bytes=1_000),
    )
    with Client(running.addresses[0]) as client:
        _open_websocket(client)
        for payload in (b"hello", b"x" * 900, b""):
            client.send(_frame(1, payload))
            head = client.exactly(2)
            size = head[1] if head[1] < 126 else int.from_bytes(client.exactly(2), "big")
            assert client.exactly(size) == payload
        client.send(_frame(1, b"x" * 1_001))
        assert client.exactly(4) == b"\x88\x02" + (1009).to_bytes(2, "big")
    with Client(running.addresses[0]) as client:
        _open_websocket(client)
        done = threading.Thread(target=running.stop)
        done.start()
        assert client.exactly(4) == b"\x88\x02" + (1001).to_bytes(2, "big")
        done.join(20)


def test_an_upgrade_that_is_declined_stays_http(simple: Running) -> None:
    with Client(simple.addresses[0]) as client:
        for _ in range(2):
            answer = client.ask("GET /plain", "Connection: Upgrade", "Upgrade: websocket")
            assert answer.status == 200
        # h2c by upgrade is not offered, and its fields do not reach the upstream.
        said: dict[str, Any] = json.loads(
            client.ask(
                "GET /", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA"
            ).body
        )
        assert not {"upgrade", "http2-settings", "connection"} & set(dict(said["headers"]))
