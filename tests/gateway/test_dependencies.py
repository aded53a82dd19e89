"""What the Rust crates depend on, by deny.toml's rules, and no unsafe code in the gateway."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RULES = tomllib.loads((ROOT / "deny.toml").read_text())


@pytest.fixture(scope="module")
def packages() -> list[dict[str, Any]]:
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("the crates' sources are not all here: " + done.stderr.strip()[-200:])
    found: list[dict[str, Any]] = json.loads(done.stdout)["packages"]
    return found


def _allowed(expression: str, allow: set[str]) -> bool:
    """An SPDX expression of OR, AND and parentheses; `/` is an old OR."""
    tokens = re.findall(r"\(|\)|[^()]+?(?=\s+(?:OR|AND)\s+|\)|$)|OR|AND", expression)
    tokens = [t.strip() for t in re.sub(r"\s*/\s*", " OR ", " ".join(tokens)).split()]
    text = ""
    for token in " ".join(tokens).replace(" WITH ", "~WITH~").split():
        word = token.strip()
        if word in ("OR", "AND", "(", ")"):
            text += f" {word.lower()} "
            continue
        bare = word.strip("()").replace("~", " ")
        text += word.replace(word.strip("()"), str(bare in allow))
    assert re.fullmatch(r"[ ()andorTrueFls]+", text), text
    return bool(eval(text))


def test_licences_are_allowed(packages: list[dict[str, Any]]) -> None:
    allow = set(RULES["licenses"]["allow"])
    assert _allowed("(MIT OR GPL-3.0) AND ISC", allow)
    assert not _allowed("GPL-3.0 AND MIT", allow)
    assert _allowed("GPL-3.0 OR Apache-2.0 WITH LLVM-exception", allow)
    others = {
        package["name"]: package["license"]
        for package in packages
        if package["source"] and not _allowed(package["license"] or "none", allow)
    }
    assert others == {}


def test_sources_duplicates_and_bans(packages: list[dict[str, Any]]) -> None:
    registry = RULES["sources"]["allow-registry"][0]
    versions = defaultdict(set)
    for package in packages:
        assert package["source"] in (None, f"registry+{registry}"), package["name"]
        versions[package["name"]].add(package["version"])
    skip = {one["crate"] for one in RULES["bans"]["skip"]}
    assert {name for name, found in versions.items() if len(found) > 1} <= skip
    assert not {one["crate"] for one in RULES["bans"]["deny"]} & set(versions)


def test_the_gateway_forbids_unsafe_code() -> None:
    sources = ROOT / "crates" / "carveout-gateway" / "src"
    for root in ("lib.rs", "main.rs"):
        assert "#![forbid(unsafe_code)]" in (sources / root).read_text()
    for file in sources.rglob("*.rs"):
        assert not re.search(r"\bunsafe\s*(\{|fn|impl)", file.read_text()), file
