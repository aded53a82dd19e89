"""One module's functions, called on both sides: its doctests, then calls made up for each.

    python -m bench.corpora.calls plan.json out.jsonl

Runs as a child: it imports other people's modules and loads machine code. Each drafted function is
put in its own place in the package, so that examples and other functions call both sides: the
reference gets the caller's objects, the carving a copy, and result or exception, arguments
afterwards and which objects are one are compared.

Invariants: what the caller gets is the reference's; a call that takes the reference longer than
SLOW_S is not given to the carving; every line written stands on its own, so that a child that was
ended has lost nothing else.
"""

from __future__ import annotations

import contextlib
import copy
import doctest
import functools
import importlib
import inspect
import io
import json
import os
import resource
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.corpora.same import difference
from carveout.trial import DECLINED, FAILED, Trial, trial

CALLS_AT_MOST = 1500
"""Calls of one function that are compared in examples."""
SLOW_S = 0.3
DRAWN, QUICK = 60, 240
GENERATING_S = 4.0
MEMORY = 2500 << 20


UNTOLD = (RecursionError, MemoryError, SystemExit, KeyboardInterrupt)
"""These say nothing about the function."""


class TooSlow(BaseException):
    """The timer struck in the reference."""


class Compared:
    """A function in its place: it answers as the reference does, and compares on the way."""

    def __init__(self, one: Trial, write: Callable[[dict[str, Any]], None]) -> None:
        assert one.function is not None
        self.one, self.reference, self.write = one, one.function, write
        self.calls = self.same = self.declined = self.different = self.skipped = 0
        self.inside = False
        self.source = "example"
        self.limit_s = 0.0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.inside or self.calls >= CALLS_AT_MOST:
            return self.reference(*args, **kwargs)
        try:
            given = copy.deepcopy((args, kwargs))
            kept = copy.deepcopy((args, kwargs))
        except Exception:
            self.skipped += 1
            return self.reference(*args, **kwargs)
        self.calls += 1
        self.inside = True
        started = time.perf_counter()
        try:
            with limited(self.limit_s) if self.limit_s else contextlib.nullcontext():
                value, error = self.reference(*args, **kwargs), None
        except TooSlow:
            self.skipped += 1
            raise
        except BaseException as raised:
            value, error = None, raised
        finally:
            self.inside = False
        took = time.perf_counter() - started
        if (
            isinstance(error, RecursionError | MemoryError | SystemExit | KeyboardInterrupt)
            or took > SLOW_S
            or isinstance(value, types.GeneratorType)
        ):
            self.skipped += 1
        else:
            self.inside = True
            try:
                self._compare(args, kwargs, value, error, given, kept)
            finally:
                self.inside = False
        if error is not None:
            raise error
        return value

    def _compare(
        self, args: Any, kwargs: Any, value: Any, error: BaseException | None, given: Any, kept: Any
    ) -> None:
        self.write({"kind": "calling", "name": self.one.name, "args": _shown(kept)})
        try:
            got, fault = self.one(*given[0], **given[1]), None
        except BaseException as raised:
            got, fault = None, raised
        if got is DECLINED:
            self.declined += 1
            return
        if got is FAILED:
            found: str | None = f"the carving failed: {self.one.last_reason()}"
        else:
            found = _faults(error, fault)
            if found is None:
                found = difference((args, kwargs, value), (given[0], given[1], got))
        if found is None:
            self.same += 1
            return
        if self._noisy(kept, value, error):
            self.skipped += 1
            return
        self.different += 1
        if self.different <= 3:
            self.write(
                {
                    "kind": "different",
                    "name": self.one.name,
                    "source": self.source,
                    "args": _shown(kept),
                    "found": found,
                }
            )

    def _noisy(self, kept: Any, value: Any, error: BaseException | None) -> bool:
        """Whether the reference disagrees with itself."""
        again = copy.deepcopy(kept)
        try:
            second, fault = self.reference(*again[0], **again[1]), None
        except Exception as raised:
            second, fault = None, raised
        return _faults(error, fault) is not None or difference(value, second) is not None

    def counts(self) -> dict[str, Any]:
        return {
            "kind": "counts",
            "name": self.one.name,
            "source": self.source,
            **{k: getattr(self, k) for k in ("calls", "same", "declined", "different", "skipped")},
        }

    def start_over(self, source: str, limit_s: float = 0.0) -> None:
        """Count anew; a reference that takes longer than the limit raises TooSlow."""
        self.source, self.limit_s = source, limit_s
        self.calls = self.same = self.declined = self.different = self.skipped = 0


def _faults(a: BaseException | None, b: BaseException | None) -> str | None:
    if a is None and b is None:
        return None
    if a is None or b is None or type(a) is not type(b):
        return f"exception: {a!r} against {b!r}"
    if str(a) != str(b) or difference(a.args, b.args) is not None:
        return f"exception: {a!r} against {b!r}"
    fields = {k: v for k, v in vars(a).items() if not k.startswith("__")}
    others = {k: v for k, v in vars(b).items() if not k.startswith("__")}
    return difference(fields, others)


def _shown(value: Any) -> str:
    try:
        return repr(value)[:600]
    except Exception:
        return "<no repr>"


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """TooSlow in Python code that takes longer."""

    def strike(*_: Any) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, strike)
    # Again and again: one that strikes in a callback of the collector is lost.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def in_place(compared: dict[str, Compared], package: str) -> Callable[[], None]:
    """Every name in the package's modules that leads to one of the functions leads to both sides.

    Returns what puts the functions back.
    """
    by_function = {id(one.reference): one for one in compared.values()}
    undo: list[tuple[types.ModuleType, str, Any]] = []
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != package or not isinstance(module, types.ModuleType):
            continue
        for attribute, value in list(vars(module).items()):
            one = by_function.get(id(value)) or by_function.get(
                id(getattr(value, "__wrapped__", None))
            )
            if one is None:
                continue
            undo.append((module, attribute, value))

            def both(*args: Any, _one: Compared = one, **kwargs: Any) -> Any:
                return _one(*args, **kwargs)

            functools.update_wrapper(both, one.reference)
            setattr(module, attribute, both)

    def put_back() -> None:
        for module, attribute, value in undo:
            setattr(module, attribute, value)

    return put_back


def run_examples(module: types.ModuleType, texts: list[Path]) -> tuple[int, int]:
    """The doctests of a module and of files of text: tried and failed."""
    finder, runner = (
        doctest.DocTestFinder(exclude_empty=True),
        doctest.DocTestRunner(
            verbose=False, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        ),
    )
    tests = finder.find(module, module.__name__)
    parser = doctest.DocTestParser()
    for text in texts:
        with contextlib.suppress(ValueError, UnicodeDecodeError):
            body, names = text.read_text(encoding="utf-8"), {"__name__": "__main__"}
            tests.append(parser.get_doctest(body, names, text.name, str(text), 0))
    for test in tests:
        with contextlib.suppress(Exception):
            runner.run(test, out=lambda line: None, clear_globs=False)
    return runner.tries, runner.failures


def run_generated(one: Compared) -> str | None:
    """Calls made up from the types; why there are none."""
    from carveout.prove.boundary import encode
    from carveout.prove.quick import QuickCalls
    from carveout.prove.strategies import arguments, draw

    assert one.one.contract is not None
    contract, codec = one.one.contract.to_json(), one.one.codec
    kinds = inspect.signature(one.reference).parameters.values()
    named = [p.name for p in kinds if p.kind is p.KEYWORD_ONLY]
    until = time.monotonic() + GENERATING_S
    try:
        trees = draw(arguments(contract), DRAWN, 7)
        make = QuickCalls(contract, seed=7, drawn=trees)
    except NotImplementedError as error:
        return str(error)

    def made() -> Iterator[bytes]:
        yield from map(encode, trees)
        for _ in range(QUICK):
            yield make()

    for data in made():
        if time.monotonic() > until:
            break
        try:
            args = codec.decode_args(data)
        except Exception:
            continue
        with contextlib.suppress(TooSlow, Exception, SystemExit, KeyboardInterrupt):
            split = len(args) - len(named)
            one(*args[:split], **dict(zip(named, args[split:], strict=True)))
    return None


def run_module(
    name: str,
    compared: dict[str, Compared],
    texts: list[Path],
    write: Callable[[dict[str, Any]], None],
) -> None:
    """A module's examples with all functions in their places, then calls made up for its own."""
    module = importlib.import_module(name)
    packages = {one.partition(".")[0].partition(":")[0] for one in compared}
    put_back = [in_place(compared, package) for package in packages]
    try:
        tried, failed = run_examples(module, texts)
    finally:
        for back in put_back:
            back()
    write({"kind": "examples", "module": name, "tried": tried, "failed": failed})
    for one in compared.values():
        if one.calls or one.skipped:
            write(one.counts())
    for one in compared.values():
        if one.one.name.partition(":")[0] == name:
            one.start_over("made up", SLOW_S)
            why = run_generated(one)
            write(one.counts() | ({"why": why} if why else {}))


def apart(work: Callable[[], None], seconds: float) -> str | None:
    """Do it in a forked child; what ended the child early, or None."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(0, 1)
            sys.stdout = io.StringIO()
            work()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return None if status == 0 else f"ended by {os.waitstatus_to_exitcode(status)}"
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return f"ended after {seconds:.0f} s"


def main(plan_file: str, out_file: str) -> int:
    plan = json.loads(Path(plan_file).read_text())
    with open(out_file, "a", buffering=1, encoding="utf-8") as out:

        def write(line: dict[str, Any]) -> None:
            out.write(json.dumps(line) + "\n")

        path = [Path(folder) for folder in plan["path"]]
        started = time.monotonic()
        trials = trial(
            plan["names"],
            search_path=path,
            home=Path(plan["home"]),
            crates_dir=Path(plan["crates"]),
        )
        write({"kind": "built", "seconds": round(time.monotonic() - started, 1)})
        for name, one in trials.items():
            refusals = [
                {"code": r.code, "message": r.message, "line": r.span.line if r.span else 0}
                for r in one.refusals
            ]
            write({"kind": "tried", "name": name, "refusals": refusals, "plain": one.plain})
        sys.path[:0] = plan["path"]
        compared = {n: Compared(one, write) for n, one in trials.items() if not one.refusals}
        own = {n.partition(":")[0] for n in compared}
        for module, texts in plan["modules"].items():
            if module not in own and not texts:
                continue
            files, seconds = [Path(text) for text in texts], plan["seconds"]

            def work(module: str = module, files: list[Path] = files) -> None:
                run_module(module, compared, files, write)

            if ended := apart(work, seconds):
                write({"kind": "broken", "module": module, "why": ended})
        write({"kind": "end"})
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
