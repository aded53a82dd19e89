"""The drafts as a program of their own: what they take without the boundary.

The very same `operation.rs` as in the library that Python calls, with the same optimisations,
called by a harness like that of what was written by hand.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from bench.kernels import child

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = Path(child.WORK) / "inside"
_CARGO = """\
[package]
name = "inside"
version = "0.1.0"
edition = "2024"

[features]
inline = []

[dependencies]
carveout-runtime = {{ path = {runtime}, features = [{features}] }}

[profile.release]
opt-level = 3
codegen-units = 1
lto = "off"

[workspace]
"""


def build(kernels: list[str]) -> Path | None:
    """The program that runs any of the kernels; None if cargo fails."""
    from carveout.cut.registry.modules import features

    modules, arms, sources = [], [], {}
    for kernel, one in child.drafts(kernels).items():
        if one.draft is None or one.refusals:
            continue
        name = kernel.partition(":")[0]
        files = one.draft.files
        modules.append(f"mod {name};")
        arms.append(f'        "{name}" => runs(size, {name}::operation::run),')
        inner = ["pub mod operation;"] + ["pub mod types;"] * ("src/types.rs" in files)
        sources[f"{name}/mod.rs"] = "\n".join([*inner, ""])
        for path in ("operation.rs", "types.rs"):
            if (text := files.get(f"src/{path}")) is not None:
                text = re.sub(r"\bcrate::", "super::", text)
                sources[f"{name}/{path}"] = text
    # The carvings' allocator comes with the boundary, so that is linked too.
    wanted = ", ".join(json.dumps(one) for one in ("python", *features(sources)))
    runtime = json.dumps(str(ROOT / "crates" / "carveout-runtime"))
    main = (HERE / "inside.rs").read_text()
    main = main.replace("// MODULES", "\n".join(modules)).replace("// ARMS", "\n".join(arms))
    write(FOLDER / "Cargo.toml", _CARGO.format(runtime=runtime, features=wanted))
    for path, text in {**sources, "main.rs": main}.items():
        write(FOLDER / "src" / path, text)
    command = ["cargo", "build", "--release", "--quiet"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        print("    inside: " + (done.stderr.strip().splitlines() or ["cargo failed"])[-1])
        return None
    return FOLDER / "target" / "release" / "inside"


def write(path: Path, text: str) -> None:
    """Leaves alone what is as it was, so that cargo does too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
