"""What evidence about a carving depends on besides the carving itself.

    about = circumstances_of(quote)
    about.key       # another one as soon as any of the five is another

The reference with all it uses, the comparison rules, the wire's version, Python's minor version and
the platform. `carve prove` writes them beside its verdict, `carve move` moves under them, and every
process asks whether they are its own before it lets a carving answer.

Invariant: two processes with the same source on the same kind of machine have the same key.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from dataclasses import dataclass, fields
from typing import Any

from carveout.contract.compare import rules_of
from carveout.contract.hashes import reference_hash

WIRE_VERSION = "1"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PLATFORM = f"{sys.platform}-{platform.machine()}"

NAMES = {
    "reference_hash": "the reference",
    "rules_hash": "the comparison rules",
    "wire": "the wire's version",
    "python": "Python",
    "platform": "the platform",
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Any other value is another key, and evidence is void."""

    reference_hash: str
    rules_hash: str
    wire: str = WIRE_VERSION
    python: str = PYTHON
    platform: str = PLATFORM

    @property
    def key(self) -> str:
        """32 hex digits over all five."""
        parts = "\0".join(getattr(self, one.name) for one in fields(self))
        return hashlib.sha256(parts.encode()).hexdigest()[:32]

    def changed_from(self, other: Circumstances) -> list[str]:
        """What differs, in words for people."""
        return [said for name, said in NAMES.items() if getattr(self, name) != getattr(other, name)]


def circumstances_of(operation: Any) -> Circumstances:
    """Those of an operation in this process."""
    rules = getattr(operation, "compare", None) or rules_of(operation)
    return Circumstances(reference_hash(operation), rules.hash)


__all__ = ["PLATFORM", "PYTHON", "WIRE_VERSION", "Circumstances", "circumstances_of"]
