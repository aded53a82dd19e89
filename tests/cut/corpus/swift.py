"""What is there for speed: nothing of it may be seen."""

from __future__ import annotations

from dataclasses import dataclass, field


def residual(row: list[float], x: list[float], b: float) -> float:
    return b - sum(r * v for r, v in zip(row, x))


def residual_of_none(xs: list[float], y: float) -> tuple[float, float, float]:
    none = [x for x in xs if x != x]
    return y - sum(none), sum(none) * y, (sum(none) + y) * -1.0


def sums_of_two(xs: list[float], ys: list[float]) -> float:
    return sum(xs) + sum(ys)


def below(xs: list[float], limit: float) -> tuple[bool, bool]:
    return sum(xs) < limit, limit == sum(x for x in xs if x > 0.0)


def doubled_sum(xs: list[float]) -> float:
    return sum(xs) * 2


@dataclass
class Tree:
    label: str = ""
    parts: list[Tree] = field(default_factory=list)


class Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def tree(self) -> Tree:
        made = Tree()
        while self.at < len(self.text):
            c = self.text[self.at]
            self.at += 1
            if c == "(":
                made.parts.append(self.tree())
            elif c == ")":
                break
            else:
                made.label += c
        return made


def depth(tree: Tree) -> int:
    return 1 + max([depth(part) for part in tree.parts], default=0)


def shape(tree: Tree) -> str:
    return f"{tree.label}<{''.join(shape(part) for part in tree.parts)}>"


def read_tree(texts: list[str]) -> tuple[int, str]:
    found = Reader("a(b(" + "(".join(texts) + "))c)d").tree()
    return depth(found), shape(found)


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.turned = 0

    def turn(self) -> str:
        """Another list from now on: the one before is what was asked for."""
        self.turned += 1
        self.lines = [f"turn {self.turned}"]
        return f"before {self.turned}"


def turned(n: int) -> list[str]:
    log = Log()
    first = log.lines
    for _ in range(n % 4 + 1):
        log.lines.append(log.turn())
    return first + log.lines


def pieces(name: str, n: int, x: float, flag: bool) -> str:
    return f"{name}|{n}|{x}|{flag}|{name!r:>3}|{name[:1]}é{{}}" + name + "\\" + str(n) + '"'


def grown_short(words: list[str]) -> list[str]:
    """Each is kept while it grows: from a few bytes to many."""
    text, seen = "", [""]
    for word in words:
        before = text
        text += word
        text += "ü"
        seen.append(before + "/" + text)
    return seen


def cut_short(text: str, n: int) -> list[str]:
    whole = "0123456789abcdefghijklm" + text + "0123456789abcdefghijklm"
    n = n % 50
    return [whole[n:], whole[:n], whole[n : n + 21], whole[n : n + 22], whole[n : n + 1]]


def keyed(words: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        for key in (word, word.upper(), "prefix of a key " + word, word[:3]):
            counts[key] = counts.get(key, 0) + 1
    return counts


def shown_while_it_changes(words: list[str]) -> str:
    """Parts are evaluated in their order; a later one changes what an earlier one showed."""
    left = [*words, "x", "y"]
    return f"{len(left)} {left[0]} {left.pop()} {len(left)} {left.pop(0)} {left[0] if left else '-'}"
