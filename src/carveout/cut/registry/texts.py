"""Strings and bytes: indexing by code point, operators and methods."""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

CONCAT = entry("+", "(str, str) -> str", "text::concat({0}, {1})")
# Where the first one is not needed any more; passes/appending.py finds those.
APPEND = entry("+", "(own str, str) -> str", "text::append({0}, {1})")

ENTRIES: list[Entry] = [
    entry("getitem", "(str, int) -> str", "text::get({0}, {1})?"),
    entry(
        "slice", "(str, opt[int], opt[int], opt[int]) -> str", "text::slice({0}, {1}, {2}, {3})?"
    ),
    entry("getitem", "(bytes, int) -> int", "bytes::get({0}, {1})?"),
    entry(
        "slice",
        "(bytes, opt[int], opt[int], opt[int]) -> bytes",
        "bytes::slice({0}, {1}, {2}, {3})?",
    ),
    CONCAT,
    entry("*", "(str, int) -> str", "text::repeat({0}, {1})?"),
    entry("+", "(bytes, bytes) -> bytes", "bytes::concat({0}, {1})"),
    entry("*", "(bytes, int) -> bytes", "bytes::repeat({0}, {1})?"),
    entry("in", "(str, str) -> bool", "text::contains({1}, {0})"),
    entry("in", "(bytes, bytes) -> bool", "bytes::contains({1}, {0})"),
    entry("in", "(int, bytes) -> bool", "bytes::contains_int({1}, {0})?"),
    entry("str.join", "(str, iter[str]) -> str", "text::join({0}, {1})"),
    entry("str.split", "(str) -> list[str]", "text::split({0})"),
    entry("str.split", "(str, str) -> list[str]", "text::split_on({0}, {1})?"),
    entry("str.split", "(str, str, int) -> list[str]", "text::split_on_max({0}, {1}, {2})?"),
    entry("str.rsplit", "(str, str, int) -> list[str]", "text::rsplit_on_max({0}, {1}, {2})?"),
    entry("str.split", "(str, None) -> list[str]", "text::split({0})"),
    entry("str.rsplit", "(str) -> list[str]", "text::split({0})"),
    entry("str.rsplit", "(str, None) -> list[str]", "text::split({0})"),
    entry("str.rsplit", "(str, None, int) -> list[str]", "text::rsplit_max({0}, {2})"),
    entry("str.split", "(str, None, int) -> list[str]", "text::split_max({0}, {2})"),
    entry("str.startswith", "(str, vtuple[str]) -> bool", "text::startswith_any({0}, {1})"),
    entry("str.endswith", "(str, vtuple[str]) -> bool", "text::endswith_any({0}, {1})"),
    entry("builtins.str.maketrans", "(str, str) -> dict[int, int]", "text::maketrans({0}, {1})?"),
    entry(
        "builtins.str.maketrans",
        "(str, str, str) -> dict[int, opt[int]]",
        "text::maketrans_without({0}, {1}, {2})?",
    ),
    entry("str.translate", "(str, dict[int, int]) -> str", "text::translate({0}, {1})?"),
    entry("str.translate", "(str, dict[int, opt[int]]) -> str", "text::translate_some({0}, {1})?"),
    entry("str.translate", "(str, dict[int, str]) -> str", "text::translate_to({0}, {1})"),
    entry("str.expandtabs", "(str) -> str", "text::expandtabs({0}, 8)?"),
    entry("str.expandtabs", "(str, int) -> str", "text::expandtabs({0}, {1})?"),
    entry("bytes.rfind", "(bytes, bytes) -> int", "bytes::rfind({0}, {1})"),
    entry("bytes.index", "(bytes, bytes) -> int", "bytes::index({0}, {1})?"),
    entry("bytes.count", "(bytes, bytes) -> int", "bytes::count({0}, {1})"),
    entry("bytes.count", "(bytes, int) -> int", "bytes::count_int({0}, {1})?"),
    entry("bytes.replace", "(bytes, bytes, bytes) -> bytes", "bytes::replace({0}, {1}, {2})?"),
    entry("bytes.split", "(bytes) -> list[bytes]", "bytes::split({0})"),
    entry("bytes.split", "(bytes, bytes) -> list[bytes]", "bytes::split_on({0}, {1})?"),
    entry("bytes.upper", "(bytes) -> bytes", "bytes::upper({0})"),
    entry("bytes.lower", "(bytes) -> bytes", "bytes::lower({0})"),
    entry("bytes.isdigit", "(bytes) -> bool", "bytes::isdigit({0})"),
    entry("bytes.isalpha", "(bytes) -> bool", "bytes::isalpha({0})"),
    entry("bytes.isalnum", "(bytes) -> bool", "bytes::isalnum({0})"),
    entry("str.splitlines", "(str) -> list[str]", "text::splitlines({0})"),
    entry("str.replace", "(str, str, str) -> str", "text::replace({0}, {1}, {2})?"),
    entry("str.replace", "(str, str, str, int) -> str", "text::replace_max({0}, {1}, {2}, {3})?"),
    entry("str.partition", "(str, str) -> tuple[str, str, str]", "text::partition({0}, {1})?"),
    entry("str.rpartition", "(str, str) -> tuple[str, str, str]", "text::rpartition({0}, {1})?"),
    entry("str.find", "(str, str) -> int", "text::find({0}, {1})"),
    entry("str.rfind", "(str, str) -> int", "text::rfind({0}, {1})"),
    entry("str.index", "(str, str) -> int", "text::index({0}, {1})?"),
    entry("str.rindex", "(str, str) -> int", "text::rindex({0}, {1})?"),
    entry("str.count", "(str, str) -> int", "text::count({0}, {1})"),
    entry("str.startswith", "(str, str) -> bool", "text::startswith({0}, {1})"),
    entry("str.endswith", "(str, str) -> bool", "text::endswith({0}, {1})"),
    entry("str.removeprefix", "(str, str) -> str", "text::removeprefix({0}, {1})"),
    entry("str.removesuffix", "(str, str) -> str", "text::removesuffix({0}, {1})"),
    entry("str.zfill", "(str, int) -> str", "text::zfill({0}, {1})?"),
    entry("str.encode", "(str) -> bytes", "text::encode({0})"),
    entry("str.encode", "(str, str) -> bytes", "text::encode_as({0}, {1})?"),
    entry("str.encode", "(str, str, str) -> bytes", "text::encode_with({0}, {1}, {2})?"),
    entry("ascii.of", "(str) -> str", "text::to_ascii({0})"),
    entry("percent.c", "(int) -> str", "text::percent_int({0})?"),
    entry("percent.c", "(str) -> str", "text::percent_str({0})?"),
    entry("str.splitlines", "(str, bool) -> list[str]", "text::splitlines_keeping({0}, {1})"),
    entry("str.rsplit", "(str, str) -> list[str]", "text::rsplit_on({0}, {1})?"),
    entry("str.isascii", "(str) -> bool", "text::isascii({0})"),
    entry("builtins.bytes", "(str, str) -> bytes", "text::encode_as({0}, {1})?"),
    entry("builtins.bytes", "(str, str, str) -> bytes", "text::encode_with({0}, {1}, {2})?"),
    entry("builtins.str", "(bytes, str) -> str", "bytes::decode_as({0}, {1})?"),
    entry("builtins.str", "(bytes, str, str) -> str", "bytes::decode_with({0}, {1}, {2})?"),
    entry("bytes.decode", "(bytes, str, str) -> str", "bytes::decode_with({0}, {1}, {2})?"),
    entry("bytes.decode", "(bytes) -> str", "bytes::decode({0})?"),
    entry("bytes.decode", "(bytes, str) -> str", "bytes::decode_as({0}, {1})?"),
    entry("bytes.hex", "(bytes) -> str", "bytes::hex({0})"),
    entry("bytes.startswith", "(bytes, bytes) -> bool", "bytes::startswith({0}, {1})"),
    entry("bytes.endswith", "(bytes, bytes) -> bool", "bytes::endswith({0}, {1})"),
    entry("bytes.find", "(bytes, bytes) -> int", "bytes::find({0}, {1})"),
    entry("bytes.join", "(bytes, iter[bytes]) -> bytes", "bytes::join({0}, {1})"),
]
for _name in [
    "upper",
    "lower",
    "strip",
    "lstrip",
    "rstrip",
    "title",
    "capitalize",
    "casefold",
    "swapcase",
]:
    ENTRIES.append(entry(f"str.{_name}", "(str) -> str", f"text::{_name}({{0}})?"))
for _name in ["strip", "lstrip", "rstrip"]:
    ENTRIES.append(entry(f"str.{_name}", "(str, str) -> str", f"text::{_name}_chars({{0}}, {{1}})"))
    ENTRIES.append(entry(f"bytes.{_name}", "(bytes) -> bytes", f"bytes::{_name}({{0}})"))
    ENTRIES.append(
        entry(f"bytes.{_name}", "(bytes, bytes) -> bytes", f"bytes::{_name}_bytes({{0}}, {{1}})")
    )
for _name in ["ljust", "rjust", "center"]:
    ENTRIES += [
        entry(f"str.{_name}", "(str, int) -> str", f"text::{_name}({{0}}, {{1}})?"),
        entry(
            f"str.{_name}", "(str, int, str) -> str", f"text::{_name}_with({{0}}, {{1}}, {{2}})?"
        ),
    ]
for _name in [
    "isdigit",
    "isalpha",
    "isalnum",
    "isspace",
    "isupper",
    "islower",
    "isdecimal",
    "isnumeric",
    "isidentifier",
    "isprintable",
    "istitle",
]:
    ENTRIES.append(entry(f"str.{_name}", "(str) -> bool", f"text::{_name}({{0}})?"))
for _name, _result, _stops in [
    ("find", "int", ""),
    ("rfind", "int", ""),
    ("index", "int", "?"),
    ("rindex", "int", "?"),
    ("count", "int", ""),
    ("startswith", "bool", ""),
    ("endswith", "bool", ""),
]:
    ENTRIES += [
        entry(
            f"str.{_name}",
            f"(str, str, int) -> {_result}",
            f"text::{_name}_in({{0}}, {{1}}, {{2}}, None){_stops}",
        ),
        entry(
            f"str.{_name}",
            f"(str, str, int, int) -> {_result}",
            f"text::{_name}_in({{0}}, {{1}}, {{2}}, Some({{3}})){_stops}",
        ),
    ]
