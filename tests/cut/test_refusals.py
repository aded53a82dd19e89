"""What is refused, word for word: code, line, caret, hint; all obstacles of a function at once.

The cases are in refusals/*.md; docs/errors has a page for each code.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cut_cases import UPDATE, Case, Package, read_cases

from carveout.diagnostics import CarveError

CASES = read_cases(Path(__file__).parent / "refusals")
PACKAGE = Package(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.file.stem}: {c.title}")
def test_a_refusal_says_what_where_and_what_next(case: Case) -> None:
    with pytest.raises(CarveError) as caught:
        PACKAGE.draft(case)
    source = f"{PACKAGE.folder}/cases/{case.module.removeprefix('cases.')}.py"
    said = str(caught.value).replace(source, "case.py") + "\n"
    if UPDATE:
        case.update("refused", said)
        return
    assert said == case.blocks["refused"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.file.stem}: {c.title}")
def test_a_refusal_is_located_and_only_of_refusals(case: Case) -> None:
    said = case.blocks["refused"]
    errors = re.findall(r"^error\[([\w-]+)\]: .+$", said, re.MULTILINE)
    assert errors
    assert all(code.startswith("refusal-") for code in errors)
    assert len(re.findall(r"^  at case\.py:\d+:\d+$", said, re.MULTILINE)) == len(errors)
    assert len(re.findall(r"^ +\| +\^+$", said, re.MULTILINE)) == len(errors)


def test_every_code_of_the_compiler_is_shown_here() -> None:
    source = Path(__file__).resolve().parents[2] / "src" / "carveout" / "cut"
    written = {
        code
        for path in source.rglob("*.py")
        for code in re.findall(r'"(refusal-[a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    said = "".join(case.blocks["refused"] for case in CASES)
    shown = set(re.findall(r"error\[([\w-]+)\]", said))
    assert written - shown == set()


def test_every_code_is_explained() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "errors" / "refusals.md"
    explained = set(re.findall(r"`(refusal-[a-z-]+)`", page.read_text(encoding="utf-8")))
    said = "".join(case.blocks["refused"] for case in CASES)
    assert explained == set(re.findall(r"error\[([\w-]+)\]", said))
