"""CPU shares by sampling: py-spy, from outside the process, at 100 samples a second.

py-spy reads the stack of the thread that holds the interpreter's lock, without stopping the
program: threads that wait, or wait for their turn, are not on the CPU. Its "raw"
output is collapsed stacks, one per line: `frame;frame;…;leaf count`, with frames written as
`function (file.py:line)`.

Invariant: only the process given (and its children) is looked at, and sampling ends by itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from carveout.diagnostics import CarveError

RATE_HZ = 100
FRAME = re.compile(r"^(?P<name>.+?) \((?P<file>.+?)(?::(?P<line>\d+))?\)$")
# Our own agent and dispatch are not the user's code, wherever they are installed.
OURSELVES = str(Path(__file__).resolve().parents[1]) + os.sep


@dataclass(frozen=True, slots=True)
class Frame:
    name: str
    file: str

    @property
    def is_library(self) -> bool:
        """Standard library, an installed package or the interpreter itself: not the user's code."""
        file = self.file
        return (
            file.startswith(("<", OURSELVES))
            or "site-packages" in file
            or "dist-packages" in file
            or "/lib/python3" in file
            or os.sep + "bin" + os.sep in file
            or not file.endswith(".py")
        )

    @property
    def library(self) -> str:
        """The package or module a library frame belongs to."""
        parts = Path(self.file).parts
        for marker in ("site-packages", "dist-packages"):
            if marker in parts:
                rest = parts[parts.index(marker) + 1 :]
                return rest[0].removesuffix(".py") if rest else marker
        for index, part in enumerate(parts):
            if part.startswith("python3.") and index + 1 < len(parts):
                return parts[index + 1].removesuffix(".py")
        return parts[0].removesuffix(".py") if parts else "?"


@dataclass(slots=True)
class Profile:
    """Samples by stack. `functions` maps (function, file) to inclusive samples of user code;
    `stacks` keeps the user's functions of each stack, outermost first, with its samples."""

    total: int = 0
    functions: Counter[tuple[str, str]] = field(default_factory=Counter)
    libraries: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    stacks: list[tuple[tuple[tuple[str, str], ...], int]] = field(default_factory=list)
    cpu_per_s: float | None = None
    """CPU seconds that the watched processes spent a second, from the kernel."""

    def outside(self, operations: set[tuple[str, str]]) -> Counter[tuple[str, str]]:
        """Inclusive samples of user functions in stacks that are in none of `operations`."""
        found: Counter[tuple[str, str]] = Counter()
        for keys, count in self.stacks:
            if not operations.intersection(keys):
                for key in set(keys):
                    found[key] += count
        return found

    def share(self, key: tuple[str, str]) -> float:
        return self.functions[key] / self.total if self.total else 0.0

    def library_of(self, key: tuple[str, str]) -> tuple[str, float] | None:
        """The library that takes most of a function's time, and its part of it."""
        held = self.libraries.get(key)
        if not held or not self.functions[key]:
            return None
        name, count = held.most_common(1)[0]
        return name, count / self.functions[key]


def parse(lines: Iterable[str]) -> Profile:
    """A profile from collapsed stacks; lines that are none are ignored."""
    profile = Profile()
    for line in lines:
        stack, _, count_text = line.strip().rpartition(" ")
        if not stack or not count_text.isdigit():
            continue
        count = int(count_text)
        frames = [
            Frame(found["name"], found["file"])
            for part in stack.split(";")
            if (found := FRAME.match(part)) is not None
        ]
        if not frames:
            continue
        profile.total += count
        own = [(i, f) for i, f in enumerate(frames) if not f.is_library]
        # Inclusive time of each user function, once a stack however often it recurs.
        for key in {(f.name, f.file) for _, f in own}:
            profile.functions[key] += count
        if own:
            profile.stacks.append((tuple((f.name, f.file) for _, f in own), count))
            last = own[-1][0]
            # Generated methods of the user's own classes (dataclasses) are no library.
            deeper = [f for f in frames[last + 1 :] if not f.file.startswith("<")]
            if deeper:
                # The library the user's innermost frame called is whose time this is.
                for key in {(f.name, f.file) for _, f in own}:
                    profile.libraries.setdefault(key, Counter())[deeper[0].library] += count
    return profile


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time so far, user and system, of these processes and their descendants that are alive."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            pid = int(path.parent.name)
            parents[pid] = int(fields[1])
            spent[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError):
            continue  # ended meanwhile
    watched = set(pids)
    total = 0.0
    for pid, seconds in spent.items():
        above, seen = pid, set[int]()
        while above in parents and above not in watched and above not in seen:
            seen.add(above)
            above = parents[above]
        if above in watched:
            total += seconds
    return total


def find_py_spy() -> str:
    """Path of py-spy. Raises CarveError py-spy-missing."""
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.is_file() else shutil.which("py-spy")
    if found is None:
        raise CarveError(
            "py-spy-missing",
            "the sampling profiler py-spy was not found",
            hint="pip install 'carveout[find]'; without it: carve find on the running app",
        )
    return found


class Sampler:
    """Samples one process and its children until `finish` or for `seconds`."""

    def __init__(self, pid: int, seconds: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="carve-find-")
        self._out = Path(self._folder.name) / "stacks.txt"
        self._process = subprocess.Popen(
            [
                find_py_spy(), "record", "--pid", str(pid), "--format", "raw",
                "--full-filenames",
                "--gil", "--nonblocking",
                "--subprocesses", "--rate", str(RATE_HZ), "--duration", str(max(1, round(seconds))),
                "--output", str(self._out),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )  # fmt: skip

    def finish(self, timeout_s: float = 20.0) -> Profile:
        """Wait for the samples. Raises CarveError cannot-sample."""
        try:
            _, said = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self._process.send_signal(2)
            try:
                _, said = self._process.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                _, said = self._process.communicate()
        try:
            text = self._out.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        finally:
            self._folder.cleanup()
        if not text and self._process.returncode != 0:
            raise CarveError(
                "cannot-sample",
                "py-spy could not read the process",
                cause=(said or "").strip().splitlines()[-1] if (said or "").strip() else None,
                hint="reading another process needs the same user and ptrace permission "
                "(kernel.yama.ptrace_scope, or CAP_SYS_PTRACE in a container)",
            )
        return parse(text.splitlines())

    def stop(self) -> None:
        """End early; the samples so far are kept."""
        if self._process.poll() is None:
            self._process.send_signal(2)
