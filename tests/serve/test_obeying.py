"""Obeying is not delayed by comparing or writing, and asks whether the stage is about this code."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from carveout.contract.circumstances import circumstances_of
from carveout.move import controller
from carveout.move.stages import Stage
from carveout.store import ArtifactRow, open_store

if TYPE_CHECKING:
    from tests.serve.conftest import Bench

ARTIFACT = "a" * 64


def until_reference(bench: Bench, limit_s: float) -> float:
    """Seconds until the operation is back at the reference."""
    started = time.monotonic()
    while bench.operation.stage != "reference":
        if time.monotonic() - started > limit_s:
            raise AssertionError(f"still at {bench.operation.stage} after {limit_s} s")
        time.sleep(0.005)
    return time.monotonic() - started


def test_a_slow_reference_does_not_delay_it(bench: Bench) -> None:
    slow = threading.Event()
    bench.noise = lambda: time.sleep(1.5) or 0 if slow.is_set() else 0
    bench.set("canary", 0.99999)
    agent = bench.new_agent()
    agent.start()
    try:
        time.sleep(0.5)
        slow.set()
        bench.calls(5)
        time.sleep(0.5)  # the agent is in the middle of asking the reference
        controller.go_back(bench.store, bench.name, "test")
        assert until_reference(bench, 3) < 1.0
        slow.clear()
    finally:
        agent.stop()


def test_a_write_lock_does_not_delay_it(bench: Bench, home: Path, no_threads: None) -> None:
    """Somebody moves it back and then keeps the write lock: the readers see the stage all the
    same."""
    bench.set("canary", 0.99999)
    agent = bench.new_agent()
    agent.start()
    other = sqlite3.connect(home / "store.db", isolation_level=None)
    try:
        time.sleep(0.5)
        bench.calls(50)
        other.execute("BEGIN IMMEDIATE")
        other.execute(
            'UPDATE stages SET "stage" = \'reference\', "share" = 0, "epoch" = "epoch" + 1'
        )
        other.execute("COMMIT")
        other.execute("BEGIN IMMEDIATE")
        assert until_reference(bench, 3) < 1.0
    finally:
        other.execute("ROLLBACK")
        other.close()
        agent.stop()


def move(bench: Bench, stage: str, share: float = 0.0) -> None:
    """By the controller, which notes the circumstances."""
    controller.move_to(bench.store, bench.name, Stage(stage, share))  # type: ignore[arg-type]
    bench.agent.tick()


def test_what_was_moved_is_obeyed_under_its_own_circumstances(bench: Bench) -> None:
    move(bench, "canary", 0.5)
    assert bench.operation.stage == "canary"
    assert bench.store.stage(bench.name).about == circumstances_of(bench.operation).key


def deploy(bench: Bench, **changes: str) -> None:
    """Another version of the reference (or of its circumstances) starts, and registers itself."""
    known = bench.store.operation(bench.name)
    assert known is not None
    bench.store.put_operation(replace(known, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("stage", ["shadow", "canary", "full"])
def test_a_new_reference_sends_a_move_back_and_voids_what_was_seen(
    bench: Bench, stage: str
) -> None:
    deploy(bench, reference_hash="old")
    bench.artifact("b" * 64)
    share = {"canary": 0.5, "full": 1.0}.get(stage, 0.0)
    controller.move_to(bench.store, bench.name, Stage(stage, share))  # type: ignore[arg-type]
    bench.store.add_comparison(bench.name, "b" * 64, same=9_000)
    bench.store.add_events(bench.name, "b" * 64, 0.5, "error", 10, 1, 10, 1)
    agent = bench.new_agent()  # this process, with the new reference
    agent.tick()
    assert bench.operation.stage == "reference"
    row = bench.store.stage(bench.name)
    assert (row.stage, row.by) == ("reference", "evidence void")
    assert bench.store.comparisons(bench.name, "b" * 64).same == 0
    assert bench.store.events(bench.name, "b" * 64) == []
    assert bench.store.rollback(bench.name, "b" * 64) is None
    assert any(note.kind == "void" for note in bench.store.notes())
    assert bench.calls(3) == [1, 2, 3]


def test_an_old_process_left_over_only_keeps_itself_out(bench: Bench) -> None:
    """The new version is registered and moved; a process that still runs the old one, which
    registered before, must not send everybody back."""
    deploy(bench, reference_hash="new")
    bench.artifact("b" * 64)
    controller.move_to(bench.store, bench.name, Stage("canary", 0.5))
    bench.agent.tick()
    assert bench.operation.stage == "reference"
    assert bench.store.stage(bench.name).stage == "canary"
    assert any(note.kind == "reference-changed" for note in bench.store.notes())


@pytest.mark.parametrize("field", ["reference_hash", "rules_hash", "wire", "python", "platform"])
def test_evidence_holds_under_its_own_circumstances_only(bench: Bench, field: str) -> None:
    row = bench.store.artifact(ARTIFACT)
    assert row is not None
    assert controller.is_proven(bench.store, bench.name, row)
    deploy(bench, **{field: "another"})
    assert not controller.is_proven(bench.store, bench.name, row)
    with pytest.raises(Exception, match="no evidence that holds"):
        controller.move_to(bench.store, bench.name, Stage("canary", 0.5))


SERVICE = """
import sys, time
from carveout import operation

@operation(sample_rate=0.0)
def double(n: int) -> int:
    return n * 2

end = time.monotonic() + 20
seen = None
while time.monotonic() < end:
    double(3)
    now = double.stage
    if now != seen:
        print(now, time.time(), flush=True)
        seen = now
    time.sleep(0.005)
"""


def test_several_processes_obey_within_a_second(home: Path, tmp_path: Path) -> None:
    """Three real processes, under shadow and back. Shadow of an artifact that isn't there shows as
    the reference in every one, so the epoch is watched through the store's processes instead."""
    (tmp_path / "service.py").write_text(SERVICE)
    services = [
        subprocess.Popen(
            [sys.executable, "service.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    try:
        store = open_store(home)
        name = "service:double"
        deadline = time.monotonic() + 15
        while len(store.processes()) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(store.processes()) == 3
        known = store.operation(name)
        assert known is not None
        store.put_artifact(
            ArtifactRow(ARTIFACT, name, known.contract_hash, "ref", str(tmp_path), time.time())
        )
        controller.move_to(store, name, Stage("shadow"))
        moved = time.time()
        told: dict[str, float] = {}
        while len(told) < 3 and time.time() - moved < 5:
            for note in store.notes(50):
                # Each says at once that this artifact's folder holds no artifact.
                if note.kind.startswith("artifact-") and note.op == name:
                    told.setdefault(note.message.partition(": ")[0], note.at)
            time.sleep(0.02)
        assert len(told) == 3, store.notes(50)
        assert max(told.values()) - moved < 1.0
    finally:
        for service in services:
            service.kill()
            service.wait()
            assert service.stdout is not None
            service.stdout.close()
