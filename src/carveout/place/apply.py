"""Obey a stage: turn a row of the store into the split that a dispatch follows.

    placed = apply(quote, stage_row, artifact_row, "auto")
    ...
    placed.close()      # stops the worker, if there was one

Nothing here decides anything; `carveout.move` did.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from carveout.contract import classes_of
from carveout.place.inline import (
    InlineCarving,
    describe,
    fault_classes,
    load_inline,
    on_copies,
)
from carveout.place.worker import Worker, worker_for


class Stage(Protocol):
    """What `apply` reads of a stage row."""

    @property
    def stage(self) -> str: ...
    @property
    def share(self) -> float: ...
    @property
    def epoch(self) -> int: ...
    @property
    def tau_ns(self) -> int | None: ...


class Made(Protocol):
    """What `apply` reads of an artifact row."""

    @property
    def path(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate in force: where it runs and how to reach it on the wire."""

    placement: str
    inline: InlineCarving | None = None
    worker: Worker | None = None
    stays: bool = False
    """Whether callers will be answered by the worker too, not only a shadow's replays."""

    @property
    def call_wire(self) -> Callable[[bytes], bytes] | None:
        """args bytes → outcome bytes, off the caller's path (shadow, comparisons)."""
        if self.inline is not None:
            return self.inline.call_wire
        return self.worker.call_wire if self.worker is not None else None

    @property
    def call_wires(self) -> Callable[[list[bytes]], list[tuple[bytes, int]]] | None:
        """The same for several calls and with the time a caller would wait for each; None where
        asking one by one is as good."""
        if self.worker is None:
            return None
        return functools.partial(self.worker.call_wires, round_trip=self.stays)

    def close(self) -> None:
        """Let go of the worker; an inline module stays mapped until the process ends."""
        if self.worker is not None:
            self.worker.release()


_loaded: dict[tuple[str, str], InlineCarving] = {}


def inline_carving(op: Any, path: Path) -> InlineCarving:
    """The artifact's inline module for `op`, loaded once a process."""
    key = (op.name, str(path))
    if key not in _loaded:
        classes = {**fault_classes(op.reference), **classes_of(op)}
        _loaded[key] = load_inline(path, op.contract, classes)
    return _loaded[key]


def where(stage: str, placement: str) -> str:
    """ "inline" or "worker": new carvings shadow in a worker, since a crash there hurts nobody."""
    if placement == "auto":
        return "worker" if stage == "shadow" else "inline"
    return placement


def apply(
    op: Any,
    stage: Stage,
    artifact: Made | None,
    placement: str = "auto",
    *,
    sample_rate: float = 0.01,
    compare_share: float = 1.0,
    checked: bool = False,
    release_after_us: float = 1000.0,
    deadline_ms: float = 1000.0,
    worker_memory_mb: int = 0,
    home: Path | None = None,
) -> Placed:
    """Put `stage` in force with the carving in `artifact`; returns what was placed.

    `sample_rate` captures reference calls for the recordings, `compare_share` the calls to be
    compared: the reference's in shadow, the candidate's after it. With `checked`, the reference
    answers the candidate's calls too, and the caller gets the reference's answer.

    Raises:
        CarveError: "artifact-…" when the carving can't be placed; the split is unchanged then.
    """
    from carveout._native import Split

    if artifact is None or stage.stage not in ("shadow", "canary", "full"):
        to_reference(op, epoch=stage.epoch, sample_rate=sample_rate, stage=stage.stage)
        return Placed("reference")
    path = Path(artifact.path)
    shadow = stage.stage == "shadow"
    candidate: Any
    release: Any = None
    if where(stage.stage, placement) == "worker":
        worker = worker_for(
            path,
            op.contract,
            op.codec,
            deadline_ms=deadline_ms,
            home=home,
            memory_mb=worker_memory_mb,
        )
        placed = Placed("worker", worker=worker, stays=placement == "worker")
        candidate = worker.candidate
        if describe(path).get("decimal"):
            # Not at the top: it needs the native module, which may be missing.
            from carveout.place.context import InDefaultContext

            candidate = InDefaultContext(candidate)
    else:
        inline = inline_carving(op, path)
        placed = Placed("inline", inline=inline)
        candidate, release = inline.call, inline.call_release
        if checked and inline.changes:
            # The reference answers as well, and must find its arguments as they were.
            candidate, release = on_copies(inline, op.codec), None
    op.set_split(
        Split(
            stage=stage.stage,
            share=0.0 if shadow else 1.0 if stage.stage == "full" else stage.share,
            candidate=None if shadow else candidate,
            candidate_release=None if shadow else release,
            release_after_us=release_after_us,
            tau_ns=stage.tau_ns or 0,
            capture_reference=max(sample_rate, compare_share) if shadow else sample_rate,
            capture_candidate=compare_share,
            keep_exceptions=True,
            epoch=stage.epoch,
            trip_on_failure=placed.inline is not None,
            checked=checked,
        )
    )
    return placed


def to_reference(
    op: Any, *, epoch: int = 0, sample_rate: float = 0.01, stage: str = "reference"
) -> None:
    """Every call to the reference from now on."""
    try:
        from carveout._native import Split
    except ImportError:
        return  # the plain dispatch knows nothing but the reference

    op.set_split(
        Split(stage=stage, capture_reference=sample_rate, keep_exceptions=True, epoch=epoch)
    )
