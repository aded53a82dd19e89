"""`carve`: one command line over the five verbs.

Each command lives in a file of its own (`cli/<command>.py`) with a `register(app)` that declares
its options. They are imported here one by one so that a broken optional part (say, no mypy) takes
away one command's work, never the command line.

Invariants: a user's mistake ends in a diagnostic and its exit code, never in a traceback; Ctrl-C
ends with 130 and says that nothing was lost; with `--json`, standard output is JSON and nothing
else, errors included.

Exit codes: 0 done; 1 error; 2 wrong usage; 3 a difference was found (prove, check, run);
4 not enough data to say (prove, find); 130 interrupted.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

import typer
from typer.exceptions import Abort, Exit, TyperException

from carveout.diagnostics import CarveError

COMMANDS = ("find", "cut", "prove", "move", "back", "run", "status", "doctor", "check")


def build_app() -> typer.Typer:
    """The Typer application with every command registered, in the order users meet them."""
    app = typer.Typer(
        name="carve",
        help="Write the service in Python. Carve the hot part out into Rust. Prove it is the "
        "same. Move live traffic over, and back.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Exit codes: 0 done, 1 error, 2 usage, 3 difference, 4 not enough data, "
        "130 interrupted.",
    )

    @app.callback(invoke_without_command=True)
    def top(
        ctx: typer.Context,
        version: bool = typer.Option(False, "--version", help="Show the version and exit."),
    ) -> None:
        if version:
            from importlib.metadata import version as installed

            typer.echo(f"carve {installed('carveout')}")
            raise typer.Exit(0)

    for command in COMMANDS:
        importlib.import_module(f"carveout.cli.{command}").register(app)
    return app


def report(error: CarveError, *, as_json: bool) -> int:
    """Print a diagnostic the way the caller asked for; returns the exit code."""
    if as_json:
        json.dump({"errors": [d.to_json() for d in error.diagnostics]}, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        print(error.render(), file=sys.stderr)
    return error.exit_code


def usage_error(error: TyperException, *, as_json: bool) -> int:
    """A mistake in the command line itself: say it and where the help is."""
    text = getattr(error, "format_message", lambda: str(error))()
    if not text:  # no arguments at all: the help has been printed
        return 2
    return report(
        CarveError("usage", text, hint="see carve COMMAND --help", exit_code=2), as_json=as_json
    )


def main(argv: list[str] | None = None) -> int:
    """Entry point of `carve`. Returns (and exits with) the command's exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    as_json = "--json" in own
    # The user's project is not installed; its modules are importable from where they stand.
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        result = build_app()(arguments, standalone_mode=False, prog_name="carve")
        code = result if isinstance(result, int) else 0
    except CarveError as error:
        code = report(error, as_json=as_json)
    except Exit as error:
        code = error.exit_code
    except TyperException as error:
        code = usage_error(error, as_json=as_json)
    except (KeyboardInterrupt, Abort):
        print("interrupted: nothing recorded was lost; run the command again", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        # The reader (head, less) went away; that is not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    return code
