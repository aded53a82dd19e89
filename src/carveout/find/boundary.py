"""What it costs to cross into native code, measured on this machine with a recorded payload.

Inline: walking the arguments and building the result, for which encoding them natively is an upper
bound of the same kind of work; and the dispatch itself. Worker: the same plus a round trip over a
Unix socket to another process. In nanoseconds a call: the best of repeated rounds, so that a busy
machine adds little, and for the round trip, whose waiting is part of it, the median.
"""

from __future__ import annotations

import functools
import importlib
import math
import os
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Boundary:
    """Nanoseconds a call, and the bytes that cross (arguments and result)."""

    inline_ns: float
    worker_ns: float | None
    payload_bytes: int


def per_call_ns(work: Callable[[], object], *, at_least_s: float = 0.002) -> float:
    """Time of one call in the best of some rounds, each long enough to be measured."""
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
    return min(rounds)


@functools.cache
def call_ns() -> float:
    """The dispatch and the call itself, beside the payload: an operation of one int whose carving
    is a built-in function, less that function."""
    # By name: what is measured is the native module, not what the package offers its users.
    native = importlib.import_module("carveout._native")
    dispatch = native.Dispatch(abs, None, ("n",), 1, {})
    dispatch.set_split(native.Split("full", 1.0, candidate=abs))
    return max(1.0, per_call_ns(lambda: dispatch(1)) - per_call_ns(lambda: abs(1)))


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
        + call_ns()
    )
    size = len(args) + len(result)
    trip = round_trip_ns(len(args), len(result))
    return Boundary(inline, inline + trip if math.isfinite(trip) else None, size)


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
