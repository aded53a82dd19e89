"""Regular expressions made up, and texts that they nearly match.

    pattern(maker)      # r"(?:(a|b)*?c)+\\b", and what is not drafted too

A pattern is tried on several texts by each of `re`'s functions; spans of all groups have to agree.
"""

from __future__ import annotations

import contextlib
import re
import signal
import warnings
from collections.abc import Iterator
from typing import Any

from parity_types import Maker

LETTERS = "abcABC"
TEXT = "abcABC  01_\n-."
ODD = "\u0130\u0131\u017f\u212aéß٣ \x1c"
FUNCTIONS = ("match", "fullmatch", "search", "finditer", "findall", "split", "sub")
REAL = (
    *(r"^(\d{4})-(\d\d?)-(\d\d?)$", r"(?P<key>\w+)\s*=\s*(?P<value>[^;\n]*)", r"\s+", r"[^\w\s]"),
    *(r"^\s*(?:#.*)?$", r'"((?:[^"\\]|\\.)*)"', r"(a+)+b", r"\b\w{2,4}\b", r"(\w+)@(\w+)\.com"),
    *(r"([A-Z][a-z]*)", r"(?<!\d)\d{1,3}(?!\d)", r"(?i)b[ack]+", r"(a)|(b)|c", r"(\w)\1", r"a.c"),
    *(r"^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$", r"(?m)^(.*)$", r"(?s)a(.*?)c", r"x*", r"(?:a|ab)(c?)"),
    *(r"[-+.]", r"[a-cA-C0-9_]+", r"\A\w+\Z", r"(?=(?:ab))a", r"(?:\d+,)*\d+", r"\D+|\S\W?"),
)


def _one(maker: Maker) -> str:
    r = maker.random
    match r.randrange(10):
        case 0:
            return r.choice([".", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S"])
        case 1:
            inside = "".join(r.choice(["a", "b", "a-c", r"\d", r"\s", "0", "_", "B", r"\W"])
                             for _ in range(r.randint(1, 3)))  # fmt: skip
            return f"[{r.choice(['', '', '^'])}{inside}]"
        case 2:
            return re.escape(r.choice(ODD + " \n-."))
    return r.choice(LETTERS)


def _piece(maker: Maker, depth: int, groups: list[int]) -> str:
    r = maker.random
    choice = r.randrange(12) if depth else 0
    if choice < 6:
        return _one(maker)
    if choice == 6:
        return r.choice(["^", "$", r"\b", r"\B", r"\A", r"\Z"])
    if choice == 7 and groups:
        return rf"\{r.choice(groups)}" if maker.chance(0.5) else _one(maker)
    if choice == 8:
        plain = _sequence(maker, depth - 1, [])
        return f"(?{r.choice(['=', '!', '<=', '<!'])}{plain.replace('(', '(?:')})"
    parts = [_sequence(maker, depth - 1, groups) for _ in range(r.choice([1, 1, 2, 3]))]
    inside = "|".join(parts)
    if maker.chance(0.6):
        return f"({inside})"
    return f"(?:{inside})"


def _sequence(maker: Maker, depth: int, groups: list[int]) -> str:
    r = maker.random
    made = ""
    for _ in range(r.choice([1, 1, 1, 2, 2, 3])):
        piece = _piece(maker, depth, groups)
        if maker.chance(0.4):
            piece = f"(?:{piece})" if len(piece) > 2 and piece[0] not in "([" else piece
            piece += r.choice(["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "*", "+"])
            piece += r.choice(["", "", "?"])
        made += piece
    return made


def pattern(maker: Maker) -> tuple[str, int]:
    """A pattern that Python takes without a warning, and its flags."""
    r = maker.random
    while True:
        made = r.choice(REAL) if maker.chance(0.3) else _sequence(maker, 3, [1])
        flags = sum(flag for flag in (re.I, re.M, re.S, re.A) if maker.chance(0.15))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                re.compile(made, flags)
            except (re.error, Warning):
                continue
        return made, int(flags)


def text(maker: Maker) -> str:
    r = maker.random
    size = r.choice([0, 1, 2, 3, 5, 8, 12])
    if maker.chance(0.2):
        return r.choice(["2024-01-3", 'k = "v"; x=1', "ab12 abab", "1,234.5e6", "a\nb\n", "Kabk"])
    few = [r.choice(TEXT + (ODD if maker.chance(0.2) else "")) for _ in range(4)]
    return "".join(r.choice(few) for _ in range(size))


def arguments(maker: Maker) -> list[Any]:
    """[pattern, flags, text]"""
    made, flags = pattern(maker)
    return [made, flags, text(maker)]


def spans(found: re.Match[str] | None) -> list[tuple[int, int]] | None:
    if found is None:
        return None
    return [found.span(group) for group in range(found.re.groups + 1)]


def oracle(name: str) -> Any:
    """What a function of `re` says, in spans of all groups."""

    def said(made: str, flags: int, text: str) -> Any:
        with short():
            return _said(name, re.compile(made, flags), text)

    return said


@contextlib.contextmanager
def short() -> Iterator[None]:
    """For a moment only: what takes longer is no case."""

    def late(*_: object) -> None:
        raise MemoryError("it takes too long")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _said(name: str, compiled: re.Pattern[str], text: str) -> Any:
    match name:
        case "finditer":
            return [spans(found) for found in compiled.finditer(text)]
        case "findall":
            return [found.group() for found in compiled.finditer(text)]
        case "split":
            return ["" if part is None else part for part in compiled.split(text, 2)]
        case "sub":
            return compiled.sub(lambda found: f"<{found.group()}>", text)
    return spans(getattr(compiled, name)(text))


CALLS = {
    **{
        name: ("opt[list[tuple[int, int]]]", f"pattern.{rust}(&a1)?.map(|found| spans(&found))")
        for name, rust in (("match", "match_"), ("fullmatch", "fullmatch"), ("search", "search"))
    },
    "finditer": (
        "list[list[tuple[int, int]]]",
        "pattern.finditer(&a1)?.iter().map(spans).collect()",
    ),
    "findall": ("list[str]", "pattern.findall(&a1, 0)?"),
    "split": ("list[str]", "pattern.split(&a1, 2)?"),
    "sub": (
        "str",
        'pattern.sub(&a1, &[pattern::Part::Text("<"), pattern::Part::Group(0), '
        'pattern::Part::Text(">")], 0)?',
    ),
}
SPANS = (
    "fn spans(found: &pattern::Match) -> Vec<(i64, i64)> "
    "{ (0..found.groups()).map(|group| found.span(group)).collect() }"
)


def more(make: Any) -> list[Any]:
    """The driver's calls: a pattern comes as the compiler's text."""
    return [
        make(f"re.{name}", "str, str", result,
             f"let pattern = pattern::Pattern::new(&a0); {SPANS} {body}", False, f"re.{name}")
        for name, (result, body) in CALLS.items()
    ]  # fmt: skip
