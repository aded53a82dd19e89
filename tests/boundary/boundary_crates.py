"""Hand-written carvings for tests: a contract and a few lines of Rust become a built artifact.

made = make(tmp / "sum", contract, "pub fn total(a: i64, b: i64) -> Outcome<i64> { Ok(a + b) }",
            glue='"m:total" => operation::total(a: i64, b: i64) -> i64;')
module = load(made.path, "m:total")
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from carveout.build import Artifact, build

REPO = Path(__file__).resolve().parents[2]
TARGET = REPO / "target" / "carvings"

MANIFEST = """\
[package]
name = "carving"
version = "0.1.0"
edition = "2024"
publish = false

[lib]
name = "carving"
crate-type = ["cdylib", "rlib"]

[[bin]]
name = "worker"
path = "src/main.rs"
required-features = ["worker"]

[features]
inline = ["carveout-runtime/python"]
worker = ["dep:carveout-worker"]

[dependencies]
carveout-runtime = {{ path = "{crates}/carveout-runtime", features = {features} }}
carveout-worker = {{ path = "{crates}/carveout-worker", optional = true }}

[profile.release]
opt-level = 3
panic = "unwind"
strip = true

[workspace]
"""


def contract_json(
    name: str, params: dict[str, Any], result: Any, types: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A contract whose parameters are all required and positional."""
    return {
        "carveout": 1,
        "name": name,
        "params": [
            {"name": key, "type": kind, "kind": "positional", "required": True}
            for key, kind in params.items()
        ],
        "result": result,
        "types": types or {},
    }


def hash_of(contract: dict[str, Any]) -> str:
    text = json.dumps(contract, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _put(path: Path, text: str) -> None:
    """Writes what is new: cargo builds again what was written again."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def write(
    folder: Path,
    contract: dict[str, Any],
    operation: str,
    *,
    glue: str,
    types: str = "",
    features: tuple[str, ...] = (),
) -> Path:
    """The crate as `carve cut` lays it out."""
    source = folder / "src"
    source.mkdir(parents=True, exist_ok=True)
    _put(
        folder / "Cargo.toml",
        MANIFEST.format(crates=REPO / "crates", features=json.dumps(features)),
    )
    _put(folder / "contract.json", json.dumps(contract))
    _put(
        folder / "carving.json",
        json.dumps(
            {
                "operation": contract["name"],
                "contract_hash": hash_of(contract),
                "reference_hash": "0" * 64,
                "generator": "0.1.0",
                "files": {},
            }
        ),
    )
    _put(
        source / "lib.rs",
        "#![forbid(unsafe_code)]\n#![deny(warnings)]\n"
        + ("pub mod types;\n" if types else "")
        + "pub mod operation;\n\n"
        + "carveout_runtime::operations! {\n"
        + '    contract = include_str!("../contract.json"), hash = "'
        + hash_of(contract)
        + '";\n'
        + f"    {glue}\n"
        + "}\n",
    )
    if types:
        _put(source / "types.rs", types)
    _put(source / "operation.rs", operation)
    _put(
        source / "main.rs",
        "fn main() -> std::process::ExitCode {\n    carveout_worker::main(carving::table())\n}\n",
    )
    return folder


def make(
    folder: Path,
    contract: dict[str, Any],
    operation: str,
    *,
    glue: str,
    types: str = "",
    kinds: tuple[str, ...] = ("inline",),
    features: tuple[str, ...] = (),
) -> Artifact:
    """Write the crate and build it beside all others of the tests."""
    write(folder / "crate", contract, operation, glue=glue, types=types, features=features)
    target = Path(os.environ.get("CARVEOUT_TEST_TARGET", TARGET))
    return build(folder / "crate", folder / "artifacts", kinds=kinds, target_dir=target)


def load(artifact: Path) -> ModuleType:
    """The extension as Python's import machinery makes it."""
    loader = importlib.machinery.ExtensionFileLoader("carving", str(artifact / "carving.abi3.so"))
    spec = importlib.util.spec_from_file_location("carving", loader.path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
