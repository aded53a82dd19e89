"""How the demo talks: headings, the commands it runs with their output, and its claims.

    show = Show(Console())
    show.step("Prove")
    ran = show.command(["carve", "prove", "pricing.book:value_book"])
    show.claim("no difference was found", ran.code == 0)
    show.verdict()            # one line; False if a claim was not true

On a terminal there is colour and a line that says what is going on; piped, plain lines.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from load import started, stop
from rich.console import Console


class Broken(Exception):
    """The demo can't go on; its message is for people."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended: its exit code, what it said, and how long it took."""

    code: int
    text: str
    seconds: float


class Show:
    """Prints, runs and keeps the score. `folder` is where the commands run."""

    def __init__(self, console: Console, folder: Path, environment: Mapping[str, str]) -> None:
        self.console = console
        self.folder = folder
        self.environment = environment
        self.claims: list[tuple[str, bool]] = []
        self._started = time.monotonic()
        self._steps = 0

    def say(self, text: str = "", style: str | None = None) -> None:
        self.console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def step(self, title: str) -> None:
        """A heading, with the time since the start."""
        self._steps += 1
        passed = time.monotonic() - self._started
        self.say()
        self.say(f"{self._steps}. {title}  [{passed:.0f} s]", style="bold")

    def claim(self, text: str, true: bool) -> None:
        """Something the demo says is so. One that is not makes the demo fail at its end."""
        self.claims.append((text, bool(true)))
        self.say(
            f"   {'✓' if true else '✗ NOT TRUE:'} {text}", style="green" if true else "bold red"
        )

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """What is going on while nothing is printed."""
        if self.console.is_terminal:
            with self.console.status(f"   {text}"):
                yield
        else:
            self.say(f"   … {text}")
            yield

    def command(
        self,
        words: Sequence[str],
        *,
        keep: Callable[[str], bool] = lambda line: True,
        timeout_s: float = 150,
    ) -> Ran:
        """Run a command as a user types it, show it and the lines of its output worth keeping."""
        self.say(f"   $ {shlex.join(words)}", style="cyan")
        found = shutil.which(words[0], path=self.environment.get("PATH")) or words[0]
        begin = time.monotonic()
        process = started(
            [found, *words[1:]], self.folder, self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        lines: list[str] = []
        left_out = 0
        killer = _Timeout(process, timeout_s)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if keep(line.rstrip("\n")):
                    if left_out:
                        self.say("     …", style="dim")
                    left_out = 0
                    self.say(f"     {line.rstrip()}", style="dim")
                else:
                    left_out += 1
            code = process.wait()
        finally:
            killer.cancel()
            stop(process, first=signal.SIGINT)
        if left_out:
            self.say("     …", style="dim")
        return Ran(code, "".join(lines), time.monotonic() - begin)

    def excerpt(self, text: str, first: str, lines: int) -> None:
        """Some lines of a file, from the one that contains `first`."""
        all_lines = text.splitlines()
        at = next((i for i, line in enumerate(all_lines) if first in line), 0)
        for line in all_lines[at : at + lines]:
            self.say(f"     {line}", style="dim")
        self.say("     …", style="dim")

    def verdict(self) -> bool:
        """The last line: were all claims true?"""
        false = [text for text, true in self.claims if not true]
        passed = time.monotonic() - self._started
        self.say()
        if false:
            self.say(
                f"demo: FAILED after {passed:.0f} s: {len(false)} of {len(self.claims)} claims "
                f"not true, first: {false[0]}",
                style="bold red",
            )
            return False
        self.say(f"demo: all {len(self.claims)} claims true, in {passed:.0f} s", style="bold green")
        return True


class _Timeout:
    """Ends a process that takes too long, so that the demo fails instead of hanging."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        def end() -> None:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)

        self._timer = threading.Timer(seconds, end)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        self._timer.cancel()
