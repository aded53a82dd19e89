"""Operations and hand-written carvings the benches measure; `built(name)` builds one."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from bench.carvings import subjects
from carveout.build import Artifact, build
from carveout.contract import contract_of

REPO = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
OUT = REPO / "target" / "bench"

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
carveout-runtime = {{ path = "{crates}/carveout-runtime" }}
carveout-worker = {{ path = "{crates}/carveout-worker", optional = true }}

[profile.release]
opt-level = 3
panic = "unwind"
strip = true
lto = "off"

[workspace]
"""

MAIN = "fn main() -> std::process::ExitCode {\n    carveout_worker::main(carving::table())\n}\n"

GLUE = {
    "add": "operation::add(a: i64, b: i64) -> i64",
    "quote": "operation::quote(line: types::Line) -> types::Line",
    "echo": "operation::echo(data: carveout_runtime::Bytes) -> carveout_runtime::Bytes",
    "turn": "operation::turn(data: carveout_runtime::Bytes) -> carveout_runtime::Bytes",
    "spin": "operation::spin(rounds: i64) -> i64",
}


@functools.cache
def built(name: str, kinds: tuple[str, ...] = ("inline",)) -> Artifact:
    """The artifact of one of `subjects`' operations. Raises CarveError when it can't be built."""
    operation = getattr(subjects, name)
    contract = contract_of(operation)
    crate = OUT / name
    source = crate / "src"
    source.mkdir(parents=True, exist_ok=True)
    (crate / "Cargo.toml").write_text(MANIFEST.format(crates=REPO / "crates"))
    (crate / "contract.json").write_bytes(contract.json_bytes())
    marks = {
        "operation": contract.name,
        "contract_hash": contract.hash,
        "reference_hash": "0" * 64,
        "generator": "0.1.0",
        "files": {},
    }
    (crate / "carving.json").write_text(json.dumps(marks))
    types = HERE / f"{name}_types.rs"
    (source / "lib.rs").write_text(
        ("pub mod types;\n" if types.exists() else "")
        + "pub mod operation;\n\ncarveout_runtime::operations! {\n"
        + f'    contract = include_str!("../contract.json"), hash = "{contract.hash}";\n'
        + f'    "{contract.name}" => {GLUE[name]};\n}}\n'
    )
    if types.exists():
        (source / "types.rs").write_text(types.read_text())
    (source / "operation.rs").write_text((HERE / f"{name}.rs").read_text())
    (source / "main.rs").write_text(MAIN)
    return build(crate, OUT / "artifacts", kinds=kinds, target_dir=REPO / "target" / "carvings")
