"""What a live difference leaves on the disk, and differences that no result shows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from carveout import PII, operation
from carveout.contract.wire import decode
from carveout.record import REDACTED
from carveout.record.mismatches import plain_path

if TYPE_CHECKING:
    from tests.serve.conftest import Bench

SECRET = "4929123412341234"


def charge(card: Annotated[str, PII], amounts: dict[str, int]) -> dict[str, int]:
    return {card[-4:]: sum(amounts.values()), "n": len(amounts)}


def use(bench: Bench, function: Any) -> None:
    """The bench with another operation."""
    bench.operation = operation(function)
    bench.name = bench.operation.name
    bench.agent = bench.new_agent()
    bench.agent.tick()
    bench.artifact()


@pytest.fixture
def written(bench: Bench, home: Path) -> Any:
    """Everything the store has on disk."""
    return lambda: b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())


def test_a_difference_is_redacted_before_it_is_written(bench: Bench, written: Any) -> None:
    use(bench, charge)
    bench.carving = lambda card, amounts: {card[-4:]: -1, "n": len(amounts)}
    bench.set("shadow")
    bench.operation(SECRET, {"Alice Smith": 3})
    bench.agent.tick()
    assert bench.operation.tripped == "different at result[…]"
    (row,) = bench.store.mismatches(bench.name)
    card, _amounts = decode(row.args)
    assert card != SECRET
    assert len(card) == len(SECRET)
    assert decode(row.expected)[1] == {card[-4:]: 3, "n": 1}
    assert decode(row.got)[1] == {card[-4:]: -1, "n": 1}
    rollback = bench.store.rollback(bench.name, "a" * 64)
    assert rollback is not None
    assert rollback.reason == "different at result[…]"
    bench.flush()
    on_disk = written()
    assert SECRET.encode() not in on_disk
    assert SECRET[-4:].encode() not in on_disk


def test_one_that_redaction_hides_is_kept_without_outcomes(bench: Bench, written: Any) -> None:
    use(bench, charge)
    right = {"1234": 3, "n": 1}
    bench.carving = lambda card, amounts: {"1234": 99} if card == SECRET else None
    bench.set("canary", 0.5)
    bench.carving = lambda card, amounts: (
        {"1234": 99, "n": 1} if card == SECRET else {card[-4:]: 3, "n": 1}
    )
    while not bench.operation.counters()["candidate"]["calls"]:
        assert bench.operation(SECRET, {"a": 3}) in (right, {"1234": 99, "n": 1})
    bench.agent.tick()
    (row,) = bench.store.mismatches(bench.name)
    assert (row.expected, row.got) == (REDACTED, REDACTED)
    assert SECRET.encode() not in written()


def test_without_a_key_the_call_is_not_written(bench: Bench, home: Path, written: Any) -> None:
    use(bench, charge)
    (home / "redaction.key").write_bytes(b"damaged")
    bench.carving = lambda card, amounts: {}
    bench.set("shadow")
    bench.operation(SECRET, {"a": 3})
    bench.agent.tick()
    assert bench.store.stage(bench.name).stage == "rolled-back"
    (row,) = bench.store.mismatches(bench.name)
    assert row.args == b""
    assert SECRET.encode() not in written()


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("result[3].price", "result[3].price"),
        ("result['Alice'].price", "result[…].price"),
        ("result['a]b'][2]", "result[…]"),
        ("key 2 of result.notes", "key 2 of result.notes"),
    ],
)
def test_paths_lose_their_keys(path: str, plain: str) -> None:
    assert plain_path(path) == plain


def eat(values: list[int]) -> int:
    result = 0
    while values:
        result += values.pop()
    return result


def test_a_reference_that_changes_its_arguments_is_a_difference(bench: Bench) -> None:
    use(bench, eat)
    bench.carving = sum
    bench.set("shadow")
    bench.operation([1, 2])
    bench.agent.tick()
    (row,) = bench.store.mismatches(bench.name)
    assert row.path == "argument len(values)"
    assert bench.store.stage(bench.name).stage == "rolled-back"


def loose(n: int) -> float:
    return n  # type: ignore[return-value]


def test_an_answer_that_the_reference_cannot_have_given_is_a_difference(bench: Bench) -> None:
    """The reference returns an int where it promised a float; the carving returns the float."""
    use(bench, loose)
    bench.carving = float
    bench.set("canary", 0.25)
    for n in range(100):
        assert type(bench.operation(n)) is int
    bench.agent.tick()
    assert bench.operation.tripped
    (row,) = bench.store.mismatches(bench.name)
    assert row.path == "result"
    assert bench.store.stage(bench.name).stage == "rolled-back"


def leave(n: int) -> int:
    if n == 3:
        raise SystemExit(1)
    return n


def test_a_reference_that_exits_does_not_end_the_agent(bench: Bench, no_threads: None) -> None:
    use(bench, leave)
    bench.carving = lambda n: n
    agent = bench.new_agent()
    agent.start()
    try:
        bench.store.set_stage(bench.name, "canary", 0.99999, "a" * 64, "inline", "test")
        deadline = time.monotonic() + 5
        while bench.operation.stage != "canary" and time.monotonic() < deadline:
            time.sleep(0.02)
        for n in range(6):
            assert bench.operation(n) == n
        while bench.compared().same < 5 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert bench.compared().same == 5
        assert bench.compared().unknown == 1
    finally:
        agent.stop()


def test_the_slowest_calls_are_kept_though_no_sample_has_them(bench: Bench) -> None:
    """At the usual rate one call in a hundred is recorded; ten slow ones in a thousand all are."""
    slow = iter([0.0] * 300 + [0.15 if n % 70 == 69 else 0.0 for n in range(700)])

    def work(values: list[int]) -> int:
        time.sleep(next(slow))
        return len(values)

    work.__qualname__ = "work"
    bench.monkeypatch.setenv("CARVEOUT_SAMPLE_RATE", "0")
    use(bench, work)
    for n in range(1000):
        bench.operation([n])
        if n % 50 == 49:
            bench.flush()
    kept = bench.store.recordings(bench.name, "keep")
    # A busy machine makes others slow too.
    assert sum(row.duration_ns > 149_000_000 for row in kept) >= 10
    # A list may have been changed by the call: a replay runs the reference to know the outcome.
    assert {row.outcome for row in kept} == {REDACTED}
    assert {row.why for row in kept} == {"slow"}
