"""Every program of the specification, in Python and drafted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from spec_cases import FILES, HERE, LANGUAGE, PRELUDE, Case, cases, language

from carveout.trial import DECLINED, FAILED, Trial, trial

REPO = HERE.parents[1]
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
CASES = list(cases())
CALLED = [case for case in CASES if "pycon" in case.blocks]
REFUSED = [case for case in CASES if "refused" in case.blocks]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    folder = tmp_path_factory.mktemp("spec")
    package = folder / "spec_programs"
    package.mkdir()
    (package / "__init__.py").write_text("")
    names = []
    for case in CASES:
        path = package / f"{case.module}.py"
        path.write_text(PRELUDE + case.blocks["python"], encoding="utf-8")
        names += [f"spec_programs.{case.module}:{name}" for name in case.functions]
    return trial(
        names,
        search_path=[folder],
        home=REPO / "target" / "cut-tests",
        crates_dir=REPO / "crates",
        per_crate=400,
    )


def said(call: Callable[[], Any]) -> str:
    """What a call says, as in the interpreter."""
    try:
        value = call()
    except Exception as error:
        return f"{type(error).__name__}: {error}".rstrip(": ")
    if value is DECLINED:
        return "declined"
    if value is FAILED:
        return "FAILED"
    return "" if value is None else repr(value)


def of_module(case: Case, carved: dict[str, Trial] | None) -> dict[str, Any]:
    """A module's names; with `carved`, its functions are the carvings."""
    names = dict(vars(sys.modules[f"spec_programs.{case.module}"]))
    for name in case.functions if carved is not None else ():
        names[name] = carved[f"spec_programs.{case.module}:{name}"]
    return names


def show(case: Case, names: dict[str, Any], call: str) -> str:
    return said(lambda: eval(call, names))


@pytest.mark.slow
@pytest.mark.parametrize("case", CALLED, ids=lambda case: case.module)
def test_a_program_says_what_it_says_here(case: Case, trials: dict[str, Trial]) -> None:
    if UPDATE:
        update(case, trials)
        return
    for name in case.functions:
        one = trials[f"spec_programs.{case.module}:{name}"]
        assert not one.refusals, one.error
    for call, expected in case.calls:
        carved = show(case, of_module(case, trials), call)
        assert carved == expected, call
        if expected != "declined":
            assert show(case, of_module(case, None), call) == expected, call


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.module)
def test_a_refused_program_is_refused_as_it_says_here(case: Case, trials: dict[str, Trial]) -> None:
    (name,) = case.functions
    one = trials[f"spec_programs.{case.module}:{name}"]
    shown = "".join(
        f"line {r.span.line - PRELUDE.count(chr(10)) if r.span else '?'}: {r.code}: {r.message}\n"
        for r in one.refusals
    )
    if UPDATE:
        rewrite(case, "refused", shown)
        return
    # Messages may be worded anew; which obstacles there are, and where, may not change.
    assert places(shown) == places(case.blocks["refused"])


def places(shown: str) -> list[str]:
    """The lines and codes of refusals."""
    return [" ".join(line.split(": ")[:2]) for line in shown.splitlines()]


def test_the_language_page_is_the_specification() -> None:
    if UPDATE:
        LANGUAGE.write_text(language(), encoding="utf-8")
    assert LANGUAGE.read_text(encoding="utf-8") == language()


def test_every_section_is_checked() -> None:
    assert len(CALLED) + len(REFUSED) == len(CASES)
    assert len({case.module for case in CASES}) == len(CASES)
    assert {case.file for case in CASES} == set(FILES)


def update(case: Case, trials: dict[str, Trial]) -> None:
    """Write what Python says; what the carving leaves to it is marked."""
    lines = []
    for call, _ in case.calls:
        python = show(case, of_module(case, None), call)
        carved = show(case, of_module(case, trials), call)
        lines += [f">>> {call}\n", f"{carved if carved == 'declined' else python}\n"]
    rewrite(case, "pycon", "".join(line for line in lines if line != "\n"))


def rewrite(case: Case, kind: str, text: str) -> None:
    path = HERE / f"{case.file}.md"
    old = f"```{kind}\n{case.blocks[kind]}```"
    whole = path.read_text(encoding="utf-8")
    start = whole.index(f"## {case.title}\n")
    path.write_text(
        whole[:start] + whole[start:].replace(old, f"```{kind}\n{text}```", 1), encoding="utf-8"
    )
