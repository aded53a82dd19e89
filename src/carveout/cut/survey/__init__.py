"""Every typed function under a folder: could it be drafted, and if not, why not?

    result = survey(Path("src"))
    result.functions[0]      # Surveyed(module="shop.prices", qualname="quote", draftable=True, …)
    result.files             # files that can't be read, each with its diagnostic
    result.obstacles()       # the commonest codes, with the functions they keep from being drafted

Nothing is imported or run: functions are read from the source, typed by mypy, and drafted to Rust
that is not built. The work is done in a process of its own, with a bound on its memory, on each
function and on mypy: what breaks it is one file's or one function's diagnostic, and the others go
on.

Invariants: each typed function of a readable file is listed exactly once, in source order; one that
is not draftable has at least one refusal; whatever the files hold, there is an answer.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carveout.cut.attempts import module_of
from carveout.cut.survey.files import Source, sources_under
from carveout.cut.survey.process import Work, run
from carveout.diagnostics import Diagnostic

Progress = Callable[[str, int, int], None]
"""What is done now ("reading", "mypy", "drafting"), how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One typed function. A method is one as well: it can be drafted along with its callers."""

    module: str
    qualname: str
    file: str
    line: int
    draftable: bool
    refusals: tuple[Diagnostic, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "module": self.module,
            "qualname": self.qualname,
            "file": self.file,
            "line": self.line,
            "draftable": self.draftable,
            "refusals": [
                {
                    "code": one.code,
                    "line": one.span.line if one.span else self.line,
                    "column": one.span.column if one.span else 1,
                    "message": one.message,
                    "hint": one.hint,
                    "file": one.span.file if one.span else self.file,
                }
                for one in self.refusals
            ],
        }


@dataclass(slots=True)
class Survey:
    """All functions, the files that have none to show, and what it took."""

    root: str
    functions: list[Surveyed] = field(default_factory=list)
    files: list[Diagnostic] = field(default_factory=list)
    read: int = 0
    untyped: int = 0
    mypy_s: float = 0.0
    drafting_s: float = 0.0
    seconds: float = 0.0

    @property
    def draftable(self) -> int:
        return sum(one.draftable for one in self.functions)

    def obstacles(self) -> list[tuple[str, int, int]]:
        """(code, functions it stands in, functions in which nothing else stands), commonest first.

        The last is what would be gained if this obstacle alone went away.
        """
        in_all: Counter[str] = Counter()
        alone: Counter[str] = Counter()
        for one in self.functions:
            codes = {refusal.code for refusal in one.refusals}
            in_all.update(codes)
            if len(codes) == 1:
                alone.update(codes)
        return [(code, count, alone[code]) for code, count in in_all.most_common()]

    def to_json(self) -> dict[str, Any]:
        """For --json; docs/survey.md has its fields."""
        typed = len(self.functions)
        return {
            "root": self.root,
            "functions": [one.to_json() for one in self.functions],
            "files": [one.to_json() for one in self.files],
            "totals": {
                "files": self.read + len(self.files),
                "files_unreadable": len(self.files),
                "functions": typed,
                "draftable": self.draftable,
                "refused": typed - self.draftable,
                "share": round(self.draftable / typed, 4) if typed else None,
                "untyped": self.untyped,
            },
            "obstacles": [
                {"code": code, "functions": count, "alone": alone}
                for code, count, alone in self.obstacles()
            ],
            "mypy_seconds": round(self.mypy_s, 2),
            "drafting_seconds": round(self.drafting_s, 2),
            "seconds": round(self.seconds, 2),
        }


def survey(
    root: Path,
    *,
    search_path: Sequence[Path] = (),
    cache_dir: Path | None = None,
    progress: Progress | None = None,
    function_s: float = 10.0,
    mypy_s: float = 300.0,
) -> Survey:
    """Survey a folder or one file.

    `search_path` has the folders that further imports are found in. One function may take
    `function_s` seconds, and mypy `mypy_s` for some megabytes of source.

    Raises CarveError: compiler-missing, or "file-unreadable" if there is no such folder.
    """
    from carveout import cut

    if cut.missing():
        cut.draft("missing:mypy", search_path=())  # says how to install it
    started = time.monotonic()
    say = progress or (lambda what, done, total: None)
    result = Survey(str(root))
    sources: list[Source] = []
    for found in sources_under(root, lambda done: say("reading", done, 0)):
        if isinstance(found, Diagnostic):
            result.files.append(found)
            continue
        sources.append(found)
        result.read += 1
        result.untyped += found.untyped
    own = [] if root.is_dir() else [module_of(root)[1]]
    work = Work(sources, _without_shadows([*own, *search_path]), cache_dir)
    answered = run(work, say, function_s, mypy_s)
    result.mypy_s, result.drafting_s = work.mypy_s, work.drafting_s
    for source in sources:
        for function in source.functions:
            refusals = answered[source.module, function.number]
            one = Surveyed(
                source.shown, function.qualname, str(source.path), function.line,
                not refusals, refusals,
            )  # fmt: skip
            result.functions.append(one)
    result.seconds = time.monotonic() - started
    return result


def _without_shadows(folders: Sequence[Path]) -> list[Path]:
    """Folders without a file that mypy would take for one of the standard library's."""
    kept = []
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        names = {path.stem for path in folder.glob("*.py")}
        if not names & sys.stdlib_module_names:
            kept.append(folder)
    return kept


__all__ = ["Survey", "Surveyed", "survey"]
