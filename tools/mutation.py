"""Break the runtime's semantic rules one by one, and see that a test fails each time.

    python tools/mutation.py            # all rules: seconds each, once the target is warm
    python tools/mutation.py floor      # those whose name has this in it

Each rule is one edit of a source of crates/carveout-runtime, made in a copy of the crates, so that the
working tree is never touched. A trial of small functions (PROBES) is built against the copy; the rule is
held if a probe then says something else than Python. Exit code 3 if a rule could be broken unseen.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = "carveout-runtime/src"


@dataclass(frozen=True)
class Rule:
    """A rule and the edit that breaks it: `old` stands exactly once in the file."""

    name: str
    file: str
    old: str
    new: str


RULES = (
    Rule("floor division rounds down", "int.rs", "        quotient - 1\n", "        quotient\n"),
    Rule("modulo has the sign of the divisor", "int.rs", "        rest + b\n", "        rest\n"),
    Rule(
        "rounding is half to even",
        "float.rs",
        "int::from_float(x.round_ties_even())",
        "int::from_float(x.round())",
    ),
    Rule(
        "division by zero raises",
        "int.rs",
        'return Err(zero_division("integer modulo by zero"));',
        "return Ok(0);",
    ),
    Rule(
        "negative indexes count from the end",
        "list.rs",
        "index.wrapping_add(length as i64)",
        "index",
    ),
    Rule(
        "sorting is stable, also when reversed",
        "list/order.rs",
        "key(b).compare(key(a))",
        "key(b).compare(key(a)).map(|o| o.then(Ordering::Less))",
    ),
    Rule(
        "the sign is kept by minus",
        "int.rs",
        "or_stop(a.checked_neg(), || PAST_I64)",
        "Ok(a.wrapping_neg())",
    ),
    Rule(
        "a shift by more than the bits keeps the sign", "int.rs", "a >> b.min(63)", "a >> (b & 63)"
    ),
    Rule("\\x85 ends a line", "text/split.rs", "| '\\u{85}' | '\\u{2028}'", "| '\\u{2028}'"),
    Rule(
        "white space is Unicode's",
        "text/class.rs",
        "' ' | '\\u{85}' | '\\u{a0}'",
        "' ' | '\\u{a0}'",
    ),
    Rule(
        "ints and floats compare exactly",
        "int.rs",
        "    if b.is_nan() {\n",
        "    if true { return (a as f64).partial_cmp(&b); }\n    if b.is_nan() {\n",
    ),
)

PROBES = """
from __future__ import annotations


def floor(a: int, b: int) -> int:
    return a // b


def modulo(a: int, b: int) -> int:
    return a % b


def rounded(x: float) -> int:
    return round(x)


def at(xs: list[int], i: int) -> int:
    return xs[i]


def ordered(rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return sorted(rows, key=lambda row: row[0], reverse=True)


def negated(a: int) -> int:
    return -a


def shifted(a: int, n: int) -> int:
    return a >> n


def lines(text: str) -> list[str]:
    return text.splitlines()


def words(text: str) -> list[str]:
    return text.split()


def less(n: int, x: float) -> bool:
    return n < x
"""
CALLS: dict[str, list[tuple[Any, ...]]] = {
    "floor": [(7, 2), (-7, 2), (7, -2), (-8, 2), (1, 0)],
    "modulo": [(7, 2), (-7, 2), (7, -2), (0, 3), (1, 0)],
    "at": [([1, 2], -1), ([1, 2], 1), ([1], 1), ([], -1)],
    "ordered": [([(1, "a"), (2, "b"), (1, "c")],)],
    "negated": [(5,), (-(2**63),)],
    "shifted": [(-5, 1), (-5, 64), (5, 200)],
    "lines": [("a\x85b",), ("a\r\nb",)],
    "words": [("a\x85b",), (" a ",)],
    "less": [
        (2**53, float(2**53 + 2)),
        (2**53 + 1, float(2**53)),
        (2**53, float(2**53)),
        (2**62 - 1, 2.0**62),
    ],
    "rounded": [(0.5,), (1.5,), (2.5,), (-0.5,), (2.4,)],
}


def outcome(call: Any, args: tuple[Any, ...]) -> str:
    """What a call says."""
    try:
        return repr(call(*args))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def seen(crates: Path, folder: Path) -> Iterator[str]:
    """The probes that say something else than Python."""
    from carveout.trial import DECLINED, trial

    made = trial(
        [f"probes:{name}" for name in CALLS],
        search_path=[folder],
        home=ROOT / "target" / "mutation",
        crates_dir=crates,
    )
    for name, calls in CALLS.items():
        one = made[f"probes:{name}"]
        if one.refusals:
            raise one.error
        for args in calls:
            expected, got = outcome(one.function, args), outcome(one, args)
            if expected != got and got != repr(DECLINED):
                yield f"{name}{args}: {expected} in Python, {got} here"


def main(wanted: str = "") -> int:
    """Break each rule; say what noticed."""
    unseen = []
    with tempfile.TemporaryDirectory(prefix="carveout-mutation-") as scratch:
        folder = Path(scratch)
        (folder / "probes.py").write_text(PROBES)
        crates = folder / "crates"
        shutil.copytree(ROOT / "crates", crates, ignore=shutil.ignore_patterns("target"))
        if found := list(seen(crates, folder)):
            print("before anything is broken:", found[0])
            return 1
        for rule in RULES:
            if wanted not in rule.name:
                continue
            path = crates / RUNTIME / rule.file
            text = path.read_text()
            if text.count(rule.old) != 1:
                print(f"{rule.name}: its place in {rule.file} is not there once; mend this script")
                unseen.append(rule.name)
                continue
            path.write_text(text.replace(rule.old, rule.new))
            try:
                noticed = list(seen(crates, folder))
            finally:
                path.write_text(text)
            print(f"{rule.name}: {noticed[0] if noticed else 'NOBODY NOTICES'}", flush=True)
            if not noticed:
                unseen.append(rule.name)
    print(f"{len(unseen)} rules could be broken unseen")
    return 3 if unseen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
