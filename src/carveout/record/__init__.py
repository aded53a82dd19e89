"""Recordings: real calls, sampled, redacted, kept for a while, and played back.

from carveout.record import Recorder, replay

Recorder(store, quote, settings=settings).write(captured)
calls = list(replay(store, "app:quote", sample="uniform"))
"""

from carveout.contract.markers import PII, Secret
from carveout.record.recorder import REDACTED, Captured, Recorder, rerun_of
from carveout.record.redaction import Redaction, Unredactable, key_in
from carveout.record.replay import Replayed, replay

__all__ = [
    "PII",
    "REDACTED",
    "Captured",
    "Recorder",
    "Redaction",
    "Replayed",
    "Secret",
    "Unredactable",
    "key_in",
    "replay",
    "rerun_of",
]
