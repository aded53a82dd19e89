"""The demo's building blocks, and its steps on a real service that a machine of any speed can do.

The whole of it is `make demo`, which has claims about speed and wants the machine for itself.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

REPO = Path(__file__).resolve().parents[2]
WRK = """\
Running 8s test @ http://127.0.0.1:41735
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.32ms  311.02us   9.01ms   92.21%
    Req/Sec     3.02k   201.11     3.33k    70.00%
  Latency Distribution
     50%  850.00us
     75%    1.42ms
     90%    1.66ms
     99%    2.35s
  2400 requests in 8.01s, 5.11MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 5
Requests/sec:    299.62
Transfer/sec:    653.13KB
"""
needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")


def test_wrk_is_understood() -> None:
    import load

    seen = load.parsed(WRK, cpu_s=6.0)
    assert (seen.requests, seen.per_s, seen.failed) == (2400, 299.62, 15)
    assert (seen.p50_ms, seen.p99_ms, seen.cpu_ms) == (0.85, 2350.0, 2.5)
    with pytest.raises(ValueError, match="refused"):
        load.parsed("unable to connect: Connection refused")


def test_the_load_is_what_the_service_takes() -> None:
    import msgspec
    import payloads
    from pricing.book import Book
    from pricing.orders import Order

    for method, path, body in payloads.mixed():
        if path == "/value":
            assert msgspec.to_builtins(msgspec.convert(body, Book)) == body
        elif path == "/match":
            msgspec.convert(body, list[Order])
        else:
            assert (method, body) == ("GET", None)
    script = payloads.wrk_script(payloads.one_endpoint("/value"))
    assert script.count("wrk.format") == payloads.BOOKS
    assert payloads.book(3) == payloads.book(3)


def test_the_table_and_the_claims() -> None:
    import demo
    import show

    was, now = demo.Load(100, 10.0, 8.0, 9.0, 0, 2.0), demo.Load(400, 40.0, 2.0, 3.0, 0, 0.5)
    lines = demo.side_by_side({"/value": was}, {"/value": now})
    assert lines[1] == "/value"
    assert lines[2].split() == ["requests/s", "10", "40", "4.0×"]
    assert lines[5].split() == ["CPU", "a", "request,", "ms", "2.00", "0.50", "4.0×"]
    out = io.StringIO()
    shown = show.Show(Console(file=out, width=80), Path.cwd(), os.environ)
    shown.claim("the sky is blue", True)
    assert shown.verdict()
    assert "all 1 claims true" in out.getvalue()
    shown.claim("the sky is green", False)
    assert not shown.verdict()
    assert "1 of 2 claims not true, first: the sky is green" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_a_command_is_shown_with_what_matters_of_its_output(tmp_path: Path) -> None:
    import show

    out = io.StringIO()
    shown = show.Show(Console(file=out, width=80), tmp_path, os.environ)
    script = "print('one\\ntwo\\nthree'); raise SystemExit(3)"
    ran = shown.command([sys.executable, "-c", script], keep=lambda line: line != "two")
    assert (ran.code, ran.text) == (3, "one\ntwo\nthree\n")
    assert [line.strip() for line in out.getvalue().splitlines()[1:]][-3:] == ["one", "…", "three"]
    begin = time.monotonic()
    ran = shown.command([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.5)
    assert ran.code != 0
    assert time.monotonic() - begin < 30


class Sometimes(BaseHTTPRequestHandler):
    """Answers as the reference does, but the second with another worst and the third with 500."""

    seen = 0

    def do_POST(self) -> None:
        from check import expected

        cls = type(self)
        cls.seen += 1
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.loads(expected(body))
        if cls.seen == 2:
            answer["value"] = -0.0 if answer["value"] == 0 else answer["value"] * (1 + 2**-52)
        text = json.dumps(answer).encode()
        self.send_response(500 if cls.seen == 3 else 200)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_the_checking_client_sees_one_bit_and_one_error() -> None:
    from check import Check

    with HTTPServer(("127.0.0.1", 0), Sometimes) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        check = Check(f"http://127.0.0.1:{server.server_port}/value", books=2)
        check.run(0.5)
        server.shutdown()
    counts = check.counts()
    assert (counts["wrong"], counts["errors"]) == (1, 1)
    assert counts["answers"] == Sometimes.seen - 1 > 2
    assert counts["first"] is not None


@needs_wrk
@pytest.mark.slow
def test_a_wrong_carving_and_a_killed_worker_harm_nobody(tmp_path: Path) -> None:
    """The demo's own steps on a real service: cut, prove, a planted slip forced to a canary,
    SIGKILL under load. None of their claims is about speed."""
    import demo
    import show
    from load import Service

    folder = demo.scratch(tmp_path / "pricing")
    (folder / ".carveout").mkdir()
    target = REPO / "target" / "carvings"
    target.mkdir(parents=True, exist_ok=True)
    (folder / ".carveout" / "target").symlink_to(target)
    # A few seconds of load are to leave something of each operation to replay.
    variables = demo.environment(folder) | {"CARVEOUT_SAMPLE_RATE": "1"}
    out = io.StringIO()
    shown = show.Show(Console(file=out, width=100), folder, variables)
    try:
        with Service(folder, variables) as service:
            go_through(demo.Demo(shown, service, demo.Plan(calls=1_000, kill_s=1.0, connections=1)))
    finally:
        print(out.getvalue())
    assert shown.verdict()
    assert len(shown.claims) == 17
    assert not processes_in(folder)


def go_through(steps: Any) -> None:
    with steps.traffic(), steps.traffic("mixed"):
        time.sleep(4)
    steps.cut()
    steps.prove()
    steps.plant()
    steps.force()
    steps.kill()


@needs_wrk
@pytest.mark.slow
def test_ctrl_c_ends_what_it_started(tmp_path: Path) -> None:
    example = shutil.copytree(REPO / "examples" / "pricing", tmp_path / "examples" / "pricing")
    process = subprocess.Popen(
        [sys.executable, str(example / "demo.py"), "--brief"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if "wrk -c" in line:
                break
        time.sleep(1.0)
        assert processes_in(tmp_path)
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
        assert process.wait(60) == 130, said
    assert "whatever it started has ended" in said
    assert not processes_in(tmp_path)


def processes_in(folder: Path) -> list[str]:
    """Command lines of living processes that work in or below a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            where = Path(os.readlink(path / "cwd"))
            words = (path / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if where.is_relative_to(folder) and words != [""]:
            found.append(" ".join(words))
    return found
