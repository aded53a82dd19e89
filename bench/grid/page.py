"""docs/compare/: the page "Python, Go or Rust?" and its plots, from the raw results.

    python -m bench.grid.page [RESULTS.json [FOLDER]]

Every figure on the page comes from the results; sentences that compare say what the figures say,
whichever way round (`sections`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.grid import sections
from bench.grid.figures import Figures, aims
from bench.grid.plan import CONNECTIONS, HERE, REPO
from bench.grid.plots import Bar, Dots, Panel, bars, dots, picture

ENDPOINTS = ("quote", "digest", "items", "fanout")
TITLES = {
    "quote": "POST /quote: some 1 ms of Python computation, requests/s",
    "digest": "POST /digest: 1 MB hashed and summarised, requests/s",
    "items": "GET and POST /items: SQLite, nine reads to one write, requests/s",
    "fanout": "GET /fanout: three upstreams of 10 ms at once, 512 connections, requests/s",
}


def brief(key: str, cell: Any) -> str:
    """One cell in a few words, while the grid runs."""
    if isinstance(cell, dict) and "half" in cell and "saturated" in cell:
        half, saturated = cell["half"], cell["saturated"]
        lost = sum(saturated["errors"].values()) + sum(half["errors"].values())
        return (
            f"{saturated['per_s']:,.0f}/s, at half p50 {half['p50_us'] / 1e3:.2f} "
            f"p99 {half['p99_us'] / 1e3:.2f} ms, {cell['loaded_mb']:.0f} MB"
            + (f", {lost} errors" if lost else "")
        )
    if isinstance(cell, dict) and "per_s" in cell:
        lost = sum(cell["errors"].values())
        return f"{cell['per_s']:,.0f}/s, {cell['loaded_mb']:.0f} MB" + (
            f", {lost} errors" if lost else ""
        )
    if isinstance(cell, dict):
        return ", ".join(
            f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in cell.items()
        )
    return str(cell)


def reach(raw: dict[str, Any]) -> list[str]:
    """What was aimed at, met or missed, line by line."""
    return [str(aim) for aim in aims(Figures(raw))]


def plots(grid: Figures) -> dict[str, str]:
    """The pictures by file name."""
    throughput: list[Panel] = []
    latency: list[Panel] = []
    for endpoint in ENDPOINTS:
        rows, lines = [], []
        for one in grid.implementations(endpoint):
            rate = grid.per_s(one.name, endpoint)
            if rate is None:
                continue
            low, high = grid.spread(one.name, endpoint) or (rate, rate)
            rows.append(Bar(one.title, one.language, rate, low, high))
            found = [grid.latency_ms(one.name, endpoint, p) for p in ("p50", "p99", "p999")]
            values = tuple(v for v in found if v is not None)
            lines.append(Dots(one.title, one.language, values))
        if rows:
            throughput.append(bars(TITLES[endpoint], rows, "{:,.0f}"))
            latency.append(
                dots(f"/{endpoint}: at half of its own load", lines, ("p50", "p99", "p99.9"), "ms")
            )
    memory = [
        bars(title, rows, "{:,.1f}")
        for title, rows in (
            ("Resident memory after load on /quote, MB", _memory(grid, "after")),
            ("From start to first answer, ms", _start(grid)),
            ("What has to be shipped, MB", _shipped(grid)),
        )
        if rows
    ]
    return {
        "throughput.svg": picture(throughput, "Requests a second at saturation"),
        "latency.svg": picture(latency, "Latency at half of saturation"),
        "footprint.svg": picture(memory, "Memory, start and size"),
    }


def _memory(grid: Figures, when: str) -> list[Bar]:
    found = ((one, grid.memory_mb(one.name, "quote", when)) for one in grid.implementations())
    return [Bar(one.title, one.language, value) for one, value in found if value is not None]


def _start(grid: Figures) -> list[Bar]:
    found = ((one, grid.start_ms(one.name)) for one in grid.implementations())
    return [Bar(one.title, one.language, value) for one, value in found if value is not None]


def _shipped(grid: Figures) -> list[Bar]:
    found = ((one, grid.shipped_mb(one.name)) for one in grid.implementations())
    return [Bar(one.title, one.language, value) for one, value in found if value is not None]


# -- tables ---------------------------------------------------------------------------------


def shown(value: float | None, form: str = "{:,.0f}") -> str:
    return "–" if value is None else form.format(value)


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table; all columns but the first to the right."""
    return [
        "| " + " | ".join(head) + " |",
        "|---|" + "---:|" * (len(head) - 1),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def throughput_table(grid: Figures) -> list[str]:
    rows = []
    for one in grid.implementations():
        name = one.name
        rows.append(
            [
                one.title,
                shown(grid.per_s(name, "quote")),
                shown(grid.per_s(name, "digest")),
                shown(grid.gb_per_s(name), "{:.2f}"),
                shown(grid.per_s(name, "items")),
                shown(grid.per_s(name, "fanout")),
                str(grid.errors(name)),
            ]
        )
    return table(
        ["requests/s", "/quote", "/digest", "GB/s", "/items", "/fanout", "errors, all cells"], rows
    )


def latency_table(grid: Figures) -> list[str]:
    def cell(name: str, endpoint: str) -> str:
        found = [grid.latency_ms(name, endpoint, p) for p in ("p50", "p99", "p999")]
        return " / ".join(shown(v, "{:.3g}") for v in found) if found[0] is not None else "–"

    rows = [
        [one.title, *(cell(one.name, endpoint) for endpoint in ENDPOINTS)]
        for one in grid.implementations()
    ]
    return table(["p50 / p99 / p99.9, ms", *(f"/{e}" for e in ENDPOINTS)], rows)


def footprint_table(grid: Figures) -> list[str]:
    rows = []
    for one in grid.implementations():
        name = one.name
        rows.append(
            [
                one.title,
                *(shown(grid.memory_mb(name, "quote", w), "{:.1f}") for w in sections.WHEN),
                shown(grid.memory_mb(name, "digest", "after"), "{:.1f}"),
                shown(grid.cpu_us(name, "quote"), "{:,.0f}"),
                shown(grid.start_ms(name)),
                shown(grid.shipped_mb(name), "{:.1f}"),
            ]
        )
    return table(
        ["", "idle MB", "loaded MB", "after MB", "after /digest MB", "CPU µs a /quote",
         "start ms", "shipped MB"],
        rows,
    )  # fmt: skip


def velocity_table(grid: Figures) -> list[str]:
    rows = []
    for one in grid.implementations():
        lines = grid.cost(one.name, "lines") or {}
        build = grid.cost(one.name, "build") or {}
        edit = grid.cost(one.name, "edit") or {}
        written = shown(lines.get("written"))
        if lines.get("drafted"):
            written += f" + {lines['drafted']} drafted"
        served = shown(edit.get("served_s"), "{:.1f}")
        if edit.get("carved_s") is not None:
            served += f"; carved and proven {edit['carved_s']:.0f}"
        rows.append(
            [
                one.title,
                written,
                shown(grid.cost(one.name, "dependencies")),
                shown(build.get("clean_s"), "{:.1f}"),
                shown(build.get("incremental_s"), "{:.1f}"),
                served,
            ]
        )
    return table(
        ["", "lines", "packages", "clean build s", "after an edit s", "edit to served s"], rows
    )


def connections_table(grid: Figures) -> list[str]:
    def cell(name: str, endpoint: str, connections: int) -> str:
        if CONNECTIONS[endpoint] == connections:
            return shown(grid.per_s(name, endpoint))
        found = grid.swept(name, endpoint, connections)
        if not found:
            return "–"
        lost = sum(found["errors"].values())
        return f"{found['per_s']:,.0f}" + (f" ({lost:,} errors)" if lost else "")

    sizes = (64, 512, 4096)
    rows = [
        [
            one.title,
            *(cell(one.name, "quote", n) for n in sizes),
            *(cell(one.name, "fanout", n) for n in sizes),
        ]
        for one in grid.implementations()
    ]
    head = [f"/quote, {n}" for n in sizes] + [f"/fanout, {n}" for n in sizes]
    return table(["requests/s by connections", *head], rows)


def pauses_table(grid: Figures) -> list[str]:
    rows = []
    for one in grid.implementations():
        found = grid.trees(one.name)
        if not found:
            continue
        runtime, half = found["runtime"], found["half"]
        pauses = runtime.get("pauses_us") or {}
        waits = runtime.get("lock_waits_us") or {}
        rows.append(
            [
                one.title,
                shown(found["saturated"]["per_s"]),
                shown(half["p50_us"] / 1e3, "{:.2f}"),
                shown(half["p99_us"] / 1e3, "{:.2f}"),
                shown(pauses.get("count")),
                shown(pauses.get("p50"), "{:,.0f}"),
                shown(pauses.get("max"), "{:,.0f}"),
                shown(waits.get("p99"), "{:,.0f}"),
                shown(found["loaded_mb"], "{:.0f}"),
            ]
        )
    return table(
        ["allocating", "requests/s", "p50 ms", "p99 ms", "collections' pauses", "p50 µs",
         "longest µs", "lock wait p99 µs", "MB"],
        rows,
    )  # fmt: skip


def aims_table(grid: Figures) -> list[str]:
    rows = []
    for aim in aims(grid):
        sign = "≤" if aim.most else "≥"
        said = {True: "met", False: "**missed**", None: "not measured"}[aim.met]
        rows.append(
            [aim.what, shown(aim.value, "{:.2f}"), f"{sign} {aim.limit:g} {aim.unit}", said]
        )
    return table(["aim", "measured", "aimed at", ""], rows)


# -- the page -------------------------------------------------------------------------------


def rounds(raw: dict[str, Any]) -> str:
    """What a figure is of."""
    number = raw.get("rounds", 1)
    if number == 1:
        return "One round: a difference of some per cent says nothing."
    return f"Medians of {number} rounds; in the plot the lines show between what they lay."


def text(raw: dict[str, Any]) -> str:
    """The page in Markdown."""
    grid = Figures(raw)
    return "\n".join(
        [
            "# Python, Go or Rust?",
            "",
            *sections.opening(grid),
            "## Requests a second",
            "",
            f"At saturation: one core for the server, the load on another. {rounds(raw)}",
            "",
            "![Requests a second at saturation](throughput.svg)",
            "",
            *throughput_table(grid),
            "",
            "## Latency",
            "",
            "Each at half of its own saturation, open-loop: a latency counts from when the request "
            "was due, so a server that stalls can't hide it.",
            "",
            "![Latency at half of saturation](latency.svg)",
            "",
            *latency_table(grid),
            "",
            "## Memory, start and size",
            "",
            "![Memory, start and size](footprint.svg)",
            "",
            *footprint_table(grid),
            "",
            "Memory is that of all the server's processes, on `/quote` unless said otherwise. A "
            "Go or Rust program is all there is to ship (these link the C library, for SQLite); "
            "Python needs its interpreter, the standard library and its packages.",
            "",
            *sections.adjectives(
                grid,
                {
                    "velocity": velocity_table(grid),
                    "connections": connections_table(grid),
                    "pauses": pauses_table(grid),
                },
            ),
            *sections.decision(grid, _crossing()),
            *sections.losses(grid),
            "## What was aimed at",
            "",
            *aims_table(grid),
            "",
            *sections.method(grid),
        ]
    )


def _crossing() -> dict[str, float]:
    """µs of a crossing by placement, from the benches' own results where they are there."""
    found = {}
    places = {
        "inline": ("dispatch", lambda r: r["ten_fields"]["median_ns"]["inline"] / 1e3),
        "worker": ("worker", lambda r: r["thread_p50_us"]),
    }
    for place, (bench, read) in places.items():
        path = REPO / "bench" / "results" / f"{bench}.json"
        try:
            found[place] = float(read(json.loads(path.read_text())))
        except (OSError, KeyError, ValueError, TypeError):
            continue
    return found


def write(raw: dict[str, Any], folder: Path) -> Path:
    """Write page and plots; the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in plots(Figures(raw)).items():
        (folder / name).write_text(svg, encoding="utf-8")
    page = folder / "README.md"
    page.write_text(text(raw).rstrip() + "\n", encoding="utf-8")
    return page


def main() -> int:
    words = sys.argv[1:]
    source = Path(words[0]) if words else HERE / "results" / "full.json"
    folder = Path(words[1]) if len(words) > 1 else REPO / "docs" / "compare"
    if not source.exists():
        print(f"grid: no results at {source}; make grid measures them")
        return 1
    print(write(json.loads(source.read_text()), folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
