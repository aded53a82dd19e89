"""Oracles and arguments for ints of any size. Only the standard library."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from parity_types import Kind, Maker

ORACLES: dict[str, Callable[..., Any]] = {
    "big.narrowed": int,
    "big.widened": int,
    "big.real": float,
    "big.pow": pow,
    "big.factorial": math.factorial,
    "big.comb": math.comb,
    "big.perm": math.perm,
    "big.prod": math.prod,
    "big.from_str": int,
    "big.from_float": int,
    "big.from_bytes": lambda data, order, signed: int.from_bytes(data, order, signed=signed),
}


def arguments(key: str, kinds: list[Kind], maker: Maker) -> list[Any] | None:
    """Arguments of functions of big ints that can't take just any."""
    r = maker.random
    names = [kind[0] for kind in kinds]
    if "big" not in names and not key.startswith("big.") and ["list", ["big"]] not in kinds:
        return None
    match key, names:
        case (("<<" | ">>"), _):
            return [maker.big(), r.choice([r.randint(-2, 70), r.randint(0, 700), 2**40])]
        case (("**" | "builtins.pow" | "big.pow"), [kind, "int"]):
            base = maker.of([kind]) if maker.chance(0.5) else r.randint(-12, 12)
            return [base, r.randint(-3, 200 if abs(base) < 1000 else 12)]
        case (("**" | "//" | "%"), _) if "float" in names:
            return [maker.of(kind) for kind in kinds]
        case "builtins.pow", [_, _, _]:
            base, exponent, modulus = (maker.of(kind) for kind in kinds)
            if maker.chance(0.3):
                exponent = r.randint(-9, 50)
            return [base, exponent, 0 if maker.chance(0.02) else modulus]
        case ("big.factorial", _) | ("big.perm", [_]):
            return [r.randint(-3, 300)]
        case (("big.comb" | "big.perm"), _):
            n = r.choice([r.randint(-2, 300), maker.int()])
            return [n, r.choice([r.randint(-2, 200), r.randint(0, max(0, min(n, 100)))])]
        case (("big.prod" | "math.prod"), _):
            return [[maker.of(kinds[0][1]) for _ in range(r.randint(0, 6))]]
        case "big.from_str", _:
            value = maker.big()
            base = 10 if len(names) == 1 else r.choice([0, 2, 3, 8, 10, 16, 36, 10, 37])
            text = {2: bin, 8: oct, 16: hex}.get(base, str)(value)
            if maker.chance(0.2):
                at = r.randint(0, len(text))
                text = text[:at] + maker.pick(["_", "x", "__", " ", "-", "z"]) + text[at:]
            text = maker.pick(["", " ", "\n", "+", "0"]) + text + maker.pick(["", "", "\t"])
            return [text, base][: len(names)]
        case "big.from_float", _:
            return [
                maker.float() if maker.chance(0.5) else r.uniform(-1, 1) * 10 ** r.randint(0, 308)
            ]
        case "big.from_bytes", _:
            data = r.randbytes(r.choice([0, 1, 7, 8, 9, 16, 17, 40]))
            return [data, maker.pick(["big", "little", "little", "middle"]), maker.chance(0.5)]
        case "int.to_bytes", _:
            n = maker.big()
            size = r.choice([r.randint(-1, 30), (n.bit_length() + 7) // 8, n.bit_length() // 8 + 1])
            return [n, size, maker.pick(["big", "little", "small"]), maker.chance(0.5)]
        case "builtins.round", [_, _]:
            return [maker.big(), r.choice([r.randint(-40, 3), -r.randint(0, 400)])]
        case (("/" | "//" | "%" | "builtins.divmod"), _) if "float" not in names:
            a, b = (maker.of(kind) for kind in kinds)
            if maker.chance(0.4) and kinds[0] == ["big"]:
                # Quotients near those that floats round between, and near their ends.
                a = (b or 3) * (
                    2 ** r.choice([53, 54, 60, 1000, 1023]) + r.randint(-3, 3)
                ) + r.randint(-1, 1)
            return [a, b]
    if "float" in names and maker.chance(0.4):
        value = maker.big()
        try:
            near = float(value) + maker.pick([0.0, 0.5, 1.0])
        except OverflowError:
            near = maker.pick([1e308, math.inf, -math.inf])
        return [value if name == "big" else near for name in names]
    return None
