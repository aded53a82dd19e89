"""Many drafts in one library: each a module of the crate with an entry point of its own.

    crates = Crates(home, crates_dir)
    built = crates.build({"shop:quote": draft, …}, again)
    built.placed["shop:quote"]         # Place(path=…/4f0c….so, index=3): PyInit_op_3
    built.refused["shop:tax"]          # (Diagnostic("refusal-not-written", …),)

rustc says in which file it found an error, and so which draft is to blame: that one is drafted
again with every object counted, and left out if this does not help. Where no draft can be blamed (a
compiler that fails, or takes too long), the crate is split in two until one is left.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from carveout.build import Library, alone_in, library, tree_hash
from carveout.cut.registry.modules import features as features_of
from carveout.diagnostics import Diagnostic

if TYPE_CHECKING:
    from carveout.cut import Draft
    from carveout.cut.attempts import Attempt

PER_CRATE = 150
KEPT = 200
"""Libraries that are kept; the oldest go first."""

_CARGO = """\
[package]
name = "trial"
version = "0.1.0"
edition = "2024"
publish = false

[lib]
name = "trial"
crate-type = ["cdylib"]

[features]
default = ["inline"]
inline = []

[dependencies]
carveout-runtime = {{ path = {runtime}, features = [{features}] }}

# An arithmetic overflow that the compiler did not see panics here.
[profile.dev]
opt-level = 0
debug = false
overflow-checks = true

[profile.release]
opt-level = 3
codegen-units = 1
lto = "off"
strip = true

[workspace]
"""
_PLACE = re.compile(r"op_(\d+)/")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a function's carving is: a library, and its number in it."""

    path: Path
    index: int


@dataclass
class Built:
    """Where each function is, which were drafted anew and why, and which rustc never took."""

    placed: dict[str, Place] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)
    refused: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)


Again = Callable[[Sequence[str]], "dict[str, Attempt]"]


class Crates:
    """Builds drafts under `home`, a hundred or so to a crate."""

    def __init__(
        self,
        home: Path,
        crates_dir: Path,
        *,
        release: bool = False,
        strict: bool = False,
        limit_s: float = 900.0,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._home, self._runtime = home, (crates_dir / "carveout-runtime").resolve()
        self._release, self._strict, self._limit_s, self._say = release, strict, limit_s, say

    def build(self, drafts: Mapping[str, Draft], again: Again, per_crate: int = PER_CRATE) -> Built:
        """Build all drafts."""
        built = Built(drafts=dict(drafts))
        names = list(drafts)
        for start in range(0, len(names), per_crate):
            part = names[start : start + per_crate]
            self._say(f"building {start + 1} to {start + len(part)} of {len(names)}")
            self._part(part, built, again)
        return built

    def _part(self, names: list[str], built: Built, again: Again) -> None:
        """Build some in one crate; smaller crates where rustc does not say which one it means."""
        while names:
            made, path = self._made([built.drafts[name] for name in names])
            if path is not None:
                for index, name in enumerate(names):
                    built.placed[name] = Place(path, index)
                return
            blamed = _blamed(names, made)
            if not blamed and len(names) > 1:
                middle = len(names) // 2
                self._part(names[:middle], built, again)
                self._part(names[middle:], built, again)
                return
            blamed = blamed or {names[0]: made.said or "rustc failed without saying where"}
            self._draft_again(blamed, built, again)
            names = [name for name in names if name not in built.refused]

    def _draft_again(self, blamed: Mapping[str, str], built: Built, again: Again) -> None:
        fresh = [name for name in blamed if not built.drafts[name].plain]
        anew = again(fresh) if fresh else {}
        for name, text in blamed.items():
            draft = anew[name].draft if name in anew else None
            if draft is not None:
                built.drafts[name], built.plain[name] = draft, text
                continue
            built.refused[name] = (
                Diagnostic(
                    "refusal-not-written",
                    "rustc does not take the draft of this function",
                    cause=text.strip()[:2000],
                    hint="that is a defect of carveout: please report it with the function",
                ),
            )

    def _made(self, drafts: Sequence[Draft]) -> tuple[Library, Path | None]:
        """A library of these drafts: kept from before, or built now."""
        files = crate_files(drafts, self._runtime, self._strict)
        digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode())
        digest.update(tree_hash(self._runtime).encode() + bytes([self._release]))
        kept = self._home / "kept" / f"{digest.hexdigest()[:24]}.so"
        target = self._home / "target"
        with alone_in(target):
            if kept.exists():
                os.utime(kept)
                return Library(kept), kept
            folder = self._home / "crate"
            shutil.rmtree(folder, ignore_errors=True)
            for name, text in files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            made = library(folder, target, release=self._release, limit_s=self._limit_s)
            if made.path is None:
                return made, None
            kept.parent.mkdir(parents=True, exist_ok=True)
            beside = kept.with_suffix(".new")
            shutil.copy2(made.path, beside)
            beside.replace(kept)
            self._forget(kept.parent)
        return made, kept

    @staticmethod
    def _forget(folder: Path) -> None:
        by_age = sorted(folder.glob("*.so"), key=lambda path: path.stat().st_mtime)
        for old in by_age[:-KEPT]:
            old.unlink(missing_ok=True)


def _blamed(names: Sequence[str], made: Library) -> dict[str, str]:
    """rustc's words by the function whose draft they are about."""
    found: dict[str, str] = {}
    for complaint in made.complaints:
        for place in complaint.places:
            if (match := _PLACE.search(place)) is not None:
                name = names[int(match[1])]
                found[name] = found.get(name, "") + complaint.text
                break
    return found


def crate_files(drafts: Sequence[Draft], runtime: Path, strict: bool) -> dict[str, str]:
    """The crate's files: each draft's as they were generated, but for paths and entry points."""
    sources = {
        f"{at}/{path}": text for at, d in enumerate(drafts) for path, text in d.files.items()
    }
    features = ", ".join(json.dumps(one) for one in ("python", *features_of(sources)))
    files = {"Cargo.toml": _CARGO.format(runtime=json.dumps(str(runtime)), features=features)}
    modules = []
    for index, draft in enumerate(drafts):
        here = f"src/op_{index}"
        lib = draft.files["src/lib.rs"].replace('"../contract.json"', '"contract.json"')
        lib = re.sub(r'(hash = "[0-9a-f]*")', rf"\1, entry = PyInit_op_{index}", lib, count=1)
        files[f"{here}/mod.rs"] = lib
        files[f"{here}/contract.json"] = draft.files["contract.json"]
        for name, text in draft.files.items():
            inside = name.removeprefix("src/")
            if name.startswith("src/") and inside not in ("lib.rs", "main.rs"):
                text = text.replace("crate::", "super::") if "/" not in inside else text
                files[f"{here}/{inside}"] = text
        modules.append(f"mod op_{index};")
    level = "#![deny(warnings)]" if strict else "#![allow(warnings)]"
    return files | {"src/lib.rs": "\n".join([level, "", *modules, ""])}
