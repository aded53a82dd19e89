"""What n equal answers allow one to say, and how many are needed to say it.

With n independent calls compared and none different, a true share p of differing calls would have
gone unseen with probability (1 - p)^n. Setting that to alpha gives the upper confidence bound
p <= 1 - alpha^(1/n) (the exact zero-failure case of Clopper and Pearson, Biometrika 1934).

    upper(46_050)        # 1.0e-4, at 99 %
    needed(1e-3)         # 4603 calls

Invariant: never "equal", always "at most": the bound is above zero for every n, and 1 for n = 0.
It speaks of the distribution the calls were drawn from and of no other.
"""

from __future__ import annotations

import math

ALPHA = 0.01
DEFAULT_CALLS = 46_050
"""Bounds the share of differing calls to 1 in 10,000 at 99 %."""
ENOUGH = 459
"""Fewer compared calls cannot bound even 1 in 100 at 99 %: not enough to give a verdict."""


def upper(n: int, alpha: float = ALPHA) -> float:
    """Largest share of differing calls that n equal ones leave possible at confidence 1 - alpha."""
    if n <= 0:
        return 1.0
    return -math.expm1(math.log(alpha) / n)


def needed(share: float, alpha: float = ALPHA) -> int:
    """Equal calls needed to bound the share of differing calls by `share`."""
    return math.ceil(math.log(alpha) / math.log1p(-share))


def text(n: int, alpha: float = ALPHA) -> str:
    """For example: at most 1 in 10,000 at 99 %."""
    if n <= 0:
        return "nothing can be said"
    one_in = math.floor(1 / upper(n, alpha))  # down: never claim more than the figures
    return f"at most 1 in {max(1, one_in):,} at {100 * (1 - alpha):g} %"
