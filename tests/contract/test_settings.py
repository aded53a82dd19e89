"""Settings: where they come from, and how a bad one is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from carveout.diagnostics import CarveError
from carveout.settings import document, load

REPO = Path(__file__).resolve().parents[2]


def test_precedence(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.carveout.record]\nsample_rate = 0.1\nretention_days = 3\nenabled = false\n"
    )
    (tmp_path / "carve.toml").write_text(
        'home = "state"\n[record]\nsample_rate = 0.2\n[gateway]\nlisten = "x"\n'
    )
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    settings = load(cwd=inside, environ={"CARVEOUT_SAMPLE_RATE": "0.3"})
    assert settings.root == tmp_path
    assert settings.home == tmp_path / "state"
    assert (settings.sample_rate, settings.retention_days, settings.record) == (0.3, 3.0, False)
    sources = dict(settings.sources)
    assert sources["sample_rate"] == "$CARVEOUT_SAMPLE_RATE"
    assert sources["retention_days"] == f"{tmp_path}/pyproject.toml:3:1"
    assert load(cwd=inside, environ={}).sample_rate == 0.2


def test_defaults(tmp_path: Path) -> None:
    settings = load(cwd=tmp_path, environ={})
    assert settings.home == settings.root / ".carveout"
    assert not settings.off
    assert (settings.crates_dir / "carveout-runtime").is_dir()
    assert load(cwd=tmp_path, environ={"CARVEOUT": "off"}).off
    assert not load(cwd=tmp_path, environ={"CARVEOUT": "on"}).off


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("[record]\n\nsample_rate = 2\n", 3, "share from 0 to 1"),
        ('record.sample_rate = "much"\n', 1, "share from 0 to 1"),
        ("# hi\n[record]\nsample_rat = 1\n", 3, "no setting is called record.sample_rat"),
        ("[record]\nsample_rate = = 1\n", 2, "not valid TOML"),
        ('[place]\nplacement = "moon"\n', 2, "`worker`"),
        ('[record]\nredact_patterns = ["("]\n', 2, "regular expressions"),
    ],
)
def test_a_bad_value_is_located(tmp_path: Path, text: str, line: int, word: str) -> None:
    (tmp_path / "carve.toml").write_text(text)
    with pytest.raises(CarveError) as caught:
        load(cwd=tmp_path, environ={})
    found = caught.value.diagnostic
    assert found.code == "setting-invalid"
    assert found.span is not None
    assert (found.span.file, found.span.line) == (str(tmp_path / "carve.toml"), line)
    assert word in found.message
    assert found.hint


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CARVEOUT_STAGE", "half"),
        ("CARVEOUT_STAGE", "canary 0"),
        ("CARVEOUT", "maybe"),
        ("CARVEOUT_DEADLINE_MS", "nan"),
        ("CARVEOUT_BUSY_TIMEOUT_MS", "1.5"),
    ],
)
def test_a_bad_variable_is_named(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(CarveError) as caught:
        load(cwd=tmp_path, environ={variable: value})
    assert caught.value.code == "setting-invalid"
    assert f"${variable}" in caught.value.diagnostic.message


def test_the_page_is_current() -> None:
    page = (REPO / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == document(), "run: python -m carveout.settings > docs/settings.md"
