"""Makes a difference small: the simplest call found on which the two still differ.

Greedy and guided by the schema: try each simpler tree (`mutate.simpler`), keep the first that still
differs, start again; until none does or the time is over.

Invariant: runs the candidate in a forked child only. When the difference is a crash, every attempt
is a child of its own.
"""

from __future__ import annotations

import time
from typing import Any

from carveout.prove import isolate, mutate
from carveout.prove.boundary import Tree, decode, encode
from carveout.prove.judge import DIFFERENT, Finding, Judge

SECONDS = 6.0
CRASH_STUCK_S = 1.0


def shrink(
    contract: dict[str, Any], judge: Judge, finding: Finding, *, crash: bool
) -> Finding | None:
    """A smaller finding, or None if there is none (or the arguments are not known)."""
    if not finding.args:
        return None
    if crash:
        return _shrink_crash(contract, judge, finding)
    board = isolate.Board()

    def work(board: isolate.Board, send: isolate.Send) -> None:
        judge.enter = board.enter

        def differs(args: bytes) -> Finding | None:
            board.begin(args, 0)
            verdict, found = judge(args)
            return found if verdict == DIFFERENT else None

        for better in _descend(contract, finding, differs, time.monotonic() + SECONDS):
            send(
                {
                    "args": better.args,
                    "expected": better.expected,
                    "got": better.got,
                    "path": better.path,
                    "message": better.message,
                }
            )

    child = isolate.start(board, work)
    best: Finding | None = None
    until = time.monotonic() + SECONDS + isolate.STUCK_S
    try:
        while True:
            ended = isolate.fate(child)
            for message in isolate.messages(child):
                best = Finding(**message)
            if ended is not None or time.monotonic() > until:
                return best
            time.sleep(0.01)
    finally:
        isolate.close(child)


def _shrink_crash(contract: dict[str, Any], judge: Judge, finding: Finding) -> Finding | None:
    def differs(args: bytes) -> Finding | None:
        ended = _crash(judge, args, CRASH_STUCK_S)
        if ended is None:
            return None
        return Finding(args, b"", b"", "", f"the carving {ended}", finding.source)

    best = None
    for better in _descend(contract, finding, differs, time.monotonic() + SECONDS):
        best = better
    return best


def crashes_alone(judge: Judge, finding: Finding) -> bool:
    """Whether the carving crashes, or does not answer, on this call as the first of a process."""
    return bool(finding.args) and _crash(judge, finding.args, isolate.STUCK_S) is not None


def _crash(judge: Judge, args: bytes, stuck_s: float) -> str | None:
    """How the carving ends in a child of its own on this call; None if it answers."""
    board = isolate.Board()

    def work(board: isolate.Board, send: isolate.Send) -> None:
        judge.enter = board.enter
        board.begin(args, 0)
        judge(args)

    child = isolate.start(board, work)
    until = time.monotonic() + stuck_s
    try:
        while (ended := isolate.fate(child)) is None:
            if time.monotonic() > until:
                ended = "does not answer"
                break
            time.sleep(0.002)
    finally:
        isolate.close(child)
    if ended == "done" or board.slots[isolate.STATE] != isolate.IN_CANDIDATE:
        return None
    return ended


def _descend(contract: dict[str, Any], finding: Finding, differs: Any, until: float) -> Any:
    """Yield ever smaller findings."""
    params = {"t": "tuple", "items": [p["type"] for p in contract["params"]]}
    types = contract["types"]
    tree: Tree = decode(finding.args)
    cost = mutate.cost(params, tree, types)
    moved = True
    while moved:
        moved = False
        for simpler in mutate.simpler(params, tree, types):
            if time.monotonic() > until:
                return
            simpler_cost = mutate.cost(params, simpler, types)
            if simpler_cost >= cost:
                continue
            found = differs(encode(simpler))
            if found is not None:
                tree, cost, moved = simpler, simpler_cost, True
                yield found
                break
