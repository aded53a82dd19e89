"""CPU shares by sampling: py-spy, from outside the process, at 100 samples a second.

py-spy reads the stack of the thread that holds the interpreter's lock, without stopping the
program: threads that wait, or wait for their turn, are not on the CPU. Its "raw" output is
collapsed stacks, one per line: `process 7:"python app.py";frame;frame;…;leaf count`, with frames
written as `function (file.py:line)`.

What it can't see so is native code that lets go of the lock. `Sampler(pid, seconds, native=True)`
sees it, and who holds whose library, but stops the program for a moment at each sample: for
programs that were started to be measured, after everything else was.

Invariants: only the process given (and its children) is looked at, and sampling ends by itself;
time spent importing is start-up and counts for nothing.
"""

from __future__ import annotations

import itertools
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

Key = tuple[str, str]
"""A function of the user's: its name and file."""

RATE_HZ = 100
NATIVE_RATE_HZ = 50
FRAME = re.compile(r"^(?P<name>.+?) \((?P<file>.+?)(?::(?P<line>\d+))?\)$")
PROCESS = re.compile(r"^process (?P<pid>\d+):")
# A sample in which this much of the time was importing is of a program that lives in its imports.
ALL_IMPORTING = 0.9
# A function is no row of its own if one that it calls takes this much of its time.
PASSED_ON = 0.9
NO_LIBRARY = {"libc", "libpthread", "libm", "ld-linux-x86-64", "libgcc_s"}
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
        return parts[-1].removesuffix(".py") if parts else "?"

    @property
    def native(self) -> str | None:
        """The native library of a frame in machine code; None for Python's and for libc, where
        everybody's copying and waiting is."""
        name = Path(self.file).name
        if not re.search(r"\.(so|c|cc|cpp|cxx|h|hpp|rs|pyx)\b", name):
            return None
        name = re.split(r"\.", name)[0]
        return None if name in NO_LIBRARY else name.removeprefix("lib") or name


@dataclass(slots=True)
class Profile:
    """Samples by stack. `functions` maps (function, file) to inclusive samples of user code;
    `stacks` keeps the user's functions of each stack, outermost first, with its samples."""

    total: int = 0
    functions: Counter[Key] = field(default_factory=Counter)
    libraries: dict[Key, Counter[str]] = field(default_factory=dict)
    stacks: list[tuple[tuple[Key, ...], int]] = field(default_factory=list)
    by_process: Counter[int] = field(default_factory=Counter)
    importing: int = 0
    """Samples taken while modules were imported; not in `total`."""
    natives: dict[Key, Counter[str]] = field(default_factory=dict)
    """Of a native profile: samples that ended in a native library, by that library."""
    window_s: float = 0.0
    cpu_per_s: float | None = None
    """CPU seconds that the watched processes spent a second, from the kernel."""

    def add(self, other: Profile) -> None:
        """Another process's samples beside these."""
        self.total += other.total
        self.importing += other.importing
        self.functions += other.functions
        self.stacks += other.stacks
        self.by_process += other.by_process
        for mine, theirs in (
            (self.libraries, other.libraries),
            (self.natives, other.natives),
        ):
            for key, counts in theirs.items():
                mine[key] = mine.get(key, Counter()) + counts

    @property
    def interpreter_busy(self) -> float | None:
        """How much of the time the busiest process's interpreter was held, 0 to 1."""
        if not self.window_s or not self.by_process:
            return None
        return min(1.0, max(self.by_process.values()) / (RATE_HZ * self.window_s))

    @property
    def held_part(self) -> float | None:
        """Time that the interpreter was held, which the samples see, over CPU time spent. Below 1,
        machine code ran without it; above, it was held without a core to run on, or in waiting
        that does not let go of it. None if not known."""
        if not self.window_s or not self.cpu_per_s:
            return None
        return (self.total + self.importing) / RATE_HZ / (self.cpu_per_s * self.window_s)

    @property
    def starved(self) -> bool:
        """Whether the machine was too busy for samples to say who used the CPU."""
        return (self.held_part or 0.0) > 1.25

    def outside(self, operations: set[Key]) -> Counter[Key]:
        """Inclusive samples of user functions in stacks that are in none of `operations`; without
        those that pass nearly all of it on to one other."""
        found: Counter[Key] = Counter()
        called: dict[Key, Counter[Key]] = {}
        for keys, count in self.stacks:
            if operations.intersection(keys):
                continue
            for key in set(keys):
                found[key] += count
            for caller, callee in set(itertools.pairwise(keys)):
                if caller != callee:
                    called.setdefault(caller, Counter())[callee] += count
        for caller, callees in called.items():
            if max(callees.values()) >= PASSED_ON * found[caller]:
                del found[caller]
        return found

    def share(self, key: Key) -> float:
        return self.functions[key] / self.total if self.total else 0.0

    def own_part(self, key: Key, operations: set[Key]) -> tuple[float, Key | None]:
        """Of the time in an operation, the part that is not in another one it calls, and the one
        that takes most of the rest."""
        inner: Counter[Key] = Counter()
        whole = own = 0
        for keys, count in self.stacks:
            if key not in keys:
                continue
            whole += count
            last = next(k for k in reversed(keys) if k in operations or k == key)
            if last == key:
                own += count
            else:
                inner[last] += count
        most = inner.most_common(1)
        return (own / whole if whole else 1.0), (most[0][0] if most else None)

    def library_of(self, key: Key) -> tuple[str, float] | None:
        """The library that takes most of a function's time, and its part of it."""
        return _most(self.libraries.get(key), self.functions[key])

    def native_of(self, key: Key) -> tuple[str, float] | None:
        """The native library that most of a function's time ends in, and its part of it."""
        return _most(self.natives.get(key), self.functions[key])


def _most(held: Counter[str] | None, whole: int) -> tuple[str, float] | None:
    if not held or not whole:
        return None
    name, count = held.most_common(1)[0]
    return name, count / whole


def parse(lines: Iterable[str]) -> Profile:
    """A profile from collapsed stacks; lines that are none are ignored."""
    profile, importing = Profile(), Profile()
    for line in lines:
        stack, _, count_text = line.strip().rpartition(" ")
        if not stack or not count_text.isdigit():
            continue
        pid, frames = 0, []
        for part in stack.split(";"):
            if process := PROCESS.match(part):
                pid = int(process["pid"])  # the last is the process's own, before it its parents
            elif found := FRAME.match(part):
                frames.append(Frame(found["name"], found["file"]))
        if frames:
            starting = any(f.file.startswith("<frozen importlib") for f in frames)
            _count(importing if starting else profile, pid, frames, int(count_text))
    if importing.total >= ALL_IMPORTING * (importing.total + profile.total):
        profile.add(importing)
    else:
        profile.importing = importing.total
    return profile


def _count(profile: Profile, pid: int, frames: list[Frame], count: int) -> None:
    profile.total += count
    profile.by_process[pid] += count
    own = [(i, f) for i, f in enumerate(frames) if not f.is_library]
    keys = {(f.name, f.file) for _, f in own}
    # Inclusive time of each user function, once a stack however often it recurs.
    for key in keys:
        profile.functions[key] += count
    if not own:
        return
    profile.stacks.append((tuple((f.name, f.file) for _, f in own), count))
    # Generated methods of the user's own classes (dataclasses) are no library, nor are we.
    deeper = [f for f in frames[own[-1][0] + 1 :] if not f.file.startswith(("<", OURSELVES))]
    # The library the user's innermost frame called is whose time this is.
    library = next((f.library for f in deeper if f.file.endswith(".py")), None)
    native = next((f.native for f in deeper if f.native), None)
    for key in keys:
        if library is not None:
            profile.libraries.setdefault(key, Counter())[library] += count
        if native is not None:
            profile.natives.setdefault(key, Counter())[native] += count


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

    def __init__(self, pid: int, seconds: float, *, native: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="carve-find-")
        self._out = Path(self._folder.name) / "stacks.txt"
        how = ["--native"] if native else ["--gil", "--nonblocking"]
        rate = NATIVE_RATE_HZ if native else RATE_HZ
        self._process = subprocess.Popen(
            [
                find_py_spy(), "record", "--pid", str(pid), "--format", "raw",
                "--full-filenames", *how,
                "--subprocesses", "--rate", str(rate), "--duration", str(max(1, round(seconds))),
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
