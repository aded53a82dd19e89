"""Functions inside functions: what they read, what they change, when they see it."""

from __future__ import annotations

from collections.abc import Callable


def reads_outer(xs: list[int], n: int) -> list[int]:
    def scaled(x: int) -> int:
        return x * n

    return [scaled(x) for x in xs]


def sees_the_latest_value(xs: list[int]) -> list[int]:
    step = 1

    def moved(x: int) -> int:
        return x + step

    out = []
    for x in xs:
        out.append(moved(x))
        step += 10
    return out


def late_binding_in_a_loop(n: int) -> list[int]:
    out: list[int] = []
    for i in range(n % 7):

        def show(add: int = i * 2) -> int:
            return i * 100 + add

        out.append(show())
        i += 1
        out.append(show())
        out.append(show(5))
    return out


def counts_by_nonlocal(xs: list[int]) -> int:
    found = 0

    def visit(x: int) -> None:
        nonlocal found
        if x > 0:
            found += x & 255

    for x in xs:
        visit(x)
    return found


def several_nonlocals(xs: list[float], s: str) -> tuple[int, float, str]:
    count, total = 0, 0.0
    names: str = s

    def add(x: float) -> bool:
        nonlocal count, total, names
        count += 1
        total, names = total + x, names + "."
        return x > 0.5

    for x in xs:
        if add(x):
            names += "!"
    return count, total, names


def nonlocal_parameter(n: int, xs: list[int]) -> int:
    def take(x: int) -> int:
        nonlocal n
        n -= 1
        return x if n >= 0 else 0

    return sum([take(x) % 1000 for x in xs]) + n


def nonlocal_without_a_value(xs: list[int]) -> int:
    if len(xs) > 2:
        best = 1

    def keep(x: int) -> None:
        nonlocal best
        best = x

    for x in xs:
        if x > 10:
            keep(x)
    return best


def nonlocal_list(xs: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    run: list[int] = []

    def close() -> None:
        nonlocal run
        if run:
            runs.append(run)
        run = []

    for x in xs:
        if run and x < run[-1]:
            close()
        run.append(x)
    close()
    return runs


def recursive(n: int) -> int:
    def depth(k: int) -> int:
        return 0 if k <= 0 else 1 + depth(k - 1)

    return depth(n % 50)


def subsets_adding_up(xs: list[int], wanted: int) -> list[list[int]]:
    """Backtracking: the list that all calls share grows and shrinks."""
    found: list[list[int]] = []
    chosen: list[int] = []
    few = xs[:8]

    def search(start: int, left: int) -> None:
        if left == 0:
            found.append(chosen[:])
        for i in range(start, len(few)):
            chosen.append(few[i])
            search(i + 1, left - few[i])
            chosen.pop()

    search(0, wanted)
    return found


def memo_of_its_own(n: int) -> int:
    memo: dict[int, int] = {}

    def ways(k: int) -> int:
        if k <= 1:
            return 1
        if k not in memo:
            memo[k] = ways(k - 1) + ways(k - 2)
        return memo[k]

    return ways(n % 80)


def even_and_odd(n: int) -> bool:
    def even(k: int) -> bool:
        return True if k == 0 else odd(k - 1)

    def odd(k: int) -> bool:
        return False if k == 0 else even(k - 1)

    return even(abs(n) % 30)


def two_levels(xs: list[int], n: int) -> list[int]:
    total = 0

    def outer(x: int) -> int:
        kept = x % 10

        def inner(y: int) -> int:
            nonlocal total, kept
            total += y & 7
            kept += y & 3
            return kept + (n & 15)

        return inner(x) + inner(1) + kept

    return [outer(x) for x in xs] + [total]


def defined_in_a_branch(n: int) -> int:
    if n > 0:

        def twice(x: int) -> int:
            return (x & 1023) * 2

        return twice(n)
    return 0


def default_is_evaluated_once(xs: list[int]) -> list[int]:
    seen: list[int] = []

    def collect(x: int, into: list[int] = seen[:2] + [7]) -> int:
        into.append(x)
        return len(into)

    return [collect(x) for x in xs] + seen


def default_is_shared(xs: list[int]) -> list[int]:
    kept: list[int] = []

    def collect(x: int, into: list[int] = kept) -> None:
        into.append(x)

    for x in xs:
        collect(x)
        kept.append(-1)
    return kept


def sort_key(words: list[str], order: str) -> list[str]:
    def place(word: str) -> list[int]:
        return [order.find(c) for c in word]

    return sorted(words, key=place)


def sort_by_table(words: list[str], table: dict[str, int]) -> list[str]:
    return sorted(words, key=lambda word: table.get(word, len(word)), reverse=True)


def named_lambda(xs: list[int], n: int) -> list[int]:
    near = lambda x: abs((x & 4095) - (n & 4095))  # noqa: E731
    out = sorted(xs, key=near)
    n += 5
    return out + [near(x) for x in xs]


def raises_inside(xs: list[int], limit: int) -> int:
    def checked(x: int) -> int:
        if x > limit:
            raise ValueError(f"{x} is past {limit}")
        return 10 // x

    return sum(checked(x) for x in xs)


def shadows(x: int, xs: list[int]) -> int:
    def f(x: int) -> int:
        y = x & 15
        return y + 1

    y = f(3)
    for x in xs:
        y += f(x)
    return y + (x & 255)


def _twice(step: Callable[[int], int], x: int) -> int:
    return step(step(x))


def _count_if(xs: list[int], good: Callable[[int], bool] | None = None) -> int:
    found = 0
    for x in xs:
        if good is None or good(x):
            found += 1
    return found


def _best(xs: list[int], score: Callable[[int], int] = abs) -> int:
    best = xs[0]
    for x in xs:
        best = x if score(x) > score(best) else best
    return best


def passes_functions(xs: list[int], n: int) -> list[int]:
    def masked(x: int) -> int:
        return (x ^ n) & 1023

    a = _twice(lambda x: (x & 1023) + (n & 7), n)
    b = _twice(masked, n)
    return [a, b, _count_if(xs, lambda x: x > n), _count_if(xs), _count_if(xs, good=bool)]


def passes_builtins(xs: list[int]) -> list[int]:
    return [_best(xs), _best(xs, lambda x: -(x >> 1)), _best(xs, int.bit_length)]


def _each(xs: list[int], do: Callable[[int], None]) -> None:
    for x in xs:
        do(x)


def passes_what_changes(xs: list[int]) -> tuple[int, list[int]]:
    total = 0
    seen: list[int] = []

    def note(x: int) -> None:
        nonlocal total
        total += x & 63
        seen.append(total)

    _each(xs, note)
    _each(xs[:3], lambda x: seen.append(x))
    return total, seen


def _pass_on(xs: list[int], key: Callable[[int], int]) -> list[int]:
    return sorted(xs, key=lambda x: (key(x), x))


def passed_on(xs: list[int], n: int) -> list[int]:
    return _pass_on(xs, lambda x: x % ((n & 7) + 1))


def keyword_only(xs: list[int], n: int) -> list[int]:
    def clipped(x: int, *, low: int = 0, high: int) -> int:
        return min(max(x, low), high)

    return [clipped(x, high=9) for x in xs] + [clipped(n, high=n, low=-3)]


def argument_before_the_captured(xs: list[int]) -> int:
    kept = [1, 2, 3]

    def last(x: int) -> int:
        return x * 10 + len(kept)

    return last(kept.pop()) + last(len(xs))


def captured_and_passed(xs: list[int]) -> list[int]:
    ys = xs[:4]

    def both(other: list[int]) -> int:
        other.append(len(ys))
        ys.append(len(other))
        return other[-1] + ys[-1]

    return [both(ys), both(ys), *ys] if False else [both(ys), both(ys)] + ys


class Tally:
    """A class whose methods have functions inside."""

    def __init__(self, xs: list[int], step: int) -> None:
        self.xs = xs
        self.step = step

    def moved(self) -> list[int]:
        def move(x: int) -> int:
            return (x & 255) + (self.step & 7)

        return [move(x) for x in self.xs]


def nested_in_a_method(xs: list[int], step: int) -> list[int]:
    return Tally(xs, step).moved()
