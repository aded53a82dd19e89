"""The agent: obeys the store, compares, trips at once, survives whatever breaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from carveout.diagnostics import CarveError
from carveout.place.apply import to_reference
from carveout.serve.agent import Agent
from carveout.serve.comparing import outcome_kind
from carveout.serve.operations import zero

if TYPE_CHECKING:
    from tests.serve.conftest import Bench


def test_it_registers_the_operation_and_beats(bench: Bench) -> None:
    known = bench.store.operation(bench.name)
    assert known is not None
    assert known.contract_hash == bench.operation.contract.hash
    bench.calls(10)
    bench.flush()
    (process,) = bench.store.processes()
    assert process.pid == os.getpid()
    assert json.loads(process.status_json)["store"] == "ok"
    windows = [json.loads(row.counters_json) for row in bench.store.live(bench.name)]
    assert sum(w["reference"]["calls"] for w in windows) == 10
    assert sum(sum(w["reference"]["histogram"]) for w in windows) == 10


def test_recording_does_not_run_the_reference_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its effects are its callers', once a call: a recording of what needs no redaction is what
    was seen."""
    monkeypatch.setenv("CARVEOUT_SAMPLE_RATE", "1")
    bench.agent = bench.new_agent()
    bench.agent.tick()
    ran: list[int] = []
    bench.noise = lambda: ran.append(1) or 0
    to_reference(bench.operation, sample_rate=1.0)
    bench.calls(20)
    bench.agent.tick()
    bench.agent.tick()
    assert len(bench.store.recordings(bench.name)) == 20
    assert len(ran) == 20


def test_shadow_answers_nobody_and_compares_everything(bench: Bench) -> None:
    asked: list[int] = []
    bench.set("shadow")
    bench.carving = lambda a, b: asked.append(a) or a + b  # type: ignore[func-returns-value]
    assert bench.calls(50) == [i + 1 for i in range(50)]
    assert asked == []
    bench.agent.tick()
    assert asked == list(range(50))
    assert bench.compared().same == 50


def test_faults_are_results(bench: Bench) -> None:
    def carving(a: int, b: int) -> int:
        if b < 0:
            raise ValueError("negative")
        return a + b

    bench.carving = carving
    bench.set("canary", 0.999999)
    for i in range(10):
        with pytest.raises(ValueError, match="negative"):
            bench.operation(i, -1)
    bench.agent.tick()
    assert bench.compared().same == 10
    assert bench.store.stage(bench.name).stage == "canary"


@pytest.mark.parametrize(("stage", "share"), [("shadow", 0.0), ("canary", 0.99999), ("full", 1.0)])
def test_the_first_confirmed_difference_ends_it_everywhere(
    bench: Bench, stage: str, share: float
) -> None:
    bench.carving = lambda a, b: a + b + (a == 7)
    bench.set(stage, share)
    # A sentinel compares one call in a hundred; have it compare them all.
    if stage == "full":
        bench.agent._served[bench.name]._enforce(  # type: ignore[attr-defined]
            bench.store.stage(bench.name), bench.store.artifact("a" * 64), 1.0
        )
    bench.calls(20)
    bench.agent.tick()
    assert bench.operation.tripped
    assert bench.calls(8)[7] == 8  # the reference again, at once
    row = bench.store.stage(bench.name)
    assert row.stage == "rolled-back"
    (mismatch,) = bench.store.mismatches(bench.name)
    assert bench.operation.codec is not None
    assert bench.operation.codec.decode_args(mismatch.args) == (7, 1)
    assert bench.operation.codec.decode_outcome(mismatch.expected) == ("value", 8)
    assert bench.operation.codec.decode_outcome(mismatch.got) == ("value", 9)
    assert bench.compared().different == 1
    assert bench.store.rollback(bench.name, "a" * 64).guard == "A"  # type: ignore[union-attr]
    bench.agent.tick()
    assert bench.operation.stage == "reference"


def test_a_canary_through_25_percent_gives_no_wrong_answer(bench: Bench) -> None:
    """Rule F: compared before the caller is answered, not after."""
    bench.carving = lambda a, b: -1
    bench.set("canary", 0.25)
    assert bench.calls(200) == list(range(1, 201))
    assert bench.operation.counters()["candidate"]["calls"] > 20
    bench.agent.tick()
    assert bench.operation.tripped
    assert bench.store.stage(bench.name).stage == "rolled-back"
    assert bench.compared().different == 1


def test_a_noisy_reference_is_no_difference(bench: Bench) -> None:
    ticks = iter(range(1, 10**6))
    bench.noise = lambda: next(ticks)
    bench.set("canary", 0.99999)
    bench.calls(5)
    bench.agent.tick()
    assert bench.compared().noisy == 5
    assert bench.compared().different == 0
    assert bench.store.stage(bench.name).stage == "canary"


def test_a_reference_that_is_dear_to_ask_is_asked_less_often(bench: Bench) -> None:
    """Rule F's sentinel takes a bounded part of a core, whatever the reference costs."""

    def burn() -> int:
        until = time.thread_time() + 0.005
        while time.thread_time() < until:
            pass
        return 0

    bench.set("full", 1.0)
    served = bench.agent._served[bench.name]
    bench.calls(100)
    bench.flush()
    assert bench.applied[-1] == ("full", 1.0, 0.01)
    served._enforce(bench.store.stage(bench.name), bench.store.artifact("a" * 64), 1.0)
    bench.noise = burn
    bench.calls(20)
    bench.agent.tick()
    assert served._comparer is not None
    assert served._comparer.rerun_ns > 4e6
    # 2 % of a core are four such runs a second: far less than one in a hundred of these.
    served._adapt(served.row, calls_in_window(100_000), 1.0)
    share = bench.applied[-1][2]
    assert 0 < share <= 0.02 / (100_000 * 0.004)


def test_between_two_runs_of_a_reference_the_callers_have_the_interpreter(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    bench.set("canary", 0.99999)
    served = bench.agent._served[bench.name]
    monkeypatch.setattr(served, "_rest", rests.append)
    bench.calls(12)
    bench.agent.tick()
    assert bench.compared().same == 12
    assert len(rests) == 12
    assert all(0 < rest < 5 for rest in rests)


def calls_in_window(calls: int) -> dict[str, Any]:
    window = zero()
    window["candidate"] = {**window["candidate"], "calls": calls}
    return window


def test_a_panic_is_a_rollback(bench: Bench) -> None:
    from carveout._native import FAILED

    bench.carving = lambda a, b: FAILED
    bench.set("canary", 0.99999)
    assert bench.calls(3) == [1, 2, 3]
    bench.agent.tick()
    assert bench.store.rollback(bench.name, "a" * 64).guard == "panic"  # type: ignore[union-attr]


def test_guard_events_are_kept_per_share_and_roll_back(bench: Bench) -> None:
    bench.set("canary", 0.25)
    bench.calls(100)
    bench.flush()
    bench.set("canary", 0.5)
    bench.calls(100)

    def harmful(a: int, b: int) -> int:
        raise RuntimeError

    events = [e for e in bench.store.events(bench.name, "a" * 64) if e.guard == "error"]
    assert [e.share for e in events] == [0.25]
    assert sum(e.reference_n + e.candidate_n for e in events) == 100
    # Errors that comparison does not see (it is switched off here) are caught by guard B.
    bench.agent._served[bench.name]._comparer = None
    bench.carving = harmful
    for _ in range(200):
        try:
            bench.operation(1, 1)
        except RuntimeError:
            continue
    bench.flush()
    latched = bench.store.rollback(bench.name, "a" * 64)
    assert latched is not None
    assert latched.guard == "B"


def test_no_count_is_lost_when_the_share_changes(bench: Bench) -> None:
    for share in (0.1, 0.2, 0.3):
        bench.set("canary", share)
        bench.calls(50)
    bench.flush()
    events = [e for e in bench.store.events(bench.name, "a" * 64) if e.guard == "error"]
    assert [(e.share, e.reference_n + e.candidate_n) for e in events] == [
        (0.1, 50),
        (0.2, 50),
        (0.3, 50),
    ]


def test_a_lost_store_means_reference_and_it_comes_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.carving = lambda a, b: 1_000_000
    bench.set("full", 1.0)
    assert bench.operation(1, 1) == 1_000_000

    def broken(self: Any) -> Any:
        raise CarveError("store-unreadable", "disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(type(bench.store), "stages", broken)
        bench.agent.tick()
        assert bench.operation(1, 1) == 2
        bench.agent.tick()
        assert "disk I/O error" in bench.agent.status["store"]
    bench.carving = lambda a, b: a + b + 10
    bench.agent._retry_at = 0.0
    bench.agent.tick()
    assert bench.agent.status["store"] == "ok"
    assert bench.operation(1, 1) == 12


def test_a_missing_artifact_is_said_and_the_reference_answers(bench: Bench) -> None:
    bench.store.set_stage(bench.name, "full", 1.0, "f" * 64, "inline", "test")
    bench.agent.tick()
    assert bench.operation(1, 1) == 2
    assert "artifact-missing" in bench.agent.status[bench.name]
    assert any(note.kind == "artifact-missing" for note in bench.store.notes(10))


def test_an_exception_in_a_tick_never_leaves_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.agent, "_attend", lambda store: 1 / 0)
    assert bench.agent.tick() is False
    assert "ZeroDivisionError" in bench.agent.status["store"]


def test_slow_shadow_pairs_count_for_promotion_only(bench: Bench) -> None:
    bench.set("shadow", tau_ns=1)  # everything is slower than a nanosecond: no pair is discordant
    bench.calls(20)
    bench.agent.tick()
    (paired,) = bench.store.events(bench.name, "a" * 64)
    assert (paired.guard, paired.reference_n) == ("paired", 20)
    assert (paired.reference_x, paired.candidate_x) == (0, 0)


def test_obeyed_within_a_second(bench: Bench, no_threads: None) -> None:
    agent = bench.new_agent()
    agent.start()
    try:
        bench.carving = lambda a, b: 42
        bench.calls(1)
        bench.store.set_stage(bench.name, "full", 1.0, "a" * 64, "inline", "test")
        started = time.monotonic()
        while bench.operation(1, 1) != 42:
            assert time.monotonic() - started < 1.0
            time.sleep(0.01)
        bench.store.set_stage(bench.name, "reference", 0.0, None, None, "test")
        started = time.monotonic()
        while bench.operation(1, 1) == 42:
            assert time.monotonic() - started < 1.0
            time.sleep(0.01)
    finally:
        agent.stop()


def test_the_override_ignores_the_store_and_writes_the_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARVEOUT_STAGE", "full")
    monkeypatch.setenv("CARVEOUT_RUN_ID", "run-1")
    bench.carving = lambda a, b: a + b + (a == 7)
    agent = bench.new_agent()
    agent.tick()
    bench.calls(10)
    agent.tick()
    agent._flushed_at = 0.0
    agent.tick()
    (file,) = (bench.home / "runs" / "run-1").glob(f"{os.getpid()}-*.json")
    written = json.loads(file.read_text())
    counts = written[bench.name]
    assert counts["calls"] == counts["carved"] == 10
    assert counts["different"] == 1
    # A run of the tests decides nothing about live traffic.
    assert bench.store.rollback(bench.name, "a" * 64) is None
    assert bench.store.stage(bench.name).stage == "reference"


def test_outcome_kinds() -> None:
    assert [outcome_kind(bytes([0x92, kind])) for kind in range(4)] == [0, 1, 2, 3]
    assert outcome_kind(b"") == 3


CHILD = """
import os, sys, time
from carveout import operation
@operation
def f(a: int) -> int:
    return a + 1
f(1)
pid = os.fork()
for _ in range(20):
    f(1)
if pid:
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_both_sides_of_a_fork_flush_at_their_end(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "forks.py"
    script.write_text(CHILD)
    started = time.monotonic()
    done = subprocess.run([sys.executable, script], timeout=60, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 30
    from carveout.store import open_store

    with open_store(home) as store:
        rows = store.live("forks:f")
        calls: dict[str, int] = {}
        for row in rows:
            counted = json.loads(row.counters_json)["reference"]["calls"]
            calls[row.process] = calls.get(row.process, 0) + counted
    assert sorted(calls.values()) == [20, 21]


def test_off_means_no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    from carveout.serve import agent

    monkeypatch.setenv("CARVEOUT", "off")
    monkeypatch.setattr(agent, "_agent", None)
    assert agent.ensure() is None


def test_agents_stop_in_time(bench: Bench, no_threads: None) -> None:
    agent = Agent(operations=lambda: [bench.operation])
    agent.start()
    started = time.monotonic()
    agent.stop()
    assert time.monotonic() - started < 3


def test_the_override_is_in_force_for_the_first_call(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, no_threads: None
) -> None:
    from carveout.serve import agent as module

    monkeypatch.setenv("CARVEOUT_STAGE", "full")
    monkeypatch.setattr(module, "_agent", None)
    monkeypatch.setattr(module, "_registered", lambda: [bench.operation])
    bench.carving = lambda a, b: 42
    agent = module.ensure(bench.operation)
    assert agent is not None
    assert bench.operation(1, 1) == 42
    agent.stop()


def test_what_is_only_recorded_waits_for_company(bench: Bench) -> None:
    """One long wait a second for the interpreter's lock, instead of one for every call."""
    bench.monkeypatch.setattr("carveout.serve.agent.RECORD_S", 3600.0)
    bench.monkeypatch.setenv("CARVEOUT_SAMPLE_RATE", "1")
    bench.agent = bench.new_agent()
    bench.agent.tick()
    bench.operation(1, 2)
    bench.agent.tick()
    assert bench.store.seen(bench.name)[0] == 0
    for n in range(300):
        bench.operation(n, 1)
    bench.agent.tick()
    assert bench.store.seen(bench.name)[0] == 301, "a crowded queue does not wait"
    bench.operation(1, 2)
    bench.agent.tick(final=True)
    assert bench.store.seen(bench.name)[0] == 302, "the end of the process does not wait"
