"""The Python files under a folder: what each module is called, and its typed functions.

    for found in sources_under(Path("src")):
        found        # Source(module="shop.prices", path=…, functions=[…]), or a Diagnostic

A module is called by the packages it lies in. Where two files would be called alike, or like a
module of the standard library (a script `queue.py`), one run of mypy could not tell them apart:
such a file goes by its path from the root, or by a name of its own; `shown` stays what its imports
say.

Invariants: links are not followed, so that a circle of them ends; a file is read once.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from carveout.cut.attempts import module_of
from carveout.diagnostics import CarveError, Diagnostic

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})
_RELATIVE = re.compile(r"^\s*from\s+\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Defined:
    """One typed function as it is written."""

    number: int
    qualname: str
    line: int
    column: int


@dataclass(slots=True)
class Source:
    """A readable file. `module` is unique in the survey, `shown` is what people call it."""

    module: str
    shown: str
    path: Path
    size: int
    functions: list[Defined] = field(default_factory=list)
    untyped: int = 0


def sources_under(
    root: Path, say: Callable[[int], None] = lambda done: None
) -> Iterator[Source | Diagnostic]:
    """Every file, in the order of its path. Raises CarveError if there is no such folder."""
    from carveout.cut.frontend.many import read_tree

    if not root.exists():
        raise CarveError(
            "file-unreadable",
            f"there is nothing at {root}",
            hint="name a folder or a Python file",
        )
    taken: set[str] = set()
    paths = list(_paths(root))
    # Packages without __init__.py, known by their files' relative imports.
    implicit = {path.parent for path in paths if _has_relative_imports(path)}
    for done, path in enumerate(paths):
        if done % 50 == 0:
            say(done)
        try:
            tree = read_tree(path)
            size = path.stat().st_size
        except CarveError as error:
            yield error.diagnostic
            continue
        except OSError as error:
            yield Diagnostic("file-unreadable", f"cannot read {path}", cause=str(error))
            continue
        shown = _shown(path)
        name = _unique(shown, path, root, taken, path.parent in implicit)
        found = Source(name, shown, path, size)
        _define(tree.body, "", found)
        yield found


def _paths(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root.resolve()
        return
    for folder, inner, names in os.walk(root.resolve()):
        inner[:] = sorted(
            name
            for name in inner
            if name not in _SKIPPED
            and not name.startswith(".")
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            path = Path(folder) / name
            if name.endswith(".py") and path.is_file():
                yield path


def _shown(path: Path) -> str:
    return module_of(path)[0]


def _unique(shown: str, path: Path, root: Path, taken: set[str], implicit: bool) -> str:
    """A name for the module that no other has: its own if it can be."""
    ways = [shown]
    base = root.resolve() if root.is_dir() else path.parent
    relative = ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
    if "." not in shown and implicit:
        ways.insert(0, relative)
    else:
        ways.append(relative)
    ways.append(re.sub(r"\W", "_", relative))
    for name in ways:
        if _usable(name, taken):
            break
    else:
        flat, count = re.sub(r"\W", "_", relative), 2
        while not _usable(f"{flat}_{count}", taken):
            count += 1
        name = f"{flat}_{count}"
    taken.add(name)
    return name


def _usable(name: str, taken: set[str]) -> bool:
    parts = name.split(".")
    return (
        name not in taken
        and parts[0] not in sys.stdlib_module_names
        and parts[0] not in ("mypy", "typing_extensions", "_typeshed", "mypy_extensions")
        and all(part.isidentifier() for part in parts)
    )


def _has_relative_imports(path: Path) -> bool:
    try:
        return _RELATIVE.search(path.read_text(encoding="utf-8-sig")) is not None
    except (OSError, ValueError):
        return False


def _define(body: list[ast.stmt], prefix: str, source: Source) -> None:
    """Note the functions of a module or a class; those inside of functions belong to them."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if any(_is_overload(decorator) for decorator in node.decorator_list):
                    continue
                if not _typed(node):
                    source.untyped += 1
                    continue
                place = Defined(
                    len(source.functions), prefix + node.name, node.lineno, node.col_offset + 1
                )
                source.functions.append(place)
            case ast.ClassDef():
                _define(node.body, f"{prefix}{node.name}.", source)
            case ast.If() | ast.Try() | ast.With():
                _define(node.body, prefix, source)
                for other in ("orelse", "finalbody"):
                    _define(getattr(node, other, []), prefix, source)
                for handler in getattr(node, "handlers", []):
                    _define(handler.body, prefix, source)


def _typed(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether anything of its signature is annotated, which is when mypy checks it."""
    a = node.args
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
    return node.returns is not None or any(one and one.annotation for one in every)


def _is_overload(decorator: ast.expr) -> bool:
    name = decorator.attr if isinstance(decorator, ast.Attribute) else None
    return "overload" in (name, getattr(decorator, "id", None))
