"""Answers of upstreams, byte by byte: what reaches the client, and what can't.

Each case is what an upstream sends to one GET (to several on a kept connection); the client's side
is read strictly. Nothing that an upstream says may end an answer early or begin another one.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.gateway.raw import Client

from carveout.gateway import Redirect, Retries, Route, Running, Upstream

Make = Callable[..., Running]
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


class Scripted:
    """Answers `GET /n` with the nth script, then goes on or closes."""

    def __init__(self, scripts: list[bytes], closes: set[int]) -> None:
        self.scripts, self.closes = scripts, closes
        self.connections = 0
        self.heads: list[bytes] = []
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        held = b""
        with client, contextlib.suppress(ConnectionError):
            while True:
                while b"\r\n\r\n" not in held:
                    piece = client.recv(1024)
                    if not piece:
                        return
                    held += piece
                head, _, held = held.partition(b"\r\n\r\n")
                self.heads.append(head)
                found = re.match(rb"[A-Z]+ /(\d+)", head)
                assert found
                n = int(found[1])
                client.sendall(self.scripts[n])
                if n in self.closes:
                    # Unread bytes would turn the end into a reset, which can overtake the answer.
                    # The gateway may have ended it first: it has read enough of a bad answer.
                    with contextlib.suppress(OSError):
                        client.shutdown(socket.SHUT_WR)
                        while client.recv(65536):
                            pass
                    return


@contextmanager
def scripted(
    gateway: Make, *scripts: bytes, closes: tuple[int, ...] = ()
) -> Iterator[tuple[Running, Scripted]]:
    upstream = Scripted(list(scripts), set(closes))
    try:
        yield (
            gateway(
                upstreams={"one": Upstream(endpoints=[upstream.url])},
                routes=[Route(prefix="/", upstream="one", retries=Retries(attempts=0))],
            ),
            upstream,
        )
    finally:
        upstream.socket.close()


GOOD = {
    "with a length": (OK + b"content-length: 3\r\n\r\nabc", b"abc"),
    "an empty header": (OK + b"x-empty:\r\ncontent-length: 3\r\n\r\nabc", b"abc"),
    "the length twice": (OK + b"content-length: 3\r\n" * 2 + b"\r\nabc", b"abc"),
    "in chunks": (CHUNKED + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc"),
    "blanks after a size": (CHUNKED + b"3  \r\nabc\r\n0\r\n\r\n", b"abc"),
    "an extension": (CHUNKED + b"3;a=b\r\nabc\r\n0\r\n\r\n", b"abc"),
    "early hints first": (
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK + b"content-length: 3\r\n\r\nabc",
        b"abc",
    ),
    "a status without a word": (b"HTTP/1.1 200\r\ncontent-length: 3\r\n\r\nabc", b"abc"),
    "nothing": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "not modified, with a length": (b"HTTP/1.1 304 Same\r\ncontent-length: 9\r\n\r\n", b""),
}  # fmt: skip


def test_answers_that_leave_the_connection_open(gateway: Make) -> None:
    with (
        scripted(gateway, *(script for script, _ in GOOD.values())) as (running, upstream),
        Client(running.addresses[0]) as client,
    ):
        for n, (name, (_, body)) in enumerate(GOOD.items()):
            answer = client.ask(f"GET /{n}")
            assert answer.status in (200, 204, 304), name
            assert answer.body == body, name
        assert upstream.connections == 1


def test_answers_that_end_with_the_connection(gateway: Make) -> None:
    """Also those that leave something behind: what came after an answer belongs to nobody."""
    scripts = [
        OK + b"\r\nto the end",
        b"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc",
        OK + b"content-length: 3\r\nconnection: close\r\n\r\nabc",
        OK + b"content-length: 3\r\n\r\nabc" + OK + b"content-length: 4\r\n\r\nevil",
        OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 evil\r\n\r\n",
    ]
    bodies = [b"to the end", b"abc", b"abc", b"abc", b"abc", b"abc"]
    with (
        scripted(gateway, *scripts, closes=(0,)) as (running, upstream),
        Client(running.addresses[0]) as client,
    ):
        for n, body in enumerate(bodies):
            assert client.ask(f"GET /{n}").body == body, scripts[n]
        assert upstream.connections == len(scripts)


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        OK + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        OK + b"content-length: 3, 4\r\n\r\nabcd",
        OK + b"content-length: -3\r\n\r\nabc",
        OK + b"content-length: 0x3\r\n\r\nabc",
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        OK + b"x: a\rb\r\ncontent-length: 0\r\n\r\n",
        OK + b"x: a\x00b\r\ncontent-length: 0\r\n\r\n",
        OK + b"x y: a\r\ncontent-length: 0\r\n\r\n",
        OK + b"x: a\r\n folded\r\ncontent-length: 0\r\n\r\n",
        OK + b"".join(b"x-%d: 1\r\n" % n for n in range(300)) + b"\r\n",
        OK + b"x: " + b"h" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
    ],
    ids=lambda script: repr(script[:60]),
)  # fmt: skip
def test_no_answer_is_502(script: bytes, gateway: Make) -> None:
    with (
        scripted(gateway, script, closes=(0,)) as (running, _),
        Client(running.addresses[0]) as client,
    ):
        answer = client.ask("GET /0")
        assert (answer.status, answer.body) == (502, b"upstream-failed\n")


@pytest.mark.parametrize(
    "script",
    [
        OK + b"content-length: 9\r\n\r\nabc",
        OK + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc",
        OK + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: " + b"t" * 9_000,
    ],
    ids=lambda script: repr(script[-40:]),
)
def test_an_answer_that_breaks_off_is_cut(script: bytes, gateway: Make) -> None:
    """The client can tell: it never gets the end of a body that had none."""
    with (
        scripted(gateway, script, closes=(0,)) as (running, _),
        Client(running.addresses[0]) as client,
        pytest.raises(ConnectionError),
    ):
        client.ask("GET /0")


def test_nothing_in_a_request_can_split_what_goes_up_or_comes_down(gateway: Make) -> None:
    """Response and request splitting: encoded line ends stay encoded, raw ones never pass."""
    echo = OK + b"content-length: 0\r\n\r\n"
    upstream = Scripted([echo], set())
    running = gateway(
        upstreams={"one": Upstream(endpoints=[upstream.url])},
        routes=[
            Route(prefix="/0", upstream="one"),
            Route(prefix="/to", redirect=Redirect(to="/0{path}?{query}")),
            Route(template="/t/{id}", redirect=Redirect(to="https://x.example/{id}")),
        ],
    )
    with Client(running.addresses[0]) as client:
        assert client.ask("GET /0?x=%0d%0aSet-Cookie:%20a=b").status == 200
        assert upstream.heads[-1].count(b"\r\n") == len(upstream.heads[-1].splitlines()) - 1
        assert b"Set-Cookie" in upstream.heads[-1].split(b"\r\n")[0]
        answer = client.ask("GET /to/a?q=%0d%0aX:%20y")
        assert answer.status == 308
        assert answer.headers["location"] == "/0/to/a?q=%0d%0aX:%20y"
        assert "x" not in answer.headers
    for path in ("/to/%0d%0aSet-Cookie:%20a=b", "/t/%0aSet-Cookie:a"):
        with Client(running.addresses[0]) as client:
            assert client.ask(f"GET {path}").body == b"control-in-path\n"
    for name in (b"X-A: a\rSet-Cookie: b", b"X-A: a\nSet-Cookie: b", b"X-A: a\0b"):
        with Client(running.addresses[0]) as client:
            client.send(b"GET /0 HTTP/1.1\r\nHost: a\r\n" + name + b"\r\n\r\n")
            assert client.answer().status == 400
    upstream.socket.close()


def test_an_answer_before_the_request_was_read(gateway: Make) -> None:
    """200 kB that the upstream does not want: its answer passes, the connection is not kept."""
    upstream = Scripted([OK + b"content-length: 4\r\n\r\nread"], {0})
    running = gateway(
        upstreams={"one": Upstream(endpoints=[upstream.url])},
        routes=[Route(prefix="/", upstream="one", retries=Retries(attempts=1))],
    )
    body = b"x" * 200_000
    with Client(running.addresses[0]) as client:
        answer = client.ask("PUT /0", f"Content-Length: {len(body)}", body=body)
        assert (answer.status, answer.body) == (200, b"read")
    upstream.socket.close()
