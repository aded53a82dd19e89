"""The control store: SQLite, one file in the project's `.carveout` folder.

    from carveout.store import open_store

    with open_store(settings.home) as store:
        store.note(None, "info", "hello")

rows.py says what it holds, store.py what it can do, reservoirs.py which recorded calls stay.
"""

from carveout.store.rows import (
    ArtifactRow,
    ComparisonRow,
    EventRow,
    EvidenceRow,
    LiveRow,
    MismatchRow,
    NoteRow,
    OperationRow,
    ProcessRow,
    RecordingRow,
    RollbackRow,
    StageRow,
)
from carveout.store.store import Store, open_store

__all__ = [
    "ArtifactRow",
    "ComparisonRow",
    "EventRow",
    "EvidenceRow",
    "LiveRow",
    "MismatchRow",
    "NoteRow",
    "OperationRow",
    "ProcessRow",
    "RecordingRow",
    "RollbackRow",
    "StageRow",
    "Store",
    "open_store",
]
