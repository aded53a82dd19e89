"""Decimals in another context than the default: left to the reference."""

from __future__ import annotations

import decimal
import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cut_batch import Batch

from carveout._native import DECLINED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
NAME = "corpus.decimals:rate"


def test_another_context_is_declined(corpus: Batch) -> None:
    subject = corpus[NAME]
    args = ("a", Decimal("19.99"))
    assert subject.call(*args) == ("value", Decimal("1.3993"))
    changes = {
        "prec": 6,
        "rounding": decimal.ROUND_HALF_UP,
        "Emin": -9,
        "Emax": 9,
        "clamp": 1,
        "capitals": 0,
    }
    for name, value in changes.items():
        with decimal.localcontext() as context:
            setattr(context, name, value)
            assert subject.call(*args)[0] == "decline", name
    with decimal.localcontext() as context:
        context.traps[decimal.Inexact] = True
        assert subject.call(*args)[0] == "decline"
        context.traps[decimal.Inexact] = False
        context.flags[decimal.Inexact] = True
        assert subject.call(*args)[0] == "value", "flags decide nothing"


def test_an_exception_that_leaves_is_the_reference_s(corpus: Batch) -> None:
    """Its arguments are classes: inline, too, Python makes it."""
    one = corpus["corpus.decimals:whole_and_rest"].trial
    assert one(Decimal(7), Decimal(2)) == (Decimal(6), Decimal(2))
    assert one(Decimal(1), Decimal(0)) is DECLINED


@pytest.mark.parametrize("text", ["NaN", "sNaN", "-NaN12", "1E+30000"])
def test_what_no_carving_has_is_declined(corpus: Batch, text: str) -> None:
    assert corpus[NAME].call("a", Decimal(text))[0] == "decline"
