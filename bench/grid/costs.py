"""What an implementation costs before it serves anything: lines, packages, bytes, builds.

    for name, measure in of(named("go-gin"), upstream_url, builds=True):
        name, measure()       # "lines", 311

Builds are timed in copies of the sources and targets of their own: nothing that is timed here
touches what the servers run from. Downloads are no part of any time (they are there already).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.grid import prepare
from bench.grid.load import encoded, order
from bench.grid.plan import BUILD, HERE, PROJECT, PYTHON, WORKERS, Implementation
from bench.grid.servers import Failed, Running

SCRATCH = BUILD / "builds"


def of(
    one: Implementation, upstream: str, *, builds: bool
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The costs of one implementation by name."""
    if one.name == "carve-gateway":
        return  # the carved service's; what the gateway costs by itself is no part of the service
    yield "lines", lambda: lines(one)
    yield "dependencies", lambda: dependencies(one)
    yield "bytes", lambda: shipped(one)
    if builds:
        yield "build", lambda: built(one)
        yield "edit", lambda: edited(one, upstream)


# -- lines ----------------------------------------------------------------------------------


def lines(one: Implementation) -> dict[str, int]:
    """Lines that are neither blank nor comments; those that Carveout drafted apart."""
    found = {"written": sum(counted(path) for path in source_files(one))}
    if one.language == "Carveout":
        drafts = PROJECT.glob("carvings/*/src/operation.rs")
        found["drafted"] = sum(counted(path) for path in drafts)
    return found


def source_files(one: Implementation) -> list[Path]:
    return sorted(path for pattern in one.sources for path in HERE.glob(pattern))


def counted(path: Path) -> int:
    """Lines of code of a file. Docstrings count as comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = re.sub(r'^\s*""".*?"""\s*$', "", text, flags=re.DOTALL | re.MULTILINE)
    marks = ("#",) if path.suffix == ".py" else ("//",)
    kept = (line.strip() for line in text.splitlines())
    return sum(1 for line in kept if line and not line.startswith(marks))


# -- what is shipped ------------------------------------------------------------------------


def binary(one: Implementation) -> Path | None:
    """The program, if the implementation is one."""
    if one.name == "carve-service":
        return WORKERS / "quote"
    path = Path(one.command[0])
    return None if path == PYTHON else path


def dependencies(one: Implementation) -> int:
    """Third-party packages, modules or crates that end up in what runs."""
    if one.language == "Go":
        said = prepare.run(["go", "version", "-m", str(binary(one))])
        return sum(1 for line in said.splitlines() if line.split()[:1] == ["dep"])
    if one.name == "rust-axum":
        return crates(HERE / "rust")
    if one.name == "carve-service":
        return crates(PROJECT / "carvings" / "domain_quote", "--features", "worker")
    return len(closure(one.roots))


def crates(folder: Path, *options: str) -> int:
    said = prepare.run(
        ["cargo", "tree", "--offline", "-e", "normal", "--prefix", "none", "--no-dedupe", *options],
        folder=folder,
    )
    names = {line.split(" (")[0] for line in said.splitlines() if line.strip()}
    own = {n for n in names if n.startswith(("carving-", "carveout-", "grid-axum"))}
    return len(names - own)


CLOSURE = """\
import importlib.metadata as m, json, re, sys
todo, seen, size = sys.argv[1:], set(), 0
while todo:
    name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
    if name in seen:
        continue
    try:
        found = m.distribution(name)
    except m.PackageNotFoundError:
        continue
    seen.add(name)
    for file in found.files or ():
        path = file.locate()
        if path.exists() and path.suffix != ".pyc":
            size += path.stat().st_size
    for asked in found.requires or ():
        if "extra ==" not in asked:
            todo.append(re.match(r"[A-Za-z0-9._-]+", asked)[0])
print(json.dumps({"names": sorted(seen), "bytes": size}))
"""


def closure(roots: tuple[str, ...]) -> list[str]:
    return list(_closure(roots)["names"])


def _closure(roots: tuple[str, ...]) -> dict[str, Any]:
    return dict(json.loads(prepare.run([str(PYTHON), "-c", CLOSURE, *roots])))


def shipped(one: Implementation) -> dict[str, float]:
    """MB of what must be in an image: the program, or interpreter, packages and sources."""
    program = binary(one)
    if program is not None:
        return {"program": program.stat().st_size / 1e6}
    standard = Path(sysconfig.get_path("stdlib"))
    left_out = {"site-packages", "dist-packages", "test", "tests", "__pycache__", "idlelib"}
    interpreter = sum(
        path.stat().st_size
        for path in standard.rglob("*")
        if path.is_file() and not left_out & set(path.parts) and path.suffix != ".a"
    )
    found = {
        "interpreter": interpreter / 1e6,
        "packages": float(_closure(one.roots)["bytes"]) / 1e6,
    }
    if one.language == "Carveout":
        module = next((prepare.REPO / "src" / "carveout").glob("_native*.so"))
        carvings = sum(
            (WORKERS / name).resolve().with_name("carving.abi3.so").stat().st_size
            for name in prepare.OPERATIONS
        )
        found["carvings"] = (module.stat().st_size + carvings) / 1e6
    return found


# -- builds ---------------------------------------------------------------------------------


def timed(command: list[str], folder: Path, **variables: str) -> float:
    begun = time.monotonic()
    prepare.run(command, folder=folder, timeout_s=900, **variables)
    return time.monotonic() - begun


def copied(source: Path, name: str) -> Path:
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", ".carveout", "target", "workers")
    shutil.copytree(source, folder, ignore=ignored)
    return folder


def edit(path: Path) -> None:
    """Change the factor of the computation."""
    text = path.read_text()
    changed = re.sub(r"value \* (1000000\.0|1000000|1e6)", "value * 2000000.0", text)
    if changed == text:
        raise Failed(f"{path.name} has no factor to edit")
    path.write_text(changed)


def builds(one: Implementation) -> tuple[Path, list[str], dict[str, str], Path] | None:
    """A copy of the sources, the command that builds it, its variables, and what to edit."""
    if one.language == "Go":
        folder = copied(HERE / "go", one.name)
        out = str(SCRATCH / f"{one.name}-server")
        command = one.command[0].rpartition("/")[2]
        build = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, f"./cmd/{command}"]
        cache = {"GOCACHE": str(SCRATCH / f"{one.name}-cache")}
        return folder, build, cache, folder / "internal" / "service" / "domain.go"
    if one.name == "rust-axum":
        folder = copied(HERE / "rust", one.name)
        target = SCRATCH / f"{one.name}-cache"
        return folder, prepare.cargo_build(folder, target), {}, folder / "src" / "domain.rs"
    return None


def built(one: Implementation) -> dict[str, float | None]:
    """Seconds of a build from nothing (dependencies included) and of one after an edit."""
    if one.name == "carve-service":
        return carved_build()
    found = builds(one)
    if found is None:
        return {"clean_s": None, "incremental_s": None}
    folder, command, variables, source = found
    cache = SCRATCH / f"{one.name}-cache"
    shutil.rmtree(cache, ignore_errors=True)
    clean = timed(command, folder, **variables)
    edit(source)
    return {"clean_s": clean, "incremental_s": timed(command, folder, **variables)}


def carved_build() -> dict[str, float | None]:
    """`carve cut` from nothing and after an edit of the Python."""
    folder = copied(PROJECT, "carved")
    shutil.rmtree(folder / "carvings", ignore_errors=True)
    cut = [str(prepare.SCRIPTS / "carve"), "cut", "domain:quote"]
    path = f"{prepare.SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    clean = timed(cut, folder, PATH=path)
    edit(folder / "domain.py")
    return {"clean_s": clean, "incremental_s": timed(cut, folder, PATH=path)}


def edited(one: Implementation, upstream: str) -> dict[str, float | None]:
    """Seconds from a saved edit to the first answer that shows it: build, restart, ask.

    For Carveout twice: until Python answers with the edit, and until a proven carving does.
    """
    if one.name in ("carve-service", "carve-thin"):
        return {"served_s": None}  # as carve-inline's
    found = builds(one)
    if found is not None:
        folder, command, variables, source = found
        prepare.run(command, folder=folder, timeout_s=900, **variables)
        program = (
            SCRATCH / f"{one.name}-server"
            if one.language == "Go"
            else SCRATCH / f"{one.name}-cache" / "release" / "grid-axum"
        )
        edit(source)
        begun = time.monotonic()
        prepare.run(command, folder=folder, timeout_s=900, **variables)
        server = Implementation(one.name, one.title, one.language, (str(program),), BUILD)
        _first(server, upstream)
        return {"served_s": time.monotonic() - begun}
    folder = copied(one.folder, one.name)
    server = Implementation(one.name, one.title, one.language, one.command, folder)
    if one.language != "Carveout":
        edit(folder / "domain.py")
        begun = time.monotonic()
        _first(server, upstream)
        return {"served_s": time.monotonic() - begun}
    return _carved_edit(server, upstream)


def _carved_edit(server: Implementation, upstream: str) -> dict[str, float | None]:
    folder = server.folder
    path = f"{prepare.SCRIPTS}{os.pathsep}{os.environ['PATH']}"

    def carve(*words: str) -> None:
        command = [str(prepare.SCRIPTS / "carve"), *words]
        prepare.run(command, folder=folder, timeout_s=900, PATH=path)

    carve("cut", "domain:quote")
    edit(folder / "domain.py")
    begun = time.monotonic()
    _first(server, upstream)
    served = time.monotonic() - begun
    carve("cut", "domain:quote")
    carve("prove", "domain:quote", "--calls", str(prepare.PROVE_CALLS))
    carve("move", "domain:quote", "full", "--placement", "inline")
    _first(server, upstream)
    return {"served_s": served, "carved_s": time.monotonic() - begun}


def _first(one: Implementation, upstream: str) -> None:
    """Start it and ask until the edit is in the answer."""
    before = json.loads(_quote(order(1)))["price_micros"]
    with Running(one, "quote", upstream) as server:
        status, _, body = server.ask("POST", "/quote", encoded(order(1)))
        if status != 200:
            raise Failed(f"{one.name}: {status} after the edit")
        if json.loads(body)["price_micros"] == before:
            raise Failed(f"{one.name}: the edit is not in its answer")


def _quote(body: dict[str, Any]) -> str:
    from bench.grid import vectors

    return str(next(v["answer"] for v in vectors.read() if v.get("body") == body))
