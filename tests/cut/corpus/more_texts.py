"""More of str and bytes: splitting, padding, formats, classes of characters."""

from __future__ import annotations


def split_parts(s: str, by: str) -> list[str]:
    return s.split(by)


def split_some(s: str, by: str, n: int) -> list[str]:
    return s.split(by, n % 4 - 1) + s.rsplit(by, n % 3)


def lines(s: str) -> list[str]:
    return s.splitlines()


def partitioned(s: str, by: str) -> tuple[str, str, str]:
    return s.partition(by)


def partitioned_back(s: str, by: str) -> tuple[str, str, str]:
    return s.rpartition(by)


def without_ends(s: str, a: str, b: str) -> str:
    return s.removeprefix(a).removesuffix(b)


def stripped_of(s: str, chars: str) -> list[str]:
    return [s.strip(chars), s.lstrip(chars), s.rstrip(chars)]


def index_of(s: str, t: str) -> int:
    return s.index(t)


def rindex_of(s: str, t: str) -> int:
    return s.rindex(t)


def cases(s: str) -> list[str]:
    return [s.title(), s.capitalize(), s.casefold(), s.swapcase()]


def kinds_of(s: str) -> list[bool]:
    return [s.isdigit(), s.isalpha(), s.isalnum(), s.isspace(), s.isupper(), s.islower()]


def kinds_of_numbers(s: str) -> list[bool]:
    return [s.isdecimal(), s.isnumeric(), s.isidentifier()]


def replaced_some(s: str, a: str, b: str, n: int) -> str:
    return s.replace(a, b, n % 4 - 1)


def centred(s: str, n: int) -> str:
    return s.center(n % 20) + "|" + s.center(n % 15, "*") + "|" + s.ljust(n % 10) + s.rjust(n % 9)


def filled(s: str, n: int) -> str:
    return s.zfill(n % 12)


def code_points(s: str) -> list[int]:
    return [ord(c) for c in s]


def from_code_point(n: int) -> str:
    return chr(n)


def ord_of(s: str) -> int:
    return ord(s)


def encoded(s: str) -> bytes:
    return s.encode()


def decoded(raw: bytes) -> str:
    return raw.decode()


def hexed(raw: bytes) -> str:
    return raw.hex()


def bytes_slices(raw: bytes, i: int, j: int) -> bytes:
    return raw[i:j] + raw[::-1] + raw[i:]


def bytes_tests(raw: bytes, part: bytes, n: int) -> list[bool]:
    return [part in raw, raw.startswith(part), raw.endswith(part), raw == part, raw < part, n % 256 in raw]


def bytes_found(raw: bytes, part: bytes) -> int:
    return raw.find(part)


def bytes_joined(parts: list[bytes]) -> bytes:
    return b", ".join(parts)


def bytes_made(xs: list[int]) -> bytes:
    return bytes([x % 256 for x in xs])


def bytes_made_unchecked(xs: list[int]) -> bytes:
    return bytes(xs)


def bytes_items(raw: bytes) -> list[int]:
    return [b for b in raw] + list(raw[:2])


def bytes_constant(raw: bytes) -> bytes:
    return b"\x00\xff'\"\\\n" + raw


def based(s: str, n: int) -> int:
    return int(s, n % 40)


def formats_of_int(n: int) -> str:
    return f"{n:d}|{n:>12}|{n:<12}|{n:^12}|{n:012}|{n:+}|{n: }|{n:,}|{n:_}|{n:x}|{n:#X}|{n:o}|{n:b}"


def formats_of_int_as_float(n: int) -> str:
    return f"{n:.2f}|{n:e}|{n:g}|{n:%}"


def formats_of_float(x: float) -> str:
    return f"{x:f}|{x:.0f}|{x:.3e}|{x:.4g}|{x:G}|{x:>12.2f}|{x:+.1f}|{x:012.3f}|{x:,.2f}|{x:%}|{x:.1%}"


def formats_of_float_plain(x: float) -> str:
    return f"{x:>20}|{x:<20}|{x:20}|{x:+}|{x:.3}|{x:_}"


def formats_of_text(s: str) -> str:
    return f"{s:10}|{s:>10}|{s:^10}|{s:.3}|{s:é<8}|{s!r:>20}|{s!s}"


def formats_of_bool(b: bool) -> str:
    return f"{b}|{b:>7}|{b:d}"


def precision_of_int(n: int) -> str:
    return f"{n:.2}"


def braces_and_escapes(n: int) -> str:
    return f"{{{n}}}\t\u00e9\U0001f600\\ {{}} %s {n}%"


def empty_format(s: str) -> str:
    return f"" + f"{s}" + f"plain"


def nested_quotes(d: dict[str, int]) -> str:
    return f"{d['a']} {'x' if d else 'y'}"


def text_times(s: str, n: int) -> str:
    return s * (n % 4) + (n % 3) * "ab"


def text_compare(a: str, b: str) -> list[bool]:
    return [a < b, a <= b, a > b, a >= b, a == b, a != b, a in b]


def text_min(xs: list[str]) -> str:
    return min(xs)


def text_built(xs: list[str]) -> str:
    out = ""
    for i, x in enumerate(xs):
        if i:
            out += "/"
        out += x
    return out


def text_counts(s: str) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for word in s.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def text_reversed_words(s: str) -> str:
    return " ".join(word[::-1] for word in s.split(" "))


def text_walk_back(s: str) -> str:
    out = ""
    for c in reversed(s):
        out += c
    return out


def text_repr(s: str) -> str:
    return repr(s)


def numbers_repr(n: int, x: float, b: bool) -> str:
    return repr(n) + repr(x) + repr(b) + str(n) + str(x)


def joined_numbers(xs: list[int]) -> str:
    return ",".join([str(x) for x in xs]) + ";".join(f"{x:02}" for x in xs)


def key_error_text(d: dict[str, int], k: str) -> int:
    return d[k + "'"]


def key_error_int(d: dict[int, int], k: int) -> int:
    return d.pop(k) if k in d else d[k]


def raised_messages(n: int, s: str, x: float) -> int:
    if n > 10:
        raise ValueError(f"too large: {n}")
    if n < -10:
        raise KeyError(s)
    if x > 2.0:
        raise IndexError(s, n)
    if s:
        raise RuntimeError
    raise ZeroDivisionError("x", 1.5, True)
