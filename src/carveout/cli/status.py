"""`carve status`: every operation's stage, carving and evidence, and what is wrong.

    carve status
    carve status --json

Answers also when there is no store or it can't be read: then it says so, and that the references
answer.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from carveout import settings
from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.store import EvidenceRow, Store

EXAMPLE = """Example:

  carve status --json

Exit codes: 0 shown, 1 the store can't be read (the references answer).
"""
ALIVE_S = 5.0


def describe(store: Store) -> dict[str, Any]:
    """All that status shows, as JSON-ready values."""
    stages = {row.op: row for row in store.stages()}
    operations = {row.name for row in store.operations()} | set(stages)
    return {
        "problem": None,
        "operations": [_operation(store, name, stages.get(name)) for name in sorted(operations)],
        "processes": [
            {
                "pid": p.pid,
                "host": p.host,
                "command": p.command,
                "started": p.started,
                "status": _json(p.status_json),
            }
            for p in store.processes(ALIVE_S)
        ],
        "notes": [
            {"at": n.at, "operation": n.op, "kind": n.kind, "message": n.message}
            for n in store.notes(10)
        ],
    }


def _operation(store: Store, name: str, stage: Any) -> dict[str, Any]:
    artifacts = sorted(store.artifacts(name), key=lambda row: row.built_at)
    artifact = stage.artifact if stage is not None and stage.artifact else None
    newest = artifacts[-1].hash if artifacts else None
    shown = artifact or newest
    evidence = store.evidence(name, shown) if shown else []
    latched = [r for a in artifacts if (r := store.rollback(name, a.hash)) is not None]
    rollback = max(latched, key=lambda r: r.at, default=None)
    return {
        "name": name,
        "stage": stage.stage if stage is not None else "reference",
        "share": stage.share if stage is not None else 0.0,
        "placement": stage.placement if stage is not None else None,
        "artifact": artifact,
        "newest_artifact": newest,
        "by": stage.by if stage is not None else "",
        "evidence": _evidence(max(evidence, key=lambda r: r.at, default=None)),
        "rollback": None
        if rollback is None
        else {
            "artifact": rollback.artifact,
            "guard": rollback.guard,
            "reason": rollback.reason,
            "at": rollback.at,
        },
        "recorded": len(store.recordings(name)),
        "gaps": store.gaps(name),
    }


def _evidence(row: EvidenceRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "same": row.same,
        "different": row.different,
        "declined": row.declined,
        "unknown": row.unknown,
        "at_most": row.bound,
        "at": row.at,
    }


def _json(text: str) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return text


def run(*, as_json: bool = False, console: Console | None = None) -> int:
    """Carry out `carve status`; returns its exit code."""
    from carveout.store import open_store

    nothing: dict[str, Any] = {"operations": [], "processes": [], "notes": []}
    code = 0
    try:
        found = settings.load()
        if not found.home.exists():
            shown: dict[str, Any] = {"problem": f"no store yet at {found.home}", **nothing}
        else:
            with open_store(found.home, create=False) as store:
                shown = describe(store)
    except CarveError as error:
        diagnostic = error.diagnostic
        code = 0 if diagnostic.code == "store-missing" else 1
        cause = f" ({diagnostic.cause})" if diagnostic.cause else ""
        shown = {"problem": f"{diagnostic.message}{cause}", "code": diagnostic.code, **nothing}
        shown["hint"] = diagnostic.hint
    if as_json:
        json.dump(shown, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        _print(console or Console(), shown)
    return code


def _print(console: Console, shown: dict[str, Any]) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    if shown["problem"]:
        say(f"{shown['problem']}: the references answer every call")
        if shown.get("hint"):
            say(f"  hint: {shown['hint']}")
        return
    if not shown["operations"]:
        say("no operations yet: put @operation above a typed function and call it")
    elif console.is_terminal:
        table = Table("operation", "stage", "share", "carving", "placement", "evidence", box=None)
        for row in shown["operations"]:
            table.add_row(*_cells(row))
        console.print(table)
    else:
        for row in shown["operations"]:
            name, *rest = _cells(row)
            say(f"{name}: {', '.join(cell for cell in rest if cell)}")
    for row in shown["operations"]:
        if row["rollback"]:
            back = row["rollback"]
            say(
                f"{row['name']}: rolled back {_ago(back['at'])} by guard {back['guard']}: "
                f"{back['reason']} (carving {back['artifact'][:12]})"
            )
        lost = {k: v for k, v in row["gaps"].items() if v}
        if lost:
            counted = ", ".join(f"{n:,} {what}" for what, n in lost.items())
            say(f"{row['name']}: not recorded: {counted}")
    say(f"processes: {len(shown['processes'])} alive")
    for process in shown["processes"]:
        say(f"  {process['pid']} on {process['host']}: {process['command']}")
        problem = process["status"].get("problem") if isinstance(process["status"], dict) else None
        if problem:
            say(f"    {problem}")
    for note in shown["notes"]:
        about = f"{note['operation']}: " if note["operation"] else ""
        say(f"{_ago(note['at'])}: {note['kind']}: {about}{note['message']}")


def _cells(row: dict[str, Any]) -> list[str]:
    share = f"{row['share'] * 100:g} %" if row["stage"] in ("canary", "full") else ""
    if row["artifact"]:
        carving = row["artifact"][:12]
    else:
        newest = row["newest_artifact"]
        carving = f"{newest[:12]} (built)" if newest else "no carving"
    evidence = row["evidence"]
    if evidence is None:
        proof = "not proven" if row["newest_artifact"] else ""
    elif evidence["different"]:
        proof = f"DIFFERENT in {evidence['different']:,} calls"
    else:
        proof = f"no difference in {evidence['same']:,} calls"
        if evidence["at_most"]:
            proof += f", at most 1 in {1 / evidence['at_most']:,.0f}"
    return [row["name"], row["stage"], share, carving, row["placement"] or "", proof]


def _ago(at: float) -> str:
    seconds = max(0.0, time.time() - at)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def register(app: typer.Typer) -> None:
    """Add `carve status` to the command line."""

    @app.command("status", help="Show every operation's stage and evidence.", epilog=EXAMPLE)
    def command(
        as_json: bool = typer.Option(False, "--json", help="Print JSON and nothing else."),
    ) -> int:
        return run(as_json=as_json)
