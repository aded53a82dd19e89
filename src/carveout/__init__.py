"""Carve the hot part of a Python service out into Rust, prove it is the same, move traffic over.

    from carveout import operation

    @operation
    def quote(book: Book, order: Order) -> Quote: ...

Importing this package is cheap: what a name needs is loaded when it is first used.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carveout.contract.markers import PII as PII
    from carveout.contract.markers import Secret as Secret
    from carveout.contract.markers import ulps as ulps
    from carveout.contract.markers import unordered as unordered
    from carveout.place.operation import operation as operation

__version__ = "0.1.0"

_HOME = {
    "operation": "carveout.place.operation",
    "Secret": "carveout.contract.markers",
    "PII": "carveout.contract.markers",
    "ulps": "carveout.contract.markers",
    "unordered": "carveout.contract.markers",
}

__all__ = ["PII", "Secret", "operation", "ulps", "unordered"]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    if name == "operation":
        registry = importlib.import_module("carveout.place.registry")
        # Under `carve run` every thread's first call is at the given stage already.
        registry.on_first_call(_start_agent, wait=bool(os.environ.get("CARVEOUT_STAGE")))
    return value


def _start_agent(operation: Any) -> None:
    """The first call of an operation in a process starts the agent that follows the stages."""
    # By name, since what places operations must not import what serves them.
    importlib.import_module("carveout.serve.agent").ensure(operation)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
