"""Fixtures all test folders share: a home of their own, and nothing inherited from the caller."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _no_inherited_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """No test reads or writes a store outside its own temporary folder."""
    for name in [n for n in os.environ if n.startswith("CARVEOUT_") or n == "CARVEOUT"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CARVEOUT_HOME", str(tmp_path_factory.mktemp("home") / ".carveout"))
    yield
    serving = sys.modules.get("carveout.serve.agent")
    if serving is not None and serving._agent is not None:
        # An operation's first call started it; the next test has another home.
        serving._agent.stop()
        serving._agent = None


@pytest.fixture
def home() -> Path:
    """The test's own `.carveout`; it does not exist yet."""
    return Path(os.environ["CARVEOUT_HOME"])
