"""Constants that a module works out: comprehensions, its own functions, what is not certain."""

from __future__ import annotations

import math
import string
import unicodedata
from collections.abc import Iterator

HEX = {hex(i)[2:]: bin(i)[2:].zfill(4) for i in range(16)}
MORSE = {"A": ".-", "B": "-...", "E": "."}
REVERSED = {code: letter for letter, code in MORSE.items()}
ALPHABET = string.ascii_uppercase + "-"
PLACES = {letter: i for i, letter in enumerate(ALPHABET)}
ROOT = math.sqrt(2) / 2
VOWELS = frozenset("aeiou") | {"y"}
SORTED = tuple(sorted({"pear", "apple", "fig"}))
EVEN = [n for n in range(20) if n % 2 == 0][::-1]
PAIRS = [(a, b) for a in "ab" for b in (1, 2) if (a, b) != ("a", 1)]
LIMITS = {"low": None, "high": 10}
BYTES = bytes.fromhex("00ff") if False else b"\x00\xff'\""


def _sieve(n: int) -> list[int]:
    flags = [True] * (n + 1)
    found = []
    for i in range(2, n + 1):
        if not flags[i]:
            continue
        found.append(i)
        j = i * i
        while j <= n:
            flags[j] = False
            j += i
    return found


def _names(mapping: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in mapping.items():
        for name in key.split(","):
            yield (unicodedata.lookup(name), value)


def _counted(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for letter in text:
        if letter in counts:
            counts[letter] += 1
        else:
            counts[letter] = 1
    return counts


PRIMES = _sieve(60)
ASCII = dict(_names({"EN DASH,EM DASH,HYPHEN": "-", "FULLWIDTH COMMA": ","}))
COUNTED = _counted("mississippi")

GROWING = ["a"]
GROWING.append("b")
FROZEN = tuple(GROWING)
HOW_MANY = len(GROWING)
BY_LENGTH = sorted({"bb", "aa", "c"}, key=len)
ANY_ORDER = list({"x", "y", "z"})


def bits(text: str) -> str:
    return "".join(HEX[c] for c in text)


def decoded(code: str) -> str:
    return REVERSED.get(code, "?")


def place(letter: str) -> int:
    return PLACES[letter]


def scaled(x: float) -> float:
    return x * ROOT


def vowels(text: str) -> int:
    return sum(c in VOWELS for c in text)


def sorted_at(i: int) -> str:
    return SORTED[i]


def even_at(i: int) -> int:
    return EVEN[i]


def pair_at(i: int) -> tuple[str, int]:
    return PAIRS[i]


def limit(name: str) -> int | None:
    return LIMITS[name]


def byte_at(i: int) -> int:
    return BYTES[i]


def prime(n: int) -> bool:
    return n in PRIMES


def cleaned(text: str) -> str:
    return "".join(ASCII.get(c, c) for c in text)


def counted(letter: str) -> int:
    return COUNTED.get(letter, 0)


def of_what_grew(i: int) -> str:
    return FROZEN[i]


def how_many_grew() -> int:
    return HOW_MANY


def by_length(i: int) -> str:
    return BY_LENGTH[i]


def any_order(i: int) -> str:
    return ANY_ORDER[i]
