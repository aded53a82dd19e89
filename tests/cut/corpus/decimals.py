"""Money and other decimals, in the default context."""

from __future__ import annotations

import decimal
import math
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation

CENT = Decimal("0.01")
RATES = {"a": Decimal("0.07"), "b": Decimal("0.19")}
ZERO = Decimal("0")
STEPS = (Decimal("100"), Decimal("1000.5"), Decimal(2500))


@dataclass
class Line:
    price: Decimal
    quantity: int
    discount: Decimal = Decimal("0")


@dataclass(frozen=True, order=True)
class Money:
    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency}")
        return Money(self.amount + other.amount, self.currency)


def total(lines: list[Line], tax: Decimal) -> Decimal:
    net = sum((x.price * x.quantity * (1 - x.discount) for x in lines), Decimal(0))
    return (net * (1 + tax)).quantize(CENT, rounding=ROUND_HALF_UP)


def shown(d: Decimal) -> str:
    return f"{d} {d!r} {d:.2f} {d:,.3f} {d:>12} {d:e} {str(d)} {d:+.1%}"


def parsed(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def why(text: str) -> str:
    try:
        return str(Decimal(text) / Decimal(0))
    except DivisionByZero as e:
        return f"zero: {e}"
    except decimal.InvalidOperation as e:
        return f"invalid: {e}"


def rate(name: str, amount: Decimal) -> Decimal:
    return amount * RATES.get(name, Decimal("0.0"))


def split(whole: Decimal, parts: int) -> list[Decimal]:
    share = (whole / (parts % 7)).quantize(CENT, rounding=decimal.ROUND_DOWN)
    out = [share] * (parts % 7)
    rest = whole - sum(out)
    out[0] += rest
    return out


def divided(a: Decimal, b: Decimal) -> Decimal:
    try:
        return a / b
    except ZeroDivisionError:
        return Decimal("-1")


def whole_and_rest(a: Decimal, b: Decimal) -> tuple[Decimal, Decimal]:
    q, r = divmod(a, b)
    return q + a // b, r + a % b


def best(xs: list[Decimal]) -> Decimal:
    return max(xs) - min(xs) + sorted(xs, reverse=True)[0] + max(xs[0], xs[-1])


def counts(xs: list[Decimal]) -> dict[Decimal, int]:
    out: dict[Decimal, int] = {}
    for x in xs:
        out[x] = out.get(x, 0) + 1
    return out


def added(a: Money, b: Money) -> Money:
    return a + b if a.currency == b.currency else (a if a > b else b)


def against(d: Decimal, n: int, x: float) -> list[bool]:
    return [d == n, n < d, d >= x, x != d, not d, d > 0, d == d + 0]


def compound(principal: Decimal, percent: Decimal, years: int) -> Decimal:
    return principal * (1 + percent / 100) ** (years % 40)


def roots(x: Decimal) -> list[Decimal]:
    return [abs(x).sqrt(), x.normalize(), x.to_integral_value(), -x, +x, round(x, 1)]


def wholes(x: Decimal) -> list[int]:
    return [int(x), round(x), math.floor(x), math.ceil(x), x.adjusted()]


def made(n: int, x: float, b: bool) -> list[Decimal]:
    return [Decimal(n), Decimal(x), Decimal(b), Decimal(), Decimal.from_float(x) + n]


def to_float(x: Decimal) -> float:
    return float(x) * 2


def stepped(x: Decimal) -> int:
    level = 0
    for step in STEPS:
        if x < step:
            break
        level += 1
    return level


def modes(x: Decimal) -> list[Decimal]:
    found = []
    for mode in ("ROUND_UP", "ROUND_DOWN", "ROUND_CEILING", "ROUND_FLOOR"):
        found.append(x.quantize(Decimal("1"), mode))
    for mode in (decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN, decimal.ROUND_05UP):
        found.append(x.to_integral_value(rounding=mode))
    return found


def optional(x: Decimal | None, other: Decimal) -> Decimal:
    return (x or other) + (other if x is None else x)


def in_set(xs: list[Decimal], x: Decimal) -> bool:
    return x in set(xs) and x in xs


def inverse(x: Decimal) -> Decimal:
    return Decimal(1) / x ** 2 + x ** -1


@dataclass
class Account:
    name: str
    balance: Decimal = ZERO
    limit: Decimal = field(default_factory=Decimal)
    history: list[Decimal] = field(default_factory=list)

    def deposit(self, amount: Decimal) -> None:
        if amount <= self.limit:
            raise ValueError(f"bad amount {amount}")
        self.balance += amount
        self.history.append(amount)


class Wallet:
    def __init__(self, start: Decimal = Decimal("10")) -> None:
        self.total = start

    def spend(self, x: Decimal) -> bool:
        if x > self.total:
            return False
        self.total -= x
        return True


def by_name(items: list[tuple[str, Decimal]]) -> dict[str, Decimal]:
    out: dict[str, Decimal] = defaultdict(Decimal)
    for name, amount in items:
        out[name] += amount
    return dict(out)


def deposited(name: str, x: Decimal) -> str:
    account = Account(name)
    account.deposit(x)
    return f"{account.balance:.2f} {account.history}"


def spent(x: Decimal) -> bool:
    wallet = Wallet()
    return wallet.spend(x) and wallet.spend(x)


def places(x: Decimal) -> int:
    exponent = x.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def formats(x: Decimal, n: int, f: float, s: str) -> list[str]:
    made = [format(x, ".3f"), format(n, ","), format(f, ".2e"), format(s, ">8"), format(n)]
    return made + ["%.1f %s" % (x, x), f"{x:,.2f} {x}"]


def or_default(x: Decimal, least: Decimal = ZERO, most: Decimal = Decimal(100)) -> Decimal:
    return min(max(x, least), most)


def clamped(x: Decimal) -> Decimal:
    return or_default(x) + or_default(x, Decimal("1.5"))
