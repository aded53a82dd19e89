"""A stress test of a book, asked for a few times a day: too seldom to judge."""

from __future__ import annotations

from dataclasses import dataclass

from carveout import operation


@dataclass(frozen=True)
class Scenario:
    shock: float
    loss: float


@operation
def stress(values: list[float], shocks: list[float]) -> list[Scenario]:
    """The loss of a portfolio of values under each relative shock."""
    result: list[Scenario] = []
    for shock in shocks:
        loss = 0.0
        for value in values:
            moved = value * (1.0 + shock)
            if moved < value:
                loss += value - moved
        result.append(Scenario(shock, loss))
    return result
