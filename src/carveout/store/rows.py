"""What the store holds, as frozen rows. Times are unix seconds, durations say their unit.

    OperationRow("app:quote", contract.hash, reference_hash(quote), contract_json, "app.py", 12)

Invariant: a row's field names are its table's column names, in order; the store relies on it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperationRow:
    """An operation as last declared by a process, and what evidence about it depends on there
    (`contract.circumstances`; empty: not known)."""

    name: str
    contract_hash: str
    reference_hash: str
    contract_json: str
    file: str
    line: int
    rules_hash: str = ""
    wire: str = ""
    python: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """One recorded call. `why`: "sample", "keep", or a keep's reason ("exception", "slow",
    "mismatch"). `weight`: how many calls this one stands for. `arm`: who answered it."""

    args: bytes
    outcome: bytes
    duration_ns: int
    shape: str
    weight: float = 1.0
    why: str = "sample"
    arm: str = "reference"
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One process's counters of one operation over the last `window_s` seconds."""

    process: str
    op: str
    at: float
    window_s: float
    counters_json: str


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process that has operations. Alive while `last_seen` is recent."""

    id: str
    pid: int
    host: str
    command: str
    started: float
    last_seen: float
    status_json: str = "{}"


@dataclass(frozen=True, slots=True)
class StageRow:
    """Where an operation's traffic goes. `share` is the candidate's part, 0 to 1. `epoch` grows
    with every change; a process obeys the highest it has seen. `about` is the key of the
    circumstances (`contract.circumstances`) it was moved under: a process with others leaves the
    reference in place. Empty: not known, so not asked."""

    op: str
    stage: str = "reference"
    share: float = 0.0
    artifact: str | None = None
    placement: str | None = None
    epoch: int = 0
    tau_ns: int | None = None
    changed_at: float = 0.0
    by: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class RollbackRow:
    """A latched rollback: this artifact stays out until someone clears it."""

    op: str
    artifact: str
    guard: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class EventRow:
    """A guard's events added up, per share at which they were seen. `_n` calls, `_x` events."""

    op: str
    artifact: str
    share: float
    guard: str
    reference_n: int
    reference_x: int
    candidate_n: int
    candidate_x: int
    at: float


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """Verdicts of live comparisons, added up."""

    op: str
    artifact: str
    same: int = 0
    different: int = 0
    declined: int = 0
    noisy: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class MismatchRow:
    """A call that reference and carving answered differently, in wire form."""

    op: str
    artifact: str
    args: bytes
    expected: bytes
    got: bytes
    path: str
    at: float


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """What `carve prove` found, under `key`: the hash of everything that would void it."""

    op: str
    key: str
    reference_hash: str
    artifact: str
    rules_hash: str
    wire: str
    python: str
    platform: str
    same: int
    different: int
    declined: int
    unknown: int
    replayed: int
    generated: int
    alpha: float
    bound: float | None
    shapes_seen: int
    shapes_unseen: int
    at: float
    detail_json: str = "{}"


@dataclass(frozen=True, slots=True)
class ArtifactRow:
    """A built carving."""

    hash: str
    op: str
    contract_hash: str
    reference_hash: str
    path: str
    built_at: float
    info_json: str = "{}"


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Something that happened, for `carve status`: "info", "warning", "error", "moved", …"""

    id: int
    at: float
    op: str | None
    kind: str
    message: str
