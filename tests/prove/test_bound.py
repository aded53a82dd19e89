"""The bound's figures, against the design's."""

from __future__ import annotations

import pytest

from carveout.prove import bound


@pytest.mark.parametrize(("share", "calls"), [(1e-2, 459), (1e-3, 4_603), (1e-4, 46_050)])
def test_calls_needed(share: float, calls: int) -> None:
    assert bound.needed(share) == calls
    assert bound.upper(calls) <= share < bound.upper(calls - 1)


def test_text_never_claims_more() -> None:
    assert bound.text(46_050) == "at most 1 in 10,000 at 99 %"
    assert bound.text(46_049) == "at most 1 in 9,999 at 99 %"
    assert bound.text(0) == "nothing can be said"
    assert bound.text(1) == "at most 1 in 1 at 99 %"
