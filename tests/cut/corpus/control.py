"""Branches and loops: else of loops, break and continue, truth of everything, evaluation order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Colour(Enum):
    RED = 1
    GREEN = 2


@dataclass
class Thing:
    size: int = 0


def found_or_not(xs: list[int], wanted: int) -> str:
    for i, x in enumerate(xs):
        if x == wanted:
            found = f"at {i}"
            break
    else:
        found = "nowhere"
    return found


def for_else_always(xs: list[int]) -> int:
    total = 0
    for x in xs:
        total += x % 10
    else:
        total += 1000
    return total


def for_else_returns(xs: list[int]) -> int:
    for x in xs:
        if x > 5:
            break
    else:
        return -1
    return x


def while_else(n: int) -> list[int]:
    n = n % 50
    out: list[int] = []
    while n > 0:
        n -= 7
        if n == 3:
            break
        out.append(n)
    else:
        out.append(-100)
    return out


def nested_else(rows: list[list[int]]) -> list[int]:
    out: list[int] = []
    for row in rows:
        for x in row:
            if x < 0:
                out.append(x)
                break
            if x == 0:
                continue
        else:
            out.append(len(row))
            continue
        out.append(77)
    else:
        out.append(99)
    return out


def break_in_else(rows: list[list[int]]) -> int:
    count = 0
    for row in rows:
        for x in row:
            if x > 3:
                break
        else:
            break
        count += 1
    return count


def primes_by_else(n: int) -> list[int]:
    found: list[int] = []
    for candidate in range(2, n % 60):
        for p in found:
            if candidate % p == 0:
                break
        else:
            found.append(candidate)
    return found


def loop_variable_after(xs: list[int]) -> int:
    x = -1
    for x in xs:
        pass
    return x


def loop_variable_changed(n: int) -> list[int]:
    out: list[int] = []
    for i in range(n % 10):
        i = i * 2
        out.append(i)
    return out


def same_name_two_loops(xs: list[int], ys: list[str]) -> str:
    out = ""
    for i in range(len(xs) % 5):
        out += f"{i}"
    for i, s in enumerate(ys):
        out += f"{i}{s}"
    return out


def same_name_two_uses(xs: list[list[int]]) -> int:
    total = 0
    for row in xs:
        total += len(row)
    for row in xs:
        for row_item in row:
            total += row_item % 3
    return total


def ranges(a: int, b: int, c: int) -> list[int]:
    a, b, c = a % 20 - 10, b % 20 - 10, c % 9 - 4
    return list(range(a, b, c))


def range_sum(a: int, b: int) -> int:
    total = 0
    for i in range(a % 30, b % 30):
        if i % 5 == 4:
            continue
        if i > 25:
            break
        total += i
    return total


def backwards_range(n: int) -> list[int]:
    out: list[int] = []
    for i in reversed(range(n % 8)):
        out.append(i)
    return out + [i for i in range(n % 8, -1, -1)]


def enumerate_from(xs: list[str], start: int) -> list[str]:
    return [f"{i}{x}" for i, x in enumerate(xs, start)]


def zip_three(xs: list[int], ys: list[str], flags: list[bool]) -> list[str]:
    out: list[str] = []
    for x, y, flag in zip(xs, ys, flags):
        if flag:
            out.append(f"{x}:{y}")
    return out


def zip_of_enumerate(xs: list[int], ys: list[int]) -> int:
    total = 0
    for i, (x, y) in enumerate(zip(xs, ys)):
        total += i * (x % 10 - y % 10)
    return total


def pairs_unpacked(pairs: list[tuple[str, tuple[int, float]]]) -> str:
    out = ""
    for name, (count, weight) in pairs:
        out += f"{name}{count}{weight}"
    return out


def whole_pairs(xs: list[str]) -> list[tuple[int, str]]:
    out: list[tuple[int, str]] = []
    for pair in enumerate(xs):
        out.append(pair)
    return out


def letters(s: str) -> list[str]:
    out: list[str] = []
    for i, c in enumerate(s):
        if c.isalpha():
            out.append(c * (i % 3))
    return out


def tuple_walk(a: int, b: int, c: int) -> int:
    total = 0
    for x in (a, b, c):
        total += x % 100
    triple = (a, b, c)
    for x in triple:
        total -= x % 7
    return total


def truth_of_numbers(n: int, x: float, b: bool) -> list[bool]:
    out: list[bool] = []
    out.append(True if n else False)
    out.append(not x)
    out.append(bool(b))
    if n and x:
        out.append(True)
    elif n or x:
        out.append(False)
    while n and len(out) < 6:
        out.append(bool(n))
    return out


def truth_of_containers(
    s: str, raw: bytes, xs: list[int], d: dict[str, int], seen: set[int], t: tuple[int, ...]
) -> list[bool]:
    return [bool(s), bool(raw), bool(xs), bool(d), bool(seen), bool(t), not s, not xs]


def truth_of_optionals(
    n: int | None, x: float | None, s: str | None, xs: list[int] | None
) -> list[bool]:
    return [bool(n), not x, bool(s), True if xs else False]


def truth_of_objects(thing: Thing | None, colour: Colour | None, pair: tuple[int, int] | None) -> int:
    total = 0
    if thing:
        total += 1
    if colour:
        total += 10
    if pair:
        total += 100
    if thing and thing.size:
        total += 1000
    return total


def or_values(n: int, m: int, s: str, t: str) -> tuple[int, str]:
    return n or m, s or t


def and_values(n: int, m: int, s: str, t: str) -> tuple[int, str]:
    return n and m, s and t


def or_chain(a: str, b: str, c: str) -> str:
    return a or b or c or "none"


def mixed_logic(a: int, b: int, c: int) -> int:
    return a and b or c


def or_optional(n: int | None, m: int) -> int:
    return n or m


def and_optional(n: int | None, s: str) -> int:
    if n is not None and n > 3 and s:
        return n % 100
    return 0


def not_precedence(a: bool, b: bool) -> tuple[bool, bool]:
    return not a == b, (not a) == b


def chain_four(a: int, b: int, c: int, d: int) -> bool:
    return a < b <= c > d


def chain_middle_once(xs: list[int]) -> tuple[bool, int]:
    ys = list(xs) + [5, 6]
    result = 0 < ys.pop() < 10
    return result, len(ys)


def chain_stops_early(xs: list[int], i: int) -> bool:
    return len(xs) > 100 > xs[i]


def chain_in(xs: list[int], x: int) -> bool:
    return 0 < x in xs


def conditional_lazily(xs: list[int], i: int) -> int:
    return xs[i] if i < len(xs) else -1


def and_lazily(xs: list[int], i: int) -> bool:
    return 0 <= i < len(xs) and xs[i] > 3


def or_lazily(n: int, m: int) -> bool:
    return m == 0 or n // m > 2


def any_lazily(xs: list[int], n: int) -> bool:
    return any(n // x > 1 for x in xs)


def all_lazily(xs: list[int], n: int) -> bool:
    return all(n // x < 100 for x in xs)


def which_fails_first(xs: list[int], i: int, n: int) -> int:
    return xs[i] + 10 // n


def which_fails_first_in(d: dict[int, list[int]], i: int, n: int) -> bool:
    return 10 // n in d[i]


def which_fails_first_call(xs: list[int], i: int, n: int) -> int:
    return max(xs[i], 10 // n)


def which_fails_first_set(xs: list[int], i: int, n: int) -> list[int]:
    ys = list(xs)
    ys[i] = 10 // n
    return ys


def which_fails_first_dict(d: dict[str, int], k: str, n: int) -> dict[str, int]:
    e = dict(d)
    e[f"{e[k]}"] = 10 // n
    return e


def which_fails_first_augmented(d: dict[str, int], k: str, n: int) -> dict[str, int]:
    e = dict(d)
    e[k] += 10 // n
    return e


def which_fails_first_append(d: dict[str, list[int]], k: str, n: int) -> int:
    e = {key: list(v) for key, v in d.items()}
    e[k].append(10 // n)
    return len(e)


def which_fails_first_display(xs: list[int], i: int, n: int) -> dict[int, int]:
    return {xs[i]: 10 // n, 5 // (n - 1): xs[i + 1]}


def which_fails_first_format(xs: list[int], i: int, n: int) -> str:
    return f"{xs[i]}-{10 // n}-{xs[n]}"


def early_return(xs: list[int]) -> int | None:
    for i, x in enumerate(xs):
        if x == 3:
            return i
    return None


def falls_off(xs: list[int]) -> int | None:
    for x in xs:
        if x > 10:
            return x


def nothing(xs: list[int]) -> None:
    for x in xs:
        if x == 5:
            return
    len(xs)


def deep(n: int) -> str:
    if n < 0:
        return "negative"
    elif n == 0:
        return "zero"
    elif n < 10:
        if n % 2:
            return "odd"
        return "even"
    else:
        if n > 100:
            kind = "large"
        else:
            kind = "medium"
    return kind


def assigned_in_branches(n: int, s: str) -> str:
    if n > 0:
        text = s + "+"
        sign = 1
    elif n < 0:
        text = s + "-"
        sign = -1
    else:
        text, sign = s, 0
    return f"{text}{sign}"


def swapped_three(a: int, b: int, c: int) -> tuple[int, int, int]:
    a, b, c = c, a, b
    return a, b, c


def chained_assignment(n: int) -> tuple[int, int, list[int]]:
    a = b = n % 10
    a += 1
    xs = [0, 0]
    xs[0] = xs[1] = b
    return a, b, xs


def gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def binary_search(xs: list[int], x: int) -> int:
    ys = sorted(xs)
    low, high = 0, len(ys)
    while low < high:
        middle = (low + high) // 2
        if ys[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


def keywords_as_names(type: int, match: int, fn: int, self_: int, r: int) -> int:
    loop = type % 10 + match % 10
    impl = fn % 10
    move = loop + impl
    str_ = self_ % 10
    return move + str_ + r % 10


def unused(a: int, b: str) -> int:
    c = a % 5
    d = len(b)
    for i in range(3):
        e = d
    return c


def string_building(xs: list[int]) -> str:
    out = ""
    for x in xs:
        out += str(x)
        out += ","
    return out


def state_machine(s: str) -> int:
    state = 0
    for c in s:
        if state == 0 and c == "a":
            state = 1
        elif state == 1 and c == "b":
            state = 2
        elif state == 2:
            break
        else:
            state = 0
    return state


def whole_pairs_of_pairs(xs: list[int], ys: list[str]) -> list[tuple[int, tuple[int, str]]]:
    out: list[tuple[int, tuple[int, str]]] = []
    for pair in enumerate(zip(xs, ys)):
        out.append(pair)
    return out


def whole_items(d: dict[str, int]) -> list[tuple[int, tuple[str, int]]]:
    out: list[tuple[int, tuple[str, int]]] = []
    for i, item in enumerate(d.items()):
        out.append((i, item))
    return out


def inner_pairs(xs: list[int], ys: list[str]) -> list[str]:
    return [f"{pair[0]}{pair[1]}{i}" for i, pair in enumerate(zip(xs, ys))]


def three_whole(xs: list[int], ys: list[str], zs: list[float]) -> list[tuple[int, str, float]]:
    return [t for t in zip(xs, ys, zs)]


def range_of_popped(xs: list[int]) -> tuple[list[int], list[int]]:
    """What a walk goes over is evaluated once."""
    xs.append(3)
    some = [i for i in range(xs.pop())]
    some += [i for i in range(xs.pop() & 63 if xs else 2)]
    return some, xs
