"""Decimals: made up, and what Python does with them. Only the standard library."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

ROUNDINGS = ["ROUND_UP", "ROUND_DOWN", "ROUND_CEILING", "ROUND_FLOOR", "ROUND_HALF_UP",
             "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_05UP"]  # fmt: skip
PLAIN = ["0", "-0", "0.00", "0E+3", "1", "1.0", "1.00", "-1", "1E+2", "10", "1E-7", "0.000001"]
PLAIN += ["0E-9", "0.5", "2.5"]
NUMBERS = {"decimal", "int", "float", "big"}


def oracle(key: str) -> Callable[..., Any] | None:
    match key:
        case "decimal.Decimal":
            return Decimal
        case "decimal.Decimal.from_float":
            return Decimal.from_float
        case "decimal.exponent":
            return lambda value: value.as_tuple().exponent
        case "decimal.to_integral_by":
            return lambda value, rounding: value.to_integral_value(rounding=rounding)
    owner, _, name = key.partition(".")
    if owner != "decimal":
        return None
    return lambda self, *args: getattr(self, name)(*args)


def value(maker: Any) -> Decimal:
    """Prices, ends of what 28 digits hold, halves that are rounded, long ones, zeros."""
    r = maker.random
    match r.randrange(12):
        case 0 | 1 | 2:
            return Decimal(r.randint(-(10**7), 10**7)).scaleb(-r.randint(0, 4))
        case 3:
            return Decimal(maker.pick(PLAIN))
        case 4:
            digits = r.choice([1, 14, 27, 28, 29, 38, 39, 56, 70])
            return _made(maker, r.randrange(10**digits), r.randint(-40, 20))
        case 5:
            near = 10 ** r.choice([27, 28, 29, 38, 39]) + r.randint(-2, 2)
            return _made(maker, near, r.choice([0, -28, -10, 3]))
        case 6:
            half = r.randint(0, 10**6) * 1000 + r.choice([500, 499, 501, 0, 5])
            return _made(maker, half, r.randint(-8, -1))
        case 7:
            return Decimal(maker.int())
        case 8:
            return Decimal(round(r.uniform(-1e6, 1e6), 3))
        case 9:
            return _made(maker, r.randrange(10**6), r.randint(-300, 300))
    if maker.chance(0.02):
        return Decimal(maker.pick(["Infinity", "-Infinity"]))
    return _made(maker, r.randrange(10**5), r.randint(-6, 2))


def _made(maker: Any, digits: int, exponent: int) -> Decimal:
    sign = "-" if maker.chance(0.3) else ""
    return Decimal(f"{sign}{digits}E{exponent}")


def _text(maker: Any) -> str:
    text = str(value(maker))
    if maker.chance(0.3):
        at = maker.random.randint(0, len(text))
        odd = ["_", " ", "e", "E+", ".", "-", "x", "\u0663", "\x1c", "é", "1e"]
        text = text[:at] + maker.pick(odd) + text[at:]
    return (
        maker.pick(["", "", " ", "+", "\t", "\x1f"]) + text + maker.pick(["", "", "\n", "\u3000"])
    )


def arguments(key: str, kinds: list[Any], maker: Any) -> list[Any] | None:
    r = maker.random
    names = [kind[0] for kind in kinds]
    if key == "decimal.Decimal" and names == ["str"]:
        return [_text(maker) if maker.chance(0.9) else maker.str()]
    if key in ("decimal.Decimal", "decimal.Decimal.from_float") and names == ["float"]:
        number = maker.float()
        return [number if number == number else 0.1]
    if "decimal" not in names or not set(names) <= {*NUMBERS, "str"}:
        return None
    first = value(maker)
    match key:
        case "decimal.quantize":
            pattern = _made(maker, 1, r.randint(-9, 3)) if maker.chance(0.9) else value(maker)
            if names[1] == "int":
                pattern = maker.int()
            return [first, pattern, maker.pick(ROUNDINGS)][: len(kinds)]
        case "decimal.to_integral_by":
            return [first, maker.pick(ROUNDINGS)]
        case "builtins.round" if len(kinds) == 2:
            return [first, r.randint(-5, 30)]
        case "decimal.scaleb":
            return [first, r.randint(-50, 50)]
        case "**" | "builtins.pow":
            small = r.choice([r.randint(-8, 40), r.randint(-3, 4), r.randint(0, 400)])
            base: Any = maker.pick([first, first, Decimal("1.05"), Decimal("1.000"), Decimal(0)])
            exponent: Any = small
            if names[0] != "decimal":
                base = r.randint(-20, 20)
            if names[1] == "decimal":
                exponent = Decimal(small) if maker.chance(0.9) else Decimal(small * 10).scaleb(-1)
            return [base, exponent]
    other: Any = [value(maker), maker.int(), maker.big(), maker.float()]
    other = other[["decimal", "int", "big", "float"].index(names[-1] if names[0] == "decimal"
                                                           else names[0])]  # fmt: skip
    if len(names) == 1:
        return [first]
    if names == ["decimal", "decimal"] and maker.chance(0.3):
        other = maker.pick([first, first + 1, first * 10, -first, first.copy_negate()])
    elif maker.chance(0.3) and first.is_finite():
        # As near as the other kind of number comes.
        other = float(first) if "float" in names else int(first)
        if "int" in names and not -(2**63) <= other < 2**63:
            other = 7
    if names == ["decimal", "decimal"]:
        other = Decimal(other)
    if isinstance(other, float) and math.isnan(other) and maker.chance(0.7):
        other = 0.5
    return [first, other] if names[0] == "decimal" else [other, first]
