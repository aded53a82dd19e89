"""Set-up: a Python environment, the Go and Rust programs, and the carvings, cut and proven.

Everything is below `.build/grid`; what is there and unchanged is kept. The carvings are made by the
commands a user would type: `carve cut`, `carve prove`, `carve move`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bench.grid import load
from bench.grid.plan import BUILD, HERE, PROJECT, PYTHON, REPO, WORKERS, named
from bench.grid.servers import Failed, Running

UV = REPO / ".build" / "uv" / "bin" / "uv"
PACE = BUILD / "target-pace" / "release" / "pace"
SCRIPTS = Path(sys.executable).parent
PROVE_CALLS = 46_050
OPERATIONS = ("quote", "digest")


def say(text: str) -> None:
    print(text, flush=True)


def run(
    command: list[str], *, folder: Path = REPO, timeout_s: float = 600.0, **variables: str
) -> str:
    """Run to its end; what it printed. Raises Failed with what it said."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("CARVEOUT")}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=own | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        said = (done.stderr.strip() + "\n" + done.stdout.strip())[-3000:]
        raise Failed(f"{' '.join(map(str, command))}\nended with {done.returncode}: {said}")
    return done.stdout


def fingerprint(paths: Iterable[Path]) -> str:
    """A hash over files and all files below folders."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" in file.parts or file.suffix in (".pyc", ".so"):
                continue
            whole.update(str(file.relative_to(REPO)).encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()


def _done(name: str, mark: str) -> bool:
    stamp = BUILD / f"{name}.stamp"
    return stamp.exists() and stamp.read_text() == mark


def _mark(name: str, mark: str) -> None:
    (BUILD / f"{name}.stamp").write_text(mark)


def everything() -> None:
    """All that is needed before anything can be timed. Raises Failed."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for tool in ("wrk", "go", "cargo"):
        if shutil.which(tool) is None:
            raise Failed(
                f"{tool} is not on PATH: make grid installs wrk; Go and Rust must be there"
            )
    environment()
    go()
    rust("pace", HERE / "pace", BUILD / "target-pace")
    rust("axum", HERE / "rust", BUILD / "target-axum")
    carvings()


def interpreter() -> str:
    """The fastest CPython 3.11 or later at hand: distributions build theirs with profiles."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    for path in ("/usr/bin/python3", sys.executable):
        ask = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            said = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
        except OSError:
            continue
        # The evidence is for one minor version, the one that carve runs under.
        if said.stdout.strip() == own:
            return path
    return sys.executable


def environment() -> None:
    """The Python environment: pinned packages, and this checkout's Carveout."""
    pins = HERE / "python" / "requirements.txt"
    chosen = interpreter()
    mark = fingerprint([pins]) + chosen
    if not _done("venv", mark) or not PYTHON.exists():
        say(f"==> grid: Python packages ({chosen})")
        folder = BUILD / "venv"
        shutil.rmtree(folder, ignore_errors=True)
        run([str(UV), "venv", "-q", "--python", chosen, str(folder)])
        run([str(UV), "pip", "install", "-q", "--python", str(PYTHON), "-r", str(pins)])
        site = next(folder.glob("lib/python3.*/site-packages"))
        (site / "carveout-checkout.pth").write_text(f"{REPO / 'src'}\n")
        _mark("venv", mark)


def go() -> None:
    """The three Go servers, stripped."""
    mark = fingerprint([HERE / "go"])
    if not _done("go", mark):
        say("==> grid: Go servers (go build)")
        run(go_build("./cmd/..."), folder=HERE / "go", timeout_s=900)
        _mark("go", mark)


def go_build(packages: str) -> list[str]:
    out = str(BUILD / "bin") + "/"
    return ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, packages]


def rust(name: str, folder: Path, target: Path) -> None:
    """A Rust program, in release mode."""
    mark = fingerprint([folder])
    if not _done(name, mark):
        say(f"==> grid: {name} (cargo build --release)")
        run(cargo_build(folder, target), timeout_s=1200)
        _mark(name, mark)


def cargo_build(folder: Path, target: Path) -> list[str]:
    manifest = str(folder / "Cargo.toml")
    words = ["cargo", "build", "-q", "--release", "--locked", "--manifest-path", manifest]
    return [*words, "--target-dir", str(target)]


# -- the carvings ---------------------------------------------------------------------------


def carve(*words: str) -> str:
    """A `carve` command in the project."""
    return run(
        [str(SCRIPTS / "carve"), *words],
        folder=PROJECT,
        timeout_s=900,
        PATH=f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
    )


def decorated(source: str) -> str:
    """domain.py with its two operations marked: an import and two lines."""
    marked = source.replace(
        "from enum import Enum\n", "from enum import Enum\n\nfrom carveout import operation\n", 1
    )
    for name in OPERATIONS:
        marked, count = re.subn(
            rf"^def {name}\(", f"@operation\ndef {name}(", marked, flags=re.MULTILINE
        )
        if count != 1:
            raise Failed(f"domain.py has {count} functions named {name}")
    return marked


def carvings() -> None:
    """Cut, prove and move both operations, in a project of its own."""
    mark = fingerprint([HERE / "python", REPO / "crates", REPO / "src"])
    if _done("carvings", mark):
        return
    say("==> grid: carvings (carve cut, prove, move)")
    project()
    for name in OPERATIONS:
        carve("cut", f"domain:{name}")
    recordings()
    for name in OPERATIONS:
        proven = json.loads(carve("prove", f"domain:{name}", "--calls", str(PROVE_CALLS), "--json"))
        (BUILD / f"proven-{name}.json").write_text(json.dumps(proven, indent=1) + "\n")
        carve("move", f"domain:{name}", "full", "--placement", "inline")
    link_workers()
    _mark("carvings", mark)


def project() -> None:
    """The project's folder anew; what cargo compiled is kept."""
    target = PROJECT / ".carveout" / "target"
    kept = BUILD / "project-target"
    if target.is_dir():
        shutil.rmtree(kept, ignore_errors=True)
        target.rename(kept)
    shutil.rmtree(PROJECT, ignore_errors=True)
    PROJECT.mkdir(parents=True)
    if kept.is_dir():
        target.parent.mkdir(parents=True)
        kept.rename(target)
    for source in (HERE / "python").glob("*.py"):
        text = source.read_text()
        (PROJECT / source.name).write_text(decorated(text) if source.name == "domain.py" else text)
    (PROJECT / "carve.toml").write_text("# The grid's service; production defaults.\n")


def recordings() -> None:
    """Calls of the service itself for `prove` to replay."""
    variables = {"CARVEOUT_SAMPLE_RATE": "1", "CARVEOUT_HOME": str(PROJECT / ".carveout")}
    one = named("carve-inline")
    with Running(one, "quote", "http://127.0.0.1:1", variables=variables) as server:
        for n in range(200):
            server.ask("POST", "/quote", load.encoded(load.order(1000 + n)))
            server.ask("POST", "/digest", load.encoded(load.document(100 + 900 * n, n)))
        time.sleep(2.5)  # the agent writes once a second


def link_workers() -> None:
    """The newest artifact's server of each operation, under the operation's name."""
    shutil.rmtree(WORKERS, ignore_errors=True)
    WORKERS.mkdir()
    for name in OPERATIONS:
        found = [
            (path.parent / "worker", path.stat().st_mtime)
            for path in (PROJECT / ".carveout" / "artifacts").glob("*/artifact.json")
            if json.loads(path.read_text()).get("operation") == f"domain:{name}"
        ]
        if not found:
            raise Failed(f"no artifact of domain:{name}")
        (WORKERS / name).symlink_to(max(found, key=lambda pair: pair[1])[0])
