"""Predicted and measured, side by side: what a carving was to gain, and what it did.

    book = Book.read(home)
    book.predict("app:quote", Prediction(at=…, predicted=3.4, …, cpu_ms_a_call=4.1))
    ...                                                       # carve move; some time at full
    book.measure("app:quote", artifact, cpu_ms_a_call=1.3)    # Outcome(measured=3.2, error=0.08)
    book.write(home)

The whole's speed-up is measured as the CPU time that the service spends for each call of the
operation, before and after: what else it does for those calls is in it, what the traffic was is
not, as long as its mixture is. The calibration error is predicted / measured − 1.

Invariants: a prediction is the last one made before the move and is not changed by it; an outcome
belongs to one artifact, and its latest measurement is kept; a file that can't be read is no reason
to fail.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FILE = "predictions.json"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What `carve find` said while the reference answered everything. `at`: unix seconds."""

    at: float
    predicted: float
    low: float
    share: float
    speedup: float
    assumed: bool
    cpu_ms_a_call: float
    mean_ns: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it at full. `own`: the operation's own speed-up, by its calls' mean times."""

    at: float
    artifact: str
    predicted: float
    low: float
    measured: float
    error: float
    own: float | None = None

    def __str__(self) -> str:
        return (
            f"predicted {self.predicted:.2f}× (at least {self.low:.2f}×), measured "
            f"{self.measured:.2f}×: {self.error:+.0%}"
        )


@dataclass(slots=True)
class Book:
    """Predictions by operation, and outcomes by operation and artifact."""

    predictions: dict[str, Prediction] = field(default_factory=dict)
    outcomes: dict[str, dict[str, Outcome]] = field(default_factory=dict)

    @staticmethod
    def read(home: Path) -> Book:
        """The project's book; an empty one if there is none that can be read."""
        book = Book()
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            found: dict[str, Any] = json.loads((home / FILE).read_text(encoding="utf-8"))
            for name, one in found["predictions"].items():
                book.predictions[name] = Prediction(**one)
            for name, by_artifact in found["outcomes"].items():
                book.outcomes[name] = {key: Outcome(**one) for key, one in by_artifact.items()}
        return book

    def write(self, home: Path) -> None:
        """Keep it, whole or not at all; a home that can't be written to keeps what it had."""
        target = home / FILE
        partial = target.with_suffix(".tmp")
        document = {
            "predictions": {name: asdict(one) for name, one in self.predictions.items()},
            "outcomes": {
                name: {key: asdict(one) for key, one in by_artifact.items()}
                for name, by_artifact in self.outcomes.items()
            },
        }
        try:
            partial.write_text(json.dumps(document, indent=1), encoding="utf-8")
            partial.replace(target)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)

    def predict(self, operation: str, prediction: Prediction) -> None:
        """What is predicted while the reference answers everything."""
        self.predictions[operation] = prediction

    def measure(
        self,
        operation: str,
        artifact: str,
        *,
        cpu_ms_a_call: float | None,
        mean_ns: float | None = None,
    ) -> Outcome | None:
        """The outcome at full, kept; None without a prediction or a measurement."""
        before = self.predictions.get(operation)
        if before is None or not cpu_ms_a_call or not before.cpu_ms_a_call:
            return None
        measured = before.cpu_ms_a_call / cpu_ms_a_call
        own = before.mean_ns / mean_ns if before.mean_ns and mean_ns else None
        error = before.predicted / measured - 1
        outcome = Outcome(time.time(), artifact, before.predicted, before.low, measured, error, own)
        self.outcomes.setdefault(operation, {})[artifact] = outcome
        return outcome

    @property
    def calibration(self) -> float | None:
        """The mean of all calibration errors, each counted as a factor; None without any."""
        factors = [
            one.predicted / one.measured
            for by_artifact in self.outcomes.values()
            for one in by_artifact.values()
            if one.measured > 0
        ]
        return statistics.geometric_mean(factors) - 1 if factors else None


__all__ = ["FILE", "Book", "Outcome", "Prediction"]
