"""The control store: rows go in and come out, samples stay bounded and uniform."""

from __future__ import annotations

import os
import random
import stat
import threading
import time
from pathlib import Path

import pytest

from carveout.diagnostics import CarveError
from carveout.store import (
    ArtifactRow,
    EvidenceRow,
    LiveRow,
    MismatchRow,
    OperationRow,
    ProcessRow,
    RecordingRow,
    StageRow,
    Store,
    open_store,
)

OP = "shop:quote"
VALUE = b"\x92\x00\x01"
FAULT = b"\x93\x01\xa1x\x90"


@pytest.fixture
def store(home: Path) -> Store:
    return open_store(home)


def call(n: int, shape: str = "s", why: str = "sample", outcome: bytes = VALUE) -> RecordingRow:
    return RecordingRow(str(n).encode(), outcome, 1000, shape, why=why)


def test_rows_come_back_as_they_went_in(store: Store) -> None:
    now = time.time()
    operation = OperationRow(OP, "c", "r", "{}", "shop.py", 3)
    store.put_operation(operation)
    store.put_operation(operation)
    assert store.operations() == [operation]
    assert store.operation(OP) == operation
    assert store.operation("nope") is None
    live = LiveRow("p1", OP, now, 0.2, '{"n": 1}')
    store.put_live(live)
    store.put_live([LiveRow("p1", "other:op", now, 0.2, "{}")])
    assert store.live(OP) == [live]
    assert len(store.live()) == 2
    assert store.live(since=now + 1) == []
    process = ProcessRow("p1", 7, "host", "uvicorn", now, now)
    store.heartbeat(process)
    store.heartbeat(ProcessRow("p0", 6, "host", "old", now, now - 60))
    assert store.processes() == [process]
    artifact = ArtifactRow("h" * 64, OP, "c", "r", "/a", now)
    store.put_artifact(artifact)
    assert store.artifact("h" * 64) == artifact
    assert store.artifacts(OP) == [artifact]
    evidence = EvidenceRow(
        OP, "k", "r", "h", "rules", "1", "3.11", "linux", 9, 0, 1, 0, 5, 5, 0.01, 1e-3, 2, 1, now
    )
    store.put_evidence(evidence)
    assert store.evidence(OP) == store.evidence(OP, "h") == [evidence]
    assert store.evidence(OP, "other") == []
    mismatch = MismatchRow(OP, "h", b"a", b"e", b"g", "result.x", now)
    for _ in range(300):
        store.add_mismatch(mismatch)
    assert store.mismatches(OP) == [mismatch] * 256
    assert store.mismatches(OP, "other") == []
    store.note(OP, "info", "first")
    store.note(None, "warning", "second")
    assert [note.message for note in store.notes()] == ["second", "first"]


def test_counts_add_up(store: Store) -> None:
    for _ in range(2):
        store.add_events(OP, "h", 0.05, "error", 10, 1, 20, 2)
        store.add_comparison(OP, "h", same=3, noisy=1)
        store.add_gaps(OP, dropped=2, oversize=0)
    store.add_events(OP, "h", 0.25, "error", 1, 0, 1, 0)
    first, second = store.events(OP, "h")
    assert (first.reference_n, first.candidate_x, first.share) == (20, 4, 0.05)
    assert second.share == 0.25
    assert store.comparisons(OP, "h").same == 6
    assert store.comparisons(OP, "none").same == 0
    assert store.gaps(OP) == {"dropped": 4}


def test_stages_have_growing_epochs_and_rollbacks_latch(store: Store) -> None:
    assert store.stage(OP) == StageRow(OP)
    first = store.set_stage(OP, "shadow", 0.0, "h1", "worker", "carve move")
    second = store.set_stage(OP, "canary", 0.05, "h1", "inline", "carve move", tau_ns=5)
    assert (first.epoch, second.epoch) == (1, 2)
    assert store.stage(OP) == second
    assert store.stages() == [second]
    assert store.latch_rollback(OP, "h1", "A", "different at result.x")
    assert not store.latch_rollback(OP, "h1", "B", "errors")
    row = store.rollback(OP, "h1")
    assert row is not None
    assert (row.guard, store.stage(OP).stage, store.stage(OP).epoch) == ("A", "rolled-back", 3)
    with pytest.raises(CarveError) as caught:
        store.set_stage(OP, "full", 1.0, "h1", "inline", "carve move")
    assert caught.value.code == "artifact-rolled-back"
    assert store.stage(OP).epoch == 3
    store.set_stage(OP, "canary", 0.01, "h2", "inline", "carve move")
    assert store.latch_rollback(OP, "h0", "A", "an older one")
    assert store.stage(OP).stage == "canary"  # h2's traffic is not h0's fault
    store.clear_rollback(OP, "h1")
    assert store.set_stage(OP, "full", 1.0, "h1", "inline", "carve move").epoch == 5


def test_samples_are_bounded(store: Store) -> None:
    store.add_recordings(OP, [call(n, f"s{n % 600}") for n in range(3000)])
    assert len(store.recordings(OP, "uniform")) == 2000
    assert len(store.shapes(OP)) == 512
    assert store.gaps(OP)["shapes_over"] > 0
    store.add_recordings(OP, [call(n, "s1") for n in range(200)])
    in_shape = [row for row in store.recordings(OP, "shape") if row.shape == "s1"]
    assert len(in_shape) == 64
    assert store.seen(OP) == (3200, 3200.0)
    assert len(store.recordings(OP, limit=10)) == 10
    store.clear_recordings(OP)
    assert store.recordings(OP) == []


def test_exceptions_mismatches_and_slowest_are_kept(store: Store) -> None:
    slow = [
        RecordingRow(b"%d" % n, VALUE, n, "s", why="keep") for n in random.sample(range(500), 500)
    ]
    store.add_recordings(OP, slow)
    durations = sorted(row.duration_ns for row in store.recordings(OP, "keep"))
    assert durations == list(range(436, 500))
    store.add_recordings(OP, [call(n, why="keep", outcome=FAULT) for n in range(300)])
    store.add_recordings(OP, [call(n, why="mismatch") for n in range(3)])
    kept = store.recordings(OP, "keep")
    assert sum(row.outcome == FAULT for row in kept) == 256
    assert sum(row.why == "mismatch" for row in kept) == 3
    assert store.recordings(OP, "uniform") == []


def test_the_uniform_sample_is_uniform(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of 400 calls is equally likely to be among the 50, whatever the batches and whichever
    of two processes wrote it: chi squared over tenths, of 120 samples."""
    monkeypatch.setattr("carveout.store.reservoirs.UNIFORM", 50)
    chance = random.Random(5)
    with open_store(home) as other:
        store.chance.seed(1)
        other.chance.seed(2)
        hits = [0] * 10
        for trial in range(120):
            op, n = f"{OP}{trial}", 0
            while n < 400:
                batch = min(400 - n, chance.choice((1, 7, 64, 150)))
                writer = chance.choice((store, other))
                writer.add_recordings(op, [call(n + i) for i in range(batch)])
                n += batch
            kept = store.recordings(op, "uniform")
            assert len({row.args for row in kept}) == 50
            for row in kept:
                hits[int(row.args) // 40] += 1
    expected = sum(hits) / 10
    # Without replacement the hits vary less than a multinomial's: 350 of 400 are left out.
    squares = sum((hit - expected) ** 2 / expected for hit in hits) / (350 / 399)
    assert squares < 27.9, hits  # 9 degrees of freedom, one in a thousand


def test_a_call_that_stands_for_more_enters_more_often(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carveout.store.reservoirs.UNIFORM", 50)
    store.chance.seed(2)
    heavy = 0
    for trial in range(40):
        rows = [
            RecordingRow(b"h" if n % 2 else b"l", VALUE, 1, "s", 4.0 if n % 2 else 1.0)
            for n in range(500)
        ]
        store.add_recordings(f"{OP}{trial}", rows)
        heavy += sum(r.args == b"h" for r in store.recordings(f"{OP}{trial}", "uniform"))
    assert 0.72 < heavy / 2000 < 0.88  # 4 : 1


def test_purge_forgets_old_calls_and_rescales(store: Store) -> None:
    old = [RecordingRow(b"%d" % n, VALUE, 1, "s", at=time.time() - 20 * 86_400) for n in range(100)]
    store.add_recordings(OP, old)
    store.add_recordings(OP, [call(n) for n in range(100)])
    assert store.purge(14) > 0
    assert len(store.recordings(OP, "uniform")) == 100
    assert store.seen(OP) == (100, 100.0)


def test_home_is_private(store: Store, home: Path) -> None:
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "store.db").stat().st_mode) == 0o600
    assert (home / ".gitignore").read_text() == "*\n"


def test_threads_and_forks_share_it(store: Store) -> None:
    def work(n: int) -> None:
        for i in range(20):
            store.add_gaps(OP, dropped=1)
            store.note(OP, "info", f"{n} {i}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    children = []
    for n in range(3):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work(n)
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
    assert store.gaps(OP) == {"dropped": 140}


def test_a_fork_never_finds_the_store_locked_by_its_parents_other_threads(home: Path) -> None:
    """A thread writes all the time; children forked at any moment can write too, at once."""
    store = open_store(home, busy_timeout_ms=500)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            store.add_gaps(OP, dropped=1)

    writer = threading.Thread(target=write)
    writer.start()
    codes = []
    try:
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    open_store(home, busy_timeout_ms=500).add_gaps(OP, oversize=1)
                    code = 0
                finally:
                    os._exit(code)
            codes.append(os.waitpid(pid, 0)[1])
    finally:
        done.set()
        writer.join()
    assert codes == [0] * 20
    assert store.gaps(OP)["oversize"] == 20


def test_many_processes_may_create_it_at_once(home: Path) -> None:
    children = []
    for n in range(6):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                open_store(home).add_gaps(OP, dropped=n)
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
    assert open_store(home).gaps(OP) == {"dropped": 15}
