"""Cases in Markdown: each section is a module of Python and what cutting it says.

    ## A set's order

    ```python
    def first(xs: set[int]) -> int:
        for x in xs:
            return x
        return 0
    ```

    ```refused
    error[refusal-set-order]: …
    ```

The function that is cut is the module's last one. `UPDATE_GOLDEN=1 pytest tests/cut` writes what
was said into the files; read the diff.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cut_batch import TARGET, function_named

from carveout.contract import contract_of
from carveout.cut import Draft, draft
from carveout.cut.frontend.check import check

UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Case:
    """One section: its title and its blocks by kind."""

    file: Path
    title: str
    blocks: dict[str, str]

    @property
    def module(self) -> str:
        words = re.sub(r"\W+", "_", f"{self.file.stem}_{self.title}".lower()).strip("_")
        return f"cases.{words}"

    @property
    def function(self) -> str:
        return re.findall(r"^def (\w+)\(", self.blocks["python"], re.MULTILINE)[-1]

    def update(self, kind: str, text: str) -> None:
        """Write a block anew."""
        whole = self.file.read_text(encoding="utf-8")
        start = whole.index(f"## {self.title}\n")
        end = whole.find("\n## ", start)
        section = whole[start:] if end < 0 else whole[start:end]
        block = f"```{kind}\n{text}```"
        old = re.search(rf"^```{kind}\n.*?^```$", section, re.MULTILINE | re.DOTALL)
        if old is None:
            new = section.rstrip("\n") + f"\n\n{block}\n"
        else:
            new = section.replace(old[0], block)
        self.file.write_text(whole.replace(section, new), encoding="utf-8")


def read_cases(folder: Path) -> list[Case]:
    """All sections of all files."""
    found = []
    for file in sorted(folder.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        parts = _SECTION.split(text)[1:]
        for title, body in zip(parts[::2], parts[1::2], strict=True):
            found.append(Case(file, title, dict(_BLOCK.findall(body))))
    return found


@dataclass
class Package:
    """The cases' modules as one package on disk, analysed once."""

    cases: list[Case]
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="cut-cases-")))

    @functools.cached_property
    def path(self) -> list[Path]:
        package = self.folder / "cases"
        package.mkdir()
        (package / "__init__.py").write_text("")
        names = []
        for case in self.cases:
            name = case.module.removeprefix("cases.")
            names.append(name)
            (package / f"{name}.py").write_text(case.blocks["python"], encoding="utf-8")
        everything = "".join(f"import cases.{name} as {name}\n" for name in names)
        (package / "everything.py").write_text(everything)
        return [self.folder]

    def draft(self, case: Case) -> Draft:
        """Cut the case's function; raises CarveError."""
        path = self.path
        if str(self.folder) not in sys.path:
            sys.path.insert(0, str(self.folder))
        loaded = sys.modules.get("cases")
        if loaded is not None and Path(str(loaded.__file__)).parent.parent != self.folder:
            # The other file's cases.
            for name in [n for n in sys.modules if n == "cases" or n.startswith("cases.")]:
                del sys.modules[name]
            importlib.invalidate_caches()
        cache = TARGET / "mypy-cases"
        check("cases.everything", path, cache)
        name = f"{case.module}:{case.function}"
        contract = contract_of(function_named(name))
        return draft(
            name,
            search_path=path,
            contract_json=contract.to_json(),
            cache_dir=cache,
            crates_dir="crates",
        )
