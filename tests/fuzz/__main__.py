"""Fuzz for as long as asked: FUZZ_SECONDS=600 python tests/fuzz (which is `make fuzz`).

Programs that come out otherwise are kept under .build/fuzz, as they were and made smaller. Exit
code 3 if there were any.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_harness import Fuzz
from fuzz_programs import Program, make
from fuzz_shrink import shrink

REPO = Path(__file__).resolve().parents[2]
BATCH = 200


def main() -> int:
    """Make and judge programs until the time is over; says what was found."""
    seconds = float(os.environ.get("FUZZ_SECONDS", "600"))
    first = int(os.environ.get("FUZZ_SEED", str(int(time.time()) * 1000)))
    kept = REPO / ".build" / "fuzz"
    kept.mkdir(parents=True, exist_ok=True)
    fuzz = Fuzz(kept / "programs", REPO / "target" / "cut-tests", REPO / "crates")
    until = time.monotonic() + seconds
    totals: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    different = 0
    while time.monotonic() < until:
        found = fuzz.run(range(first, first + BATCH))
        totals += found.tally
        totals["programs"] += BATCH
        totals["drafted"] += found.drafted
        totals["clean"] += found.clean
        refused += found.refused
        for one in found.differences:
            different += 1
            path = kept / f"{one.seed}.py"
            path.write_text(f"# run({one.call})\n# {one.said!r}\n{one.source}", encoding="utf-8")
            print(f"different: {path}: {one.said[:200]}", flush=True)
            program = Program(one.seed, one.source, make(one.seed).params)
            small = shrink(fuzz, program)
            path.with_name(f"{one.seed}_small.py").write_text(small.source, encoding="utf-8")
        for one in found.unwritten:
            path = kept / f"{one.seed}_unwritten.py"
            path.write_text(f"# {one.said!r}\n{one.source}", encoding="utf-8")
        first += BATCH
        print(
            f"{totals['programs']} programs, {totals['drafted']} drafted, "
            f"{totals['clean']} clean; "
            f"{totals['same']} calls the same, {totals['declined']} declined, "
            f"{different} different",
            flush=True,
        )
    print("refused:", ", ".join(f"{code} {n}" for code, n in refused.most_common()))
    return 3 if different else 0


if __name__ == "__main__":
    sys.exit(main())
