"""Many functions on trial: drafted and built together once, judged on generated calls.

    batch = Batch(["corpus.numbers:shifts", …], [folder])
    batch["corpus.numbers:shifts"].verdict(args)      # judged against CPython

`carveout.trial` builds them, with rustc's warnings denied, and keeps what is built by its content,
so that a second worker or run takes what there is. Refused names are in `batch.refused`.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carveout._native import Codec
from carveout.contract import Contract
from carveout.contract.compare import compare
from carveout.prove.boundary import encode
from carveout.prove.judge import DIFFERENT, VERDICTS, Finding, Judge
from carveout.prove.quick import QuickCalls
from carveout.prove.strategies import arguments, draw
from carveout.trial import Trial, trial

REPO = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARVEOUT_TEST_TARGET", REPO / "target" / "cut-tests"))
HERE = Path(__file__).resolve().parent
# Every file of tests/cut/corpus, but for `arguments`, which has tests of its own, and `helpers`,
# which the others import from.
CORPUS = tuple(
    path.stem
    for path in sorted((HERE / "corpus").glob("*.py"))
    if path.stem not in {"__init__", "arguments", "helpers"}
)


@dataclass
class Tally:
    """Verdicts on the calls of one operation, and the first differences."""

    verdicts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def judged(self) -> int:
        return self.verdicts["same"] + self.verdicts["different"] + self.verdicts["declined"]

    @property
    def declined(self) -> float:
        return self.verdicts["declined"] / self.judged if self.judged else 1.0


@dataclass
class Subject:
    """One drafted operation beside its reference."""

    trial: Trial

    @property
    def name(self) -> str:
        return self.trial.name

    @property
    def function(self) -> Callable[..., Any]:
        assert self.trial.function is not None
        return self.trial.function

    @property
    def contract(self) -> Contract:
        assert self.trial.contract is not None
        return self.trial.contract

    @property
    def codec(self) -> Codec:
        return self.trial.codec

    def candidate(self, args: bytes) -> bytes:
        return self.trial.call_wire(args)

    @functools.cached_property
    def judge(self) -> Judge:
        return Judge(
            lambda args: self.function(*args),
            self.candidate,
            self.codec,
            lambda a, b: compare(self.contract, a, b),
        )

    def call(self, *args: Any) -> tuple[str, Any]:
        """The carving's outcome for Python values."""
        return self.codec.decode_outcome(self.candidate(self.codec.encode_args(args)))

    def verdict(self, *args: Any) -> str:
        """How the two compare on one call; "different" says how in its place."""
        found, finding = self.judge(self.codec.encode_args(args))
        return VERDICTS[found] if finding is None else f"different: {finding.message}"

    def run(self, drawn: int, quick: int, seed: int = 7) -> Tally:
        """Generated calls: Hypothesis's, then quick ones from the same pools."""
        contract = self.contract.to_json()
        tally = Tally()
        trees = draw(arguments(contract), drawn, seed)
        for tree in trees:
            self._one(encode(tree), tally)
        make = QuickCalls(contract, seed=seed, drawn=trees)
        for _ in range(quick):
            self._one(make(), tally)
        return tally

    def _one(self, data: bytes, tally: Tally) -> None:
        try:
            data = self.codec.encode_args(self.codec.decode_args(data))
        except Exception:
            return
        found, finding = self.judge(data)
        tally.verdicts[VERDICTS[found]] += 1
        if found == DIFFERENT and finding is not None:
            tally.findings.append(finding)
        else:
            tally.outcomes[self.codec.decode_outcome(self.candidate(data))[0]] += 1

    def explain(self, finding: Finding) -> str:
        """A difference in words."""
        args = self.codec.decode_args(finding.args)
        return (
            f"{self.name}{args!r}\n  {finding.message}\n"
            f"  reference: {self.codec.decode_outcome(finding.expected)!r}\n"
            f"  carving:   {self.codec.decode_outcome(finding.got)!r}"
        )


def function_named(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    found = found.fget if isinstance(found, property) else found
    made: Callable[..., Any] = getattr(found, "__wrapped__", found)
    return made


def public_functions(module: str) -> list[str]:
    """The functions a module defines, by name, but for its helpers (`_…`); and its `METHODS`."""
    loaded = importlib.import_module(module)
    return [
        f"{module}:{name}"
        for name, value in vars(loaded).items()
        if callable(value)
        and getattr(value, "__module__", None) == module
        and not isinstance(value, type)
        and not name.startswith("_")
    ] + [f"{module}:{name}" for name in getattr(loaded, "METHODS", ())]


class Batch:
    """Drafts and builds `names`; a mapping from name to Subject."""

    def __init__(self, names: Sequence[str], search_path: list[Path]) -> None:
        self.trials = trial(
            names,
            search_path=search_path,
            home=TARGET,
            crates_dir=REPO / "crates",
            per_crate=1000,
            strict=True,
        )
        self.refused = {name: one.error for name, one in self.trials.items() if one.refusals}
        # Drafts that rustc did not take as they were, and its reasons.
        self.plain = {name: one.plain for name, one in self.trials.items() if one.plain}

    def __getitem__(self, name: str) -> Subject:
        if name in self.refused:
            raise AssertionError(f"{name} was refused:\n{self.refused[name]}")
        return Subject(self.trials[name])

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.trials if name not in self.refused)


def corpus_path() -> list[Path]:
    """The folder the corpus package is in, importable."""
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    return [HERE]
