"""The sample's carving, built once for all tests that speak JSON to it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import boundary_crates as crates
import service_sample as sample

from carveout.contract import contract_of


@pytest.fixture(scope="session")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of `service_sample.quote`, as an extension and as a service."""
    made = crates.make(
        tmp_path_factory.mktemp("service"),
        contract_of(sample.quote).to_json(),
        sample.OPERATION_RS,
        glue=sample.GLUE,
        types=sample.TYPES_RS,
        kinds=("inline", "worker"),
    )
    return made.path
