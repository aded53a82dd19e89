"""Replies of every size come back whole, however the socket cuts them up."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.place.fake_worker import exactly, frame

from carveout._native import WorkerClient
from carveout.place.operation import operation

SIZES = (0, 1, 255, 4_083, 16_370, 16_384, 65_519, 65_536, 250_000, 1 << 20, 5_000_001)


@operation
def echo(data: bytes) -> bytes:
    return data


def serve(connection: socket.socket, draw: random.Random) -> None:
    """Echoes, in pieces of any size and now and then several replies in one piece."""
    pack = msgspec.msgpack.encode
    connection.sendall(frame(0, pack([1, echo.contract.hash, ["echo"]])))
    waiting = b""
    try:
        while True:
            (length,) = struct.unpack("<I", exactly(connection, 4))
            body = exactly(connection, length)
            ident, index = struct.unpack("<QH", body[:10])
            (data,) = msgspec.msgpack.decode(body[10:])
            time_ns = struct.pack("<Q", 7) if index & 0x8000 else b""
            waiting += frame(ident, time_ns + pack([0, data]))
            if data == b"hold":
                continue
            while waiting:
                piece = draw.choice((1, 3, 12, 5_000, 70_000, len(waiting)))
                connection.sendall(waiting[:piece])
                waiting = waiting[piece:]
    except (EOFError, OSError):
        connection.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[WorkerClient]:
    path = str(tmp_path / "s")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(8)
    draw = random.Random(5)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection, draw), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    assert echo.codec is not None
    made = WorkerClient(path, echo.contract.hash, 20_000, echo.codec)
    yield made
    made.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def some(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def test_a_thread_gets_back_what_it_sent(client: WorkerClient) -> None:
    call = client.bind(0)
    for size in (*SIZES, *SIZES[::-1]):
        data = some(size)
        assert call(data) == data
    assert client.stats()["failed"] == 0
    assert client.stats()["connects"] == 1


def test_timed_replies_are_whole_without_their_time(client: WorkerClient) -> None:
    codec: Any = echo.codec
    asked = [codec.encode_args((some(size),)) for size in SIZES]
    answers = client.call_wires(0, asked)
    assert [codec.decode_outcome(outcome) for outcome, _ in answers] == [
        ("value", some(size)) for size in SIZES
    ]
    assert {ns for _, ns in answers} == {7}


def test_coroutines_get_back_what_they_sent(client: WorkerClient) -> None:
    call = client.bind(0)

    async def together() -> list[Any]:
        sent = [b"hold", *(some(size) for size in SIZES), b"hold", b"last"]
        return list(await asyncio.gather(*(call.aio(data) for data in sent)))

    assert asyncio.run(together()) == [b"hold", *(some(size) for size in SIZES), b"hold", b"last"]
    assert client.stats()["failed"] == 0
