"""Small functions with their intermediate representation and their Rust, in golden/*.md."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cut_cases import UPDATE, Case, Package, read_cases

CASES = read_cases(Path(__file__).parent / "golden")
PACKAGE = Package(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.file.stem}: {c.title}")
def test_a_draft_is_as_it_was(case: Case) -> None:
    made = PACKAGE.draft(case)
    rust = made.files["src/operation.rs"]
    # The first lines are the same in each.
    rust = rust[rust.index("use ") :]
    if UPDATE:
        case.update("ir", made.ir)
        case.update("rust", rust)
        return
    assert made.ir == case.blocks["ir"]
    assert rust == case.blocks["rust"]


def test_every_draft_is_formatted(tmp_path: Path) -> None:
    rustfmt = shutil.which("rustfmt")
    assert rustfmt is not None
    heads = []
    for index, case in enumerate(CASES):
        folder = tmp_path / str(index)
        for name, text in PACKAGE.draft(case).files.items():
            if name.endswith(".rs"):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        heads += [str(folder / "src" / "lib.rs"), str(folder / "src" / "main.rs")]
    done = subprocess.run(
        [rustfmt, "--check", "--edition", "2024", *heads], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[:2000] + done.stderr


def test_no_draft_is_unsafe_or_silences_a_warning() -> None:
    for case in CASES:
        rust = PACKAGE.draft(case).files["src/operation.rs"]
        assert "#![forbid(unsafe_code)]" in rust
        assert "allow(" not in rust
        assert rust.count("unsafe") == 1
