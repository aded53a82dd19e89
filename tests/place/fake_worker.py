"""A worker that speaks the protocol in Python and misbehaves on request; run as a process.

    python fake_worker.py CONTRACT_HASH --unix PATH --parent-pid N

`add(a, b)` answers a + b, but: a = 1000 hangs, a = 1001 exits, a = 1002 sends garbage, a = 1003
declines, a = 1004 panics, a = 1005 raises KeyError("k").
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
import time

import msgspec


def frame(ident: int, payload: bytes) -> bytes:
    return struct.pack("<IQ", len(payload) + 8, ident) + payload


def exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def serve(connection: socket.socket, contract_hash: str) -> None:
    pack = msgspec.msgpack.encode
    connection.sendall(frame(0, pack([1, contract_hash, ["add"]])))
    try:
        while True:
            (length,) = struct.unpack("<I", exactly(connection, 4))
            body = exactly(connection, length)
            ident, index = struct.unpack("<QH", body[:10])
            time_ns = struct.pack("<Q", 7) if index & 0x8000 else b""
            a, b = msgspec.msgpack.decode(body[10:])
            if a == 1000:
                time.sleep(60)
            elif a == 1001:
                os._exit(7)
            elif a == 1002:
                connection.sendall(b"\x00\x00\x00\x00garbage")
            outcome = {
                1003: [2, "not me"],
                1004: [3, "failure: panicked"],
                1005: [1, "builtins:KeyError", ["k"]],
            }.get(a, [0, a + b])
            connection.sendall(frame(ident, time_ns + pack(outcome)))
    except (EOFError, OSError):
        connection.close()


def main(contract_hash: str, path: str) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print(f"ready {path}", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, contract_hash), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[sys.argv.index("--unix") + 1])
