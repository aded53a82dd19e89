"""Runs calls in forked processes, so that a crash or a hang of a carving is a finding.

In-process machine code can't be undone: a segfault would end `carve prove`, an endless loop would
stop it. Each child writes what it is doing to a page of shared memory before it does it; the
parent reads the page, and when a child dies or stands still knows the very call.

    board = Board()                       # one page a child
    pid = start(board, lambda board, pipe: ...)
    fate = watch(board, pid)              # None while alive and moving

Invariants: the parent ends only processes it started, by their id; a child never returns from
`start`; counters survive the child's death because they are in the page.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import mmap
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from carveout.prove.judge import TooSlow

SLOTS = 32
ARGS_LIMIT = 1 << 20
PAGE = SLOTS * 8 + ARGS_LIMIT
BEGUN, STATE, LENGTH, SOURCE, INDEX, DONE, COUNTS = 0, 1, 2, 3, 4, 5, 8
"""Slots: calls begun; 0 idle, 1 reference, 2 candidate (IN_CANDIDATE); length of the arguments;
which sample; position in the recordings; finished; then five counters for each of three samples."""

IN_CANDIDATE = 2
PR_SET_PDEATHSIG = 1
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CALL_LIMIT_S = 0.5
"""A reference call longer than this is left out: a generated 2**53 can make a loop endless."""
STUCK_S = 5.0
"""A call that no timer can end (machine code) is given up after this long."""
LOOK_S = 0.5
"""At least this often the children are looked at."""
MEMORY_LIMIT = 4 << 30
MEMORY_PART = 4
"""A child may take that part of the memory that is free, and MEMORY_LIMIT at most: a carving that
leaks is to be a finding before the machine is out of memory."""


class Board:
    """A page of shared memory: what a child does, and what it has counted."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, PAGE)
        self.slots = memoryview(self.memory)[: SLOTS * 8].cast("Q")

    def begin(self, args: bytes, source: int) -> None:
        """Note the call about to be made."""
        slots = self.slots
        slots[SOURCE] = source
        length = len(args)
        if length <= ARGS_LIMIT:
            self.memory[SLOTS * 8 : SLOTS * 8 + length] = args
            slots[LENGTH] = length
        else:
            slots[LENGTH] = 0
        slots[BEGUN] += 1

    def enter(self, state: int) -> None:
        self.slots[STATE] = state

    def count(self, source: int, verdict: int) -> None:
        self.slots[COUNTS + source * 5 + verdict] += 1

    def counts(self, source: int) -> list[int]:
        start = COUNTS + source * 5
        return list(self.slots[start : start + 5])

    def current(self) -> bytes | None:
        """Arguments of the call last begun; None if they were too large for the page."""
        length = self.slots[LENGTH]
        return bytes(self.memory[SLOTS * 8 : SLOTS * 8 + length]) if length else None


@dataclass
class Child:
    """A running child and the messages it sends (findings)."""

    pid: int
    pipe: int
    board: Board
    buffer: bytearray = field(default_factory=bytearray)
    seen: int = 0
    stood_s: float = 0.0
    """How long it was watched to stand still in one call."""
    looked: float = field(default_factory=time.monotonic)
    ended: bool = False


Send = Callable[[Any], None]


def start(board: Board, work: Callable[[Board, Send], None]) -> Child:
    """Fork a child that runs `work` and ends."""
    sys.stdout.flush()
    sys.stderr.flush()
    read, write = os.pipe()
    parent = os.getpid()
    # Not while forking: what a signal raises in one of the fork's own callbacks is lost, and with
    # it the Ctrl-C.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        with warnings.catch_warnings():
            # The child uses no lock that another thread of this process may hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            # Ctrl-C is the parent's to handle; it ends the children. Nothing else may raise an
            # exception into a call that is being compared.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if pid:
        os.close(write)
        os.set_blocking(read, False)
        return Child(pid, read, board)
    code = 70
    try:
        os.close(read)
        _end_with(parent)
        _settle(board)

        def send(message: Any) -> None:
            data = msgspec.msgpack.encode(message)
            view = memoryview(len(data).to_bytes(4, "little") + data)
            while view:
                view = view[os.write(write, view) :]

        work(board, send)
        board.slots[DONE] = 1
        code = 0
    except TooSlow:
        code = 0
    except BaseException:
        import traceback

        with contextlib.suppress(BaseException):
            traceback.print_exc()
    finally:
        # Not sys.exit: the parent's exit handlers and buffers are not this process's to run.
        os._exit(code)


def _end_with(parent: int) -> None:
    """Have this process killed when its parent is gone, however that ended."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _settle(board: Board) -> None:
    """Limits and the timer of a child."""
    # A crash is a finding here, not something to dump the stack of.
    faulthandler.disable()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = _mapped() + min(MEMORY_LIMIT, max(_available() // MEMORY_PART, 256 << 20))
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    slots = board.slots
    last = [0, 0]

    def tick(_signum: int, _frame: Any) -> None:
        # Two ticks in one and the same reference call: it has lasted at least one interval.
        if slots[STATE] == 1 and last[0] == slots[BEGUN]:
            last[1] += 1
            if last[1] >= 2:
                last[1] = 0
                raise TooSlow
        else:
            last[:] = [slots[BEGUN], 0]

    signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, CALL_LIMIT_S / 2, CALL_LIMIT_S / 2)


def _mapped() -> int:
    """Bytes of address space this process has already."""
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[0]) * resource.getpagesize()


def _available() -> int:
    """Bytes of memory that could be had without swapping; as much as is allowed if not known."""
    with contextlib.suppress(OSError, ValueError), open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return MEMORY_LIMIT * MEMORY_PART


def messages(child: Child) -> list[Any]:
    """What the child has sent since the last look."""
    with contextlib.suppress(BlockingIOError):
        while data := os.read(child.pipe, 1 << 16):
            child.buffer += data
    found = []
    while len(child.buffer) >= 4:
        length = int.from_bytes(child.buffer[:4], "little")
        if len(child.buffer) < 4 + length:
            break
        found.append(msgspec.msgpack.decode(bytes(child.buffer[4 : 4 + length])))
        del child.buffer[: 4 + length]
    return found


def fate(child: Child) -> str | None:
    """None while it runs; "done"; "crashed: ..."; or "stuck", after ending it."""
    pid, status = os.waitpid(child.pid, os.WNOHANG)
    if pid:
        child.ended = True
        if child.board.slots[DONE] and status == 0:
            return "done"
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return f"crashed: {signal.Signals(number).name}"
        return f"crashed: exit code {os.waitstatus_to_exitcode(status)}"
    begun, now = child.board.slots[BEGUN], time.monotonic()
    # No more than a moment at a time: while this process could not look (a machine that was
    # suspended, a debugger), the child may not have run either.
    watched, child.looked = min(now - child.looked, LOOK_S), now
    if begun != child.seen or not child.board.slots[STATE]:
        child.seen, child.stood_s = begun, 0.0
        return None
    child.stood_s += watched
    if child.stood_s > STUCK_S:
        end(child)
        return "stuck"
    return None


def run(board: Board, work: Callable[[Board, Send], None]) -> tuple[str, list[Any]]:
    """Run `work` in a child to its end: its fate, and what it sent."""
    child = start(board, work)
    said: list[Any] = []
    try:
        while (ended := fate(child)) is None:
            said += messages(child)
            time.sleep(0.002)
        said += messages(child)
    finally:
        close(child)
    return ended, said


def end(child: Child) -> None:
    """End a child we started."""
    if not child.ended:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child.pid, 0)
        child.ended = True


def close(child: Child) -> None:
    """End it if it runs, and let go of its pipe."""
    end(child)
    with contextlib.suppress(OSError):
        os.close(child.pipe)
    child.pipe = -1
