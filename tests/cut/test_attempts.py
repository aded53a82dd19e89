"""From a function, a file or text to a draft or refusals, without an operation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cut_batch import CORPUS, corpus_path, function_named, public_functions

from carveout.contract import contract_of
from carveout.cut import attempt_file, attempt_function, attempt_names, attempt_text

DOUBLE = "def double(x: int) -> int:\n    return 2 * x\n"


def test_text_is_drafted_without_being_run() -> None:
    made = attempt_text(DOUBLE + "raise SystemExit(3)\n")
    assert made.draftable
    assert made.draft is not None
    assert "int::mul(2, x)" in made.draft.files["src/operation.rs"]


def test_a_function_of_a_file_is_drafted(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "rates.py").write_text("RATE = 3\n")
    (package / "prices.py").write_text(
        "from shop.rates import RATE\n\ndef price(x: int) -> int:\n    return x * RATE\n"
    )
    made = attempt_file(package / "prices.py", "price")
    assert made.name == "shop.prices:price"
    assert made.draft is not None, made.refusals
    assert attempt_file(package / "prices.py", "other").refusals[0].code == "cut-function-missing"


def test_a_function_object_is_drafted() -> None:
    corpus_path()
    made = attempt_function(function_named("corpus.numbers:shifts"))
    assert made.draft is not None
    assert attempt_function(len).refusals[0].code == "source-missing"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("def f(x) :", "file-unreadable", 1),
        ("x = 1\ny = \0", "file-unreadable", 1),
        ("x = '\ud800'", "file-unreadable", 1),
        ("def f(x: int) -> int:\n    return " + "x + " * 2000 + "x", "file-unreadable", 2),
        ("def f(x: int) -> int:\n    return " + "(" * 300 + "x" + ")" * 300, "file-unreadable", 2),
        ("class A:\n    pass\n", "cut-function-missing", None),
        ("def f(x):\n    return x\n", "refusal-untyped", 1),
        (
            "from nowhere import Thing\ndef f(x: Thing) -> int:\n    return 1\n",
            "refusal-untyped",
            2,
        ),
    ],
)
def test_strange_text_is_refused_at_its_place(text: str, code: str, line: int | None) -> None:
    made = attempt_text(text)
    assert not made.draftable
    first = made.refusals[0]
    assert first.code == code
    assert (first.span.line if first.span else None) == line
    assert first.span is None or first.span.file == "<source>"


def test_one_unreadable_module_leaves_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("import bad\n" + DOUBLE)
    (tmp_path / "bad.py").write_text("def broken(:\n")
    made = attempt_names(["good:double", "bad:broken", "gone:f"], [tmp_path])
    assert made["good:double"].draftable
    assert made["bad:broken"].refusals[0].code == "file-unreadable"
    assert made["gone:f"].refusals[0].code == "cut-module-missing"


def test_a_contract_from_the_source_is_that_of_the_running_program() -> None:
    path = corpus_path()
    names = [name for module in CORPUS for name in public_functions(f"corpus.{module}")]
    found = attempt_names(names, path, formatted=False)
    compared = 0
    for name, made in found.items():
        if made.draft is None:
            continue
        derived = json.loads(made.draft.files["contract.json"])
        running = contract_of(function_named(name)).to_json()
        if '"literal"' in json.dumps(running):
            continue  # the source's own types have the words' type, str
        assert _types(derived) == _types(running), name
        compared += 1
    assert compared > 400


def _types(contract: dict[str, object]) -> object:
    """A contract without what only JSON at the edge reads."""
    if isinstance(contract, dict):
        return {
            key: _types(value)  # type: ignore[arg-type]
            for key, value in contract.items()
            if key not in ("default", "plain")
            and not (key == "required" and "kind" not in contract)
        }
    return [_types(one) for one in contract] if isinstance(contract, list) else contract
