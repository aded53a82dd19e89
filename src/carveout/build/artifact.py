"""An artifact: the binaries of one carving, named by their hash, with what they were made from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carveout.diagnostics import CarveError

# The runtime's boundary version; a carving built for another one is never loaded.
ABI = 1

INLINE = "carving.abi3.so"
WORKER = "worker"
DESCRIPTION = "artifact.json"


@dataclass(frozen=True, slots=True)
class Artifact:
    """`hash` is the sha256 (hex) over the binaries; `info` is what artifact.json says."""

    hash: str
    path: Path
    info: dict[str, Any]


def sha256_of(path: Path) -> str:
    """sha256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_hash(folder: Path) -> str:
    """sha256 (hex) over the sources of a crate: names and bytes, without what cargo makes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_dir() or relative.parts[0] == "target" or path.suffix == ".new":
            continue
        if relative.name == "Cargo.lock":
            continue
        digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def keep(binaries: dict[str, Path], out_root: Path, info: dict[str, Any]) -> Artifact:
    """Copy binaries ({INLINE: path, WORKER: path}) into a folder of their own, atomically.

    Raises CarveError artifact-unwritable (full disk, no permission).
    """
    sums = {name: sha256_of(path) for name, path in sorted(binaries.items())}
    whole = hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()
    target = out_root / whole[:16]
    described = dict(info)
    described["hash"] = whole
    described["inline_sha256"] = sums.get(INLINE)
    described["worker_sha256"] = sums.get(WORKER)
    try:
        out_root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=out_root))
        try:
            for name, path in binaries.items():
                shutil.copy2(path, scratch / name)
            text = json.dumps(described, indent=2, sort_keys=True) + "\n"
            (scratch / DESCRIPTION).write_text(text, encoding="utf-8")
            scratch.chmod(0o755)
            if target.exists():
                # The same bytes were kept before; a damaged copy is replaced, a whole one stays.
                if is_whole(target, sums):
                    return Artifact(whole, target, described)
                shutil.rmtree(target)
            os.replace(scratch, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise CarveError(
            "artifact-unwritable",
            f"cannot keep the built carving under {out_root}",
            cause=str(error),
            hint="free space or fix the folder's permissions, then run the command again",
        ) from error
    return Artifact(whole, target, described)


def is_whole(folder: Path, sums: dict[str, str]) -> bool:
    """Whether every binary in `folder` still has its hash."""
    try:
        return all(sha256_of(folder / name) == digest for name, digest in sums.items())
    except OSError:
        return False


def read_artifact(folder: Path) -> Artifact:
    """What a kept artifact says of itself. Raises CarveError artifact-unreadable."""
    try:
        info = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        return Artifact(info["hash"], folder, info)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CarveError(
            "artifact-unreadable",
            f"cannot read the artifact in {folder}",
            cause=str(error),
            hint="build it again: carve cut OPERATION",
        ) from error
