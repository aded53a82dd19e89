"""A worker that speaks the protocol in Python and misbehaves in one way, named by its argument.

    python bad_worker.py CONTRACT_HASH WAY --unix PATH --parent-pid N

It answers `price(cents, count)` rightly where the way leaves it to.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
import threading
import time

import msgspec

pack = msgspec.msgpack.encode


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


def serve(connection: socket.socket, contract_hash: str, way: str) -> None:
    if way == "never greets":
        time.sleep(3600)
    if way == "greets with garbage":
        connection.sendall(frame(0, b"\xc1\xc1\xc1"))
    elif way == "of another contract":
        connection.sendall(frame(0, pack([1, "0" * 64, ["price"]])))
    else:
        connection.sendall(frame(0, pack([1, contract_hash, ["price"]])))
    try:
        while True:
            (length,) = struct.unpack("<I", exactly(connection, 4))
            body = exactly(connection, length)
            ident, _index = struct.unpack("<QH", body[:10])
            cents, count = msgspec.msgpack.decode(body[10:])
            outcome = [1, "builtins:ValueError", ["no count below 0"]]
            if count >= 0:
                outcome = [0, cents * count]
            if way == "never answers":
                time.sleep(3600)
            elif way == "crashes on each call":
                os._exit(9)
            elif way == "answers garbage":
                connection.sendall(bytes(64))
                continue
            elif way == "answers with another type":
                outcome = [0, "a string"]
            elif way == "answers another call":
                ident += 1000
            elif way == "answers half":
                connection.sendall(frame(ident, pack(outcome))[:7])
                time.sleep(3600)
            connection.sendall(frame(ident, pack(outcome)))
    except (EOFError, OSError):
        connection.close()


def main(contract_hash: str, way: str, path: str) -> None:
    if way == "exits at once":
        sys.exit(3)
    if way == "never says ready":
        time.sleep(3600)
    if way == "says something else":
        print("hello", flush=True)
        time.sleep(3600)
    if way == "ignores SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print(f"ready {path}", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, contract_hash, way), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[sys.argv.index("--unix") + 1])
