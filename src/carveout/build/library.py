"""Compiling a library of many carvings: what rustc did not take, by place, instead of an error.

made = library(crate_dir, target_dir, release=False)
made.path          # the .so, or None
made.complaints    # [Complaint(places=["src/op_3/operation.rs"], text="error[E0382]: …")]
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carveout.build.cargo import OFFLINE_MISSES, Progress, call, errors_of, find_cargo, pick


@dataclass(frozen=True, slots=True)
class Complaint:
    """One of rustc's errors: every file it is about, the nearest first, and its words."""

    places: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Library:
    """What a build gave: a file, or complaints and the end of what cargo said."""

    path: Path | None
    complaints: tuple[Complaint, ...] = ()
    said: str = ""


def library(
    crate_dir: Path,
    target_dir: Path,
    *,
    release: bool = False,
    limit_s: float | None = None,
    progress: Progress | None = None,
) -> Library:
    """Build the cdylib of a crate; the caller holds the target folder (`alone_in`).

    `limit_s` ends a build that goes on for longer, which is then answered with no complaints.
    Raises CarveError cargo-missing.
    """
    command = [find_cargo(), "build", "--lib", "--message-format=json"]
    command += ["--release"] if release else []
    ended = threading.Event()
    code, messages, text = call(
        command, ["--offline"], crate_dir, target_dir, progress, limit_s, ended
    )
    if code != 0 and not errors_of(messages) and any(miss in text for miss in OFFLINE_MISSES):
        code, messages, text = call(command, [], crate_dir, target_dir, progress, limit_s, ended)
    if code == 0:
        return Library(pick(messages, suffix=".so"))
    said = f"rustc took longer than {limit_s:.0f} s" if ended.is_set() else _end(text)
    return Library(None, tuple(map(_complaint, errors_of(messages))), said)


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-8:])


def _complaint(error: dict[str, Any]) -> Complaint:
    spans = sorted(error.get("spans") or [], key=lambda span: not span.get("is_primary"))
    places: list[str] = []
    for span in spans:
        # An error inside a macro is placed in the macro; who called it is in its expansions.
        while isinstance(span, dict):
            places.append(str(span.get("file_name", "")))
            span = (span.get("expansion") or {}).get("span")
    text = str(error.get("rendered") or error.get("message"))
    return Complaint(tuple(dict.fromkeys(places)), text)
