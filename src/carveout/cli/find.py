"""`carve find`: what does this service spend its time on, and is any of it worth carving?

    carve find                              # the operations of the processes running now
    carve find -- uvicorn shop.app:app      # starts it, samples it until it ends or --seconds

watching.py looks at the processes, drafting.py asks the compiler, `carveout.find` judges; here it
is put together and printed.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from carveout import settings
from carveout.cli.project import open_its_store
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.cli.drafting import Drafts
    from carveout.cli.watching import Watched
    from carveout.find import Advice, Context, Measure
    from carveout.find.calibration import Book
    from carveout.settings import Settings
    from carveout.store import Store

EXAMPLE = """Examples:

  carve find --seconds 20

  carve find -- uvicorn shop.app:app --port 8000

Send it its usual load meanwhile. Exit codes: 0 advised, 4 nothing to measure.
"""

COLOURS = {"CARVE": "green", "STAY": "dim", "FIX PYTHON FIRST": "yellow", "MEASURE FIRST": "cyan"}
NO_DATA = 4

Advised = list[tuple["Measure", "Advice"]]


def run(
    command: list[str],
    *,
    seconds: float = 15.0,
    cost: bool = False,
    draft: bool = True,
    build: bool = True,
    native: bool = False,
    as_json: bool = False,
    console: Console | None = None,
) -> int:
    """Carry out `carve find`; returns its exit code. Raises CarveError."""
    from carveout.cli.watching import nothing_running, watch_command, watch_running
    from carveout.find.calibration import Book
    from carveout.find.survey import survey

    console = console or Console(stderr=as_json)

    def say(text: str) -> None:
        if not as_json:
            console.print(text, style="dim", highlight=False, markup=False, soft_wrap=True)

    environment = settings.load()
    try:
        store = open_its_store(environment, create=bool(command))
    except CarveError as error:
        if error.code != "store-missing":
            raise
        raise nothing_running(environment.home) from None
    if command:
        seen = watch_command(command, environment, store, seconds, say)
    else:
        seen = watch_running(store, seconds, say, native=native)
    # From here on operations are imported and called here; that is nobody's traffic.
    os.environ["CARVEOUT"] = "off"
    store.purge(environment.retention_days)
    if seen.problem is not None:
        problem = seen.problem.diagnostic
        say(f"not sampled: {problem.message}")
        if problem.hint:
            say(f"  hint: {problem.hint}")
    drafts = drafter(environment, store, say) if draft else None
    measures = survey(
        store,
        seen.profile,
        seen.since,
        until=seen.until,
        native=seen.native,
        draft=drafts.draft if drafts is not None else None,
        say=say,
    )
    if not measures:
        raise nothing_to_measure(seen, command)
    book = Book.read(environment.home)
    measures = [calibrated(m, seen, store, book) for m in measures]
    context = context_of(measures, environment, seen, for_cost=cost)
    advised = advise(measures, context, store, drafts if build else None)
    remember(book, advised, seen, environment)
    if as_json:
        write_json(document(advised, context, seen, book))
    else:
        show(console, advised, context, seen, book)
    return 0


def nothing_to_measure(seen: Watched, command: list[str]) -> CarveError:
    """No operation is known and nothing was seen."""
    ended = f"{command[0]} ended with exit code {seen.exit_code}" if seen.exit_code else None
    return CarveError(
        "nothing-to-measure",
        "no operation is known and no function of yours was seen on the CPU",
        cause=ended,
        hint="mark the functions you wonder about with @operation, send the service its load, "
        "and run carve find again",
        exit_code=NO_DATA,
    )


def context_of(
    measures: list[Measure], environment: Settings, seen: Watched, *, for_cost: bool
) -> Context:
    """What is promised (carve.toml [slo]), and whether an operation alone already breaks it."""
    from carveout.find import Context

    promised, budget = environment.slo_p99_ms, environment.slo_memory_mb
    stated = []
    if promised:
        stated.append(f"p99 ≤ {promised:g} ms")
    if budget:
        stated.append(f"memory ≤ {budget:g} MB")
    breached = bool(promised) and any(
        m.p99_ns is not None and m.p99_ns > promised * 1e6 for m in measures
    )
    return Context(
        slo=", ".join(stated) or None,
        slo_breached=breached,
        for_cost=for_cost,
        slo_p99_ns=promised * 1e6 or None,
        memory_mb=seen.memory_mb,
        memory_budget_mb=budget or None,
        standalone=environment.placement == "worker",
    )


def advise(
    measures: list[Measure], context: Context, store: Store, drafts: Drafts | None
) -> Advised:
    """Judge each; what would be worth carving is drafted, measured and judged again."""
    from carveout.find import judge

    advised: Advised = []
    for m in measures:
        advice = judge(m, context)
        if advice.verdict == "CARVE" and m.draftable and m.speedup is None and drafts is not None:
            row = store.operation(m.name)
            recorded = store.recordings(m.name, "uniform", limit=500)
            found = drafts.speedup(row, recorded) if row is not None else None
            if found is not None:
                m = replace(m, speedup=found.value, speedup_low=found.low)
                # The draft was called with Python objects: crossing is in its time already.
                advice = judge(replace(m, inline_ns=0.0), context)
        advised.append((m, advice))
    return advised


def calibrated(m: Measure, seen: Watched, store: Store, book: Book) -> Measure:
    """At full: what was predicted beside what is measured now."""
    if m.stage != "full" or m.calls_per_s is None:
        return m
    from carveout.find.accounting import account

    rows = store.live(m.name, since=seen.since)
    cost = account(rows).get(m.name)
    artifact = store.stage(m.name).artifact
    if cost is None or artifact is None or cost.carved < 0.9 * cost.calls:
        return m
    outcome = book.measure(
        m.name,
        artifact,
        cpu_ms_a_call=cpu_ms_a_call(m, seen),
        mean_ns=cost.carved_ns / cost.carved if cost.carved else None,
    )
    return replace(m, calibration=str(outcome)) if outcome is not None else m


def cpu_ms_a_call(m: Measure, seen: Watched) -> float | None:
    """CPU time the whole service spends for each call of the operation, in ms."""
    spent = seen.profile.cpu_per_s if seen.profile is not None else None
    if not spent or not m.calls_per_s:
        return None
    return 1000 * spent / m.calls_per_s


def drafter(environment: Settings, store: Store, say: Any) -> Drafts | None:
    """Who can say whether an operation can be drafted; None if the compiler is not here."""
    from carveout import cut

    if cut.missing():
        return None
    from carveout.cli.drafting import Drafts

    return Drafts(environment, store, say)


def remember(book: Book, advised: Advised, seen: Watched, environment: Settings) -> None:
    """Keep the predictions, so that what happens can stand beside them."""
    from carveout.find.calibration import Prediction

    for m, a in advised:
        spent = cpu_ms_a_call(m, seen)
        if a.predicted is None or a.predicted_low is None or m.share is None or spent is None:
            continue
        book.predict(
            m.name,
            Prediction(
                at=time.time(),
                predicted=a.predicted,
                low=a.predicted_low,
                share=m.share,
                speedup=a.speedup or 1.0,
                assumed=a.assumed,
                cpu_ms_a_call=spent,
                mean_ns=m.mean_ns,
            ),
        )
    book.write(environment.home)


def document(advised: Advised, context: Context, seen: Watched, book: Book) -> dict[str, Any]:
    """For --json; docs/find.md has its fields."""
    rows = []
    for m, a in advised:
        row = {**asdict(m), "advice": asdict(a)}
        rows.append({key: _finite(value) for key, value in row.items()})
    profile = seen.profile
    return {
        "seconds": round((seen.until or time.time()) - seen.since, 1),
        "processes": seen.processes,
        "samples": profile.total if profile else 0,
        "cpu_per_second": profile.cpu_per_s if profile else None,
        "interpreter_busy": profile.interpreter_busy if profile else None,
        "memory_mb": seen.memory_mb,
        "slo": context.slo,
        "slo_breached": context.slo_breached,
        "over_budget": context.over_budget,
        "calibration_error": book.calibration,
        "problem": seen.problem.diagnostic.to_json() if seen.problem else None,
        "rows": rows,
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def show(console: Console, advised: Advised, context: Context, seen: Watched, book: Book) -> None:
    """A ranked table of 80 columns, then what stands behind each verdict; plain lines if piped."""

    def say(text: str, style: str | None = None) -> None:
        console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)

    if context.slo is None:
        say("no SLO is declared ([slo] p99_ms in carve.toml); judged as it is")
    else:
        say(f"SLO {context.slo}: {'breached' if context.breached else 'met'}")
    if seen.memory_mb:
        say(f"memory: {seen.memory_mb:.0f} MB in the largest process")
    called = [(m, a) for m, a in advised if m.calls != 0]
    if console.is_terminal:
        console.print(_table(called))
    else:
        for m, a in called:
            say("  ".join([*_cells(m), a.verdict]))
    for m, a in called:
        say(f"\n{m.name}: {a.verdict}", "bold")
        for line in details(m, a):
            say(f"  {line}")
    idle = [m.name for m, _ in advised if m.calls == 0]
    if idle:
        say(f"\nnot called: {', '.join(idle)}")
    if book.calibration is not None:
        say(f"\npredictions so far were {book.calibration:+.0%} off what was measured at full")


def _cells(m: Measure) -> list[str]:
    return [
        m.name,
        "?" if m.share is None else f"{m.share:.0%}",
        "?" if m.calls_per_s is None else f"{m.calls_per_s:,.0f}/s",
        duration(m.p50_ns),
        duration(m.p99_ns),
    ]


def _table(advised: Advised) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("operation", "CPU", "calls/s", "p50", "p99", "verdict"):
        justify: Any = "left" if name in {"operation", "verdict"} else "right"
        # A name is to be copied: on a narrow terminal it goes on in the next line, whole.
        table.add_column(name, justify=justify, overflow="fold")
    for m, a in advised:
        named, part, rate, *times = _cells(m)
        verdict = f"[{COLOURS[a.verdict]}]{a.verdict}[/]"
        table.add_row(named, part, rate.removesuffix("/s"), *times, verdict)
    return table


def details(m: Measure, a: Advice) -> list[str]:
    """What stands behind a verdict, one fact a line."""
    lines = [a.reason, *a.notes]
    if a.predicted is not None and a.speedup is not None:
        source = "assumed" if a.assumed else "measured"
        low = f", at least {a.predicted_low:.2f}×" if a.predicted_low is not None else ""
        lines.append(
            f"predicted end to end {a.predicted:.2f}×{low}"
            f" (own speed-up {a.speedup:.1f}×, {source})"
        )
    if m.share is not None and m.samples:
        least, most = m.interval
        own = f", {m.share * m.own_part:.0%} without {m.inner}" if m.inner else ""
        lines.append(f"CPU: {least:.0%} to {most:.0%} at 95 %{own}")
    if m.inline_ns is not None and m.payload_bytes is not None:
        lines.append(
            f"crossing: inline {duration(m.inline_ns)}, worker {duration(m.worker_ns)}; "
            f"payload {m.payload_bytes:,} bytes"
        )
    if m.wait_share is not None:
        lines.append(f"waiting: {m.wait_share:.0%} of a call")
    if m.library is not None and m.library_share >= 0.1:
        lines.append(f"library: {m.library_share:.0%} in {m.library}")
    if m.native is not None and m.native_share >= 0.1:
        lines.append(f"native code: {m.native_share:.0%} in {m.native}")
    if m.draftable is True:
        lines.append("draftable: yes")
    elif m.refusal is not None:
        lines.append(f"draftable: no, {m.refusal}")
    return lines


def duration(ns: float | None) -> str:
    """Nanoseconds as people read them."""
    if ns is None:
        return "?"
    for limit, divisor, unit in ((1e3, 1, "ns"), (1e6, 1e3, "µs"), (1e9, 1e6, "ms")):
        if ns < limit:
            return f"{ns / divisor:.3g} {unit}"
    return f"{ns / 1e9:.3g} s"


def register(app: typer.Typer) -> None:
    """Add `carve find` to the command line."""

    @app.command(
        "find",
        help="Measure a running service and rank what is worth carving. Often nothing is.",
        epilog=EXAMPLE,
    )
    def command(
        command: Annotated[
            list[str] | None, typer.Argument(help="after --: a command to start and watch")
        ] = None,
        seconds: Annotated[float, typer.Option(help="how long to watch", min=1)] = 15.0,
        cost: Annotated[
            bool, typer.Option("--cost", help="judge for cost, also where the SLO is met")
        ] = False,
        draft: Annotated[
            bool, typer.Option("--draft/--no-draft", help="ask the compiler what it can draft")
        ] = True,
        build: Annotated[
            bool,
            typer.Option("--build/--no-build", help="build what looks worth it, and measure it"),
        ] = True,
        native: Annotated[
            bool,
            typer.Option("--native", help="see machine code too: stops a running app for moments"),
        ] = False,
        as_json: Annotated[
            bool, typer.Option("--json", help="Print JSON and nothing else.")
        ] = False,
    ) -> int:
        return run(
            command or [],
            seconds=seconds,
            cost=cost,
            draft=draft,
            build=build,
            native=native,
            as_json=as_json,
        )
