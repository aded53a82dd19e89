"""Where the functions come from: a package of the index, or a folder.

    tree = fetched("python-stdnum==2.2", Path(".build/corpora"))
    for one in functions(tree): one.name      # "stdnum.luhn:checksum"

A source archive is taken if there is one (its tests often hold examples), else a wheel. Nothing is
built or installed: the archive is opened, and the folder that its packages lie in is found.

Invariant: only functions at the top of a module whose parameters and result are all annotated.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEFT_OUT = {"tests", "test", "testing", "docs", "doc", "examples", "benchmarks", "build", "dist"}
FETCH_S = 180.0


class NotFetched(Exception):
    """The index has no such package, or its archive can't be opened; the message says why."""


@dataclass(frozen=True)
class Tree:
    """An opened archive: `root` has all of it, `path` the folder its modules are imported from."""

    label: str
    root: Path
    path: Path


@dataclass(frozen=True)
class Found:
    """One typed function: its module, its name, and its file."""

    module: str
    function: str
    file: Path
    examples: int

    @property
    def name(self) -> str:
        return f"{self.module}:{self.function}"


def fetched(package: str, home: Path) -> Tree:
    """The package's sources, from the index the first time. Raises NotFetched."""
    label = package.replace("==", "-")
    root = home / "opened" / label
    if not root.is_dir():
        archive = _archive(package, home / "archives" / label)
        opened = root.with_name(f"{label}.new")
        try:
            _open(archive, opened)
        except (tarfile.TarError, zipfile.BadZipFile, OSError) as error:
            raise NotFetched(f"{archive.name} can't be opened: {error}") from error
        opened.rename(root)
    return folder(root, label)


def folder(root: Path, label: str | None = None) -> Tree:
    """A folder that has sources already."""
    root = root.resolve()
    path = root
    inner = [p for p in root.iterdir() if p.is_dir()]
    if len(inner) == 1 and not list(root.glob("*.py")) and not _is_package(inner[0]):
        path = inner[0]  # an archive's only folder
    if (path / "src").is_dir() and not _is_package(path / "src"):
        path = path / "src"
    while _is_package(path):
        path = path.parent  # the package itself was named
    return Tree(label or root.name, root, path)


def functions(tree: Tree) -> list[Found]:
    """All typed functions, by file and line."""
    return list(_functions(tree))


def _functions(tree: Tree) -> Iterator[Found]:
    start = tree.root if tree.root.is_relative_to(tree.path) else tree.path
    for file in sorted(start.rglob("*.py")):
        inside = file.relative_to(tree.path)
        if {part.lower() for part in inside.parts[:-1]} & LEFT_OUT or file.name == "setup.py":
            continue
        if file.name.startswith("test_") or file.name == "conftest.py":
            continue
        parts = [*inside.parts[:-1], *([] if inside.name == "__init__.py" else [inside.stem])]
        if not parts or not all(part.isidentifier() for part in parts):
            continue
        try:
            top = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in top.body:
            if isinstance(node, ast.FunctionDef) and is_typed(node):
                examples = (ast.get_docstring(node) or "").count(">>>")
                yield Found(".".join(parts), node.name, file, examples)


def is_typed(node: ast.FunctionDef) -> bool:
    """Whether its result and every parameter is annotated."""
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return node.returns is not None and all(a.annotation is not None for a in every if a)


def _is_package(path: Path) -> bool:
    return (path / "__init__.py").is_file()


def _archive(package: str, into: Path) -> Path:
    """Its archive by pip, sources before a wheel."""
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode:
        pip = ["python3", "-m", "pip"]  # an environment of uv has no pip of its own
    said = ""
    for sort in (["--no-binary", ":all:", "--no-build-isolation"], ["--only-binary", ":all:"]):
        command = [*pip, "download", "-q", "--no-deps", *sort, "-d", str(into), package]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_S)
        except subprocess.TimeoutExpired:
            said = f"pip took longer than {FETCH_S:.0f} s"
            continue
        found = sorted([*into.glob("*.tar.gz"), *into.glob("*.zip"), *into.glob("*.whl")])
        if done.returncode == 0 and found:
            return found[0]
        said = done.stderr.strip().rpartition("\n")[2]
    raise NotFetched(f"{package}: {said or 'pip brought nothing'}")


def _open(archive: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as opened:
            opened.extractall(into, filter="data")
    else:
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(into)
