"""`carve move OP [shadow | canary N | full | hold] [--auto]`: live traffic over, in guarded steps.

Without a target it takes one step if the evidence allows it, and says what is missing if not. With
`--auto` it goes on to full. Stopping it changes nothing: the stage stays as it is, and the guards
run in the services themselves.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from carveout import settings
from carveout.cli.project import open_its_store
from carveout.cli.signals import number_of
from carveout.cli.streams import write_json
from carveout.diagnostics import CarveError
from carveout.move import controller, guards
from carveout.move.controller import Standing
from carveout.move.stages import LADDER, Decision, Policy, Stage
from carveout.place.inline import expect_whole
from carveout.store import Store

EXAMPLE = """Examples:

  carve move shop.prices:quote shadow

  carve move shop.prices:quote canary 5

  carve move shop.prices:quote --auto

Shadow replays live calls and answers none; in a canary through 25 % every call is compared before
it is answered; --auto goes all the way to full, as the evidence allows.

Exit codes: 0 moved (or at full), 1 error, 3 rolled back, 4 held for lack of evidence, 130 Ctrl-C.
"""


def run(
    operation: str,
    target: str | None = None,
    percent: float | None = None,
    *,
    auto: bool = False,
    placement: str | None = None,
    without_proof: bool = False,
    artifact: str | None = None,
    time_scale: float | None = None,
    ladder: str | None = None,
    timeout_s: float | None = None,
    as_json: bool = False,
) -> int:
    """Carry out `carve move`; returns its exit code. Raises CarveError."""
    config = settings.load()
    policy = Policy(
        ladder=_ladder(ladder),
        alpha=config.alpha,
        time_scale=config.time_scale if time_scale is None else time_scale,
    )
    if placement not in (None, "auto", "inline", "worker"):
        raise CarveError(
            "usage", f"no placement {placement!r}", hint="auto, inline or worker", exit_code=2
        )
    stage = _target(target, percent)
    store = open_its_store(config)
    name = resolve(store, operation)
    if target == "hold":
        controller.hold(store, name)
        held_at = controller.standing(store, name).stage
        return _report(name, store, None, as_json, f"held at {held_at}")
    _expect_whole(store, name, artifact, placement)
    if stage is not None:
        controller.move_to(
            store,
            name,
            stage,
            placement=placement,
            without_proof=without_proof,
            artifact=artifact,
        )
        if not auto:
            return _report(name, store, None, as_json, f"moved to {stage}")
    if not auto:
        decision = controller.step(
            store,
            name,
            policy=policy,
            placement=placement,
            without_proof=without_proof,
            artifact=artifact,
        )
        return _report(name, store, decision, as_json, None)
    return _auto(store, name, policy, placement, without_proof, artifact, timeout_s, as_json)


def register(app: typer.Typer) -> None:
    """Add `carve move` to the command line."""

    @app.command("move", help="Move live traffic to a carving, guarded.", epilog=EXAMPLE)
    def command(
        operation: str = typer.Argument(..., help="package.module:function"),
        target: str = typer.Argument(None, help="shadow, canary, full or hold"),
        percent: float = typer.Argument(None, help="the canary's share of the calls, in percent"),
        auto: bool = typer.Option(False, "--auto", help="Go on to full as the evidence allows."),
        placement: str = typer.Option(
            None, "--placement", help="inline (in the process), worker (beside it), auto."
        ),
        without_proof: bool = typer.Option(
            False, "--without-proof", help="Move a carving that was not proven (recorded)."
        ),
        artifact: str = typer.Option(
            None, "--artifact", help="Hash (or its start) of a carving. Default: the newest."
        ),
        ladder: str = typer.Option(
            None, "--ladder", help="Canary steps in percent, for --auto. Default: 1,5,25,50."
        ),
        time_scale: float = typer.Option(
            None, "--time-scale", help="Multiply the minimum times, never the evidence."
        ),
        fast: bool = typer.Option(False, "--fast", help="The same as --time-scale 0.01."),
        timeout: float = typer.Option(None, "--timeout", help="Stop --auto after S seconds."),
        as_json: bool = typer.Option(False, "--json", help="Print JSON and nothing else."),
    ) -> int:
        return run(
            operation,
            target,
            percent,
            auto=auto,
            placement=placement,
            without_proof=without_proof,
            artifact=artifact,
            time_scale=0.01 if fast else time_scale,
            ladder=ladder,
            timeout_s=timeout,
            as_json=as_json,
        )


def resolve(store: Store, operation: str) -> str:
    """The full name of an operation; the function's name alone is enough where it is unique."""
    names = [row.name for row in store.operations()]
    if operation in names or ":" in operation:
        return operation
    fitting = [name for name in names if name.partition(":")[2] == operation]
    if len(fitting) == 1:
        return fitting[0]
    raise controller.unknown_operation(store, operation)


def _expect_whole(store: Store, name: str, wanted: str | None, placement: str | None) -> None:
    """Raises if the carving that would be moved can't be placed: every service would say so, and
    the move would only look like one."""
    row = store.stage(name)
    made = controller.choose_artifact(store, name, row, wanted)
    same = row.artifact == made.hash and row.placement is not None
    chosen = placement or (row.placement if same else None)
    expect_whole(Path(made.path), name, made.contract_hash, chosen)


def _target(target: str | None, percent: float | None) -> Stage | None:
    if percent is not None and target != "canary":
        raise CarveError("usage", "only a canary has a share", exit_code=2)
    if target in (None, "hold"):
        return None
    if target == "shadow":
        return Stage("shadow")
    if target == "full":
        return Stage("full", 1.0)
    if target == "canary":
        share = (percent if percent is not None else LADDER[0] * 100) / 100
        if not 0 < share < 1:
            raise CarveError(
                "usage",
                f"a canary's share is more than 0 and less than 100 percent, not {percent:g}",
                hint="carve move OP full moves everything",
                exit_code=2,
            )
        return Stage("canary", share)
    raise CarveError(
        "usage",
        f"no stage {target!r}",
        hint="shadow, canary N, full or hold; carve back OP goes back to the reference",
        exit_code=2,
    )


def _ladder(text: str | None) -> tuple[float, ...]:
    if not text:
        return LADDER
    try:
        steps = tuple(float(part) / 100 for part in text.split(","))
    except ValueError:
        steps = ()
    if not steps or list(steps) != sorted(set(steps)) or not all(0 < s < 1 for s in steps):
        raise CarveError(
            "usage",
            f"--ladder {text!r} is not a list of rising percentages",
            hint="for example --ladder 5,25,50",
            exit_code=2,
        )
    return steps


def _auto(
    store: Store,
    name: str,
    policy: Policy,
    placement: str | None,
    without_proof: bool,
    artifact: str | None,
    timeout_s: float | None,
    as_json: bool,
) -> int:
    console = Console()
    history: list[dict[str, Any]] = []
    started = time.time()
    plain = _plain_lines(console, started)

    def remember(here: Standing, decision: Decision) -> None:
        if decision.action != "hold" or here.stage.name == "full":
            history.append(
                {"after_s": round(time.time() - started, 3), "from": str(here.stage)}
                | decision.to_json()
            )

    live: Live | None = None

    def show(here: Standing, decision: Decision) -> None:
        remember(here, decision)
        if live is not None:
            live.update(_view(name, here, decision, started))
        elif not as_json:
            plain(here, decision)

    def go() -> Decision:
        return controller.run_auto(
            store,
            name,
            policy=policy,
            placement=placement,
            without_proof=without_proof,
            artifact=artifact,
            on_decision=show,
            timeout_s=timeout_s,
        )

    try:
        if not as_json and console.is_terminal:
            with Live(console=console, refresh_per_second=4) as live:
                decision = go()
            live = None
        else:
            decision = go()
    except KeyboardInterrupt as stopped:
        number = number_of(stopped)
        raise CarveError(
            "interrupted",
            f"{name} stays at {controller.standing(store, name).stage}",
            cause=f"{signal.Signals(number).name}; its guards go on running in the services",
            hint=f"carve move {name} --auto goes on, carve back {name} goes back",
            exit_code=128 + number,
        ) from stopped
    return _report(name, store, decision, as_json, None, history)


def _plain_lines(console: Console, started: float) -> Callable[[Standing, Decision], None]:
    """A printer of one line for each change, and for a hold every ten seconds."""
    last: list[Any] = ["", 0.0]

    def line(here: Standing, decision: Decision) -> None:
        now = time.time()
        key = f"{here.stage}{decision.action}{decision.guard}"
        if key == last[0] and now - last[1] < 10 and decision.action == "hold":
            return
        last[:] = [key, now]
        text = _sentence(here.stage, decision)
        console.print(f"{now - started:6.1f} s  {text}", highlight=False, soft_wrap=True)

    return line


def _sentence(stage: Stage, decision: Decision) -> str:
    if decision.action == "promote":
        return f"{stage} → {decision.target}: {decision.reason}"
    if decision.action == "rollback":
        return f"{stage}: ROLLED BACK by guard {decision.guard}: {decision.reason}"
    missing = f" (needs {decision.needed})" if decision.needed else ""
    return f"{stage}: hold, {decision.reason}{missing}"


def _view(name: str, here: Standing, decision: Decision, started: float) -> Table:
    evidence = here.evidence
    table = Table(title=f"carve move {name}", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_row("stage", f"{here.stage}, for {evidence.in_stage_s:,.0f} s")
    table.add_row("traffic", f"{evidence.calls_per_s:,.1f} calls/s")
    bound = guards.sameness_bound(evidence.compared)
    table.add_row(
        "compared",
        f"{evidence.compared:,}, {evidence.mismatches:,} different: "
        + ("nothing is known yet" if bound >= 1 else f"at most 1 in {1 / bound:,.0f} differ"),
    )
    table.add_row("declined / unknown", f"{evidence.declined:,} / {evidence.unknown:,}")
    for title, tallies, ratio in (
        ("errors", evidence.errors, guards.ERROR_RATIO),
        ("beyond p99", evidence.slow, guards.SLOW_RATIO),
    ):
        reference = sum(t.reference_events for t in tallies)
        candidate = sum(t.candidate_events for t in tallies)
        alarm = guards.harm(tallies, ratio) / guards.log_threshold()
        table.add_row(
            title,
            f"reference {reference:,}, carving {candidate:,}; "
            f"{max(0.0, alarm) * 100:.0f} % of the way to an alarm",
        )
    table.add_row("next", _sentence(here.stage, decision))
    table.add_row("", f"[dim]{time.time() - started:,.0f} s; Ctrl-C leaves the stage as it is[/]")
    return table


def _report(
    name: str,
    store: Store,
    decision: Decision | None,
    as_json: bool,
    text: str | None,
    history: list[dict[str, Any]] | None = None,
) -> int:
    here = controller.standing(store, name)
    code = 0
    if decision is not None and decision.action == "rollback":
        code = 3
    elif decision is not None and decision.action == "hold" and here.stage.name != "full":
        code = 4
    if as_json:
        write_json(
            {
                "operation": name,
                "stage": here.stage.name,
                "share": here.stage.share,
                "artifact": here.row.artifact if here.row else None,
                "placement": here.row.placement if here.row else None,
                "compared": here.evidence.compared,
                "different": here.evidence.mismatches,
                "at_most": guards.sameness_bound(here.evidence.compared),
                "decision": decision.to_json() if decision else None,
                "history": history or [],
            }
        )
    elif text is not None:
        print(f"{name}: {text}; every running process follows within a second")
    elif decision is not None and history is None:
        origin = here.stage if decision.action != "promote" else "now"
        print(f"{name}: {origin}: {decision.action}", end="")
        print(f" to {decision.target}" if decision.target else "", end="")
        needed = f"\n  needs {decision.needed}" if decision.needed else ""
        print(f": {decision.reason}{needed}")
    else:
        print(f"{name}: at {here.stage}")
    return code
