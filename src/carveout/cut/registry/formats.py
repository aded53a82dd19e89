"""Format specifications, parsed when a function is cut: `>10.2f` in an f-string.

    parse_spec(",.2f").rust()      # the text of a `format::Spec`

Source: the grammar of https://docs.python.org/3/library/string.html#formatspec.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GRAMMAR = re.compile(
    r"(?:(?P<fill>.)?(?P<align>[<>=^]))?(?P<sign>[-+ ])?(?P<alternate>#)?(?P<zero>0)?"
    r"(?P<width>\d+|[\ue001-\ue002])?(?P<grouping>[,_])?"
    r"(?:\.(?P<precision>\d+|[\ue001-\ue002]))?(?P<kind>[bcdeEfFgGnosxX%])?",
    re.DOTALL,
)
# What stands in a specification for an int that is worked out: `{1}` and `{2}` of the template.
COMPUTED = ("\ue001", "\ue002")


class BadSpec(ValueError):
    """The specification is beyond what is drafted."""


@dataclass(frozen=True, slots=True)
class Spec:
    fill: str
    align: str | None
    sign: str | None
    alternate: bool
    zero: bool
    width: int | str
    grouping: str | None
    precision: int | str | None
    kind: str | None
    # There is a `0` before the width, whatever that means beside an alignment.
    padded: bool = False

    def rust(self) -> str:
        """The Rust text: what is specified, and the rest as plain."""

        def char(value: str) -> str:
            return "'\\''" if value == "'" else "'\\\\'" if value == "\\" else f"'{value}'"

        given = [f"fill: {char(self.fill)}"] if self.fill != " " else []
        for name in (
            "align",
            "sign",
            "alternate",
            "zero",
            "width",
            "grouping",
            "precision",
            "kind",
        ):
            match getattr(self, name):
                case None | False | 0 if name != "precision" or self.precision is None:
                    continue
                case bool(value):
                    text = str(value).lower()
                case str(value) if value in COMPUTED:
                    place = f"{{{COMPUTED.index(value) + 1}}}"
                    text = f"format::{name}({place})?"
                    text = f"Some({text})" if name == "precision" else text
                case int(value):
                    text = f"Some({value})" if name == "precision" else str(value)
                case value:
                    text = f"Some({char(value)})"
            given.append(f"{name}: {text}")
        return f"format::Spec {{ {', '.join([*given, '..format::Spec::PLAIN'])} }}"


def parse_spec(text: str, computed: int = 0) -> Spec:
    """A `Spec`, or BadSpec; `computed` ints stand in it as the first of `COMPUTED`."""
    if any(mark in text for mark in COMPUTED[computed:]):
        raise BadSpec("unknown format")
    found = _GRAMMAR.fullmatch(text)
    if found is None:
        raise BadSpec("unknown format")
    parts = found.groupdict()
    fill = parts["fill"] or " "
    if not fill.isprintable():
        raise BadSpec("the fill character can't be printed")
    if parts["kind"] in ("n", "c"):
        raise BadSpec(f"the type {parts['kind']} depends on the locale or is rare")
    width, precision = parts["width"], parts["precision"]
    if (width and len(width) > 4) or (precision and len(precision) > 3):
        raise BadSpec("too wide")
    # After a fill of its own, a zero is only the width's first digit.
    zero = bool(parts["zero"]) and parts["fill"] is None

    def size(text: str | None) -> int | str | None:
        return text if text is None or text in COMPUTED else int(text)

    return Spec(
        fill,
        parts["align"],
        parts["sign"],
        bool(parts["alternate"]),
        zero,
        size(width) or 0,
        parts["grouping"],
        size(precision),
        parts["kind"],
        bool(parts["zero"]),
    )
