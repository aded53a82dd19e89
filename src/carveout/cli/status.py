"""`carve status`: every operation's stage, carving and evidence, and what is wrong.

    carve status
    carve status --json

Answers also when there is no store or it can't be used: then it says why, and that the references
answer. What it says of a process is what that process last wrote; a process that is there but has
written nothing for a while is named as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from carveout import settings
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError, Diagnostic

if TYPE_CHECKING:
    from carveout.settings import Settings
    from carveout.store import EvidenceRow, ProcessRow, Store

EXAMPLE = """Example:

  carve status --json

Exit codes: 0 shown, 1 the store can't be used (the references answer).
"""
ALIVE_S = 5.0
LOCK_WAIT_MS = 500
"""How long a lock may be held before it is worth a word; a service's writes take milliseconds."""
NOTHING: dict[str, Any] = {"operations": [], "processes": [], "notes": [], "warnings": []}


def describe(store: Store) -> dict[str, Any]:
    """All that status shows, as JSON-ready values."""
    stages = {row.op: row for row in store.stages()}
    operations = {row.name for row in store.operations()} | set(stages)
    return {
        "problem": None,
        "warnings": [diagnostic.to_json() for diagnostic in warnings_of(store)],
        "operations": [_operation(store, name, stages.get(name)) for name in sorted(operations)],
        "processes": [_process(row) for row in store.processes(None) if _is_there(row)],
        "notes": [
            {"at": n.at, "operation": n.op, "kind": n.kind, "message": n.message}
            for n in store.notes(10)
        ],
    }


def warnings_of(store: Store) -> list[Diagnostic]:
    """What keeps the services from using a store that can be read."""
    try:
        store.check_writable()
    except CarveError as error:
        return [error.diagnostic]
    return []


def troubles_of(store: Store) -> list[str]:
    """One line for each thing that is wrong in a process that runs now."""
    processes = [_process(row) for row in store.processes(None) if _is_there(row)]
    return [f"process {p['pid']}: {line}" for p in processes for line in _about(p, amiss=True)]


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
        "replayed": _sample(row, "replayed"),
        "generated": _sample(row, "generated"),
        "at": row.at,
    }


def _sample(row: EvidenceRow, name: str) -> dict[str, Any]:
    """One sample's equal calls and the bound they give, from the report that was kept."""
    kept = _json(row.detail_json)
    found = kept.get(name) if isinstance(kept, dict) else None
    found = found if isinstance(found, dict) else {}
    return {"same": found.get("same", 0), "at_most": found.get("at_most")}


def _process(row: ProcessRow) -> dict[str, Any]:
    silent = max(0.0, time.time() - row.last_seen)
    return {
        "pid": row.pid,
        "host": row.host,
        "command": row.command,
        "started": row.started,
        "alive": silent <= ALIVE_S,
        "silent_s": round(silent, 1),
        "status": _json(row.status_json),
    }


def _is_there(row: ProcessRow) -> bool:
    """Heard of a moment ago, or silent but still running on this machine."""
    if abs(time.time() - row.last_seen) <= ALIVE_S:
        return True
    return row.host == socket.gethostname() and _started_before(row.pid, row.last_seen)


def _started_before(pid: int, at: float) -> bool:
    """Whether a process with this id runs and is as old as that: ids are given anew."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        uptime_s = float(Path("/proc/uptime").read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return False
    if fields[0] == "Z":
        return False
    age_s = uptime_s - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - age_s <= at + 1.0


def _json(text: str) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return text


def run(*, as_json: bool = False, console: Console | None = None) -> int:
    """Carry out `carve status`; returns its exit code."""
    code, shown = 0, NOTHING
    problem: Diagnostic | None = None
    try:
        found = settings.load()
        shown = _look(found)
    except CarveError as error:
        problem = error.diagnostic
        code = 0 if problem.code == "store-missing" else 1
        shown = {**NOTHING, **problem.to_json(), "problem": _sentence(problem)}
    if shown["warnings"]:
        code = 1
    if as_json:
        write_json(shown)
    else:
        _print(console or Console(), shown, problem)
    return code


def _look(found: Settings) -> dict[str, Any]:
    from carveout.store import open_store

    if not os.path.lexists(found.home):
        return {**NOTHING, "problem": f"no store yet at {found.home}", "code": "store-missing"}
    wait_ms = min(LOCK_WAIT_MS, found.busy_timeout_ms)
    with open_store(found.home, create=False, busy_timeout_ms=wait_ms) as store:
        return describe(store)


def _sentence(problem: Diagnostic) -> str:
    return problem.message + (f" ({problem.cause})" if problem.cause else "")


def _print(console: Console, shown: dict[str, Any], problem: Diagnostic | None) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    if shown["problem"]:
        say(f"{shown['problem']}: the references answer every call")
        if problem is not None and problem.span is not None:
            say(f"  at {problem.span}\n{problem.span.excerpt() or ''}".rstrip())
        hint = problem.hint if problem is not None else None
        if shown["code"] == "store-missing":
            hint = "put @operation above a typed function and run your service once"
        say(f"  hint: {hint}")
        return
    for warning in shown["warnings"]:
        say(f"{warning['message']} ({warning['cause']}): the references answer every call")
        say(f"  hint: {warning['hint']}")
    if not shown["operations"]:
        say("no operations yet: put @operation above a typed function and call it")
    elif console.is_terminal:
        # Two lines each, so that names stay whole at 80 columns.
        width = max(len(row["name"]) for row in shown["operations"])
        for row in shown["operations"]:
            name, stage, carving, proof = _cells(row)
            moved = "" if row["stage"] == "reference" else "bold green"
            if row["stage"] == "rolled-back":
                moved = "bold red"
            console.print(f"{name:{width}}  [{moved or 'none'}]{stage}[/]", highlight=False)
            if row["newest_artifact"]:
                console.print(f"  {carving}: {proof}", style="dim", markup=False, highlight=False)
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
    say(f"processes: {sum(p['alive'] for p in shown['processes'])} alive")
    for process in shown["processes"]:
        say(f"  {process['pid']} on {process['host']}: {process['command']}")
        for line in _about(process):
            say(f"    {line}")
    for note in shown["notes"]:
        about = f"{note['operation']}: " if note["operation"] else ""
        say(f"{_ago(note['at'])}: {note['kind']}: {about}{note['message']}")


def _about(process: dict[str, Any], *, amiss: bool = False) -> list[str]:
    """What is wrong in one process, and its workers (those with trouble, if `amiss`)."""
    lines = []
    if not process["alive"]:
        lines.append(
            f"has not been heard of for {process['silent_s']:.0f} s: it can't write to the store, "
            "or it hangs; its references answer meanwhile"
        )
    status = process["status"] if isinstance(process["status"], dict) else {}
    if status.get("problem"):
        lines.append(str(status["problem"]))
    operations = status.get("operations")
    for name, about in operations.items() if isinstance(operations, dict) else ():
        if about.get("tripped"):
            lines.append(f"{name}: switched off in this process: {about['tripped']}")
        if name in status:
            lines.append(f"{name}: the reference answers here: {status[name]}")
        if about.get("problem"):
            lines.append(f"{name}: {about['problem']}")
        worker = about.get("worker")
        if worker and (worker["restarts"] or not amiss):
            lines.append(f"{name}: {_worker(worker)}")
    return lines


def _worker(worker: dict[str, Any]) -> str:
    text = f"worker {worker['pid']}" if worker["pid"] else "worker not running"
    if worker["restarts"]:
        times = "once" if worker["restarts"] == 1 else f"{worker['restarts']:,} times"
        text += f", restarted {times}"
    code = worker["last_exit"]
    if code is not None:
        text += f" (last: signal {-code})" if code < 0 else f" (last: exit code {code})"
    return text + (f": {worker['problem']}" if worker["problem"] else "")


def _cells(row: dict[str, Any]) -> list[str]:
    """Name, stage, carving, and what `carve prove` found about it."""
    stage = row["stage"]
    if stage in ("canary", "full"):
        stage += f" {row['share'] * 100:g} %"
    if row["placement"] and row["stage"] in ("shadow", "canary", "full"):
        stage += f" ({row['placement']})"
    if row["artifact"]:
        carving = f"carving {row['artifact'][:12]}"
    else:
        newest = row["newest_artifact"]
        carving = f"carving {newest[:12]} (built)" if newest else "no carving"
    return [row["name"], stage, carving, _proof(row) if row["newest_artifact"] else ""]


def _proof(row: dict[str, Any]) -> str:
    """What `carve prove` found, each sample with its own bound: they are of two distributions."""
    evidence = row["evidence"]
    if evidence is None:
        return "not proven"
    if evidence["different"]:
        return f"DIFFERENT in {evidence['different']:,} calls"
    samples = []
    for name in ("generated", "replayed"):
        same, at_most = evidence[name]["same"], evidence[name]["at_most"]
        if same and at_most:
            samples.append(f"{same:,} {name} (at most 1 in {1 / at_most:,.0f})")
    if not samples:
        return f"no difference in {evidence['same']:,} calls"
    return f"no difference in {' and '.join(samples)} calls"


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
