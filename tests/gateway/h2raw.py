"""HTTP/2 by hand: frames as bytes, for what polite clients refuse to do."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tests.gateway.raw import Client

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
GET, POST = b"\x82", b"\x83"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
    return head + stream.to_bytes(4, "big") + payload


def block(path: str, method: bytes = GET, *fields: tuple[bytes, bytes]) -> bytes:
    """A header block without compression (RFC 7541 §6.2.2); names and values up to 126 bytes."""
    literal = b"".join(
        b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields
    )
    return method + b"\x86\x04" + bytes([len(path)]) + path.encode() + b"\x01\x01a" + literal


@dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes


class H2:
    """One connection with prior knowledge. `settings` are (identifier, value)."""

    def __init__(self, address: str, *settings: tuple[int, int]) -> None:
        self.client = Client(address)
        payload = b"".join(struct.pack(">HI", key, value) for key, value in settings)
        self.client.send(PREFACE + frame(SETTINGS, 0, 0, payload))

    def send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        self.client.send(frame(kind, flags, stream, payload))

    def ask(self, stream: int, path: str) -> None:
        self.send(HEADERS, END_STREAM | END_HEADERS, stream, block(path))

    def next(self) -> Frame:
        """Raises ConnectionError at the end."""
        head = self.client.exactly(9)
        size = int.from_bytes(head[:3], "big")
        stream = int.from_bytes(head[5:9], "big")
        return Frame(head[3], head[4], stream, self.client.exactly(size))

    def until(self, kind: int, stream: int) -> Frame:
        """The next frame of a kind on a stream, past all others."""
        while True:
            found = self.next()
            if (found.kind, found.stream) == (kind, stream):
                return found

    def close(self) -> None:
        self.client.close()
