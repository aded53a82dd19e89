"""What the kernel says of processes: CPU time, memory, who descends from whom. Linux's /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def family(pids: Iterable[int]) -> set[int]:
    """These processes and their descendants that are alive."""
    parents = {pid: int(fields[1]) for pid, fields in _all_stats()}
    watched = set(pids)
    found = set()
    for pid in parents:
        above, seen = pid, set[int]()
        while above in parents and above not in watched and above not in seen:
            seen.add(above)
            above = parents[above]
        if above in watched:
            found.add(pid)
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time so far, user and system, of these processes and their descendants that are alive."""
    watched = family(pids)
    tick = os.sysconf("SC_CLK_TCK")
    return sum(
        (int(fields[11]) + int(fields[12])) / tick for pid, fields in _all_stats() if pid in watched
    )


def resident_mb(pids: Iterable[int]) -> float | None:
    """Resident memory of the largest of these processes and their descendants, in MB."""
    page = os.sysconf("SC_PAGE_SIZE")
    sizes = []
    for pid in family(pids):
        try:
            fields = Path(f"/proc/{pid}/statm").read_text().split()
            sizes.append(int(fields[1]) * page / 1e6)
        except (OSError, ValueError, IndexError):
            continue  # ended meanwhile
    return max(sizes, default=None)


def alive(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    fields = stat_of(pid)
    return fields is not None and fields[0] != "Z"


def parent_of(pid: int) -> int | None:
    """The parent's number, or None if the process is gone."""
    fields = stat_of(pid)
    return int(fields[1]) if fields is not None else None


def stat_of(pid: int) -> list[str] | None:
    """/proc/<pid>/stat from its third field (the state) on."""
    try:
        # The second field is the program's name in brackets, which may hold anything.
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _all_stats() -> list[tuple[int, list[str]]]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        fields = stat_of(int(path.name))
        if fields and len(fields) > 12:
            found.append((int(path.name), fields))
    return found


__all__ = ["alive", "cpu_seconds", "family", "parent_of", "resident_mb", "stat_of"]
