"""Builds the wheel: the gateway first, then what maturin builds.

maturin builds one crate, the native module; the gateway is a binary that goes into the wheel as a
file of the package. `pip install .` and `pip wheel .` come through here (pyproject.toml,
`backend-path`); `make setup` does the same in its own steps.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEMBER = '"crates/carveout-gateway"'


def gateway(root: Path = ROOT) -> Path:
    """Build the data plane and put it where the wheel takes it from."""
    cargo = shutil.which("cargo")
    if cargo is None:
        raise SystemExit(
            "error[cargo-missing]: cargo is not on PATH; install Rust and run this again"
        )
    command = [cargo, "build", "-q", "--release", "-p", "carveout-gateway"]
    manifest = root / "Cargo.toml"
    text = manifest.read_text()
    if MEMBER in text:
        command.append("--locked")
    else:
        # maturin leaves only its own crate's members in a source distribution.
        manifest.write_text(text.replace("members = [", f"members = [{MEMBER}, ", 1))
    subprocess.run(command, cwd=root, check=True)
    built = Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release/carveout-gateway"
    place = root / "src/carveout/gateway/_bin/carveout-gateway"
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".new")
    shutil.copy2(built, beside)
    if strip := shutil.which("strip"):
        subprocess.run([strip, str(beside)], check=False)
    beside.chmod(0o755)
    # Moved over, so that one that runs is not written into.
    beside.replace(place)
    return place


def _maturin() -> Any:
    import maturin

    return maturin


def build_wheel(directory: str, settings: Any = None, metadata: str | None = None) -> str:
    gateway()
    name: str = _maturin().build_wheel(directory, settings, metadata)
    return name


def build_editable(directory: str, settings: Any = None, metadata: str | None = None) -> str:
    gateway()
    name: str = _maturin().build_editable(directory, settings, metadata)
    return name


def build_sdist(directory: str, settings: Any = None) -> str:
    name: str = _maturin().build_sdist(directory, settings)
    return name


def get_requires_for_build_wheel(settings: Any = None) -> list[str]:
    found: list[str] = _maturin().get_requires_for_build_wheel(settings)
    return found


def get_requires_for_build_editable(settings: Any = None) -> list[str]:
    found: list[str] = _maturin().get_requires_for_build_editable(settings)
    return found


def get_requires_for_build_sdist(settings: Any = None) -> list[str]:
    found: list[str] = _maturin().get_requires_for_build_sdist(settings)
    return found


def prepare_metadata_for_build_wheel(directory: str, settings: Any = None) -> str:
    name: str = _maturin().prepare_metadata_for_build_wheel(directory, settings)
    return name


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
