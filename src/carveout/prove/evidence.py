"""Evidence: a report in the store, keyed by everything that would void it.

    save(store, report, circumstances)
    current(store, operation_name, circumstances)   # the row, or None once anything changed

Invariant: the key is a hash over the reference, the artifact, the comparison rules, the wire's
version, Python's minor version and the platform; rows are never edited.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carveout.prove.report import Report
from carveout.store import EvidenceRow

if TYPE_CHECKING:
    from carveout.store import Store

WIRE_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What evidence is about. Any other value is another key, and the evidence is void."""

    reference_hash: str
    artifact: str
    rules_hash: str
    wire: str = WIRE_VERSION
    python: str = f"{sys.version_info.major}.{sys.version_info.minor}"
    platform: str = f"{sys.platform}-{platform.machine()}"

    @property
    def key(self) -> str:
        parts = (
            *(self.reference_hash, self.artifact, self.rules_hash),
            *(self.wire, self.python, self.platform),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def save(store: Store, report: Report, about: Circumstances) -> EvidenceRow:
    """Write a report as evidence."""
    total = report.total
    # The bound of a row is the traffic's where there is traffic, else that of generated calls.
    fair = report.replayed if report.replayed.compared else report.generated
    row = EvidenceRow(
        op=report.operation,
        key=about.key,
        reference_hash=about.reference_hash,
        artifact=about.artifact,
        rules_hash=about.rules_hash,
        wire=about.wire,
        python=about.python,
        platform=about.platform,
        same=total.same,
        different=total.different,
        declined=total.declined,
        unknown=total.unknown + total.noisy,
        replayed=report.replayed.calls,
        generated=report.generated.calls,
        alpha=report.alpha,
        bound=report.bound_of(fair),
        shapes_seen=report.shapes_seen,
        shapes_unseen=report.shapes_unseen,
        at=time.time(),
        detail_json=json.dumps(report.to_json()),
    )
    store.put_evidence(row)
    return row


def current(store: Store, operation: str, about: Circumstances) -> EvidenceRow | None:
    """The newest evidence that still holds under these circumstances, or None."""
    rows = [r for r in store.evidence(operation, about.artifact) if r.key == about.key]
    return max(rows, key=lambda r: r.at, default=None)


def voided_by(row: EvidenceRow, about: Circumstances) -> list[str]:
    """What changed since: names for people, empty if the evidence holds."""
    pairs = (
        ("the reference", row.reference_hash, about.reference_hash),
        ("the carving", row.artifact, about.artifact),
        ("the comparison rules", row.rules_hash, about.rules_hash),
        ("the wire's version", row.wire, about.wire),
        ("Python", row.python, about.python),
        ("the platform", row.platform, about.platform),
    )
    return [name for name, before, now in pairs if before != now]
