"""`%` and `.format`, computed widths, values of other modules."""

import string
import sys


def percent(name: str, n: int, x: float, on: bool) -> str:
    return "%s|%-8s|%5d|%05d|%+.2f|%x|%#o|%d%%|%r|%8.3s|%g|%d" % (
        name, name, n, n, x, n, n, n, name, name, x, on,
    )  # fmt: skip


def percent_one(n: int) -> str:
    return "<%4d>" % n + "%s" % n


def percent_floats(x: float) -> str:
    return "%e %E %G %010.3f % f %d" % (x, x, x, x, x, x)


def braces(name: str, n: int, x: float) -> str:
    return "{} {:>8} {:,} {:.3f} {!r} {{}}".format(name, name, n, x, name)


def numbered(a: str, n: int) -> str:
    return "{1:05d}-{0}-{1}-{word:^9}".format(a, n, word=a.upper())


def in_order(xs: list[int], i: int, j: int) -> str:
    return "{1}{0}".format(xs[i] // j, xs[j])


def computed(x: float, text: str, width: int, places: int) -> str:
    width, places = width % 30, places % 9
    return f"{x:{width}.{places}f}|{text:>{width}}|{text:*^{width}}|{x:.{places}e}"


def shifted(text: str, by: int) -> str:
    letters = string.ascii_lowercase
    out = []
    for c in text.lower():
        if c in string.digits or c in string.punctuation:
            out.append(c)
        elif c in letters:
            out.append(letters[(letters.index(c) + by) % 26])
    return "".join(out)


def least(xs: list[int]) -> int:
    best = sys.maxsize
    for x in xs:
        best = min(best, x)
    return best
