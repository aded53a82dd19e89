"""The machine a bench ran on, and whether anything else was running on it.

    with Watch() as watch:
        ...                      # the bench; its child processes count as its own
    watch.seen()                 # {"others_share": 0.02, "steal_share": 0.0, ...}

Only Linux says all of this (`/proc`); elsewhere the shares are None, and nothing is called quiet.
"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

OTHERS = 0.05
STEAL = 0.02
"""Above these shares of the machine's time, figures of time are not to be trusted."""


def facts() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "rustc": _said(["rustc", "--version"]),
        "commit": _said(["git", "rev-parse", "--short", "HEAD"]),
    }


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
            cwd=Path(__file__).resolve().parent,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _ticks() -> tuple[int, int, int] | None:
    """(all, busy, stolen) clock ticks of all cores since the start of the machine."""
    try:
        fields = [int(x) for x in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except (OSError, ValueError, IndexError):
        return None
    total, idle, stolen = sum(fields), fields[3] + fields[4], fields[7]
    return total, total - idle - stolen, stolen


def _own() -> float:
    """CPU seconds of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Watch:
    """How much of the machine was used by others while the block ran."""

    def __enter__(self) -> Watch:
        self._ticks, self._cpu = _ticks(), _own()
        self._load = os.getloadavg()[0]
        self._started = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seconds = time.monotonic() - self._started
        self._after, self._spent = _ticks(), _own() - self._cpu

    def seen(self) -> dict[str, Any]:
        """The shares of the machine's time, and whether that counts as quiet."""
        found: dict[str, Any] = {
            "seconds": round(self._seconds, 1),
            "day": time.strftime("%Y-%m-%d"),
            "load_before": round(self._load, 2),
            "others_share": None,
            "steal_share": None,
            "quiet": False,
        }
        if self._ticks is None or self._after is None:
            return found
        total, busy, stolen = (b - a for a, b in zip(self._ticks, self._after, strict=True))
        if total <= 0:
            return found
        others = busy / total - self._spent * os.sysconf("SC_CLK_TCK") / total
        found["others_share"] = round(max(0.0, others), 3)
        found["steal_share"] = round(stolen / total, 3)
        found["quiet"] = found["others_share"] <= OTHERS and found["steal_share"] <= STEAL
        return found
