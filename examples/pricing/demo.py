"""`make demo`: the whole path once, on a real service under load, with every claim checked.

    make demo                            # some three minutes after set-up
    .venv/bin/python examples/pricing/demo.py --brief

Runs in a scratch copy of this example (`.carveout/demo` in the checkout, made anew each time):
find, cut, prove, move to full on live traffic, before and after; then a wrong carving, caught by
prove and, forced to a canary, rolled back; then the worker killed under load. Each step is the
command a user would type. The last line says whether every claim was true; exit code 0 only then.

Invariants: nothing is printed as a fact that was not measured in this run; whatever was started is
ended, also on Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import payloads
from load import Checker, Load, Service, Traffic, measure
from rich.console import Console
from show import Broken, Show

HERE = Path(__file__).resolve().parent
SCRATCH = HERE.parents[1] / ".carveout" / "demo"
VALUE = "pricing.book:value_book"
MATCH = "pricing.orders:match_orders"
VERDICTS = {
    VALUE: "CARVE",
    "pricing.catalogue:filter_catalogue": "FIX PYTHON FIRST",
    "pricing.accounts:find_account": "STAY",
    "pricing.ticks:round_to_tick": "STAY",
    "pricing.stress:stress": "MEASURE FIRST",
}
PLANTED = ("expiry <= 0.0", "expiry <= 0.03")
"""The slip in the wrong carving: options with less than 11 days left count as expired."""


@dataclass(frozen=True)
class Plan:
    """How long to measure. `brief` is for the smoke test: less load, the same steps."""

    measure_s: float = 6.0
    find_s: float = 12.0
    calls: int = 20_000
    ladder: str = "1,5,25,50"
    kill_s: float = 4.0
    connections: int = 4


BRIEF = Plan(measure_s=2.0, find_s=5.0, calls=2_000, ladder="25,50", kill_s=2.0)


class Demo:
    """The steps, in order; what one found is kept for the next."""

    def __init__(self, show: Show, service: Service, plan: Plan) -> None:
        self.show = show
        self.service = service
        self.plan = plan
        self.before: dict[str, Load] = {}
        self.good = ""
        self.wrong = ""

    def run(self) -> None:
        """All of it."""
        self.load_the_python_service()
        self.find()
        self.cut()
        self.prove()
        self.move()
        self.compare()
        self.plant()
        self.force()
        self.kill()

    def traffic(self, what: str = "/value") -> Traffic:
        """wrk in the background."""
        return Traffic(self.service, self.script(what), self.plan.connections)

    def measured(self, path: str) -> Load:
        """wrk on one endpoint, warmed up."""
        script, connections = self.script(path), self.plan.connections
        with self.show.busy(f"wrk -c{connections} on {path} for {self.plan.measure_s:g} s"):
            measure(self.service, script, 1, connections)
            return measure(self.service, script, self.plan.measure_s, connections)

    # -- what carve status says -------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """`carve status --json`."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("carve")), "status", "--json"],
            cwd=self.service.folder, env=dict(self.service.environment), capture_output=True,
            text=True, timeout=30, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Broken(f"carve status failed: {done.stdout}{done.stderr}")
        return dict(json.loads(done.stdout))

    def operation(self, name: str = VALUE) -> dict[str, Any]:
        """What `carve status` says of one operation."""
        found = [row for row in self.status()["operations"] if row["name"] == name]
        if not found:
            raise Broken(f"carve status does not know {name}")
        return dict(found[0])

    def worker(self) -> dict[str, Any]:
        """The worker of the service's process: pid, restarts, last_exit; {} if there is none."""
        for process in self.status()["processes"]:
            if process["pid"] == self.service.pid:
                here = process["status"].get("operations", {}).get(VALUE, {})
                return dict(here.get("worker") or {})
        return {}

    def eventually(self, check: Callable[[], bool], timeout_s: float) -> float | None:
        """Seconds until `check` held; None if it did not in time."""
        begin = time.monotonic()
        while time.monotonic() - begin < timeout_s:
            if check():
                return time.monotonic() - begin
            time.sleep(0.1)
        return None

    # -- the steps --------------------------------------------------------------------------------

    def load_the_python_service(self) -> None:
        self.show.step("A Python service under load")
        self.show.say(f"   $ {' '.join(self.service.command)}", style="cyan")
        for path in ("/value", "/value-thin"):
            load = self.before[path] = self.measured(path)
            self.show.say(
                f"   {path}: {load.per_s:,.0f} requests/s, p50 {load.p50_ms:.1f} ms, "
                f"p99 {load.p99_ms:.1f} ms, {load.cpu_ms:.2f} ms of CPU a request"
            )
        self.show.claim("no request failed", not any(x.failed for x in self.before.values()))

    def find(self) -> None:
        self.show.step("Find: what is worth carving?")
        # Each operation but the rare one is to be called often enough to be judged.
        load, requests = self.before["/value"], payloads.mixed()
        rarest = sum(path.startswith("/ladder") for _, path, _ in requests) / len(requests)
        seconds = min(60.0, max(self.plan.find_s, 80 / (rarest * load.per_s)))
        with self.traffic("mixed") as traffic:
            body = {"values": [100.0, -20.0], "shocks": [-0.1, 0.1]}
            # Three calls of the rare one while `carve find` watches, which takes it a moment.
            rare = [
                threading.Timer(seconds * part, self.service.post, ("/stress", body))
                for part in (0.5, 0.6, 0.7)
            ]
            for timer in rare:
                timer.start()
            ran = self.show.command(
                ["carve", "find", "--seconds", f"{seconds:.0f}"], keep=worth_reading
            )
            for timer in rare:
                timer.join()
        said = dict(re.findall(r"^(\S+:\S+): ([A-Z][A-Z ]+)$", ran.text, re.MULTILINE))
        self.show.claim("carve find advised", ran.code == 0)
        for name, verdict in VERDICTS.items():
            self.show.claim(f"{name}: {verdict}", said.get(name) == verdict)
        self.show.claim(
            "the alternative to json was measured on the recorded payload",
            re.search(r"msgspec.json, measured \d+\.\d× on", ran.text) is not None,
        )
        meanwhile = traffic.load
        self.show.claim(
            "no request failed meanwhile", meanwhile is not None and not meanwhile.failed
        )

    def cut(self) -> None:
        self.show.step("Cut: draft it in Rust")
        ran = self.show.command(["carve", "cut", VALUE, MATCH], timeout_s=300)
        self.show.claim("both operations were drafted and built", ran.code == 0)
        if ran.code != 0:
            raise Broken("carve cut built nothing to go on with")
        crate = self.service.folder / "carvings" / "pricing_book_value_book"
        source = (crate / "src" / "operation.rs").read_text()
        self.show.say(f"   {crate.relative_to(self.service.folder)}/src/operation.rs:")
        self.show.excerpt(source, "/// What the open positions", 21)
        self.show.claim("the draft forbids unsafe code", "#![forbid(unsafe_code)]" in source)
        self.good = self.operation()["newest_artifact"]

    def prove(self) -> None:
        self.show.step("Prove: is it the same?")
        for name in (VALUE, MATCH):
            ran = self.show.command(["carve", "prove", name, "--calls", str(self.plan.calls)])
            compared = re.search(r"generated: no difference in ([\d,]+) calls", ran.text)
            replayed = re.search(r"replayed: +no difference in ([\d,]+) calls", ran.text)
            self.show.claim(
                f"{name}: no difference in recorded and generated calls, with a bound",
                ran.code == 0 and compared is not None and replayed is not None,
            )

    def move(self) -> None:
        self.show.step("Move: shadow, canary, full, on live traffic")
        self.show.say(
            "   wrk keeps up the load; check.py compares each of its answers with Python's"
        )
        with (
            self.traffic() as traffic,
            Checker(self.service) as check,
        ):
            ran = self.show.command(
                ["carve", "move", VALUE, "--auto", "--fast", *self.ladder()],
                keep=lambda line: "→" in line or "full" in line,
            )
        self.show.say(
            "   --fast scales the time a stage lasts at least; the evidence is what it is"
        )
        if ran.code != 0:
            raise Broken("carve move did not reach full")
        steps = re.findall(r"→ (shadow|canary [\d.]+ %|full):", ran.text)
        wanted = ["shadow", *(f"canary {p} %" for p in self.plan.ladder.split(",")), "full"]
        self.show.claim(f"it went {' → '.join(wanted)} on its own", steps == wanted)
        now = self.operation()
        self.show.claim("carve status has it at full", (ran.code, now["stage"]) == (0, "full"))
        self.harmless(traffic, check)

    def compare(self) -> None:
        self.show.step("Before and after")
        after = {path: self.measured(path) for path in self.before}
        for line in side_by_side(self.before, after):
            self.show.say(f"   {line}")
        for path, was in self.before.items():
            now = after[path]
            better = now.per_s > was.per_s and now.p50_ms < was.p50_ms and now.cpu_ms < was.cpu_ms
            self.show.claim(f"{path}: more requests/s, at a lower p50 and less CPU each", better)
        self.show.claim("no request failed", not any(x.failed for x in after.values()))

    def plant(self) -> None:
        self.show.step("A wrong carving: caught by prove")
        crates = self.service.folder / "carvings"
        shutil.copytree(crates / "pricing_book_value_book", crates / "wrong")
        source = crates / "wrong" / "src" / "operation.rs"
        text = source.read_text()
        if PLANTED[0] not in text:
            raise Broken(f"the draft has no {PLANTED[0]!r} to make wrong")
        source.write_text(text.replace(*PLANTED))
        self.show.say(f"   a copy of the crate, edited: {PLANTED[0]} becomes {PLANTED[1]}")
        cut = self.show.command(["carve", "cut", VALUE, "--out", "carvings/wrong"])
        self.wrong = self.operation()["newest_artifact"]
        self.show.claim("it builds", cut.code == 0 and self.wrong != self.good)
        ran = self.show.command(["carve", "prove", VALUE])
        self.show.claim("carve prove finds it (exit code 3)", ran.code == 3)
        kept = re.search(r"kept as (\S+)", ran.text)
        self.show.claim("the difference is shrunk to a test", kept is not None)
        if kept is not None:
            test = self.show.command(
                ["pytest", "-q", "--no-header", kept[1]],
                keep=lambda line: re.match(r"E  |FAILED|\d+ failed", line) is not None,
            )
            self.show.claim("the test fails with this carving", test.code == 1)

    def force(self) -> None:
        self.show.step("The wrong carving, forced to a canary")
        move = ["carve", "move", VALUE, "canary", "25", "--artifact", self.wrong[:12]]
        ran = self.show.command(move)
        self.show.claim("unproven, it is not moved", ran.code == 1 and "not-proven" in ran.text)
        with (
            self.traffic() as traffic,
            Checker(self.service) as check,
        ):
            ran = self.show.command([*move, "--without-proof"])
            took = self.eventually(lambda: self.operation()["stage"] == "rolled-back", 30)
            time.sleep(1)
        shown = self.show.command(["carve", "status"], keep=lambda line: "rolled back" in line)
        self.show.claim(
            f"its first difference rolled it back, for good, after {took or 0:.1f} s",
            took is not None and "guard A" in shown.text,
        )
        self.harmless(traffic, check)

    def kill(self) -> None:
        self.show.step("The worker, killed under load")
        self.show.command(
            ["carve", "move", VALUE, "full", "--artifact", self.good[:12], "--placement", "worker"]
        )
        with (
            self.traffic() as traffic,
            Checker(self.service) as check,
        ):
            self.eventually(lambda: self.worker().get("pid") is not None, 15)
            time.sleep(1)
            first = self.worker()
            pid = first.get("pid")
            if pid is None:
                raise Broken("carve status shows no worker")
            busy = cpu_ticks(pid)
            time.sleep(1)
            self.show.claim(f"calls go to the worker, process {pid}", cpu_ticks(pid) > busy)
            self.show.command(["kill", "-9", str(pid)])
            self.eventually(lambda: self.worker().get("pid") not in (None, pid), 15)
            time.sleep(self.plan.kill_s)
            second = self.worker()
        self.show.command(["carve", "status"], keep=lambda line: "worker" in line)
        again = second.get("pid")
        self.show.claim(
            f"its supervisor started it again, as process {again}",
            again not in (None, pid) and second["restarts"] > first["restarts"],
        )
        self.harmless(traffic, check)
        ran = self.show.command(["carve", "back", VALUE])
        self.show.claim("and back, with one command", ran.code == 0)

    # -- shared -----------------------------------------------------------------------------------

    def harmless(self, traffic: Traffic, check: Checker) -> None:
        """No caller was harmed: neither wrk's nor the checking client."""
        load, counts = traffic.load, check.counts
        if load is None or not counts:
            raise Broken("the load ended early")
        self.show.claim(
            f"{load.requests:,} requests, {load.failed:,} failed", load.requests > 0 == load.failed
        )
        self.show.claim(
            f"{counts['answers']:,} answers checked, {counts['wrong']:,} wrong, "
            f"{counts['errors']:,} errors",
            counts["answers"] > 0 and not counts["wrong"] and not counts["errors"],
        )

    def ladder(self) -> list[str]:
        """The option for other canary steps than the usual ones."""
        return [] if self.plan.ladder == Plan.ladder else ["--ladder", self.plan.ladder]

    def script(self, what: str) -> str:
        """The wrk script of an endpoint, or of the mixed load."""
        name = f"{what.strip('/')}.lua"
        path = self.service.folder / name
        if not path.exists():
            requests = payloads.mixed() if what == "mixed" else payloads.one_endpoint(what)
            path.write_text(payloads.wrk_script(requests))
        return name


def worth_reading(line: str) -> bool:
    """Of `carve find`: the table, and each operation's verdict with its reason and prediction."""
    details = ("crossing:", "waiting:", "library:", "draftable:", "measuring ")
    return bool(line) and not line.strip().startswith(details)


def side_by_side(before: dict[str, Load], after: dict[str, Load]) -> list[str]:
    """The two measurements as a table of lines."""
    lines = [f"{'':24}{'Python':>12}{'carved':>12}{'':>10}"]
    for path, was in before.items():
        now = after[path]
        rows = [
            ("requests/s", was.per_s, now.per_s, "{:,.0f}", now.per_s / was.per_s),
            ("p50, ms", was.p50_ms, now.p50_ms, "{:.2f}", was.p50_ms / now.p50_ms),
            ("p99, ms", was.p99_ms, now.p99_ms, "{:.2f}", was.p99_ms / now.p99_ms),
            ("CPU a request, ms", was.cpu_ms, now.cpu_ms, "{:.2f}", was.cpu_ms / now.cpu_ms),
        ]
        lines.append(path)
        for name, old, new, form, gain in rows:
            lines.append(f"  {name:22}{form.format(old):>12}{form.format(new):>12}{gain:>9.1f}×")
    return lines


def cpu_ticks(pid: int) -> int:
    """CPU time of a process so far, in clock ticks; 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def scratch(folder: Path = SCRATCH) -> Path:
    """A fresh copy of the example; what cargo compiled for all carvings is kept."""
    target = folder / ".carveout" / "target"
    kept = folder.with_name(f"{folder.name}-target")
    if target.is_dir():
        shutil.rmtree(kept, ignore_errors=True)
        target.rename(kept)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("__pycache__", ".carveout"))
    if kept.is_dir():
        target.parent.mkdir(parents=True)
        kept.rename(target)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """The caller's, without its carveout settings, and with this checkout's programs first."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("CARVEOUT")}
    scripts = str(Path(sys.executable).parent)
    return own | {
        "PATH": f"{scripts}{os.pathsep}{own.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "100",
        "PRICING_DB": str(folder / "accounts.db"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="The whole path once, on a real service.")
    parser.add_argument(
        "--brief", action="store_true", help="less load, fewer calls, a short ladder"
    )
    plan = BRIEF if parser.parse_args().brief else Plan()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(highlight=False)
    if shutil.which("wrk") is None:
        console.print("demo: wrk is not installed; make demo installs it (apt-get install wrk)")
        return 1
    folder = scratch()
    variables = environment(folder)
    show = Show(console, folder, variables)
    show.say(f"scratch copy of the example, also for a look afterwards: {folder}")
    try:
        with Service(folder, variables) as service:
            Demo(show, service, plan).run()
    except (Broken, RuntimeError) as problem:
        show.claim(str(problem), False)
    except KeyboardInterrupt:
        show.say("\ndemo: interrupted; whatever it started has ended")
        return 130
    return 0 if show.verdict() else 1


if __name__ == "__main__":
    sys.exit(main())
