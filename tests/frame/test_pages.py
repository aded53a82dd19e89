"""Every error code has a page; every page on docs/README.md exists; commands have help."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from carveout.cli.main import COMMANDS

REPO = Path(__file__).resolve().parents[2]
# Refusals share one page: the compiler documents each beside its meaning.
SHARED = {"refusal-": "refusals"}


def codes_in(path: Path) -> set[str]:
    """Literal codes of every CarveError(...) and Diagnostic(...) in a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in {"CarveError", "Diagnostic"} and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(first.value)
    return found


def all_codes() -> list[str]:
    return sorted(set().union(*map(codes_in, (REPO / "src" / "carveout").rglob("*.py"))))


@pytest.mark.parametrize("code", all_codes())
def test_every_error_code_has_a_page(code: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    page = next((shared for start, shared in SHARED.items() if code.startswith(start)), code)
    text = (REPO / "docs" / "errors" / f"{page}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {page}")


@pytest.mark.parametrize("page", sorted(REPO.glob("docs/*.md")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    # What stands in a program is no link: `OPS[sign](a, b)`.
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", prose):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_has_an_example(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from carveout.cli import main; main()", command, "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        env={"COLUMNS": "80", "PATH": "/usr/bin:/bin", "TERM": "dumb"},
    )
    assert done.returncode == 0, done.stderr
    assert "--json" in done.stdout
    assert f"carve {command}" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
