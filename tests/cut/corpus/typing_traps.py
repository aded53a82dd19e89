"""Where a type checker's view and Python's values part: each drafted exactly, or refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Final, Literal

RATE: Final = 2
SHARE = 0.5
NAMES = ("a", "b")
lower_case = 3


@dataclass(frozen=True)
class Price:
    amount: float
    count: int = 0


@dataclass
class Slot:
    note: str | None = None
    weight: float | None = None


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Mood(Enum):
    GOOD = "g"
    BAD = "b"


# --- ints where floats are declared ---------------------------------------------------------------


def int_to_float_local() -> float:
    x: float = 0
    return x


def int_to_float_result(n: int) -> float:
    return n


def int_to_float_argument(n: int) -> float:
    return _half(n)


def _half(x: float) -> float:
    return x / 2


def int_to_float_field(n: int) -> Price:
    return Price(n)


def int_to_float_item(n: int) -> list[float]:
    return [0.5, n]


def int_to_float_append(n: int) -> list[float]:
    xs: list[float] = []
    xs.append(n)
    return xs


def int_to_float_branch(n: int, x: float) -> float:
    return n if n > 3 else x


def int_to_float_value(d: dict[str, float]) -> float:
    return d.get("a", 0)


def int_then_float(xs: list[float]) -> float:
    total: float = 0
    for x in xs:
        total += x
    return total


def float_total(xs: list[float]) -> float:
    total = 0.0
    for x in xs:
        total += x
    return total


def float_times_int(n: int, x: float) -> float:
    return n * x + n / 4 - n // 3


def float_constants(x: float) -> float:
    return x * RATE + SHARE * RATE - RATE


def int_by_global(n: int) -> int:
    return n % 100 * RATE


def whole_division(n: int) -> float:
    return n / RATE


def float_floor_is_float(x: float) -> float:
    return x // 2


def min_of_both(n: int, x: float) -> float:
    return min(n, x)


def sum_of_nothing(xs: list[float]) -> float:
    return sum(xs)


def sum_of_list(xs: list[float]) -> float:
    return sum([x * 2 for x in xs])


def max_or_zero(xs: list[float]) -> float:
    return max(xs, default=0)


def max_or_zero_float(xs: list[float]) -> float:
    return max(xs, default=0.0)


def rounded(x: float) -> int:
    return round(x)


def rounded_none(x: float) -> float:
    return round(x, 0)


def power_of_ints(a: int, b: int) -> int:
    return a ** (b % 5)


def float_power_of_int(a: int, x: float) -> float:
    return (a % 10 + 1) ** (x % 3)


# --- bools where ints are declared ----------------------------------------------------------------


def bool_to_int_result(b: bool) -> int:
    return b


def bool_to_int_local(b: bool) -> str:
    n: int = b
    return str(n)


def bool_plus_one(b: bool) -> int:
    return b + 1


def bool_as_index(xs: list[str], b: bool) -> str:
    return xs[int(b)]


def bool_sum(flags: list[bool]) -> int:
    return sum(flags)


def bool_counts(xs: list[int]) -> int:
    return sum(x > 3 for x in xs) + sum(1 for x in xs if x < 0)


def bool_operators(a: bool, b: bool) -> list[bool]:
    return [a & b, a | b, a ^ b, a and b, a or b, not a, a == b, a < b]


def bool_invert(a: int) -> int:
    return ~a


def bool_minus(a: bool) -> int:
    return -a


def bool_max(a: bool, b: bool) -> bool:
    return max(a, b)


def bool_text(a: bool, b: bool) -> str:
    return f"{a} {a + b} {a:d} {str(b)} {a!r}"


def bool_and_int_equal(a: bool, n: int) -> bool:
    return a == n


def bool_int_mix_branch(a: bool, n: int) -> int:
    return a if n else n


# --- comparisons ----------------------------------------------------------------------------------


def int_float_compare(n: int, x: float) -> list[bool]:
    return [n == x, n < x, x <= n, n != x]


def float_int_beyond(n: int) -> bool:
    return float(n) == n


def nan_in_list(xs: list[float], x: float) -> bool:
    return x in xs


def nan_equal_lists(xs: list[float]) -> bool:
    return xs == xs


def nan_count(xs: list[float], x: float) -> tuple[int, bool]:
    return xs.count(x), x != x


def nan_index(xs: list[float], x: float) -> int:
    return xs.index(x)


def tuples_compared(a: tuple[int, str], b: tuple[int, str]) -> list[bool]:
    return [a < b, a == b, a >= b]


def prices_compared(a: Price, b: Price) -> tuple[bool, bool]:
    return a == b, a != b


def none_compared(a: int | None, b: int | None) -> list[bool]:
    return [a == b, a is None, b is not None, a != 3]


def text_and_none(s: str | None) -> bool:
    return s == "x"


# --- None ------------------------------------------------------------------------------------------


def narrowed_by_if(n: int | None) -> int:
    if n is None:
        return 0
    return n + 1


def narrowed_by_not(n: int | None) -> int:
    if not n:
        return -1
    return n % 7


def narrowed_by_and(n: int | None, m: int | None) -> bool:
    return n is not None and m is not None and n > m


def narrowed_field(slot: Slot) -> str:
    if slot.note is not None:
        return slot.note + "!"
    return "none"


def narrowed_field_then_cleared(text: str) -> bool:
    slot = Slot(text)
    if slot.note is not None:
        _clear(slot)
        return slot.note is None
    return False


def none_field_then_set(text: str) -> bool:
    slot = Slot()
    slot.note = None
    _fill(slot, text)
    return slot.note is None


def _clear(slot: Slot) -> None:
    slot.note = None


def _fill(slot: Slot, text: str) -> None:
    slot.note = text


def narrowed_then_used(text: str) -> int:
    slot = Slot(text)
    if slot.note is None:
        return 0
    _clear(slot)
    return len(slot.note)


def narrowed_item(xs: list[int | None]) -> int:
    total = 0
    for x in xs:
        if x is not None:
            total += x % 10
    return total


def narrowed_in_comprehension(xs: list[int | None]) -> list[int]:
    return [x * 2 for x in xs if x is not None]


def none_then_value(xs: list[int]) -> int | None:
    best = None
    for x in xs:
        if best is None or x > best:
            best = x
    return best


def optional_float_default(x: float | None) -> float:
    return x if x is not None else 1.5


def early_none(d: dict[str, int], k: str) -> int | None:
    found = d.get(k)
    if found is None:
        return None
    return found % 5


def optional_slots(weights: list[float | None]) -> list[Slot]:
    return [Slot(None, w) for w in weights]


# --- unbound ---------------------------------------------------------------------------------------


def unbound_after_if(n: int) -> int:
    if n > 3:
        x = n
    return x


def unbound_after_for(xs: list[int]) -> int:
    for x in xs:
        pass
    return x


def unbound_after_while(n: int) -> int:
    n = n % 20
    while n > 0:
        y = n
        n -= 1
    return y


def bound_by_return(n: int) -> int:
    if n > 3:
        x = n
    else:
        return -1
    return x


def bound_by_raise(n: int) -> int:
    if n > 3:
        x = n
    else:
        raise ValueError("small")
    return x


def bound_in_both(n: int) -> int:
    if n > 3:
        x = n
    else:
        x = 3
    return x


# --- names -----------------------------------------------------------------------------------------


def shadowed_builtin(xs: list[int]) -> int:
    len = 3
    sum = 4
    return len + sum


def shadowed_in_comprehension(x: int) -> tuple[int, list[int]]:
    ys = [x * 2 for x in range(3)]
    return x, ys


def comprehension_reads_outer(x: int, xs: list[int]) -> list[int]:
    return [y + x % 10 for y in xs if y < x]


def nested_comprehension(rows: list[list[int]]) -> list[int]:
    return [x for row in rows for x in row if x % 2]


def comprehension_of_comprehension(n: int) -> list[list[int]]:
    return [[i * j for j in range(i)] for i in range(n % 5)]


def dict_comprehension(xs: list[str]) -> dict[str, int]:
    return {x: i for i, x in enumerate(xs)}


def set_comprehension(xs: list[int]) -> int:
    return len({x % 3 for x in xs})


def key_late_binding(xs: list[int], k: int) -> list[int]:
    k = k % 5 + 1
    return sorted(xs, key=lambda x: (x % k, x))


def constants_of_module(s: str) -> bool:
    return s in NAMES


def not_a_constant(n: int) -> int:
    return n + lower_case


def literal_type(n: int) -> Literal["a", "b"]:
    return "a" if n else "b"


def enum_values(level: Level, mood: Mood) -> str:
    return f"{level.value}{mood.value}{mood.name}"


def enum_dict(moods: list[Mood]) -> dict[Mood, int]:
    d: dict[Mood, int] = {}
    for mood in moods:
        d[mood] = d.get(mood, 0) + 1
    return d


def enum_missing(d: dict[Mood, int], mood: Mood) -> int:
    return d[mood]


def enum_is(mood: Mood) -> int:
    if mood is Mood.GOOD:
        return 1
    return 0 if mood is not Mood.BAD else 2


def enum_arithmetic(level: Level) -> int:
    return level + 1


def enum_order(level: Level) -> bool:
    return level > Level.LOW


def enum_of_int(n: int) -> Level:
    return Level(n)
