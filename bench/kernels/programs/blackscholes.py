"""Black-Scholes price and greeks of a portfolio: list of dataclasses, math."""

import math
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    CALL = "call"
    PUT = "put"


@dataclass(frozen=True)
class Position:
    kind: Kind
    spot: float
    strike: float
    rate: float
    vol: float
    expiry: float
    qty: int


@dataclass
class Totals:
    value: float = 0.0
    delta: float = 0.0
    vega: float = 0.0


def norm_cdf(x: float) -> float:
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def price_one(p: Position, t: Totals) -> None:
    if p.expiry <= 0.0 or p.vol <= 0.0:
        raise ValueError("expired or zero-vol position")
    sq = p.vol * math.sqrt(p.expiry)
    d1 = (math.log(p.spot / p.strike) + (p.rate + 0.5 * p.vol * p.vol) * p.expiry) / sq
    d2 = d1 - sq
    df = math.exp(-p.rate * p.expiry)
    if p.kind is Kind.CALL:
        v = p.spot * norm_cdf(d1) - p.strike * df * norm_cdf(d2)
        dl = norm_cdf(d1)
    else:
        v = p.strike * df * norm_cdf(-d2) - p.spot * norm_cdf(-d1)
        dl = norm_cdf(d1) - 1.0
    vg = p.spot * math.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi) * math.sqrt(p.expiry)
    t.value += v * p.qty
    t.delta += dl * p.qty
    t.vega += vg * p.qty


def make_portfolio(n: int) -> list[Position]:
    out: list[Position] = []
    seed = 5
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        kind = Kind.CALL if (seed >> 9) % 2 == 0 else Kind.PUT
        spot = 80.0 + float((seed >> 8) % 4000) / 100.0
        strike = 80.0 + float((seed >> 12) % 4000) / 100.0
        vol = 0.1 + float((seed >> 5) % 50) / 100.0
        expiry = 0.05 + float((seed >> 3) % 200) / 100.0
        qty = (seed >> 16) % 21 - 10
        out.append(Position(kind, spot, strike, 0.03, vol, expiry, qty))
    return out


def run(n: int) -> float:
    book = make_portfolio(n)
    t = Totals()
    for _ in range(5):
        for p in book:
            price_one(p, t)
    return t.value + t.delta + t.vega
