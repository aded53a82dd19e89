"""Runs calls of the driver beside Python's own and counts how they compare.

    python parity_runner.py JOB.json     # prints the reports, as JSON; any Python from 3.11 on

Only the standard library. A decline is *needed* where Python's own result is no value of the
type (an int past 64 bits, a float where an int is declared, a lone surrogate, no memory), or where
a NaN among the arguments makes it hang on identity. All others are counted as avoidable.
"""

from __future__ import annotations

import copy
import importlib.machinery
import importlib.util
import json
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from parity_oracles import arguments, oracle
from parity_types import Kind, Maker, Reader, fits, has_nan, same, shaped, write

VALUE, FAULT, DECLINE, FAILURE = range(4)
BATCH = 500
REPO = Path(__file__).resolve().parents[2]
FORMATS = REPO / "src" / "carveout" / "cut" / "registry" / "formats.py"
PATTERNS = REPO / "src" / "carveout" / "cut" / "frontend" / "pattern_code.py"


def load(artifact: str) -> ModuleType:
    loader = importlib.machinery.ExtensionFileLoader("carving", artifact)
    spec = importlib.util.spec_from_file_location("carving", artifact, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    module.bind({}, object(), object())
    return module


def _alone(path: Path) -> ModuleType:
    """A part of the compiler without the rest of it, which needs more than the standard library."""
    name = f"carveout_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


formats, pattern_code = _alone(FORMATS), _alone(PATTERNS)


def crossing(key: str, args: list[Any]) -> list[Any] | None:
    """The arguments as they cross; None for what is refused when it is cut."""
    if key.startswith("re.") and key != "re.escape":
        try:
            return [pattern_code.Code.of(args[0], args[1]).text, args[2]]
        except pattern_code.Unknown:
            return None
    if key != "format":
        return args
    try:
        spec = formats.parse_spec(args[1])
    except formats.BadSpec:
        return None
    if isinstance(args[0], Decimal) and spec.padded and spec.align:
        return None
    parts = (spec.fill, spec.align, spec.sign, spec.alternate, spec.zero, spec.width,
             spec.grouping, spec.precision, spec.kind)  # fmt: skip
    return [args[0], parts]


def outcomes(module: ModuleType, index: int, kinds: list[Kind], cases: list[Any]) -> list[Any]:
    """What the driver says to each case."""
    found: list[Any] = []
    for start in range(0, len(cases), BATCH):
        batch = cases[start : start + BATCH]
        data = bytearray()
        write([tuple(case) for case in batch], ["list", ["tuple", *kinds]], data)
        answer = module.call(index, bytes(data))
        if type(answer) is not bytes:
            raise RuntimeError(f"call {index}: {module.last_reason()}")
        found += Reader(answer).read()
    return found


def expected(key: str, args: list[Any], changes: bool) -> tuple[str, Any]:
    """("value", result) or ("fault", (kind, args)), as Python has it."""
    try:
        result = oracle(key)(*args)
    except (MemoryError, RecursionError) as error:
        return "impossible", error
    except Exception as error:
        if isinstance(error, OverflowError) and "too long" in str(error):
            return "impossible", error
        kind = f"{type(error).__module__}:{type(error).__qualname__}"
        return "fault", (kind, error.args)
    return "value", (result, args[0]) if changes else result


def check(module: ModuleType, index: int, plan: dict[str, Any], cases: list[Any]) -> dict[str, Any]:
    """The report of one call over its cases."""
    key, kinds, changes = plan["key"], plan["kinds"], plan["changes"]
    result: Kind = ["tuple", plan["result"], kinds[0]] if changes else plan["result"]
    report: dict[str, Any] = {"source": plan["source"], "kinds": kinds, "cases": 0}
    report |= {"needed": 0, "avoidable": 0, "values": 0, "faults": 0}
    report |= {"different": [], "declined": []}
    crossed = [(args, made) for args in cases if (made := crossing(key, args)) is not None]
    report["cases"] = len(crossed)
    answers = outcomes(module, index, kinds, [made for _, made in crossed])
    for (args, _), outcome in zip(crossed, answers, strict=True):
        shown = repr(args)
        nan = has_nan(args)
        kept = copy.deepcopy(args) if changes else args
        how, want = expected(key, kept, changes)
        representable = how == "fault" or (how == "value" and fits(want, result))
        code = outcome[0]
        if how == "impossible" and key.startswith("re."):
            # A pattern that takes for ever, for one of the two.
            report["needed"] += 1
            continue
        if code == DECLINE and outcome[1].startswith("decimal:"):
            # Its arguments are classes, which only Python has: they are compared by their text.
            code, outcome = FAULT, [FAULT, outcome[1]]
            want = f"{want[0]}: {want[1][0]}" if how == "fault" and want[1] else want
            if how == "fault" and outcome[1] == want:
                report["faults"] += 1
                continue
            report["different"].append(f"{shown}: Python {how} {want!r}, Rust {outcome!r}")
            continue
        if code == DECLINE:
            needed = not representable or (nan and "NaN" in outcome[1])
            report["needed" if needed else "avoidable"] += 1
            if not needed and len(report["declined"]) < 5:
                report["declined"].append(f"{shown}: {outcome[1]}")
            continue
        got: Any = outcome[1:]
        if code == VALUE and how == "value":
            got = shaped(outcome[1], result)
            if representable and same(got, want):
                report["values"] += 1
                continue
        elif code == FAULT and how == "fault":
            got = (outcome[1], tuple(outcome[2:][0]))
            if _same_fault(got, want):
                report["faults"] += 1
                continue
        if len(report["different"]) < 8:
            report["different"].append(f"{shown}: Python {how} {want!r}, Rust {got!r}")
    return report


def _same_fault(got: tuple[str, Any], want: tuple[str, Any]) -> bool:
    # On the wire a tuple is an array.
    plain = [list(arg) if isinstance(arg, tuple) else arg for arg in want[1]]
    return got[0] == want[0] and same(list(got[1]), plain)


def cases(plan: dict[str, Any], count: int, seed: str) -> list[Any]:
    maker = Maker(f"{seed}/{plan['key']}/{plan['kinds']}")
    return [arguments(plan["key"], plan["kinds"], maker) for _ in range(count)]


def run(module: ModuleType, index: int, plan: dict[str, Any], seed: str) -> dict[str, Any]:
    """The report of one call over as many made-up cases as its plan says."""
    return check(module, index, plan, cases(plan, plan["count"], seed))


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    module = load(job["artifact"])
    reports = [run(module, at, plan, job["seed"]) for at, plan in enumerate(job["plans"])]
    json.dump(reports, sys.stdout)


if __name__ == "__main__":
    main()
