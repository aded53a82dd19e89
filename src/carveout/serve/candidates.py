"""What the agent needs of the parts below it, for one operation: hashes, rules, an artifact.

Invariant: thin adapters only; no state, no decision.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from carveout import contract
from carveout.contract.circumstances import circumstances_of
from carveout.move import controller
from carveout.record import Recorder
from carveout.store import OperationRow, StageRow

if TYPE_CHECKING:
    from carveout.settings import Settings
    from carveout.store import ArtifactRow, Store


def operation_row(operation: Any) -> OperationRow:
    """An operation, or a function that could be one, as the store keeps it."""
    code = inspect.unwrap(contract.function_of(operation)).__code__
    described = contract.contract_of(operation)
    about = circumstances_of(operation)
    return OperationRow(
        name=described.name,
        contract_hash=described.hash,
        reference_hash=about.reference_hash,
        contract_json=described.json_bytes().decode(),
        file=code.co_filename,
        line=code.co_firstlineno,
        rules_hash=about.rules_hash,
        wire=about.wire,
        python=about.python,
        platform=about.platform,
    )


def comparison(operation: Any) -> Callable[[bytes, bytes], Any]:
    """`(expected, got) -> None | Difference` by the operation's own rules."""
    rules = getattr(operation, "compare", None) or contract.rules_of(operation)

    def compare(expected: bytes, got: bytes) -> Any:
        # Equal bytes are equal results; nearly all calls end here.
        if expected == got:
            return None
        return contract.compare(operation.contract, expected, got, rules)

    return compare


def recorder(store: Store, operation: Any, settings: Settings) -> Recorder:
    """The recorder of the operation's captured calls: redaction, shapes, samples."""
    return Recorder(store, operation, settings=settings)


def sample_rate(operation: Any, settings: Settings) -> float:
    """The share of reference calls to capture for the recordings."""
    if not settings.record:
        return 0.0
    own = getattr(operation, "sample_rate", None)
    return settings.sample_rate if own is None else float(own)


def overriding(
    operation: Any, store: Store, settings: Settings
) -> tuple[StageRow | None, ArtifactRow | None]:
    """The stage row of `carve run`: the override with the newest proven carving, else the newest.

    Both None when the override is the reference or nothing fits the contract.
    """
    name, _, percent = (settings.stage_override or "").partition(" ")
    fitting = [
        artifact
        for artifact in store.artifacts(operation.name)
        if artifact.contract_hash == operation.contract.hash
    ]
    fitting.sort(key=lambda artifact: artifact.built_at, reverse=True)
    if name not in ("shadow", "canary", "full") or not fitting:
        return None, None
    proven = [a for a in fitting if controller.is_proven(store, operation.name, a)]
    artifact = (proven or fitting)[0]
    share = {"shadow": 0.0, "full": 1.0}.get(name, float(percent or 1) / 100)
    row = StageRow(
        operation.name,
        name,
        share,
        artifact.hash,
        settings.placement,
        1,
        None,
        time.time(),
        "CARVEOUT_STAGE",
    )
    return row, artifact
