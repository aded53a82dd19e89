"""The process that reads and drafts for a survey: a plan on standard input, answers line by line.

{"modules": {"shop": "/app/shop.py"}, "functions": [["shop", 0, "quote", 3, 1]], …}
→ {"mypy": 1.2}   {"begin": ["shop", 0]}   {"done": ["shop", 0], "refusals": [], "seconds": 0.01}
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from carveout.cut.attempts import Attempt, attempt
from carveout.diagnostics import Diagnostic, Span

MEMORY = 6 << 30
# mypy goes down a tree by recursion; within the gap that the kernel leaves below a stack.
STACK = 100 << 20


class TooLong(BaseException):
    """Raised by the timer in a function. Not an Exception: nobody swallows it."""


def main() -> None:
    """Carry out the plan."""
    plan = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    # Whatever else prints must not end up among the answers.
    os.dup2(2, 1)
    _bound(resource.RLIMIT_AS, MEMORY)
    _bound(resource.RLIMIT_STACK, STACK)

    def say(said: dict[str, Any]) -> None:
        out.write(json.dumps(said).encode() + b"\n")

    from carveout.cut.frontend import check_many

    started = time.monotonic()
    cache = plan["cache_dir"]
    checked = check_many(
        {name: Path(path) for name, path in plan["modules"].items()},
        [Path(folder) for folder in plan["search_path"]],
        Path(cache) if cache else None,
    )
    say({"mypy": time.monotonic() - started})
    signal.signal(signal.SIGALRM, _too_long)
    for module, number, qualname, line, column in plan["functions"]:
        say({"begin": [module, number]})
        started = time.monotonic()
        place = Span(plan["modules"][module], line, column)
        made = _one(f"{module}:{qualname}", checked[module], plan["function_s"], place)
        refusals = [_json(one, place) for one in made.refusals]
        seconds = time.monotonic() - started
        say({"done": [module, number], "refusals": refusals, "seconds": seconds})


def _one(name: str, checked: Any, limit_s: float, place: Span) -> Attempt:
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        return attempt(name, checked, crates_dir="crates", formatted=False)
    except TooLong:
        said = f"the compiler took longer than {limit_s:g} s on this function"
    except MemoryError:
        said = "the compiler needs more memory for this function than it may have"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return Attempt(name, None, (Diagnostic("function-unfinished", said, place),))


def _too_long(_signum: int, _frame: Any) -> None:
    raise TooLong


def _bound(which: int, size: int) -> None:
    _, hard = resource.getrlimit(which)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (size if hard < 0 else min(size, hard), hard))


def _json(one: Diagnostic, place: Span) -> dict[str, Any]:
    span = one.span or place
    return {
        "code": one.code,
        "message": one.message,
        "span": [span.file, span.line, span.column, span.end_column],
        "cause": one.cause,
        "hint": one.hint,
    }


if __name__ == "__main__":
    main()
