"""Constants worked out from the source: what is known, what is not, and that it comes to an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from carveout.cut.attempts import Attempt, attempt_names

HELPERS = """
from __future__ import annotations
import os
import random
import time
import unicodedata
from collections.abc import Iterator

GROWING = ["a"]
GROWING.append("b")


def forever() -> int:
    while True:
        pass


def deeper(n: int) -> int:
    return deeper(n + 1)


def counted() -> Iterator[int]:
    n = 0
    while True:
        yield n
        n += 1


def changed(xs: list[int]) -> list[int]:
    xs.append(1)
    return xs


def fails() -> int:
    raise ValueError("no")


def handles() -> int:
    try:
        return fails()
    except ValueError:
        return 1

"""
UNSURE = {
    "now": "time.time()",
    "chance": "random.random()",
    "environment": "len(os.environ)",
    "grown": "len(GROWING)",
    "grown_copy": "tuple(GROWING)",
    "grown_text": '"".join(GROWING)',
    "set_as_list": 'list({"x", "y"})',
    "set_joined": '"".join({"x", "y"})',
    "set_walked": '[c for c in {"x", "y"}]',
    "set_by_length": 'sorted({"xx", "yy"}, key=len)',
    "set_shown": 'str({"x", "y"})',
    "identity": "id(GROWING)",
    "hashed": 'hash("a")',
    "newer_unicode": '"\\u00df".upper()',
    "named": 'unicodedata.name("a")',
    "endless": "forever()",
    "bottomless": "deeper(0)",
    "unbounded": "list(counted())",
    "changes_what_it_got": "changed([0])",
    "raises": "fails()",
    "catches": "handles()",
    "wide": '"a" * 10**9',
    "wide_list": "[0] * 10**9",
    "wide_rows": '["a" * 19999 for _ in range(19999)]',
    "long_range": "list(range(10**12))",
    "tall": "2 ** 10**9",
    "tall_shift": "1 << 10**9",
    "padded": '"a".rjust(10**9)',
    "unhashable": "{[1]: 2}",
    "no_such_key": '{"a": 1}["b"]',
    "missing": "NOT_THERE",
}
SURE = {
    "text": '"-".join(reversed("abc"))',
    "nested": "[[a * b for a in range(3)] for b in range(3)][2][1]",
    "chosen": '"yes" if 3 in {1, 2, 3} and not [] else "no"',
    "smallest": 'min({"b", "a"})',
    "merged": '{**{"a": 1}, "b": 2}["b"]',
    "slice": '"abcdef"[::-2]',
    "comparison": "1 < 2 < 3",
    "lookup": 'unicodedata.lookup("EN DASH")',
}


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Attempt]:
    folder = tmp_path_factory.mktemp("constants")
    lines, names = [HELPERS], []
    for name, text in {**UNSURE, **SURE}.items():
        lines += [f"{name.upper()} = {text}"]
    for name in {**UNSURE, **SURE}:
        lines += [f"def {name}() -> bool:", f"    return {name.upper()} == {name.upper()}"]
        names.append(f"tables:{name}")
    (folder / "tables.py").write_text("\n".join(lines) + "\n")
    return attempt_names(names, [folder], cache_dir=folder / "mypy", formatted=False)


@pytest.mark.parametrize("name", UNSURE)
def test_what_could_be_otherwise_is_refused(attempts: dict[str, Attempt], name: str) -> None:
    made = attempts[f"tables:{name}"]
    assert made.draft is None, UNSURE[name]
    assert all(one.code.startswith("refusal-") for one in made.refusals), made.refusals
    assert not any(one.code == "refusal-not-written" for one in made.refusals), made.refusals


@pytest.mark.parametrize("name", SURE)
def test_what_is_the_same_everywhere_is_known(attempts: dict[str, Attempt], name: str) -> None:
    made = attempts[f"tables:{name}"]
    assert made.draft is not None, made.refusals


def test_values_are_those_of_python(tmp_path: Path) -> None:
    (tmp_path / "values.py").write_text(
        'A = "-".join(reversed("abc"))\nB = sum([x * x for x in range(4)])\n'
        "def f() -> str:\n    return A + str(B)\n"
    )
    made = attempt_names(["values:f"], [tmp_path], cache_dir=tmp_path / "mypy")["values:f"]
    assert made.draft is not None, made.refusals
    text = made.draft.files["src/operation.rs"]
    assert '"c-b-a"' in text
    assert "14" in text
