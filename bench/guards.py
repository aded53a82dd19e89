"""How often the guards raise a false alarm, and how soon they catch real harm, by simulation.

    python -m bench guards
    python -m bench.guards --runs N     the table alone

Prints a table. The figures to meet are the design's: 0.3 to
0.7 % false alarms at alpha = 1 %, and a doubling of errors caught within a median of 94 / 168 /
312 / 1,376 events at a share of 50 / 10 / 5 / 1 %.

Every run is a stream of events; each is the candidate's with probability q(r). The evidence is
looked at after every single event, which is the worst case for a false alarm. The products are
kept up incrementally here (one log per event and alternative), independently of
`carveout.move.guards`, and checked against it at the end of some runs.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import time
from typing import Any

from carveout.move import guards

ANCHORS = {0.5: 94, 0.1: 168, 0.05: 312, 0.01: 1_376}
FALSE_ALARMS = (0.003, 0.007)


def events_to_alarm(
    rng: random.Random,
    share: float,
    true_ratio: float,
    *,
    tolerated: float = guards.ERROR_RATIO,
    alternatives: tuple[float, ...] = guards.HARM_RATIOS,
    threshold: float = 1 / guards.ALPHA,
    limit: int,
    burst: int = 1,
) -> int | None:
    """Events until the alarm, or None if there is none within `limit`.

    With `burst` > 1 each bad request is counted that many times: what must not be done.
    """
    q = guards.candidate_probability(share, true_ratio)
    q0 = guards.candidate_probability(share, tolerated)
    odds = [guards.candidate_probability(share, tolerated * g) for g in alternatives]
    up = [(qg / q0) ** burst for qg in odds]
    down = [((1 - qg) / (1 - q0)) ** burst for qg in odds]
    products = [1.0] * len(odds)
    needed = threshold * len(odds)
    candidate = 0
    for seen in range(1, limit + 1):
        if rng.random() < q:
            candidate += 1
            products = [p * u for p, u in zip(products, up, strict=True)]
        else:
            products = [p * d for p, d in zip(products, down, strict=True)]
        if sum(products) >= needed:
            if burst == 1 and seen % 7 == 0:
                tally = guards.Tally(share, seen - candidate, candidate)
                log_e = guards.log_evidence([tally], tolerated, alternatives)
                assert math.isclose(log_e, math.log(sum(products) / len(odds)), rel_tol=1e-6)
            return seen
    return None


def rate(hits: list[int | None]) -> float:
    return sum(hit is not None for hit in hits) / len(hits)


def measure(runs: int, seed: int = 20) -> dict[str, Any]:
    rng = random.Random(seed)
    rows = []
    for share, anchor in ANCHORS.items():
        alarms = [
            events_to_alarm(rng, share, 1.0, limit=2_000 if share > 0.02 else 10_000)
            for _ in range(runs)
        ]
        caught = [events_to_alarm(rng, share, 2.0, limit=60_000) for _ in range(runs // 2)]
        found = sorted(hit for hit in caught if hit is not None)
        rows.append(
            {
                "share": share,
                "false_alarms": rate(alarms),
                "false_alarms_looked_at": 2_000 if share > 0.02 else 10_000,
                "median_events_to_catch_doubling": statistics.median(found),
                "p90_events": found[int(0.9 * len(found))],
                "caught": rate(caught),
                "anchor_median": anchor,
            }
        )
    bursts = [events_to_alarm(rng, 0.1, 1.0, limit=200, burst=10) for _ in range(runs)]
    lucky = [
        events_to_alarm(
            rng,
            0.25,
            guards.MARGIN,
            tolerated=guards.MARGIN,
            alternatives=guards.SAFE_RATIOS,
            threshold=guards.PROMOTE_EVIDENCE,
            limit=2_000,
        )
        for _ in range(runs)
    ]
    return {
        "alpha": guards.ALPHA,
        "runs": runs,
        "seed": seed,
        "shares": rows,
        "false_alarms_anchor": FALSE_ALARMS,
        "false_alarms_if_bursts_of_10_were_counted": rate(bursts),
        "promoted_at_the_margin": rate(lucky),
        "promoted_at_the_margin_allowed": 1 / guards.PROMOTE_EVIDENCE,
    }


def main(runs: int = 2_000) -> dict[str, Any]:
    started = time.perf_counter()
    result = measure(runs)
    result["seconds"] = round(time.perf_counter() - started, 1)
    print(f"{'canary':>7} {'false alarms':>13} {'events to catch 2x (median)':>28} {'design':>7}")
    for row in result["shares"]:
        print(
            f"{row['share']:>6.0%} {row['false_alarms']:>13.2%} "
            f"{row['median_events_to_catch_doubling']:>28,.0f} {row['anchor_median']:>7,}"
        )
    print(
        f"counting bursts of 10 as events: "
        f"{result['false_alarms_if_bursts_of_10_were_counted']:.0%} false alarms"
    )
    print(
        f"promoted although 1.25 times worse: {result['promoted_at_the_margin']:.1%} "
        f"(allowed {result['promoted_at_the_margin_allowed']:.0%})"
    )
    print(f"{result['runs']:,} runs each, {result['seconds']} s")
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=2_000)
    main(parser.parse_args().runs)
