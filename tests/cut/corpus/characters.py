"""Texts of one character: compared, tested, walked, handed on, and made texts again."""

from __future__ import annotations

QUOTE = '"'


def kinds(s: str) -> list[int]:
    found = [0] * 12
    for c in s:
        if c == QUOTE or c in "\\'{}\n\x01":
            found[0] += 1
        elif c in "0123456789":
            found[1] += 1
        elif c.isdigit():
            found[2] += 1
        elif c.isalpha():
            found[3] += 1
        elif c.isspace():
            found[4] += 1
        elif c in ("+", "--", "-", "é"):
            found[5] += 1
        found[6] += c.isupper()
        found[7] += c.islower()
        found[8] += c.isalnum()
        found[9] += c.isnumeric()
        found[10] += c.isprintable()
        found[11] += c.isidentifier() + c.isdecimal() + c.isascii()
    return found


def tokens(s: str) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(s):
        c = s[at]
        if c == " ":
            at += 1
        elif c.isdigit():
            end = at
            while end < len(s) and s[end].isdigit():
                end += 1
            out.append(s[at:end])
            at = end
        else:
            out.append(c)
            at += 1
    return out


def indexed(s: str, i: int, j: int) -> str:
    a = s[i]
    b = s[j]
    if a == b:
        return "same " + a
    return a + "<" + b if a < b else f"{b}<{a}!"


def compared_with_texts(s: str, t: str, i: int) -> tuple[bool, bool, bool, bool]:
    c = s[i]
    return c == t, t != c, c in t, s[i] == t


def out_of_order(s: str, t: str, i: int, j: int) -> bool:
    return t[j] == s[i] or t[j : j + 1] == s[i]


def is_open(c: str) -> bool:
    return c == "(" or c == "["


def closing(c: str) -> str:
    return ")" if c == "(" else "]"


def balanced(s: str) -> bool:
    stack: list[str] = []
    for c in s:
        if is_open(c):
            stack.append(closing(c))
        elif c in ")]":
            if not stack or stack.pop() != c:
                return False
    return not stack


def ciphered(s: str, n: int) -> str:
    out = ""
    for c in s:
        if "a" <= c <= "z":
            out += chr((ord(c) - 97 + n) % 26 + 97)
        elif c.isupper():
            out += c.lower()
        else:
            out += c
    return out


def chosen(s: str, i: int, first: bool) -> int:
    c = s[0] if first else s[i]
    return ord(c)


def digits(s: str) -> int:
    total = 0
    for c in s:
        total += int(c)
    return total


def counted(s: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for c in s:
        if c != " ":
            counts[c] = counts.get(c, 0) + 1
    return counts


def changes(s: str) -> list[tuple[str, int]]:
    runs: list[tuple[str, int]] = []
    last = "?"
    n = 0
    for c in s:
        if c == last:
            n += 1
            continue
        if n:
            runs.append((last, n))
        last = c
        n = 1
    if n:
        runs.append((last, n))
    return runs


def or_nothing(s: str, i: int) -> str:
    c = s[i] if 0 <= i < len(s) else ""
    if c == "a":
        return "an a"
    return c


def paired(a: str, b: str) -> int:
    apart = 0
    for x, y in zip(a, b):
        if x != y:
            apart += 1
    for i, c in enumerate(reversed(a)):
        if c == a[i]:
            apart += 100
    return apart


def all_of(s: str) -> tuple[bool, bool, list[str], int]:
    return (
        all(c in "abc" for c in s),
        any(c.isdigit() for c in s),
        [c.upper() for c in s if c != "x"],
        sum(1 for c in s if c == "y"),
    )


def swapped(s: str, i: int, j: int) -> str:
    a, b = s[i], s[j]
    if a > b:
        a, b = b, a
    return a + b + a * 2


def tried(s: str, i: int) -> str:
    c = "-"
    try:
        c = s[i]
        if c == "z":
            raise ValueError(c)
    except IndexError:
        return "none but " + c
    return c


def named(n: int) -> str:
    c = chr(n)
    return "quote" if c == QUOTE else c
