"""Collapsed stacks: whose time is it, and a real process under the real profiler."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carveout.diagnostics import CarveError
from carveout.find.processes import cpu_seconds
from carveout.find.sampling import Sampler, parse

STACKS = """
main (/srv/app.py:3);price (/srv/app.py:9) 60
main (/srv/app.py:3);load (/srv/app.py:20);loads (/usr/lib/python3.11/json/__init__.py:346) 30
run (/v/lib/python3.11/site-packages/uvicorn/main.py:1) 10
main (/srv/app.py:3);make (/srv/app.py:30);__init__ (<string>:5) 0
not a stack
"""


def test_shares_are_inclusive_and_libraries_are_named() -> None:
    profile = parse(STACKS.splitlines())
    assert profile.total == 100
    assert profile.share(("main", "/srv/app.py")) == pytest.approx(0.9)
    assert profile.share(("price", "/srv/app.py")) == pytest.approx(0.6)
    assert profile.library_of(("load", "/srv/app.py")) == ("json", 1.0)
    assert ("run", "/v/lib/python3.11/site-packages/uvicorn/main.py") not in profile.functions


def test_time_inside_an_operation_is_its_own_only() -> None:
    profile = parse(STACKS.splitlines())
    outside = profile.outside({("price", "/srv/app.py")})
    # `main` only passes it on.
    assert +outside == {("load", "/srv/app.py"): 30}
    assert ("price", "/srv/app.py") not in outside


def test_a_busy_process_is_seen(tmp_path: Path) -> None:
    script = tmp_path / "busy.py"
    script.write_text(
        "import time\n"
        "def spin():\n"
        "    return sum(i * i for i in range(20000))\n"
        "end = time.monotonic() + 20\n"
        "while time.monotonic() < end:\n"
        "    spin()\n"
    )
    process = subprocess.Popen([sys.executable, str(script)])
    try:
        profile = Sampler(process.pid, 2).finish()
    except CarveError as error:
        if error.code != "cannot-sample":
            raise
        pytest.skip(f"this machine does not let a process be read: {error.diagnostic.cause}")
    finally:
        process.kill()
        process.wait()
    shares = {name: count / profile.total for (name, _), count in profile.functions.items()}
    assert shares.get("spin", 0) > 0.5


def test_cpu_seconds_count_descendants_and_nobody_else() -> None:
    spin = "import time\nwhile time.process_time() < 0.3: pass\nprint('spun', flush=True)\n"
    script = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {spin + 'time.sleep(60)'!r}])\n"
        "try:\n    time.sleep(60)\nfinally:\n    child.kill()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == "spun\n"
            assert 0.25 < cpu_seconds([parent.pid]) < 5.0
            assert cpu_seconds([]) == 0.0
            assert cpu_seconds([2**22 + 1]) == 0.0
        finally:
            parent.send_signal(signal.SIGINT)
