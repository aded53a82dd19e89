"""Functions in containers, variables, fields and results; functions that take something along."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

SIGNS = "+-*%<"
OPS = {"+": operator.add, "-": operator.sub, "*": lambda a, b: a * b, "%": operator.mod}
TYPED: dict[str, Callable[[float, float], float]] = {"+": operator.add, "/": operator.truediv}
RANKED = {"+": (1, operator.add), "*": (2, operator.mul)}
NAMED: dict[str, Callable[[int, int], int]] = {"max": max, "min": min, "//": operator.floordiv}
STEPS = [str.strip, str.title, lambda text: text[::-1]]


def _absolute(n: int) -> int:
    return abs(n)


def _double(n: int) -> int:
    return 2 * n


def by_sign(at: int, a: int, b: int) -> int:
    return OPS[SIGNS[at % 5]](a, b)


def of_floats(up: bool, a: float, b: float) -> float:
    op = TYPED.get("+" if up else "/")
    if op is None:
        raise ValueError(up)
    return op(a, b)


def reverse_polish(numbers: list[int], signs: list[int]) -> int:
    stack = [n % 100 for n in numbers]
    for at in signs:
        sign = SIGNS[at % 4]
        if sign in OPS:
            b = stack.pop()
            a = stack.pop()
            stack.append(OPS[sign](a, b))
    return stack.pop()


def ranked(times: bool, a: int, b: int) -> int:
    rank, op = RANKED["*" if times else "+"]
    return rank * op(a % 1000, b % 1000)


def every(a: int, b: int) -> list[str]:
    out = []
    for name, op in NAMED.items():
        try:
            out.append(f"{name} {op(a, b)}")
        except ZeroDivisionError as error:
            out.append(str(error))
    return out


def texts(words: list[str], skip: int) -> list[str]:
    out = []
    for word in words:
        for step in STEPS[skip % 3 :]:
            word = step(word)
        out.append(word)
    return out


def _adder(n: int) -> Callable[[int], int]:
    return lambda x: x + n


def _after(f: Callable[[int], int], g: Callable[[int], int]) -> Callable[[int], int]:
    def both(x: int) -> int:
        return f(g(x))

    return both


def composed(x: int, n: int) -> list[int]:
    x, n = x % 10**6, n % 10**6
    fs: list[Callable[[int], int]] = [_adder(n), _absolute, lambda v: v * 2, _after(_double, _adder(1))]
    out = [f(x) for f in fs]
    for f in fs:
        x = f(x)
    return [*out, x, _after(fs[0], fs[2])(x), _after(_double, fs[3])(n)]


def _counter() -> Callable[[], int]:
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return count

    return step


def counters(turns: list[bool]) -> list[int]:
    a, b = _counter(), _counter()
    return [a() if turn else b() for turn in turns] + [a(), b()]


def shares_a_list(xs: list[int]) -> list[int]:
    def push(n: int) -> int:
        xs.append(n)
        return len(xs)

    fs: list[Callable[[int], int]] = [push, lambda n: len(xs) + n]
    out = [f(1) for f in fs]
    xs.append(7)
    return out + [f(2) for f in fs] + xs


def partials(xs: list[int], n: int) -> list[int]:
    double = partial(operator.mul, 2)
    left: Callable[[int], int] = partial(_left, n % 1000, m=7)
    kept: list[Callable[[int], int]] = []
    for i in range(3):
        kept.append(partial(operator.add, i))
    return [double(left(x % 1000)) for x in xs] + [f(n % 1000) for f in kept]


def _left(n: int, x: int, m: int = 3) -> int:
    return (n * x) % m


@dataclass
class Rule:
    name: str
    test: Callable[[int], bool]
    note: Callable[[int], str] | None = None


def rules(x: int) -> list[str]:
    made = [
        Rule("even", lambda v: v % 2 == 0),
        Rule("big", lambda v: v > 10, lambda v: f"{v} is big"),
        Rule("bits", lambda v: v.bit_length() > 3, note=str),
    ]
    out = []
    for rule in made:
        if rule.test(x):
            out.append(rule.note(x) if rule.note is not None else rule.name)
    return out


def maybe(n: int) -> list[int]:
    f: Callable[[int], int] | None = None
    if n > 3:
        f = _double
    g: Callable[[int], int] | None = _absolute if n % 2 else None
    return [-1 if f is None else f(n % 100), g(n % 100) if g else 0]


class Gauge:
    def __init__(self, base: int) -> None:
        self.base = base

    def plus(self, n: int) -> int:
        return self.base + n

    def times(self, n: int) -> int:
        self.base += 1
        return self.base * n


def bound_methods(n: int) -> list[int]:
    gauge = Gauge(n % 1000)
    fs = {"p": gauge.plus, "t": gauge.times}
    out = [fs[key](2) for key in "ptpt"]
    gauge.base = 0
    return [*out, fs["p"](1)]


def in_order(n: int) -> list[int]:
    log: list[int] = []

    def note(x: int) -> int:
        log.append(x)
        return x

    def pick(i: int) -> Callable[[int], int]:
        log.append(100 + i)
        return note if i else _absolute

    pick(n % 2)(note(3))
    return log


def passed_on(xs: list[int], n: int) -> list[int]:
    fs = {"a": _absolute, "b": _halved}
    return _mapped(xs, fs["a" if n % 2 else "b"]) + _mapped(xs, _absolute)


def _halved(n: int) -> int:
    return n // 2


def _mapped(xs: list[int], f: Callable[[int], int]) -> list[int]:
    return [f(x) for x in xs]


def sorted_by(xs: list[str], n: int) -> list[str]:
    keys: list[Callable[[str], tuple[int, str]]] = [lambda s: (len(s), s), lambda s: (-len(s), s)]
    key = keys[n % 2]
    return sorted(xs, key=key)


def raised(n: int) -> str:
    def bad(k: int) -> int:
        raise ValueError(f"bad {k}")

    fs: list[Callable[[int], int]] = [_absolute, bad]
    try:
        return str(fs[n % 4](n))
    except (ValueError, IndexError) as error:
        return str(error)


def set_later(n: int) -> int:
    """Refused: Python reads `i` when the function is called."""
    fs: list[Callable[[int], int]] = []
    for i in range(3):
        fs.append(lambda x: x + i)
    return sum(f(n) for f in fs)


def compared(n: int) -> bool:
    """Refused: two lambdas of one place are two functions."""
    fs: list[Callable[[int], int]] = [_absolute, _double]
    return fs[n % 2] == _double


class Machine:
    """Keeps its own methods."""

    def __init__(self, start: int) -> None:
        self.handlers: dict[str, Callable[[int], None]] = {"add": self.add, "sub": self._sub}
        self.total = start
        self.log: list[str] = []

    def add(self, n: int) -> None:
        self.total += n
        self.log.append(f"+{n}")

    def _sub(self, n: int) -> None:
        self.total -= n

    def run(self, steps: list[tuple[int, int]]) -> int:
        for at, n in steps:
            name = ["add", "sub", "none"][at % 3]
            handler = self.handlers.get(name)
            if handler is None:
                raise KeyError(name)
            handler(n % 1000)
        return self.total


def machine(steps: list[tuple[int, int]]) -> tuple[int, list[str]]:
    made = Machine(len(steps))
    return made.run(steps), made.log


def by_branch(sign: int, a: int, b: int) -> int:
    if sign % 3 == 0:
        f = operator.add
    elif sign % 3 == 1:
        f = operator.sub
    else:
        f = lambda x, y: x * y  # noqa: E731
    return f(a % 1000, b % 1000)


def in_place(at: int, a: int) -> int:
    return {0: operator.neg, 1: operator.pos}.get(at % 3, _double)(a % 1000)


def partial_keys(xs: list[int], k: int) -> list[int]:
    by = k % 100
    shifted = list(map(partial(_left, 3), xs)) + list(map(partial(_left, by, m=77), xs))
    return sorted(shifted, key=partial(_left, 2))


def all_of(kinds: list[int], xs: list[int]) -> list[int]:
    tests: dict[int, Callable[[int], bool]] = {
        0: lambda x: x % 2 == 1,
        1: lambda x: x > 0,
        2: lambda x: True,
    }
    chosen = [tests[k] for k in kinds if k in tests] or [tests[0]]
    return [x for x in xs if all(test(x) for test in chosen)]
