"""A whole move under traffic: agent thread, controller and callers at the same time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from carveout.move import controller
from carveout.move.stages import Policy

if TYPE_CHECKING:
    from tests.serve.conftest import Bench


def burn(seconds: float) -> int:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass
    return 0


def test_to_full_on_real_evidence_and_every_answer_right(bench: Bench, no_threads: None) -> None:
    """The reference takes 50 µs and the carving nearly nothing; the ladder is short, the
    evidence is not."""
    bench.noise = lambda: burn(50e-6)
    agent = bench.new_agent()
    agent.start()
    wrong: list[int] = []
    done = threading.Event()

    def call() -> None:
        n = 0
        while not done.is_set():
            n += 1
            if bench.operation(n, 1) != n + 1:
                wrong.append(n)
            time.sleep(20e-6)

    caller = threading.Thread(target=call)
    caller.start()
    try:
        time.sleep(1.5)  # a second of live counters, for tau
        stages: list[str] = []
        decision = controller.run_auto(
            bench.store,
            bench.name,
            policy=Policy(ladder=(0.25,), time_scale=1e-6),
            on_decision=lambda here, _: stages.append(str(here.stage)),
            interval_s=0.1,
            timeout_s=60,
        )
    finally:
        done.set()
        caller.join()
        agent.stop()
    assert wrong == []
    assert "at full" in decision.reason, decision
    assert list(dict.fromkeys(stages)) == ["reference", "shadow", "canary 25 %", "full"]
    compared = bench.compared()
    assert compared.same >= 4_603
    assert (compared.different, compared.noisy, compared.unknown) == (0, 0, 0)
