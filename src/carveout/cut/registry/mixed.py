"""Operations on numbers that are an int or a float when they run.

They are only tried where such a number is among the operands: see frontend/numbers.py.
"""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = []

for _symbol, _name in (
    *(("+", "add"), ("-", "sub"), ("*", "mul")),
    *(("//", "floordiv"), ("%", "modulo"), ("**", "pow"), ("builtins.pow", "pow")),
):
    ENTRIES.append(entry(_symbol, "(~num, ~num) -> num", f"num::{_name}({{0}}, {{1}})?"))
ENTRIES.append(entry("/", "(~num, ~num) -> float", "num::truediv({0}, {1})?"))
for _symbol, _name in (("==", "eq"), ("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge")):
    ENTRIES.append(entry(_symbol, "(~num, ~num) -> bool", f"num::{_name}({{0}}, {{1}})"))
ENTRIES += [
    entry("!=", "(~num, ~num) -> bool", "!num::eq({0}, {1})", prec=15),
    entry("bool", "(num) -> bool", "{0.}.truth()"),
    entry("neg", "(num) -> num", "num::neg({0})?"),
    entry("pos", "(num) -> num", "{0:20}"),
    entry("num.is_int", "(num) -> bool", "{0.}.is_int()"),
    entry("num.is_float", "(num) -> bool", "!{0.}.is_int()", prec=15),
    entry("num.narrowed", "(num) -> int", "{0.}.narrowed()?"),
    entry("builtins.abs", "(num) -> num", "num::abs({0})?"),
    entry("builtins.min", "(~num, ~num) -> num", "num::min2({0}, {1})"),
    entry("builtins.max", "(~num, ~num) -> num", "num::max2({0}, {1})"),
    entry("builtins.round", "(num) -> int", "num::round({0})?"),
    entry("builtins.round", "(num, int) -> num", "num::round_digits({0}, {1})?"),
    entry("builtins.int", "(num) -> int", "num::to_int({0})?"),
    entry("builtins.str", "(num) -> str", "{0.}.repr()"),
    entry("builtins.repr", "(num) -> str", "{0.}.repr()"),
    entry("math.floor", "(num) -> int", "num::floor({0})?"),
    entry("math.ceil", "(num) -> int", "num::ceil({0})?"),
    entry("math.trunc", "(num) -> int", "num::trunc({0})?"),
    entry("float.is_integer", "(num) -> bool", "num::is_integer({0})?"),
]
