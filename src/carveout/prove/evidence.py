"""Evidence: a report in the store, keyed by everything that would void it.

    about = circumstances_of(quote)
    save(store, report, artifact_hash, about)
    current(store, "shop:quote", artifact_hash, about)   # the row, or None once anything changed

Invariants: the key is a hash over the artifact and the circumstances (`contract.circumstances`):
the reference, the comparison rules, the wire's version, Python's minor version and the platform. A
difference once found under a key stays: calls made later that find none do not take it back.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from carveout.contract.circumstances import Circumstances
from carveout.prove.report import Report
from carveout.store import EvidenceRow

if TYPE_CHECKING:
    from carveout.store import Store


KNOWN = 200
"""Earlier differences that are asked again, at most."""


def key_of(artifact: str, about: Circumstances) -> str:
    """Any other artifact or circumstance is another key, and the evidence is void."""
    return hashlib.sha256(f"{artifact}\0{about.key}".encode()).hexdigest()


def save(store: Store, report: Report, artifact: str, about: Circumstances) -> EvidenceRow:
    """Write a report as evidence; a difference that was known before is kept in it."""
    total = report.total
    detail = report.to_json()
    different = total.different
    before = current(store, report.operation, artifact, about)
    if before is not None and before.different and not different:
        different = before.different
        known = _detail(before)
        detail |= {"verdict": "different", "findings": known.get("findings", []), "earlier": True}
    # The bound of a row is the traffic's where there is traffic, else that of generated calls.
    fair = report.replayed if report.replayed.compared else report.generated
    row = EvidenceRow(
        op=report.operation,
        key=key_of(artifact, about),
        reference_hash=about.reference_hash,
        artifact=artifact,
        rules_hash=about.rules_hash,
        wire=about.wire,
        python=about.python,
        platform=about.platform,
        same=total.same,
        different=different,
        declined=total.declined,
        unknown=total.unknown + total.noisy,
        replayed=report.replayed.calls,
        generated=report.generated.calls,
        alpha=report.alpha,
        bound=None if different else report.bound_of(fair),
        shapes_seen=report.shapes_seen,
        shapes_unseen=report.shapes_unseen,
        at=time.time(),
        detail_json=json.dumps(detail),
    )
    store.put_evidence(row)
    return row


def current(
    store: Store, operation: str, artifact: str, about: Circumstances
) -> EvidenceRow | None:
    """The newest evidence that still holds under these circumstances, or None."""
    key = key_of(artifact, about)
    rows = [r for r in store.evidence(operation, artifact) if r.key == key]
    return max(rows, key=lambda r: r.at, default=None)


def known_differences(store: Store, operation: str, contract_hash: str) -> list[bytes]:
    """Arguments on which any carving of this contract was ever found to differ: in earlier proofs
    and on live traffic. What one got wrong is worth asking the next."""
    made = {row.hash for row in store.artifacts(operation) if row.contract_hash == contract_hash}
    found = [
        bytes.fromhex(finding["args"])
        for row in store.evidence(operation)
        if row.artifact in made
        for finding in _detail(row).get("findings", [])
        if finding.get("args")
    ]
    found += [row.args for row in store.mismatches(operation) if row.args]
    return list(dict.fromkeys(found))[:KNOWN]


def _detail(row: EvidenceRow) -> dict[str, Any]:
    try:
        detail = json.loads(row.detail_json)
    except ValueError:
        return {}
    return detail if isinstance(detail, dict) else {}


def voided_by(row: EvidenceRow, artifact: str, about: Circumstances) -> list[str]:
    """What changed since: names for people, empty if the evidence holds."""
    before = Circumstances(row.reference_hash, row.rules_hash, row.wire, row.python, row.platform)
    return about.changed_from(before) + (["the carving"] if row.artifact != artifact else [])
