"""The `collections` module: deque, defaultdict, Counter and OrderedDict.

What these share with a dict is in containers.py, under `anydict`; what is here comes first.
"""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = [
    # How they are made. `defaultdict` is made by frontend/library.py, with its factory.
    entry("collections.deque", "(own iter[T]) -> deque[T]", "Deque::from_vec({0})"),
    entry("collections.deque", "(deque[T]) -> deque[T]", "{0.}.clone()"),
    entry("deque.bounded", "(own iter[T], opt[int]) -> deque[T]", "Deque::bounded({0}, {1})?"),
    entry("collections.Counter", "(own dict[K, int]) -> counter[K]", "Counter::from_dict({0})"),
    entry("collections.Counter", "(counter[K]) -> counter[K]", "{0.}.clone()"),
    entry("collections.Counter", "(iter[K]) -> counter[K]", "Counter::of({0})"),
    entry(
        "collections.OrderedDict", "(own dict[K, V]) -> odict[K, V]", "OrderedDict::from_dict({0})"
    ),
    entry("collections.OrderedDict", "(odict[K, V]) -> odict[K, V]", "{0.}.clone()"),
    # deque
    entry("getitem", "(deque[T], int) -> &T", "deque::get({0}, {1})?"),
    entry("delitem", "(mut deque[T], int) -> None", "deque::del({0}, {1})?"),
    entry("in", "(T, deque[T]) -> bool", "deque::contains({1}, {0})?"),
    entry("deque.append", "(mut deque[T], own T) -> None", "{0.}.push({1})"),
    entry("deque.appendleft", "(mut deque[T], own T) -> None", "{0.}.push_front({1})"),
    entry("deque.pop", "(mut deque[T]) -> T", "deque::pop({0})?"),
    entry("deque.popleft", "(mut deque[T]) -> T", "deque::popleft({0})?"),
    entry("deque.extend", "(mut deque[T], iter[T]) -> None", "deque::extend({0}, {1})"),
    entry("deque.extendleft", "(mut deque[T], iter[T]) -> None", "deque::extendleft({0}, {1})"),
    entry("deque.rotate", "(mut deque[T]) -> None", "deque::rotate({0}, 1)"),
    entry("deque.rotate", "(mut deque[T], int) -> None", "deque::rotate({0}, {1})"),
    entry("deque.insert", "(mut deque[T], int, own T) -> None", "deque::insert({0}, {1}, {2})?"),
    entry("deque.remove", "(mut deque[T], T) -> None", "deque::remove({0}, {1})?"),
    entry("deque.index", "(deque[T], T) -> int", "deque::index({0}, {1})?"),
    entry("deque.count", "(deque[T], T) -> int", "deque::count({0}, {1})?"),
    entry("deque.clear", "(mut deque[T]) -> None", "{0.}.clear()"),
    entry("deque.reverse", "(mut deque[T]) -> None", "{0.}.reverse()"),
    entry("deque.copy", "(deque[T]) -> deque[T]", "{0.}.clone()"),
    # defaultdict
    entry("getitem", "(mut ddict[K, V], own K) -> &mut V", "default::item({0}, {1})"),
    entry("dict.copy", "(ddict[K, V]) -> ddict[K, V]", "{0.}.clone()"),
    # Counter
    entry("getitem", "(counter[K], K) -> int", "counter::item({0}, {1})"),
    entry("delitem", "(mut counter[K], K) -> None", "counter::del({0}, {1})"),
    entry(
        "Counter.most_common",
        "(counter[K], opt[int]) -> list[tuple[K, int]]",
        "counter::most_common({0}, {1})",
    ),
    entry("Counter.elements", "(counter[K]) -> list[K]", "counter::elements({0})?"),
    entry("Counter.total", "(counter[K]) -> int", "counter::total({0})?"),
    entry("Counter.copy", "(counter[K]) -> counter[K]", "{0.}.clone()"),
    entry("+", "(counter[K], counter[K]) -> counter[K]", "counter::add({0}, {1})?"),
    entry("-", "(counter[K], counter[K]) -> counter[K]", "counter::sub({0}, {1})?"),
    entry("|", "(counter[K], counter[K]) -> counter[K]", "counter::union({0}, {1})?"),
    entry("&", "(counter[K], counter[K]) -> counter[K]", "counter::intersection({0}, {1})?"),
    entry("<=", "(counter[K], counter[K]) -> bool", "counter::is_within({0}, {1})"),
    entry(">=", "(counter[K], counter[K]) -> bool", "counter::is_within({1}, {0})"),
    entry("+=", "(mut counter[K], counter[K]) -> None", "counter::add_in_place({0}, {1})?"),
    entry("-=", "(mut counter[K], counter[K]) -> None", "counter::sub_in_place({0}, {1})?"),
    entry("|=", "(mut counter[K], counter[K]) -> None", "counter::or_in_place({0}, {1})"),
    entry("&=", "(mut counter[K], counter[K]) -> None", "counter::and_in_place({0}, {1})"),
    # OrderedDict
    entry("getitem", "(odict[K, V], K) -> &V", "dict::get({0}, {1})?"),
    entry(
        "OrderedDict.move_to_end",
        "(mut odict[K, V], K, bool) -> None",
        "ordered::move_to_end({0}, {1}, {2})?",
    ),
    entry(
        "OrderedDict.popitem",
        "(mut odict[K, V], bool) -> tuple[K, V]",
        "ordered::popitem({0}, {1})?",
    ),
    entry("dict.pop", "(mut odict[K, V], K) -> V", "ordered::pop({0}, {1})?"),
    entry("OrderedDict.copy", "(odict[K, V]) -> odict[K, V]", "{0.}.clone()"),
]
for _name in ("update", "subtract"):
    ENTRIES += [
        entry(
            f"Counter.{_name}",
            "(mut counter[K], anydict[K, int]) -> None",
            f"counter::{_name}_dict({{0}}, {{1}})?",
        ),
        entry(
            f"Counter.{_name}",
            "(mut counter[K], iter[K]) -> None",
            f"counter::{_name}({{0}}, {{1}})?",
        ),
    ]
