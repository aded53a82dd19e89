"""Functions as people publish them: most are drafted, and not one answers otherwise.

Their doctests run with both sides in the place of each drafted function, and some 300 made-up calls
each; results, exceptions, arguments afterwards and which objects are one are compared.
"""

from __future__ import annotations

import doctest
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PUBLISHED = REPO / "tests" / "cut" / "corpus" / "published"
MODULES = sorted(path.stem for path in PUBLISHED.glob("[a-z]*.py"))
DRAFTED_AT_LEAST = 0.75


@pytest.mark.parametrize("module", MODULES)
def test_their_examples_say_what_python_does(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PUBLISHED.parents[1]))
    loaded = importlib.import_module(f"corpus.published.{module}")
    failed, tried = doctest.testmod(loaded)
    assert tried > 20
    assert not failed


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_they_are_the_same_on_both_sides(tmp_path: Path) -> None:
    out, rank = tmp_path / "out.json", tmp_path / "ranking.json"
    command = [sys.executable, "-m", "bench.corpora", str(PUBLISHED)]
    command += ["--home", str(REPO / "target" / "corpora-tests")]
    command += ["--out", str(out), "--ranking", str(rank)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    (result,) = json.loads(out.read_text())
    assert result["finished"]
    assert result["functions"] > 200
    assert result["drafted"] / result["functions"] >= DRAFTED_AT_LEAST, rank.read_text()[:2000]
    assert result["calls"]["example: same"] > 150
    assert result["calls"]["same"] > 20_000
    assert result["drafted again, every object counted"] == 0
