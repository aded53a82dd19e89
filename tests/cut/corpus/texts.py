"""Strings: code points, slices, methods, f-strings and their formats."""

from __future__ import annotations


def length(s: str) -> int:
    return len(s)


def character(s: str, i: int) -> str:
    return s[i]


def piece(s: str, i: int, j: int, k: int) -> str:
    return s[i:j:k]


def head_and_tail(s: str, n: int) -> str:
    return s[:n] + "|" + s[n:] + "|" + s[::-1]


def cased(s: str) -> str:
    return s.upper() + s.lower()


def stripped(s: str) -> str:
    return s.strip() + "." + s.lstrip("ab") + "." + s.rstrip()


def words(s: str) -> list[str]:
    return s.split()


def fields(s: str) -> list[str]:
    return [part.strip() for part in s.split(",")]


def joined(parts: list[str]) -> str:
    return ", ".join(parts)


def joined_upper(parts: list[str]) -> str:
    return "-".join(p.upper() for p in parts if p)


def searching(s: str, t: str) -> tuple[bool, int, int, int]:
    return t in s, s.find(t), s.rfind(t), s.count(t)


def ends(s: str, t: str) -> tuple[bool, bool]:
    return s.startswith(t), s.endswith(t)


def replaced(s: str, a: str, b: str) -> str:
    return s.replace(a, b)


def repeated(s: str, n: int) -> str:
    return s * (n % 40 - 3)


def ordering(a: str, b: str) -> tuple[bool, bool, bool]:
    return a < b, a == b, a >= b


def code(s: str) -> list[int]:
    return [ord(c) for c in s]


def parsed(s: str) -> int:
    return int(s)


def parsed_float(s: str) -> float:
    return float(s)


def shown_int(n: int) -> str:
    return str(n) + f"{n}" + f"<{n:>8}>" + f"{n:,}" + f"{n:05d}" + f"{n:x}"


def shown_float(x: float) -> str:
    return str(x) + f" {x} {x!r}"


def formatted(x: float) -> str:
    return f"{x:.2f} {x:10.3f} {x:,.1f} {x:e} {x:g} {x:+.0f}"


def percent(x: float) -> str:
    return f"{x:.1%}"


def aligned(s: str) -> str:
    return f"[{s:<6}] [{s:>6}] [{s:^6}] [{s:*^7}] [{s!r}]"


def shown_bool(b: bool) -> str:
    return f"{b} and {str(b)}"


def braces(n: int) -> str:
    return f"{{{n}}} \\ \" \n é"


def palindrome(s: str) -> bool:
    kept = [c for c in s.lower() if c.isalnum()]
    return kept == kept[::-1]


def caesar(s: str, k: int) -> str:
    out: list[str] = []
    for c in s:
        if "a" <= c <= "z":
            out.append(chr((ord(c) - ord("a") + k) % 26 + ord("a")))
        else:
            out.append(c)
    return "".join(out)


def frequency(s: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for c in s:
        counts[c] = counts.get(c, 0) + 1
    return counts


def padded(s: str, n: int) -> str:
    return s.zfill(6) + s.ljust(4) + "|" + s.rjust(5, ".")


def raw(data: bytes, i: int) -> int:
    return data[i] + len(data)


def raw_sum(data: bytes) -> int:
    total = 0
    for b in data:
        total = (total * 31 + b) % 65_521
    return total
