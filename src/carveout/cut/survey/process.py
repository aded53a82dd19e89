"""The survey's work in a process of its own: mypy and the compiler may take long, or crash.

    answered = run(Work(sources, search_path, cache_dir), say, function_s=10, mypy_s=300)
    answered["shop.prices", 0]       # the refusals of its first function, none if it is draftable

The files are taken some megabytes at a time. A process that ends or stands still while mypy runs
has its files halved until the one is found; one that ends in a function costs that function.

Invariant: only processes started here are ended, and none is left behind.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carveout.cut.survey.files import Source
from carveout.diagnostics import Diagnostic, Span

CHUNK_BYTES = 3_000_000
GRACE_S = 20.0
"""How much longer than its own bound a function may take before its process is ended."""

Key = tuple[str, int]
Answers = dict[Key, tuple[Diagnostic, ...]]
Say = Callable[[str, int, int], None]


@dataclass(slots=True)
class Work:
    """What is surveyed; the seconds are filled in on the way."""

    sources: Sequence[Source]
    search_path: Sequence[Path]
    cache_dir: Path | None
    mypy_s: float = 0.0
    drafting_s: float = 0.0


def run(work: Work, say: Say, function_s: float, mypy_s: float) -> Answers:
    """Every function's refusals; whatever happens, each has its entry."""
    answers: Answers = {}
    total = sum(len(source.functions) for source in work.sources)
    waiting = [_Part(chunk) for chunk in _chunks(work.sources)]
    while waiting:
        part = waiting.pop(0)
        say("mypy", len(answers), total)
        ended = _Child(work, part, answers, say, total, function_s, mypy_s).run()
        if ended is None:
            continue
        at, why = ended
        if at is not None:
            source, line = part.place(at)
            said = f"the compiler did not come to an end on this function: {why}"
            span = Span(str(source.path), line)
            answers[at] = (Diagnostic("function-unfinished", said, span),)
            waiting.insert(0, part)
        elif len(part.sources) > 1:
            middle = len(part.sources) // 2
            waiting[:0] = [_Part(part.sources[:middle]), _Part(part.sources[middle:])]
        else:
            (source,) = part.sources
            said = f"mypy did not come to an end on this file: {why}"
            for function in source.functions:
                span = Span(str(source.path), function.line)
                answers[source.module, function.number] = (
                    Diagnostic("file-unreadable", said, span),
                )
    return answers


def _chunks(sources: Sequence[Source]) -> Iterator[list[Source]]:
    chunk: list[Source] = []
    size = 0
    for source in sources:
        if chunk and size + source.size > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(source)
        size += source.size
    if chunk:
        yield chunk


@dataclass(slots=True)
class _Part:
    sources: list[Source]

    def place(self, key: Key) -> tuple[Source, int]:
        source = next(one for one in self.sources if one.module == key[0])
        return source, source.functions[key[1]].line


class _Child:
    """One process at work on some files."""

    def __init__(
        self,
        work: Work,
        part: _Part,
        answers: Answers,
        say: Say,
        total: int,
        function_s: float,
        mypy_s: float,
    ) -> None:
        self._work, self._part, self._answers = work, part, answers
        self._say, self._total = say, total
        self._function_s, self._mypy_s = function_s, mypy_s
        self._at: Key | None = None
        self._drafting = False

    def run(self) -> tuple[Key | None, str] | None:
        """None when all is answered, else the function it ended in (None: in mypy), and why."""
        plan = {
            "modules": {one.module: str(one.path) for one in self._part.sources},
            "functions": [
                [one.module, f.number, f.qualname, f.line, f.column]
                for one in self._part.sources
                for f in one.functions
                if (one.module, f.number) not in self._answers
            ],
            "search_path": [str(folder) for folder in self._work.search_path],
            "cache_dir": str(self._work.cache_dir.resolve()) if self._work.cache_dir else None,
            "function_s": self._function_s,
        }
        if not plan["functions"]:
            return None
        process = subprocess.Popen(
            [sys.executable, "-m", "carveout.cut.survey.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            # A folder with a `typing.py` in it would be in Python's way, and in mypy's.
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        )
        started = time.monotonic()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(json.dumps(plan).encode())
                process.stdin.close()
            except BrokenPipeError:
                return None, "its process ended at once"
            why = self._listen(process, started)
        finally:
            _end(process)
        if why is None and self._drafting and self._at is None:
            return None
        if why is None:
            code = process.returncode
            why = f"it ended with {signal.Signals(-code).name if code < 0 else code}"
        return self._at, why

    def _listen(self, process: subprocess.Popen[bytes], started: float) -> str | None:
        """Take in what it says to its end; why it had to be ended, or None."""
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            buffer = b""
            while True:
                limit = self._function_s + GRACE_S if self._drafting else self._mypy_s
                if not selector.select(limit):
                    return f"it took longer than {limit:.0f} s"
                data = os.read(process.stdout.fileno(), 1 << 16)
                if not data:
                    return None
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    self._take(json.loads(line), started)

    def _take(self, said: dict[str, Any], started: float) -> None:
        match said:
            case {"mypy": seconds}:
                self._drafting = True
                self._work.mypy_s += seconds
            case {"begin": [module, number]}:
                self._at = module, number
            case {"done": [module, number], "refusals": refusals, "seconds": seconds}:
                self._at = None
                self._work.drafting_s += seconds
                self._answers[module, number] = tuple(map(_diagnostic, refusals))
                if len(self._answers) % 20 == 0:
                    self._say("drafting", len(self._answers), self._total)


def _diagnostic(said: dict[str, Any]) -> Diagnostic:
    place = said["span"]
    return Diagnostic(
        said["code"],
        said["message"],
        Span(*place) if place is not None else None,
        said["cause"],
        said["hint"],
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is not None:
        process.stdout.close()
    if process.poll() is None:
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
