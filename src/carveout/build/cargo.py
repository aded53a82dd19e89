"""Calling cargo: one crate in, one artifact out, and rustc's own words when it fails.

The target folder is shared by all carvings of a project, so that the runtime and the worker harness
are compiled once. Cargo is asked offline first (nothing to fetch on the second build) and on the
network only if that is refused for want of a package.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from carveout.build.artifact import ABI, INLINE, WORKER, Artifact, keep, tree_hash
from carveout.diagnostics import CarveError, Span

# cargo's words when --offline meets a package that was never downloaded.
OFFLINE_MISSES = ("--offline", "offline mode", "no matching package", "failed to download")

Progress = Callable[[str], None]


def find_cargo() -> str:
    """Path of cargo ($CARGO, PATH, ~/.cargo/bin). Raises CarveError cargo-missing."""
    named = os.environ.get("CARGO")
    found = named if named and Path(named).is_file() else shutil.which("cargo")
    if found is None:
        usual = Path.home() / ".cargo" / "bin" / "cargo"
        if "CARGO" not in os.environ and usual.is_file() and os.environ.get("PATH"):
            found = str(usual)
    if found is None:
        raise CarveError(
            "cargo-missing",
            "cargo, Rust's build tool, was not found",
            cause="neither $CARGO nor PATH nor ~/.cargo/bin has it",
            hint="install Rust with rustup, or set CARGO to its path; carve doctor checks it",
        )
    return found


def rustc_version(cargo: str) -> str:
    """One line, e.g. 'rustc 1.95.0 (59807616e 2026-04-14)'; 'unknown' if it can't be asked."""
    beside = Path(cargo).with_name("rustc")
    try:
        done = subprocess.run(
            [str(beside) if beside.is_file() else "rustc", "--version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()


def build(
    crate_dir: Path,
    out_root: Path,
    *,
    kinds: Sequence[str] = ("inline", "worker"),
    target_dir: Path,
    progress: Progress | None = None,
) -> Artifact:
    """Build a carving's crate in release mode and keep the result under `out_root`.

    `kinds` is any of "inline" (the abi3 extension) and "worker" (the worker and service binary).
    `progress` is told one line at a time what is being compiled.

    Raises CarveError: cargo-missing, crate-unreadable, build-failed (with rustc's first error and
    its place), artifact-unwritable.
    """
    cargo = find_cargo()
    try:
        marks = json.loads((crate_dir / "carving.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CarveError(
            "crate-unreadable",
            f"{crate_dir} is not a carving's crate",
            cause=str(error),
            hint="carve cut OPERATION makes one",
        ) from error
    source_hash = tree_hash(crate_dir)
    with alone_in(target_dir):
        forget_another(cargo, crate_dir, target_dir)
        built = compile_kinds(cargo, crate_dir, target_dir, kinds, progress)
        info = {
            "operation": marks["operation"],
            "contract_hash": marks["contract_hash"],
            "reference_hash": marks["reference_hash"],
            "abi": ABI,
            "rustc": rustc_version(cargo),
            "source_hash": source_hash,
            # It computes with decimals: the caller's context must be the default one.
            "decimal": _has_decimals(crate_dir),
        }
        return keep(built, out_root, info)


def _has_decimals(crate_dir: Path) -> bool:
    """Whether a crate has the runtime's decimals."""
    return '"decimal"' in (crate_dir / "Cargo.toml").read_text(encoding="utf-8")


@contextmanager
def alone_in(target_dir: Path) -> Iterator[None]:
    """One build at a time: all carvings are called alike, so cargo puts the finished file of each
    at the same place, and another build between cargo's end and our copy would replace it."""
    try:
        target_dir.mkdir(parents=True, exist_ok=True)
        lock = (target_dir / ".carveout-lock").open("w")
    except OSError as error:
        raise cannot_build_under(target_dir, error) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def cannot_build_under(target_dir: Path, error: OSError) -> CarveError:
    return CarveError(
        "artifact-unwritable",
        f"cannot build under {target_dir}",
        cause=str(error),
        hint="free space or fix the folder's permissions, then run the command again",
    )


def forget_another(cargo: str, crate_dir: Path, target_dir: Path) -> None:
    """Drop what was built last from a crate of the same name elsewhere.

    Cargo tells crates apart by name, and fresh from stale by the times of files: without this, a
    crate that is older than what was built last from its namesake would be answered with that.
    """
    mark = target_dir / ".carveout-built" / f"{package_of(crate_dir)}.txt"
    here = str(crate_dir.resolve())
    try:
        if mark.exists() and mark.read_text(encoding="utf-8") != here:
            command = [cargo, "clean", "--release", "-p", package_of(crate_dir)]
            # Through `call`, so that an interrupt ends it as it ends a build.
            call(command, ["--offline"], crate_dir, target_dir, None)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(here, encoding="utf-8")
    except OSError as error:
        raise cannot_build_under(target_dir, error) from error


def package_of(crate_dir: Path) -> str:
    """The package's name in its Cargo.toml. Raises CarveError crate-unreadable."""
    try:
        with (crate_dir / "Cargo.toml").open("rb") as stream:
            return str(tomllib.load(stream)["package"]["name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CarveError(
            "crate-unreadable",
            f"{crate_dir} is not a carving's crate",
            cause=str(error),
            hint="carve cut OPERATION makes one",
        ) from error


def compile_kinds(
    cargo: str,
    crate_dir: Path,
    target_dir: Path,
    kinds: Sequence[str],
    progress: Progress | None,
) -> dict[str, Path]:
    """Where cargo put each binary, by the name it has in an artifact."""
    built: dict[str, Path] = {}
    # One invocation a kind: with both features in one, the extension would link the server
    # harness and the worker binary would look for Python's symbols.
    for kind in kinds:
        if kind == "inline":
            made = run_cargo(
                cargo, crate_dir, target_dir, ["--lib", "--features", "inline"], progress
            )
            built[INLINE] = pick(made, suffix=".so")
        elif kind == "worker":
            made = run_cargo(
                cargo, crate_dir, target_dir, ["--bin", "worker", "--features", "worker"], progress
            )
            built[WORKER] = pick(made, executable=True)
        else:
            raise ValueError(f"unknown kind of artifact {kind!r}")
    return built


def pick(messages: list[dict[str, Any]], *, suffix: str = "", executable: bool = False) -> Path:
    """The file cargo says it made: the cdylib, or the binary."""
    for message in reversed(messages):
        if message.get("reason") != "compiler-artifact":
            continue
        if executable and message.get("executable"):
            return Path(message["executable"])
        if suffix and "cdylib" in message.get("target", {}).get("kind", ()):
            for name in message.get("filenames", ()):
                if name.endswith(suffix):
                    return Path(name)
    raise CarveError(
        "build-failed",
        "cargo ended without the expected file",
        hint="the crate's Cargo.toml must keep its [lib] cdylib and its worker binary",
    )


def run_cargo(
    cargo: str, crate_dir: Path, target_dir: Path, arguments: list[str], progress: Progress | None
) -> list[dict[str, Any]]:
    """cargo's JSON messages; raises CarveError build-failed."""
    command = [cargo, "build", "--release", "--message-format=json", *arguments]
    code, messages, text = call(command, ["--offline"], crate_dir, target_dir, progress)
    if code != 0 and not errors_of(messages) and any(miss in text for miss in OFFLINE_MISSES):
        code, messages, text = call(command, [], crate_dir, target_dir, progress)
    if code == 0:
        return messages
    raise failure(crate_dir, code, errors_of(messages), text)


def call(
    command: list[str],
    extra: list[str],
    crate_dir: Path,
    target_dir: Path,
    progress: Progress | None,
    limit_s: float | None = None,
    ended: threading.Event | None = None,
) -> tuple[int, list[dict[str, Any]], str]:
    """Run cargo once: exit code, JSON messages, everything it said on standard error.

    After `limit_s` seconds it is stopped, and `ended` is set.
    """
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target_dir), "CARGO_TERM_COLOR": "never"}
    # A process group of its own: Ctrl-C must end rustc as well, and only what we started.
    process = subprocess.Popen(
        [*command, *extra],
        cwd=crate_dir,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    said: list[str] = []
    listener: threading.Thread | None = None
    timer: threading.Timer | None = None
    try:
        if limit_s is not None:
            timer = threading.Timer(limit_s, end_at_limit, (process, ended))
            timer.daemon = True
            timer.start()

        # stderr is drained beside stdout: a full pipe would stall cargo.
        def listen() -> None:
            assert process.stderr is not None
            for line in process.stderr:
                said.append(line)
                word = line.strip()
                if progress is not None and word.startswith(("Compiling", "Finished", "Blocking")):
                    progress(word)

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        assert process.stdout is not None
        messages = [parse(line) for line in process.stdout]
        code = process.wait()
    except BaseException:
        stop(process)
        raise
    finally:
        if timer is not None:
            timer.cancel()
        if listener is not None:
            listener.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    return code, [m for m in messages if m], "".join(said)


def stop(process: subprocess.Popen[str]) -> None:
    """End cargo and the compilers it started, politely first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def end_at_limit(process: subprocess.Popen[str], ended: threading.Event | None) -> None:
    """End a build that has gone on for too long."""
    if ended is not None:
        ended.set()
    stop(process)


def parse(line: str) -> dict[str, Any]:
    """One JSON message; an empty dict for a line that is none."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def errors_of(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """rustc's diagnostics of level error."""
    found = []
    for message in messages:
        diagnostic = message.get("message")
        if message.get("reason") != "compiler-message" or not isinstance(diagnostic, dict):
            continue
        if diagnostic.get("level", "").startswith("error"):
            found.append(diagnostic)
    return found


def failure(crate_dir: Path, code: int, errors: list[dict[str, Any]], text: str) -> CarveError:
    """build-failed with rustc's first located error, or the end of what cargo said."""
    located = next((e for e in errors if e.get("spans")), None)
    if located is not None:
        place = next((s for s in located["spans"] if s.get("is_primary")), located["spans"][0])
        name = place["file_name"]
        file = name if os.path.isabs(name) else str(crate_dir / name)
        span = Span(file, place["line_start"], place["column_start"], place["column_end"])
        more = len([e for e in errors if e.get("spans")]) - 1
        return CarveError(
            "build-failed",
            f"rustc: {located['message']}",
            span=span,
            cause=f"and {more} more errors" if more > 0 else None,
            hint=f"edit the carving and build again; all of it: cd {crate_dir} && cargo build",
        )
    tail = [e["message"] for e in errors[:1]] + text.strip().splitlines()[-8:]
    cause = space_in(text + "".join(str(e.get("rendered")) for e in errors))
    return CarveError(
        "build-failed",
        f"cargo ended with {code}",
        cause=cause or "\n".join(tail) or None,
        hint="free some space and run the command again"
        if cause
        else "carve doctor checks the toolchain; the log above is cargo's own",
    )


def space_in(said: str) -> str | None:
    """How the tools' words say that the disk is full; None if they say nothing of it."""
    if "No space left on device" in said:
        return "the disk is full"
    # A linker maps the file it writes into memory: where there is no room for a page of it, there
    # is no error to be had, only a signal.
    if any(word in said for word in ("Bus error", "SIGBUS")):
        return "the linker ended with a bus error, as it does when the disk is full"
    return None
