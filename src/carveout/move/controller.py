"""Acts on the store what `stages` decides: one step, or all of them while traffic runs.

    decision = step(store, "shop.prices:quote", policy=Policy())       # one decision, carried out
    run_auto(store, "shop.prices:quote", on_decision=print)            # until full or rolled back

Processes that serve the operation read the store (`serve.agent`); nothing here talks to them.

Invariants: all state is in the store, so a controller may be killed at any time and another may
go on; every change of stage writes a note; a rollback is latched per artifact: the same artifact
is never moved again; the guards are asked before every move, also before one by hand; a decision
made on a stage that somebody changed meanwhile is not carried out; evidence counts only under the
circumstances (reference, rules, wire, Python, platform) that it was gathered under.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from carveout.contract.circumstances import Circumstances
from carveout.diagnostics import CarveError
from carveout.move import latency
from carveout.move.guards import (
    CHECKED_SHARE,
    TAU_QUANTILE,
    Tally,
    calls_for_bound,
    is_checked,
)
from carveout.move.stages import (
    Decision,
    Evidence,
    Policy,
    Stage,
    check,
    compared_needed,
    decide,
)

if TYPE_CHECKING:
    from carveout.store import ArtifactRow, EvidenceRow, OperationRow, StageRow, Store

TAU_WINDOW_S = 600.0
TAU_ENOUGH = 1_000
TAU_CALLS = 200
"""A p99 of fewer calls than this is the second slowest of them, and means nothing."""
RATE_WINDOW_S = 5.0
HOLD = "hold"
"""`StageRow.by` after `carve move OP hold`: automatic promotion stops, the guards go on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An operation's stage with all that was gathered to decide about it."""

    operation: str
    stage: Stage
    evidence: Evidence
    row: StageRow | None

    @property
    def held(self) -> bool:
        return self.row is not None and self.row.by == HOLD


def standing(store: Store, operation: str, *, now: float | None = None) -> Standing:
    """Read the stage and the evidence on its artifact."""
    now = time.time() if now is None else now
    row = store.stage(operation)
    if row is None:
        return Standing(operation, Stage("reference"), Evidence(), None)
    stage = _stage(row)
    if row.artifact is None:
        return Standing(operation, stage, Evidence(), row)
    errors: list[Tally] = []
    slow: list[Tally] = []
    paired = [0, 0]
    step_calls = 0
    for event in store.events(operation, row.artifact):
        if event.guard == "paired":
            paired[0] += event.reference_x
            paired[1] += event.candidate_x
            continue
        tally = Tally(event.share, event.reference_x, event.candidate_x)
        (errors if event.guard == "error" else slow).append(tally)
        if event.guard == "error" and abs(event.share - row.share) < 1e-9:
            step_calls += event.candidate_n
    compared = store.comparisons(operation, row.artifact)
    evidence = Evidence(
        compared=compared.same + compared.different if compared else 0,
        mismatches=compared.different if compared else 0,
        noisy=compared.noisy if compared else 0,
        unknown=compared.unknown if compared else 0,
        declined=compared.declined if compared else 0,
        errors=tuple(errors),
        slow=tuple(slow),
        paired=Tally(0.5, paired[0], paired[1]),
        step_calls=step_calls,
        in_stage_s=max(0.0, now - row.changed_at),
        calls_per_s=calls_per_s(store, operation, now),
        tau_known=bool(row.tau_ns),
    )
    return Standing(operation, stage, evidence, row)


def step(
    store: Store,
    operation: str,
    *,
    policy: Policy | None = None,
    placement: str | None = None,
    without_proof: bool = False,
    artifact: str | None = None,
    by: str = "carve move",
    now: float | None = None,
) -> Decision:
    """Decide once and carry it out: promote a step, roll back, or hold.

    `artifact` (a hash or its start) is the carving to move instead of the one on its way, or of
    the newest.

    Raises CarveError: operation-unknown, no-artifact, not-proven, rolled-back, and the store's.
    """
    policy = policy or Policy()
    now = time.time() if now is None else now
    here = standing(store, operation, now=now)
    chosen = choose_artifact(store, operation, here.row, artifact) if artifact else None
    moving = here.row.artifact if here.row is not None and here.stage.moved else None
    if chosen is not None and moving is not None and chosen.hash != moving:
        # Another carving than the one on its way: its own way starts at the beginning.
        here = replace(here, stage=Stage("reference"), evidence=Evidence())
    if here.stage.name == "rolled-back":
        if chosen is None:
            _require_new_artifact(store, operation)
        here = replace(here, stage=Stage("reference"), evidence=Evidence())
    try:
        gone = void_if_changed(store, here)
        if gone is not None:
            return gone
        decision = decide(here.stage, here.evidence, policy)
        if decision.action == "rollback":
            roll_back(store, here, decision)
        elif decision.action == "promote" and decision.target is not None:
            move_to(
                store,
                operation,
                decision.target,
                placement=placement,
                without_proof=without_proof,
                artifact=artifact,
                by=by,
                reason=decision.reason,
                now=now,
                expect_epoch=here.row.epoch if here.row is not None else 0,
            )
        elif here.stage.name == "shadow" and here.row is not None and not here.row.tau_ns:
            # The p99 was not known when the shadow began; freeze it as soon as it is.
            tau = reference_p99_ns(store, operation, now)
            if tau:
                _rewrite(store, here.row, by=by, tau_ns=tau)
    except CarveError as error:
        if error.code != "stage-changed":
            raise
        return Decision("hold", f"not carried out: {error.diagnostic.cause} meanwhile")
    return decision


def void_if_changed(store: Store, here: Standing) -> Decision | None:
    """Send an operation back whose reference, rules, Python or platform are no longer those it was
    moved under: what is known of its carving was found out about another function.

    Raises CarveError "stage-changed" if somebody was faster.
    """
    row = here.row
    if row is None or row.artifact is None or not here.stage.moved or not row.about:
        return None
    known = store.operation(here.operation)
    now = circumstances_of_row(known) if known is not None else None
    if now is None or now.key == row.about:
        return None
    return void(store, row, f"{here.stage} of {row.artifact[:12]} was for another reference")


def void(store: Store, row: StageRow, why: str) -> Decision:
    """Back to the reference, with the live evidence forgotten; the carving may start again."""
    store.void(row.op, row.artifact or "", "evidence void", row.epoch)
    reason = (
        f"{why}: evidence void, the reference answers everything; carve prove {row.op}, "
        "then carve move again"
    )
    store.note(row.op, "void", reason)
    return Decision("hold", reason, guard="A")


def circumstances_of_row(row: OperationRow) -> Circumstances | None:
    """What the operation's latest process declared; None if it did not say all of it."""
    said = (row.reference_hash, row.rules_hash, row.wire, row.python, row.platform)
    return Circumstances(*said) if all(said) else None


def guard(store: Store, operation: str, *, alpha: float | None = None) -> Decision | None:
    """Rule G: run the guards alone, whatever the stage; carries out a rollback.

    Returns the rollback, or None while nothing speaks against the carving. Cheap enough for every
    process to call it each second.
    """
    here = standing(store, operation)
    if not here.stage.moved:
        return None
    alarm = check(here.stage, here.evidence, alpha if alpha is not None else Policy().alpha)
    if alarm is not None:
        roll_back(store, here, alarm)
    return alarm


def move_to(
    store: Store,
    operation: str,
    target: Stage,
    *,
    placement: str | None = None,
    without_proof: bool = False,
    artifact: str | None = None,
    by: str = "carve move",
    reason: str = "by hand",
    now: float | None = None,
    expect_epoch: int | None = None,
) -> StageRow:
    """Set the stage, after the guards agreed and the artifact was found proven.

    A canary or full needs `carve prove`'s evidence for this artifact and this reference, unless
    `without_proof`, which is written into the notes. Without proof, and until live traffic has
    shown as much (`compared_needed`), it goes no further than a canary whose every call the
    reference answers.

    Raises as `step`, and "stage-changed" if somebody moved it since `expect_epoch` (default: now).
    """
    now = time.time() if now is None else now
    if target.name == "reference":
        return go_back(store, operation, reason, by=by)
    row = store.stage(operation)
    made = choose_artifact(store, operation, row, artifact)
    same_artifact = row is not None and row.artifact == made.hash
    if same_artifact:
        alarm = guard(store, operation)
        if alarm is not None:
            raise CarveError(
                "rolled-back",
                f"{operation} was rolled back instead of moved: {alarm.reason}",
                hint="carve status shows the difference; cut or edit, build and prove a new "
                "carving, then carve move again",
                exit_code=3,
            )
    if target.name in ("canary", "full") and not is_proven(store, operation, made):
        _without_proof(store, operation, made, target, without_proof)
        store.note(operation, "without-proof", f"{by}: {target} without proof")
    keep = row if same_artifact else None
    chosen = placement or (keep.placement if keep is not None else None) or "auto"
    tau = keep.tau_ns if keep is not None else None
    if not (keep is not None and keep.stage in ("canary", "full")):
        tau = reference_p99_ns(store, operation, now) or tau
    known = store.operation(operation)
    about = circumstances_of_row(known) if known is not None else None
    share = 1.0 if target.name == "full" else target.share if target.name == "canary" else 0.0
    written = store.set_stage(
        operation,
        target.name,
        share,
        made.hash,
        chosen,
        by,
        tau_ns=tau,
        about=about.key if about is not None else "",
        expect_epoch=row.epoch if expect_epoch is None else expect_epoch,
    )
    store.note(operation, "moved", f"{target} of {made.hash[:12]} ({chosen}): {reason}")
    return written


def _without_proof(
    store: Store, operation: str, made: ArtifactRow, target: Stage, wanted: bool
) -> None:
    """Raises "not-proven" unless this carving may go to `target` all the same."""
    if not wanted:
        limited = target.name != "canary" or target.share > CHECKED_SHARE
        shown = Stage("canary", CHECKED_SHARE) if limited else target
        raise CarveError(
            "not-proven",
            f"{operation}: carving {made.hash[:12]} has no evidence that holds for the "
            "reference as it is now",
            hint=f"carve prove {operation}, or carve move {operation} {_words(shown)} "
            "--without-proof (recorded)",
        )
    if is_checked(target.name, target.share):
        return
    counts = store.comparisons(operation, made.hash)
    compared = counts.same if counts is not None else 0
    needed = compared_needed(target, Policy())
    if compared < needed:
        raise CarveError(
            "not-proven",
            f"{operation}: carving {made.hash[:12]} is not proven and live traffic has not shown "
            f"enough for {target}",
            cause=f"{compared:,} of {needed:,} compared calls",
            hint=f"carve prove {operation}, or let it gather them in a canary of at most "
            f"{CHECKED_SHARE * 100:g} %, where the reference answers every caller",
        )


def _words(stage: Stage) -> str:
    """A stage as `carve move` takes it."""
    return f"canary {stage.share * 100:g}" if stage.name == "canary" else stage.name


def hold(store: Store, operation: str) -> StageRow:
    """Keep the stage and stop automatic promotion; the guards go on."""
    row = store.stage(operation)
    if row is None or row.stage not in ("shadow", "canary", "full"):
        raise CarveError(
            "nothing-to-hold",
            f"{operation} has no carving on live traffic",
            hint=f"carve move {operation} shadow starts one",
        )
    written = _rewrite(store, row, by=HOLD)
    store.note(operation, "held", f"held at {_stage(row)}")
    return written


def go_back(store: Store, operation: str, reason: str, *, by: str = "carve back") -> StageRow:
    """All traffic to the reference, at once. Needs nothing: no artifact, no build, no evidence."""
    row = store.stage(operation)
    if row.epoch == 0 and store.operation(operation) is None:
        raise unknown_operation(store, operation)
    artifact = row.artifact if row is not None else None
    placement = row.placement if row is not None else None
    written = store.set_stage(operation, "reference", 0.0, artifact, placement, by)
    store.note(operation, "back", f"reference answers everything: {reason}")
    return written


def roll_back(store: Store, here: Standing, decision: Decision) -> bool:
    """Latch a rollback of the standing's artifact; True for the first to do so."""
    if here.row is None or here.row.artifact is None:
        return False
    first = store.latch_rollback(
        here.operation, here.row.artifact, decision.guard or "?", decision.reason
    )
    if first:
        store.note(
            here.operation, "rolled-back", f"guard {decision.guard} at {here.stage}: "
            f"{decision.reason}"
        )  # fmt: skip
    return first


def run_auto(
    store: Store,
    operation: str,
    *,
    policy: Policy | None = None,
    placement: str | None = None,
    without_proof: bool = False,
    artifact: str | None = None,
    on_decision: Callable[[Standing, Decision], None] | None = None,
    interval_s: float = 0.5,
    timeout_s: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Decision:
    """Step until the operation is at full, rolled back, held or moved by somebody else.

    Returns the last decision. Stopping it (Ctrl-C) leaves the stage as it is; started again, it
    goes on from there. `on_decision` sees every decision with the standing it was made for.
    """
    policy = policy or Policy()
    started = clock()
    row = store.stage(operation)
    if row is not None and row.by == HOLD:
        # Asking for --auto ends a hold.
        row = _rewrite(store, row, by="carve move")
    epoch = row.epoch if row is not None else 0
    locked_until: float | None = None
    while True:
        try:
            here = standing(store, operation, now=clock())
            if here.row is not None and here.row.epoch != epoch:
                # Not our doing: a guard in a service, a person, or another controller.
                decision = _interrupted(store, here)
                if on_decision is not None:
                    on_decision(here, decision)
                return decision
            decision = step(
                store,
                operation,
                policy=policy,
                placement=placement,
                without_proof=without_proof,
                artifact=artifact,
                now=clock(),
            )
            after = store.stage(operation)
            epoch = after.epoch if after is not None else 0
            locked_until = None
        except CarveError as error:
            # Another writer holds the store: wait, but not for ever.
            if error.code != "store-locked":
                raise
            locked_until = locked_until or clock() + 30.0
            if clock() > locked_until:
                raise
            sleep(interval_s)
            continue
        if on_decision is not None:
            on_decision(here, decision)
        if decision.action == "rollback" or here.stage.name == "full":
            return decision
        if timeout_s is not None and clock() - started >= timeout_s:
            return decision
        if decision.action == "hold":
            sleep(interval_s)


def choose_artifact(
    store: Store, operation: str, row: StageRow | None = None, wanted: str | None = None
) -> ArtifactRow:
    """The artifact to move: the wanted one (a hash or its start), else the one on the way if there
    is one, else the newest that fits.

    Raises CarveError: operation-unknown, no-artifact, rolled-back.
    """
    known = store.operation(operation)
    fitting = [
        a
        for a in store.artifacts(operation)
        if known is None or a.contract_hash == known.contract_hash
    ]
    fitting.sort(key=lambda a: a.built_at, reverse=True)
    if (
        wanted is None
        and row is not None
        and row.artifact
        and row.stage in ("shadow", "canary", "full")
    ):
        for artifact in fitting:
            if artifact.hash == row.artifact:
                return artifact
    if not fitting:
        if known is None:
            raise unknown_operation(store, operation)
        raise CarveError(
            "no-artifact",
            f"{operation} has no carving of its present contract",
            hint=f"carve cut {operation} drafts and builds one",
        )
    named = [a for a in fitting if a.hash.startswith(wanted)] if wanted else fitting[:1]
    if len(named) != 1:
        known_hashes = ", ".join(a.hash[:12] for a in fitting)
        raise CarveError(
            "no-artifact",
            f"{operation} has {'no carving' if not named else 'several carvings'} {wanted}",
            cause=f"of its present contract there are: {known_hashes}",
            hint="carve status shows the carvings",
        )
    newest = named[0]
    latched = store.rollback(operation, newest.hash)
    if latched is not None:
        raise CarveError(
            "rolled-back",
            f"carving {newest.hash[:12]} of {operation} was rolled back and stays so",
            cause=f"guard {latched.guard}: {latched.reason}",
            hint=f"change the carving, then carve cut {operation} builds a new one, and "
            f"carve prove {operation} proves it; --artifact moves an earlier one",
        )
    return newest


def is_proven(
    store: Store, operation: str, artifact: ArtifactRow, about: Circumstances | None = None
) -> bool:
    """Whether `carve prove` found enough calls and no difference, under these circumstances: by
    default those that the operation's latest process declared."""
    known = store.operation(operation)
    if about is None and known is not None:
        about = circumstances_of_row(known)
    reference_hash = known.reference_hash if known is not None else artifact.reference_hash

    def holds(row: EvidenceRow) -> bool:
        if about is None:
            return row.reference_hash == reference_hash
        found = Circumstances(
            row.reference_hash, row.rules_hash, row.wire, row.python, row.platform
        )
        return found == about

    rows = [row for row in store.evidence(operation, artifact.hash) if holds(row)]
    return any(map(says_same, rows)) and all(row.different == 0 for row in rows)


def says_same(row: EvidenceRow) -> bool:
    """Whether the verdict was "same": enough calls, no difference, and no noise."""
    verdict = _counters(row.detail_json).get("verdict")
    if verdict is not None:
        return bool(verdict == "same")
    return row.different == 0 and row.same >= calls_for_bound(1e-2)


def reference_p99_ns(store: Store, operation: str, now: float) -> int | None:
    """Tau: the reference's p99 over its newest 1,000 calls, of the last ten minutes at most; None
    with fewer than 200. The newest, since a p99 of another load than the present one is exceeded
    by nearly all calls or by none."""
    rows = sorted(store.live(operation, since=now - TAU_WINDOW_S), key=lambda row: -row.at)
    counts: list[int] = []
    for row in rows:
        if sum(counts) >= TAU_ENOUGH:
            break
        counts = latency.add([counts, _counters(row.counters_json)["reference"]["histogram"]])
    return latency.quantile(counts, TAU_QUANTILE) if sum(counts) >= TAU_CALLS else None


def calls_per_s(store: Store, operation: str, now: float) -> float:
    """The operation's calls in both arms over the last seconds, all processes together."""
    calls: dict[str, float] = {}
    seconds: dict[str, float] = {}
    for row in store.live(operation, since=now - RATE_WINDOW_S):
        counters = _counters(row.counters_json)
        calls[row.process] = calls.get(row.process, 0.0) + sum(
            counters.get(arm, {}).get("calls", 0) for arm in ("reference", "candidate")
        )
        seconds[row.process] = seconds.get(row.process, 0.0) + row.window_s
    return sum(calls[p] / seconds[p] for p in calls if seconds[p] > 0)


def unknown_operation(store: Store, operation: str) -> CarveError:
    """The diagnostic for a name no process has registered, with the names that are known."""
    names = sorted(row.name for row in store.operations())
    return CarveError(
        "operation-unknown",
        f"no operation named {operation}",
        cause=f"known are: {', '.join(names)}" if names else "the store knows no operation yet",
        hint="run the service once, so that it registers its operations; names are "
        "package.module:function",
    )


def _interrupted(store: Store, here: Standing) -> Decision:
    if here.stage.name == "rolled-back" and here.row is not None and here.row.artifact:
        latched = store.rollback(here.operation, here.row.artifact)
        if latched is not None:
            return Decision("rollback", latched.reason, guard=latched.guard)
    who = here.row.by if here.row is not None else "somebody"
    return Decision("hold", f"stopped: {who} set {here.stage} meanwhile")


def _require_new_artifact(store: Store, operation: str) -> None:
    choose_artifact(store, operation)  # raises "rolled-back" while the newest is the latched one


def _stage(row: StageRow) -> Stage:
    name: Any = row.stage
    return Stage(name, row.share)


def _rewrite(store: Store, row: StageRow, *, by: str, tau_ns: int | None = None) -> StageRow:
    """The same stage of the same carving again, by somebody else or with a p99."""
    return store.set_stage(
        row.op,
        row.stage,
        row.share,
        row.artifact,
        row.placement,
        by,
        tau_ns=row.tau_ns if tau_ns is None else tau_ns,
        about=row.about,
        expect_epoch=row.epoch,
    )


def _live(store: Store, operation: str, since: float) -> list[dict[str, Any]]:
    return [_counters(row.counters_json) for row in store.live(operation, since=since)]


def _counters(text: str) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        value = json.loads(text)
        if isinstance(value, dict):
            return value
    return {}
