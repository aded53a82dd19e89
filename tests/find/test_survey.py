"""From counters, samples and recordings to a measure; and a real service of known shares."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from carveout.cli import find
from carveout.cli.drafting import summed_up
from carveout.find.accounting import Cost
from carveout.find.sampling import Profile, parse
from carveout.find.survey import of_functions, share_of, wait_share

KEY = ("price", "/srv/app.py")


def profile(**fields: object) -> Profile:
    made = Profile(total=800, functions=Counter({KEY: 400}), window_s=10.0, **fields)  # type: ignore[arg-type]
    made.by_process = Counter({1: 800})
    return made


def test_counters_go_before_samples_when_enough_calls_were_measured() -> None:
    cost = Cost("app:price", calls=100, cpu_ns=50 * 4_000_000, cpu_samples=50, window_s=1.0)
    share = share_of(cost, profile(cpu_per_s=0.8), KEY)
    assert share.value == pytest.approx(0.5)
    assert share.low is not None
    assert share.high is not None
    assert share.low < 0.5 < share.high
    # The interval is that of 50 calls of unknown spread: about a quarter to either side.
    assert share.high / share.low == pytest.approx((1 + 1.96 / math.sqrt(50)) ** 2, rel=0.01)
    few = Cost("app:price", calls=100, cpu_ns=4_000_000, cpu_samples=1, window_s=1.0)
    assert share_of(few, profile(cpu_per_s=0.8), KEY).value == pytest.approx(0.5)
    assert share_of(few, None, KEY).value is None


def test_code_that_lets_go_of_the_interpreter_makes_the_samples_part_smaller() -> None:
    """800 samples are 8 s of holding it; 16 s of CPU were spent. Half of all is a quarter."""
    share = share_of(Cost("app:price"), profile(cpu_per_s=1.6), KEY)
    assert share.value == pytest.approx(0.25)


def test_on_a_starved_machine_few_measured_calls_must_do() -> None:
    starved = profile(cpu_per_s=0.2)  # held for 8 s, with 2 s of CPU
    assert starved.starved
    cost = Cost("app:price", calls=20, cpu_ns=10 * 4_000_000, cpu_samples=10, window_s=1.0)
    share = share_of(cost, starved, KEY)
    assert share.value == pytest.approx(0.4)
    assert share.low is not None
    assert share.low < 0.26


def test_waiting_of_coroutines_comes_from_the_share_and_the_calls() -> None:
    """100 calls a second of 40 ms each, half of 0.8 s of CPU a second: 4 ms of it are CPU."""
    cost = Cost("app:price", calls=1000, total_ns=1000 * 40_000_000, window_s=10.0)
    seen = profile(cpu_per_s=0.8)
    assert wait_share(cost, seen, share_of(cost, seen, KEY)) == pytest.approx(0.9)
    assert wait_share(cost, None, share_of(cost, None, KEY)) is None


def test_the_interpreter_is_as_busy_as_the_busiest_process() -> None:
    made = profile()
    made.by_process = Counter({1: 950, 2: 100})
    assert made.interpreter_busy == pytest.approx(0.95)
    assert Profile().interpreter_busy is None


STACKS = """
process 7:"python app.py";outer (/srv/app.py:3);inner (/srv/app.py:9) 60
process 7:"python app.py";outer (/srv/app.py:3) 40
process 7:"python app.py";process 9:"python app.py";spread (/srv/app.py:30);pick (/srv/app.py:40) 95
process 7:"python app.py";process 9:"python app.py";spread (/srv/app.py:30) 5
process 7:"python app.py";_find_and_load (<frozen importlib._bootstrap>:1);<module> (/srv/b.py:1) 50
"""


def test_processes_imports_and_nested_operations() -> None:
    seen = parse(STACKS.splitlines())
    assert (seen.total, seen.importing) == (200, 50)
    assert seen.by_process == {7: 100, 9: 100}
    outer, inner = ("outer", "/srv/app.py"), ("inner", "/srv/app.py")
    assert seen.own_part(outer, {outer, inner}) == (0.4, inner)
    assert seen.own_part(inner, {outer, inner}) == (1.0, None)
    seen.window_s, seen.cpu_per_s = 2.5, 1.0
    (row,) = of_functions(seen, None, {outer, inner})
    assert row.name == "app:pick"  # `spread` only passes it on
    assert row.share == pytest.approx(95 / 200)


def test_a_program_that_lives_in_its_imports_is_measured_all_the_same() -> None:
    seen = parse([STACKS.strip().splitlines()[-1]])
    assert (seen.total, seen.importing) == (50, 0)


def test_native_frames_name_their_library() -> None:
    stack = (
        "f (/srv/a.py:1);zlib_compress (zlibmodule.c.h:64);deflate (libz.so.1.2.13);"
        "0x7fe8 (libc.so.6) 90\nf (/srv/a.py:1) 10"
    )
    assert parse(stack.splitlines()).native_of(("f", "/srv/a.py")) == ("zlibmodule", 0.9)


def test_a_measured_speed_up_has_a_lower_end() -> None:
    found = summed_up([[1000.0, 100.0], [2000.0, 100.0], [100.0, 50.0]] * 20)
    assert found.value == pytest.approx(3100 / 250)
    assert 1.0 < found.low < found.value
    assert summed_up([[100.0, 50.0]]).low == pytest.approx(2.0)


SERVICE = """
import random, sys, time
from carveout import operation

def burn(ms: float) -> None:
    end = time.thread_time() + random.expovariate(1 / ms) / 1000
    while time.thread_time() < end:
        for _ in range(100): pass

@operation(sample_rate=1.0)
def inner(n: int) -> int:
    burn(2.0)
    return n

@operation(sample_rate=1.0)
def outer(n: int) -> int:
    burn(2.0)
    return inner(n)

@operation(sample_rate=1.0)
def sleepy(n: int) -> int:
    burn(0.5)
    time.sleep(0.01)
    return n

def plain() -> None:
    burn(1.5)

if __name__ == "__main__":
    until = time.monotonic() + 9
    n, began = 0, time.monotonic()
    # In any order, for any time: on a busy machine a process loses its core a few milliseconds
    # after it woke, and a function that is always at work then has more samples than its share.
    steps = [lambda: outer(n), lambda: sleepy(n), plain]
    while time.monotonic() < until:
        random.shuffle(steps)
        for step in steps:
            step()
        n += 1
        with open(sys.argv[1], "w") as file:
            file.write(f"{n} {time.monotonic() - began}")
"""


def test_a_service_of_known_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of 6 ms a round, at the mean: outer 4 (inner 2), plain 1.5, sleepy 0.5; and 10 of waiting."""
    (tmp_path / "known.py").write_text(SERVICE)
    (tmp_path / "carve.toml").write_text("[slo]\np99_ms = 0.5\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CARVEOUT", "on")
    counted = tmp_path / "rounds"
    command = [sys.executable, "known.py", str(counted)]
    assert find.run(command, seconds=6, draft=False, as_json=True) == 0
    shown = json.loads(capfd.readouterr().out)
    if shown["problem"] is not None:
        pytest.skip(f"this machine does not let a process be read: {shown['problem']}")
    rows = {row["name"]: row for row in shown["rows"]}
    for name, share in {"outer": 4 / 6, "inner": 2 / 6, "sleepy": 0.5 / 6}.items():
        row = rows[f"known:{name}"]
        assert row["share_low"] - 0.05 <= share <= row["share_high"] + 0.05, (name, row)
        assert row["share"] == pytest.approx(share, abs=0.12), name
    rounds, seconds = map(float, counted.read_text().split())
    assert rows["known:outer"]["calls_per_s"] == pytest.approx(rounds / seconds, rel=0.3)
    assert rows["known:outer"]["own_part"] == pytest.approx(0.5, abs=0.25)
    assert rows["known:outer"]["inner"] == "known:inner"
    assert rows["known:sleepy"]["wait_share"] > 0.8
    assert rows["known:sleepy"]["advice"]["verdict"] == "STAY"
    assert rows["known:burn"]["share"] == pytest.approx(1.5 / 6, abs=0.2)
    assert rows["known:outer"]["inline_ns"] < 20_000
    assert rows["known:outer"]["payload_bytes"] > 0


def test_nothing_is_left_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that ends at once, and one that would not end: both are gone afterwards."""
    from carveout.cli.watching import stop

    process = subprocess.Popen(
        [sys.executable, "-c", "import time\nwhile True: time.sleep(60)"], start_new_session=True
    )
    time.sleep(0.2)
    stop(process)
    assert process.returncode is not None
