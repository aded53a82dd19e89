"""Upstreams of all manners in one thread: honest, slow, broken, half-closed, resetting, huge.

    with Zoo() as zoo:
        zoo.url            # HTTP/1.1, by path, see `Zoo._paths`
        zoo.seen           # every request it got, as `Seen`
        zoo.connections    # the raw bytes of every connection

It speaks HTTP/1.1 by hand, strictly: bytes that are not a clean request end up in `zoo.dirty`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_TOKEN = re.compile(rb"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$")
_REQUEST_LINE = re.compile(rb"^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (/[!-~]*|\*) HTTP/1\.1$")


@dataclass
class Seen:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    trailers: list[tuple[str, str]] = field(default_factory=list)

    def get(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        assert len(found) < 2 or name in ("via", "cookie"), f"{name} came {len(found)} times"
        return found[0] if found else None


class Dirty(Exception):
    """Bytes that a strict server would not take for a request."""


class Zoo:
    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.dirty: list[str] = []
        self.connections: list[bytearray] = []
        self.name = "zoo"
        self.port = 0
        self.failing = False
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, limit=1 << 20, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def stop(self) -> None:
        """Stop and cut every connection, as a killed process would."""

        async def end() -> None:
            assert self._server is not None
            self._server.close()
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
            await asyncio.sleep(0)

        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def restart(self) -> None:
        """The same address again."""
        self._loop.close()
        self._loop = asyncio.new_event_loop()
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if not self._loop.is_closed():
            self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = bytearray()
        self.connections.append(raw)
        try:
            while True:
                request = await self._read(reader, raw)
                if request is None:
                    break
                if not await self._answer(request, reader, writer):
                    break
                await writer.drain()
        except Dirty as problem:
            self.dirty.append(f"{problem}: {bytes(raw)!r}")
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, raw: bytearray) -> Seen | None:
        """One request, read as strictly as can be."""

        async def line() -> bytes:
            found = await reader.readuntil(b"\n")
            raw.extend(found)
            if not found.endswith(b"\r\n") or b"\r" in found[:-2] or b"\0" in found:
                raise Dirty("line end")
            return found[:-2]

        async def fields() -> list[tuple[str, str]]:
            found = []
            while text := await line():
                name, colon, value = text.partition(b":")
                if not colon or not _TOKEN.match(name):
                    raise Dirty("header")
                found.append((name.decode().lower(), value.strip().decode("latin-1")))
            return found

        try:
            first = await line()
        except asyncio.IncompleteReadError as end:
            if end.partial:
                raise Dirty("incomplete head") from None
            return None
        match = _REQUEST_LINE.match(first)
        if not match:
            raise Dirty("request line")
        headers = await fields()
        names = [name for name, _ in headers]
        lengths = [value for name, value in headers if name == "content-length"]
        codings = [value for name, value in headers if name == "transfer-encoding"]
        if names.count("host") != 1 or len(lengths) + len(codings) > 1:
            raise Dirty("host or length")
        seen = Seen(match[1].decode(), match[2].decode(), headers, b"")
        if codings:
            if codings[0] != "chunked":
                raise Dirty("transfer coding")
            while True:
                size = await line()
                if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
                    raise Dirty("chunk size")
                if int(size, 16) == 0:
                    seen.trailers = await fields()
                    break
                data = await reader.readexactly(int(size, 16) + 2)
                raw.extend(data)
                if data[-2:] != b"\r\n":
                    raise Dirty("chunk end")
                seen.body += data[:-2]
        elif lengths:
            if not re.fullmatch(r"\d+", lengths[0]):
                raise Dirty("length")
            seen.body = await reader.readexactly(int(lengths[0]))
            raw.extend(seen.body)
        self.seen.append(seen)
        return seen

    async def _answer(
        self, request: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """False ends the connection."""
        path = request.target.partition("?")[0]
        special: dict[str, Callable[..., Awaitable[bool]]] = {
            "/chunked": self._chunked,
            "/trailers": self._trailers,
            "/late-trailers": self._late_trailers,
            "/events": self._events,
            "/slow": self._slow,
            "/reset": self._reset,
            "/half": self._half,
            "/garbage": self._garbage,
            "/two-lengths": self._two_lengths,
            "/ws": self._websocket,
            "/hold": self._hold,
        }
        if path in special:
            return await special[path](request, reader, writer)
        status, extra = "200 OK", b""
        if self.failing:
            status = "503 Service Unavailable"
        if path.startswith("/status/"):
            status = f"{path.split('/')[2]} Chosen"
        if path == "/decline":
            status, extra = "501 Not Implemented", b"carveout-outcome: decline\r\n"
        if path == "/huge":
            extra = b"x-huge: " + b"h" * 20_000 + b"\r\n"
        if path == "/hops":
            extra = (
                b"connection: x-inner, keep-alive\r\nx-inner: secret\r\n"
                b"keep-alive: timeout=5\r\nproxy-authenticate: Basic\r\n"
            )
        said = {
            "from": self.name,
            "method": request.method,
            "target": request.target,
            "headers": request.headers,
            "trailers": request.trailers,
            "body": request.body.decode("latin-1"),
        }
        body = b"z" * int(path.split("/")[2]) if path.startswith("/bytes/") else b""
        if path == "/turn":
            body = b"%d" % len(self.seen)  # never the same twice
        body = body or json.dumps(said).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n".encode() + extra
        if status[:3] in ("204", "304"):
            writer.write(head + b"\r\n")
            return True
        head += f"content-length: {len(body)}\r\n\r\n".encode()
        writer.write(head if request.method == "HEAD" else head + body)
        return True

    async def _chunked(self, *_: object) -> bool:
        writer = _[2]
        assert isinstance(writer, asyncio.StreamWriter)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in (b"one", b"two", b"three"):
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        return True

    async def _trailers(self, *_: object) -> bool:
        writer = _[2]
        assert isinstance(writer, asyncio.StreamWriter)
        writer.write(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n"
            b"3\r\nabc\r\n0\r\nx-sum: 6\r\n\r\n"
        )
        return True

    async def _late_trailers(self, *_: object) -> bool:
        """Trailers that no `Trailer` announced, two of them forbidden."""
        writer = _[2]
        assert isinstance(writer, asyncio.StreamWriter)
        writer.write(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
            b"x-sum: 6\r\ncontent-length: 3\r\nset-cookie: a=b\r\n\r\n"
        )
        return True

    async def _events(self, *_: object) -> bool:
        """An event now, the next when somebody sends a request to /next."""
        writer = _[2]
        assert isinstance(writer, asyncio.StreamWriter)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        for n in range(3):
            before = len([s for s in self.seen if s.target == "/next"])
            event = b"data: %d\n\n" % n
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            if n < 2:
                while len([s for s in self.seen if s.target == "/next"]) == before:
                    await asyncio.sleep(0.01)
        writer.write(b"0\r\n\r\n")
        return True

    async def _slow(self, request: Seen, *_: object) -> bool:
        writer = _[1]
        assert isinstance(writer, asyncio.StreamWriter)
        await asyncio.sleep(float(request.target.partition("?")[2] or 0.3))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nslow")
        return True

    async def _reset(self, *_: object) -> bool:
        writer = _[2]
        assert isinstance(writer, asyncio.StreamWriter)
        writer.transport.abort()
        return False

    async def _half(self, *_: object) -> bool:
        """Promises more than it sends."""
        writer = _[2]
        assert isinstance(writer, asyncio.StreamWriter)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        return False

    async def _garbage(self, *_: object) -> bool:
        writer = _[2]
        assert isinstance(writer, asyncio.StreamWriter)
        writer.write(b"SSH-2.0-nothing\r\n\r\n")
        await writer.drain()
        return False

    async def _two_lengths(self, *_: object) -> bool:
        writer = _[2]
        assert isinstance(writer, asyncio.StreamWriter)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n"
            b"6\r\nsecond\r\n0\r\n\r\n"
        )
        return True

    async def _hold(self, *_: object) -> bool:
        """Never answers."""
        await asyncio.sleep(3600)
        return False

    async def _websocket(
        self, request: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Accepts and sends every frame's payload back, unmasked."""
        key = (request.get("sec-websocket-key") or "").encode()
        magic = key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(magic).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            b"sec-websocket-accept: " + accept + b"\r\n\r\n"
        )
        while True:
            first, second = await reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                size = int.from_bytes(await reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await reader.readexactly(8), "big")
            mask = await reader.readexactly(4)
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(size)))
            short = (
                bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big")
            )
            writer.write(bytes([first]) + short + data)
            await writer.drain()
            if first & 0xF == 8:
                return False
