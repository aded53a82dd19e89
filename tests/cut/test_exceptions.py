"""Exceptions with constructors of their own: what leaves a carving is what the reference raises.

Their arguments are not what the constructor was given, so nothing on a wire can say them; here the
exceptions themselves are compared: class, args, attributes, text.
"""

from __future__ import annotations

import copy
import importlib
from typing import Any

import pytest
from cut_batch import Batch

from carveout.trial import DECLINED

NUMBERS = range(-9, 40)
CALLS: dict[str, list[tuple[Any, ...]]] = {
    **{
        name: [(n,) for n in NUMBERS]
        for name in ("checked", "caught", "by_base", "several", "raised_again")
    },
    "finally_told": [(n, ["start"]) for n in NUMBERS],
    "shown": [(n, text) for n in range(6) for text in ("", "it's", "a\"'b\n", "é")],
}


def outcome(call: Any, args: tuple[Any, ...]) -> Any:
    given = copy.deepcopy(args)
    try:
        value = call(*given)
    except Exception as error:
        return type(error), error.args, vars(error), str(error), given
    return value, given


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_exceptions_are_the_same_objects(corpus: Batch, name: str) -> None:
    reference = getattr(importlib.import_module("corpus.exceptions"), name)
    carving = corpus.trials[f"corpus.exceptions:{name}"]
    declined = 0
    for args in CALLS[name]:
        expected, got = outcome(reference, args), outcome(carving, args)
        if got[0] is DECLINED:
            declined += 1
            continue
        assert repr(got) == repr(expected), args
    # A text of several arguments is left to the reference.
    assert declined <= len(CALLS[name]) // 5
