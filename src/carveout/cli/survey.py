"""`carve survey PATH`: how much of this code could be carved, and what stands in the way?

    carve survey src
    carve survey src --json > survey.json

Nothing is imported, run or built. Piped, each function is a line; on a terminal there is a table of
the commonest obstacles.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

from carveout import settings
from carveout.cli.cut import sources
from carveout.cli.project import shown
from carveout.cli.streams import write_json
from carveout.cut.survey import Survey, Surveyed, survey

EXAMPLE = """Examples:

  carve survey src

  carve survey src/shop/prices.py --list

  carve survey . --json

Exit codes: 0 surveyed, whatever was found; 1 error; 2 usage.
"""
MOST = 12


def run(
    path: Path,
    *,
    list_all: bool = False,
    as_json: bool = False,
    console: Console | None = None,
) -> int:
    """Carry out `carve survey`. Raises CarveError compiler-missing, file-unreadable."""
    console = console or Console(stderr=as_json)
    environment = settings.load()
    status = console.status("") if console.is_terminal else nullcontext()
    with status as spinner:

        def progress(what: str, done: int, total: int) -> None:
            if isinstance(spinner, Status):
                of = f" {done} of {total}" if total else f" {done} files" if done else ""
                spinner.update(f"{what}{of}")

        found = survey(
            path,
            search_path=sources(environment.root),
            cache_dir=environment.home / "mypy" if environment.home.is_dir() else None,
            progress=progress,
        )
    if as_json:
        write_json(found.to_json())
        return 0
    for problem in found.files:
        place = f"{shown(Path(problem.span.file))}:{problem.span.line}: " if problem.span else ""
        _say(console, f"{place}{problem.code}: {problem.message}")
    if list_all or not console.is_terminal:
        for one in found.functions:
            for line in lines_of(one):
                _say(console, line)
    _totals(console, found)
    return 0


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def lines_of(one: Surveyed) -> list[str]:
    """A function in plain lines: one if it is draftable, else one an obstacle."""
    name = f"{one.module}:{one.qualname}"
    if one.draftable:
        return [f"{shown(Path(one.file))}:{one.line}: {name}: draftable"]
    lines = []
    for refusal in one.refusals:
        file, line = one.file, one.line
        if refusal.span is not None:
            file, line = refusal.span.file, refusal.span.line
        lines.append(f"{shown(Path(file))}:{line}: {name}: {refusal.code}: {refusal.message}")
    return lines


def _totals(console: Console, found: Survey) -> None:
    typed, obstacles = len(found.functions), found.obstacles()
    if obstacles:
        _say(console, "")
        if console.is_terminal:
            console.print(_table(obstacles))
        else:
            for code, count, alone in obstacles[:MOST]:
                _say(console, f"{code}: {count} functions, {alone} with nothing else")
        if len(obstacles) > MOST:
            _say(console, f"and {len(obstacles) - MOST} more kinds; --json has them all")
    _say(console, "")
    if typed:
        percent = 100 * found.draftable / typed
        _say(console, f"{found.draftable} of {typed} typed functions draftable ({percent:.0f} %)")
    else:
        _say(console, "no typed functions")
    rest = f"{found.read} files, {found.untyped} functions without types"
    bad = f", {len(found.files)} files unreadable" if found.files else ""
    _say(console, f"{rest}{bad}")
    _say(console, f"mypy {found.mypy_s:.1f} s, drafting {found.drafting_s:.1f} s")
    if typed > found.draftable:
        _say(console, "what each obstacle means: docs/errors/refusals.md")


def _table(obstacles: list[tuple[str, int, int]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("obstacle", overflow="fold")
    table.add_column("functions", justify="right")
    table.add_column("alone", justify="right")
    for code, count, alone in obstacles[:MOST]:
        table.add_row(code, str(count), str(alone))
    return table


def register(app: typer.Typer) -> None:
    """Add `carve survey` to the command line."""

    @app.command("survey", help="How much of this code could be carved, and what is in the way.",
                 epilog=EXAMPLE)  # fmt: skip
    def command(
        path: Annotated[Path, typer.Argument(help="A folder or a Python file.")] = Path(),
        list_all: bool = typer.Option(False, "--list", help="List every function."),
        as_json: bool = typer.Option(False, "--json", help="Print JSON and nothing else."),
    ) -> int:
        return run(path, list_all=list_all, as_json=as_json)
