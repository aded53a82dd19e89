"""Is a configuration valid? The binary says; here its answers become diagnostics.

check(Path("carve.toml"))        # [] or one Diagnostic a mistake, top to bottom
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from carveout.diagnostics import CarveError, Diagnostic, Span

TIMEOUT_S = 60.0


def check(file: Path) -> list[Diagnostic]:
    """Every mistake in `file` (carve.toml, or .json). Raises CarveError if it can't be asked."""
    from carveout.gateway.launch import binary

    command = [str(binary()), "check", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    found = [_diagnostic(json.loads(line)) for line in done.stdout.splitlines() if line.strip()]
    if done.returncode != 0 and not found:
        raise CarveError(
            "gateway-failed",
            "the gateway could not check the configuration",
            cause=done.stderr.strip() or f"it ended with {done.returncode}",
        )
    return found


def _diagnostic(said: dict[str, Any]) -> Diagnostic:
    span = None
    if said["line"] is not None:
        span = Span(said["file"], said["line"], said["column"], said["end_column"])
    places = [] if span else [f"in {said['file']}"]
    cause = ", ".join([*places, *([f"key {said['key']}"] if said["key"] else [])])
    return Diagnostic(said["code"], said["message"], span, cause or None, said["hint"])


def demand_valid(file: Path) -> None:
    """Raise the file's mistakes as one CarveError."""
    found = check(file)
    if found:
        first = found[0]
        raise CarveError(
            first.code,
            first.message,
            span=first.span,
            cause=first.cause,
            hint=first.hint,
            others=tuple(found[1:]),
        )
