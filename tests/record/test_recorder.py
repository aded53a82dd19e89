"""From captured calls to stored ones."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import pytest

from carveout._native import Split
from carveout.contract import Secret
from carveout.contract.wire import decode, encode
from carveout.diagnostics import CarveError
from carveout.place.operation import operation
from carveout.record import Recorder, replay
from carveout.settings import load
from carveout.store import open_store


@dataclass(frozen=True)
class Call:
    args: bytes
    outcome: bytes
    arm: str = "reference"
    duration_ns: int = 1000
    weight: float = 1.0
    why: str = "sample"


def greet(name: Annotated[str, Secret], n: int) -> str: ...
def add(a: int, b: int) -> int: ...
def token(n: int) -> Annotated[str, Secret]: ...


OP = f"{__name__}:add"


def value(result: object) -> bytes:
    return encode([0, result])


def test_plain_calls_are_stored_as_they_are(home: Path) -> None:
    store = open_store(home)
    call = Call(encode([1, 2]), value(3), weight=4.0)
    (row,) = Recorder(store, add).write([call])
    assert (row.args, row.outcome, row.weight, row.duration_ns) == (
        call.args,
        call.outcome,
        4.0,
        1000,
    )
    assert "a:i b:i -> value:i" in row.shape
    (played,) = replay(store, OP, sample="uniform")
    assert (played.args, played.expected) == (call.args, call.outcome)


def test_the_reference_is_not_run_again_where_nothing_is_hidden(home: Path) -> None:
    """Also with the dispatch's own captured calls, whose bytes are new objects each time."""
    runs = []

    @operation
    def counted(a: int, rates: dict[str, int]) -> int:
        runs.append(a)
        return a

    counted.set_split(Split(capture_reference=1.0, epoch=1))
    assert counted(7, {"x": 1}) == 7
    store = open_store(home)
    (row,) = Recorder(store, counted).write(counted.drain())
    assert row.outcome == value(7)
    assert runs == [7]


def test_a_redacted_call_holds_the_answer_to_the_redacted_input(home: Path) -> None:
    store = open_store(home)

    def rerun(args: bytes) -> bytes:
        name, n = decode(args)
        return value(name * n)

    Recorder(store, greet, rerun=rerun).write([Call(encode(["Alice", 2]), value("AliceAlice"))])
    (played,) = replay(store, f"{__name__}:greet")
    name, _n = decode(played.args)
    assert name != "Alice"
    assert played.expected == value(name * 2)
    store.close()
    everything = b"".join(path.read_bytes() for path in home.iterdir())
    assert b"Alice" not in everything


def test_without_a_reference_to_run_the_outcome_is_left_out(home: Path) -> None:
    store = open_store(home)
    Recorder(store, greet).write([Call(encode(["Alice", 2]), value("AliceAlice"))])
    Recorder(store, token).write([Call(encode([2]), value("tok-123"))])
    assert [p.expected for p in replay(store, f"{__name__}:greet")] == [None]
    assert [p.expected for p in replay(store, f"{__name__}:token")] == [None]
    store.close()
    assert b"tok-123" not in b"".join(path.read_bytes() for path in home.iterdir())


def test_a_carvings_answer_is_replaced_by_the_references(home: Path) -> None:
    store = open_store(home)
    recorder = Recorder(store, add, rerun=lambda args: value(sum(decode(args))))
    recorder.write([Call(encode([1, 2]), value(999), arm="candidate")])
    assert [p.expected for p in replay(store, OP)] == [value(3)]


def test_gaps_are_counted(home: Path) -> None:
    store = open_store(home)
    recorder = Recorder(store, add)
    rows = recorder.write([
        Call(encode([1, 2]), value("x" * 300_000)),
        Call(b"\xc1", value(1)),
        Call(encode([1, 2]), value(3)),
    ])  # fmt: skip
    assert len(rows) == 1
    assert store.gaps(OP) == {"oversize": 1, "unreadable": 1}


def test_off_records_nothing(home: Path) -> None:
    store = open_store(home)
    settings = replace(load(), record=False)
    assert Recorder(store, add, settings=settings).write([Call(encode([1, 2]), value(3))]) == []
    assert store.recordings(OP) == []


def test_calls_wait_for_a_locked_store(home: Path) -> None:
    store = open_store(home, busy_timeout_ms=20)
    recorder = Recorder(store, add)
    recorder.write([])
    other = sqlite3.connect(home / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    call = Call(encode([1, 2]), value(3))
    with pytest.raises(CarveError) as caught:
        recorder.write([call] * 1000)
    assert caught.value.code == "store-locked"
    with pytest.raises(CarveError):
        recorder.write([call] * 100)
    other.execute("ROLLBACK")
    other.close()
    assert len(recorder.write([])) == 1024
    assert store.gaps(OP) == {"dropped": 76}
    assert len(store.recordings(OP, "uniform")) == 1024


def test_a_fault_seen_after_its_call_is_kept_without_an_outcome(home: Path) -> None:
    """The call may have changed its arguments: what it raised is no answer to what they are."""
    store = open_store(home)
    fault = encode([1, "builtins:ValueError", ["x"]])
    (row,) = Recorder(store, add).write([Call(encode([1, 2]), fault, why="after")])
    assert row.why == "exception"
    assert "fault builtins:ValueError" in row.shape
    (kept,) = store.recordings(OP, "keep")
    assert [p.expected for p in replay(store, OP)] == [None]
    assert kept.args == encode([1, 2])
    assert store.recordings(OP, "uniform") == []
