"""`carve find`: what does this service spend its time on, and is any of it worth carving?

    carve find                              # the operations of the processes running now
    carve find -- uvicorn shop.app:app      # starts it, samples it until it ends or --seconds

Invariant: only processes that have this project's operations, or that this command started, are
looked at; a command that was started is ended again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from carveout import settings
from carveout.cli.project import open_its_store
from carveout.cli.signals import number_of
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError

if TYPE_CHECKING:
    from carveout.find import Advice, Measure
    from carveout.find.sampling import Profile
    from carveout.find.survey import Drafted
    from carveout.settings import Settings
    from carveout.store import OperationRow, ProcessRow, RecordingRow, Store

EXAMPLE = """Examples:

  carve find --seconds 20

  carve find -- uvicorn shop.app:app --port 8000

Send it its usual load meanwhile. Exit codes: 0 advised, 4 nothing to measure.
"""

COLOURS = {"CARVE": "green", "STAY": "dim", "FIX PYTHON FIRST": "yellow", "MEASURE FIRST": "cyan"}
NO_DATA = 4


def run(
    command: list[str],
    *,
    seconds: float = 15.0,
    cost: bool = False,
    draft: bool = True,
    as_json: bool = False,
    console: Console | None = None,
) -> int:
    """Carry out `carve find`; returns its exit code. Raises CarveError."""
    from carveout.find import judge
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
    since = time.time()
    if command:
        profile, problem = sample_command(command, environment, seconds, say)
    else:
        profile, problem = sample_running(store, seconds, say)
    if problem is not None:
        say(f"not sampled: {problem}")
    measures = survey(store, profile, since, draft=drafter(environment) if draft else None, say=say)
    if not measures:
        raise CarveError(
            "nothing-to-measure",
            "no operation is known and no function of yours was seen on the CPU",
            hint="mark the functions you wonder about with @operation, send the service its load, "
            "and run carve find again",
            exit_code=NO_DATA,
        )
    context = context_of(measures, environment, for_cost=cost)
    advised = [(m, judge(m, context)) for m in measures]
    remember(environment, advised)
    if as_json:
        listed = [{**asdict(m), "advice": asdict(a)} for m, a in advised]
        document = {
            "seconds": round(time.time() - since, 1),
            "samples": profile.total if profile else 0,
            "slo": context.slo,
            "slo_breached": context.slo_breached,
            "rows": listed,
        }
        write_json(document)
    else:
        show(console, advised, context.slo, context.slo_breached)
    return 0


def context_of(measures: list[Measure], environment: Settings, *, for_cost: bool) -> Any:
    """What is promised (carve.toml [slo]) and whether an operation alone already breaks it."""
    from carveout.find import Context

    promised = environment.slo_p99_ms
    if not promised:
        return Context(for_cost=for_cost)
    breached = any(m.p99_ns is not None and m.p99_ns > promised * 1e6 for m in measures)
    return Context(f"p99 ≤ {promised:g} ms", breached, for_cost)


def sample_running(
    store: Store, seconds: float, say: Any
) -> tuple[Profile | None, CarveError | None]:
    """Watch the processes that have operations now, for `seconds`."""
    processes = [p for p in store.processes() if p.pid != os.getpid()]
    if not processes:
        raise nothing_running(store.home)
    say(f"watching {len(processes)} process(es) for {seconds:g} s")
    return sample([p.pid for p in top_only(processes)], seconds)


def nothing_running(home: Path) -> CarveError:
    """There is nothing to watch."""
    return CarveError(
        "nothing-running",
        "no running process has operations of this project",
        cause=f"the store is {home}" if home.exists() else f"there is no store yet in {home}",
        hint="start the service (or: carve find -- COMMAND), send it its load, then try again",
        exit_code=NO_DATA,
    )


def top_only(processes: list[ProcessRow]) -> list[ProcessRow]:
    """Without those whose parent is watched as well: py-spy follows children itself."""
    pids = {p.pid for p in processes}
    return [p for p in processes if parent_of(p.pid) not in pids]


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def sample(pids: list[int], seconds: float) -> tuple[Profile | None, CarveError | None]:
    """One profile of several processes; without py-spy the counters alone must do."""
    from carveout.find.sampling import Profile, Sampler, cpu_seconds

    whole = Profile()
    problem: CarveError | None = None
    samplers = []
    began, spent = time.monotonic(), cpu_seconds(pids)
    try:
        samplers = [Sampler(pid, seconds) for pid in pids]
        end = time.monotonic() + seconds
        while time.monotonic() < end and any(alive(pid) for pid in pids):
            time.sleep(0.1)
    except CarveError as error:
        problem = error
        time.sleep(seconds)
    except KeyboardInterrupt as stopped:
        # Ctrl-C ends the watching early, and what was seen is judged; a second one ends it all.
        for sampler in samplers:
            sampler.stop()
        if number_of(stopped) != signal.SIGINT:
            raise
    if any(alive(pid) for pid in pids):
        whole.cpu_per_s = (cpu_seconds(pids) - spent) / (time.monotonic() - began)
    for sampler in samplers:
        try:
            part = sampler.finish()
        except CarveError as error:
            problem = error
            continue
        whole.total += part.total
        whole.functions += part.functions
        whole.stacks += part.stacks
        for key, counts in part.libraries.items():
            held = whole.libraries.get(key)
            whole.libraries[key] = counts if held is None else held + counts
    # The last second's live rows are written by then.
    time.sleep(1.2)
    return (whole if whole.total or whole.cpu_per_s else None), problem


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def sample_command(
    command: list[str], environment: Settings, seconds: float, say: Any
) -> tuple[Profile | None, CarveError | None]:
    """Start a command, watch it, end it if it has not ended by itself."""
    variables = {**os.environ, "CARVEOUT_HOME": str(environment.home)}
    try:
        process = subprocess.Popen(command, env=variables, start_new_session=True)
    except OSError as error:
        raise CarveError(
            "command-not-started",
            f"cannot start {command[0]}",
            cause=error.strerror,
            hint="carve find -- COMMAND takes a command as you would type it",
        ) from error
    say(f"started {command[0]} (process {process.pid}); sampling it for up to {seconds:g} s")
    try:
        return sample([process.pid], seconds)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C first, as its user would; then harder. Only the group that was started here."""
    for number, patience_s in ((signal.SIGINT, 5.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=patience_s)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def drafter(environment: Settings) -> Any:
    """How to find out whether an operation can be drafted; None if the compiler is not here."""
    try:
        import carveout.cut as cut

        cut.draft  # noqa: B018 - an older or partial install has the package without it
    except (ImportError, AttributeError):
        return None
    from carveout.cli.cut import sources
    from carveout.find.survey import Drafted

    def draft(row: OperationRow, recorded: list[RecordingRow]) -> Drafted:
        try:
            cut.draft(
                row.name,
                search_path=sources(environment.root),
                contract_json=json.loads(row.contract_json),
                cache_dir=environment.home / "mypy",
                crates_dir=environment.crates_dir,
            )
        except CarveError as refusal:
            first = refusal.diagnostic
            where = f" (line {first.span.line})" if first.span else ""
            return Drafted(False, f"{first.code}: {first.message}{where}")
        return Drafted(True)

    return draft


def remember(environment: Settings, advised: list[tuple[Measure, Advice]]) -> None:
    """Keep the predictions, so that what happened can stand beside them."""
    kept = [
        {"operation": m.name, "predicted": a.predicted, "low": a.predicted_low, "share": m.share}
        for m, a in advised
        if a.predicted is not None
    ]
    target = environment.home / "predictions.json"
    partial = target.with_suffix(".tmp")
    try:
        partial.write_text(json.dumps({"at": time.time(), "predictions": kept}, indent=1))
        partial.replace(target)
    except OSError:
        partial.unlink(missing_ok=True)


def show(
    console: Console, advised: list[tuple[Measure, Advice]], slo: str | None, breached: bool
) -> None:
    """A ranked table of 80 columns, then what stands behind each verdict."""
    if slo is None:
        console.print("no SLO is declared ([slo] p99_ms in carve.toml); judged as it is")
    else:
        console.print(f"SLO {slo}: {'breached' if breached else 'met'}", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("operation", "CPU", "calls/s", "p50", "p99", "verdict"):
        justify: Any = "left" if name in {"operation", "verdict"} else "right"
        # A name is to be copied: on a narrow terminal it goes on in the next line, whole.
        table.add_column(name, justify=justify, overflow="fold")
    for m, a in advised:
        table.add_row(
            m.name,
            "?" if m.share is None else f"{m.share:.0%}",
            "?" if m.calls_per_s is None else f"{m.calls_per_s:,.0f}",
            duration(m.p50_ns),
            duration(m.p99_ns),
            f"[{COLOURS[a.verdict]}]{a.verdict}[/]",
        )
    console.print(table)
    for m, a in advised:
        console.print(f"\n{m.name}: {a.verdict}", style="bold", highlight=False, markup=False)
        for line in details(m, a):
            console.print(f"  {line}", highlight=False, markup=False)


def details(m: Measure, a: Advice) -> list[str]:
    """What stands behind a verdict, one fact a line."""
    lines = [a.reason]
    if a.predicted is not None and a.speedup is not None:
        source = "assumed" if a.assumed else "measured"
        low = f", at least {a.predicted_low:.2f}×" if a.predicted_low is not None else ""
        lines.append(
            f"predicted end to end {a.predicted:.2f}×{low}"
            f" (own speed-up {a.speedup:.1f}×, {source})"
        )
    if m.inline_ns is not None and m.worker_ns is not None:
        lines.append(
            f"crossing: inline {duration(m.inline_ns)}, worker {duration(m.worker_ns)}; "
            f"payload {m.payload_bytes:,} bytes"
        )
    if m.wait_share is not None:
        lines.append(f"waiting: {m.wait_share:.0%} of a call")
    if m.library is not None and m.library_share >= 0.1:
        lines.append(f"library: {m.library_share:.0%} in {m.library}")
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
        as_json: Annotated[
            bool, typer.Option("--json", help="Print JSON and nothing else.")
        ] = False,
    ) -> int:
        return run(command or [], seconds=seconds, cost=cost, draft=draft, as_json=as_json)
