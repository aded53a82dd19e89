"""Every limit and time-out that is not with its own subject, one by one, by who breaks it."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable

import pytest
from tests.gateway.conftest import eventually
from tests.gateway.h2raw import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    H2,
    HEADERS,
    POST,
    RESET,
    SETTINGS,
    WINDOW,
    block,
)
from tests.gateway.raw import Client
from tests.gateway.zoo import Zoo

from carveout.gateway import Limits, Retries, Route, Running, Timeouts, Upstream

Make = Callable[..., Running]
INITIAL_WINDOW_SIZE = 4


def _gateway(gateway: Make, zoo: Zoo, *, limits: Limits | None = None, **times: int) -> Running:
    return gateway(
        upstreams={"zoo": Upstream(endpoints=[zoo.url])},
        routes=[Route(prefix="/", upstream="zoo", retries=Retries(attempts=1))],
        limits=limits or Limits(),
        timeouts=Timeouts(drain_ms=500, **times),
    )


def _counted(running: Running, reason: str) -> None:
    admin = running.admin
    assert admin is not None
    eventually(lambda: f'reason="{reason}"' in admin.metrics())


def test_connections_in_all(gateway: Make, zoo: Zoo) -> None:
    running = _gateway(gateway, zoo, limits=Limits(connections=2))
    with Client(running.addresses[0]) as one, Client(running.addresses[0]) as two:
        assert one.ask("GET /").status == two.ask("GET /").status == 200
        with Client(running.addresses[0]) as three:
            assert three.ended()
        assert one.ask("GET /").status == 200


def test_a_try_and_all_tries_have_a_time(gateway: Make, zoo: Zoo) -> None:
    for times in ({"try_ms": 200}, {"total_ms": 300}):
        running = _gateway(gateway, zoo, **times)
        with Client(running.addresses[0]) as client:
            answer = client.ask("GET /hold")
            assert (answer.status, answer.body) == (504, b"upstream-timeout\n")
            # Of the connection nothing is left that could answer somebody else.
            assert client.ask("GET /x").status == 200


def test_connecting_has_a_time(gateway: Make) -> None:
    """An upstream that takes the connection and never begins with TLS."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        running = gateway(
            upstreams={"silent": Upstream(endpoints=[f"https://127.0.0.1:{port}"])},
            routes=[Route(prefix="/", upstream="silent", retries=Retries(attempts=0))],
            timeouts=Timeouts(connect_ms=200, drain_ms=500),
        )
        with Client(running.addresses[0]) as client:
            answer = client.ask("GET /")
            assert (answer.status, answer.body) == (502, b"upstream-unreachable\n")


def test_silence_within_an_answer_has_a_time(gateway: Make, zoo: Zoo) -> None:
    running = _gateway(gateway, zoo, stream_idle_ms=300)
    with Client(running.addresses[0]) as client, pytest.raises(ConnectionError):
        client.ask("GET /events")


def test_streams_of_one_connection(gateway: Make, zoo: Zoo) -> None:
    running = _gateway(gateway, zoo, limits=Limits(h2_streams=3))
    h2 = H2(running.addresses[0])
    said = h2.until(SETTINGS, 0)
    pairs = dict(struct.iter_unpack(">HI", said.payload))
    assert pairs[3] == 3
    # RFC 8441 is not offered: no client begins a WebSocket here.
    assert pairs.get(8, 0) == 0
    h2.send(SETTINGS, ACK, 0)
    for n in range(5):
        h2.ask(2 * n + 1, "/hold")
    refused = h2.until(RESET, 7)
    assert int.from_bytes(refused.payload, "big") == 7  # REFUSED_STREAM
    h2.close()


def test_a_websocket_over_h2_is_refused(gateway: Make, zoo: Zoo) -> None:
    running = _gateway(gateway, zoo)
    h2 = H2(running.addresses[0])
    connect = b"\0\x07:method\x07CONNECT" + b"\0\x09:protocol\x09websocket"
    h2.send(HEADERS, END_HEADERS, 1, connect + b"\x86\x84\x01\x01a")
    found = h2.next()
    while found.stream != 1:
        found = h2.next()
    assert found.kind in (RESET, HEADERS)
    h2.ask(3, "/status/204")
    assert h2.until(HEADERS, 3).payload[:1] == b"\x89"
    h2.close()


def test_header_lists_are_bounded_however_small_they_came(gateway: Make, zoo: Zoo) -> None:
    """A field of 4,000 bytes in the compression's table, named 2,000 times by one byte each."""
    running = _gateway(gateway, zoo)
    before = len(zoo.seen)
    h2 = H2(running.addresses[0])
    # 0x40: into the table; a length of 4,000 is 127 + 3873 (RFC 7541 §5.1).
    field = b"\x40\x01x\x7f\xa1\x1e" + b"v" * 4_000
    h2.send(HEADERS, END_STREAM | END_HEADERS, 1, block("/x") + field + b"\xbe" * 2_000)
    found = h2.next()
    while found.stream != 1 and found.kind != GOAWAY:
        found = h2.next()
    assert found.kind in (RESET, GOAWAY) or found.payload[:1] != b"\x88"
    h2.close()
    # Sent as they are, over several frames.
    h2 = H2(running.addresses[0])
    h2.send(HEADERS, END_STREAM, 1, block("/x"))
    for n in range(15):
        last = END_HEADERS if n == 14 else 0
        h2.send(CONTINUATION, last, 1, (b"\0\x01x\x7f\xa1\x1e" + b"v" * 4_000) * 4)
    try:
        found = h2.next()
        while found.stream != 1 and found.kind != GOAWAY:
            found = h2.next()
        assert found.kind in (RESET, GOAWAY) or found.payload[:1] != b"\x88"
    except ConnectionError:
        pass
    h2.close()
    assert len(zoo.seen) == before


def test_a_stream_without_a_window_ends_and_the_others_go_on(gateway: Make, zoo: Zoo) -> None:
    running = _gateway(gateway, zoo, stall_ms=500)
    h2 = H2(running.addresses[0], (INITIAL_WINDOW_SIZE, 0))
    h2.ask(1, "/bytes/100000")
    h2.ask(3, "/bytes/500")
    h2.send(WINDOW, 0, 3, (1000).to_bytes(4, "big"))
    assert len(h2.until(DATA, 3).payload) == 500
    ended = h2.until(RESET, 1)
    assert ended.payload
    _counted(running, "slow-read")
    h2.ask(5, "/bytes/500")
    h2.send(WINDOW, 0, 5, (1000).to_bytes(4, "big"))
    assert len(h2.until(DATA, 5).payload) == 500
    h2.close()


def test_a_window_that_opens_late_but_in_time_loses_nothing(gateway: Make, zoo: Zoo) -> None:
    running = _gateway(gateway, zoo, stall_ms=2_000)
    h2 = H2(running.addresses[0], (INITIAL_WINDOW_SIZE, 0))
    h2.ask(1, "/bytes/30000")
    got = 0
    for _ in range(3):
        time.sleep(0.2)
        h2.send(WINDOW, 0, 1, (10_000).to_bytes(4, "big"))
        want = got + 10_000
        while got < want:
            got += len(h2.until(DATA, 1).payload)
    assert got == 30_000
    h2.close()


def test_a_request_body_that_stalls_over_h2(gateway: Make, zoo: Zoo) -> None:
    """PUT may be sent again, so its body is read ahead; nobody waits for it for ever."""
    running = _gateway(gateway, zoo, stall_ms=400)
    h2 = H2(running.addresses[0])
    length = (b"content-length", b"10")
    put = b"\x02\x03PUT"
    h2.send(HEADERS, END_HEADERS, 1, block("/x", put, length))
    h2.send(DATA, 0, 1, b"abc")
    h2.until(HEADERS, 1)
    _counted(running, "slow-body")
    # Without a length it streams, and the total time is its bound.
    h2.send(HEADERS, END_HEADERS | END_STREAM, 3, block("/status/204", POST))
    assert h2.until(HEADERS, 3).payload[:1] == b"\x89"
    h2.close()


def test_an_idle_connection_of_h2_ends(gateway: Make, zoo: Zoo) -> None:
    running = _gateway(gateway, zoo, idle_ms=400)
    h2 = H2(running.addresses[0])
    h2.ask(1, "/status/204")
    with contextlib.suppress(ConnectionError):
        while True:
            h2.next()
    assert h2.client.ended()
    h2.close()
