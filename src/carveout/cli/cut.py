"""`carve cut OP...`: drafts an operation in Rust and builds it.

    carve cut shop.prices:quote              # carvings/shop_prices_quote, built
    carve cut shop.prices:quote --blank      # types and an empty function, to be written by hand

Invariant: a file of a crate that someone edited is never overwritten.
"""

from __future__ import annotations

import json
import re
import sys
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from carveout import settings
from carveout.cli.project import full_name, open_its_store, shown
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.cut.frontend import Checked
    from carveout.settings import Settings
    from carveout.store import Store

EXAMPLE = """Examples:

  carve cut shop.prices:quote

  carve cut shop.prices:quote shop.taxes:vat

  carve cut shop.prices:quote --blank --no-build

Exit codes: 0 built, 1 refused or broken, 2 usage.
"""


OWN = ("refusal-", "build-failed", "cut-", "crate-unreadable", "file-unreadable")
"""Errors of one operation, which keep no other from being cut."""


def crate_of(root: Path, name: str) -> Path:
    """Where an operation's crate lives unless --out says otherwise."""
    return root / "carvings" / re.sub(r"\W+", "_", name).strip("_")


def edited_since(crate: Path, info: dict[str, Any]) -> bool:
    """Whether a crate's sources are others than those an artifact was built from."""
    from carveout.build import tree_hash

    built_from = info.get("source_hash")
    return crate.is_dir() and built_from is not None and tree_hash(crate) != built_from


def run(
    operations: list[str],
    *,
    blank: bool = False,
    build: bool = True,
    out: Path | None = None,
    as_json: bool = False,
    console: Console | None = None,
) -> int:
    """Carry out `carve cut`; returns its exit code.

    Several operations are read in one run of mypy, and one that is refused or that rustc does not
    take is said while the others go on. Raises CarveError for a single one, and for what would
    stop all of them.
    """
    if out is not None and len(operations) > 1:
        raise CarveError("usage", "--out is for one operation at a time", exit_code=2)
    console = console or Console()
    environment = settings.load()
    from carveout.contract import load

    names = [full_name(environment, name) for name in operations]
    for name in names:
        load(name)  # what is no operation is said before anything is made
    store = open_its_store(environment, create=True)
    checked = {} if blank or len(names) == 1 else read_together(names, environment)
    results, failed = [], []
    for name in names:
        try:
            with _Progress(None if as_json else console) as progress:
                result = cut_one(
                    name, store, environment, blank=blank, build_it=build, out=out,
                    progress=progress, checked=checked.get(name.partition(":")[0]),
                )  # fmt: skip
        except CarveError as error:
            if len(names) == 1 or not error.code.startswith(OWN):
                raise
            failed.append((name, error))
            if not as_json:
                console.print(
                    f"{name}: not cut\n{error.render()}\n",
                    markup=False, highlight=False, soft_wrap=True,
                )  # fmt: skip
        else:
            results.append(result)
    if as_json:
        errors = [d.to_json() | {"operation": n} for n, e in failed for d in e.diagnostics]
        write_json({"carvings": results} | ({"errors": errors} if errors else {}))
    elif failed:
        console.print(f"{len(results)} cut, {len(failed)} not", highlight=False)
    return 1 if failed else 0


def read_together(names: list[str], environment: Settings) -> dict[str, Checked]:
    """The operations' modules in one run of mypy; what can't be read is left out, to be said by
    the operation itself."""
    from carveout import cut

    if cut.missing():
        return {}
    from carveout.cut.frontend import Checked, check_many
    from carveout.cut.frontend.check import find_source

    path, files = sources(environment.root), {}
    for module in dict.fromkeys(name.partition(":")[0] for name in names):
        with suppress(CarveError):
            files[module] = find_source(module, path)
    found = check_many(files, path, environment.home / "mypy")
    return {module: one for module, one in found.items() if isinstance(one, Checked)}


class _Progress:
    """What `cut` says while it works: lines that stay, and cargo's, which pass by on a terminal."""

    def __init__(self, console: Console | None) -> None:
        self._console = console
        self._status = (
            console.status("") if console is not None and console.is_terminal else nullcontext()
        )
        self._shared = False

    def __enter__(self) -> _Progress:
        self._status.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.__exit__(None, None, None)

    def say(self, text: str) -> None:
        if self._console is not None:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def cargo(self, line: str) -> None:
        """One of cargo's own lines ("Compiling serde v1.0.229")."""
        if isinstance(self._status, Status):
            self._status.update(f"cargo: {escape(line.partition(' (')[0])}")
        elif line.startswith("Compiling") and "carving-" not in line and not self._shared:
            # Piped, fifty of these would bury what matters.
            self._shared = True
            self.say("  cargo: compiling what all carvings share; the first time only")


def cut_one(
    name: str,
    store: Store,
    environment: Settings,
    *,
    blank: bool,
    build_it: bool,
    out: Path | None,
    progress: _Progress,
    checked: Checked | None = None,
) -> dict[str, Any]:
    """Draft, write, build and register one operation. `checked`: what mypy found already."""
    started = time.monotonic()
    from carveout.contract import contract_of, load
    from carveout.contract.hashes import reference_hash
    from carveout.serve.candidates import operation_row
    from carveout.store import ArtifactRow

    say = progress.say
    operation = load(name)
    contract = getattr(operation, "contract", None) or contract_of(operation)
    reference = reference_hash(operation)
    crate = out or crate_of(environment.root, name)
    say(f"{name}: {'a blank carving' if blank else 'drafting'} in {shown(crate)}")
    draft = _draft(name, contract, reference, store, environment, blank=blank, checked=checked)
    from carveout.cut.write import write

    written = write(draft.files, crate)
    for note in getattr(draft, "notes", ()):
        say(f"  note: {note}")
    for kept in written.kept:
        new = "; the draft is another now, see .new beside it" if kept in written.offered else ""
        say(f"  kept as you edited it: {shown(crate / kept)}{new}")
    store.put_operation(operation_row(operation))
    result: dict[str, Any] = {"operation": name, "crate": str(crate), "artifact": None}
    if not build_it:
        return result | {"seconds": round(time.monotonic() - started, 2)}
    from carveout.build import Artifact, build

    def built() -> Artifact:
        return build(
            crate,
            environment.home / "artifacts",
            target_dir=environment.home / "target",
            progress=progress.cargo,
        )

    try:
        artifact = built()
    except CarveError as error:
        if error.code != "build-failed" or blank or draft.plain or written.kept:
            raise
        # What rustc does not take as it is written, it takes with every object counted.
        draft = _draft(
            name, contract, reference, store, environment, blank=blank, plain=True, checked=checked
        )
        write(draft.files, crate)
        say("  note: drafted again with every object counted; rustc did not take the first draft")
        artifact = built()
    store.put_artifact(
        ArtifactRow(
            hash=artifact.hash,
            op=name,
            contract_hash=contract.hash,
            reference_hash=reference,
            path=str(artifact.path),
            built_at=time.time(),
            info_json=json.dumps(artifact.info | {"crate": str(crate.resolve())}),
        )
    )
    store.note(name, "info", f"cut: built {artifact.hash[:12]}")
    seconds = round(time.monotonic() - started, 2)
    say(f"{name}: built {artifact.hash[:12]} in {seconds:.1f} s; next: carve prove {name}")
    return result | {
        "artifact": artifact.hash,
        "path": str(artifact.path),
        "seconds": seconds,
    }


def _draft(
    name: str,
    contract: Any,
    reference: str,
    store: Store,
    environment: Settings,
    *,
    blank: bool,
    plain: bool = False,
    checked: Checked | None = None,
) -> Any:
    from carveout import cut

    if blank:
        cases = [(row.args, row.outcome) for row in store.recordings(name, "all", 200)]
        return cut.blank(
            contract.to_json(),
            cases,
            crates_dir=environment.crates_dir,
            reference_hash=reference,
        )
    return cut.draft(
        name,
        search_path=sources(environment.root),
        contract_json=contract.to_json(),
        cache_dir=environment.home / "mypy",
        crates_dir=environment.crates_dir,
        reference_hash=reference,
        plain=plain,
        checked=checked,
    )


def sources(root: Path) -> list[Path]:
    """Where the project's own modules are: its root and what else is on the path, but neither
    the standard library nor installed packages, which mypy finds by itself."""
    own = [root, Path.cwd()]
    for entry in map(Path, filter(None, sys.path)):
        installed = {"site-packages", "dist-packages"} & set(entry.parts)
        if entry.is_dir() and not installed and not entry.is_relative_to(sys.base_prefix):
            own.append(entry)
    return list(dict.fromkeys(path.resolve() for path in own))


def register(app: typer.Typer) -> None:
    """Add `carve cut` to the command line."""

    @app.command("cut", help="Draft an operation in Rust and build it.", epilog=EXAMPLE)
    def command(
        operations: Annotated[list[str], typer.Argument(help="package.module:function")],
        blank: bool = typer.Option(False, "--blank", help="An empty function, to write by hand."),
        build: bool = typer.Option(True, "--build/--no-build", help="Build it with cargo."),
        out: Annotated[Path | None, typer.Option("--out", help="Folder of the crate.")] = None,
        as_json: bool = typer.Option(False, "--json", help="Print JSON and nothing else."),
    ) -> int:
        return run(operations, blank=blank, build=build, out=out, as_json=as_json)
