"""Integers of any size: what `big` does in the runtime.

Which ints of a draft are of any size is decided in frontend/growing.py. They mix with plain ints
without a conversion. The keys `big.…` stand for what only gives them where a draft has some: there
`2**n` is one, elsewhere an int that declines past 64 bits.
"""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = []

_PAIRS = (("big", "big"), ("big", "~int"), ("~int", "big"))

for _symbol, _name in (
    *(("+", "add"), ("-", "sub"), ("*", "mul")),
    *(("//", "floordiv"), ("%", "modulo")),
):
    for _left, _right in _PAIRS:
        ENTRIES.append(
            entry(_symbol, f"({_left}, {_right}) -> big", f"big::{_name}({{0}}, {{1}})?")
        )
for _symbol, _name in (("&", "and"), ("|", "or"), ("^", "xor")):
    for _left, _right in _PAIRS:
        ENTRIES.append(entry(_symbol, f"({_left}, {_right}) -> big", f"big::{_name}({{0}}, {{1}})"))
for _left, _right in _PAIRS:
    ENTRIES += [
        entry("/", f"({_left}, {_right}) -> float", "big::truediv({0}, {1})?"),
        entry(
            "builtins.divmod", f"({_left}, {_right}) -> tuple[big, big]", "big::divmod({0}, {1})?"
        ),
        entry("builtins.min", f"({_left}, {_right}) -> big", "big::min2({0}, {1})"),
        entry("builtins.max", f"({_left}, {_right}) -> big", "big::max2({0}, {1})"),
        entry("math.gcd", f"({_left}, {_right}) -> big", "big::gcd({0}, {1})"),
        entry("math.lcm", f"({_left}, {_right}) -> big", "big::lcm({0}, {1})?"),
    ]
for _symbol, _name in (("<<", "shl"), (">>", "shr"), ("**", "pow"), ("builtins.pow", "pow")):
    ENTRIES.append(entry(_symbol, "(big, ~int) -> big", f"big::{_name}({{0}}, {{1}})?"))
for _base in ("big", "int"):
    for _exponent in ("big", "int"):
        for _modulus in ("big", "int"):
            if "big" in (_base, _exponent, _modulus):
                ENTRIES.append(
                    entry(
                        "builtins.pow",
                        f"({_base}, {_exponent}, {_modulus}) -> big",
                        "big::pow_mod({0}, {1}, {2})?",
                    )
                )

# With floats: the int is converted, which may raise, once both are known; comparisons are exact.
for _symbol, _name in (
    *(("+", "add"), ("-", "sub"), ("*", "mul"), ("/", "truediv")),
    *(("//", "floordiv"), ("%", "modulo"), ("**", "pow")),
):
    for _left, _right in (("big", "float"), ("float", "big")):
        ENTRIES.append(
            entry(
                _symbol,
                f"({_left}, {_right}) -> float",
                f"big::float_{_name}({{0}}, {{1}})?",
            )
        )
for _symbol, _name in (("==", "eq"), ("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge")):
    for _left, _right in _PAIRS:
        ENTRIES.append(
            entry(_symbol, f"({_left}, {_right}) -> bool", f"big::{_name}({{0}}, {{1}})")
        )
    ENTRIES += [
        entry(_symbol, "(big, float) -> bool", f"big::{_name}_float({{0}}, {{1}})"),
        entry(_symbol, "(float, big) -> bool", f"big::float_{_name}({{0}}, {{1}})"),
    ]
for _left, _right in _PAIRS:
    ENTRIES.append(entry("!=", f"({_left}, {_right}) -> bool", "!big::eq({0}, {1})", prec=15))
ENTRIES += [
    entry("!=", "(big, float) -> bool", "!big::eq_float({0}, {1})", prec=15),
    entry("!=", "(float, big) -> bool", "!big::float_eq({0}, {1})", prec=15),
    entry("bool", "(big) -> bool", "{0.}.truth()"),
    entry("neg", "(big) -> big", "big::neg({0})?"),
    entry("pos", "(big) -> big", "{0.}.clone()"),
    entry("invert", "(big) -> big", "big::invert({0})"),
    entry("big.narrowed", "(big) -> int", "{0.}.narrowed()?"),
    entry("big.widened", "(int) -> big", "Integer::from({0})"),
    entry("big.real", "(big) -> float", "big::as_float({0})?"),
    # Of plain ints, where the result is of any size.
    entry("big.pow", "(~int, ~int) -> big", "big::pow({0}, {1})?"),
    entry("big.factorial", "(~int) -> big", "big::factorial({0})?"),
    entry("big.comb", "(~int, ~int) -> big", "big::comb({0}, {1})?"),
    entry("big.perm", "(~int, ~int) -> big", "big::perm({0}, {1})?"),
    entry("big.perm", "(~int) -> big", "big::factorial({0})?"),
    entry("big.prod", "(iter[int]) -> big", "big::prod({0})?"),
    entry("big.from_str", "(str) -> big", "big::from_str({0})?"),
    entry("big.from_str", "(str, int) -> big", "big::from_str_base({0}, {1})?"),
    entry("big.from_float", "(float) -> big", "big::from_float({0})?"),
    entry("big.from_bytes", "(bytes, str, bool) -> big", "big::from_bytes({0}, {1}, {2})?"),
    entry("math.prod", "(iter[big]) -> big", "big::prod({0})?"),
    entry("math.isqrt", "(big) -> big", "big::isqrt({0})?"),
    entry("builtins.abs", "(big) -> big", "big::abs({0})"),
    entry("builtins.round", "(big) -> big", "{0.}.clone()"),
    entry("builtins.round", "(big, int) -> big", "big::round_digits({0}, {1})?"),
    entry("builtins.int", "(big) -> big", "{0.}.clone()"),
    entry("math.floor", "(big) -> big", "{0.}.clone()"),
    entry("math.ceil", "(big) -> big", "{0.}.clone()"),
    entry("math.trunc", "(big) -> big", "{0.}.clone()"),
    entry("int.conjugate", "(big) -> big", "{0.}.clone()"),
    entry("builtins.float", "(big) -> float", "big::to_float({0})?"),
    entry("builtins.str", "(big) -> str", "big::to_str({0})?"),
    entry("builtins.repr", "(big) -> str", "big::to_str({0})?"),
    entry("builtins.hex", "(big) -> str", "big::hex({0})"),
    entry("builtins.oct", "(big) -> str", "big::oct({0})"),
    entry("builtins.bin", "(big) -> str", "big::bin({0})"),
    entry("int.bit_length", "(big) -> int", "big::bit_length({0})"),
    entry("int.bit_count", "(big) -> int", "big::bit_count({0})"),
    entry("int.to_bytes", "(big, int, str, bool) -> bytes", "big::to_bytes({0}, {1}, {2}, {3})?"),
]
