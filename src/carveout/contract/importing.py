"""Importing a user's module for a command: what goes wrong there is the user's, and located.

module = import_module("shop.prices")
# CarveError: operation-not-found (no such module from here), module-broken (it raises)
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import sysconfig
import traceback
from pathlib import Path
from types import ModuleType, TracebackType

from carveout.diagnostics import CarveError, Span


def import_module(name: str) -> ModuleType:
    """The module called `name`.

    Raises:
        CarveError: "operation-not-found" if there is no such module; "module-broken", at its line,
            if it can't be imported for another reason. A CarveError raised by its own declarations
            ("type-cannot-cross") is passed on.
    """
    try:
        # A module that prints while it is imported must not end up in a command's output.
        with contextlib.redirect_stdout(sys.stderr):
            return importlib.import_module(name)
    except CarveError:
        raise
    except ModuleNotFoundError as problem:
        if problem.name is None or not (name + ".").startswith(problem.name + "."):
            raise _broken(name, problem) from problem
        raise CarveError(
            "operation-not-found",
            f"cannot import {name}",
            cause=f"{problem} (looked from {Path.cwd()})",
            hint="run carve in the folder from which your service imports it, or set PYTHONPATH",
        ) from problem
    except (Exception, SystemExit) as problem:
        raise _broken(name, problem) from problem


def _broken(name: str, problem: BaseException) -> CarveError:
    ended = isinstance(problem, SystemExit)
    return CarveError(
        "module-broken",
        f"importing {name} {'ends the program' if ended else 'fails'}",
        span=_place(problem),
        cause=f"{type(problem).__name__}: {problem}",
        hint="put what a script does under `if __name__ == '__main__':`"
        if ended
        else f'it has to be importable: python -c "import {name}" shows the same',
    )


def _place(problem: BaseException) -> Span | None:
    """Where it went wrong in the user's own code, else where it went wrong at all."""
    if isinstance(problem, SyntaxError) and problem.filename:
        return Span(problem.filename, problem.lineno or 1, problem.offset or 1)
    frames = traceback.extract_tb(_after_importlib(problem.__traceback__))
    own = [frame for frame in frames if not _is_installed(frame.filename)]
    for frame in reversed(own or frames):
        return Span(frame.filename, frame.lineno or 1, (frame.colno or 0) + 1)
    return None


def _after_importlib(trace: TracebackType | None) -> TracebackType | None:
    """Without this file's own frame, which comes first."""
    return trace.tb_next if trace is not None else None


def _is_installed(file: str) -> bool:
    if file.startswith("<"):
        return True
    path = Path(file)
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    return path.is_relative_to(sysconfig.get_paths()["stdlib"])


__all__ = ["import_module"]
