"""The page's prose: what was measured, what it means, who wins. Figures in, Markdown out.

Sentences that compare are built from the figures, so that they hold whatever was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bench.grid.figures import Figures
from bench.grid.plan import ALL, Implementation

WHEN = ("idle", "loaded", "after")
PLAIN, TUNED, GIN, AXUM = "fastapi-uvicorn", "python-tuned", "go-gin", "rust-axum"
INLINE, THIN, SERVICE = "carve-inline", "carve-thin", "carve-service"
GATEWAY = "carve-gateway"

Read = Callable[[Implementation], float | None]


def times(value: float | None) -> str:
    if value is None:
        return "– ×"
    return f"{value:,.0f} ×" if value >= 10 else f"{value:.2g} ×"


def num(value: float | None, form: str = "{:,.0f}") -> str:
    return "–" if value is None else form.format(value)


def ranked(grid: Figures, read: Read, *, most: bool = True) -> list[tuple[Implementation, float]]:
    """Implementations by a figure, the best first."""
    found = [(one, read(one)) for one in grid.implementations()]
    known = [(one, value) for one, value in found if value is not None]
    return sorted(known, key=lambda pair: pair[1], reverse=most)


def winner(grid: Figures, read: Read, form: str, *, most: bool = True) -> str:
    """ "Rust axum (5,300), then Go Gin (4,200)": the best, and the best of another language."""
    order = ranked(grid, read, most=most)
    if not order:
        return "not measured"
    first, value = order[0]
    said = f"{first.title} ({form.format(value)})"
    other = next(((o, v) for o, v in order if o.language != first.language), None)
    if other is not None:
        said += f", then {other[0].title} ({form.format(other[1])})"
    return said


def by_language(grid: Figures, read: Read, form: str, *, most: bool) -> str:
    """The best of each language: "Go 12.1, Rust 6.3, …"."""
    best: dict[str, float] = {}
    for one, value in ranked(grid, read, most=most):
        best.setdefault(one.language, value)
    return ", ".join(f"{language} {form.format(value)}" for language, value in best.items())


def opening(grid: Figures) -> list[str]:
    wait = grid.ratio(TUNED, PLAIN, "fanout")
    return [
        f"One service, served in {len(grid.implementations())} ways: in Python, in Go, in Rust, "
        "and in Python with its computations carved out. Same bytes, checked before anything was "
        "timed. `make grid` repeats it.",
        *(
            ["", "**A quick run on a busy machine: one short round of each, to look at.**"]
            if grid.raw.get("plan") == "quick"
            else []
        ),
        "",
        "In short, by what was measured:",
        "",
        f"- **The service waits** (`/fanout`): Python of another kind is {times(wait)} the usual "
        f"one; Go is {times(grid.ratio(GIN, PLAIN, 'fanout'))}, Rust "
        f"{times(grid.ratio(AXUM, PLAIN, 'fanout'))}. The language matters by what a connection "
        "costs, not by what is computed; a carving changes nothing.",
        "- **It reads and writes rows** (`/items`): Go is "
        f"{times(grid.ratio(GIN, PLAIN, 'items'))} FastAPI, tuned Python "
        f"{times(grid.ratio(TUNED, PLAIN, 'items'))}, all of it framework. "
        "A carving changes nothing.",
        f"- **It computes** (`/quote`): Go is {times(grid.ratio(GIN, PLAIN, 'quote'))} FastAPI, "
        f"Rust {times(grid.ratio(AXUM, PLAIN, 'quote'))}; the same FastAPI with the computation "
        f"carved {times(grid.ratio(INLINE, PLAIN, 'quote'))}, through a thin endpoint "
        f"{times(grid.ratio(THIN, PLAIN, 'quote'))}, as a service of its own "
        f"{times(grid.ratio(SERVICE, PLAIN, 'quote'))}.",
        f"- **It moves bytes** (`/digest`): Python's own libraries do part of it natively. Go "
        f"is {times(grid.ratio(GIN, PLAIN, 'digest'))} FastAPI, Rust "
        f"{times(grid.ratio(AXUM, PLAIN, 'digest'))}, the carved service "
        f"{times(grid.ratio(SERVICE, PLAIN, 'digest'))}.",
        "",
    ]


def adjectives(grid: Figures, tables: dict[str, list[str]]) -> list[str]:
    """The six words of the debate, each with its figures."""

    def quote(one: Implementation) -> float | None:
        return grid.per_s(one.name, "quote")

    def fanout(one: Implementation) -> float | None:
        return grid.per_s(one.name, "fanout")

    def after(one: Implementation) -> float | None:
        return grid.memory_mb(one.name, "quote", "after")

    def written(one: Implementation) -> float | None:
        lines = grid.cost(one.name, "lines")
        return float(lines["written"]) if lines and one.endpoints == ALL else None

    def served(one: Implementation) -> float | None:
        edit = grid.cost(one.name, "edit") or {}
        return edit.get("served_s")

    def shipped(one: Implementation) -> float | None:
        return grid.shipped_mb(one.name)

    return [
        "## The six words of the debate",
        "",
        "### Execution speed",
        "",
        "*Measured:* requests/s and CPU a request. On `/quote`: "
        f"{winner(grid, quote, '{:,.0f}/s')}. A request costs "
        f"{num(grid.cpu_us(PLAIN, 'quote'))} µs of CPU in FastAPI, "
        f"{num(grid.cpu_us(GIN, 'quote'))} in Gin, {num(grid.cpu_us(AXUM, 'quote'))} in axum, "
        f"{num(grid.cpu_us(INLINE, 'quote'))} carved inline, {num(grid.cpu_us(THIN, 'quote'))} "
        f"through the thin endpoint, {num(grid.cpu_us(SERVICE, 'quote'))} in the carved service.",
        "",
        "*What it means:* the computation decides while it is in Python; once it is not, the web "
        "framework does. Carving without leaving FastAPI gets the first; only a thin endpoint or a "
        "service of its own gets the second.",
        "",
        "### Concurrency",
        "",
        f"*Measured:* `/fanout` at 64, 512 and 4,096 connections. Best at 512: "
        f"{winner(grid, fanout, '{:,.0f}/s')}.",
        "",
        *tables["connections"],
        "",
        "*What it means:* at 64 connections every fan-out is bound by its 10 ms. With thousands, "
        "what a waiting request costs is what counts. The client library decides as much as the "
        "language: all the Python lines use aiohttp; with httpx, tried first, FastAPI answered "
        "fewer than 20 requests a second at 512 connections. The upstreams and the load "
        "share the other core, so the fastest lines are "
        "lower bounds.",
        "",
        "### Memory management",
        "",
        f"*Measured:* resident memory (above): after load, the best of each language, in MB: "
        f"{by_language(grid, after, '{:.1f}', most=False)}. And an allocation-heavy variant: each "
        "request builds a tree of 8,191 nodes and the last eight are kept.",
        "",
        *tables["pauses"],
        "",
        "*What it means:* Go's pauses are short and its collector's cost is CPU, not stalls. "
        "Python's pauses are those of its cycle collector; a thread beside it also waits for the "
        "interpreter's lock, for as long as the switch interval. Rust has neither. A carving's "
        "memory is Rust's, but around it the Python process keeps its own.",
        "",
        "### Binary size",
        "",
        f"*Measured:* what has to be shipped (above), the least of each language, in MB: "
        f"{by_language(grid, shipped, '{:.1f}', most=False)}.",
        "",
        "*What it means:* a carved service ships like any Rust program. A carving inline adds to a "
        "Python image what its two libraries weigh, and takes nothing away.",
        "",
        "### Development velocity",
        "",
        "*Measured:* builds, and the time from a saved edit to the first answer that shows it.",
        "",
        *tables["velocity"],
        "",
        f"*What it means:* from edit to answer, the best of each language, in seconds: "
        f"{by_language(grid, served, '{:.1f}', most=False) or 'not measured'}. "
        "With Carveout the edit is served by "
        "Python as fast as in Python (a carving of the old source steps aside by itself); until a "
        "carving of the new source is drafted, built and proven it takes the longer time in the "
        "table.",
        "",
        "### Learning curve",
        "",
        f"*Measured:* only what can be: lines to write and packages to know. The fewest lines "
        "of each language for all endpoints: "
        f"{by_language(grid, written, '{:,.0f}', most=False)}. How long people "
        "take to learn a language was not measured here, and this page does not guess.",
        "",
        "*What it means:* the Rust and Go services were each written a second time from the Python "
        "one. The carved one was not: both computations were drafted. When first checked, the hand "
        "ports in Go and Rust both split words at other characters than Python does (U+001C to "
        "U+001F); the vectors leave those out. `carve prove` is what finds such things.",
        "",
    ]


def decision(grid: Figures, crossing: dict[str, float]) -> list[str]:
    """The advisor's rules with what was measured behind each threshold."""
    kernel = grid.cpu_us(PLAIN, "quote")
    inline, worker = crossing.get("inline"), crossing.get("worker")
    gain = grid.ratio(INLINE, PLAIN, "quote")
    rows = [
        (
            "no SLO or budget breached",
            "stay",
            f"FastAPI answers {num(grid.per_s(PLAIN, 'items'))} `/items` a second on one core; "
            "many services never get there",
        ),
        (
            "the computation's share f below 0.3",
            "stay",
            "1/(1 − f) is at most 1.43 ×, whatever the language. On `/items` and `/fanout` the "
            f"carved service is {times(grid.ratio(INLINE, PLAIN, 'items'))} and "
            f"{times(grid.ratio(INLINE, PLAIN, 'fanout'))} the plain one",
        ),
        (
            "f from 0.8",
            "strong candidate",
            f"`/quote`: {times(gain)} end to end behind the same FastAPI",
        ),
        (
            "waiting above 70 %",
            "fix Python first",
            f"`/fanout`: another framework is {times(grid.ratio(TUNED, PLAIN, 'fanout'))}, "
            f"Go {times(grid.ratio(GIN, PLAIN, 'fanout'))}",
        ),
        (
            "the time is in a native library, or a better one exists",
            "fix Python first",
            f"tuned Python against FastAPI: `/items` {times(grid.ratio(TUNED, PLAIN, 'items'))}, "
            f"`/digest` {times(grid.ratio(TUNED, PLAIN, 'digest'))}",
        ),
        (
            "kernel below 10 × the inline crossing, 20 × the worker's round trip",
            "carve the loop around it, or stay",
            f"a crossing with ten fields: {num(inline, '{:.2g}')} µs inline, a worker's round "
            "trip "
            f"{num(worker, '{:.2g}')} µs; `/quote` has some {num(kernel)} µs of CPU",
        ),
        (
            "memory budget of 16 MB an instance",
            "Rust (or a carved service)",
            "after `/quote`, in MB: "
            + ", ".join(
                f"{title} {num(grid.memory_mb(name, 'quote', 'after'), '{:.1f}')}"
                for name, title in ((GIN, "Gin"), (AXUM, "axum"), (SERVICE, "carved service"))
            ),
        ),
        (
            "standalone, and waiting on many connections",
            "Go is fine",
            f"`/fanout` with 4,096 connections: Gin {_swept(grid, GIN)}, "
            f"axum {_swept(grid, AXUM)}, FastAPI {_swept(grid, PLAIN)} requests/s",
        ),
        ("data missing", "measure first", "`carve find` on your own service"),
    ]
    return [
        "## What to do when",
        "",
        "The rules of `carve find`, and the figures behind each threshold.",
        "",
        "| measured | do | behind it |",
        "|---|---|---|",
        *(f"| {a} | {b} | {c} |" for a, b, c in rows),
        "",
    ]


def _swept(grid: Figures, name: str) -> str:
    found = grid.swept(name, "fanout", 4096)
    return num(found["per_s"] if found else None)


def losses(grid: Figures) -> list[str]:
    """Where others are better than Carveout, worst first within each kind."""
    said = [
        *_slower(grid, SERVICE, "the carved service"),
        *_slower(grid, GATEWAY, "the carved service behind the gateway"),
        *_slower(grid, THIN, "the thin endpoint"),
        *_slower(grid, INLINE, "FastAPI carved inline"),
    ]
    carved = (grid.cost(INLINE, "edit") or {}).get("carved_s")
    go_edit = (grid.cost(GIN, "edit") or {}).get("served_s")
    if carved and go_edit and carved > go_edit:
        said.append(
            f"An edit is served by a proven carving after {carved:.0f} s; Gin serves its own after "
            f"{go_edit:.1f} s. Until then Python answers."
        )
    mine, its = grid.memory_mb(INLINE, "quote", "after"), grid.memory_mb(PLAIN, "quote", "after")
    if mine and its and mine > its:
        said.append(f"Carved inline takes {mine - its:.0f} MB more than FastAPI alone.")
    start, plain = grid.start_ms(INLINE), grid.start_ms(GIN)
    if start and plain and start > plain:
        said.append(
            f"FastAPI with carvings starts like FastAPI: {start:.0f} ms against Gin's {plain:.0f}."
        )
    said.append(
        "`/items` and `/fanout` have nothing to carve. Who needs those faster needs another "
        "framework or another language, not Carveout."
    )
    return ["## Where Carveout loses", "", *(f"- {line}" for line in said), ""]


def _slower(grid: Figures, name: str, title: str) -> Iterable[str]:
    for endpoint in ("quote", "digest"):
        behind = [
            (other.title, ratio)
            for other in grid.implementations(endpoint)
            if other.language in ("Go", "Rust")
            and (ratio := grid.ratio(name, other.name, endpoint)) is not None
            and ratio < 1.0
        ]
        if behind:
            listed = ", ".join(f"{ratio:.2f} of {other}" for other, ratio in behind)
            yield f"On `/{endpoint}` {title} has {listed} in requests/s."


def method(grid: Figures) -> list[str]:
    raw = grid.raw
    machine, versions, watch = (raw.get(k) or {} for k in ("machine", "versions", "watch"))
    listed = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    noise = watch.get("others_share")
    quiet = (
        "other programs' share of the machine was not recorded"
        if noise is None
        else f"other programs took {noise:.0%} of the machine, the hypervisor "
        f"{watch.get('steal_share') or 0:.0%}"
    )
    return [
        "## How it was measured",
        "",
        f"- {raw.get('date', 'undated')}, {machine.get('cores', '?')} cores of "
        f"{machine.get('cpu', 'an unknown CPU')}, {machine.get('system', '')}; {quiet}"
        + ("." if watch.get("quiet") else ": **not a quiet machine; compare, don't quote.**"),
        f"- Versions: {listed}.",
        "- The server on one core, the load on the other, loopback between them: figures are a "
        "core's, not a machine's. One worker process each; the gateway and the service behind it "
        "share the core and speak over a Unix socket.",
        "- Every implementation answers the same vectors, byte for byte, before it is timed "
        "([OpenAPI](../../bench/grid/spec/openapi.json), "
        "[vectors](../../bench/grid/spec/vectors.json)); each trial starts a fresh server.",
        "- Saturation by wrk with 64 connections (512 for `/fanout`). wrk waits for each answer, "
        "so its latencies hide stalls and are not used. Latency by an open-loop client of our own "
        "(`bench/grid/pace`) at a fixed rate.",
        "- Production settings: uvicorn with uvloop and httptools, granian with uvloop, one "
        "worker; under the thin endpoint uvicorn's protocol is Carveout's "
        "([Without ASGI](../serve.md#without-asgi)); Go with its collector as it comes, Gin in "
        "release mode; Rust with thin LTO. No access logs. SQLite with a write-ahead log. Python "
        "is a distribution's where there is one of this minor version: those are built with "
        "profiles.",
        "- The carvings are made by `carve cut`, proven by `carve prove` over 46,050 generated "
        "calls and the recorded ones, and moved to full with Carveout's defaults: a sentinel of "
        "1 % and recording stay on.",
        *(f"- {note}" for note in raw.get("notes", ())),
        "- What a single machine can't say: networks, many cores, long days. And the author of one "
        "of the contestants wrote all of them.",
        "- Raw results: [bench/grid/results](../../bench/grid/results). Again: `make grid`, or "
        "`make grid QUICK=1` for a look.",
        "",
    ]
