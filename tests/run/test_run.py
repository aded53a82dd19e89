"""`carve run` passes stage, signals and exit codes on, and sums up what its processes counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carveout.cli import run as run_command
from carveout.diagnostics import CarveError

COUNTING = """
import json, os, pathlib, subprocess, sys
folder = pathlib.Path(os.environ["CARVEOUT_HOME"]) / "runs" / os.environ["CARVEOUT_RUN_ID"]
folder.mkdir(parents=True, exist_ok=True)
counts = {"shop:quote": {"calls": 10, "carved": 8, "declined": 2, "failed": 0, "same": 8,
                         "different": int(sys.argv[1])}}
(folder / f"{os.getpid()}.json").write_text(json.dumps(counts))
if len(sys.argv) == 2:
    subprocess.run([sys.executable, __file__, "0", "child"], check=True)
"""


@pytest.fixture
def counting(tmp_path: Path) -> Path:
    path = tmp_path / "counting.py"
    path.write_text(COUNTING)
    return path


def test_environment_and_exit_code(capfd: pytest.CaptureFixture[str], home: Path) -> None:
    show = "import os,sys; print(os.environ['CARVEOUT_STAGE'], os.environ['CARVEOUT_HOME']);"
    code = run_command.run([sys.executable, "-c", show + "sys.exit(7)"], stage="shadow")
    out, err = capfd.readouterr()
    assert code == 7
    assert out.split() == ["shadow", str(home)]
    assert "no operation was called" in err


def test_sums_over_processes(counting: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command.run([sys.executable, str(counting), "0"]) == 0
    err = capfd.readouterr().err
    assert "shop:quote: 16 carved" in err
    assert "4 declined, 0 different, 0 failed, 4 answered by the reference" in err


def test_a_difference_fails_the_run(counting: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command.run([sys.executable, str(counting), "2"], as_json=True) == 3
    shown = json.loads(capfd.readouterr().out)
    assert shown["operations"]["shop:quote"]["different"] == 2


def test_json_keeps_standard_output_to_itself(capfd: pytest.CaptureFixture[str]) -> None:
    run_command.run([sys.executable, "-c", "print('noise')"], as_json=True)
    out, err = capfd.readouterr()
    assert json.loads(out)["exit_code"] == 0
    assert "noise" in err


def test_no_such_command() -> None:
    with pytest.raises(CarveError) as caught:
        run_command.run(["/nonexistent/command"])
    assert caught.value.code == "command-not-run"
    assert caught.value.exit_code == 127


def test_no_such_stage() -> None:
    with pytest.raises(CarveError) as caught:
        run_command.run(["true"], stage="half")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_command(number: signal.Signals, tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(42))\n"
        "print('ready', flush=True)\ntime.sleep(30)\n"
    )
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from carveout.cli.run import run; sys.exit(run("
            f"[sys.executable, {str(child)!r}]))",
        ],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=dict(os.environ),
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(timeout=20) == 42
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_a_command_killed_by_a_signal() -> None:
    code = run_command.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    assert code == 128 + 9


def test_old_runs_are_forgotten(home: Path) -> None:
    for i in range(30):
        (home / "runs" / f"2000010{i:02d}").mkdir(parents=True)
    run_command.tidy(home / "runs", keep="29990101")
    assert len(list((home / "runs").iterdir())) == run_command.KEEP_RUNS


EVERY_WAY = """
import multiprocessing as mp, os, subprocess, sys, threading
from concurrent.futures import ProcessPoolExecutor
from carveout import operation

@operation
def double(n: int) -> int:
    return n * 2

def work(n):
    for i in range(n):
        assert double(i) == i * 2
    return n

def forked(end):
    pid = os.fork()
    if pid == 0:
        work(10)
        end()
    os.waitpid(pid, 0)

if __name__ == "__main__":
    if sys.argv[1:] == ["child"]:
        work(10)
        sys.exit()
    for kind in ("fork", "spawn"):
        one = mp.get_context(kind).Process(target=work, args=(10,))
        one.start()
        one.join()
    with mp.get_context("fork").Pool(2) as pool:      # ended by SIGTERM
        assert pool.map(work, [10] * 2, chunksize=1) == [10] * 2
    with ProcessPoolExecutor(1, mp_context=mp.get_context("fork")) as pool:
        assert list(pool.map(work, [10])) == [10]
    forked(lambda: os._exit(0))
    forked(lambda: sys.exit(0))
    forked(lambda: os.execv(sys.executable, [sys.executable, __file__, "child"]))
    subprocess.run([sys.executable, __file__, "child"], check=True)
    threads = [threading.Thread(target=work, args=(10,)) for _ in range(3)]
    [t.start() for t in threads]
    [t.join() for t in threads]
"""


def test_calls_count_however_a_process_starts_and_ends(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """fork, spawn, a pool of each kind, os.fork with three ends, a subprocess and threads: 13 times
    ten calls."""
    script = tmp_path / "everyway.py"
    script.write_text(EVERY_WAY)
    monkeypatch.chdir(tmp_path)
    assert run_command.run([sys.executable, str(script)], as_json=True) == 0
    counted = json.loads(capfd.readouterr().out)["operations"]
    assert [counts["calls"] for counts in counted.values()] == [130]


def test_with_xdist(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    (tmp_path / "shopping.py").write_text(
        "from carveout import operation\n@operation\ndef double(n: int) -> int:\n    return n * 2\n"
    )
    (tmp_path / "test_shopping.py").write_text(
        "import pytest\nfrom shopping import double\n"
        "@pytest.mark.parametrize('n', range(20))\n"
        "def test_double(n):\n    assert double(n) == n * 2\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"]
    assert run_command.run(command, as_json=True) == 0
    counted = json.loads(capfd.readouterr().out)["operations"]
    assert counted["shopping:double"]["calls"] == 20
