"""The controller on a real store: moves, latches, resumption, what is refused and why."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carveout.diagnostics import CarveError
from carveout.move import controller, latency
from carveout.move.stages import Policy, Stage
from carveout.store import (
    ArtifactRow,
    EvidenceRow,
    LiveRow,
    MismatchRow,
    OperationRow,
    Store,
    open_store,
)

OP = "shop.prices:quote"
FAST = Policy(time_scale=1e-6)


def artifact(hash: str, built_at: float = 1.0) -> ArtifactRow:
    return ArtifactRow(hash, OP, "contract", "reference", "/nowhere", built_at)


def evidence(
    artifact: str, *, reference_hash: str = "reference", different: int = 0
) -> EvidenceRow:
    return EvidenceRow(
        OP, f"{artifact}{reference_hash}", reference_hash, artifact, "rules", "1", "3.11", "linux",
        1_000, different, 0, 0, 900, 100, 0.01, 0.004, 5, 0, time.time(),
    )  # fmt: skip


def live(calls: int, *, ns: int = 1_000_000, slow_ns: int | None = None) -> LiveRow:
    counts = [0] * 256
    counts[latency.bucket(ns)] = calls
    if slow_ns:
        counts[latency.bucket(slow_ns)] = calls // 50
    counters = {"reference": {"calls": calls, "histogram": counts}, "candidate": {"calls": 0}}
    return LiveRow("host:1", OP, time.time(), 1.0, json.dumps(counters))


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with open_store(home) as store:
        store.put_operation(OperationRow(OP, "contract", "reference", "{}", "prices.py", 1))
        store.put_artifact(artifact("a" * 64))
        store.put_evidence(evidence("a" * 64))
        store.put_live(live(1_000))
        yield store


def compared(store: Store, same: int, different: int = 0) -> None:
    store.add_comparison(
        OP, "a" * 64, same=same, different=different, declined=0, noisy=0, unknown=0
    )


def canary_traffic(store: Store, share: float, *, calls: int = 20_000, worse: int = 0) -> None:
    candidate = int(calls * share)
    reference = calls - candidate
    for guard, x in (("error", 0), ("slow", reference // 100)):
        store.add_events(OP, "a" * 64, share, guard, reference, x, candidate, worse)


def test_from_reference_to_full_on_evidence_alone(store: Store) -> None:
    seen = []
    for _ in range(6):
        here = controller.standing(store, OP)
        if here.stage.name == "canary":
            canary_traffic(store, here.stage.share, calls=50_000)
        elif here.stage.name == "shadow":
            compared(store, 4_603)
        decision = controller.step(store, OP, policy=FAST, now=time.time() + 10)
        seen.append(str(decision.target))
    assert seen == ["shadow", "canary 1 %", "canary 5 %", "canary 25 %", "canary 50 %", "full"]
    row = store.stage(OP)
    assert (row.stage, row.share, row.placement) == ("full", 1.0, "auto")
    kinds = [note.kind for note in store.notes(20)]
    assert kinds.count("moved") == 6


def test_tau_is_frozen_before_the_canary_and_kept(store: Store) -> None:
    controller.move_to(store, OP, Stage("canary", 0.05))
    tau = store.stage(OP).tau_ns
    assert tau is not None
    assert 1_000_000 < tau <= 1_250_000
    store.put_live(live(100_000, ns=50_000_000))
    controller.move_to(store, OP, Stage("canary", 0.25))
    assert store.stage(OP).tau_ns == tau


def test_without_enough_calls_there_is_no_p99_and_no_promotion(home: Path) -> None:
    with open_store(home) as store:
        store.put_operation(OperationRow(OP, "contract", "reference", "{}", "prices.py", 1))
        store.put_artifact(artifact("a" * 64))
        store.put_evidence(evidence("a" * 64))
        controller.move_to(store, OP, Stage("canary", 0.05))
        compared(store, 10_000)
        canary_traffic(store, 0.05)
        decision = controller.step(store, OP, policy=FAST, now=time.time() + 10)
        assert (decision.action, decision.guard) == ("hold", "D")
        assert "p99" in decision.reason


def test_a_difference_rolls_back_and_latches(store: Store) -> None:
    controller.move_to(store, OP, Stage("canary", 0.5))
    compared(store, 100, different=1)
    decision = controller.step(store, OP)
    assert (decision.action, decision.guard) == ("rollback", "A")
    assert store.stage(OP).stage == "rolled-back"
    for target in (Stage("shadow"), Stage("canary", 0.01), Stage("full", 1.0)):
        with pytest.raises(CarveError) as refused:
            controller.move_to(store, OP, target)
        assert refused.value.code == "rolled-back"
    with pytest.raises(CarveError, match="rolled back"):
        controller.step(store, OP)


def test_a_new_artifact_starts_again_with_evidence_of_its_own(store: Store) -> None:
    controller.move_to(store, OP, Stage("canary", 0.5))
    compared(store, 100, different=1)
    controller.step(store, OP)
    store.put_artifact(artifact("b" * 64, built_at=2.0))
    assert str(controller.step(store, OP).target) == "shadow"
    assert store.stage(OP).artifact == "b" * 64
    assert controller.standing(store, OP).evidence.compared == 0


def test_guards_run_when_moving_by_hand(store: Store) -> None:
    controller.move_to(store, OP, Stage("canary", 0.05))
    canary_traffic(store, 0.05, calls=2_000, worse=90)
    with pytest.raises(CarveError) as refused:
        controller.move_to(store, OP, Stage("full", 1.0))
    assert refused.value.code == "rolled-back"
    assert refused.value.exit_code == 3
    assert store.stage(OP).stage == "rolled-back"


def test_guards_run_while_held(store: Store) -> None:
    controller.move_to(store, OP, Stage("canary", 0.05))
    controller.hold(store, OP)
    assert controller.standing(store, OP).held
    canary_traffic(store, 0.05, calls=2_000, worse=90)
    alarm = controller.guard(store, OP)
    assert alarm is not None
    assert alarm.guard == "B"
    assert store.stage(OP).stage == "rolled-back"


@pytest.mark.parametrize("stale", [None, "another reference", "different"])
def test_an_unproven_carving_answers_nobody(home: Path, stale: str | None) -> None:
    with open_store(home) as store:
        store.put_operation(OperationRow(OP, "contract", "reference", "{}", "prices.py", 1))
        store.put_artifact(artifact("a" * 64))
        if stale == "different":
            store.put_evidence(evidence("a" * 64, different=1))
        elif stale:
            store.put_evidence(evidence("a" * 64, reference_hash=stale))
        controller.move_to(store, OP, Stage("shadow"))  # answers nobody
        with pytest.raises(CarveError) as refused:
            controller.move_to(store, OP, Stage("canary", 0.01))
        assert refused.value.code == "not-proven"
        assert "carve prove" in str(refused.value.diagnostic.hint)
        controller.move_to(store, OP, Stage("canary", 0.01), without_proof=True)
        assert any(note.kind == "without-proof" for note in store.notes(10))


def test_tau_is_of_the_present_load(home: Path) -> None:
    with open_store(home) as store:
        store.put_operation(OperationRow(OP, "contract", "reference", "{}", "prices.py", 1))
        now = time.time()
        for age, ns in ((300, 50_000_000), (200, 50_000_000), (3, 1_000_000), (2, 1_000_000)):
            row = live(600, ns=ns)
            store.put_live(LiveRow(row.process, OP, now - age, 1.0, row.counters_json))
        tau = controller.reference_p99_ns(store, OP, now)
        assert tau is not None
        assert 1_000_000 < tau < 1_300_000
        # With few calls of late, older ones have to do.
        later = controller.reference_p99_ns(store, OP, now + 550)
        assert later is not None
        assert later < 1_300_000
        assert controller.reference_p99_ns(store, OP, now + 700) is None


def test_without_proof_it_goes_no_further_than_a_checked_canary(home: Path) -> None:
    with open_store(home) as store:
        store.put_operation(OperationRow(OP, "contract", "reference", "{}", "prices.py", 1))
        store.put_artifact(artifact("a" * 64))
        controller.move_to(store, OP, Stage("canary", 0.25), without_proof=True)
        for target, needed in ((Stage("canary", 0.5), 2_301), (Stage("full", 1.0), 4_603)):
            with pytest.raises(CarveError) as refused:
                controller.move_to(store, OP, target, without_proof=True)
            assert refused.value.code == "not-proven"
            assert f"{needed:,} compared" in str(refused.value.diagnostic.cause)
        compared(store, 4_602)
        controller.move_to(store, OP, Stage("canary", 0.5), without_proof=True)
        with pytest.raises(CarveError):
            controller.move_to(store, OP, Stage("full", 1.0), without_proof=True)
        compared(store, 1)
        controller.move_to(store, OP, Stage("full", 1.0), without_proof=True)


def test_an_earlier_carving_is_moved_when_asked_for(store: Store) -> None:
    store.put_artifact(artifact("b" * 64, built_at=2.0))
    controller.move_to(store, OP, Stage("canary", 0.05), artifact="a")
    assert store.stage(OP).artifact == "a" * 64
    controller.go_back(store, OP, "because")
    controller.move_to(store, OP, Stage("shadow"))
    assert store.stage(OP).artifact == "b" * 64
    store.latch_rollback(OP, "b" * 64, "A", "different")
    with pytest.raises(CarveError, match="rolled back") as latched:
        controller.step(store, OP)
    assert "--artifact" in str(latched.value.diagnostic.hint)
    assert controller.step(store, OP, artifact="aaaa").target == Stage("shadow")
    assert store.stage(OP).artifact == "a" * 64
    with pytest.raises(CarveError, match="rolled back"):
        controller.step(store, OP, artifact="b")
    with pytest.raises(CarveError, match="no carving c") as missing:
        controller.step(store, OP, artifact="c")
    assert "bbbbbbbbbbbb, aaaaaaaaaaaa" in str(missing.value.diagnostic.cause)


def test_another_carving_starts_at_the_beginning(store: Store) -> None:
    controller.move_to(store, OP, Stage("full", 1.0))
    store.put_artifact(artifact("b" * 64, built_at=2.0))
    assert controller.step(store, OP, artifact="b").target == Stage("shadow")
    row = store.stage(OP)
    assert (row.stage, row.artifact) == ("shadow", "b" * 64)


def test_back_needs_no_artifact(store: Store) -> None:
    controller.move_to(store, OP, Stage("full", 1.0))
    with store._database.write() as connection:
        connection.execute("DELETE FROM artifacts")
    row = controller.go_back(store, OP, "because")
    assert (row.stage, row.share) == ("reference", 0.0)
    with pytest.raises(CarveError) as refused:
        controller.step(store, OP)
    assert refused.value.code == "no-artifact"


def test_unknown_operations_are_named_with_the_known_ones(store: Store) -> None:
    for act in (
        lambda: controller.step(store, "shop:nope"),
        lambda: controller.go_back(store, "shop:nope", ""),
    ):
        with pytest.raises(CarveError) as unknown:
            act()
        assert unknown.value.code == "operation-unknown"
        assert OP in str(unknown.value)


def test_an_artifact_of_an_old_contract_is_not_moved(store: Store) -> None:
    store.put_operation(OperationRow(OP, "newer contract", "reference", "{}", "prices.py", 1))
    with pytest.raises(CarveError) as refused:
        controller.step(store, OP)
    assert refused.value.code == "no-artifact"


class Clock:
    """Time that passes only while somebody sleeps; each sleep brings some traffic."""

    def __init__(self, store: Store) -> None:
        self.now = time.time()
        self.store = store

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += 100.0
        here = controller.standing(self.store, OP)
        if here.stage.name == "canary":
            canary_traffic(self.store, here.stage.share)
        compared(self.store, 1_000)


def test_auto_goes_to_full_and_can_be_interrupted_and_resumed(store: Store) -> None:
    clock = Clock(store)
    calls = 0

    def impatient(here: Any, decision: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        controller.run_auto(store, OP, on_decision=impatient, clock=clock, sleep=clock.sleep)
    between = store.stage(OP)
    assert between.stage in ("shadow", "canary")
    seen: list[str] = []
    decision = controller.run_auto(
        store,
        OP,
        on_decision=lambda here, decision: seen.append(str(here.stage)),
        clock=clock,
        sleep=clock.sleep,
    )
    assert store.stage(OP).stage == "full"
    assert "at full" in decision.reason
    assert "shadow" not in seen or between.stage == "shadow"


def test_auto_stops_when_a_service_rolled_back_meanwhile(store: Store) -> None:
    def sleep(_: float) -> None:
        store.add_mismatch(MismatchRow(OP, "a" * 64, b"", b"", b"", "$", time.time()))
        store.latch_rollback(OP, "a" * 64, "A", "different at $")

    decision = controller.run_auto(store, OP, sleep=sleep)
    assert (decision.action, decision.guard) == ("rollback", "A")


def test_auto_stops_when_held_by_hand(store: Store) -> None:
    decision = controller.run_auto(store, OP, sleep=lambda _: controller.hold(store, OP) and None)
    assert decision.action == "hold"
    assert store.stage(OP).stage == "shadow"


def test_auto_ends_at_its_timeout_without_traffic(store: Store) -> None:
    clock = Clock(store)
    clock.sleep = lambda seconds: setattr(clock, "now", clock.now + 1)  # type: ignore[method-assign]
    decision = controller.run_auto(store, OP, timeout_s=5, clock=clock, sleep=clock.sleep)
    assert decision.action == "hold"
    assert decision.needed is not None
    assert decision.needed.calls == 2_301


def test_a_locked_store_is_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.stage
    failures = iter([True, True])

    def sometimes(op: str) -> Any:
        if next(failures, False):
            raise CarveError("store-locked", "busy")
        return real(op)

    clock = Clock(store)
    controller.move_to(store, OP, Stage("full", 1.0))
    first = [True]

    def stage(op: str) -> Any:
        if first:
            first.clear()
            return real(op)
        return sometimes(op)

    monkeypatch.setattr(store, "stage", stage)
    assert controller.run_auto(store, OP, clock=clock, sleep=lambda _: None).action == "hold"
