"""Enums: members by value and by name, walks over them, methods, and those that are numbers."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum, auto, unique

from carveout import operation


class Color(Enum):
    RED = 1
    GREEN = 2
    BLUE = 4

    @property
    def lower(self) -> str:
        return self.name.lower()

    def following(self) -> Color:
        return Color(self.value * 2 % 7)

    def mixed(self, other: Color, times: int = 2) -> int:
        return self.value * times + other.value

    @classmethod
    def first(cls) -> Color:
        return cls.RED

    @classmethod
    def at_least(cls, value: int) -> Color | None:
        for member in cls:
            if member.value >= value:
                return member
        return None

    @staticmethod
    def count() -> int:
        return len(Color)


@unique
class Kind(Enum):
    PLAIN = "plain"
    ODD = "odd ' one"


class Level(IntEnum):
    LOW = 1
    MID = 5
    HIGH = 10

    def above(self, other: int) -> bool:
        return self > other


class Automatic(Enum):
    FIRST = auto()
    SECOND = auto()
    TENTH = 10
    LAST = auto()


class Word(StrEnum):
    ONE = "one"
    TWO = auto()


class Mixed(str, Enum):
    A = "a"
    B = "b"


@operation
def by_value(n: int) -> Color:
    return Color(n)


@operation
def by_text(text: str) -> Kind:
    return Kind(text)


@operation
def by_value_caught(n: int) -> str:
    try:
        return Color(n).name
    except ValueError as error:
        return str(error)


@operation
def by_name(name: str) -> Color:
    return Color[name]


@operation
def by_known_name() -> tuple[Color, Level, Word]:
    return Color["RED"], Level["MID"], Word["TWO"]


@operation
def names() -> list[str]:
    return [member.name for member in Color] + [str(len(Kind))]


@operation
def all_of_them() -> list[Level]:
    return list(Level)


@operation
def table() -> dict[str, int]:
    return {color.name: color.value for color in Color}


@operation
def numbered() -> list[tuple[int, str]]:
    return [(at, color.name) for at, color in enumerate(Color)]


@operation
def properties(color: Color) -> str:
    return color.lower + color.following().lower


@operation
def method(a: Color, b: Color) -> int:
    return a.mixed(b) + b.mixed(a, times=3)


@operation
def class_methods(n: int) -> tuple[Color, Color | None, int]:
    return Color.first(), Color.at_least(n), Color.count()


@operation
def is_member(color: Color) -> tuple[bool, bool, bool]:
    return color in Color, color in (Color.RED, Color.BLUE), color in [Color.GREEN]


@operation
def automatic(a: Automatic, b: Word) -> tuple[int, str]:
    return a.value, b.value


@operation
def counted(colors: list[Color]) -> dict[Color, int]:
    seen: dict[Color, int] = {}
    for color in colors:
        seen[color] = seen.get(color, 0) + 1
    return seen


@operation
def levels(a: Level, b: Level, n: int) -> tuple[bool, bool, bool, bool, bool]:
    return a < b, a >= n, a == n, n > b, a == b


@operation
def level_sums(a: Level, n: int) -> tuple[int, int, int, float, int, str]:
    return a + 1, a * n, -a // 2, a / 2, abs(a) + int(a), hex(a)


@operation
def best_levels(levels: list[Level]) -> tuple[list[Level], list[Level]]:
    return sorted(levels), sorted(levels, reverse=True)


@operation
def best_level(levels: list[Level]) -> tuple[Level, Level]:
    return max(levels), min(levels)


@operation
def level_index(items: list[str], level: Level) -> str:
    return items[level]


@operation
def level_truth(level: Level) -> str:
    return "yes" if level else "no"


@operation
def level_method(level: Level, n: int) -> bool:
    return level.above(n)


@operation
def words(word: Word, mixed: Mixed, text: str) -> tuple[str, str, bool, bool, int]:
    return word + text, word.upper().strip(), mixed == text, word == text, len(word)


@operation
def word_order(words: list[Word]) -> list[Word]:
    return sorted(words)


@operation
def chosen(color: Color) -> int:
    if color is Color.RED:
        return 1
    elif color == Color.GREEN:
        return 2
    elif color is not Color.BLUE:
        return 3
    return 4


@operation
def stored_as_int(level: Level) -> list[int]:
    return [level, 1]
