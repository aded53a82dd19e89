"""A copy of the example service with its hot operation carved, kept between runs.

    artifact = carved()                     # examples/pricing, cut and built, under target/bench
    run("prove", OPERATION, "--json")       # `carve` there

Kept, so that cargo's work on what never changes is done once: what is measured is a warm build.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
FOLDER = REPO / "target" / "bench" / "example"
OPERATION = "pricing.book:value_book"
COLD_S = 400


def refreshed() -> Path:
    """The copy, with the sources as they are now."""
    source = REPO / "examples" / "pricing"
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        source / "pricing",
        FOLDER / "pricing",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("carve.toml", "payloads.py"):
        shutil.copy2(source / name, FOLDER / name)
    return FOLDER


def run(*arguments: str, timeout_s: float = COLD_S) -> str:
    """`carve …` in the copy; its output.

    Raises RuntimeError with what it said when it fails, subprocess.TimeoutExpired when it hangs.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CARVEOUT")}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("carve")), *arguments],
        cwd=FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-3000:]
        raise RuntimeError(f"carve {' '.join(arguments)} ended with {done.returncode}:\n{said}")
    return done.stdout


def cut() -> Path:
    """`carve cut` of the operation as it is now; the folder of its carving."""
    said: dict[str, Any] = json.loads(run("cut", OPERATION, "--json"))
    return Path(said["carvings"][0]["path"])


def carved() -> Path:
    """The copy, cut and built; returns the carving. `pricing` can be imported from then on."""
    folder = refreshed()
    artifact = cut()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return artifact
