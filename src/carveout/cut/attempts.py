"""From a function, a file or a piece of text to a draft, or to every reason why not.

    attempt = attempt_text("def double(x: int) -> int:\\n    return 2 * x\\n")
    attempt.draft.files["src/operation.rs"]        # None if refused …
    attempt.refusals                               # … and then one diagnostic an obstacle

    attempt_function(shop.prices.quote)            # a function object; no @operation needed
    attempt_file(Path("shop/prices.py"), "quote")
    attempt_names(["shop.prices:quote", …], [Path("src")])     # many, one run of mypy

Text and files are never imported or run: their contract is read from the source's own types. A
function object's contract is that of the running program, as for an operation.

Invariant: what stands in the source never raises; only a plain install without mypy does.
"""

from __future__ import annotations

import contextlib
import inspect
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carveout.diagnostics import CarveError, Diagnostic, Span

if TYPE_CHECKING:
    from carveout.cut import Draft
    from carveout.cut.frontend import Checked


@dataclass(frozen=True)
class Attempt:
    """What came of drafting one function: a draft, or refusals (at least one)."""

    name: str
    draft: Draft | None
    refusals: tuple[Diagnostic, ...] = ()

    @property
    def draftable(self) -> bool:
        return self.draft is not None


def attempt_function(
    function: Callable[..., Any],
    *,
    search_path: Sequence[Path] = (),
    cache_dir: Path | None = None,
    crates_dir: Path | str | None = None,
) -> Attempt:
    """Draft a function object (or an operation): its source is read from its file."""
    from carveout.contract import contract_of

    files = files_of([function])
    if not files:
        said = f"there is no source of {_name_of(function)}"
        return _refused(_name_of(function), "source-missing", said)
    try:
        contract = contract_of(function)
    except CarveError as error:
        return Attempt(_name_of(function), None, error.diagnostics)
    made = attempt_names(
        [contract.name],
        search_path,
        contracts={contract.name: contract.to_json()},
        files=files,
        cache_dir=cache_dir,
        crates_dir=crates_dir,
    )
    return made[contract.name]


def attempt_file(
    path: Path,
    function: str,
    *,
    search_path: Sequence[Path] = (),
    cache_dir: Path | None = None,
    crates_dir: Path | str | None = None,
) -> Attempt:
    """Draft the function called `function` of a file, which is not imported."""
    module, root = module_of(path)
    name = f"{module}:{function}"
    made = attempt_names(
        [name],
        [*search_path, root],
        files={module: path},
        cache_dir=cache_dir,
        crates_dir=crates_dir,
    )
    return made[name]


def attempt_text(
    text: str,
    function: str | None = None,
    *,
    module: str = "source",
    search_path: Sequence[Path] = (),
    cache_dir: Path | None = None,
    crates_dir: Path | str | None = None,
) -> Attempt:
    """Draft a function of a module given as text: its last one, unless it is named."""
    import ast

    if function is None:
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            defined = [n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
            function = defined[-1] if defined else None
    name = f"{module}:{function or '?'}"
    with tempfile.TemporaryDirectory(prefix="carveout-text-") as folder:
        path = Path(folder) / f"{module.rpartition('.')[2]}.py"
        # A lone surrogate has no bytes; `read_tree` says that this is no UTF-8.
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        made = attempt_names(
            [name], search_path, files={module: path}, cache_dir=cache_dir, crates_dir=crates_dir
        )
    # The file is gone; what it was called says nothing.
    refusals = tuple(
        replace(one, span=replace(one.span, file=f"<{module}>"))
        if one.span is not None and one.span.file == str(path)
        else one
        for one in made[name].refusals
    )
    return replace(made[name], refusals=refusals)


def attempt_names(
    names: Iterable[str],
    search_path: Sequence[Path],
    *,
    contracts: Mapping[str, dict[str, Any]] | None = None,
    files: Mapping[str, Path] | None = None,
    cache_dir: Path | None = None,
    crates_dir: Path | str | None = None,
    formatted: bool = True,
) -> dict[str, Attempt]:
    """Draft many `pkg.mod:func` after one run of mypy over all their modules.

    `files` has the file of each module that is not on the search path; `contracts` the contract of
    each function that has one; `formatted=False` leaves out rustfmt.
    """
    from carveout import cut

    names = list(dict.fromkeys(names))
    if cut.missing():
        cut.draft("missing:mypy", search_path=())  # says how to install it
    from carveout.cut.frontend import check_many
    from carveout.cut.frontend.check import find_source

    modules: dict[str, Path] = {}
    found: dict[str, Checked | CarveError] = {}
    for module in dict.fromkeys(name.partition(":")[0] for name in names):
        try:
            known = (files or {}).get(module)
            modules[module] = known if known is not None else find_source(module, search_path)
        except CarveError as error:
            found[module] = error
    if modules:
        found |= check_many(modules, search_path, cache_dir)
    return {
        name: attempt(
            name,
            found[name.partition(":")[0]],
            (contracts or {}).get(name),
            crates_dir=crates_dir,
            formatted=formatted,
        )
        for name in names
    }


def attempt(
    name: str,
    checked: Checked | CarveError,
    contract: dict[str, Any] | None = None,
    *,
    crates_dir: Path | str | None = None,
    formatted: bool = True,
    plain: bool = False,
) -> Attempt:
    """Draft one function of what mypy has read."""
    from carveout import cut

    if isinstance(checked, CarveError):
        return Attempt(name, None, checked.diagnostics)
    try:
        made = cut.draft(
            name,
            search_path=(),
            contract_json=contract,
            checked=checked,
            crates_dir=crates_dir,
            formatted=formatted,
            plain=plain,
        )
    except CarveError as error:
        return Attempt(name, None, error.diagnostics)
    except RecursionError:
        said = "it is nested too deep to be drafted"
        return _refused(name, "function-too-deep", said, _place(name, checked))
    except Exception as error:
        # A defect of the compiler; the function is refused all the same, and nothing else is.
        said = f"the compiler fails on this function ({type(error).__name__}: {error})"
        return _refused(name, "refusal-not-written", said[:400], _place(name, checked))
    return Attempt(name, made)


def _place(name: str, checked: Checked) -> Span | None:
    from carveout.cut.frontend.derive import node_of

    node = node_of(checked, name)
    return Span(checked.path(name.partition(":")[0]), node.line) if node is not None else None


def _refused(name: str, code: str, message: str, span: Span | None = None) -> Attempt:
    return Attempt(name, None, (Diagnostic(code, message, span),))


def files_of(functions: Iterable[Callable[..., Any]]) -> dict[str, Path]:
    """The files of the modules that functions are defined in."""
    from carveout.contract.types import module_name

    found: dict[str, Path] = {}
    for function in functions:
        inner = inspect.unwrap(getattr(function, "__wrapped__", function))
        code = getattr(inner, "__code__", None)
        if code is not None and Path(code.co_filename).is_file():
            found[module_name(inner.__module__)] = Path(code.co_filename).resolve()
    return found


def module_of(path: Path) -> tuple[str, Path]:
    """A file's module by the packages (`__init__.py`) it lies in, and the folder they lie in."""
    path = path.resolve()
    parts = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts) or path.parent.name, folder


def _name_of(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", "?")
    return f"{module}:{getattr(function, '__qualname__', function)}"
