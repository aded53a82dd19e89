"""`carve back OP [REASON]`: all traffic to the reference again, at once.

Works in every stage, also when the carving's files are gone: it writes one row that every process
reads within a second. It does not latch: the same carving may be moved again.
"""

from __future__ import annotations

import typer

from carveout.cli.move import resolve
from carveout.cli.project import open_project
from carveout.cli.streams import write_json
from carveout.move import controller

EXAMPLE = """Example:

  carve back shop.prices:quote "support saw odd totals"
"""


def run(operation: str, reason: str | None = None, *, as_json: bool = False) -> int:
    """Carry out `carve back`; returns its exit code. Raises CarveError."""
    _, store = open_project()
    name = resolve(store, operation)
    before = controller.standing(store, name).stage
    row = controller.go_back(store, name, reason or "asked for")
    if as_json:
        write_json({"operation": name, "from": str(before), "stage": row.stage, "epoch": row.epoch})
    else:
        print(f"{name}: {before} → reference; every running process follows within a second")
    return 0


def register(app: typer.Typer) -> None:
    """Add `carve back` to the command line."""

    @app.command("back", help="Send all traffic back to the reference.", epilog=EXAMPLE)
    def command(
        operation: str = typer.Argument(..., help="package.module:function"),
        reason: str = typer.Argument(None, help="why; it is kept with the stage"),
        as_json: bool = typer.Option(False, "--json", help="Print JSON and nothing else."),
    ) -> int:
        return run(operation, reason, as_json=as_json)
