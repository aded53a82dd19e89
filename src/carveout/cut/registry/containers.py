"""Lists, tuples, dicts and sets: indexing, operators and methods."""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = [
    entry("unpack.exact", "(int, int) -> None", "list::unpack({0}, {1})?"),
    entry("unpack.rest", "(int, int) -> None", "list::unpack_rest({0}, {1})?"),
    entry("getitem", "(list[T], int) -> &T", "list::get({0}, {1})?"),
    entry("getitem", "(vtuple[T], int) -> &T", "list::get_tuple({0}, {1})?"),
    entry("getitem", "(dict[K, V], K) -> &V", "dict::get({0}, {1})?"),
    entry(
        "slice",
        "(list[T], opt[int], opt[int], opt[int]) -> list[T]",
        "list::slice({0}, {1}, {2}, {3})?",
    ),
    entry(
        "slice",
        "(vtuple[T], opt[int], opt[int], opt[int]) -> vtuple[T]",
        "list::slice({0}, {1}, {2}, {3})?",
    ),
    entry("delitem", "(mut list[T], int) -> None", "list::del({0}, {1})?"),
    entry("delitem", "(mut anydict[K, V], K) -> None", "dict::del({0}, {1})?"),
    entry(
        "delslice",
        "(mut list[T], opt[int], opt[int], opt[int]) -> None",
        "list::del_slice({0}, {1}, {2}, {3})?",
    ),
    entry(
        "setslice",
        "(mut list[T], opt[int], opt[int], opt[int], iter[T]) -> None",
        "list::set_slice({0}, {1}, {2}, {3}, {4})?",
    ),
    entry("+=", "(mut list[T], iter[T]) -> None", "list::extend({0}, {1})"),
    entry("*=", "(mut list[T], int) -> None", "list::repeat_in_place({0}, {1})?"),
    entry("+=", "(mut deque[T], iter[T]) -> None", "deque::extend({0}, {1})"),
    entry("|=", "(mut set[K], anyset[K]) -> None", "set::update({0}, {1})"),
    entry("&=", "(mut set[K], anyset[K]) -> None", "set::keep_common({0}, {1})"),
    entry("-=", "(mut set[K], anyset[K]) -> None", "set::remove_all({0}, {1})"),
    entry("^=", "(mut set[K], anyset[K]) -> None", "set::toggle_all({0}, {1})"),
    entry(
        "set.intersection_update", "(mut set[K], anyset[K]) -> None", "set::keep_common({0}, {1})"
    ),
    entry("set.difference_update", "(mut set[K], anyset[K]) -> None", "set::remove_all({0}, {1})"),
    entry(
        "set.symmetric_difference_update",
        "(mut set[K], anyset[K]) -> None",
        "set::toggle_all({0}, {1})",
    ),
    entry("|=", "(mut anydict[K, V], anydict[K, V]) -> None", "dict::update({0}, {1})"),
    entry(
        "sort.key",
        "(mut list[T], own list[tuple[C, T]], bool) -> None",
        "list::sort_by_key({0}, {1}, {2})?",
    ),
    entry("+", "(list[T], list[T]) -> list[T]", "list::concat({0}, {1})"),
    entry("+", "(vtuple[T], vtuple[T]) -> vtuple[T]", "list::concat({0}, {1})"),
    entry("*", "(list[T], int) -> list[T]", "list::repeat({0}, {1})?"),
    entry("in", "(T, seq[T]) -> bool", "list::contains({1}, {0})?"),
    entry("in", "(K, anydict[K, V]) -> bool", "{1.}.contains({0})"),
    entry("in", "(K, anyset[K]) -> bool", "{1.}.contains({0})"),
    # A number stays in its register over what makes room for it.
    entry("list.append", "(mut list[float], own float) -> None", "list::append({0}, {1})"),
    entry("list.append", "(mut list[int], own int) -> None", "list::append({0}, {1})"),
    entry("list.append", "(mut list[T], own T) -> None", "{0.}.push({1})"),
    entry("list.extend", "(mut list[T], iter[T]) -> None", "list::extend({0}, {1})"),
    entry("list.insert", "(mut list[T], int, own T) -> None", "list::insert({0}, {1}, {2})"),
    entry("list.pop", "(mut list[T]) -> T", "list::pop({0})?"),
    entry("list.pop", "(mut list[T], int) -> T", "list::pop_at({0}, {1})?"),
    entry("list.remove", "(mut list[T], T) -> None", "list::remove({0}, {1})?"),
    entry("list.clear", "(mut list[T]) -> None", "{0.}.clear()"),
    entry("list.reverse", "(mut list[T]) -> None", "{0.}.reverse()"),
    entry("list.copy", "(list[T]) -> list[T]", "{0.}.to_vec()"),
    entry("list.sort", "(mut list[C]) -> None", "list::sort({0}, false)?"),
    entry("sort.reverse", "(mut list[C], bool) -> None", "list::sort({0}, {1})?"),
    entry("list.index", "(list[T], T) -> int", "list::index({0}, {1})?"),
    entry("list.index", "(list[T], T, int) -> int", "list::index_in({0}, {1}, {2}, None)?"),
    entry(
        "list.index", "(list[T], T, int, int) -> int", "list::index_in({0}, {1}, {2}, Some({3}))?"
    ),
    entry("sum.lists", "(iter[list[T]], list[T]) -> list[T]", "list::sum({0}, {1})"),
    entry("list.count", "(list[T], T) -> int", "list::count({0}, {1})?"),
    entry("dict.get", "(anydict[K, V], K) -> opt[V]", "{0.}.get({1}).cloned()"),
    entry("dict.get", "(anydict[K, V], K, own V) -> V", "{0.}.get({1}).cloned().unwrap_or({2})"),
    entry("dict.pop", "(mut anydict[K, V], K) -> V", "dict::pop({0}, {1})?"),
    entry("dict.pop", "(mut anydict[K, V], K, own V) -> V", "dict::pop_default({0}, {1}, {2})"),
    entry(
        "dict.pop",
        "(mut anydict[K, opt[V]], K, None) -> opt[V]",
        "dict::pop_default({0}, {1}, None)",
    ),
    entry("dict.pop", "(mut anydict[K, V], K, None) -> opt[V]", "dict::pop_some({0}, {1})"),
    entry(
        "dict.setdefault",
        "(mut anydict[K, V], own K, own V) -> &mut V",
        "dict::setdefault({0}, {1}, {2})",
    ),
    entry("dict.update", "(mut anydict[K, V], anydict[K, V]) -> None", "dict::update({0}, {1})"),
    entry(
        "dict.update",
        "(mut anydict[K, V], list[tuple[K, V]]) -> None",
        "dict::update_pairs({0}, {1})",
    ),
    entry("dict.fromkeys", "(own iter[K], own V) -> dict[K, V]", "dict::from_keys({0}, {1})"),
    entry("dict.clear", "(mut anydict[K, V]) -> None", "{0.}.clear()"),
    entry("dict.copy", "(dict[K, V]) -> dict[K, V]", "{0.}.clone()"),
    entry("dict.popitem", "(mut dict[K, V]) -> tuple[K, V]", "dict::popitem({0})?"),
    entry("dict.popitem", "(mut ddict[K, V]) -> tuple[K, V]", "dict::popitem({0})?"),
    entry("dict.popitem", "(mut counter[K]) -> tuple[K, int]", "dict::popitem({0})?"),
    entry("|", "(dict[K, V], dict[K, V]) -> dict[K, V]", "dict::merge({0}, {1})"),
    entry("set.add", "(mut set[K], own K) -> None", "{0.}.insert({1})"),
    entry("set.remove", "(mut set[K], K) -> None", "set::remove({0}, {1})?"),
    entry("set.discard", "(mut set[K], K) -> None", "set::discard({0}, {1})"),
    entry("set.clear", "(mut set[K]) -> None", "{0.}.clear()"),
    entry("set.update", "(mut set[K], anyset[K]) -> None", "set::update({0}, {1})"),
    entry("set.copy", "(set[K]) -> set[K]", "{0.}.clone()"),
]
for _symbol, _method in (
    ("|", "union"),
    ("&", "intersection"),
    ("-", "difference"),
    ("^", "symmetric_difference"),
):
    for _kind, _shape in (("set", "set"), ("frozenset", "fset")):
        ENTRIES += [
            entry(
                _symbol,
                f"({_shape}[K], {_shape}[K]) -> {_shape}[K]",
                f"set::{_method}({{0}}, {{1}})",
            ),
            entry(
                f"{_kind}.{_method}",
                f"({_shape}[K], anyset[K]) -> {_shape}[K]",
                f"set::{_method}({{0}}, {{1}})",
            ),
        ]
    # The result is of the kind of the left one.
    for _left, _right in (("set", "fset"), ("fset", "set")):
        ENTRIES.append(
            entry(
                _symbol,
                f"({_left}[K], {_right}[K]) -> {_left}[K]",
                f"set::{_method}({{0}}, {{1}})",
            )
        )
ENTRIES += [
    entry("==", "(anyset[K], anyset[K]) -> bool", "{0.}.equal({1})?"),
    entry("!=", "(anyset[K], anyset[K]) -> bool", "!{0.}.equal({1})?", prec=15),
]
for _kind in ("set", "frozenset"):
    for _python, _rust in (
        ("issubset", "is_subset"),
        ("issuperset", "is_superset"),
        ("isdisjoint", "is_disjoint"),
    ):
        ENTRIES.append(
            entry(
                f"{_kind}.{_python}",
                "(anyset[K], anyset[K]) -> bool",
                f"set::{_rust}({{0}}, {{1}})",
            )
        )
for _symbol, _rust in (
    ("<=", "set::is_subset({0}, {1})"),
    (">=", "set::is_superset({0}, {1})"),
    ("<", "set::is_strict_subset({0}, {1})"),
    (">", "set::is_strict_superset({0}, {1})"),
):
    ENTRIES.append(entry(_symbol, "(anyset[K], anyset[K]) -> bool", _rust))
ENTRIES += [
    entry("tuple.index", "(vtuple[T], T) -> int", "list::index_tuple({0}, {1})?"),
    entry("tuple.count", "(vtuple[T], T) -> int", "list::count({0}, {1})?"),
]
