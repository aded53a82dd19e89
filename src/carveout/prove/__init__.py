"""Is the carving the same? Replays recorded calls and makes up others, through both.

    report = prove_operation(operation, candidate_wire, recordings, seconds=30)
    report.verdict                 # "same", "different", "noisy", "declined", "unknown"
    report.sentences()             # "no difference in 46,050 calls: at most 1 in 10,000 at 99 %"

engine.py runs it, judge.py gives the verdict on one call, quick.py, strategies.py and mutate.py
make the calls, isolate.py keeps crashes and hangs away, shrink.py and keep.py turn a difference
into a small test, evidence.py keeps the result. docs/prove.md says what the verdicts mean.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from carveout.diagnostics import CarveError
from carveout.prove import bound
from carveout.prove.engine import Progress, Recording, prove
from carveout.prove.judge import Finding
from carveout.prove.report import Report, Tally


def reference_of(operation: Any) -> Callable[[tuple[Any, ...]], Any]:
    """The operation's own Python function, called with the arguments in the contract's order."""
    function = getattr(operation, "__wrapped__", operation)
    kinds = [param.kind for param in operation.contract.params]
    names = [param.name for param in operation.contract.params]
    positional = sum(kind != "keyword-only" for kind in kinds)
    if positional == len(names):

        def call(args: tuple[Any, ...]) -> Any:
            return function(*args)

    else:

        def call(args: tuple[Any, ...]) -> Any:
            keywords = dict(zip(names[positional:], args[positional:], strict=True))
            return function(*args[:positional], **keywords)

    if not inspect.iscoroutinefunction(function):
        return call
    return lambda args: asyncio.run(call(args))


def rules_of(operation: Any) -> Any:
    """The comparison rules declared on the operation, or the strict ones."""
    from carveout.contract.compare import rules_of as annotated

    declared = getattr(operation, "compare", None)
    return declared if declared is not None else annotated(operation)


def check_call(operation: Any, candidate_wire: Callable[[bytes], bytes], args: bytes) -> str | None:
    """How a carving differs from its reference on one call, in words; None if it does not, or
    declines. The carving runs in a process of its own."""
    from carveout.contract.compare import compare, compare_args
    from carveout.prove import isolate
    from carveout.prove.judge import DIFFERENT, Judge

    contract, rules = operation.contract, rules_of(operation)
    judge = Judge(
        reference_of(operation),
        candidate_wire,
        operation.codec,
        lambda a, b: compare(contract, a, b, rules),
        None if operation.immutable else lambda a, b: compare_args(contract, a, b),
    )

    def work(board: isolate.Board, send: isolate.Send) -> None:
        judge.enter = board.enter
        board.begin(args, 0)
        verdict, finding = judge(args)
        if verdict == DIFFERENT and finding is not None:
            send(f"{finding.message} {finding.path}".strip())

    board = isolate.Board()
    ended, said = isolate.run(board, work)
    if said:
        return str(said[0])
    if ended != "done" and board.slots[isolate.STATE] == isolate.IN_CANDIDATE:
        return f"the carving {'does not answer' if ended == 'stuck' else ended}"
    return None


def prove_operation(
    operation: Any,
    candidate_wire: Callable[[bytes], bytes],
    recordings: Sequence[Recording] = (),
    *,
    calls: int = bound.DEFAULT_CALLS,
    seconds: float = 60.0,
    alpha: float = bound.ALPHA,
    rules: Any = None,
    seed: int = 0,
    children: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """`prove` with everything taken from an `@operation`.

    Raises CarveError "prover-missing" on a plain install.
    """
    if importlib.util.find_spec("hypothesis") is None:
        raise CarveError(
            "prover-missing",
            "what makes up calls is not installed",
            cause="carve prove generates calls with hypothesis, which is not here",
            hint="pip install 'carveout[prove]'",
        )
    from carveout.contract.compare import compare, compare_args

    contract = operation.contract
    chosen = rules if rules is not None else rules_of(operation)
    return prove(
        operation.name,
        contract.to_json(),
        reference_of(operation),
        candidate_wire,
        operation.codec,
        recordings,
        compare=lambda a, b: compare(contract, a, b, chosen),
        changed=None if operation.immutable else lambda a, b: compare_args(contract, a, b),
        calls=calls,
        seconds=seconds,
        alpha=alpha,
        seed=seed,
        children=children,
        progress=progress,
    )


__all__ = [
    "Finding",
    "Progress",
    "Recording",
    "Report",
    "Tally",
    "bound",
    "check_call",
    "prove",
    "prove_operation",
    "reference_of",
    "rules_of",
]
