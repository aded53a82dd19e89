"""How patterns are compiled, and what a draft asks of the runtime."""

from __future__ import annotations

import re

import pytest

from carveout.cut.frontend.pattern_code import Code, Unknown
from carveout.cut.registry.modules import features


def test_a_pattern_is_groups_matchers_and_steps() -> None:
    code = Code.of(r"(?P<n>\d+)-x?", 0)
    assert code.text == "G2 L0;[d 2d 78;v2 r0,1,inf,1 v3 m1 r2,0,1,1 M"
    assert (code.names, code.sure) == ({"n": 1}, {1})


@pytest.mark.parametrize(
    ("pattern", "sure"),
    [
        (r"(a)|(b)", set()),
        (r"(?:(a)|(a)b)(c)", {3}),
        (r"((a)+)(b)*", {1, 2}),
        (r"(a){0,2}(b){1,2}", {2}),
    ],
)
def test_groups_that_every_match_has_are_known(pattern: str, sure: set[int]) -> None:
    assert Code.of(pattern, 0).sure == sure


def test_without_regard_to_case_a_letter_is_all_that_python_takes_for_it() -> None:
    (matcher,) = Code.of("k", re.IGNORECASE).text.split(";")[1].split()
    found = {chr(int(part.split("-")[0], 16)) for part in matcher.lstrip("[").split(",")}
    every = map(chr, [*range(0xD800), *range(0xE000, 0x110000)])
    asked = re.compile("k", re.IGNORECASE)
    assert found == {c for c in every if asked.fullmatch(c)}


@pytest.mark.parametrize(
    ("pattern", "flags", "why"),
    [
        ("[à-ö]", re.IGNORECASE, "past ASCII"),
        (r"(a)\1", re.IGNORECASE, "backreference"),
        (r"(a)?(?(1)b|c)", 0, "groupref exists"),
        (r"(?=(a))", 0, "inside of a look"),
        (r"(?>a+)b", 0, "atomic group"),
        (r"a++b", 0, "possessive repeat"),
        ("(", 0, "no pattern"),
        ("[[a]", 0, "warns"),
        ("a", re.DEBUG, "flag"),
    ],
)
def test_what_is_not_known_to_run_alike_is_named(pattern: str, flags: int, why: str) -> None:
    with pytest.raises(Unknown, match=why):
        Code.of(pattern, flags)


def test_only_a_draft_that_hashes_asks_for_hashing() -> None:
    assert features({"src/operation.rs": 'hashes::Hash::of("md5", &data)'}) == ["hashing"]
    assert features({"src/operation.rs": "checksums::crc32(&data, 0)"}) == []
