"""`carve doctor`: what is here, what is missing, and the next step for each.

carve doctor --json
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from carveout import settings
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError

EXAMPLE = """Example:

  carve doctor

Exit codes: 0 all that is needed is here, 1 something needed is missing.
"""
TOOL_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. What is not `needed` may be missing."""

    name: str
    ok: bool
    detail: str
    next_step: str = ""
    needed: bool = True


def _tool(name: str, next_step: str, *, needed: bool = True) -> Finding:
    # Often installed where PATH does not look: cargo's own folder, this environment's scripts.
    likely = (Path.home() / ".cargo" / "bin" / name, Path(sys.executable).parent / name)
    found = [str(path) for path in likely if path.exists()]
    path = shutil.which(name) or (found[0] if found else None)
    if path is None:
        return Finding(name, False, "not found", next_step, needed)
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=TOOL_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(name, False, f"{path} does not run: {error}", next_step, needed)
    if done.returncode:
        cause = (done.stderr or done.stdout).strip().splitlines()
        return Finding(name, False, cause[0] if cause else "fails", next_step, needed)
    return Finding(name, True, done.stdout.strip().splitlines()[0], needed=needed)


def _module(name: str, next_step: str) -> Finding:
    if importlib.util.find_spec(name) is None:
        return Finding(name, False, "not installed", next_step, needed=False)
    import importlib.metadata as metadata

    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        version = "installed"
    return Finding(name, True, version, needed=False)


def _native() -> Finding:
    try:
        from carveout import _native
    except ImportError as error:
        return Finding("native module", False, str(error), "reinstall carveout for this platform")
    return Finding("native module", True, _native.VERSION)


def _settings() -> Finding:
    try:
        found = settings.load()
    except CarveError as error:
        about = error.diagnostic
        place = f" at {about.span}" if about.span is not None else ""
        cause = f" ({about.cause})" if about.cause else ""
        return Finding(
            "settings", False, f"{about.message}{cause}{place}", about.hint or "correct it"
        )
    changed = ", ".join(f"{name} from {source}" for name, source in found.sources)
    return Finding("settings", True, changed or "all defaults")


def _store() -> Finding:
    try:
        found = settings.load()
        home = found.home
    except CarveError:
        return Finding("store", False, "unknown place", "correct the settings first")
    if not os.path.lexists(home):
        return Finding("store", True, f"none yet; made at {home} when needed")
    try:
        from carveout.store import open_store

        wait_ms = min(500, found.busy_timeout_ms)
        with open_store(home, create=False, busy_timeout_ms=wait_ms) as store:
            count = len(store.operations())
            store.check_writable()
    except CarveError as error:
        diagnostic = error.diagnostic
        if diagnostic.code == "store-missing":
            return Finding("store", True, f"none yet in {home}; made when needed")
        detail = diagnostic.message + (f" ({diagnostic.cause})" if diagnostic.cause else "")
        return Finding("store", False, detail, diagnostic.hint or "move it away to start afresh")
    return Finding("store", True, f"{home}, {count} operation{'' if count == 1 else 's'}")


def _carvings() -> Finding:
    """The artifacts that are in use, or would be moved next: whole, and there."""
    from carveout.place.inline import expect_whole
    from carveout.store import open_store

    try:
        found = settings.load()
        with open_store(found.home, create=False, busy_timeout_ms=500) as store:
            rows = []
            for operation in store.operations():
                made = sorted(store.artifacts(operation.name), key=lambda row: row.built_at)
                used = store.stage(operation.name).artifact
                rows += [row for row in made if row.hash == used] or made[-1:]
    except CarveError:
        return Finding("carvings", True, "none, as far as the store can be read", needed=False)
    for row in rows:
        try:
            expect_whole(Path(row.path), row.op, row.contract_hash)
        except CarveError as error:
            about = error.diagnostic
            return Finding("carvings", False, f"{row.op}: {about.message}", f"carve cut {row.op}")
    return Finding("carvings", True, f"{len(rows)} whole" if rows else "none yet")


def _services() -> Finding:
    """What the processes that run now have to say."""
    from carveout.cli.status import troubles_of
    from carveout.store import open_store

    try:
        found = settings.load()
        with open_store(found.home, create=False, busy_timeout_ms=500) as store:
            said = troubles_of(store)
    except CarveError:
        return Finding("services", True, "unknown, as the store can't be read", needed=False)
    if not said:
        return Finding("services", True, "nothing amiss")
    return Finding("services", False, said[0], "carve status shows all of it", needed=False)


def _permissions() -> Finding:
    try:
        home = settings.load().home
    except CarveError:
        return Finding("permissions", False, "unknown place", "correct the settings first")
    existing = home
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding(
            "permissions", False, f"cannot write to {existing}", "give yourself write access"
        )
    carvings = settings.load().root / "carvings"
    if carvings.exists() and not os.access(carvings, os.W_OK | os.X_OK):
        return Finding(
            "permissions", False, f"cannot write to {carvings}", "carve cut writes its drafts there"
        )
    free = shutil.disk_usage(existing).free
    if free < 200 << 20:
        return Finding(
            "permissions", False, f"{free >> 20} MB free at {existing}", "free some disk space"
        )
    return Finding("permissions", True, f"{existing} is writable, {free >> 30} GB free")


def _crates() -> Finding:
    try:
        folder = settings.load().crates_dir
    except CarveError:
        return Finding("runtime crates", False, "unknown place", "correct the settings first")
    if (folder / "carveout-runtime" / "Cargo.toml").exists():
        return Finding("runtime crates", True, str(folder))
    return Finding(
        "runtime crates", False, f"not in {folder}", "set CARVEOUT_CRATES, or reinstall carveout"
    )


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    return Finding(
        "Python", ok, platform.python_version(), "" if ok else "carveout needs Python 3.11 or newer"
    )


def _profiling() -> Finding:
    """py-spy reads another process's memory, which Linux may forbid."""
    path = Path("/proc/sys/kernel/yama/ptrace_scope")
    try:
        scope = int(path.read_text().strip())
    except (OSError, ValueError):
        return Finding("profiling", True, "not restricted", needed=False)
    ok = scope == 0 or os.geteuid() == 0
    return Finding(
        "profiling",
        ok,
        f"ptrace_scope is {scope}",
        "" if ok else "carve find -- COMMAND works; to attach to a running app use sudo",
        needed=False,
    )


RUST = "install Rust from https://rustup.rs, then open a new terminal"
CHECKS: tuple[Callable[[], Finding], ...] = (
    _python,
    _native,
    lambda: _tool("rustc", RUST),
    lambda: _tool("cargo", RUST),
    _crates,
    lambda: _module("mypy", 'for carve cut: pip install "carveout[cut]"'),
    lambda: _module("hypothesis", 'for carve prove: pip install "carveout[prove]"'),
    lambda: _module("pytest", 'to run kept differences: pip install "carveout[prove]"'),
    lambda: _tool("py-spy", 'for carve find: pip install "carveout[find]"', needed=False),
    _profiling,
    _settings,
    _store,
    _carvings,
    _services,
    _permissions,
)


def examine() -> list[Finding]:
    """Everything looked at; a check that breaks is itself a finding."""
    found = []
    for check in CHECKS:
        try:
            found.append(check())
        except Exception as error:
            found.append(Finding("doctor", False, f"{type(error).__name__}: {error}", needed=False))
    return found


def run(*, as_json: bool = False) -> int:
    """Carry out `carve doctor`; returns its exit code."""
    found = examine()
    ok = all(f.ok for f in found if f.needed)
    if as_json:
        text = {"ok": ok, "checks": [asdict(f) for f in found]}
        write_json(text)
    else:
        for f in found:
            mark = "ok     " if f.ok else "MISSING" if f.needed else "absent "
            print(f"{mark}  {f.name}: {f.detail}")
            if not f.ok:
                print(f"         → {f.next_step}")
    return 0 if ok else 1


def register(app: typer.Typer) -> None:
    """Add `carve doctor` to the command line."""

    @app.command("doctor", help="Say what is here and what is missing.", epilog=EXAMPLE)
    def command(
        as_json: bool = typer.Option(False, "--json", help="Print JSON and nothing else."),
    ) -> int:
        return run(as_json=as_json)
