"""A client that sends bytes and reads answers, for what polite clients refuse to do."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    raw_head: bytes


class Client:
    """One connection. `ask` sends a whole request and reads one answer."""

    def __init__(self, address: str, timeout_s: float = 30.0) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout_s)
        self.rest = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, line: str, *headers: str, body: bytes = b"", host: str = "a.example") -> Answer:
        head = "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *headers, "", ""])
        self.send(head.encode("latin-1") + body)
        return self.answer(head=line.startswith("HEAD"))

    def until(self, mark: bytes) -> bytes:
        while mark not in self.rest:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError(f"ended after {self.rest!r}")
            self.rest += piece
        found, _, self.rest = self.rest.partition(mark)
        return found + mark

    def exactly(self, size: int) -> bytes:
        while len(self.rest) < size:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError(f"ended after {len(self.rest)} bytes")
            self.rest += piece
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    def answer(self, *, head: bool = False) -> Answer:
        raw = self.until(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        status = int(first.split()[1])
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = b""
        if not head and status >= 200 and status not in (204, 304):
            if headers.get("transfer-encoding") == "chunked":
                while size := int(self.until(b"\r\n").split(b";")[0], 16):
                    body += self.exactly(size)
                    assert self.exactly(2) == b"\r\n"
                while (line := self.until(b"\r\n")) != b"\r\n":
                    name, _, value = line.decode().partition(":")
                    headers["trailer:" + name.lower()] = value.strip()
            elif "content-length" in headers:
                body = self.exactly(int(headers["content-length"]))
        return Answer(status, headers, body, raw)

    def ended(self) -> bool:
        """Whether the other side closed; waits for it."""
        try:
            return self.rest == b"" and self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
