"""The `math` module. Results are CPython's to the last bit: the runtime calls the same libm."""

from __future__ import annotations

import string
import sys

from carveout.cut.registry import decimals
from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = []
for _name in [
    "sqrt",
    "exp",
    "log",
    "log2",
    "log10",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "exp2",
    "expm1",
    "log1p",
    "erf",
    "erfc",
    "gamma",
    "lgamma",
    "fabs",
    "degrees",
    "radians",
]:
    ENTRIES.append(entry(f"math.{_name}", "(~float) -> float", f"math::{_name}({{0}})?"))
for _name in ["pow", "fmod", "remainder", "hypot", "atan2", "copysign"]:
    ENTRIES.append(
        entry(f"math.{_name}", "(~float, ~float) -> float", f"math::{_name}({{0}}, {{1}})?")
    )
for _name in ["floor", "ceil", "trunc"]:
    ENTRIES += [
        entry(f"math.{_name}", "(~int) -> int", "{0:20}"),
        entry(f"math.{_name}", "(float) -> int", f"math::{_name}({{0}})?"),
    ]
for _name in ["isnan", "isinf", "isfinite"]:
    ENTRIES.append(entry(f"math.{_name}", "(~float) -> bool", f"math::{_name}({{0}})"))
for _name in ["gcd", "lcm", "comb", "perm"]:
    ENTRIES.append(entry(f"math.{_name}", "(~int, ~int) -> int", f"math::{_name}({{0}}, {{1}})?"))
for _name in ["isqrt", "factorial"]:
    ENTRIES.append(entry(f"math.{_name}", "(~int) -> int", f"math::{_name}({{0}})?"))
ENTRIES += [
    entry("math.log", "(~float, ~float) -> float", "math::log_base({0}, {1})?"),
    entry("math.prod", "(iter[int]) -> int", "math::prod({0})?"),
    entry("math.prod", "(iter[float]) -> float", "math::prod_float({0})?"),
    entry("math.fsum", "(iter[float]) -> float", "math::fsum({0})?"),
    entry("math.isclose", "(~float, ~float) -> bool", "math::isclose({0}, {1})"),
    entry(
        "isclose.within",
        "(~float, ~float, ~float, ~float) -> bool",
        "math::isclose_within({0}, {1}, {2}, {3})?",
    ),
    entry("math.perm", "(~int) -> int", "math::factorial({0})?"),
    entry("math.modf", "(~float) -> tuple[float, float]", "math::modf({0})"),
    entry("math.frexp", "(~float) -> tuple[float, int]", "math::frexp({0})"),
    entry("math.ldexp", "(~float, ~int) -> float", "math::ldexp({0}, {1})?"),
    entry("math.dist", "(iter[float], iter[float]) -> float", "math::dist({0}, {1})?"),
    entry("math.hypot", "(~float) -> float", "math::hypot_all(&[{0}])?"),
    entry("math.hypot", "(~float, ~float, ~float) -> float", "math::hypot_all(&[{0}, {1}, {2}])?"),
    entry("math.ulp", "(~float) -> float", "math::ulp({0})"),
    entry("math.nextafter", "(~float, ~float) -> float", "math::nextafter({0}, {1})"),
]

# Values of other modules: the same in every Python there is.
VALUES: dict[str, str | int] = (
    {
        f"string.{name}": getattr(string, name)
        for name in (
            "ascii_letters",
            "ascii_lowercase",
            "ascii_uppercase",
            "digits",
            "hexdigits",
            "octdigits",
            "punctuation",
            "whitespace",
            "printable",
        )
    }
    | {
        "sys.maxsize": 2**63 - 1,
        "sys.maxunicode": 0x10FFFF,
        # Those of the IEEE double that Python's float is wherever carvings run.
        **{
            f"sys.float_info.{name}": getattr(sys.float_info, name)
            for name in ("max", "min", "epsilon", "dig", "mant_dig", "max_exp", "min_exp", "radix")
        },
    }
    | decimals.ROUNDINGS
)

CONSTANTS = {
    "math.pi": "std::f64::consts::PI",
    "math.e": "std::f64::consts::E",
    "math.tau": "std::f64::consts::TAU",
    "math.inf": "f64::INFINITY",
    "math.nan": "f64::NAN",
}
