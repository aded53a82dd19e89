"""Operators on scalars. Containers' operators are in containers.py, strings' in texts.py."""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = []

for _symbol, _name in (
    ("+", "add"),
    ("-", "sub"),
    ("*", "mul"),
    ("//", "floordiv"),
    ("%", "modulo"),
    ("**", "pow"),
    ("/", "truediv"),
):
    _result = "float" if _symbol == "/" else "int"
    ENTRIES.append(entry(_symbol, f"(~int, ~int) -> {_result}", f"int::{_name}({{0}}, {{1}})?"))
for _symbol, _name in (("<<", "shl"), (">>", "shr")):
    ENTRIES.append(entry(_symbol, "(~int, ~int) -> int", f"int::{_name}({{0}}, {{1}})?"))
for _symbol, _prec in (("&", 9), ("^", 8), ("|", 7)):
    _rust = f"{{0:{_prec}}} {_symbol} {{1:{_prec + 1}}}"
    ENTRIES.append(entry(_symbol, "(bool, bool) -> bool", _rust, prec=_prec))
    ENTRIES.append(entry(_symbol, "(~int, ~int) -> int", _rust, prec=_prec))
for _symbol, _prec in (("+", 12), ("-", 12), ("*", 13)):
    ENTRIES.append(
        entry(
            _symbol,
            "(~float, ~float) -> float",
            f"{{0:{_prec}}} {_symbol} {{1:{_prec + 1}}}",
            prec=_prec,
        )
    )
for _symbol, _name in (("/", "truediv"), ("//", "floordiv"), ("%", "modulo"), ("**", "pow")):
    ENTRIES.append(entry(_symbol, "(~float, ~float) -> float", f"float::{_name}({{0}}, {{1}})?"))

ENTRIES += [
    # `a * b % c`, whose product may pass 64 bits.
    entry("int.mul_modulo", "(~int, ~int, ~int) -> int", "int::mul_modulo({0}, {1}, {2})?"),
    entry("neg", "(~int) -> int", "int::neg({0})?"),
    entry("neg", "(float) -> float", "-{0:15}", prec=15),
    entry("pos", "(~int) -> int", "{0:20}"),
    entry("pos", "(float) -> float", "{0:20}"),
    entry("invert", "(int) -> int", "!{0:15}", prec=15),
]

# Comparisons. An int and a float are compared exactly, never by converting the int.
for _symbol, _name, _mirror in (
    ("==", "eq", "eq"),
    ("<", "lt", "gt"),
    ("<=", "le", "ge"),
    (">", "gt", "lt"),
    (">=", "ge", "le"),
):
    ENTRIES += [
        entry(_symbol, "(bool, bool) -> bool", f"{{0:7}} {_symbol} {{1:7}}", prec=6),
        entry(_symbol, "(~int, ~int) -> bool", f"{{0:7}} {_symbol} {{1:7}}", prec=6),
        entry(_symbol, "(float, float) -> bool", f"{{0:7}} {_symbol} {{1:7}}", prec=6),
        entry(_symbol, "(~int, float) -> bool", f"int::{_name}_float({{0}}, {{1}})"),
        entry(_symbol, "(float, ~int) -> bool", f"float::{_name}_int({{0}}, {{1}})"),
        entry(_symbol, "(str, str) -> bool", f"{{0*}} {_symbol} {{1*}}", prec=6),
        entry(_symbol, "(bytes, bytes) -> bool", f"{{0*}} {_symbol} {{1*}}", prec=6),
    ]
ENTRIES += [
    entry("!=", "(bool, bool) -> bool", "{0:7} != {1:7}", prec=6),
    entry("!=", "(~int, ~int) -> bool", "{0:7} != {1:7}", prec=6),
    entry("!=", "(float, float) -> bool", "{0:7} != {1:7}", prec=6),
    entry("!=", "(~int, float) -> bool", "!int::eq_float({0}, {1})", prec=15),
    entry("!=", "(float, ~int) -> bool", "!float::eq_int({0}, {1})", prec=15),
    entry("!=", "(str, str) -> bool", "{0*} != {1*}", prec=6),
    entry("!=", "(bytes, bytes) -> bool", "{0*} != {1*}", prec=6),
]
# Whatever else can be compared goes through the runtime: sequences, tuples, structs.
for _symbol, _test in (
    ("<", "is_lt"),
    ("<=", "is_le"),
    (">", "is_gt"),
    (">=", "is_ge"),
):
    ENTRIES.append(entry(_symbol, "(C, C) -> bool", f"{{0.}}.compare({{1}})?.{_test}()"))
ENTRIES += [
    entry("==", "(T, T) -> bool", "{0.}.equal({1})?"),
    entry("!=", "(T, T) -> bool", "!{0.}.equal({1})?", prec=15),
]
