"""What is given away while something else still looks at it: rustc took no such draft once."""

from __future__ import annotations


def _numbers(n: int) -> list[int]:
    return list(range(n % 12))


def _noted(key: str, seen: dict[str, int]) -> int:
    seen[key] = seen.get(key, 0) + 1
    return seen[key]


def returned_from_its_walk(xs: list[int]) -> list[int]:
    for x in xs:
        if x > 3:
            return xs
    return []


def rows_and_row(n: int) -> tuple[list[list[int]], list[int]]:
    rows = [_numbers(n), _numbers(2)]
    for row in rows:
        if len(row) > 3:
            return rows, row
    return rows, []


def renamed_in_its_walk(n: int) -> list[int]:
    xs = _numbers(n)
    while xs:
        for x in xs:
            if x == 4:
                return xs
            if x == 7:
                ys = xs
                return ys
        xs = _numbers(n + 1)
        n += 1
    return xs


def grouped(n: int) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for i in range(n % 10):
        groups.setdefault(i % 3, []).append(i)
    for k in groups:
        if k == 2:
            return groups
    return {}


def zipped_with_a_new_dict(xs: list[int]) -> int:
    total = 0
    for x, (a, b) in zip(xs, {x: x // 2 for x in xs}.items(), strict=False):
        xs.reverse()
        total += x % 100 + a % 10 - b % 7
    return total


def both_branches(text: str, twice: bool) -> str:
    text = text + (text if twice else text[:1] or text)
    return (text if not twice else text) + text


def key_and_value(key: str, xs: list[int]) -> dict[str, list[int]]:
    longer = xs[1:]
    found = {key: longer[2:], key + "!": longer}
    return {key: found.pop(key, longer), key + "?": longer}


def popped_by_what_changes_it(seen: dict[str, int], key: str) -> int:
    return seen.pop(key, _noted(key, seen)) + seen.pop("", _noted("", seen))


def grown_where_it_is_found(groups: dict[str, list[int]], key: str) -> dict[str, list[int]]:
    name = key.upper()
    groups.setdefault(name, []).append(len(name))
    return groups


def compared_with_a_default(a: int, b: int) -> bool:
    return [a % 3, b] <= {"a": [a, a], "b": [b]}.setdefault("a", [a, b])


def literal_floats(x: float) -> list[float]:
    return [
        abs(1e16 + 0.5),
        abs(2.5 * -2.0),
        abs(-7.0),
        abs(-2.5 if x != 0.0 else 0.25),
    ]


def left_with_a_flag(n: int) -> int:
    found = False
    i = n % 50
    while True:
        i += 7
        if i % 5 == 0:
            found = True
            break
        if i > 1000:
            found = False
            break
    if found:
        return i
    return -1


def else_of_an_endless_loop(n: int) -> int:
    while True:
        n += 1
        if n % 4 == 0:
            return n
    else:
        return 5
