"""Every function of the corpus: exactly CPython's outcome, or a decline, or a refusal.

A function is drafted or it is in corpus/refused.txt with its code, so that neither coverage nor a
refusal is lost unnoticed. Each drafted one runs over Hypothesis's and quick calls of its contract,
boundary values included; one difference fails. Declines are bounded: more than a few mean that the
carving is not worth having.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cut_batch import CORPUS, Batch, corpus_path, public_functions

# Whoever comes first builds everything; the other worker waits for it.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
DRAWN, QUICK = 40, 260

CORPUS_FOLDER = corpus_path()[0] / "corpus"
NAMES = [name for module in CORPUS for name in public_functions(f"corpus.{module}")]
# The share of declines allowed: ints past 64 bits, and NaN among the items of a container.
DECLINES = 0.45
MORE_DECLINES = {
    # Python raises, as the lengths differ.
    "walking:strict_zip": 1.0,
    "numbers:power": 0.6,
    # An assertion that fails is the reference's to raise: `python -O` leaves it out.
    "classes:checked": 0.6,
    # What an exception's own __init__ makes of its arguments is never on a wire.
    **dict.fromkeys(
        [f"exceptions:{name}" for name in ("checked", "raised_again", "by_base", "several")], 0.8
    ),
    # These decline where it matters, which is what they are here for.
    "aliasing:dict_grown_while_walking": 1.0,
    "typing_traps:narrowed_then_used": 1.0,
    "typing_traps:unbound_after_if": 0.8,
    # An int where the contract says float: inline it is given back, a wire has no way to say it.
    **dict.fromkeys(
        [f"typing_traps:int_to_float_{kind}" for kind in ("local", "result", "field", "item")], 1.0
    ),
    **dict.fromkeys(
        [f"typing_traps:int_to_float_{kind}" for kind in ("append", "branch", "value")], 1.0
    ),
    "typing_traps:min_of_both": 0.8,
    "collecting:walked_while_it_grows": 1.0,
    # One int past 64 bits in any of an object's fields is enough.
    "boxes:Words.forget": 0.6,
    # The end of an iterator inside of something lazy is the reference's to raise.
    "kept_iterators:in_gen": 0.9,
    "kept_iterators:mapped": 0.9,
    # Ints past 64 bits, and characters that later versions of Unicode added or changed.
    **dict.fromkeys(
        [f"shown:{name}" for name in ("mappings", "orders", "rows", "tuple_keys", "tuples_inside")],
        0.8,
    ),
    **dict.fromkeys(
        ["generic:inserted", "generic:sizes", "generic:totals", "generic_classes:casts"], 0.8
    ),
    "keeping:looked_up": 0.7,
    "keeping:dot": 0.6,
    "control:which_fails_first_in": 0.6,
    "mappings:nested": 0.6,
    # Made-up texts that are no dates; times whose zone is a name.
    "dated:parsed": 1.0,
    # Too few values: the reference raises.
    **dict.fromkeys(["averages:quartiles", "averages:samples"], 0.7),
    "dated:latest": 0.6,
    "dated:nights": 0.6,
    "stars:dicts": 0.6,
    # A negative power is a float.
    "bigs:negative_power": 0.6,
    # Infinite ones, NaN, extreme exponents, and exceptions of the module, which Python raises.
    **dict.fromkeys(
        [f"decimals:{name}" for name in ("total", "split", "divided", "whole_and_rest", "best")],
        0.9,
    ),
    **dict.fromkeys(
        [f"decimals:{name}" for name in ("against", "compound", "by_name", "formats")], 0.6
    ),
    # A None that the function has no use for, an end without a result, two items of one key, and
    # bytes that are no number: the reference says what comes of them.
    **dict.fromkeys(["forgiving:looked_up", "forgiving:relinked", "forgiving:second"], 0.95),
    **dict.fromkeys(["unordered:most_frequent", "unordered:of_keys_that_stop"], 0.98),
    "forms:of_digits": 1.0,
    # The least of ints, where a float is promised: a wire has no way to say it.
    "forms:of_other_items": 1.0,
    # Made-up texts are no digits.
    "bare:digit_of": 1.0,
    # A local that has no value in half of the calls.
    "patterns:unbound": 0.8,
}
# A line a function: its name and the code it is refused with.
EXPECTED = {
    f"corpus.{name}": code
    for name, code in map(str.split, (CORPUS_FOLDER / "refused.txt").read_text().splitlines())
}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in EXPECTED])
def test_a_drafted_function_is_the_same_or_declines(corpus: Batch, name: str) -> None:
    subject = corpus[name]
    tally = subject.run(DRAWN, QUICK)
    assert not tally.findings, "\n".join(subject.explain(f) for f in tally.findings[:3])
    assert tally.judged >= 100, dict(tally.verdicts)
    allowed = MORE_DECLINES.get(name.removeprefix("corpus."), DECLINES)
    assert tally.declined <= allowed, dict(tally.verdicts)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_refused_function_is_refused_with_its_code_and_place(corpus: Batch, name: str) -> None:
    error = corpus.refused[name]
    assert error.code == EXPECTED[name], error
    for one in error.diagnostics:
        assert one.span is not None, one
        assert one.span.line > 1


def test_nothing_else_is_refused_and_rustc_takes_the_first_draft(corpus: Batch) -> None:
    assert set(corpus.refused) == set(EXPECTED)
    assert not corpus.plain
