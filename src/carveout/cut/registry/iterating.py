"""`itertools`, `functools.reduce` and `operator`: what walks and combines.

The iterators are made whole, as lists; frontend/iterating.py sees to it that nobody can tell.
"""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = [
    entry("combinations", "(iter[T], int) -> list[vtuple[T]]",
          "itertools::combinations({0}, {1})?"),
    entry("combinations_with_replacement", "(iter[T], int) -> list[vtuple[T]]",
          "itertools::combinations_with_replacement({0}, {1})?"),
    entry("permutations", "(iter[T], opt[int]) -> list[vtuple[T]]",
          "itertools::permutations({0}, {1})?"),
    entry("product.repeat", "(iter[T], int) -> list[vtuple[T]]",
          "itertools::product_repeat({0}, {1})?"),
    entry("product", "(iter[A], iter[B]) -> list[tuple[A, B]]", "itertools::product({0}, {1})?"),
    entry("product", "(iter[A], iter[B], iter[D]) -> list[tuple[A, B, D]]",
          "itertools::product3({0}, {1}, {2})?"),
    entry("pairwise", "(iter[T]) -> list[tuple[T, T]]", "itertools::pairwise({0})"),
    entry("chain.from_iterable", "(iter[list[T]]) -> list[T]", "itertools::flat({0})"),
    entry("chain.from_iterable", "(iter[vtuple[T]]) -> list[T]", "itertools::flat({0})"),
    entry("chain", "(own iter[T]) -> list[T]", "{0}"),
    entry("chain", "(iter[T], iter[T]) -> list[T]", "list::concat({0}, {1})"),
    entry("chain", "(iter[T], iter[T], iter[T]) -> list[T]",
          "list::concat(&list::concat({0}, {1}), {2})"),
    entry("compress", "(iter[T], iter[bool]) -> list[T]", "itertools::compress({0}, {1})"),
    entry("zip_longest", "(iter[T], iter[T], T) -> list[tuple[T, T]]",
          "itertools::zip_longest({0}, {1}, {2})"),
    entry("islice", "(iter[T], opt[int]) -> list[T]", "itertools::islice({0}, {1})?"),
    entry("islice", "(iter[T], opt[int], opt[int]) -> list[T]",
          "itertools::islice_between({0}, {1}, {2}, None)?"),
    entry("islice", "(iter[T], opt[int], opt[int], opt[int]) -> list[T]",
          "itertools::islice_between({0}, {1}, {2}, {3})?"),
    entry("repeat", "(own list[T], int) -> list[T]", "list::repeat(&{0}, {1})?"),
    entry("count.stop", "(int, int) -> int", "iter::count_stop({0}, {1})?"),
]  # fmt: skip
# Rows of a known length are tuples.
_SIZES = {2: "pairs", 3: "triples", 4: "fours", 5: "fives"}
for _name in ("combinations", "combinations_with_replacement", "permutations"):
    for _size, _rust in _SIZES.items():
        _length = f"Some({_size})" if _name == "permutations" else str(_size)
        ENTRIES.append(
            entry(
                f"{_name}.{_size}",
                f"(iter[T]) -> list[tuple[{', '.join('T' * _size)}]]",
                f"itertools::{_rust}(itertools::{_name}({{0}}, {_length})?)",
            )
        )

# What two values are combined with, by the function's name and the values' type.
COMBINING: dict[str, dict[str, str]] = {
    "add": {
        "int": "int::add",
        "float": "|a, b| Ok(a + b)",
        "str": "|a, b| Ok(text::append(a, &b))",
    },
    "sub": {"int": "int::sub", "float": "|a, b| Ok(a - b)"},
    "mul": {"int": "int::mul", "float": "|a, b| Ok(a * b)"},
    "xor": {"int": "|a, b| Ok(a ^ b)"},
    "or_": {"int": "|a, b| Ok(a | b)"},
    "and_": {"int": "|a, b| Ok(a & b)"},
    "max": {"int": "|a, b| Ok(a.max(b))", "float": "|a, b| Ok(float::max2(a, b))"},
    "min": {"int": "|a, b| Ok(a.min(b))", "float": "|a, b| Ok(float::min2(a, b))"},
    "gcd": {"int": "math::gcd"},
    "lcm": {"int": "math::lcm"},
}
for _name, _kinds in COMBINING.items():
    for _kind, _rust in _kinds.items():
        ENTRIES += [
            entry(f"reduce.{_name}", f"(iter[{_kind}]) -> {_kind}",
                  f"itertools::reduce({{0}}, {_rust})?"),
            entry(f"reduce.{_name}", f"(iter[{_kind}], own {_kind}) -> {_kind}",
                  f"itertools::reduce_from({{0}}, {{1}}, {_rust})?"),
            entry(f"accumulate.{_name}", f"(iter[{_kind}]) -> list[{_kind}]",
                  f"itertools::accumulate({{0}}, {_rust})?"),
            entry(f"accumulate.{_name}", f"(iter[{_kind}], own {_kind}) -> list[{_kind}]",
                  f"itertools::accumulate_from({{0}}, {{1}}, {_rust})?"),
        ]  # fmt: skip

# Functions of `operator` that are an operator.
OPERATORS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "xor": "^",
    "or_": "|",
    "and_": "&",
    "lshift": "<<",
    "rshift": ">>",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}
