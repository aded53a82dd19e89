"""Random programs: in Python and drafted they say the same, or the draft declines or is refused."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_harness import Found, Fuzz
from fuzz_programs import make
from fuzz_shrink import without_one

REPO = Path(__file__).resolve().parents[2]
HOME = REPO / "target" / "cut-tests"
PROGRAMS = int(os.environ.get("FUZZ_PROGRAMS", "350"))
"""So many that at least 300 of them are drafted and called."""


def test_a_seed_makes_one_program() -> None:
    assert make(7).source == make(7).source
    assert make(7).source != make(8).source
    for seed in range(50):
        ast.parse(make(seed).source)


def test_a_program_is_made_smaller_by_one_statement() -> None:
    program = make(3)
    smaller = list(without_one(program))
    assert len(smaller) > 5
    assert all(len(s.source) < len(ast.unparse(ast.parse(program.source))) + 2 for s in smaller)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    fuzz = Fuzz(tmp_path_factory.mktemp("fuzz"), HOME, REPO / "crates")
    return fuzz.run(range(PROGRAMS))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_program_comes_out_otherwise(found: Found) -> None:
    assert not found.differences, "\n\n".join(map(str, found.differences[:2]))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_enough_was_compared_for_that_to_say_something(found: Found) -> None:
    calls = found.tally["same"] + found.tally["declined"]
    assert found.clean >= 300, (found.clean, found.refused)
    assert len(found.unwritten) < 0.08 * PROGRAMS, found.unwritten[0].said
    assert found.tally["same"] > 0.85 * calls, found.tally
    # Neither do they all end at once with an exception, nor never.
    ended = found.outcomes["fault"] / (found.outcomes["fault"] + found.outcomes["value"])
    assert 0.05 < ended < 0.6, found.outcomes
