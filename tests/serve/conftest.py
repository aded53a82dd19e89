"""A real operation, dispatch and store; the carving is a Python function in place of a build."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import carveout
from carveout import settings as settings_module
from carveout._native import Split
from carveout.place import operation as declare
from carveout.place import registry
from carveout.serve import agent as agent_module
from carveout.serve import operations as served_module
from carveout.serve.agent import Agent
from carveout.store import ArtifactRow, EvidenceRow, open_store

ARTIFACT = "a" * 64


@dataclass(frozen=True)
class FakePlaced:
    """What `place.apply.apply` returns, without a process or an extension behind it."""

    call_wire: Callable[[bytes], bytes]
    call_wires: Any = None
    inline: Any = None
    worker: Any = None

    def close(self) -> None:
        """Nothing to stop."""


@dataclass(frozen=True)
class FakeInline:
    call_json: Callable[[bytes], bytes | None]
    changes: bool = False


class Bench:
    """One operation `add`, its store, its agent, and the carving that stands in."""

    numbers = itertools.count()

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.monkeypatch = monkeypatch
        self.seen: list[int] = []
        self.noise: Callable[[], int] = lambda: 0

        def add(a: int, b: int) -> int:
            if b < 0:
                raise ValueError("negative")
            return a + b + self.noise()

        add.__qualname__ = add.__name__ = f"add{next(self.numbers)}"
        self.operation = declare.operation(add)
        self.name = self.operation.name
        self.carving: Callable[..., Any] = lambda a, b: a + b
        self.call_json: Callable[[bytes], bytes | None] = lambda body: None
        self.applied: list[tuple[str, float, float]] = []
        monkeypatch.setattr(served_module, "apply", self._apply)
        # A tick does all there is to do; without waiting for the second to be over.
        monkeypatch.setattr(agent_module, "RECORD_S", 0.0)
        self.store = open_store(home)
        self.agent = self.new_agent()

    def new_agent(self) -> Agent:
        return Agent(settings_module.load(), operations=lambda: [self.operation])

    def _wire(self, args: bytes) -> bytes:
        codec = self.operation.codec
        assert codec is not None
        try:
            return codec.encode_value(self.carving(*codec.decode_args(args)))
        except Exception as error:
            return codec.encode_fault(error)

    def _apply(
        self, operation: Any, row: Any, artifact: Any, placement: str, **options: Any
    ) -> FakePlaced:
        shadow = row.stage == "shadow"
        self.applied.append((row.stage, row.share, options["compare_share"]))
        operation.set_split(
            Split(
                stage=row.stage,
                share=0.0 if shadow else row.share,
                candidate=None if shadow else lambda *args: self.carving(*args),
                tau_ns=row.tau_ns or 0,
                capture_reference=1.0 if shadow else 0.0,
                capture_candidate=options["compare_share"],
                epoch=row.epoch,
                trip_on_failure=True,
                checked=options["checked"],
            )
        )
        return FakePlaced(self._wire, inline=FakeInline(lambda body: self.call_json(body)))

    def artifact(self, hash: str = ARTIFACT, *, proven: bool = True) -> None:
        contract_hash = self.operation.contract.hash
        self.store.put_artifact(
            ArtifactRow(hash, self.name, contract_hash, "ref", "/nowhere", time.time())
        )
        known = self.store.operation(self.name)
        if proven and known is not None:
            self.store.put_evidence(
                EvidenceRow(
                    self.name, hash, known.reference_hash, hash, known.rules_hash, known.wire,
                    known.python, known.platform, 1_000, 0, 0, 0, 900, 100, 0.01, 0.004,
                    5, 0, time.time(),
                )
            )  # fmt: skip

    def set(self, stage: str, share: float = 0.0, tau_ns: int | None = None) -> Any:
        row = self.store.set_stage(
            self.name, stage, share, ARTIFACT, "inline", "test", tau_ns=tau_ns
        )
        self.agent.tick()
        return row

    def flush(self) -> None:
        self.agent._flushed_at = 0.0
        self.agent.tick()

    def calls(self, n: int, b: int = 1) -> list[int]:
        return [self.operation(i, b) for i in range(n)]

    def compared(self) -> Any:
        return self.store.comparisons(self.name, ARTIFACT)


@pytest.fixture
def bench(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    # An operation's first call starts no agent of its own here, whoever imported carveout.
    registry.on_first_call(None)
    bench = Bench(home, monkeypatch)
    bench.agent.tick()
    bench.artifact()
    yield bench
    bench.store.close()
    if "operation" in vars(carveout):
        registry.on_first_call(carveout._start_agent)


@pytest.fixture
def no_threads() -> Iterator[None]:
    """Fails if a test leaves an agent's thread behind."""
    yield
    assert not [t for t in threading.enumerate() if t.name.startswith("carveout")]
