"""Many functions on trial at once: each is called like its reference, and none costs another."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carveout.cut import Draft
from carveout.diagnostics import Diagnostic
from carveout.trial import DECLINED, Trial, trial
from carveout.trial.crate import Built, Crates

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[2]
HOME = REPO / "target" / "cut-tests"
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def trials() -> dict[str, Trial]:
    names = [
        "depth",
        "mirrored",
        "mean",
        "sizes",
        "scaled",
        "add_to",
        "two_obstacles",
        "untyped",
        "no_result",
        "missing",
    ]
    names += ["reverse_rows", "one_more_row", "sort_rows", "swap_baskets", "reweigh"]
    return trial(
        [*(f"subjects:{name}" for name in names), "no_such_module:f"],
        search_path=[HERE],
        home=HOME,
        strict=True,
    )


def test_a_carving_is_called_as_its_reference(trials: dict[str, Trial]) -> None:
    scaled = trials["subjects:scaled"]
    assert scaled(3) == 6
    assert scaled(3, 5) == 15
    assert scaled(by=1, x=3, plus=1) == 4
    assert scaled(2**62) is DECLINED
    assert scaled("3") is DECLINED
    with pytest.raises(TypeError):
        scaled()


def test_it_changes_the_callers_objects_and_raises_the_real_class(
    trials: dict[str, Trial],
) -> None:
    subjects = sys.modules["subjects"]
    add_to = trials["subjects:add_to"]
    basket = subjects.Basket([1])
    assert add_to(basket, 2) is basket
    assert basket.items == [1, 2]
    with pytest.raises(subjects.OutOfStock) as caught:
        add_to(basket, -1)
    assert caught.value.args == (-1, "gone")


def test_objects_that_hold_themselves_cross_whole(trials: dict[str, Trial]) -> None:
    tree = sys.modules["subjects"].Tree
    root = tree(1, tree(2, tree(4)), tree(3))
    depth, mirrored = trials["subjects:depth"], trials["subjects:mirrored"]
    for _ in range(3):
        assert depth(root) == 3
    left, right = root.left, root.right
    assert mirrored(root) is root
    assert (root.left, root.right) == (right, left)
    assert root.right is left
    assert left.right == tree(4)
    # A ring is changed in place as well, and freed before the next call.
    root.left = root
    assert depth(root) is DECLINED


def test_an_int_where_a_float_is_declared_stays_one(trials: dict[str, Trial]) -> None:
    mean = trials["subjects:mean"]
    assert mean([1, 2.5, 3]) == 6.5 / 3
    assert repr(mean([])) == "0"
    assert repr(mean([1.5], 2)) == "2.0"
    assert mean([True]) is DECLINED
    assert mean([2**63]) is DECLINED


def test_unions_cross_by_what_they_are(trials: dict[str, Trial]) -> None:
    sizes = trials["subjects:sizes"]
    assert sizes([3, "four", [1, 2]]) == [3, 4, 3]
    assert sizes([1.5]) is DECLINED
    assert sizes([True]) is DECLINED


@pytest.mark.parametrize(
    ("name", "more"), [("reverse_rows", ()), ("one_more_row", (7,)), ("sort_rows", ())]
)
def test_what_a_changed_argument_holds_stays_the_same_object(
    trials: dict[str, Trial], name: str, more: tuple[int, ...]
) -> None:
    one = trials[f"subjects:{name}"]
    assert one.function is not None
    for call in (one.function, one):
        rows = [[3], [1], [2]]
        before = list(rows)
        call(rows, *more)
        assert [any(row is old for old in before) for row in rows][:3] == [True] * 3


def test_so_do_the_fields_that_the_function_never_touches(trials: dict[str, Trial]) -> None:
    subjects = sys.modules["subjects"]
    left = subjects.Basket([1])
    pair = subjects.Pair(left, left)
    items = left.items
    trials["subjects:reweigh"](pair)
    assert pair.weight == 1.0
    assert pair.left is left
    assert pair.right is left
    assert left.items is items


def test_so_do_the_objects_in_a_dict(trials: dict[str, Trial]) -> None:
    subjects = sys.modules["subjects"]
    other = subjects.Basket([2])
    baskets = {"a": subjects.Basket([1]), "b": other}
    trials["subjects:swap_baskets"](baskets)
    assert baskets["b"] is other
    assert baskets["a"].items == [0]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("subjects:two_obstacles", ["refusal-statement", "refusal-call", "refusal-call"]),
        ("subjects:untyped", ["type-cannot-cross", "type-cannot-cross"]),
        ("subjects:no_result", ["type-cannot-cross"]),
        ("subjects:missing", ["operation-not-found"]),
        ("no_such_module:f", ["operation-not-found"]),
    ],
)
def test_what_has_no_carving_has_every_reason(
    trials: dict[str, Trial], name: str, codes: list[str]
) -> None:
    one = trials[name]
    assert [refusal.code for refusal in one.refusals] == codes
    with pytest.raises(type(one.error)) as caught:
        one(1)
    assert caught.value.code == codes[0]


def broken(draft: Draft, line: str) -> Draft:
    text = draft.files["src/operation.rs"] + f"\n{line}\n"
    return replace(draft, files=draft.files | {"src/operation.rs": text})


def _built(trials: dict[str, Trial], lines: dict[str, str], home: Path) -> tuple[Built, list[Any]]:
    """The two good functions, with a line added to the drafts of some."""
    asked: list[Any] = []
    drafts = {}
    for name in ("subjects:scaled", "subjects:add_to"):
        draft = trials[name].draft
        assert draft is not None
        drafts[name] = broken(draft, lines[name]) if name in lines else draft

    def again(names: Any) -> dict[str, Any]:
        from carveout.cut.attempts import Attempt

        asked.append(list(names))
        return {name: Attempt(name, None, (Diagnostic("x", "y"),)) for name in names}

    crates = Crates(home, REPO / "crates", limit_s=600)
    return crates.build(drafts, again), asked


def test_one_draft_that_rustc_does_not_take_costs_no_other(trials: dict[str, Trial]) -> None:
    built, asked = _built(trials, {"subjects:scaled": 'fn wrong() -> i64 { "no" }'}, HOME)
    assert asked == [["subjects:scaled"]]
    (why,) = built.refused["subjects:scaled"]
    assert why.code == "refusal-not-written"
    assert "mismatched types" in (why.cause or "")
    assert set(built.placed) == {"subjects:add_to"}
    one = replace(trials["subjects:add_to"], place=built.placed["subjects:add_to"])
    assert one(sys.modules["subjects"].Basket(), 3).items == [3]


def test_an_error_without_a_place_is_found_by_halves(
    trials: dict[str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    from carveout.build import Library
    from carveout.trial import crate

    real = crate.library

    def silent(folder: Path, *args: Any, **named: Any) -> Library:
        """A compiler that fails without saying where, on the draft of `add_to`."""
        texts = [path.read_text() for path in folder.rglob("operation.rs")]
        if any("pub fn add_to" in text for text in texts):
            return Library(None, (), "signal: 11")
        return real(folder, *args, **named)

    monkeypatch.setattr(crate, "library", silent)
    # Another text than in the tests above: what was kept is not built again.
    lines = {"subjects:add_to": "// a", "subjects:scaled": "// b"}
    built, _ = _built(trials, lines, HOME)
    assert set(built.placed) == {"subjects:scaled"}
    (why,) = built.refused["subjects:add_to"]
    assert why.cause == "signal: 11"
