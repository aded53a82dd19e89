"""Valuing a book of European options: the computation that dominates this service.

Black and Scholes 1973 in the form of Hull, "Options, Futures, and Other Derivatives", ch. 15:
price, delta, gamma and vega per position, added up by underlying. Rates and volatilities are per
year and as fractions (0.2 is 20 %), times in years.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from carveout import operation


class Kind(Enum):
    CALL = "call"
    PUT = "put"


@dataclass(frozen=True)
class Position:
    underlying: str
    kind: Kind
    strike: float
    expiry: float
    quantity: int


@dataclass(frozen=True)
class Quote:
    spot: float
    volatility: float
    dividend: float


@dataclass(frozen=True)
class Book:
    name: str
    rate: float
    quotes: dict[str, Quote]
    positions: list[Position]
    shocks: list[float]


@dataclass(frozen=True)
class Greeks:
    value: float
    delta: float
    gamma: float
    vega: float


@dataclass(frozen=True)
class Exposure:
    underlying: str
    positions: int
    value: float
    delta: float
    gamma: float
    vega: float


@dataclass(frozen=True)
class Rung:
    shock: float
    value: float


@dataclass(frozen=True)
class Valuation:
    name: str
    value: float
    worst: str
    skipped: int
    exposures: list[Exposure]
    ladder: list[Rung]


def normal_cdf(x: float) -> float:
    """The standard normal distribution function, by the error function."""
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def normal_pdf(x: float) -> float:
    """The standard normal density."""
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def greeks(kind: Kind, quote: Quote, strike: float, expiry: float, rate: float) -> Greeks:
    """Price and sensitivities of one option."""
    if strike <= 0.0:
        raise ValueError(f"strike must be above 0, not {strike}")
    if quote.spot <= 0.0 or quote.volatility <= 0.0:
        raise ValueError(f"no usable quote: spot {quote.spot}, volatility {quote.volatility}")
    root = math.sqrt(expiry)
    spread = quote.volatility * root
    drift = (rate - quote.dividend + 0.5 * quote.volatility * quote.volatility) * expiry
    d1 = (math.log(quote.spot / strike) + drift) / spread
    d2 = d1 - spread
    carry = math.exp(-quote.dividend * expiry)
    discount = math.exp(-rate * expiry)
    density = normal_pdf(d1)
    gamma = carry * density / (quote.spot * spread)
    vega = quote.spot * carry * density * root
    if kind == Kind.CALL:
        value = quote.spot * carry * normal_cdf(d1) - strike * discount * normal_cdf(d2)
        return Greeks(value, carry * normal_cdf(d1), gamma, vega)
    value = strike * discount * normal_cdf(-d2) - quote.spot * carry * normal_cdf(-d1)
    return Greeks(value, carry * (normal_cdf(d1) - 1.0), gamma, vega)


def exposure_of(name: str, quote: Quote, positions: list[Position], rate: float) -> Exposure:
    """The open positions of one underlying, added up in the book's order."""
    count = 0
    value = 0.0
    delta = 0.0
    gamma = 0.0
    vega = 0.0
    for position in positions:
        if position.underlying != name or position.expiry <= 0.0:
            continue
        one = greeks(position.kind, quote, position.strike, position.expiry, rate)
        size = position.quantity
        count += 1
        value += one.value * size
        delta += one.delta * size
        gamma += one.gamma * size
        vega += one.vega * size
    return Exposure(name, count, value, delta, gamma, vega)


def shocked_value(book: Book, shock: float) -> float:
    """What the open positions are worth when every spot has moved by `shock` (-0.1 is -10 %)."""
    value = 0.0
    for position in book.positions:
        quote = book.quotes.get(position.underlying)
        if quote is None or position.expiry <= 0.0:
            continue
        moved = Quote(quote.spot * (1.0 + shock), quote.volatility, quote.dividend)
        one = greeks(position.kind, moved, position.strike, position.expiry, book.rate)
        value += one.value * position.quantity
    return value


@operation
def value_book(book: Book) -> Valuation:
    """Value every position, add the exposures up by underlying, and climb the ladder of shocks.

    Expired positions and those without a quote are skipped and counted. Raises ValueError for a
    strike, spot or volatility that is not above 0, also after a shock.
    """
    exposures: list[Exposure] = []
    total = 0.0
    valued = 0
    worst = ""
    worst_value = math.inf
    for name, quote in book.quotes.items():
        exposure = exposure_of(name, quote, book.positions, book.rate)
        if exposure.positions == 0:
            continue
        exposures.append(exposure)
        valued += exposure.positions
        total += exposure.value
        if exposure.value < worst_value:
            worst = name
            worst_value = exposure.value
    ladder = [Rung(shock, shocked_value(book, shock)) for shock in book.shocks]
    return Valuation(book.name, total, worst, len(book.positions) - valued, exposures, ladder)
