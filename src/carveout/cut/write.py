"""Write a draft to disk; a file someone edited is never overwritten.

    written = write(draft.files, Path("carvings/quote"))
    written.kept          # edited files, left as they are
    written.offered       # those of them whose draft is another now: it is beside, as `<file>.new`

Edited means: it differs from the hash that carving.json noted when the file was last generated. A
missing file is written; without a carving.json every existing file counts as edited.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from carveout.diagnostics import CarveError


@dataclass(frozen=True)
class Written:
    """Paths relative to the crate's folder."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    offered: tuple[str, ...]


def write(files: Mapping[str, str], folder: Path) -> Written:
    """Write every file that may be written; raises CarveError("carving-unwritable")."""
    noted = _noted(folder)
    written, unchanged, kept, offered = [], [], [], []
    hashes: dict[str, str] = {}
    try:
        for name, text in files.items():
            if name == "carving.json":
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            hashes[name] = _hash(text)
            current = path.read_bytes() if path.exists() else None
            beside = path.with_name(path.name + ".new")
            if current is None:
                _put(path, text)
                written.append(name)
            elif hashlib.sha256(current).hexdigest() == hashes[name]:
                unchanged.append(name)
                beside.unlink(missing_ok=True)
            elif noted.get(name) == hashlib.sha256(current).hexdigest():
                _put(path, text)
                beside.unlink(missing_ok=True)
                written.append(name)
            else:
                kept.append(name)
                # What it was made from is still the draft: there is nothing new to show.
                if noted.get(name) != hashes[name]:
                    _put(beside, text)
                    offered.append(name)
        if "carving.json" in files:
            _put(folder / "carving.json", files["carving.json"])
    except OSError as error:
        raise CarveError(
            "carving-unwritable",
            f"cannot write the carving to {folder}",
            cause=str(error),
            hint="free some space, make the folder writable, or name another one with --out",
        ) from None
    return Written(tuple(written), tuple(unchanged), tuple(kept), tuple(offered))


def _put(path: Path, text: str) -> None:
    """Whole or not at all: half a file would be taken for one that somebody edited."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _noted(folder: Path) -> dict[str, str]:
    try:
        files = json.loads((folder / "carving.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return files if isinstance(files, dict) else {}
