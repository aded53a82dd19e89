"""Run mypy on the operation's module and keep the trees and the type of every expression.

    checked = check("pricing.book", [Path("src")], cache_dir)
    checked.files["pricing.book"]          # mypy's tree
    checked.types[expression]              # mypy's type of it

Modules of the project itself are always analysed afresh (a cached module has no tree); all others
come from mypy's cache, so that a second run takes a fraction of a second.

This package is the only importer of mypy.
"""

from __future__ import annotations

import functools
import io
import shutil
import sys
import tempfile
import tokenize
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from mypy import build
from mypy.errors import CompileError
from mypy.modulefinder import BuildSource
from mypy.nodes import Expression, MypyFile
from mypy.options import Options
from mypy.types import Type as MypyType

from carveout.contract.bare import completed_text
from carveout.contract.sources import parsed
from carveout.cut.frontend.bindings import Bindings
from carveout.diagnostics import CarveError, Span

# Comments that are not for people.
_FOR_TOOLS = ("# noqa", "# type:", "# fmt:", "# pragma", "#!")


@dataclass(frozen=True)
class Checked:
    """What mypy found: trees by module, types by expression, and its messages."""

    files: Mapping[str, MypyFile]
    types: Mapping[Expression, MypyType]
    messages: tuple[str, ...]
    packages: frozenset[str]
    _comments: dict[str, Mapping[int, str]] = field(default_factory=dict)
    # What the modules' constants are worth, by name or expression: constants.py.
    values: dict[object, object] = field(default_factory=dict)

    def path(self, module: str) -> str:
        return self.files[module].path

    @functools.cached_property
    def bindings(self) -> Bindings:
        """What the names of the packages' modules are bound to."""
        own = (n for n in self.files if n.partition(".")[0] in self.packages)
        return Bindings({name: Path(self.files[name].path) for name in own}, self.packages)

    def comments(self, path: str) -> Mapping[int, str]:
        """A file's comments by line; negative where code stands before them."""
        if path not in self._comments:
            found: dict[int, str] = {}
            text = Path(path).read_text(encoding="utf-8-sig")
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.type == tokenize.COMMENT and not token.string.startswith(_FOR_TOOLS):
                    alone = token.line.strip().startswith("#")
                    line = token.start[0] if alone else -token.start[0]
                    found[line] = token.string[1:].strip()
            self._comments[path] = found
        return self._comments[path]


def find_source(module: str, search_path: Sequence[Path]) -> Path:
    """The file of a module, or a CarveError."""
    relative = Path(*module.split("."))
    for folder in search_path:
        for candidate in (folder / relative.with_suffix(".py"), folder / relative / "__init__.py"):
            if candidate.is_file():
                return candidate.resolve()
    raise CarveError(
        "cut-module-missing",
        f"cannot find the source of module {module}",
        cause=f"looked in {', '.join(map(str, search_path)) or 'no folder'}",
        hint="name the folder that holds the package, or run the command from the project's root",
    )


def _options(search_path: Sequence[Path], cache_dir: str) -> Options:
    options = Options()
    options.export_types = True
    options.preserve_asts = True
    # Literals exactly as Python reads them; mypy's own parser replaces lone surrogates.
    options.native_parser = False
    options.incremental = True
    options.sqlite_cache = False
    options.cache_dir = cache_dir
    # Also in helpers of other modules: what is said of types there must hold.
    options.follow_imports = "normal"
    options.ignore_missing_imports = True
    options.check_untyped_defs = True
    # `def f(n: int = None)` means what it says.
    options.implicit_optional = True
    options.strict_equality = True
    options.warn_unreachable = False
    options.namespace_packages = True
    options.explicit_package_bases = True
    options.mypy_path = [str(folder) for folder in search_path]
    options.python_executable = sys.executable
    options.show_traceback = True
    options.hide_error_codes = True
    options.show_column_numbers = True
    return options


def _forget(cache_dir: Path, package: str) -> None:
    """Drop the project's own modules from the cache: they are needed with their trees."""
    root = cache_dir / f"{sys.version_info.major}.{sys.version_info.minor}"
    shutil.rmtree(root / package, ignore_errors=True)
    if root.is_dir():
        for entry in root.glob(f"{package}.*"):
            entry.unlink(missing_ok=True)


def check(module: str, search_path: Sequence[Path], cache_dir: Path | None) -> Checked:
    """Analyse `module` and what it imports; the last analysis is kept while no source changed."""
    key = (tuple(search_path), cache_dir, sys.path[:])
    for kept_key, checked, stamps in _KEPT:
        if kept_key == key and module in checked.files and stamps == _stamps(checked):
            return checked
    checked = _analyse(module, search_path, cache_dir)
    _KEPT[:] = [(key, checked, _stamps(checked))]
    return checked


_KEPT: list[tuple[object, Checked, object]] = []


def _stamps(checked: Checked) -> list[tuple[str, int, int]] | None:
    """What tells that a source of the project is still the one that was analysed."""
    found = []
    for name, tree in checked.files.items():
        if name.partition(".")[0] in checked.packages:
            try:
                status = Path(tree.path).stat()
            except OSError:
                return None
            found.append((tree.path, status.st_mtime_ns, status.st_size))
    return found


def _analyse(module: str, search_path: Sequence[Path], cache_dir: Path | None) -> Checked:
    path = find_source(module, search_path)
    try:
        return check_files({module: path}, search_path, cache_dir)
    except CompileError as error:
        raise _broken(error, path) from None


def check_files(
    modules: Mapping[str, Path],
    search_path: Sequence[Path],
    cache_dir: Path | None,
    blank: Set[str] = frozenset(),
) -> Checked:
    """Analyse modules by name with their files, and what they import, in one run of mypy.

    Those in `blank` stand there empty. Raises mypy's CompileError for one that it can't read.
    """
    packages = sorted({module.split(".")[0] for module in modules})
    scratch = None
    if cache_dir is None:
        scratch = tempfile.TemporaryDirectory(prefix="carveout-mypy-")
        cache_dir = Path(scratch.name)
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        for package in packages:
            _forget(cache_dir, package)
        sources = [
            BuildSource(str(path), module, "" if module in blank else _completed(path))
            for module, path in modules.items()
        ]
        result = build.build(sources, _options(search_path, str(cache_dir)))
    finally:
        if scratch is not None:
            scratch.cleanup()
    files = {name: tree for name, tree in result.files.items() if name not in blank}
    return Checked(files, result.types, tuple(result.errors), frozenset(packages))


def _completed(path: Path) -> str | None:
    """A source whose bare annotations are completed as in its contract; None if as it is."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    made = completed_text(text, parsed(text))
    return None if made is text else made


def first_of(error: CompileError) -> tuple[str, int, str]:
    """The file, line and text of the first thing that ended a run of mypy."""
    first = error.messages[0] if error.messages else "mypy could not read it"
    parts = first.split(":", 2)
    located = len(parts) == 3 and parts[1].isdigit()
    return parts[0] if located else "", int(parts[1]) if located else 1, parts[-1].strip()


def _broken(error: CompileError, path: Path) -> CarveError:
    _, line, text = first_of(error)
    return CarveError(
        "refusal-type-error",
        "mypy cannot read this module",
        span=Span(str(path), line),
        cause=text,
        hint="run mypy on it; a function is drafted from its types",
    )
