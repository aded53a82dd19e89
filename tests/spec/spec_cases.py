"""The specification: Markdown whose programs run.

    ## Floor division

    Rounds towards minus infinity, as in Python.

    ```python
    def halves(n: int) -> int:
        return n // 2
    ```

    ```pycon
    >>> halves(-7)
    -4
    ```

Each call says what Python says, and the carving says the same; `declined` is for a call that the
carving leaves to the reference. A section with a block `refused` instead is not drafted, for the
reasons shown.
`UPDATE_GOLDEN=1 pytest tests/spec` writes results and docs/language.md; read the diff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LANGUAGE = HERE.parents[1] / "docs" / "language.md"
FILES = (
    "statements",
    "constants",
    "matching",
    "functions",
    "kept_functions",
    "kept_iterators",
    "bare",
    "generators",
    "stars",
    "forms",
    "numbers",
    "bigs",
    "dates",
    "decimals",
    "texts",
    "containers",
    "classes",
    "inheritance",
    "objects",
    "modules",
    "shown",
    "enums",
    "generics",
    "traps",
    "refused",
)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRELUDE = "from __future__ import annotations\n\n"


@dataclass(frozen=True)
class Case:
    """One section: a program, and calls of it or its refusals."""

    file: str
    title: str
    text: str

    @property
    def blocks(self) -> dict[str, str]:
        return dict(_BLOCK.findall(self.text))

    @property
    def module(self) -> str:
        return re.sub(r"\W+", "_", f"{self.file}_{self.title}".lower()).strip("_")

    @property
    def calls(self) -> list[tuple[str, str]]:
        """(call, what it says)"""
        found = []
        for part in self.blocks.get("pycon", "").split(">>> ")[1:]:
            call, _, said = part.partition("\n")
            found.append((call, said.strip("\n")))
        return found

    @property
    def functions(self) -> list[str]:
        """The functions that are called, or the last one."""
        defined = re.findall(r"^(?:async )?def (\w+)[(\[]", self.blocks["python"], re.MULTILINE)
        called = [d for d in defined if any(re.match(rf"{d}\(", call) for call, _ in self.calls)]
        return called or defined[-1:]


def cases() -> Iterator[Case]:
    """All sections of all files."""
    for file in FILES:
        text = (HERE / f"{file}.md").read_text(encoding="utf-8")
        for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
            title, _, rest = section.partition("\n")
            yield Case(file, title, rest)


def language() -> str:
    """docs/language.md: the specification as one page."""
    parts = [
        "# The language that is drafted\n\n"
        "Generated from tests/spec, where every program on this page runs, in Python and as a\n"
        "carving, in every run of the tests. `declined` marks a call that is left to the\n"
        "reference; [cut.md](cut.md) has the rules behind it, and\n"
        "[errors/refusals.md](errors/refusals.md) each refusal.\n"
    ]
    for file in FILES:
        text = (HERE / f"{file}.md").read_text(encoding="utf-8")
        parts.append(demoted(text))
    return "\n".join(parts)


def demoted(text: str) -> str:
    """Headings one level down; comments in programs are left alone."""
    pieces = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(
        piece if piece.startswith("```") else re.sub(r"^#", "##", piece, flags=re.MULTILINE)
        for piece in pieces
    )
