"""What it costs to cross into native code, measured on this machine with a recorded payload.

Inline: walking the arguments and building the result, for which encoding them natively is an upper
bound of the same kind of work. Worker: the same plus a round trip over a Unix socket to another
process. Both are medians over repeated rounds, in nanoseconds a call.
"""

from __future__ import annotations

import os
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# The dispatch and the call itself, beside the payload (bench/dispatch: two ints).
CALL_NS = 350.0
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Boundary:
    """Nanoseconds a call, and the bytes that cross (arguments and result)."""

    inline_ns: float
    worker_ns: float
    payload_bytes: int


def per_call_ns(work: Callable[[], object], *, at_least_s: float = 0.002) -> float:
    """Median time of one call over some rounds, each long enough to be measured."""
    count = 1
    while True:
        started = time.perf_counter()
        for _ in range(count):
            work()
        took = time.perf_counter() - started
        if took >= at_least_s or count >= 1 << 20:
            break
        count *= 2
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter_ns()
        for _ in range(count):
            work()
        rounds.append((time.perf_counter_ns() - started) / count)
    return statistics.median(rounds)


def crossing(codec: Any, args: bytes, outcome: bytes) -> Boundary | None:
    """Measure with one recorded call; None if it has no value to carry back."""
    kind, value = codec.decode_outcome(outcome)
    if kind != "value":
        return None
    arguments = codec.decode_args(args)
    result = codec.encode_result(value)
    inline = (
        per_call_ns(lambda: codec.encode_args(arguments))
        + per_call_ns(lambda: codec.decode_result(result))
        + CALL_NS
    )
    size = len(args) + len(result)
    return Boundary(inline, inline + round_trip_ns(len(args), len(result)), size)


def round_trip_ns(request: int, reply: int, *, rounds: int = 200) -> float:
    """Median round trip over a Unix socket to a forked echo, with payloads of these sizes."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    pid = os.fork()
    if pid == 0:  # the echo: nothing but sockets, then gone
        try:
            ours.close()
            answer = b"x" * max(1, reply)
            for _ in range(rounds):
                if not _receive(theirs, max(1, request)):
                    break
                theirs.sendall(answer)
        finally:
            os._exit(0)
    theirs.close()
    times = []
    try:
        ours.settimeout(5.0)
        question = b"x" * max(1, request)
        for _ in range(rounds):
            started = time.perf_counter_ns()
            ours.sendall(question)
            if not _receive(ours, max(1, reply)):
                break
            times.append(time.perf_counter_ns() - started)
    finally:
        ours.close()
        os.waitpid(pid, 0)
    return statistics.median(times) if times else float("nan")


def _receive(stream: socket.socket, count: int) -> bool:
    left = count
    while left:
        part = stream.recv(min(left, 1 << 16))
        if not part:
            return False
        left -= len(part)
    return True
