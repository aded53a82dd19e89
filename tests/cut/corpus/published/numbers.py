"""Number theory, as in any collection of algorithms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache, reduce


def gcd_by_iteration(a: int, b: int) -> int:
    """
    >>> gcd_by_iteration(24, 36)
    12
    >>> gcd_by_iteration(-3, 9)
    3
    """
    a, b = abs(a), abs(b)
    while b:
        a, b = b, a % b
    return a


def extended_euclid(a: int, b: int) -> tuple[int, int]:
    """
    >>> extended_euclid(10, 6)
    (-1, 2)
    >>> extended_euclid(7, 5)
    (-2, 3)
    """
    if b == 0:
        return (1, 0)
    (x, y) = extended_euclid(b, a % b)
    k = a // b
    return (y, x - k * y)


def modular_division(a: int, b: int, n: int) -> int:
    """
    >>> modular_division(4, 8, 5)
    3
    >>> modular_division(4, 8, 0)
    Traceback (most recent call last):
        ...
    ValueError: n must be greater than 1
    """
    if n <= 1:
        raise ValueError("n must be greater than 1")
    if a <= 0:
        raise ValueError("a must be positive")
    if math.gcd(a, n) != 1 and math.gcd(b, n) != 1:
        raise ValueError(f"{b} has no inverse modulo {n}")
    (x, _) = extended_euclid(b, n)
    if x < 0:
        x = (x % n + n) % n
    return (x * a) % n


def is_prime(number: int) -> bool:
    """
    >>> [n for n in range(20) if is_prime(n)]
    [2, 3, 5, 7, 11, 13, 17, 19]
    >>> is_prime(-1)
    Traceback (most recent call last):
    ...
    ValueError: is_prime() only accepts positive integers
    """
    if not isinstance(number, int) or not number >= 0:
        raise ValueError("is_prime() only accepts positive integers")
    if 1 < number < 4:
        return True
    elif number < 2 or number % 2 == 0 or number % 3 == 0:
        return False
    for i in range(5, int(math.sqrt(number) + 1), 6):
        if number % i == 0 or number % (i + 2) == 0:
            return False
    return True


def sieve(limit: int) -> list[int]:
    """
    >>> sieve(30)
    [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    >>> sieve(0)
    Traceback (most recent call last):
      ...
    ValueError: 0: Invalid input, please enter a positive integer.
    """
    if limit <= 0:
        raise ValueError(f"{limit}: Invalid input, please enter a positive integer.")
    if limit > 100_000:
        raise ValueError("too many")
    marks = [True] * (limit + 1)
    prime = []
    start = 2
    end = int(math.sqrt(limit))
    while start <= end:
        if marks[start] is True:
            prime.append(start)
            for i in range(start * start, limit + 1, start):
                if marks[i] is True:
                    marks[i] = False
        start += 1
    for j in range(end + 1, limit + 1):
        if marks[j] is True:
            prime.append(j)
    return prime


def prime_factors(n: int) -> dict[int, int]:
    """
    >>> prime_factors(360)
    {2: 3, 3: 2, 5: 1}
    >>> prime_factors(0.5)
    Traceback (most recent call last):
    ...
    TypeError: n must be an int
    """
    if not isinstance(n, int):
        raise TypeError("n must be an int")
    if n > 10**9:
        raise ValueError("n is too large")
    factors: dict[int, int] = {}
    i = 2
    while i * i <= n:
        while n % i == 0:
            factors[i] = factors.get(i, 0) + 1
            n //= i
        i += 1
    if n > 1:
        factors[n] = factors.get(n, 0) + 1
    return factors


def collatz_sequence(n: int) -> list[int]:
    """
    >>> collatz_sequence(6)
    [6, 3, 10, 5, 16, 8, 4, 2, 1]
    >>> collatz_sequence(0)
    Traceback (most recent call last):
    ...
    Exception: Sequence only defined for positive integers
    """
    if not isinstance(n, int) or n < 1:
        raise Exception("Sequence only defined for positive integers")
    sequence = [n]
    while n != 1:
        n = 3 * n + 1 if n & 1 else n // 2
        sequence.append(n)
    return sequence


def fibonacci_words(n: int) -> Iterator[str]:
    """
    >>> list(fibonacci_words(5))
    ['b', 'a', 'ab', 'aba', 'abaab']
    """
    first, second = "b", "a"
    for _ in range(min(n, 12)):
        yield first
        first, second = second, second + first


def fibonacci_nth(n: int) -> int:
    """
    >>> [fibonacci_nth(i) for i in range(10)]
    [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]
    >>> fibonacci_nth(-5)
    Traceback (most recent call last):
    ...
    ValueError: n is negative
    """
    if n < 0:
        raise ValueError("n is negative")
    return _fib(n)[0]


def _fib(n: int) -> tuple[int, int]:
    if n == 0:
        return (0, 1)
    a, b = _fib(n // 2)
    c = a * (b * 2 - a)
    d = a * a + b * b
    return (d, c + d) if n % 2 else (c, d)


@lru_cache(maxsize=None)
def partitions(n: int, largest: int) -> int:
    """
    >>> partitions(5, 5)
    7
    """
    if n == 0:
        return 1
    if n < 0 or largest <= 0 or n > 60:
        return 0
    return partitions(n - largest, largest) + partitions(n, largest - 1)


def perfect(number: int) -> bool:
    """
    >>> [n for n in range(500) if perfect(n)]
    [6, 28, 496]
    """
    if number <= 0 or number > 10_000:
        return False
    return sum(divisor for divisor in range(1, number // 2 + 1) if number % divisor == 0) == number


def armstrong_number(n: int) -> bool:
    """
    >>> all(armstrong_number(n) for n in (153, 370, 371, 1634))
    True
    >>> any(armstrong_number(n) for n in (-1, 0, 12, 200))
    False
    """
    if not isinstance(n, int) or n < 1:
        return False
    total = 0
    digits = str(n)
    for digit in digits:
        total += int(digit) ** len(digits)
    return total == n


def digit_sum(n: int) -> int:
    """
    >>> digit_sum(-123)
    6
    """
    return sum(int(c) for c in str(abs(n)))


def happy_number(number: int) -> bool:
    """
    >>> happy_number(19)
    True
    >>> happy_number(2)
    False
    >>> happy_number("happy")
    Traceback (most recent call last):
        ...
    ValueError: number='happy' must be a positive integer
    """
    if not isinstance(number, int) or number <= 0:
        msg = f"{number=} must be a positive integer"
        raise ValueError(msg)
    seen = set()
    while number != 1 and number not in seen:
        seen.add(number)
        number = sum(int(digit) ** 2 for digit in str(number))
    return number == 1


def catalan(number: int) -> int:
    """
    >>> catalan(5)
    14
    >>> catalan(0)
    Traceback (most recent call last):
        ...
    ValueError: Input value of [number=0] must be > 0
    """
    if not isinstance(number, int):
        msg = f"Input value of [number={number}] must be an integer"
        raise TypeError(msg)
    if number < 1:
        msg = f"Input value of [number={number}] must be > 0"
        raise ValueError(msg)
    current_number = 1
    for i in range(1, min(number, 60)):
        current_number *= 4 * i - 2
        current_number //= i + 1
    return current_number


def chinese_remainder(residues: list[int], moduli: list[int]) -> int:
    """
    >>> chinese_remainder([2, 3, 2], [3, 5, 7])
    23
    >>> chinese_remainder([1], [2, 3])
    Traceback (most recent call last):
    ...
    ValueError: residues and moduli differ in length: 1 != 2
    """
    if len(residues) != len(moduli):
        raise ValueError(f"residues and moduli differ in length: {len(residues)} != {len(moduli)}")
    product = reduce(lambda a, b: a * b, moduli, 1)
    total = 0
    for residue, modulus in zip(residues, moduli):
        p = product // modulus
        total += residue * pow(p, -1, modulus) * p
    return total % product


def miller_rabin(n: int) -> bool:
    """
    >>> [n for n in range(60, 100) if miller_rabin(n)]
    [61, 67, 71, 73, 79, 83, 89, 97]
    >>> miller_rabin(3_215_031_751)
    False
    """
    if n < 2:
        return False
    for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if n % p == 0:
            return n == p
    d, s = n - 1, 0
    while not d % 2:
        d //= 2
        s += 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(a, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = pow(x, 2, n)
            if x == n - 1:
                break
        else:
            return False
    return True


def aliquot_sum(input_num: int) -> int:
    """
    >>> aliquot_sum(15)
    9
    >>> aliquot_sum(-1)
    Traceback (most recent call last):
        ...
    ValueError: Input must be positive
    """
    if not isinstance(input_num, int):
        raise ValueError("Input must be an integer")
    if input_num <= 0:
        raise ValueError("Input must be positive")
    return sum(d for d in range(1, min(input_num, 5000) // 2 + 1) if input_num % d == 0)


def euler_totient(n: int) -> int:
    """
    >>> [euler_totient(i) for i in range(1, 11)]
    [1, 1, 2, 2, 4, 2, 6, 4, 6, 4]
    """
    result = n
    p = 2
    while p * p <= n and p < 10_000:
        if n % p == 0:
            while n % p == 0:
                n //= p
            result -= result // p
        p += 1
    if n > 1:
        result -= result // n
    return result


def continued_fraction(numerator: int, denominator: int) -> list[int]:
    """
    >>> continued_fraction(415, 93)
    [4, 2, 6, 7]
    >>> continued_fraction(1, 0)
    Traceback (most recent call last):
    ...
    ZeroDivisionError: integer division or modulo by zero
    """
    terms: list[int] = []
    while True:
        quotient, remainder = divmod(numerator, denominator)
        terms.append(quotient)
        if remainder == 0:
            return terms
        numerator, denominator = denominator, remainder


def integer_square_root(num: int) -> int:
    """
    >>> [integer_square_root(n) for n in (0, 1, 24, 25, 26)]
    [0, 1, 4, 5, 5]
    >>> integer_square_root(-1)
    Traceback (most recent call last):
        ...
    ValueError: num must be non-negative integer
    """
    if not isinstance(num, int) or num < 0:
        raise ValueError("num must be non-negative integer")
    if num < 2:
        return num
    left, right = 0, num // 2
    while left <= right:
        mid = left + (right - left) // 2
        mid_squared = mid * mid
        if mid_squared == num:
            return mid
        if mid_squared < num:
            left = mid + 1
        else:
            right = mid - 1
    return right


def binomial(n: int, k: int) -> int:
    """
    >>> binomial(10, 3)
    120
    >>> binomial(3, 5)
    Traceback (most recent call last):
      ...
    ValueError: Please enter positive integers for n and k where n >= k
    """
    if n < k or k < 0:
        raise ValueError("Please enter positive integers for n and k where n >= k")
    return math.factorial(n) // (math.factorial(k) * math.factorial(n - k)) if n < 300 else math.comb(n, k)


def josephus(num_people: int, step_size: int) -> int:
    """
    >>> josephus(7, 3)
    3
    """
    if num_people <= 0 or step_size <= 0:
        raise ValueError("num_people or step_size is not a positive integer.")
    if num_people == 1:
        return 0
    return (josephus(num_people - 1, step_size) + step_size) % num_people


def monte_carlo_free_pi(terms: int) -> float:
    """
    >>> round(monte_carlo_free_pi(1000), 6)
    3.140593
    >>> monte_carlo_free_pi(0)
    0.0
    """
    numerator = 4.0
    denominator = 1.0
    operation = 1.0
    pi = 0.0
    for _ in range(min(terms, 10_000)):
        pi += operation * (numerator / denominator)
        denominator += 2.0
        operation *= -1.0
    return pi


def to_roman(number: int) -> str:
    """
    >>> to_roman(1994)
    'MCMXCIV'
    >>> to_roman(4000)
    Traceback (most recent call last):
    ...
    ValueError: number must be between 1 and 3999, not 4000
    """
    if not 0 < number < 4000:
        raise ValueError(f"number must be between 1 and 3999, not {number}")
    ROMAN = [
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ]
    result = []
    for arabic, roman in ROMAN:
        (factor, number) = divmod(number, arabic)
        result.append(roman * factor)
        if number == 0:
            break
    return "".join(result)


def from_roman(roman: str) -> int:
    """
    >>> tests = {"III": 3, "CLIV": 154, "MIX": 1009, "MMD": 2500, "MMMCMXCIX": 3999}
    >>> all(from_roman(key) == value for key, value in tests.items())
    True
    >>> from_roman("Q")
    Traceback (most recent call last):
    ...
    KeyError: 'Q'
    """
    vals = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
    total = 0
    place = 0
    while place < len(roman):
        if (place + 1 < len(roman)) and (vals[roman[place]] < vals[roman[place + 1]]):
            total += vals[roman[place + 1]] - vals[roman[place]]
            place += 2
        else:
            total += vals[roman[place]]
            place += 1
    return total
