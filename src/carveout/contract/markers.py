"""What a user may say about a value in its annotation: `Annotated[str, Secret]`.

    @operation
    def charge(card: Annotated[str, PII], key: Annotated[str, Secret]) -> Receipt: ...

`Secret` and `PII` are redacted before anything reaches the disk (record/redaction.py). `ulps(n)`
and `unordered` loosen how results compare (contract/compare.py), and only there where they stand:

    class Quote(msgspec.Struct):
        price: Annotated[float, ulps(4)]
        lines: Annotated[list[str], unordered]

Markers are not part of the contract: they change neither the wire nor the contract's hash.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker without a parameter; compared by its word."""

    word: str

    def __repr__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class Ulps:
    """Floats may differ by at most `count` representable values."""

    count: int

    def __repr__(self) -> str:
        return f"ulps({self.count})"


Secret = Mark("Secret")
PII = Mark("PII")
unordered = Mark("unordered")


def ulps(count: int) -> Ulps:
    """Allow floats here to differ by `count` units in the last place. `count` is 1 or more."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"ulps takes a whole number of 1 or more, not {count!r}")
    return Ulps(count)


__all__ = ["PII", "Mark", "Secret", "Ulps", "ulps", "unordered"]
