"""Random programs on both sides: drafted and built together, called alike, compared.

    found = Fuzz(folder, home).run(range(300))
    found.tally["same"], found.differences

A call is judged three ways: outcome bytes of the carving against the reference's, with the
arguments as they are afterwards; the inline call on live objects, with the same comparison; and on
both sides which of the objects that come out are the same one. Programs run in processes of their
own, with a bound on time and memory, since a wrong carving may do anything.
"""

from __future__ import annotations

import importlib
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

from fuzz_programs import Program, arguments, make

from carveout.contract import compare
from carveout.contract.compare import compare_args
from carveout.prove import isolate
from carveout.prove.judge import VERDICTS, Judge, NotRunnable, Uncrossable
from carveout.trial import DECLINED, FAILED, Trial, importable, trial

CALLS = 30


@dataclass
class Difference:
    """A program and a call of it that came out otherwise than in Python."""

    seed: int
    source: str
    call: str
    said: str

    def __str__(self) -> str:
        return f"seed {self.seed}: run({self.call})\n  {self.said}\n{self.source}"


@dataclass
class Found:
    """What came of some programs."""

    tally: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    clean: int = 0
    drafted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unwritten: list[Difference] = field(default_factory=list)
    """Drafts that rustc does not take: refused, as is right, but ours to mend."""


class Fuzz:
    """Programs as the modules of one package."""

    def __init__(self, folder: Path, home: Path, crates_dir: Path) -> None:
        self.folder, self.home, self.crates_dir = folder, home, crates_dir
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, seeds: Iterable[int], calls: int = CALLS) -> Found:
        """Make the programs of these seeds and judge them."""
        return self.judge([make(seed) for seed in seeds], calls)

    def judge(self, programs: Sequence[Program], calls: int = CALLS) -> Found:
        """Draft, build and call programs."""
        found = Found()
        trials = self.trials(programs)
        for program, one in zip(programs, trials, strict=True):
            if one.refusals:
                found.tally["refused"] += 1
                found.refused[one.refusals[0].code] += 1
                found.reasons[one.refusals[0].message[:90]] += 1
                if one.refusals[0].code == "refusal-not-written":
                    cause = one.refusals[0].cause or one.refusals[0].message
                    found.unwritten.append(
                        Difference(program.seed, program.source, "", f"rustc: {cause}")
                    )
                continue
            found.drafted += 1
            if one.plain:
                found.tally["drafted again"] += 1
                found.reasons["PLAIN " + one.plain[:300]] += 1
            before = len(found.differences)
            self.one(program, one, calls, found)
            found.clean += len(found.differences) == before
        return found

    def trials(self, programs: Sequence[Program]) -> list[Trial]:
        """The programs' functions, drafted and built; their modules are new ones each time."""
        stem = f"fuzzed_{abs(hash(tuple(p.source for p in programs))) % 10**8}"
        package = self.folder / stem
        shutil.rmtree(package, ignore_errors=True)
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        names = []
        for index, program in enumerate(programs):
            (package / f"m{index}.py").write_text(program.source)
            names.append(f"{stem}.m{index}:run")
        importlib.invalidate_caches()
        made = trial(
            names, search_path=[self.folder], home=self.home, crates_dir=self.crates_dir,
            per_crate=60,
        )  # fmt: skip
        shutil.rmtree(package, ignore_errors=True)
        return [made[name] for name in names]

    def one(self, program: Program, one: Trial, calls: int, found: Found) -> None:
        """Call one program in a child."""

        def work(board: isolate.Board, send: isolate.Send) -> None:
            for said in judged(program, one, calls, board):
                send(said)

        fate, messages = isolate.run(isolate.Board(), work)
        last = ""
        for kind, *rest in messages:
            if kind == "call":
                (last,) = rest
            elif kind == "verdict":
                found.tally[rest[0]] += 1
                found.outcomes[rest[1]] += 1
                if rest[0] == "declined":
                    found.reasons["DECLINE " + rest[2][:90]] += 1
            elif kind == "different":
                found.tally["different"] += 1
                found.differences.append(Difference(program.seed, program.source, last, rest[0]))
                break
        if fate != "done":
            found.tally[fate] += 1
            found.differences.append(Difference(program.seed, program.source, last, fate))


def judged(program: Program, one: Trial, calls: int, board: isolate.Board) -> Iterable[list[str]]:
    """Every call's arguments, then what came of it."""
    assert one.function is not None
    module = sys.modules[one.function.__module__]
    rng = random.Random(program.seed)
    contract, codec = one.contract, one.codec
    assert contract is not None
    judge = Judge(
        lambda args: one.function(*args),  # type: ignore[misc]
        one.call_wire,
        codec,
        lambda a, b: compare(contract, a, b),
        lambda a, b: compare_args(contract, a, b),
    )
    judge.enter = board.enter
    for number in range(calls):
        args = arguments(module, program.params, rng)
        yield ["call", repr(args)[1:-1]]
        wire = codec.encode_args(args)
        board.begin(wire, 0)
        verdict, finding = judge(wire)
        if finding is not None:
            got = codec.decode_outcome(finding.got) if finding.got else ""
            yield ["different", f"{finding.message} (carving: {got!r:.300})"]
            return
        why = (
            ""
            if VERDICTS[verdict] != "declined"
            else str(codec.decode_outcome(one.call_wire(wire))[1])
        )
        # Only a reference whose answer was compared has shown that it ends.
        ends = VERDICTS[verdict] == "same"
        kind = outcome_of(judge, wire) if ends and number < 3 else ""
        yield ["verdict", VERDICTS[verdict], kind, why]
        if VERDICTS[verdict] in ("unknown", "noisy"):
            continue
        if said := inline_difference(program, one, module, args, wire, board):
            yield ["different", said]
            return


def outcome_of(judge: Judge, wire: bytes) -> str:
    try:
        return ("value", "fault")[judge.reference_outcome(wire)[1] == 1]
    except (NotRunnable, Uncrossable) as error:
        return type(error).__name__


def inline_difference(
    program: Program,
    one: Trial,
    module: Any,
    args: tuple[Any, ...],
    wire: bytes,
    board: isolate.Board,
) -> str | None:
    """How an inline call on live objects differs from the reference, or None."""
    del program, module
    contract, codec = one.contract, one.codec
    assert contract is not None
    ours, theirs = copy_of(args), copy_of(args)
    board.enter(2)
    got, ours_out = outcome(one, one.call, ours)
    board.enter(0)
    if ours_out is DECLINED:
        after = codec.encode_args(ours)
        if codec.encode_args(copy_of(args)) != after:
            found = compare_args(contract, codec.encode_args(args), after)
            return f"inline: a call that declines changed its arguments: {found}" if found else None
        return None
    if ours_out is FAILED:
        return f"inline: panicked: {one.last_reason()}"
    # Only now: what a carving declines may go on for ever in Python.
    board.enter(1)
    expected, theirs_out = outcome(one, one.function, theirs)
    board.enter(0)
    if expected != got and (found := compare(contract, expected, got)) is not None:
        return f"inline: {found.message}"
    try:
        before, after = codec.encode_args(theirs), codec.encode_args(ours)
    except ValueError:
        return None
    if before != after and (changed := compare_args(contract, after, before)) is not None:
        return f"inline: {changed.message}"
    one_shape, other_shape = shape((theirs, theirs_out)), shape((ours, ours_out))
    if one_shape != other_shape and not isinstance(theirs_out, BaseException):
        return f"inline: other objects are shared: {one_shape} in Python, {other_shape} here"
    return None


def outcome(one: Trial, call: Any, args: tuple[Any, ...]) -> tuple[bytes, Any]:
    """Outcome bytes and the object itself, a result or what was raised."""
    try:
        value = call(*args)
    except Exception as error:
        try:
            return one.codec.encode_fault(error), error
        except ValueError:
            return b"", error
    if value is DECLINED or value is FAILED:
        return b"", value
    try:
        return one.codec.encode_value(value), value
    except ValueError:
        return b"", DECLINED


def copy_of(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same arguments as new objects, which share what these share."""
    import copy

    return copy.deepcopy(args)


def shape(value: Any) -> list[int]:
    """Which mutable objects are one and the same, by the order in which they are met."""
    seen: dict[int, int] = {}
    order: list[int] = []

    def walk(item: Any) -> None:
        if isinstance(item, (list, dict, set)) or (
            is_dataclass(item) and not type(item).__dataclass_params__.frozen  # type: ignore[attr-defined]
        ):
            known = id(item) in seen
            order.append(seen.setdefault(id(item), len(seen)))
            if known:
                return
        if isinstance(item, dict):
            for key in item:
                walk(item[key])
        elif isinstance(item, (list, tuple)):
            for inner in item:
                walk(inner)
        elif is_dataclass(item):
            for name in type(item).__dataclass_fields__:
                walk(getattr(item, name))

    walk(value)
    return order


__all__ = ["Difference", "Found", "Fuzz", "importable"]
