"""One run of mypy over many modules, whatever they hold.

    found = check_many({"a": Path("a.py"), "b": Path("b.py")}, [Path()], cache_dir)
    found["a"]        # Checked, or the CarveError that says why this file can't be read

A module that mypy can't read ends its whole run. Here it costs only itself: what is no Python, too
deep or not UTF-8 is found before, and stands in the run as an empty module so that imports of it
resolve; what mypy gives up on is taken out and the others are run again.

Invariants: every module asked for has an entry; nothing is imported; never an exception.
"""

from __future__ import annotations

import ast
import contextlib
import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from mypy.errors import CompileError

from carveout.cut.frontend.check import Checked, check_files, first_of
from carveout.diagnostics import CarveError, Span

# Levels of a tree: mypy and the compiler go down it by recursion.
MAX_DEPTH = 400
MAX_BYTES = 2_000_000
MAX_RUNS = 12
"""Runs of mypy over one set of modules; then it is split in two."""

Found = dict[str, Checked | CarveError]


def unreadable(message: str, path: Path, line: int = 1, cause: str | None = None) -> CarveError:
    """Why a whole file has no draft."""
    return CarveError(
        "file-unreadable",
        message,
        span=Span(str(path), max(line, 1)),
        cause=cause,
        hint="python -m py_compile on it says more; its functions are left out",
    )


def read_tree(path: Path) -> ast.Module:
    """A file's tree. Raises CarveError "file-unreadable" for what is no readable Python."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(f"cannot read {path.name}", path, cause=str(error)) from None
    if len(data) > MAX_BYTES:
        raise unreadable(f"{path.name} has {len(data):,} bytes, which is too much to analyse", path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise unreadable(f"{path.name} is not UTF-8", path, line, str(error)) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        said = f"{path.name} is not Python: {error.msg}"
        raise unreadable(said, path, error.lineno or 1) from None
    except ValueError as error:  # null bytes
        raise unreadable(f"{path.name} is not Python", path, cause=str(error)) from None
    except (RecursionError, MemoryError):
        raise unreadable(f"{path.name} is nested too deep to be read", path) from None
    if (deep := _too_deep(tree)) is not None:
        raise unreadable(f"{path.name} is nested more than {MAX_DEPTH} levels deep", path, deep)
    return tree


def _too_deep(tree: ast.AST) -> int | None:
    """The line at which a tree goes past MAX_DEPTH levels."""
    level: list[ast.AST] = [tree]
    line = 1
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return None
        line = next((node.lineno for node in level if isinstance(node, ast.expr)), line)
    return line


def check_many(
    modules: Mapping[str, Path], search_path: Sequence[Path], cache_dir: Path | None
) -> Found:
    """Analyse all modules, in one run of mypy if it can be had."""
    found: Found = {}
    for name, path in modules.items():
        try:
            read_tree(path)
        except CarveError as error:
            found[name] = error
    return _run(dict(modules), found, search_path, cache_dir)


def _run(
    modules: dict[str, Path], known: Found, search_path: Sequence[Path], cache_dir: Path | None
) -> Found:
    found = dict(known)
    for _ in range(MAX_RUNS):
        blank = {name for name in modules if name in found}
        if len(blank) == len(modules):
            return found
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                checked = check_files(modules, search_path, cache_dir, blank)
        except CompileError as error:
            if (named := _named(error, modules)) is None:
                break
            name, line, text = named
            if name in found:
                break
            found[name] = unreadable("mypy cannot read this module", modules[name], line, text)
            continue
        except (CarveError, KeyboardInterrupt):
            raise
        except BaseException as error:
            # A defect of mypy's own ends in SystemExit, or in whatever it met.
            if len(modules) - len(blank) == 1:
                (name,) = set(modules) - blank
                last = said.getvalue().strip().splitlines()[-1:] or [str(error)]
                found[name] = unreadable(
                    "mypy fails on this module", modules[name], cause=last[0][:200]
                )
                return found
            break
        return found | {name: checked for name in modules if name not in found}
    return _halves(modules, found, search_path, cache_dir)


def _halves(
    modules: dict[str, Path], found: Found, search_path: Sequence[Path], cache_dir: Path | None
) -> Found:
    """The same in two runs: what breaks one of them leaves the other alone."""
    rest = [name for name in modules if name not in found]
    if len(rest) <= 1:
        return found | {
            name: unreadable("mypy cannot read this module", modules[name]) for name in rest
        }
    middle = len(rest) // 2
    for part in (rest[:middle], rest[middle:]):
        found |= _run({name: modules[name] for name in part}, {}, search_path, cache_dir)
    return found


def _named(error: CompileError, modules: Mapping[str, Path]) -> tuple[str, int, str] | None:
    """The module that mypy complains of: its name, the line, what is said."""
    file, line, text = first_of(error)
    for name, path in modules.items():
        if file and (str(path) == file or path.resolve() == Path(file).resolve()):
            return name, line, text
    return None
