"""A built carving for the whole session, and a shop with a store of its own for each test."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults import shop as shops

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "boundary"))

import boundary_crates as crates

from carveout.build import Artifact, build
from carveout.build.cargo import alone_in


def write_if_other(path: Path, text: str) -> None:
    """Cargo builds anew by modification times."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """The carving, inline and worker; its crate is kept in target/, so that cargo may reuse it."""
    contract = shops.contract_of_price().to_json()
    fresh = crates.write(
        tmp_path_factory.mktemp("crate") / "price", contract, shops.CRATE, glue=shops.GLUE
    )
    crate = crates.REPO / "target" / "faults" / "crate"
    with alone_in(crate.parent):
        for path in sorted(p for p in fresh.rglob("*") if p.is_file()):
            write_if_other(crate / path.relative_to(fresh), path.read_text())
        return build(
            crate,
            crate.parent / "artifacts",
            kinds=("inline", "worker"),
            target_dir=Path(os.environ.get("CARVEOUT_TEST_TARGET", crates.TARGET)),
        )


@pytest.fixture
def artifact(built: Artifact, tmp_path: Path) -> Artifact:
    """A copy of the carving that the test may damage."""
    folder = tmp_path / "artifacts" / built.path.name
    shutil.copytree(built.path, folder)
    return Artifact(built.hash, folder, built.info)


@pytest.fixture
def shop(tmp_path: Path) -> shops.Shop:
    return shops.Shop(tmp_path / "project")


Mount = Callable[[Path, str], None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mounts a tmpfs with the given options; skips where that is not permitted."""
    mounted: list[Path] = []

    def do(folder: Path, options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        again = folder in mounted
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if again:
            command = ["mount", "-o", f"remount,{options}", str(folder)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"mounting a tmpfs is not permitted here: {made.stderr.strip()}")
        if not again:
            mounted.append(folder)

    yield do
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def ordinary() -> Callable[[], None]:
    """For `preexec`: root, but bound by permissions as an ordinary user is."""
    if os.geteuid() != 0:
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    dac_override, dac_read_search, drop_from_bounding_set = 1, 2, 24

    def drop() -> None:
        for capability in (dac_override, dac_read_search):
            if libc.prctl(drop_from_bounding_set, capability, 0, 0, 0):
                os._exit(99)

    probe = subprocess.run(["true"], preexec_fn=drop, check=False)
    if probe.returncode:
        pytest.skip("root's override of permissions can't be dropped here")
    return drop


def described(artifact: Artifact, **changes: object) -> None:
    """Change what an artifact says of itself."""
    path = artifact.path / "artifact.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
