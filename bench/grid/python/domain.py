"""What the service computes: plain typed Python, shared by every Python implementation.

The carved implementations run the same file with `@operation` above `quote` and `digest`
(`bench.grid.prepare` writes those lines; nothing else differs).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from enum import Enum

STEPS = 180


class Kind(Enum):
    CALL = "call"
    PUT = "put"


class Style(Enum):
    AMERICAN = "american"
    EUROPEAN = "european"


@dataclass(frozen=True)
class Order:
    """Ten fields; prices in units of currency, rates per year as fractions."""

    symbol: str
    kind: Kind
    style: Style
    spot: float
    strike: float
    rate: float
    dividend: float
    volatility: float
    days: int
    quantity: int


@dataclass(frozen=True)
class Quote:
    """Millionths of a unit, so that every language writes the same digits."""

    symbol: str
    price_micros: int
    delta_micros: int
    gamma_micros: int
    theta_micros: int
    value_micros: int


@dataclass(frozen=True)
class Document:
    name: str
    text: str


@dataclass(frozen=True)
class Digest:
    name: str
    bytes: int
    lines: int
    words: int
    longest: int
    sha256: str


def exercised(kind: Kind, price: float, strike: float) -> float:
    """What the option pays if it is exercised at this price."""
    if kind == Kind.CALL:
        return max(price - strike, 0.0)
    return max(strike - price, 0.0)


def micros(value: float) -> int:
    return round(value * 1000000.0)


def quote(order: Order) -> Quote:
    """Price an option by the binomial tree of Cox, Ross and Rubinstein (1979), with its Greeks.

    Raises ValueError for values out of range, or for which the tree has no probabilities.
    """
    if order.spot <= 0.0 or order.strike <= 0.0:
        raise ValueError("spot and strike must be above 0")
    if order.volatility <= 0.0 or order.volatility > 5.0:
        raise ValueError("volatility must be above 0 and at most 5")
    if order.days < 1 or order.days > 3650:
        raise ValueError("days must be from 1 to 3650")
    if order.quantity == 0 or abs(order.quantity) > 1000000:
        raise ValueError("quantity must not be 0 and at most 1000000")
    step = order.days / 365.0 / STEPS
    up = math.exp(order.volatility * math.sqrt(step))
    down = 1.0 / up
    growth = math.exp((order.rate - order.dividend) * step)
    chance = (growth - down) / (up - down)
    if chance <= 0.0 or chance >= 1.0:
        raise ValueError("no probabilities for these rates at this volatility")
    discount = math.exp(-order.rate * step)
    rise = discount * chance
    fall = discount * (1.0 - chance)
    square = up * up
    american = order.style == Style.AMERICAN

    lowest = order.spot
    for _ in range(STEPS):
        lowest *= down
    values: list[float] = []
    price = lowest
    for _ in range(STEPS + 1):
        values.append(exercised(order.kind, price, order.strike))
        price *= square

    delta = 0.0
    gamma = 0.0
    middle = 0.0
    sign = 1.0 if order.kind == Kind.CALL else -1.0
    for level in range(STEPS - 1, -1, -1):
        lowest *= up
        price = lowest
        for i in range(level + 1):
            value = fall * values[i] + rise * values[i + 1]
            if american:
                now = sign * (price - order.strike)
                if now > value:
                    value = now
                price *= square
            values[i] = value
        if level == 2:
            high = order.spot * square
            low = order.spot * down * down
            above = (values[2] - values[1]) / (high - order.spot)
            below = (values[1] - values[0]) / (order.spot - low)
            gamma = (above - below) / (0.5 * (high - low))
            middle = values[1]
        elif level == 1:
            delta = (values[1] - values[0]) / (order.spot * up - order.spot * down)
    theta = (middle - values[0]) / (2.0 * step * 365.0)
    return Quote(
        order.symbol,
        micros(values[0]),
        micros(delta),
        micros(gamma),
        micros(theta),
        micros(values[0] * order.quantity),
    )


def digest(document: Document) -> Digest:
    """The SHA-256 of a text's UTF-8, and its bytes, line ends, words and longest line."""
    data = document.text.encode()
    longest = 0
    for line in document.text.split("\n"):
        longest = max(longest, len(line))
    return Digest(
        document.name,
        len(data),
        document.text.count("\n"),
        len(document.text.split()),
        longest,
        hashlib.sha256(data).hexdigest(),
    )
