"""Many functions drafted, built into few libraries and loaded, to be tried out.

    from carveout.trial import DECLINED, trial

    trials = trial(["shop.prices:quote", shop.taxes.vat], search_path=[Path("src")])
    quote = trials["shop.prices:quote"]
    if quote.refusals:                     # every reason why there is no carving
        print(quote.refusals)
    else:
        quote(book, order)                 # its result, or DECLINED; a fault raises

For tests of many functions: one run of mypy, one build for a hundred of them. Nothing is registered
or moved; `carve cut` makes the carvings that are. A call goes through the boundary of an inline
carving: arguments are walked where they are, and a function that changes them changes yours.

Invariants: one function that can't be imported, drafted or compiled costs nobody else: it is
refused with its reason; what rustc does not take is drafted again with every object counted, as
`carve cut` does. What was built is kept by its content. The functions' modules are imported, and so
are run.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from carveout._native import DECLINED, FAILED
from carveout.contract import Contract, contract_of
from carveout.contract.importing import import_module
from carveout.cut.attempts import Attempt, attempt, attempt_names, files_of
from carveout.diagnostics import CarveError, Diagnostic
from carveout.settings import load
from carveout.trial.crate import PER_CRATE, Built, Crates
from carveout.trial.loaded import Trial

Progress = Callable[[str], None]


def trial(
    functions: Iterable[str | Callable[..., Any]],
    *,
    search_path: Sequence[Path] = (),
    home: Path | None = None,
    crates_dir: Path | None = None,
    per_crate: int = PER_CRATE,
    release: bool = False,
    strict: bool = False,
    limit_s: float = 900.0,
    progress: Progress | None = None,
) -> dict[str, Trial]:
    """Draft, build and load functions, given as objects or by name; the answer is by name.

    `search_path` has the folders that names are imported from. `home` is where builds are kept
    (a folder `trial` in `.carveout` unless given). `release` optimises, and takes longer;
    `strict` denies rustc's warnings. `limit_s` bounds one run of cargo.

    Raises CarveError for the installation only: compiler-missing, cargo-missing,
    artifact-unwritable.
    """
    settings = load()
    home = home if home is not None else settings.home / "trial"
    crates_dir = crates_dir if crates_dir is not None else settings.crates_dir
    say = progress or (lambda line: None)
    found: dict[str, Callable[..., Any]] = {}
    contracts: dict[str, Contract] = {}
    refused: dict[str, tuple[Diagnostic, ...]] = {}
    with importable(search_path):
        for one in functions:
            name, function, why = _found(one)
            if function is None:
                refused[name] = why
                continue
            try:
                contract = contract_of(function)
            except CarveError as error:
                refused[name] = error.diagnostics
                continue
            found[contract.name], contracts[contract.name] = function, contract
    say(f"drafting {len(found)} functions")
    attempts = attempt_names(
        found,
        search_path,
        contracts={name: contract.to_json() for name, contract in contracts.items()},
        files=files_of(found.values()),
        cache_dir=home / "mypy",
        crates_dir=crates_dir,
        formatted=False,
    )
    drafts = {name: made.draft for name, made in attempts.items() if made.draft is not None}
    crates = Crates(home, crates_dir, release=release, strict=strict, limit_s=limit_s, say=say)
    again = _Again(found, contracts, search_path, home, crates_dir)
    built = crates.build(drafts, again, per_crate)
    trials = {}
    for name, function in found.items():
        refusals = attempts[name].refusals or built.refused.get(name, ())
        place = built.placed.get(name)
        trials[name] = Trial(
            name, function, contracts[name], built.drafts.get(name), refusals,
            place, built.plain.get(name),
        )  # fmt: skip
    for name, why in refused.items():
        trials[name] = Trial(name, None, None, None, why, None, None)
    return trials


class _Again:
    """Drafts a function with every object counted, once rustc did not take its first draft."""

    def __init__(
        self,
        found: dict[str, Callable[..., Any]],
        contracts: dict[str, Contract],
        search_path: Sequence[Path],
        home: Path,
        crates_dir: Path,
    ) -> None:
        self._found, self._contracts = found, contracts
        self._search_path, self._home, self._crates_dir = search_path, home, crates_dir
        self._checked: dict[str, Any] = {}

    def __call__(self, names: Sequence[str]) -> dict[str, Attempt]:
        from carveout.cut.frontend import check_many

        files = files_of(self._found[name] for name in names)
        wanted = {m: f for m, f in files.items() if m not in self._checked}
        if wanted:
            self._checked |= check_many(wanted, self._search_path, self._home / "mypy")
        return {
            name: attempt(
                name,
                self._checked[name.partition(":")[0]],
                self._contracts[name].to_json(),
                crates_dir=self._crates_dir,
                formatted=False,
                plain=True,
            )
            for name in names
        }


@contextlib.contextmanager
def importable(folders: Sequence[Path]) -> Iterator[None]:
    """With these folders on sys.path."""
    before = sys.path[:]
    sys.path[:0] = [str(folder) for folder in folders if str(folder) not in before]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before


def _found(
    one: str | Callable[..., Any],
) -> tuple[str, Callable[..., Any] | None, tuple[Diagnostic, ...]]:
    """A function's name and the plain function; or None, and why not."""
    if not isinstance(one, str):
        inner = getattr(one, "__wrapped__", one)
        name = f"{getattr(inner, '__module__', '?')}:{getattr(inner, '__qualname__', inner)}"
        if inspect.isfunction(inner):
            return name, inner, ()
        said = f"{name} is no Python function"
        return name, None, (Diagnostic("not-an-operation", said, hint="pass the function itself"),)
    module, _, attribute = one.partition(":")
    try:
        value: Any = import_module(module)
    except CarveError as error:
        return one, None, error.diagnostics
    for part in attribute.split("."):
        value = getattr(value, part, None)
    value = value.fget if isinstance(value, property) else value
    value = getattr(value, "__wrapped__", value)
    if inspect.isfunction(value):
        return one, value, ()
    said = f"there is no function {attribute} in {module}"
    return one, None, (Diagnostic("operation-not-found", said, hint="name it module:function"),)


__all__ = ["DECLINED", "FAILED", "Built", "Trial", "trial"]
