"""Standard streams as they are met in the wild: closed, full, piped into `head`, not UTF-8.

    with Streams(json_only=True):
        write_json({"operations": []})

With `json_only`, whatever else is printed in between (a user's module at its import, a reference
that is replayed, a compiler) goes to standard error: standard output is one JSON document.

Invariants: a character the stream can't encode becomes "?", never an exception; a stream that is
closed is /dev/null; the descriptors are as they were when the block has ended.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import sys
from types import TracebackType
from typing import Any

from carveout.diagnostics import CarveError

PIPE_CLOSED = 141
"""What a shell shows for a program that SIGPIPE ended: the reader (head, less) went away."""

_kept: io.TextIOBase | None = None


def write_json(document: Any) -> None:
    """Print one JSON document on the real standard output."""
    stream = _kept if _kept is not None else sys.stdout
    json.dump(document, stream, indent=2)
    stream.write("\n")
    stream.flush()


class Streams:
    """Prepares the streams on entry, flushes and restores them on exit.

    Leaving it raises CarveError "output-unwritable" if what was printed could not be written.
    """

    def __init__(self, *, json_only: bool = False) -> None:
        self._json_only = json_only
        self._saved_fd: int | None = None

    def __enter__(self) -> Streams:
        for name, fd in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
            if getattr(sys, name) is None:
                self._replace(name, fd)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        if self._json_only and _fd_of(sys.stdout) == 1:
            self._divert()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        problem: OSError | None = None
        for stream in (_kept, sys.stdout, sys.stderr):
            try:
                if stream is not None:
                    stream.flush()
            except OSError as failed:
                problem = problem or failed
                _silence(stream)
            except ValueError:  # closed by somebody else
                pass
        self._restore()
        if problem is not None and kind is None:
            raise problem

    @staticmethod
    def _replace(name: str, fd: int) -> None:
        """A closed stream: make its descriptor /dev/null, so that no file we open takes it."""
        with contextlib.suppress(OSError):
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != fd:
                os.dup2(opened, fd)
                os.close(opened)
        mode = "r" if name == "stdin" else "w"
        setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115

    def _divert(self) -> None:
        global _kept
        sys.stdout.flush()
        self._saved_fd = os.dup(1)
        _kept = open(self._saved_fd, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        os.dup2(2, 1)

    def _restore(self) -> None:
        global _kept
        if self._saved_fd is None:
            return
        os.dup2(self._saved_fd, 1)
        os.close(self._saved_fd)
        self._saved_fd, _kept = None, None


def output_problem(error: OSError) -> CarveError | None:
    """The diagnostic if it is standard output that can't be written, else None.

    What stands in the buffer is given up, so that the interpreter's end does not try it again.
    """
    if isinstance(error, BrokenPipeError):
        return None
    try:
        sys.stdout.flush()
    except OSError as failed:
        error = failed
    else:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF) or error.filename:
            return None
    _silence(sys.stdout)
    return CarveError(
        "output-unwritable",
        "cannot write to standard output",
        cause=error.strerror or str(error),
        hint="the command may have done its work; carve status shows what stands",
    )


def give_up() -> None:
    """The reader went away: send the rest of the output nowhere."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _silence(stream)


def _silence(stream: Any) -> None:
    fd = _fd_of(stream)
    if fd is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, fd)
    os.close(nowhere)
    with contextlib.suppress(OSError, ValueError):
        stream.flush()


def _fd_of(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return None
