"""What is done with a text known to be one character, a Rust `char`.

    AS_CHAR["str.isdigit"]        # (char) -> bool, "character::isdigit({0})?"

Not in the table that lowering asks: passes/characters.py puts these in the place of the entries of
texts, whose operands turn out to be characters.
"""

from __future__ import annotations

from dataclasses import replace

from carveout.cut.registry.entry import Entry, entry

AT = entry("getitem", "(str, int) -> char", "character::at({0}, {1})?")
CHR = entry("builtins.chr", "(int) -> char", "character::chr({0})?")
TEXT = entry("character.text", "(char) -> str", "character::text({0})")
ORD = entry("builtins.ord", "(char) -> int", "character::ord({0})")
SAME = entry("==", "(char, str) -> bool", "character::is({0}, {1})")
OTHER = entry("!=", "(char, str) -> bool", "!character::is({0}, {1})", prec=15)
WITHIN = entry("in", "(char, str) -> bool", "character::within({0}, {1})")
APPEND = entry("+", "(own str, char) -> str", "character::append({0}, {1})")

COMPARED: dict[str, Entry] = {
    symbol: entry(symbol, "(char, char) -> bool", f"{{0:7}} {symbol} {{1:7}}", prec=6)
    for symbol in ("==", "!=", "<", "<=", ">", ">=")
}
# Of one text, which may be a character instead.
AS_CHAR: dict[str, Entry] = {
    "builtins.ord": ORD,
    "builtins.int": entry("builtins.int", "(char) -> int", "character::int({0})?"),
    "str.isascii": entry("str.isascii", "(char) -> bool", "character::isascii({0})"),
    **{
        f"str.{name}": entry(f"str.{name}", "(char) -> str", f"character::{name}({{0}})?")
        for name in ("lower", "upper")
    },
    **{
        f"str.{name}": entry(f"str.{name}", "(char) -> bool", f"character::{name}({{0}})?")
        for name in (
            "isdecimal",
            "isdigit",
            "isnumeric",
            "isalpha",
            "isalnum",
            "isspace",
            "isupper",
            "islower",
            "isidentifier",
            "isprintable",
        )
    },
}


def one_of(key: str, characters: str) -> Entry:
    """`c in "…"` for a literal that is not empty: a test of each character, or of runs of them."""
    # No text holds a lone surrogate.
    points = sorted(c for c in set(characters) if not "\ud800" <= c <= "\udfff")
    runs: list[list[str]] = []
    for c in points:
        if runs and ord(c) == ord(runs[-1][-1]) + 1:
            runs[-1].append(c)
        else:
            runs.append([c])
    tests: list[str] = []
    for run in runs:
        if len(run) > 2:
            tests.append(f"{literal(run[0])}..={literal(run[-1])}")
        else:
            tests += map(literal, run)
    text = f"matches!({{0}}, {' | '.join(tests)})"
    # A question mark in the text is no operator.
    return replace(entry(key, "(char) -> bool", text), stops=False)


def literal(c: str) -> str:
    """A Rust character literal."""
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "'": "\\'"}
    if c in known:
        return f"'{known[c]}'"
    # Two digits and more, as `{1}` would be the second argument of a template.
    return f"'{c}'" if c.isprintable() else f"'\\u{{{ord(c):04x}}}'"
