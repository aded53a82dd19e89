"""Regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DATE = re.compile(r"^(\d{4})-(\d\d?)-(\d\d?)(?:T(\d\d):(\d\d))?$")
_PAIR = re.compile(r"(?P<key>\w+)\s*=\s*(?P<value>[^;]*)")
_WORD = r"[A-Za-z]+"
_TOKEN = re.compile(r"\s*(?:(\d+)|(\w)|(.))", re.DOTALL)


def date(text: str) -> tuple[int, int, int] | None:
    m = _DATE.match(text)
    if m is None:
        return None
    return int(m.group(1)), int(m.group(2)), int(m.group(3))


def dates(n: int, day: int) -> tuple[int, int, int] | None:
    return date(f"{n % 3000}-{n % 14}-{day % 33}")


def hour(text: str, n: int) -> int:
    m = _DATE.match(text + f"20{n % 90 + 10}-1-2T0{n % 10}:30")
    if m and m.group(4):
        return int(m.group(4))
    return -1


def pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for m in _PAIR.finditer("a = 1; b=" + text):
        found[m.group("key")] = m["value"].strip()
    return found


def pairs_again(text: str) -> list[dict[str, str | None]]:
    return [dict(m.groupdict()) for m in re.finditer(r"(?P<a>\w)(?P<b>-)?", text)]


def words(text: str) -> list[str]:
    return re.findall(_WORD, text)


def keys(text: str) -> list[str]:
    return re.findall(r"(\w)=", text + "=" + text)


def both(text: str) -> list[tuple[str, str]]:
    return re.findall(r"(\w)(-?)", text)


def tokens(text: str) -> list[str]:
    made: list[str] = []
    for m in _TOKEN.finditer(text):
        if m.group(1) is not None:
            made.append("number " + m.group(1))
        elif m.group(2):
            made.append(m.group(2).upper())
        else:
            made.append(m.group())
    return made


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def swapped(text: str) -> str:
    return re.sub(r"(\w+) (?P<b>\w+)", r"\g<b>\n\1", text, count=2)


def replaced(text: str, by: str) -> tuple[str, tuple[str, int]]:
    return re.sub(r"a|b", by, text), re.subn(r"\s", "_", text)


def doubled(text: str) -> str:
    return re.sub(r"\d+", lambda m: str(int(m.group()) * 2), text + " 12 a7")


def camel(text: str) -> str:
    return re.sub(r"_([a-z])", lambda m: m.group(1).upper(), "snake_case_" + text)


def parts(text: str) -> list[str]:
    return re.split(r"[,;]\s*", text) + re.split(r"(-)", text, maxsplit=1)


def where(text: str) -> tuple[int, int, tuple[int, int]]:
    m = re.search(r"b(\w*)", text)
    if m is None:
        return -1, -1, (0, 0)
    return m.start(), m.end(1), m.span()


def valid(text: str) -> bool:
    return re.fullmatch(r"[\w.+-]+@[\w-]+\.[\w.-]+", text + "@a.bc") is not None


def cased(text: str) -> list[str]:
    return re.findall(r"k[i-s]?", text, re.IGNORECASE)


def lines(text: str) -> list[str]:
    return re.findall(r"^\s*(\S.*)$", text, flags=re.M)


@dataclass
class Entry:
    level: str
    code: int


def entries(texts: list[str]) -> list[Entry]:
    line = re.compile(r"\[(?P<level>[A-Z]+)\] (\d{1,6})")
    made: list[Entry] = []
    for text in texts:
        if (m := line.search("[INFO] 42" + text)) is not None:
            level, code = m.groups()
            made.append(Entry(level, int(code)))
    return made


def escaped(text: str) -> str:
    return re.escape(text)


def first_of(text: str) -> str:
    m = re.match(r"(a)|(b)|c", text) or re.search(r"(x)|(y)", text)
    if not m:
        return ""
    return m.group(0)


def unsure(text: str) -> str:
    m = re.search(r"(a)|(b)", text + "ba")
    assert m is not None
    return m.group(2).upper()


def numbered(text: str) -> list[str]:
    return [f"{i}{m.group(1)}" for i, m in enumerate(_PAIR.finditer(text + " a=1"))]


def counted(text: str) -> list[str]:
    made: list[str] = []
    for i, m in enumerate(re.finditer(r"(\w)(\s)?", text)):
        made.append(f"{i} {m.group(1)} {m.start(2)}")
    return made


def unbound(text: str, n: int) -> bool:
    if n % 2:
        line = re.compile("a")
    return line.match(text) is not None


def consumed(text: str) -> list[str]:
    made: list[str] = []
    while (m := re.match(r"\s*(\w+|\S)", text)) is not None:
        made.append(m.group(1))
        text = text[m.end() :]
    return made


def either_pattern(text: str, n: int) -> str:
    m = re.search(r"(?P<a>\d)(?P<b>\w)?", text)
    if n % 2:
        m = re.search(r"(?P<b>\w)(?P<a>\d)?", text)
    return "" if m is None else m.group(1)


def empty_splits(text: str) -> list[str]:
    return re.split(r"\s*", text) + re.split("", text)


def templated(text: str) -> str:
    return re.sub(r"(a)|(b)", r"[\1\2\g<0>\\n]", text)
