"""`carve run [--stage full|shadow|reference] -- COMMAND`: a command with the carvings in force.

    carve run -- pytest tests
    carve run --stage shadow -- python nightly.py

The stage goes to the command and its children through the environment (CARVEOUT_STAGE,
CARVEOUT_HOME, CARVEOUT_RUN_ID); each process counts its calls in `<home>/runs/<id>/<pid>.json`,
which is summed up here when the command has ended.

Invariants: standard input and output are the command's own; its exit code is passed on, but for
3 when the command succeeded and a carving differed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from carveout import settings
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError

EXAMPLE = """Examples:

  carve run -- pytest tests

  carve run --stage shadow -- python -m shop.nightly

Exit codes: the command's own; 3 if it succeeded but a carving differed; 128 + N if signal N did.
"""

STAGES = ("full", "shadow", "reference")
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
KEEP_RUNS = 20
COUNTED = ("calls", "carved", "declined", "different", "failed", "same")


def run(
    command: Sequence[str], *, stage: str = "full", as_json: bool = False, quiet: bool = False
) -> int:
    """Carry out `carve run`; returns its exit code. Raises CarveError.

    With `quiet`, the command's output goes to standard error and no summary is printed.
    """
    if stage not in STAGES:
        raise CarveError(
            "usage", f"no stage {stage!r} for a run", hint=", ".join(STAGES), exit_code=2
        )
    if not command:
        raise CarveError(
            "usage", "no command to run", hint="carve run -- pytest tests", exit_code=2
        )
    home = settings.load().home
    run_id = f"{time.strftime('%Y%m%dT%H%M%S')}-{uuid.uuid4().hex[:6]}"
    folder = home / "runs" / run_id
    environment = os.environ | {
        "CARVEOUT_STAGE": stage,
        "CARVEOUT_HOME": str(home.resolve()),
        "CARVEOUT_RUN_ID": run_id,
    }
    environment.pop("CARVEOUT", None)
    code = _run(list(command), environment, redirect=as_json or quiet)
    totals = collect(folder)
    tidy(home / "runs", keep=run_id)
    different = sum(counts["different"] for counts in totals.values())
    if code == 0 and different:
        code = 3
    if as_json:
        text = {"run": run_id, "stage": stage, "exit_code": code, "operations": totals}
        write_json(text)
    elif not quiet:
        for line in summary(totals, stage):
            print(line, file=sys.stderr)
    return code


def _run(command: list[str], environment: dict[str, str], *, redirect: bool) -> int:
    """Run it to its end, passing signals on; its exit code as a shell has it."""
    previous: dict[int, Any] = {}
    try:
        # With --json our own standard output is kept for JSON alone.
        child = subprocess.Popen(
            command, env=environment, stdout=sys.stderr.fileno() if redirect else None
        )
    except OSError as error:
        raise CarveError(
            "command-not-run",
            f"cannot run {command[0]}",
            cause=error.strerror or str(error),
            hint="what follows -- is a program and its arguments",
            exit_code=127 if isinstance(error, FileNotFoundError) else 126,
        ) from None

    def forward(number: int, _frame: FrameType | None) -> None:
        # A terminal's Ctrl-C has reached the whole foreground group, the child included.
        if number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty():
            return
        if child.poll() is None:
            child.send_signal(number)

    try:
        for wanted in FORWARDED:
            previous[wanted] = signal.signal(wanted, forward)
    except ValueError:  # not the main thread: the caller minds the signals
        pass
    try:
        status = child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def collect(folder: Path) -> dict[str, dict[str, int]]:
    """Counters of all processes of a run, by operation."""
    totals: dict[str, dict[str, int]] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        try:
            counted = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # a process killed while it wrote
        for name, counts in counted.items():
            mine = totals.setdefault(name, dict.fromkeys(COUNTED, 0))
            for key, value in counts.items():
                if isinstance(value, int) and not isinstance(value, bool):
                    mine[key] = mine.get(key, 0) + value
    return totals


def summary(totals: dict[str, dict[str, int]], stage: str) -> list[str]:
    """What a run says at its end."""
    if not totals:
        return [f"carve run ({stage}): no operation was called"]
    lines = []
    for name, counts in sorted(totals.items()):
        parts = [f"{counts['carved']:,} carved"]
        if stage == "shadow":
            parts = [f"{counts['same'] + counts['different']:,} compared"]
        elif counts["same"] or counts["different"]:
            parts.append(f"{counts['same'] + counts['different']:,} of them compared")
        parts += [f"{counts[key]:,} {key}" for key in ("declined", "different", "failed")]
        if stage != "shadow":
            parts.append(f"{counts['calls'] - counts['carved']:,} answered by the reference")
        lines.append(f"carve run ({stage}): {name}: {', '.join(parts)}")
    return lines


def tidy(runs: Path, *, keep: str) -> None:
    """Forget all but the last runs."""
    try:
        finished = sorted(p for p in runs.iterdir() if p.is_dir() and p.name != keep)
    except OSError:
        return
    for path in finished[:-KEEP_RUNS]:
        shutil.rmtree(path, ignore_errors=True)


def register(app: typer.Typer) -> None:
    """Add `carve run` to the command line."""

    @app.command(
        "run",
        help="Run a command with the project's carvings in force.",
        epilog=EXAMPLE,
        context_settings={"allow_interspersed_args": False, "ignore_unknown_options": False},
    )
    def command(
        command: Annotated[list[str], typer.Argument(help="the command, after --")],
        stage: str = typer.Option("full", "--stage", help="full, shadow or reference."),
        as_json: bool = typer.Option(
            False, "--json", help="Print the summary as JSON; the command's output to stderr."
        ),
    ) -> int:
        return run(command, stage=stage, as_json=as_json)
