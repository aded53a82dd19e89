"""`carve`: one command line over the five verbs.

Each command lives in a file of its own (`cli/<command>.py`) with a `register(app)` that declares
its options. They are imported here one by one so that a broken optional part (say, no mypy) takes
away one command's work, never the command line.

Invariants: a user's mistake ends in a diagnostic and its exit code, never in a traceback; Ctrl-C
ends with 130 (SIGTERM with 143, SIGHUP with 129) and says that nothing was lost; with `--json`,
standard output is JSON and nothing else, errors included.

Exit codes: 0 done; 1 error; 2 wrong usage; 3 a difference was found (prove, check, run);
4 not enough data to say (prove, find); 130 interrupted; 141 the output's reader went away.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback

import typer
from typer.exceptions import Abort, Exit, TyperException

from carveout.cli.signals import number_of, obey_signals
from carveout.cli.streams import PIPE_CLOSED, Streams, give_up, output_problem, write_json
from carveout.diagnostics import CarveError, Span

COMMANDS = (
    "find",
    "survey",
    "cut",
    "prove",
    "move",
    "back",
    "run",
    "status",
    "doctor",
    "check",
    "gateway",
)


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
        write_json({"errors": [d.to_json() for d in error.diagnostics]})
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


def unexpected(error: Exception) -> CarveError:
    """A defect of ours, said as such, with the place where it showed."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return CarveError(
        "internal",
        "carve met something it was not made for",
        span=Span(last.filename, last.lineno or 1) if last is not None else None,
        cause=f"{type(error).__name__}: {error}",
        hint="that is a defect of carveout: please report it, with what the same command says "
        "under CARVEOUT_TRACEBACK=on. The services are not touched by it",
    )


def interrupted(number: int) -> CarveError:
    """What Ctrl-C and SIGTERM end a command with."""
    return CarveError(
        "interrupted",
        "the command was stopped before its end",
        cause=f"{signal.Signals(number).name}",
        hint="nothing recorded was lost and no stage was changed half; run the command again",
        exit_code=128 + number,
    )


def working_folder() -> str:
    """The current folder. Raises CarveError if it was deleted under the shell."""
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        raise CarveError(
            "folder-gone",
            "the current folder does not exist any more",
            cause=str(error),
            hint="cd to the project's folder and run the command again",
        ) from error


def stand_in(folder: str) -> None:
    """The user's project is not installed; its modules are importable from where they stand."""
    if folder not in sys.path:
        sys.path.insert(0, folder)


def main(argv: list[str] | None = None) -> int:
    """Entry point of `carve`. Returns (and exits with) the command's exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    as_json = "--json" in own
    obey_signals()
    try:
        with Streams(json_only=as_json):
            return carry_out(arguments, as_json=as_json)
    except BrokenPipeError:
        give_up()
        return PIPE_CLOSED
    except OSError as error:
        return report(output_problem(error) or unexpected(error), as_json=False)


def carry_out(arguments: list[str], *, as_json: bool) -> int:
    """Run the command; every way it can end becomes an exit code."""
    try:
        stand_in(working_folder())
        # Not `app()`, which turns Ctrl-C into a silent exit code of its own.
        app = typer.main.get_command(build_app())
        with app.make_context("carve", list(arguments)) as context:
            result = app.invoke(context)
        return result if isinstance(result, int) else 0
    except CarveError as error:
        return report(error, as_json=as_json)
    except Exit as error:
        return error.exit_code
    except TyperException as error:
        return usage_error(error, as_json=as_json)
    except (KeyboardInterrupt, Abort) as error:
        return report(interrupted(number_of(error)), as_json=as_json)
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, OSError):
            unwritable = output_problem(error)
            if unwritable is not None:
                return report(unwritable, as_json=False)
        if os.environ.get("CARVEOUT_TRACEBACK", "").lower() in ("1", "on", "true"):
            traceback.print_exception(error)
        return report(unexpected(error), as_json=as_json)
