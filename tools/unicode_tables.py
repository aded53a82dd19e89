"""Makes crates/carveout-runtime/src/text/tables.rs: what Python's `str` methods know of Unicode.

    python3.11 tools/unicode_tables.py dump /tmp/11.json      # and with each later Python
    python3 tools/unicode_tables.py make /tmp/11.json /tmp/12.json /tmp/13.json > …/tables.rs

Each Python has the tables of another Unicode version. A code point is *settled* if it is assigned
in the first dump and all dumps agree on everything about it; on all others the runtime declines.
Run it again when a new Python comes out.
"""

from __future__ import annotations

import itertools
import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Flags of a run, in the order of `tables.rs`. Below them stand two numbers of two bits each: of
# numbers (1 numeric, 2 digit, 3 decimal) and of case (1 lower, 2 upper, 3 title).
FLAGS = ["SETTLED", "ALPHA", "PRINTABLE", "STARTS", "CONTINUES", "IGNORABLE"]
# What later Unicode versions changed: a test of `text::unicode` finds them by comparing with the
# compiler's own, newer tables.
CHANGED_LATER = [0x19B, 0x264, 0x295, 0xA7D3, 0xA7D5]
HEAD = """\
//! Unicode as Python's `str` methods know it, made by tools/unicode_tables.py: not edited by hand,
//! and long because it is data.
//!
//! Only *settled* code points are in it: assigned in the Unicode of Python 3.11, and with the same
//! properties in that of every later Python.

"""


def facts(code: int) -> list[Any] | None:
    """Everything the methods say of one code point; None if it is not assigned."""
    c = chr(code)
    if unicodedata.category(c) == "Cn":
        return None
    after_space = (" " + c + "Σ").lower()[-1] == "ς"
    after_letter = ("A" + c + "Σ").lower()[-1] == "ς"
    ignorable = after_letter and not after_space
    title = unicodedata.category(c) == "Lt"
    assert c.isnumeric() or not c.isdigit()
    assert c.isdigit() or not c.isdecimal()
    assert c.islower() + c.isupper() + title <= 1
    assert ((c + "a").title()[-1] == "a") == (c.islower() or c.isupper() or title)
    flags = [
        True,
        c.isalpha(),
        c.isprintable(),
        c.isidentifier(),
        ("a" + c).isidentifier(),
        ignorable,
    ]
    bits = c.isnumeric() + c.isdigit() + c.isdecimal()
    bits |= (1 if c.islower() else 2 if c.isupper() else 3 if title else 0) << 2
    bits |= sum(1 << at + 4 for at, flag in enumerate(flags) if flag)
    value = unicodedata.decimal(c, None)
    return [bits, c.upper(), c.lower(), c.title(), c.casefold(), value]


def dump(path: Path) -> None:
    codes = (code for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    known = {code: found for code in codes if (found := facts(code)) is not None}
    path.write_text(json.dumps(known))


def settled(paths: list[Path]) -> dict[int, list[Any]]:
    first, *others = [json.loads(path.read_text()) for path in paths]
    return {
        int(code): found
        for code, found in first.items()
        if int(code) not in CHANGED_LATER and all(other.get(code) == found for other in others)
    }


def runs(known: dict[int, list[Any]]) -> Iterator[tuple[int, int]]:
    """Where each run of code points with the same bits starts."""
    last = -1
    for code in range(0x110001):
        bits = known[code][0] if code in known else 0
        if bits != last:
            yield code, bits
            last = bits


def steps(known: dict[int, list[Any]], at: int) -> Iterator[tuple[int, int, int, int]]:
    """(first, last, stride, distance) of the code points whose mapping is one other code point."""
    moved = {
        code: ord(found[at]) - code
        for code, found in sorted(known.items())
        if len(found[at]) == 1 and ord(found[at]) != code
    }
    codes = list(moved)
    while codes:
        first = codes[0]
        tried = []
        for stride in (1, 2):
            run = [first]
            while moved.get(run[-1] + stride) == moved[first]:
                run.append(run[-1] + stride)
            tried.append(run)
        # One by one if it gets anywhere, so that no two rows overlap.
        near, far = tried
        best, stride = (near, 1) if len(near) > 2 or len(far) < 2 else (far, 2)
        yield first, best[-1], stride, moved[first]
        taken = set(best)
        codes = [code for code in codes if code not in taken]


def texts(known: dict[int, list[Any]], at: int, unless: int | None) -> Iterator[tuple[int, str]]:
    """Code points whose mapping is another than that `unless`, or more than one code point."""
    for code, found in sorted(known.items()):
        usual = len(found[at]) == 1 if unless is None else found[at] == found[unless]
        if not usual:
            yield code, found[at]


def wrapped(items: Iterator[str]) -> str:
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 100:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join([*lines, line])


def quoted(text: str) -> str:
    return '"' + "".join(c if 32 < ord(c) < 127 else f"\\u{{{ord(c):x}}}" for c in text) + '"'


def make(paths: list[Path]) -> str:
    known = settled(paths)
    for code, found in known.items():
        # A run of decimal digits starts with a zero, so that a place in it gives the value.
        if found[5] is not None:
            assert found[5] == 0 or known[code - 1][5] == found[5] - 1, hex(code)
    out = [HEAD]
    for at, name in enumerate(FLAGS):
        out.append(f"pub(super) const {name}: u32 = 1 << {at + 4};\n")
    out.append(
        "\n/// Runs of code points with the same bits: the first one, then ten bits.\n"
        "#[rustfmt::skip]\n"
    )
    rows = [f"0x{code << 10 | bits:x}" for code, bits in runs(known)]
    out.append(f"pub(super) static RUNS: [u32; {len(rows)}] = [\n{wrapped(iter(rows))}\n];\n")
    for name, at in (("UPPER", 1), ("LOWER", 2)):
        found = sorted(steps(known, at))
        assert all(one[1] < next_one[0] for one, next_one in itertools.pairwise(found))
        rows = [f"(0x{a:x}, 0x{b:x}, {s}, {d})" for a, b, s, d in found]
        out.append(f"\n/// First and last, stride, distance to the {name.lower()} case.\n"
                   "#[rustfmt::skip]\n"
                   f"pub(super) static TO_{name}: [(u32, u32, u32, i32); {len(rows)}] = [\n"
                   f"{wrapped(iter(rows))}\n];\n")  # fmt: skip
    for name, at, unless, what in (
        ("UPPER_TEXTS", 1, None, "Upper case of more than one character."),
        ("LOWER_TEXTS", 2, None, "Lower case of more than one character."),
        ("TITLE_TEXTS", 3, 1, "Title case where it is not the upper case."),
        ("FOLD_TEXTS", 4, 2, "Folded where it is not the lower case."),
    ):
        rows = [f"(0x{code:x}, {quoted(text)})" for code, text in texts(known, at, unless)]
        out.append(f"\n/// {what}\n#[rustfmt::skip]\n"
                   f"pub(super) static {name}: [(u32, &str); {len(rows)}] = [\n"
                   f"{wrapped(iter(rows))}\n];\n")  # fmt: skip
    return "".join(out)


if __name__ == "__main__":
    verb, *names = sys.argv[1:]
    files = [Path(name) for name in names]
    if verb == "dump":
        dump(files[0])
    else:
        sys.stdout.write(make(files))
