"""Arithmetic: signs, rounding, overflow, the border between int and float."""

from __future__ import annotations

import math

LIMIT = 1_000
RATE: float = 0.25


def floor_div_mod(a: int, b: int) -> tuple[int, int]:
    return a // b, a % b


def both_divmod(a: int, b: int) -> tuple[int, int]:
    return divmod(a, b)


def true_division(a: int, b: int) -> float:
    return a / b


def arithmetic(a: int, b: int) -> int:
    return (a + b) * 3 - (a - b) + -a + abs(b)


def shifts(a: int, b: int) -> int:
    return (a << b % 70 - 3) + (a >> b)


def bits(a: int, b: int) -> int:
    return (a & b) | (a ^ b) & ~a


def power(a: int, b: int) -> int:
    return a ** (b % 70)


def square(a: int) -> int:
    return a**2 + LIMIT


def float_ops(x: float, y: float) -> list[float]:
    return [x + y, x - y, x * y, x / y]


def float_floor(x: float, y: float) -> tuple[float, float]:
    return x // y, x % y


def float_power(x: float, y: float) -> float:
    return x**y


def mixed(n: int, x: float) -> float:
    return n * x + n / 2 - x * RATE


def compare_mixed(n: int, x: float) -> list[bool]:
    return [n < x, n <= x, n == x, n != x, n > x, n >= x, x < n, x == n]


def chained(a: int, b: int, c: int) -> bool:
    return a < b <= c != a


def bool_arithmetic(a: bool, b: bool) -> int:
    return a + b * 2 - (a & b)


def rounding(x: float) -> int:
    return round(x)


def rounding_to(x: float, digits: int) -> float:
    return round(x, digits)


def rounding_two(x: float) -> float:
    return round(x, 2)


def truncated(x: float) -> int:
    return int(x)


def to_float(n: int) -> float:
    return float(n)


def smallest(x: float, y: float, z: float) -> tuple[float, float]:
    return min(x, y, z), max(x, y, z)


def smaller_of_two(x: float, y: float) -> tuple[float, float]:
    return min(x, y), max(x, y)


def least(xs: list[float]) -> float:
    return min(xs)


def greatest(xs: list[int]) -> int:
    return max(xs)


def clamp(n: int, low: int, high: int) -> int:
    return max(low, min(n, high))


def roots(x: float) -> float:
    return math.sqrt(x)


def exponent(x: float) -> float:
    return math.exp(x)


def logarithms(x: float) -> tuple[float, float, float]:
    return math.log(x), math.log2(x), math.log10(x)


def circles(x: float) -> list[float]:
    return [math.sin(x), math.cos(x), math.tan(x), math.atan2(x, 2.0), math.pi * x]


def normal(x: float) -> float:
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def whole_parts(x: float) -> tuple[int, int, int]:
    return math.floor(x), math.ceil(x), math.trunc(x)


def kinds(x: float) -> tuple[bool, bool, bool]:
    return math.isnan(x), math.isinf(x), math.isfinite(x)


def greatest_divisor(a: int, b: int) -> int:
    return math.gcd(a, b)


def square_root(n: int) -> int:
    return math.isqrt(n)


def negated(x: float) -> float:
    return -x


def absolute(x: float) -> float:
    return abs(x)


def whole(x: float) -> bool:
    return x.is_integer()


def collatz(n: int) -> int:
    steps = 0
    while n > 1 and steps < 100:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def digits_of(n: int) -> list[int]:
    out: list[int] = []
    n = abs(n)
    while True:
        n, digit = divmod(n, 10)
        out.append(digit)
        if n == 0:
            break
    return out[::-1]
