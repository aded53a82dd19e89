"""The corpus, drafted and built once a session."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cut_batch import CORPUS, Batch, corpus_path, public_functions  # noqa: E402


@pytest.fixture(scope="session")
def corpus() -> Batch:
    path = corpus_path()
    names = [name for module in CORPUS for name in public_functions(f"corpus.{module}")]
    return Batch(names, path)
