"""Regular expressions: from the tree of Python's own parser to the runtime's steps.

    Code.of(r"(\\d+)-x", re.IGNORECASE).text      # "G2 L0;[d …;v2 r0,1,inf,1 v3 m1 m2 M"

The parser is that of the Python that cuts, which is the reference's. What a letter matches without
regard to case is asked of Python's engine, for the few letters past ASCII that have to do with it.
Anything that is not known to run alike is `Unknown`, by its name.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# Past ASCII, these are another case of a letter of ASCII; no other is.
_ODD_CASES = "\u0130\u0131\u017f\u212a"
_ANY = re.ASCII | re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.UNICODE
_CLASSES = {
    sre.CATEGORY_DIGIT: "d",
    sre.CATEGORY_NOT_DIGIT: "D",
    sre.CATEGORY_WORD: "w",
    sre.CATEGORY_NOT_WORD: "W",
    sre.CATEGORY_SPACE: "s",
    sre.CATEGORY_NOT_SPACE: "S",
}
# The same in ASCII.
_ASCII = {
    "d": "30-39",
    "D": "0-2f,3a-10ffff",
    "w": "30-39,41-5a,5f-5f,61-7a",
    "W": "0-2f,3a-40,5b-5e,60-60,7b-10ffff",
    "s": "9-d,20-20",
    "S": "0-8,e-1f,21-10ffff",
}
_MOST_STEPS = 20_000


class Unknown(Exception):
    """What of a pattern is not drafted."""


@dataclass
class Code:
    """The steps of one pattern; `sure` are the groups that every match has."""

    pattern: str
    flags: int
    groups: int
    names: dict[str, int]
    sure: frozenset[int]
    text: str

    @staticmethod
    def of(pattern: str, flags: int) -> Code:
        """Raises Unknown."""
        if flags & ~_ANY:
            raise Unknown("this flag")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                compiled = re.compile(pattern, flags)
                tree = parser.parse(pattern, flags)
            except (re.error, RecursionError, OverflowError, ValueError) as error:
                raise Unknown(f"what Python says is no pattern ({error})") from None
            except (DeprecationWarning, FutureWarning) as warning:
                raise Unknown(f"what Python warns of ({warning})") from None
        writer = _Writer(tree.state.flags)
        sure = writer.sequence(list(tree), tree.state.flags)
        writer.put("M")
        if any(0xD800 <= ord(c) <= 0xDFFF for c in pattern):
            raise Unknown("a lone surrogate")
        head = f"G{compiled.groups + 1} L{writer.loops}"
        text = f"{head};{' '.join(writer.matchers)};{' '.join(writer.steps)}"
        names = dict(compiled.groupindex)
        return Code(pattern, flags, compiled.groups, names, frozenset(sure), text)


@dataclass
class _Writer:
    flags: int
    matchers: dict[str, int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    loops: int = 0
    # Inside of a loop or a look a group is not numbered anew: see `repeat`.
    looking: bool = False

    def put(self, step: str) -> int:
        if len(self.steps) >= _MOST_STEPS:
            raise Unknown("a pattern of this size")
        self.steps.append(step)
        return len(self.steps) - 1

    def matcher(self, text: str) -> int:
        return self.matchers.setdefault(text, len(self.matchers))

    def sequence(self, items: list[Any], flags: int) -> set[int]:
        """Writes items one after the other; the groups that have matched after them."""
        sure: set[int] = set()
        for kind, value in items:
            sure |= self.item(kind, value, flags)
        return sure

    def item(self, kind: Any, value: Any, flags: int) -> set[int]:
        one = self.single(kind, value, flags)
        if one is not None:
            self.put(f"m{self.matcher(one)}")
            return set()
        match kind:
            case sre.AT:
                self.put(f"z{self.place(value, flags)}")
            case sre.BRANCH:
                return self.branch([list(part) for part in value[1]], flags)
            case sre.SUBPATTERN:
                return self.group(value, flags)
            case sre.MAX_REPEAT | sre.MIN_REPEAT:
                return self.repeat(value, kind is sre.MAX_REPEAT, flags)
            case sre.GROUPREF:
                if flags & re.IGNORECASE:
                    raise Unknown("a backreference without regard to case")
                self.put(f"b{value}")
            case sre.ASSERT | sre.ASSERT_NOT:
                self.look(value, kind is sre.ASSERT_NOT, flags)
            case _:
                raise Unknown(f"{str(kind).lower().replace('_', ' ')}")
        return set()

    # --- one character -----------------------------------------------------------------------

    def single(self, kind: Any, value: Any, flags: int) -> str | None:
        """The matcher of an item that is just one character."""
        match kind:
            case sre.ANY:
                return "A" if flags & re.DOTALL else "N"
            case sre.LITERAL if not flags & re.IGNORECASE:
                return self.code(value)
            case sre.NOT_LITERAL if not flags & re.IGNORECASE:
                return f"[^{self.code(value)}-{self.code(value)}"
            case sre.LITERAL:
                return self.either_case([(kind, value)], "", flags)
            case sre.NOT_LITERAL:
                return self.either_case([(sre.LITERAL, value)], "^", flags)
            case sre.IN:
                return self.characters(list(value), flags)
        return None

    @staticmethod
    def code(value: int) -> str:
        if 0xD800 <= value <= 0xDFFF:
            raise Unknown("a lone surrogate")
        return f"{value:x}"

    def characters(self, items: list[Any], flags: int) -> str:
        negated = "^" if items and items[0][0] is sre.NEGATE else ""
        items = items[len(negated) :]
        if flags & re.IGNORECASE:
            return self.either_case(items, negated, flags)
        return f"[{negated}{','.join(self.member(item, flags) for item in items)}"

    def member(self, item: tuple[Any, Any], flags: int) -> str:
        match item:
            case (sre.LITERAL, value):
                return f"{self.code(value)}-{self.code(value)}"
            case (sre.RANGE, (low, high)):
                return f"{low:x}-{high:x}"
            case (sre.CATEGORY, category) if category in _CLASSES:
                letter = _CLASSES[category]
                return _ASCII[letter] if flags & re.ASCII else letter
        raise Unknown("this set of characters")

    def either_case(self, items: list[Any], negated: str, flags: int) -> str:
        """Letters of ASCII, and what Python takes for another case of them."""
        classes = [item for item in items if item[0] is sre.CATEGORY]
        wanted = [item for item in items if item[0] is not sre.CATEGORY]
        text = ""
        for kind, value in wanted:
            low, high = value if kind is sre.RANGE else (value, value)
            if high > 127:
                raise Unknown("a letter past ASCII without regard to case")
            text += f"\\x{low:02x}-\\x{high:02x}"
        parts = [self.member(item, flags) for item in classes]
        if text:
            asked = re.compile(f"[{text}]", flags & (re.IGNORECASE | re.ASCII))
            tried = [*map(chr, range(128)), *_ODD_CASES]
            parts += [f"{ord(c):x}-{ord(c):x}" for c in tried if asked.fullmatch(c)]
        return f"[{negated}{','.join(parts)}"

    # --- more than one -----------------------------------------------------------------------

    @staticmethod
    def place(value: Any, flags: int) -> str:
        many = bool(flags & re.MULTILINE)
        ascii_ = bool(flags & re.ASCII)
        match value:
            case sre.AT_BEGINNING:
                return "^" if many else "A"
            case sre.AT_BEGINNING_STRING:
                return "A"
            case sre.AT_END:
                return "e" if many else "$"
            case sre.AT_END_STRING:
                return "Z"
            case sre.AT_BOUNDARY:
                return "1" if ascii_ else "b"
            case sre.AT_NON_BOUNDARY:
                return "2" if ascii_ else "B"
        raise Unknown("this place")

    def branch(self, parts: list[list[Any]], flags: int) -> set[int]:
        sure: set[int] | None = None
        ends = []
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            split = None if last else self.put("s")
            found = self.sequence(part, flags)
            sure = found if sure is None else sure & found
            if split is not None:
                ends.append(self.put("j"))
                self.steps[split] = f"s{split + 1},{len(self.steps)}"
        for end in ends:
            self.steps[end] = f"j{len(self.steps)}"
        return sure or set()

    def group(self, value: Any, flags: int) -> set[int]:
        number, added, removed, inside = value
        flags = (flags | added) & ~removed
        if number is None:
            return self.sequence(list(inside), flags)
        if self.looking:
            raise Unknown("a group inside of a look ahead or behind")
        self.put(f"v{2 * number}")
        sure = self.sequence(list(inside), flags)
        self.put(f"v{2 * number + 1}")
        return sure | {number}

    def repeat(self, value: Any, greedy: bool, flags: int) -> set[int]:
        low, high, inside = value
        items = list(inside)
        least, most = int(low), "inf" if high is sre.MAXREPEAT else str(int(high))
        if len(items) == 1 and (one := self.single(items[0][0], items[0][1], flags)) is not None:
            self.put(f"r{self.matcher(one)},{least},{most},{int(greedy)}")
            return set()
        number, self.loops = self.loops, self.loops + 1
        self.put(f"i{number}")
        start = self.put("t")
        sure = self.sequence(items, flags)
        self.put(f"j{start}")
        after = len(self.steps)
        self.steps[start] = f"t{number},{start + 1},{least},{most},{int(greedy)},{after}"
        return sure if least else set()

    def look(self, value: Any, negated: bool, flags: int) -> None:
        direction, inside = value
        behind = 0
        if direction < 0:
            behind, most = inside.getwidth()
            if behind != most:
                raise Unknown("a look behind of several widths")
        before, self.looking = self.looking, True
        start = self.put("l")
        self.sequence(list(inside), flags)
        self.put("M")
        self.looking = before
        self.steps[start] = f"l{int(negated)},{behind},{len(self.steps)}"
