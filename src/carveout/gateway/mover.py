"""Move a route's traffic from one upstream to another, under the guards that move operations.

    mover = Mover(Admin(socket), "shop", "shop-rust")
    for decision in mover.run():          # until full, or rolled back
        print(decision.action, decision.reason)

The gateway counts (requests, errors and slow answers by arm, comparisons by the shadow); `carveout.
move.stages.decide`, the same pure function as for operations, decides; weights are set through the
admin API. The route needs a `split` with both upstreams and a `shadow` to the new one.

Invariants: a rollback sets the old weights before anything else is done; the guards are asked at
every look, before every promotion; with no data it holds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from carveout.diagnostics import CarveError
from carveout.move.guards import Tally
from carveout.move.stages import Decision, Evidence, Policy, Stage, decide

LOOK_EVERY_S = 1.0


class Controls(Protocol):
    """What is needed of the admin API (`carveout.gateway.Admin` has it)."""

    def state(self) -> dict[str, Any]: ...
    def split(self, route: str, weights: dict[str, float]) -> None: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """One arm's counters at one look."""

    requests: int = 0
    errors: int = 0
    slow: int = 0


@dataclass(slots=True)
class _Events:
    """Events by share, summed up over looks."""

    errors: dict[float, list[int]] = field(default_factory=dict)
    slow: dict[float, list[int]] = field(default_factory=dict)

    def add(self, share: float, reference: Counts, candidate: Counts) -> None:
        for kept, values in (
            (self.errors, (reference.errors, candidate.errors)),
            (self.slow, (reference.slow, candidate.slow)),
        ):
            sums = kept.setdefault(share, [0, 0])
            sums[0] += values[0]
            sums[1] += values[1]

    @staticmethod
    def tallies(kept: dict[float, list[int]]) -> tuple[Tally, ...]:
        return tuple(Tally(share, a, b) for share, (a, b) in kept.items())


COMPARED = ("same", "different", "failed", "unconfirmed")
"""What the gateway counts of a route's shadow."""


class Mover:
    """One move of one route. `policy.exposure >= 1` asks for no comparisons."""

    def __init__(
        self, admin: Controls, route: str, to: str, *, policy: Policy | None = None
    ) -> None:
        self.admin = admin
        self.route = route
        self.to = to
        self.policy = policy or Policy()
        self.stage = Stage("shadow")
        self.tau_s: float | None = None
        self._events = _Events()
        self._since = time.monotonic()
        self._step_start = 0
        self._last: tuple[Counts, Counts] | None = None
        self._last_at = self._since
        self._rate = 0.0
        state = self._route_state()
        others = [name for name in state["arms"] if name != to]
        if to not in state["arms"] or len(others) != 1:
            raise CarveError(
                "gateway-not-movable",
                f"route {route} has no split between {to} and one other upstream",
                cause=f"its arms: {', '.join(state['arms']) or 'none'}",
                hint=f'split = [{{ upstream = "…" }}, {{ upstream = "{to}", weight = 0 }}]',
            )
        self.reference = others[0]
        shadow = state["shadow"]
        self._origin = tuple(shadow[name] for name in COMPARED)

    def _route_state(self) -> dict[str, Any]:
        routes: dict[str, dict[str, Any]] = self.admin.state()["routes"]
        if self.route not in routes:
            raise CarveError(
                "gateway-not-movable",
                f"there is no route {self.route}",
                hint="routes: " + ", ".join(routes),
            )
        return routes[self.route]

    def _freeze_tau(self, arm: dict[str, Any]) -> None:
        """The least edge at or above the reference's p99, of those the gateway counts at."""
        if self.tau_s is None and arm["p99"] is not None and arm["requests"] >= 1_000:
            edges = [edge for edge, _ in arm["slow"]]
            self.tau_s = next((edge for edge in edges if edge >= arm["p99"]), edges[-1])

    def _counts(self, arm: dict[str, Any]) -> Counts:
        slow = next((n for edge, n in arm["slow"] if edge == self.tau_s), 0)
        return Counts(arm["requests"], arm["errors"], slow)

    def look(self) -> Evidence:
        """Add what happened since the last look; everything known now."""
        state = self._route_state()
        arms, shadow, now = state["arms"], state["shadow"], time.monotonic()
        if self.stage.name == "shadow":
            self._freeze_tau(arms[self.reference])
        seen = (self._counts(arms[self.reference]), self._counts(arms[self.to]))
        if self._last is not None and self.stage.name == "canary":
            changes = [
                Counts(b.requests - a.requests, b.errors - a.errors, max(0, b.slow - a.slow))
                for a, b in zip(self._last, seen, strict=True)
            ]
            self._events.add(self.stage.share, *changes)
        if self._last is not None and now > self._last_at:
            calls = sum(b.requests - a.requests for a, b in zip(self._last, seen, strict=True))
            self._rate = calls / (now - self._last_at)
        self._last, self._last_at = seen, now
        same, different, failed, unconfirmed = (
            shadow[name] - start for name, start in zip(COMPARED, self._origin, strict=True)
        )
        return Evidence(
            compared=same + different,
            mismatches=different,
            # A reference that disagrees with itself says nothing about the other.
            unknown=failed + unconfirmed,
            errors=_Events.tallies(self._events.errors),
            slow=_Events.tallies(self._events.slow),
            step_calls=seen[1].requests - self._step_start,
            in_stage_s=now - self._since,
            calls_per_s=self._rate,
            tau_known=self.tau_s is not None,
        )

    def step(self) -> Decision:
        """One look and one decision, carried out."""
        evidence = self.look()
        decision = decide(self.stage, evidence, self.policy)
        if decision.action == "rollback":
            self._set(0.0)
            self.stage = Stage("rolled-back")
        elif decision.action == "promote" and decision.target is not None:
            self._set(decision.target.share if decision.target.name == "canary" else 1.0)
            self.stage = decision.target
            self._since = time.monotonic()
            self._step_start += evidence.step_calls
            self._last = None
        return decision

    def _set(self, share: float) -> None:
        self.admin.split(self.route, {self.reference: 1.0 - share, self.to: share})

    def run(self, look_every_s: float = LOOK_EVERY_S) -> Iterator[Decision]:
        """Decisions until the move is over. Stopping early leaves the weights as they are."""
        while self.stage.name not in ("full", "rolled-back"):
            decision = self.step()
            yield decision
            if decision.action == "hold":
                time.sleep(look_every_s)
