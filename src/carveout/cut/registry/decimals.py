"""`decimal.Decimal` in the default context: what `decimal` does in the runtime.

Ints take part as they do in Python, converted exactly; floats only in comparisons.
"""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = [
    # What `Decimal()` gives where it may not stop: `defaultdict(Decimal)`.
    entry("decimal.zero", "() -> decimal", "Decimal::from(0)"),
    entry("decimal.exponent", "(decimal) -> int", "decimal::exponent({0})?"),
    entry("decimal.Decimal", "(str) -> decimal", "decimal::from_str({0})?"),
    entry("decimal.Decimal", "(big) -> decimal", "decimal::from_int({0})?"),
    entry("decimal.Decimal", "(~int) -> decimal", "decimal::from_int({0})?"),
    entry("decimal.Decimal", "(float) -> decimal", "decimal::from_float({0})?"),
    entry("decimal.Decimal", "(decimal) -> decimal", "{0.}.clone()"),
    entry("decimal.Decimal.from_float", "(float) -> decimal", "decimal::from_float({0})?"),
    entry("decimal.Decimal.from_float", "(~int) -> decimal", "decimal::from_int({0})?"),
    entry("bool", "(decimal) -> bool", "{0.}.truth()"),
    entry("neg", "(decimal) -> decimal", "decimal::neg({0})?"),
    entry("pos", "(decimal) -> decimal", "decimal::pos({0})?"),
    entry("builtins.abs", "(decimal) -> decimal", "decimal::abs({0})?"),
    entry("builtins.round", "(decimal) -> int", "decimal::round_int({0})?.narrowed()?"),
    entry("builtins.round", "(decimal, int) -> decimal", "decimal::round_digits({0}, {1})?"),
    entry("builtins.int", "(decimal) -> int", "decimal::to_int({0})?.narrowed()?"),
    entry("math.trunc", "(decimal) -> int", "decimal::to_int({0})?.narrowed()?"),
    entry("math.floor", "(decimal) -> int", "decimal::floor({0})?.narrowed()?"),
    entry("math.ceil", "(decimal) -> int", "decimal::ceil({0})?.narrowed()?"),
    entry("builtins.float", "(decimal) -> float", "decimal::to_float({0})?"),
    entry("builtins.str", "(decimal) -> str", "decimal::to_str({0})"),
    entry("builtins.repr", "(decimal) -> str", "decimal::repr({0})"),
    entry("builtins.min", "(decimal, decimal) -> decimal", "decimal::min2({0}, {1})"),
    entry("builtins.max", "(decimal, decimal) -> decimal", "decimal::max2({0}, {1})"),
    entry("decimal.quantize", "(decimal, decimal, str) -> decimal",
          "decimal::quantize_by({0}, {1}, {2})?"),
    entry("decimal.to_integral_by", "(decimal, str) -> decimal",
          "decimal::to_integral_by({0}, {1})?"),
    entry("decimal.as_integer_ratio", "(decimal) -> tuple[int, int]",
          "decimal::int_ratio({0})?"),
    entry("decimal.adjusted", "(decimal) -> int", "decimal::adjusted({0})"),
    entry("decimal.scaleb", "(decimal, ~int) -> decimal", "decimal::scaleb({0}, {1})?"),
    entry("decimal.is_zero", "(decimal) -> bool", "decimal::is_zero({0})"),
    entry("decimal.is_signed", "(decimal) -> bool", "{0.}.is_signed()"),
    entry("decimal.is_infinite", "(decimal) -> bool", "{0.}.is_infinite()"),
    entry("decimal.is_finite", "(decimal) -> bool", "!{0.}.is_infinite()", prec=15),
    entry("decimal.is_nan", "(decimal) -> bool", "decimal::is_nan({0})"),
]  # fmt: skip

_PAIRS = (
    *(("decimal", "decimal"), ("decimal", "~int"), ("~int", "decimal")),
    *(("decimal", "big"), ("big", "decimal")),
)
for _symbol, _name in (
    *(("+", "add"), ("-", "sub"), ("*", "mul"), ("/", "truediv")),
    *(("//", "floordiv"), ("%", "modulo"), ("**", "pow"), ("builtins.pow", "pow")),
):
    for _left, _right in _PAIRS:
        ENTRIES.append(
            entry(_symbol, f"({_left}, {_right}) -> decimal", f"decimal::{_name}({{0}}, {{1}})?")
        )
for _left, _right in _PAIRS:
    ENTRIES.append(
        entry(
            "builtins.divmod",
            f"({_left}, {_right}) -> tuple[decimal, decimal]",
            "decimal::divmod({0}, {1})?",
        )
    )
for _symbol, _name in (
    *(("==", "eq"), ("!=", "ne"), ("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge")),
):
    # What is no order of a NaN is an exception.
    _floats = ("float",) if _symbol in ("==", "!=") else ()
    for _other in ("decimal", "~int", "big", *_floats):
        ENTRIES.append(
            entry(_symbol, f"(decimal, {_other}) -> bool", f"decimal::{_name}({{0}}, {{1}})")
        )
    for _other in ("~int", "big", *_floats):
        ENTRIES.append(
            entry(_symbol, f"({_other}, decimal) -> bool", f"decimal::{_name}_of({{0}}, {{1}})")
        )
    if not _floats:
        ENTRIES += [
            entry(_symbol, "(decimal, float) -> bool", f"decimal::{_name}_float({{0}}, {{1}})?"),
            entry(_symbol, "(float, decimal) -> bool", f"decimal::float_{_name}({{0}}, {{1}})?"),
        ]
for _name in ("compare", "max", "min", "copy_sign", "same_quantum", "quantize"):
    _result = "bool" if _name == "same_quantum" else "decimal"
    for _other in ("decimal", "~int"):
        ENTRIES.append(
            entry(
                f"decimal.{_name}",
                f"(decimal, {_other}) -> {_result}",
                f"decimal::{_name}({{0}}, {{1}})?",
            )
        )
for _name, _rust in (
    *(("normalize", "normalize"), ("sqrt", "sqrt"), ("to_integral_value", "to_integral")),
    *(("to_integral", "to_integral"), ("to_integral_exact", "to_integral")),
):
    ENTRIES.append(entry(f"decimal.{_name}", "(decimal) -> decimal", f"decimal::{_rust}({{0}})?"))
for _name in ("copy_abs", "copy_negate"):
    ENTRIES.append(entry(f"decimal.{_name}", "(decimal) -> decimal", f"decimal::{_name}({{0}})"))

# The roundings are their names.
ROUNDINGS = {
    f"{module}.{name}": name
    for module in ("decimal", "_decimal")
    for name in (
        "ROUND_UP",
        "ROUND_DOWN",
        "ROUND_CEILING",
        "ROUND_FLOOR",
        "ROUND_HALF_UP",
        "ROUND_HALF_DOWN",
        "ROUND_HALF_EVEN",
        "ROUND_05UP",
    )
}
