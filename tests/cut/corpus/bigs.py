"""Integers of any size: what grows past 64 bits, and everything that is done with it."""

from __future__ import annotations

import math
from functools import cache


def factorial(n: int) -> int:
    result = 1
    for i in range(2, n % 60 + 1):
        result *= i
    return result


def factorial_recursive(n: int) -> int:
    return 1 if n % 50 <= 1 else n % 50 * factorial_recursive(n % 50 - 1)


def fibonacci(n: int) -> int:
    a, b = 0, 1
    for _ in range(n % 300):
        a, b = b, a + b
    return a


@cache
def _fib(n: int) -> int:
    if n < 2:
        return n
    return _fib(n - 1) + _fib(n - 2)


def fibonacci_cached(n: int) -> int:
    return _fib(n % 150)


def powers(base: int, exponent: int) -> int:
    return (base % 1000) ** (exponent % 40) - base ** (exponent % 3)


def digit_sum(n: int) -> int:
    return sum(int(d) for d in str(2 ** (n % 900)))


def shown(n: int, k: int) -> str:
    big: int = math.factorial(n % 30) * (-1) ** (k % 2)
    return f"{big} {big!r:>40} {big:,} {big:x} {big:#b} {big:e} {hex(big)} {oct(big)} {bin(big)}"


def parts(n: int, k: int) -> list[int]:
    big: int = 3 ** (n % 100) + 1
    small = k % 97 - 48
    out = [big + k, big - k, k - big, big * small, big & k, big | k, big ^ k, ~big, -big]
    out += [big >> (n % 70), big << (n % 7), big % 1000, big.bit_length(), big.bit_count()]
    out += [abs(-big), min(big, k), max(big, k), math.gcd(big, k), math.isqrt(big)]
    if small:
        q, r = divmod(big, small)
        out += [big // small, big % small, small // big, q, r, divmod(k, big)[1]]
    return out


def compared(n: int, x: float) -> list[bool]:
    big: int = 7 ** (n % 60)
    return [big < x, big <= x, big == x, big != x, x > big, x >= big, big == n, n < big, bool(big)]


def with_floats(n: int, x: float) -> list[float]:
    big: int = 7 ** (n % 400)
    return [big + x, x - big, big * x, big / 3, big / (n * n + 1), float(big), math.sqrt(big)]


def modular(base: int, exponent: int, modulus: int) -> int:
    big: int = 5 ** (base % 60)
    return pow(big, exponent, modulus) + pow(base, big, modulus)


def rsa(message: int) -> int:
    p, q, e = 2**61 - 1, 2**89 - 1, 65537
    n, phi = p * q, (p - 1) * (q - 1)
    d = pow(e, -1, phi)
    cipher = pow(message, e, n)
    return pow(cipher, d, n)


def fnv(text: str) -> int:
    value = 0xCBF29CE484222325
    for c in text:
        value ^= ord(c)
        value = value * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def catalan(n: int) -> list[int]:
    row = [1]
    for k in range(n % 60):
        row.append(row[-1] * 2 * (2 * k + 1) // (k + 2))
    return row


def memo(n: int) -> int:
    seen: dict[int, int] = {0: 1}
    for k in range(1, n % 40 + 1):
        seen[k] = seen[k - 1] * k
    return seen[n % 40]


def hashed(text: str) -> int:
    value = 5381
    for c in text:
        value = ((value << 5) + value) + ord(c)
    return value


def product(xs: list[int]) -> int:
    return math.prod(xs)


def rounded(n: int, digits: int) -> int:
    return round(3 ** (n % 90), digits % 60 - 50)


def as_bytes(n: int, size: int) -> bytes:
    return (3 ** (n % 60)).to_bytes(size % 20, "big")


def used_as_index(xs: list[int], n: int) -> int:
    place: int = 2 ** (n % 70)
    return xs[place % len(xs)] + sum(range(place % 10))


def negative_power(n: int) -> int:
    return 2 ** (n % 5 - 2)


def evaluation_order(n: int, xs: list[float]) -> float:
    return 10 ** (n % 400) + xs[0]


def power_of_matrix(n: int) -> tuple[int, int]:
    a, b, c, d = 1, 1, 1, 0
    x, y = 1, 0
    for _ in range(n % 8):
        x, y = a * x + b * y, c * x + d * y
        a, b, c, d = a * a + b * c, a * b + b * d, c * a + d * c, c * b + d * d
    return x, y


def binomial(n: int, k: int) -> int:
    return math.comb(n % 200, k % 100) // math.perm(n % 9, k % 5 % (n % 9 + 1))


def last_digits(n: int) -> str:
    total = sum(k**k for k in range(1, n % 40 + 2))
    return str(total)[-10:]


def raised(n: int) -> int:
    big: int = 9 ** (n % 40)
    if big > 10**20:
        raise ValueError(f"{big} is too much")
    return big


def optional(n: int) -> int | None:
    found: int | None = None
    for k in range(n % 30):
        found = k + 1 if found is None else found * (k + 1)
    return found


def distances(p: tuple[float, float], xs: list[float]) -> tuple[float, float, float]:
    return math.dist(p, (1.0, 2.5)), math.dist(xs, xs[::-1]), math.hypot(p[0], p[1], 3.0)


def scaled(x: float, n: int) -> float:
    return math.ldexp(x, n)
