"""Run cargo on a carving's crate and keep what it made as an artifact.

    artifact = build(Path("carvings/quote"), home / "artifacts", target_dir=home / "target")
    artifact.path / "carving.abi3.so"      # the inline extension
    artifact.path / "worker"               # the worker and service binary

Invariants: an artifact's folder appears whole or not at all (written beside and renamed), is named
by the hash of what is in it, and is never changed afterwards.
"""

from __future__ import annotations

from carveout.build.artifact import Artifact, read_artifact, tree_hash
from carveout.build.cargo import alone_in, build, find_cargo, rustc_version
from carveout.build.library import Complaint, Library, library

__all__ = [
    "Artifact",
    "Complaint",
    "Library",
    "alone_in",
    "build",
    "find_cargo",
    "library",
    "read_artifact",
    "rustc_version",
    "tree_hash",
]
