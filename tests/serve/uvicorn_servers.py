"""One application behind two uvicorns in threads: its own protocol, and ours.

with Servers() as servers:
    ours, theirs = servers.both(request_bytes)     # whole byte streams, dates left out
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException

from carveout import serve
from carveout.place.operation import operation
from carveout.serve.shortcut import COUNTS, SHORTCUT

OURS = "carveout.serve.uvicorn:Protocol"
THEIRS = "httptools"
PATIENCE_S = 30.0
END = b"GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Order:
    qty: int
    price: float


@operation
def quote(order: Order) -> dict[str, float]:
    if order.qty == 13:
        raise HTTPException(status_code=409, detail="unlucky")
    if order.qty == 14:
        raise ZeroDivisionError("no handler")
    return {"total": order.qty * order.price}


def carved(body: bytes) -> bytes | None:
    """A carving's `call_json`: strict, and silent about what it does not take."""
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        value = json.loads(body)
        if set(value) == {"qty", "price"} and type(value["qty"]) is int and value["qty"] < 10:
            return json.dumps(
                {"total": float(value["qty"] * value["price"])}, separators=(",", ":")
            ).encode()
    return None


def application(**options: Any) -> FastAPI:
    app = FastAPI(**options)
    serve.mount(app, "/quote", quote)
    app.add_api_route("/end", lambda: "end")
    quote.__dict__[SHORTCUT] = carved
    quote.__dict__[COUNTS].sentinel = 0.0
    return app


def request(
    body: bytes = b'{"qty": 2, "price": 1.5}',
    *more: str,
    line: str = "POST /quote HTTP/1.1",
    kind: str = "application/json",
) -> bytes:
    head = [line, "Host: a", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


class Running:
    """A uvicorn server in a thread."""

    def __init__(self, app: Any, http: str, **options: Any) -> None:
        settings: dict[str, Any] = {"access_log": False, "log_config": None, "lifespan": "off"}
        config = uvicorn.Config(app, http=http, **(settings | options))
        self.server = uvicorn.Server(config)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self.server.config.get_loop_factory()) as runner:
            runner.run(self.server.serve([self._listener]))

    def __enter__(self) -> Running:
        self._thread.start()
        begun = time.monotonic()
        config = self.server.config
        while not self.server.started or (
            (config.date_header or config.encoded_headers)
            and not self.server.server_state.default_headers
        ):
            assert time.monotonic() - begun < PATIENCE_S, "uvicorn did not start"
            time.sleep(0.005)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.should_exit = True
        self._thread.join(PATIENCE_S)

    def connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def exchange(self, *parts: bytes, pause_s: float = 0.002) -> bytes:
        """All that comes back for these parts, sent one by one, until the server closes."""
        with self.connect() as made:
            for i, part in enumerate(parts):
                if i:
                    time.sleep(pause_s)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    made.sendall(part)
            return dateless(until_closed(made))

    @property
    def ready(self) -> bool:
        """Whether ours is in force here."""
        direct = self.server.config.__dict__.get("_carveout_direct")
        return direct is not None and direct[1].ready()


def until_closed(made: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := made.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def one_answer(made: socket.socket) -> bytes:
    """One answer with a content-length; what there was if the connection ends before."""
    got = b""
    while True:
        head, blank, body = got.partition(b"\r\n\r\n")
        if blank:
            length = re.search(rb"content-length: (\d+)", head)
            assert length is not None, head
            if len(body) >= int(length[1]):
                return got
        part = made.recv(1 << 16)
        if not part:
            return got
        got += part


def dateless(text: bytes) -> bytes:
    return re.sub(rb"\r\ndate: [^\r]*", b"\r\ndate: X", text)


@contextlib.contextmanager
def logged(name: str) -> Iterator[list[str]]:
    """What a logger says meanwhile; client ports left out."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(re.sub(r":\d+ -", ":P -", record.getMessage()))

    logger = logging.getLogger(name)
    handler, level = Kept(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
