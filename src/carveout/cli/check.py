"""`carve check`: is every carving still proven for the code as it stands? For CI.

carve check          # exit 3 when a reference, a contract or a carving changed since the proof
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from carveout.cli.project import open_project
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.store import Store

EXAMPLE = """Example (in CI):

  carve check --json

Exit codes: 0 all proven as they stand, 1 error, 3 something changed or was never proven.
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """One operation's state: ok, or what is wrong and what to do next."""

    operation: str
    ok: bool
    problem: str = ""
    hint: str = ""


def check_operation(store: Store, name: str, root: Path) -> Checked | None:
    """None if the operation has no carving."""
    from carveout.cli.cut import crate_of, edited_since
    from carveout.contract import load
    from carveout.contract.circumstances import circumstances_of
    from carveout.move.controller import says_same
    from carveout.prove import evidence

    artifacts = sorted(store.artifacts(name), key=lambda row: row.built_at)
    if not artifacts:
        return None
    stage = store.stage(name)
    in_use = stage.artifact if stage is not None else None
    artifact = next((a for a in artifacts if a.hash == in_use), artifacts[-1])
    try:
        operation: Any = load(name)
        contract_hash, about = operation.contract.hash, circumstances_of(operation)
    except CarveError as error:
        return Checked(name, False, error.diagnostic.message, error.diagnostic.hint or "")
    if artifact.contract_hash != contract_hash:
        return Checked(name, False, "its contract changed since the carving", f"carve cut {name}")
    info = json.loads(artifact.info_json)
    if edited_since(Path(info.get("crate") or crate_of(root, name)), info):
        return Checked(
            name, False, "its carving was edited since it was built", f"carve cut {name}"
        )
    row = evidence.current(store, name, artifact.hash, about)
    if row is None:
        older = sorted(store.evidence(name), key=lambda r: r.at)
        if not older:
            return Checked(name, False, "its carving was never proven", f"carve prove {name}")
        changed = ", ".join(evidence.voided_by(older[-1], artifact.hash, about))
        return Checked(name, False, f"changed since the proof: {changed}", f"carve prove {name}")
    if row.different:
        return Checked(name, False, "its carving was found to be different", f"carve cut {name}")
    if not says_same(row):
        return Checked(name, False, "its proof was left without a verdict", f"carve prove {name}")
    return Checked(name, True)


def run(*, as_json: bool = False) -> int:
    """Carry out `carve check`; returns its exit code. Raises CarveError."""
    environment, store = open_project()
    names = sorted(row.name for row in store.operations())
    checked = [c for name in names if (c := check_operation(store, name, environment.root))]
    bad = [c for c in checked if not c.ok]
    if as_json:
        text = {"ok": not bad, "operations": [asdict(c) for c in checked]}
        write_json(text)
    else:
        for c in checked:
            print(f"{c.operation}: ok" if c.ok else f"{c.operation}: {c.problem} ({c.hint})")
        if not checked:
            print("no carvings, so nothing to check")
    return 3 if bad else 0


def register(app: typer.Typer) -> None:
    """Add `carve check` to the command line."""

    @app.command("check", help="Fail if a carving is not proven as it stands.", epilog=EXAMPLE)
    def command(
        as_json: bool = typer.Option(False, "--json", help="Print JSON and nothing else."),
    ) -> int:
        return run(as_json=as_json)
