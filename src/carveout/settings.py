"""Every setting of Carveout, each written down once.

A setting comes from its environment variable, else from `carve.toml`, else from
`[tool.carveout]` in `pyproject.toml`, else from its default:

    settings = load()
    settings.home           # /app/.carveout
    settings.sample_rate    # 0.01

`TABLE` is the only list: the dataclass's defaults, the parsing, the errors and docs/settings.md
(`python -m carveout.settings > docs/settings.md`) follow it. A bad value is a
`CarveError("setting-invalid")` that names the file, the line and the key. Tables of `carve.toml`
that no setting uses (services, gateway, …) are left to their owners.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from carveout.diagnostics import CarveError, Span

STAGES = ("reference", "shadow", "canary", "full")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: field name, variable, key in carve.toml, default, how to read it."""

    name: str
    env: str
    key: str | None
    default: Any
    expects: str
    parse: Callable[[Any], Any]
    meaning: str


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _one_of(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError
        return str(value)

    return parse


def _number(low: float, high: float) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError
        number = float(value)
        if not low <= number <= high:  # also false for NaN
            raise ValueError
        return number

    return parse


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValueError
        number = int(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    return known[str(value).lower()]


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ValueError
    return tuple(value)


def _patterns(value: Any) -> tuple[str, ...]:
    names = _names(value)
    for name in names:
        re.compile(name)
    return names


def _stage(value: Any) -> str:
    """`full`, `shadow`, `reference`, or `canary` with a percentage: `canary 25`."""
    text = _text(value)
    stage, _, share = text.partition(" ")
    if stage not in STAGES or (share and stage != "canary"):
        raise ValueError
    if share and not 0 < float(share) <= 100:
        raise ValueError
    return text


TABLE: tuple[Setting, ...] = (
    Setting(
        "home",
        "CARVEOUT_HOME",
        "home",
        ".carveout",
        "a folder",
        _text,
        "Where the store, the artifacts and the redaction key live, relative to the project.",
    ),
    Setting(
        "off",
        "CARVEOUT",
        None,
        False,
        "`off` or `on`",
        lambda value: not _truth(value),
        "`off` makes every operation the bare Python function: no counting, no recording.",
    ),
    Setting(
        "stage_override",
        "CARVEOUT_STAGE",
        None,
        None,
        "`reference`, `shadow`, `canary N` or `full`",
        _stage,
        "Puts every operation of this process at one stage, whatever the store says.",
    ),
    Setting(
        "placement",
        "CARVEOUT_PLACEMENT",
        "place.placement",
        "auto",
        "`auto`, `inline` or `worker`",
        _one_of("auto", "inline", "worker"),
        "Where carvings run. `auto` shadows a new carving in a worker, then moves it inline.",
    ),
    Setting(
        "deadline_ms",
        "CARVEOUT_DEADLINE_MS",
        "place.deadline_ms",
        1000.0,
        "milliseconds from 1 to 600000",
        _number(1, 600_000),
        "How long a call may wait for a worker before the reference answers it.",
    ),
    Setting(
        "worker_memory_mb",
        "CARVEOUT_WORKER_MEMORY_MB",
        "place.worker_memory_mb",
        1024,
        "megabytes; 0 for no limit",
        _whole(0, 1 << 24),
        "A worker that takes more is ended and started again.",
    ),
    Setting(
        "release_gil_after_us",
        "CARVEOUT_RELEASE_GIL_AFTER_US",
        "place.release_gil_after_us",
        1000.0,
        "microseconds, 0 or more",
        _number(0, 1e12),
        "Inline carvings that take longer than this release the interpreter's lock.",
    ),
    Setting(
        "crates_dir",
        "CARVEOUT_CRATES",
        "build.crates",
        None,
        "a folder",
        _text,
        "Where the Rust runtime crates are; found beside the package unless given.",
    ),
    Setting(
        "record",
        "CARVEOUT_RECORD",
        "record.enabled",
        True,
        "`on` or `off`",
        _truth,
        "Whether calls are recorded at all. Counting goes on without it.",
    ),
    Setting(
        "sample_rate",
        "CARVEOUT_SAMPLE_RATE",
        "record.sample_rate",
        0.01,
        "a share from 0 to 1",
        _number(0, 1),
        "The share of calls captured for the recordings.",
    ),
    Setting(
        "retention_days",
        "CARVEOUT_RETENTION_DAYS",
        "record.retention_days",
        14.0,
        "days, above 0",
        _number(1e-6, 36_500),
        "How long a recorded call is kept.",
    ),
    Setting(
        "redact_names",
        "CARVEOUT_REDACT_NAMES",
        "record.redact_names",
        (),
        "a list of names",
        _names,
        "Further names of parameters, fields and keys to redact, besides the built-in ones.",
    ),
    Setting(
        "redact_patterns",
        "CARVEOUT_REDACT_PATTERNS",
        "record.redact_patterns",
        (),
        "a list of `email`, `card` or regular expressions",
        _patterns,
        "Text that matches is redacted wherever it stands. None by default.",
    ),
    Setting(
        "busy_timeout_ms",
        "CARVEOUT_BUSY_TIMEOUT_MS",
        "store.busy_timeout_ms",
        2000,
        "milliseconds from 0 to 60000",
        _whole(0, 60_000),
        "How long to wait for a store that another process has locked.",
    ),
    Setting(
        "traceback",
        "CARVEOUT_TRACEBACK",
        None,
        False,
        "`on` or `off`",
        _truth,
        "Shows the Python traceback of an error of Carveout's own (code `internal`).",
    ),
    Setting(
        "alpha",
        "CARVEOUT_ALPHA",
        "move.alpha",
        0.01,
        "a probability between 0 and 0.5",
        _number(1e-9, 0.5),
        "How often a guard may roll back a harmless carving, over its whole life.",
    ),
    Setting(
        "time_scale",
        "CARVEOUT_TIME_SCALE",
        "move.time_scale",
        1.0,
        "a factor above 0",
        _number(1e-6, 1e6),
        "Multiplies the minimum time of each stage in `carve move --auto`; never the evidence.",
    ),
    Setting(
        "slo_p99_ms",
        "CARVEOUT_SLO_P99_MS",
        "slo.p99_ms",
        0.0,
        "milliseconds; 0 for none",
        _number(0, 1e9),
        "The slowest call in a hundred that the service promises; `carve find` judges by it.",
    ),
    Setting(
        "slo_memory_mb",
        "CARVEOUT_SLO_MEMORY_MB",
        "slo.memory_mb",
        0.0,
        "MB; 0 for none",
        _number(0, 1e9),
        "The resident memory that a process of the service may take; `carve find` judges by it.",
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `root` is the project, `sources` says where each value came from."""

    root: Path
    home: Path
    crates_dir: Path
    off: bool = False
    stage_override: str | None = None
    placement: str = "auto"
    deadline_ms: float = 1000.0
    worker_memory_mb: int = 1024
    release_gil_after_us: float = 1000.0
    record: bool = True
    sample_rate: float = 0.01
    retention_days: float = 14.0
    redact_names: tuple[str, ...] = ()
    redact_patterns: tuple[str, ...] = ()
    busy_timeout_ms: int = 2000
    traceback: bool = False
    alpha: float = 0.01
    time_scale: float = 1.0
    slo_p99_ms: float = 0.0
    slo_memory_mb: float = 0.0
    sources: tuple[tuple[str, str], ...] = ()


def load(*, cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings in force for `cwd` (default: the current one).

    Raises:
        CarveError: "setting-invalid" for a value, a key or a file that can't be understood.
    """
    env = os.environ if environ is None else environ
    root = project_root(cwd or Path.cwd())
    given = _from_files(root)
    values: dict[str, Any] = {}
    sources: list[tuple[str, str]] = []
    for setting in TABLE:
        raw = env.get(setting.env)
        if raw is not None and raw != "":
            values[setting.name] = _read(setting, raw, f"${setting.env}", None)
            sources.append((setting.name, f"${setting.env}"))
        elif setting.key in given:
            raw_value, span = given[setting.key]
            values[setting.name] = _read(setting, raw_value, str(setting.key), span)
            sources.append((setting.name, str(span)))
        else:
            values[setting.name] = setting.default
    values["home"] = (root / values["home"]).absolute()
    crates = values["crates_dir"]
    values["crates_dir"] = (root / crates).absolute() if crates else _crates_beside_package()
    return Settings(root=root, sources=tuple(sources), **values)


def project_root(start: Path) -> Path:
    """The nearest folder at or above `start` holding carve.toml, pyproject.toml or .git."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in ("carve.toml", "pyproject.toml", ".git")):
            return folder
    return start


def _crates_beside_package() -> Path:
    package = Path(__file__).resolve().parent
    checkout = package.parent.parent / "crates"
    return checkout if (checkout / "carveout-runtime").is_dir() else package / "_crates"


def _read(setting: Setting, raw: Any, where: str, span: Span | None) -> Any:
    try:
        return setting.parse(raw)
    except (ValueError, TypeError, KeyError, re.error) as problem:
        raise CarveError(
            "setting-invalid",
            f"{where} is {raw!r}, expected {setting.expects}",
            span=span,
            hint=f"docs/settings.md describes {setting.name}; the default is {setting.default!r}",
        ) from problem


def _from_files(root: Path) -> dict[str | None, tuple[Any, Span]]:
    """Values by key; carve.toml goes before pyproject.toml."""
    found: dict[str | None, tuple[Any, Span]] = {}
    for name, prefix in (("pyproject.toml", ("tool", "carveout")), ("carve.toml", ())):
        path = root / name
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as problem:
            raise CarveError(
                "setting-invalid",
                f"cannot read {path}",
                cause=str(problem),
                hint="make it readable UTF-8 text, or move it away",
            ) from problem
        try:
            table: Any = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            at = re.search(r"line (\d+), column (\d+)", str(problem))
            line, column = (int(at[1]), int(at[2])) if at else (text.count("\n") + 1, 1)
            raise CarveError(
                "setting-invalid",
                f"{name} is not valid TOML",
                cause=str(problem),
                span=Span(str(path), line, column),
                hint="correct the line, then try again",
            ) from problem
        for part in prefix:
            table = table.get(part, {}) if isinstance(table, dict) else {}
        _collect(table, path, text, prefix, found)
    return found


def _collect(
    table: Any,
    path: Path,
    text: str,
    prefix: tuple[str, ...],
    found: dict[str | None, tuple[Any, Span]],
) -> None:
    keys = {setting.key for setting in TABLE if setting.key}
    ours = {key.partition(".")[0] for key in keys if "." in key}
    tops = {key.partition(".")[0] for key in keys}
    for head, value in table.items() if isinstance(table, dict) else ():
        flat = {head: value}
        if head in ours and isinstance(value, dict):
            flat = {f"{head}.{name}": inner for name, inner in value.items()}
        for key, inner in flat.items():
            span = _span_of(path, text, (*prefix, *key.split(".")))
            if key in keys:
                found[key] = (inner, span)
            elif head in ours:
                here = sorted(k for k in keys if k.startswith(head + "."))
                raise _unknown(key, span, difflib.get_close_matches(key, here, 1), here)
            elif meant := difflib.get_close_matches(head, tops, 1, cutoff=0.75):
                # Other tables are other parts' own; but this is one letter from one of ours.
                raise _unknown(head, span, meant, sorted(tops))


def _unknown(key: str, span: Span, meant: list[str], known: list[str]) -> CarveError:
    """The diagnostic for a key that no setting has."""
    guess = f"did you mean {meant[0]}? " if meant else ""
    return CarveError(
        "setting-invalid",
        f"no setting is called {key}",
        span=span,
        hint=f"{guess}known here: {', '.join(known)}",
    )


def _span_of(path: Path, text: str, key: tuple[str, ...]) -> Span:
    """Where a key is written. tomllib keeps no places, so this looks for the line."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        if header:
            table = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            if table == key:
                return Span(str(path), number, line.index("[") + 1)
            continue
        entry = re.match(r"\s*([\w.\"' -]+?)\s*=", line)
        if entry:
            names = tuple(part.strip().strip("\"'") for part in entry[1].split("."))
            if (*table, *names) == key[: len(table) + len(names)]:
                start = entry.start(1)
                return Span(str(path), number, start + 1, entry.end(1) + 1)
    return Span(str(path), 1)


def document() -> str:
    """docs/settings.md, from the table."""
    lines = [
        "# Settings",
        "",
        "Generated by `python -m carveout.settings`; a test keeps it current.",
        "",
        "The environment variable goes first, then `carve.toml` in the project's root, then",
        "`[tool.carveout]` in `pyproject.toml`, then the default. The root is the nearest folder",
        "at or above the current one with `carve.toml`, `pyproject.toml` or `.git`.",
        "",
        "| setting | variable | key | default | expects | meaning |",
        "|---|---|---|---|---|---|",
    ]
    for row in TABLE:
        key = f"`{row.key}`" if row.key else "(environment only)"
        default = "on" if row.default is True else "off" if row.default is False else row.default
        shown = "none" if default in (None, ()) else f"`{default}`"
        if row.name == "off":
            shown = "`on`"
        lines.append(
            f"| {row.name} | `{row.env}` | {key} | {shown} | {row.expects} | {row.meaning} |"
        )
    lines += [
        "",
        "```toml",
        "# carve.toml",
        "[record]",
        "sample_rate = 0.05",
        'redact_names = ["iban"]',
        "```",
        "",
    ]
    return "\n".join(lines)


assert {row.name for row in TABLE} == {field.name for field in fields(Settings)} - {
    "root",
    "sources",
}

if __name__ == "__main__":
    print(document(), end="")
