"""uvicorn with our protocol can't be told from uvicorn with its own, except by being faster."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.applications import Starlette

sys.path.insert(0, str(Path(__file__).parent))

from uvicorn_servers import (
    END,
    OURS,
    THEIRS,
    Order,
    Running,
    application,
    carved,
    dateless,
    logged,
    one_answer,
    quote,
    request,
    until_closed,
)

import carveout
from carveout import serve
from carveout.place import registry
from carveout.place.operation import operation
from carveout.serve.endpoint import Thin
from carveout.serve.shortcut import COUNTS, SHORTCUT
from carveout.serve.uvicorn import AT_ONCE

GOOD = request()
ASGI = {"requests": 0}


@pytest.fixture(autouse=True, scope="module")
def _no_agent() -> Iterator[None]:
    """It would find no stage in the store and take the shortcut away."""
    registry.on_first_call(None)
    yield
    registry.on_first_call(carveout._start_agent)


@pytest.fixture(autouse=True, scope="module")
def _count_asgi() -> Iterator[None]:
    """Count the requests that reach a thin endpoint by ASGI."""
    real = Thin.__call__

    async def counted(self: Thin, scope: Any, receive: Any, send: Any) -> None:
        ASGI["requests"] += 1
        await real(self, scope, receive, send)

    Thin.__call__ = counted  # type: ignore[method-assign]
    yield
    Thin.__call__ = real  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    quote.__dict__[SHORTCUT] = carved
    quote.__dict__[COUNTS].sentinel = 0.0
    quote.__dict__[COUNTS].average_ns = 0.0


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def servers(request: pytest.FixtureRequest) -> Iterator[tuple[Running, Running]]:
    app = application()
    with (
        Running(app, OURS, loop=request.param) as ours,
        Running(app, THEIRS, loop=request.param) as theirs,
    ):
        # The first request builds the application's stack.
        ours.exchange(END)
        assert ours.ready
        yield ours, theirs


Pair = tuple[Running, Running]


def same(servers: Pair, *parts: bytes) -> bytes:
    ours, theirs = (one.exchange(*parts) for one in servers)
    assert ours == theirs
    return ours


def test_it_answers_by_itself(servers: Pair) -> None:
    """Or else everything below would compare uvicorn with itself."""
    before, calls = ASGI["requests"], quote.__dict__[COUNTS].calls
    answered = servers[0].server.server_state.total_requests
    with servers[0].connect() as made:
        for _ in range(3):
            made.sendall(GOOD)
            got = one_answer(made)
        assert got.endswith(b'\r\n\r\n{"total":3.0}')
        assert not servers[0].server.server_state.tasks
        made.sendall(GOOD * 5 + END)
        assert until_closed(made).count(b'{"total":3.0}') == 5
    assert ASGI["requests"] == before
    assert quote.__dict__[COUNTS].calls == calls + 8
    assert servers[0].server.server_state.total_requests == answered + 9
    assert sum(quote.__dict__[COUNTS].histogram) == quote.__dict__[COUNTS].calls


BODIES = [
    b'{"qty": 2, "price": 1.5}',
    b'{"qty": 2, "price": 1e300}',
    b'{"qty": "2", "price": 1.5}',
    b'{"qty": "two", "price": 1.5}',
    b'{"qty": 12, "price": 1.5}',
    b'{"qty": 13, "price": 1.5}',
    b'{"qty": 14, "price": 1.5}',
    b"{",
    b"[]",
    b"",
    b"\xff\x00",
    b'{"qty": 2, "price": 1.5' + b" " * 70_000 + b"}",
    b'{"qty": 2, "price": 1.5' + b" " * 600_000 + b"}",
]


@pytest.mark.parametrize("body", BODIES, ids=lambda b: f"{len(b)}-{b[:20]!r}")
def test_bodies(servers: Pair, body: bytes) -> None:
    same(servers, request(body) + END)
    same(servers, GOOD + request(body) + GOOD + END)
    head = request(body)[: len(request(body)) - len(body)]
    same(servers, head, body + END)
    same(servers, GOOD + head, body + GOOD + END)


ODD = [
    request(line="GET /quote HTTP/1.1"),
    request(line="HEAD /quote HTTP/1.1"),
    request(line="OPTIONS /quote HTTP/1.1"),
    request(line="DELETE /quote HTTP/1.1"),
    request(line="POST /quote HTTP/1.0"),
    request(line="POST /quote HTTP/2.0"),
    request(line="POST /quote?a=b HTTP/1.1"),
    request(line="POST /quot%65 HTTP/1.1"),
    request(line="POST /quote/ HTTP/1.1"),
    request(line="POST //quote HTTP/1.1"),
    request(line="POST http://a/quote HTTP/1.1"),
    request(line="POST  /quote HTTP/1.1"),
    request(line="POST /other HTTP/1.1"),
    request(line="post /quote HTTP/1.1"),
    request(line="PRI * HTTP/2.0"),
    request(line=""),
    request(kind="text/plain"),
    request(kind="APPLICATION/JSON"),
    request(kind="application/json; charset=utf-8"),
    request(GOOD, "Connection: close"),
    request(b'{"qty": 2, "price": 1.5}', "Connection: close"),
    request(b'{"qty": 2, "price": 1.5}', "Connection: keep-alive"),
    request(b'{"qty": 2, "price": 1.5}', "Upgrade: h2c"),
    request(b'{"qty": 2, "price": 1.5}', "Expect: 100-continue"),
    request(b'{"qty": 2, "price": 1.5}', "Content-Length: 24"),
    request(b'{"qty": 2, "price": 1.5}', "Content-Length: 3"),
    request(b'{"qty": 2, "price": 1.5}', "Transfer-Encoding: chunked"),
    request(b'{"qty": 2, "price": 1.5}', "Transfer-Encoding : chunked"),
    request(b'{"qty": 2, "price": 1.5}', "Content-Type: text/plain"),
    request(b'{"qty": 2, "price": 1.5}', "Host: b"),
    request(b'{"qty": 2, "price": 1.5}', "X-A: b\r\n folded"),
    request(b'{"qty": 2, "price": 1.5}', "X-A: b\nX-B: c"),
    request(b'{"qty": 2, "price": 1.5}', "X-A: b\rX-B: c"),
    request(b'{"qty": 2, "price": 1.5}', "X-A: \x01"),
    request(b'{"qty": 2, "price": 1.5}', "X A: b"),
    request(b'{"qty": 2, "price": 1.5}', "nothing"),
    request(b'{"qty": 2, "price": 1.5}', "X-A: " + "b" * 20_000),
    request(b'{"qty": 2, "price": 1.5}', *(f"X-{n}: b" for n in range(200))),
    GOOD.replace(b"Content-Length: 24", b"Content-Length: +24"),
    GOOD.replace(b"Content-Length: 24", b"Content-Length: 024"),
    GOOD.replace(b"Content-Length: 24", b"Content-Length: 24, 24"),
    GOOD.replace(b"Content-Length: 24", b"Content-Length: 0x18"),
    GOOD.replace(b"Content-Length: 24", b"Content-Length: -1"),
    GOOD.replace(b"Content-Length: 24", b"Content-Length: 99999999999999999999"),
    GOOD.replace(b"Content-Length: 24\r\n", b""),
    GOOD.replace(b"Content-Type: application/json\r\n", b""),
    GOOD.replace(b"Host: a\r\n", b""),
    GOOD.replace(b"Host: a\r\n", b"Host: a b/c\r\n"),
    GOOD.replace(b"\r\n", b"\n"),
    b"\r\n" + GOOD,
    b"\r\n\r\n\r\n" + GOOD,
    b"\0" + GOOD,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    request(b"", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    + b'18\r\n{"qty": 2, "price": 1.5}\r\n0\r\n\r\n',
    b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
]


@pytest.mark.parametrize("odd", ODD, ids=lambda b: f"{len(b)}-{b[:60]!r}")
def test_odd_requests_before_and_after_plain_ones(servers: Pair, odd: bytes) -> None:
    for sent in (odd + END, odd + GOOD + END):
        ours, theirs = (ended(one, b"", sent) for one in servers)
        assert ours == theirs
    # uvicorn answers 400 before it has begun with what is plain and came along: ours does not.
    ours, theirs = (ended(one, GOOD, odd + GOOD + END) for one in servers)
    assert ours == theirs
    assert ended(servers[0], b"", GOOD + odd + GOOD + END) == theirs


def ended(server: Running, first: bytes, then: bytes) -> bytes:
    """What comes back until the server closes, `then` being sent after the answer to `first`."""
    with server.connect() as made:
        made.sendall(first)
        got = one_answer(made) if first else b""
        with contextlib.suppress(OSError):
            made.sendall(then)
        return dateless(got + until_closed(made))


@pytest.mark.parametrize("wanted", ["websocket", "h2c"])
def test_after_an_upgrade_nothing_is_looked_for(servers: Pair, wanted: str) -> None:
    """uvicorn's parser reads no further; there may be no HTTP any more."""
    asks = request(b'{"qty": 2, "price": 1.5}', "Connection: Upgrade", f"Upgrade: {wanted}")
    for patience_s in (0.5, 2.0, 8.0):  # uvicorn says nothing and closes nothing
        ours, theirs = (upgraded(one, asks, patience_s) for one in servers)
        if ours == theirs:
            return
    assert ours == theirs


def upgraded(server: Running, asks: bytes, patience_s: float) -> bytes:
    with server.connect() as made:
        made.sendall(GOOD)
        got = one_answer(made)
        made.sendall(asks)
        time.sleep(patience_s / 5)
        made.sendall(GOOD)
        made.settimeout(patience_s)
        with contextlib.suppress(TimeoutError):
            while part := made.recv(1 << 16):
                got += part
        return dateless(got)


def test_split_at_every_byte(servers: Pair) -> None:
    sent = GOOD + request(b'{"qty": 12, "price": 1}') + GOOD + END
    expected = servers[1].exchange(sent)
    for at in range(1, len(sent)):
        assert servers[0].exchange(sent[:at], sent[at:]) == expected, at
    one_by_one = [sent[i : i + 1] for i in range(len(sent))]
    assert servers[0].exchange(*one_by_one, pause_s=0) == expected
    thirds = [sent[:150], sent[150:250], sent[250:]]
    assert servers[0].exchange(*thirds) == expected


def test_head_and_body_in_two_packets_are_answered_here(servers: Pair) -> None:
    before = ASGI["requests"]
    at = GOOD.index(b"{")
    got = servers[0].exchange(GOOD[:at], GOOD[at:], END, pause_s=0.02)
    assert got.count(b'{"total":3.0}') == 1
    assert ASGI["requests"] == before
    # A body in many pieces is the parser's.
    body = b'{"qty": 2, "price": 1.5' + b" " * 1000 + b"}"
    sent = request(body)
    pieces = [sent[: at + 10], sent[at + 10 : at + 500], sent[at + 500 :], GOOD + END]
    assert same(servers, *pieces).count(b'{"total":3.0}') == 2


def test_many_pipelined(servers: Pair) -> None:
    bodies = [b'{"qty": %d, "price": %d}' % (n % 14, n) for n in range(5 * AT_ONCE)]
    got = same(servers, b"".join(map(request, bodies)) + END)
    assert got.count(b"HTTP/1.1 ") == len(bodies) + 1


def test_a_decline_asks_once_and_the_reference_answers(servers: Pair) -> None:
    asked = []

    def declining(body: bytes) -> bytes | None:
        asked.append(body)
        return None

    quote.__dict__[SHORTCUT] = declining
    before = quote.counters()["reference"]["calls"]
    assert b'{"total":3.0}' in servers[0].exchange(GOOD + END)
    assert len(asked) == 1
    assert quote.counters()["reference"]["calls"] == before + 1


def test_a_raising_carving_is_not_heard_of(servers: Pair) -> None:
    quote.__dict__[SHORTCUT] = lambda body: 1 / 0
    assert same(servers, GOOD + END).count(b'{"total":3.0}') == 1


def test_stages_the_sentinel_and_trips_are_obeyed(servers: Pair) -> None:
    def dispatched() -> int:
        before = quote.counters()["reference"]["calls"]
        assert b'{"total":3.0}' in servers[0].exchange(GOOD + END)
        return int(quote.counters()["reference"]["calls"] - before)

    assert dispatched() == 0
    quote.__dict__[COUNTS].sentinel = 1.0
    assert dispatched() == 1
    quote.__dict__[COUNTS].sentinel = 0.0
    del quote.__dict__[SHORTCUT]  # any stage but full
    assert dispatched() == 1
    quote.__dict__[SHORTCUT] = carved
    # Long ones are the shortcut's still, but in a thread: not on the loop.
    threads = []
    quote.__dict__[SHORTCUT] = lambda body: threads.append(threading.get_ident()) or carved(body)
    quote.__dict__[COUNTS].average_ns = 1e10
    before = ASGI["requests"]
    assert dispatched() == 0
    assert ASGI["requests"] == before + 1
    quote.__dict__[COUNTS].average_ns = 0.0
    assert dispatched() == 0
    assert len(set(threads)) == 2


def test_a_tripped_carving_is_not_asked() -> None:
    def total(order: Order) -> int:
        return order.qty

    op = operation(total)
    app = FastAPI()
    serve.mount(app, "/quote", op)
    app.add_api_route("/end", lambda: "end")
    op.__dict__[COUNTS].sentinel = 0.0
    op.__dict__[SHORTCUT] = lambda body: b"7"
    with Running(app, OURS) as one:
        one.exchange(END)
        assert one.ready
        assert b"\r\n\r\n7HTTP" in one.exchange(GOOD + END)
        op.trip("found different")
        assert b"\r\n\r\n2HTTP" in one.exchange(GOOD + END)


def test_the_access_log_is_uvicorns() -> None:
    app = application()
    sent = (
        GOOD
        + request(b'{"qty": 12, "price": 1.5}')
        + request(b'{"qty": 2, "price": 1.5}', "X-Forwarded-For: 1.2.3.4")
        + request(line="POST /other HTTP/1.1")
        + GOOD
        + END
    )
    said = []
    for http in (OURS, THEIRS):
        with logged("uvicorn.access") as lines, Running(app, http, access_log=True) as one:
            one.exchange(END)
            one.exchange(sent)
        said.append(list(lines))
    assert said[0] == said[1]
    assert said[0].count('127.0.0.1:P - "POST /quote HTTP/1.1" 200') == 3
    assert said[0].count('1.2.3.4:P - "POST /quote HTTP/1.1" 200') == 1


@pytest.mark.parametrize(
    "options",
    [
        {"headers": [("X-Own", "yes"), ("Server", "mine")]},
        {"date_header": False, "server_header": False},
        {"headers": [("Connection", "close")]},
        {"headers": [("bad name", "x")]},
        {"limit_concurrency": 1},
        {"limit_concurrency": 50},
        {"proxy_headers": False},
        {"root_path": "/api"},
    ],
    ids=str,
)
def test_uvicorns_options_hold(options: dict[str, Any]) -> None:
    app = application()
    with Running(app, OURS, **options) as ours, Running(app, THEIRS, **options) as theirs:
        for one in (ours, theirs):
            one.exchange(END)
        same((ours, theirs), GOOD + request(b'{"qty": 12, "price": 1}') + GOOD + END)
        at = GOOD.index(b"{")
        same((ours, theirs), GOOD[:at], GOOD[at:] + END)


def test_a_status_of_the_route_is_kept() -> None:
    app = FastAPI()
    serve.mount(app, "/quote", quote, status_code=201)
    app.add_api_route("/end", lambda: "end")
    with Running(app, OURS) as ours, Running(app, THEIRS) as theirs:
        ours.exchange(END)
        before = ASGI["requests"]
        assert b"201 Created" in ours.exchange(GOOD + END)
        assert ASGI["requests"] == before
        same((ours, theirs), GOOD + END)


def test_several_endpoints() -> None:
    def double(order: Order) -> int:
        return order.qty * 2

    op = operation(double)
    app = application()
    serve.mount(app, "/double", op, methods=["PUT", "POST", "GET"])
    op.__dict__[COUNTS].sentinel = 0.0
    op.__dict__[SHORTCUT] = lambda body: b"4"
    lines = ("PUT /double HTTP/1.1", "POST /double HTTP/1.1", "GET /double HTTP/1.1")
    with Running(app, OURS) as ours, Running(app, THEIRS) as theirs:
        ours.exchange(END)
        before = ASGI["requests"]
        for line in lines[:2]:
            ours.exchange(request(line=line) + GOOD + END)
        assert ASGI["requests"] == before
        same((ours, theirs), b"".join(request(line=line) + GOOD for line in lines) + END)


# Where it must stand back -----------------------------------------------------------------------


def with_middleware(app: FastAPI) -> Any:
    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Any:
        answer = await call_next(request)
        answer.headers["x-guarded"] = "yes"
        return answer

    return app


def wrapped(app: FastAPI) -> Any:
    async def around(scope: Any, receive: Any, send: Any) -> None:
        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-guarded", b"yes"))
            await send(message)

        await app(scope, receive, marked)

    return around


def below_another(app: FastAPI) -> Any:
    outer = Starlette()
    outer.mount("/", app)
    return outer


def rewritten(app: FastAPI) -> Any:
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: wrapped(build())  # type: ignore[method-assign,arg-type]
    return app


def below_a_path(app: FastAPI) -> Any:
    app.root_path = "/api"
    return app


class Own(FastAPI):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await wrapped(super().__call__)(scope, receive, send)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "make",
    [
        lambda: with_middleware(application()),
        lambda: wrapped(application()),
        lambda: below_another(application()),
        lambda: rewritten(application()),
        lambda: below_a_path(application()),
        lambda: _own(),
    ],
    ids=["middleware", "wrapped", "mounted", "rewritten", "root_path", "subclass"],
)
def test_nothing_of_the_users_is_passed_by(make: Any) -> None:
    app = make()
    with Running(app, OURS) as ours, Running(app, THEIRS) as theirs:
        ours.exchange(END)
        assert not ours.ready
        same((ours, theirs), GOOD + GOOD + END)


def _own() -> FastAPI:
    app = Own()
    serve.mount(app, "/quote", quote)
    return app


def test_an_entry_point_that_is_patched_is_not_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """As tracers patch it, keeping its name and its module."""
    import functools

    real, seen = Starlette.__call__, []

    @functools.wraps(real)
    async def traced(self: Any, scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])
        await real(self, scope, receive, send)

    monkeypatch.setattr(Starlette, "__call__", traced)
    with Running(application(), OURS) as ours:
        ours.exchange(END)
        assert not ours.ready
        ours.exchange(GOOD + END)
    assert seen == ["http"] * 3


def test_telemetry_sees_every_request() -> None:
    app = application()
    with Running(app, OURS) as one:
        one.exchange(END)
        direct = one.server.config.__dict__["_carveout_direct"][1]
        if not hasattr(app, "_native_telemetry"):
            pytest.skip("this FastAPI has no telemetry of its own")
        app._native_telemetry.enabled = lambda: True
        direct._begin_answers()
        assert not direct.ready()
