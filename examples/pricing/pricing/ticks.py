"""A tiny function called in a loop: each call is less than the cost of leaving Python."""

from __future__ import annotations

from carveout import operation


@operation
def round_to_tick(price_cents: int, tick_cents: int) -> int:
    """The nearest multiple of the tick, half up."""
    return (price_cents + tick_cents // 2) // tick_cents * tick_cents


def ladder(middle_cents: int, tick_cents: int, steps: int) -> list[int]:
    """A price ladder around a middle: calls `round_to_tick` once a step."""
    return [
        round_to_tick(middle_cents + offset * tick_cents * 2 // 3, tick_cents)
        for offset in range(-steps, steps + 1)
    ]
