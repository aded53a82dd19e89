"""`carve gateway check|run|state|hash-key`: the front door from carve.toml.

carve gateway check
carve gateway run carve.toml
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carveout import settings
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError

EXAMPLE = """Examples:

  carve gateway check && carve gateway run

  carve gateway check --json

The file is carve.toml of this project unless another is named; docs/gateway.md has its keys.
"""

File = Annotated[Path | None, typer.Argument(help="carve.toml, or the same as .json.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def _file(given: Path | None) -> Path:
    return given or settings.project_root(Path.cwd()) / "carve.toml"


def register(app: typer.Typer) -> None:
    gateway = typer.Typer(
        name="gateway",
        help="The front door: check its configuration, run it, ask it.",
        no_args_is_help=True,
        epilog=EXAMPLE,
    )

    @gateway.command("check")
    def check_command(file: File = None, as_json: Json = False) -> None:
        """Check the configuration: every mistake with file, line, key and hint."""
        from carveout.gateway.checking import check, demand_valid

        path = _file(file)
        if as_json:
            found = check(path)
            write_json({"errors": [diagnostic.to_json() for diagnostic in found]})
            raise typer.Exit(1 if found else 0)
        demand_valid(path)
        typer.echo(f"{path}: valid")

    @gateway.command("run")
    def run_command(file: File = None) -> None:
        """Serve. SIGHUP or a changed file reloads, SIGTERM drains and ends."""
        from carveout.gateway.launch import run

        sys.stdout.flush()
        run(_file(file))

    @gateway.command("state")
    def state_command(
        socket: Annotated[Path, typer.Argument(help="The running gateway's admin socket.")],
    ) -> None:
        """What a running gateway does: routes, arms, endpoints (JSON)."""
        from carveout.gateway.admin import Admin

        write_json(Admin(socket).state())

    @gateway.command("move")
    def move_command(
        route: Annotated[str, typer.Argument(help="The route's name.")],
        to: Annotated[str, typer.Option("--to", help="The upstream to move to.")],
        socket: Annotated[Path, typer.Option("--socket", help="The gateway's admin socket.")],
        without_comparison: Annotated[
            bool,
            typer.Option("--without-comparison", help="Errors and times decide, not sameness."),
        ] = False,
        time_scale: Annotated[
            float, typer.Option("--time-scale", help="Multiplies the least time of each step.")
        ] = 1.0,
    ) -> None:
        """Move a split route's traffic to an upstream, step by step, under the guards."""
        from carveout.gateway.admin import Admin
        from carveout.gateway.mover import Mover
        from carveout.move.stages import Policy

        policy = Policy(time_scale=time_scale)
        if without_comparison:
            policy = Policy(
                time_scale=time_scale, exposure=1e9, shadow_calls=0, unknown_share=float("inf")
            )
        mover = Mover(Admin(socket), route, to, policy=policy)
        last = ""
        for decision in mover.run():
            line = f"{decision.action}: {decision.reason}"
            if line != last:
                typer.echo(line)
            last = line
        typer.echo(f"{route}: {mover.stage}")
        raise typer.Exit(3 if mover.stage.name == "rolled-back" else 0)

    @gateway.command("hash-key")
    def hash_command() -> None:
        """Read an API key from standard input and print it as the configuration keeps it."""
        import hashlib

        key = sys.stdin.readline().strip()
        if not key:
            raise CarveError(
                "usage", "no key on standard input", hint="echo KEY | carve gateway hash-key"
            )
        typer.echo("sha256:" + hashlib.sha256(key.encode()).hexdigest())

    app.add_typer(gateway)
