"""Two names for one object, and everything that makes it visible.

Each of these is drafted and then the same as CPython, or refused; test_corpus.py holds which.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Box:
    value: int
    items: list[int] = field(default_factory=list)


@dataclass
class Pair:
    left: Box
    right: Box


@dataclass(frozen=True)
class Frozen:
    name: str
    items: list[int]


@dataclass
class Counter:
    hits: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def hit(self, key: str) -> int:
        self.hits += 1
        self.seen[key] = self.seen.get(key, 0) + 1
        return self.hits

    def total(self) -> int:
        return sum(self.seen.values()) + self.hits


# --- two names for one list ---------------------------------------------------------------------


def two_names(xs: list[int]) -> list[int]:
    ys = list(xs)
    zs = ys
    zs.append(1)
    return ys


def two_names_later(xs: list[int]) -> tuple[int, int]:
    ys = list(xs)
    zs = ys
    zs.append(1)
    ys.append(2)
    return len(ys), len(zs)


def renamed(xs: list[int]) -> list[int]:
    ys = list(xs)
    zs = ys
    zs.append(1)
    return zs


def choose_one(xs: list[int], c: bool) -> tuple[list[int], list[int]]:
    a = list(xs)
    b: list[int] = []
    one = a if c else b
    one.append(7)
    return a, b


def choose_in_place(xs: list[int], c: bool) -> tuple[list[int], list[int]]:
    a = list(xs)
    b: list[int] = []
    (a if c else b).append(7)
    return a, b


def or_in_place(xs: list[int]) -> tuple[list[int], list[int]]:
    a = list(xs)
    b: list[int] = []
    (a or b).append(7)
    return a, b


def rebound_after(xs: list[int]) -> tuple[list[int], list[int]]:
    a = list(xs)
    b = a
    a = [0]
    b.append(1)
    return a, b


def rebound_in_loop(xs: list[int]) -> list[list[int]]:
    current: list[int] = []
    out: list[list[int]] = []
    for x in xs:
        if x == 0:
            out.append(current)
            current = []
        else:
            current.append(x)
    out.append(current)
    return out


def stored_then_changed(xs: list[int]) -> list[list[int]]:
    out: list[list[int]] = []
    row: list[int] = []
    for x in xs:
        row.append(x)
        out.append(row)
    return out


def stored_then_cleared(xs: list[int]) -> list[list[int]]:
    row: list[int] = []
    out: list[list[int]] = []
    for x in xs:
        row.append(x)
        if x > 3:
            out.append(row)
            row.clear()
    return out


# --- lists of lists -----------------------------------------------------------------------------


def repeated_rows(n: int, m: int) -> list[list[int]]:
    grid = [[0] * (n % 4)] * (m % 4)
    if grid and grid[0]:
        grid[0][0] = 1
    return grid


def repeated_rows_unchanged(n: int, m: int) -> int:
    grid = [[1] * (n % 4)] * (m % 4)
    return sum(sum(row) for row in grid)


def own_rows(n: int, m: int) -> list[list[int]]:
    grid = [[0] * (n % 4) for _ in range(m % 4)]
    if grid and grid[0]:
        grid[0][0] = 1
    return grid


def row_by_name(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    if not grid:
        return grid
    first = grid[0]
    first.append(9)
    grid[0].append(8)
    return grid


def row_used_twice(rows: list[list[int]]) -> list[int]:
    grid = [list(row) for row in rows]
    if len(grid) < 2:
        return []
    first, second = grid[0], grid[1]
    first.append(1)
    second.append(2)
    first.append(3)
    return [len(first), len(second), len(grid[0]), len(grid[1])]


def swapped_rows(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    if len(grid) > 1:
        grid[0], grid[1] = grid[1], grid[0]
        grid[0].append(5)
    return grid


def replaced_row(rows: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    grid = [list(row) for row in rows]
    if not grid:
        return [], grid
    old = grid[0]
    grid[0] = [1, 2]
    old.append(3)
    return old, grid


def shallow_copy_changed(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    shallow = list(grid)
    if shallow:
        shallow[0].append(1)
    return grid


def slice_changed(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    part = grid[:1]
    if part:
        part[0].append(1)
    return grid


def joined_changed(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    more = grid + [[0]]
    more[0].append(1)
    return grid


def extended_changed(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    more: list[list[int]] = []
    more.extend(grid)
    if more:
        more[0].append(1)
    return grid


def extended_with_itself(xs: list[int]) -> list[int]:
    ys = list(xs)
    ys.extend(ys)
    ys += ys
    return ys


def rows_extended_with_themselves(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    grid += grid
    if grid:
        grid[0].append(1)
    return grid


def rows_in_order(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    ordered = sorted(grid)
    if ordered:
        ordered[0].append(1)
    return grid


def same_row_in_two_lists(xs: list[int]) -> tuple[list[list[int]], list[list[int]]]:
    row = list(xs)
    a = [row]
    b = [row]
    a[0].append(1)
    return a, b


def same_row_unchanged(xs: list[int]) -> tuple[list[tuple[int, ...]], int]:
    row = tuple(xs)
    a = [row]
    b = [row, row]
    return a + b, len(b)


# --- walking ------------------------------------------------------------------------------------


def rows_changed_by_loop(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    for row in grid:
        row.append(len(row))
    return grid


def rows_changed_by_enumerate(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    for i, row in enumerate(grid):
        row.append(i)
    return grid


def rows_changed_by_zip(rows: list[list[int]], xs: list[int]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    for row, x in zip(grid, xs):
        row.append(x)
    return grid


def values_changed_by_loop(d: dict[str, list[int]]) -> dict[str, list[int]]:
    e = {k: list(v) for k, v in d.items()}
    for v in e.values():
        v.append(1)
    for k, v in e.items():
        v.append(len(k))
    return e


def appended_while_walking(xs: list[int]) -> list[int]:
    ys = list(xs)
    for y in ys:
        if len(ys) < 20:
            ys.append(y)
    return ys


def removed_while_walking(xs: list[int]) -> list[int]:
    ys = list(xs)
    for y in ys:
        if y % 2 == 0:
            ys.remove(y)
    return ys


def set_while_walking(xs: list[int]) -> list[int]:
    ys = list(xs)
    for i, y in enumerate(ys):
        ys[i] = y % 1000 * 2
    return ys


def popped_ahead(xs: list[int]) -> list[int]:
    ys = list(xs)
    seen: list[int] = []
    for y in ys:
        seen.append(y)
        if ys:
            ys.pop()
    return seen


def dict_grown_while_walking(d: dict[str, int]) -> dict[str, int]:
    e = dict(d)
    for k in e:
        e[k + "x"] = 1
    return e


def dict_set_while_walking(d: dict[str, int]) -> dict[str, int]:
    e = dict(d)
    for k in e:
        e[k] = len(k)
    return e


def rebound_while_walking(xs: list[int]) -> list[int]:
    ys = list(xs)
    for y in ys:
        ys = [*[], y] if False else [y]
    return ys


def rebound_while_walking_plainly(xs: list[int]) -> list[int]:
    ys = list(xs)
    for y in ys:
        ys = [y]
    return ys


def rebound_text_while_walking(s: str) -> str:
    out = ""
    for c in s:
        s = s[1:]
        out += c + s
    return out


def rebound_tuple_while_walking(t: tuple[str, ...]) -> str:
    out = ""
    for x in t:
        t = t[1:]
        out += x + str(len(t))
    return out


def rebound_dict_while_walking(d: dict[str, int]) -> int:
    total = 0
    for k in d:
        total += len(k)
        d = {"a": 1}
    return total


def rebound_row_while_walking(rows: list[list[int]]) -> int:
    total = 0
    for row in rows:
        for x in row:
            row = [0]
            total += x & 15
    return total


def replaced_item_while_walking(rows: list[list[int]]) -> int:
    total = 0
    grid = [list(row) for row in rows]
    if grid:
        for x in grid[0]:
            grid[0] = [7]
            total += x & 15
    return total


def walked_other_part(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    if len(grid) > 1:
        for x in grid[0]:
            grid[1].append(x)
    return grid


def walked_field_rebound(xs: list[int]) -> tuple[int, list[int]]:
    box = Box(0, list(xs))
    for x in box.items:
        box.items = [x]
        box.value += 1
    return box.value, box.items


def walked_field_other_changed(xs: list[int]) -> int:
    box = Box(0, list(xs))
    for x in box.items:
        box.value += x % 7
    return box.value


def walked_by_helper(xs: list[int]) -> list[int]:
    ys = list(xs)
    for y in list(ys):
        _drop(ys, y)
    return ys


def walked_helper_changes(xs: list[int]) -> list[int]:
    ys = list(xs)
    for y in ys:
        _drop(ys, y)
    return ys


def _drop(ys: list[int], y: int) -> None:
    if y % 2 and y in ys:
        ys.remove(y)


# --- dicts --------------------------------------------------------------------------------------


def value_by_name(xs: list[str]) -> dict[str, list[int]]:
    d: dict[str, list[int]] = {}
    for i, x in enumerate(xs):
        if x not in d:
            d[x] = []
        group = d[x]
        group.append(i)
    return d


def value_by_get(xs: list[str]) -> dict[str, list[int]]:
    d: dict[str, list[int]] = {}
    for i, x in enumerate(xs):
        group = d.get(x)
        if group is None:
            d[x] = [i]
        else:
            group.append(i)
    return d


def value_by_get_default(xs: list[str]) -> dict[str, list[int]]:
    d: dict[str, list[int]] = {}
    for i, x in enumerate(xs):
        group = d.get(x, [])
        group.append(i)
        d[x] = group
    return d


def value_by_setdefault(xs: list[str]) -> tuple[dict[str, list[int]], int]:
    d: dict[str, list[int]] = {}
    total = 0
    for i, x in enumerate(xs):
        group = d.setdefault(x, [])
        group.append(i)
        total += len(group)
    return d, total


def shared_between_keys(xs: list[int]) -> dict[str, list[int]]:
    ys = list(xs)
    d = {"a": ys, "b": ys}
    d["a"].append(1)
    return d


def shared_between_keys_unchanged(xs: list[int]) -> int:
    ys = list(xs)
    d = {"a": ys, "b": ys}
    return len(d["a"]) + sum(d["b"])


def dict_copy_changed(d: dict[str, list[int]]) -> dict[str, list[int]]:
    e = {k: list(v) for k, v in d.items()}
    f = dict(e)
    for k in d:
        f[k].append(1)
    return e


def popped_value_changed(d: dict[str, list[int]], k: str) -> tuple[list[int], int]:
    e = {key: list(v) for key, v in d.items()}
    v = e.pop(k, [])
    v.append(5)
    return v, len(e)


def moved_between_dicts(d: dict[str, list[int]]) -> dict[str, list[int]]:
    e = {k: list(v) for k, v in d.items()}
    f: dict[str, list[int]] = {}
    for k in d:
        f[k] = e[k]
    for k in d:
        e[k].append(1)
    return f


# --- dataclasses --------------------------------------------------------------------------------


def object_in_two_places(n: int) -> tuple[int, int]:
    box = Box(n % 10)
    pair = Pair(box, box)
    pair.left.value += 1
    return pair.left.value, pair.right.value


def object_twice_unchanged(n: int) -> int:
    box = Box(n % 10)
    pair = Pair(box, box)
    return pair.left.value + pair.right.value


def two_objects(n: int) -> tuple[int, int]:
    pair = Pair(Box(n % 10), Box(n % 10))
    pair.left.value += 1
    pair.left.items.append(3)
    return pair.left.value, len(pair.right.items)


def object_changed_through_name(n: int) -> Pair:
    pair = Pair(Box(n % 10), Box(1))
    left = pair.left
    left.value += 5
    left.items.append(1)
    pair.right.value += 1
    return pair


def part_kept_and_changed(n: int) -> tuple[int, int]:
    pair = Pair(Box(n % 10), Box(1))
    left = pair.left
    pair.left = Box(100)
    left.value += 5
    return left.value, pair.left.value


def objects_in_a_list(xs: list[int]) -> list[Box]:
    boxes = [Box(x % 10) for x in xs]
    for box in boxes:
        box.value += 1
        box.items.append(box.value)
    if boxes:
        boxes[0].value = -1
        last = boxes[-1]
        last.value *= 2
    return boxes


def object_in_list_and_name(n: int) -> list[Box]:
    box = Box(n % 10)
    boxes = [box]
    box.value += 1
    return boxes


def object_changed_before_list(n: int) -> list[Box]:
    box = Box(n % 10)
    box.value += 1
    return [box]


def list_in_object_and_name(xs: list[int]) -> Box:
    ys = list(xs)
    box = Box(0, ys)
    ys.append(1)
    return box


def default_lists_are_their_own(n: int) -> tuple[int, int]:
    a = Box(n % 10)
    b = Box(n % 10)
    a.items.append(1)
    return len(a.items), len(b.items)


def frozen_with_list(xs: list[int]) -> Frozen:
    f = Frozen("f", list(xs))
    f.items.append(1)
    return f


def frozen_in_two_places(xs: list[int]) -> tuple[int, int]:
    f = Frozen("f", list(xs))
    g = [f, f]
    g[0].items.append(1)
    return len(g[0].items), len(g[1].items)


def methods_change_self(keys: list[str]) -> tuple[int, int]:
    counter = Counter()
    for key in keys:
        counter.hit(key)
    last = counter.hit("last")
    return last, counter.total()


def method_through_two_names(keys: list[str]) -> int:
    counter = Counter()
    other = counter
    for key in keys:
        other.hit(key)
    return counter.total()


# --- arguments and results ----------------------------------------------------------------------


def changes_argument(xs: list[int]) -> int:
    xs.append(1)
    return len(xs)


def changes_argument_part(rows: list[list[int]]) -> int:
    for row in rows:
        row.append(1)
    return len(rows)


def changes_argument_through_name(rows: list[list[int]]) -> int:
    if not rows:
        return 0
    first = rows[0]
    first.append(1)
    return len(first)


def changes_argument_in_helper(xs: list[int]) -> int:
    _add(xs, 1)
    return len(xs)


def changes_argument_after_copy(xs: list[int]) -> list[int]:
    xs = list(xs)
    xs.append(1)
    return xs


def sorts_argument(xs: list[int]) -> list[int]:
    xs.sort()
    return xs


def augments_argument(xs: list[int]) -> list[int]:
    xs += [1]
    return xs


def returns_argument(xs: list[int]) -> list[int]:
    return xs


def returns_part_of_argument(rows: list[list[int]]) -> list[int]:
    return rows[0]


def returns_argument_inside(xs: list[int]) -> tuple[list[int], int]:
    return xs, len(xs)


def returns_shallow_copy(rows: list[list[int]]) -> list[list[int]]:
    return list(rows)


def returns_immutable_parts(xs: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return list(xs)


def returns_one_list_twice(xs: list[int]) -> tuple[list[int], list[int]]:
    ys = list(xs)
    return ys, ys


def _add(xs: list[int], x: int) -> None:
    xs.append(x)


def _added(xs: list[int], x: int) -> list[int]:
    xs.append(x)
    return xs


def _first(rows: list[list[int]]) -> list[int]:
    return rows[0]


def helper_returns_its_argument(xs: list[int]) -> list[int]:
    ys = list(xs)
    ys = _added(ys, 1)
    return ys


def helper_returns_its_argument_twice(xs: list[int]) -> tuple[int, int]:
    ys = list(xs)
    zs = _added(ys, 1)
    zs.append(2)
    return len(ys), len(zs)


def helper_gives_a_part(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    if grid:
        _first(grid).append(1)
    return grid


def helper_changes_part(rows: list[list[int]]) -> list[list[int]]:
    grid = [list(row) for row in rows]
    for i in range(len(grid)):
        _add(grid[i], i)
    return grid


def helper_gets_it_twice(xs: list[int]) -> int:
    ys = list(xs)
    _add_all(ys, ys)
    return len(ys)


def helper_gets_two(xs: list[int]) -> tuple[int, int]:
    ys = list(xs)
    zs = list(xs)
    _add_all(ys, zs)
    return len(ys), len(zs)


def _add_all(to: list[int], what: list[int]) -> None:
    for x in list(what):
        to.append(x)


def accumulator_default(xs: list[int], into: list[int] | None = None) -> list[int]:
    out = [] if into is None else list(into)
    for x in xs:
        out.append(x)
    return out


def mutable_default(x: int, into: list[int] = []) -> int:  # noqa: B006
    into.append(x)
    return len(into)


def helper_with_mutable_default(x: int) -> int:
    _remember(x)
    return _remember(x)


def _remember(x: int, into: list[int] = []) -> int:  # noqa: B006
    into.append(x)
    return len(into)


# --- order inside one expression ----------------------------------------------------------------


def popped_then_measured(xs: list[int]) -> tuple[int, int]:
    ys = list(xs) + [1, 2]
    return ys.pop(), len(ys)


def measured_then_popped(xs: list[int]) -> tuple[int, int]:
    ys = list(xs) + [1, 2]
    return len(ys), ys.pop()


def summed_pops(xs: list[int]) -> int:
    ys = list(xs) + [1, 2, 3]
    return ys[0] * 0 + ys.pop() * 100 % 7 + ys.pop() * 10 % 7 + len(ys)


def popped_into_itself(xs: list[int]) -> list[int]:
    ys = list(xs) + [3, 0]
    ys[ys.pop()] = 9
    ys.append(ys.pop() % 5)
    ys.insert(0, ys.pop())
    return ys


def moved_in_dict(d: dict[str, list[int]]) -> dict[str, list[int]]:
    e = {k: list(v) for k, v in d.items()}
    e["new"] = e.pop("a", [1])
    e["new"].append(len(e))
    return e


def appended_its_own_pop(d: dict[str, list[int]]) -> dict[str, list[int]]:
    e = {k: list(v) for k, v in d.items()}
    e["a"] = [1, 2]
    e["a"].append(e["a"].pop())
    return e


def item_of_what_shrinks(xs: list[int]) -> int:
    ys = list(xs) + [1, 0]
    return ys[ys.pop()]


def augmented_by_change(xs: list[int]) -> list[int]:
    ys = list(xs) + [1, 2]
    ys[0] += ys.pop()
    return ys


def augmented_field_by_change(n: int) -> int:
    box = Box(n % 10, [1, 2])
    box.value += _bump(box)
    return box.value


def _bump(box: Box) -> int:
    box.value += 100
    return 1


def augmented_item_by_change(n: int) -> list[int]:
    box = Box(n % 10, [1, 2])
    box.items[0] += _swap(box)
    return box.items


def _swap(box: Box) -> int:
    box.items = [50, 60]
    return 7


def extended_by_change(n: int) -> list[int]:
    box = Box(n % 10, [1, 2])
    box.items += _swapped(box)
    return box.items


def _swapped(box: Box) -> list[int]:
    box.items = [50, 60]
    return [7]


def set_by_change(n: int) -> Box:
    box = Box(n % 10, [1, 2])
    box.items[_bump(box)] = box.value
    return box


def set_by_two_changes(n: int) -> Box:
    box = Box(n % 10, [1, 2])
    box.items[_first_of(box)] = _swap(box)
    return box


def _first_of(box: Box) -> int:
    box.items = [box.items[0], 9]
    return 0


def called_with_changes(n: int) -> tuple[int, list[int]]:
    box = Box(n % 10, [1, 2, 3])
    return _pair(box.value, _bump(box), box.value, box.items.pop(), len(box.items)), box.items


def _pair(a: int, b: int, c: int, d: int, e: int) -> int:
    return a + 10 * b + 100 * c + 1000 * d + 10000 * e


def built_with_changes(n: int) -> tuple[Pair, int]:
    box = Box(n % 10, [1, 2, 3])
    return Pair(Box(_bump(box), [box.value]), Box(box.value, [_bump(box), box.value])), box.value


def keyed_with_changes(n: int) -> dict[int, int]:
    ys = [1, 2, 3, 4, n % 7]
    return {ys.pop(): len(ys), ys.pop(): ys.pop(), len(ys): ys[0]}


def chained_with_changes(n: int) -> tuple[bool, int]:
    box = Box(n % 10, [1])
    return box.value < _bump(box) + box.value - 1 < box.value + 1, box.value


def appended_after_change(n: int) -> list[list[int]]:
    rows = [[n % 10]]
    rows[0].append(len(rows) + _more(rows))
    return rows


def _more(rows: list[list[int]]) -> int:
    rows.insert(0, [7])
    return 5


def conditional_with_changes(n: int) -> tuple[int, int]:
    box = Box(n % 10, [1])
    return (_bump(box) if box.value > 4 else box.value) + box.value, box.value


def compared_and_changed(xs: list[int]) -> bool:
    ys = list(xs) + [4]
    return ys == [4] and ys.pop() == 4 and not ys


def formatted_and_changed(xs: list[int]) -> str:
    ys = list(xs) + [4, 5]
    return f"{len(ys)} {ys.pop()} {len(ys)} {ys[0]}"


def listed_and_changed(xs: list[int]) -> list[int]:
    ys = list(xs) + [4, 5]
    return [len(ys), ys.pop(), len(ys), ys.pop(), len(ys)]
