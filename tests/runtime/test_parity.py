"""Every runtime function beside CPython: each registry entry, over at least a thousand calls.

One carving holds them all (parity_crate.py), built once. Zero differences are allowed; a decline
that was not needed counts, and its share is bounded for each entry. target/parity/report*.json says
how the entries did. Other Pythons take part where there are any: python3.12, python3.13, … on the
PATH, or in CARVEOUT_TEST_PYTHONS (separated as PATH is).
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import parity_crate
import parity_modules
import parity_runner as runner
from parity_calls import Call, calls
from parity_oracles import oracle

from carveout.cut.registry import characters

CASES = 1000
SEED = "parity"
MORE_PYTHONS = os.environ.get("CARVEOUT_TEST_PYTHONS", "").split(os.pathsep)
# The share of declines that Python could have answered for, where it is not next to nothing.
DEFAULT_BOUND = 0.02
BOUNDS = {
    # The texts tried have characters of later Unicode versions in them, or of none.
    **dict.fromkeys(
        ("str.upper", "str.lower", "str.title", "str.capitalize", "str.casefold", "str.swapcase"),
        0.10,
    ),
    **dict.fromkeys(("str.isupper", "str.islower", "str.isidentifier"), 0.06),
    **dict.fromkeys(("str.isdigit", "str.isalpha", "str.isalnum", "str.isdecimal"), 0.04),
    "str.isnumeric": 0.04,
    # One such character is enough in a text.
    **{f"each.{key}": 0.15 for key in characters.AS_CHAR},
    "str.isprintable": 0.04,
    "str.istitle": 0.06,
    **dict.fromkeys(("builtins.repr", "builtins.str"), 0.20),
    # Two items of one key, which a set has in no order.
    **dict.fromkeys((f"{name}.key.unordered" for name in ("min", "max", "sorted")), 0.60),
    # Of fewer than two, which is an error whose words are the reference's.
    **dict.fromkeys(("min.spread", "max.spread", "unzip.rows"), 0.60),
    # What is wrong with bytes that are no number, only the reference says.
    "builtins.int": 0.25,
    # Errors of ASCII, which only the reference words.
    **dict.fromkeys(("str.encode", "bytes.decode", "builtins.bytes"), 0.25),
    # The message shows the value: a list's is not written here, nor later characters.
    **dict.fromkeys(("list.index", "deque.index", "deque.remove"), 0.50),
    **parity_modules.BOUNDS,
    # Past 64 bits on the way to 0.
    "reduce.lcm": 0.06,
    "reduce.mul": 0.06,
    # Sums of weeks, hours and seconds of centuries past what there may be.
    "datetime.timedelta": 0.10,
    # Offsets of parts of a second.
    "datetime.datetime.fromisoformat": 0.15,
    # A negative number to a fractional power: complex, or an OverflowError of complex numbers.
    "builtins.pow": 0.03,
}
CALLS = calls()
KEYS = sorted({call.key for call in CALLS})

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runtime"), pytest.mark.timeout(1800)]


def _plans() -> list[dict[str, Any]]:
    share = Counter(call.key for call in CALLS)
    return [{**call.plan(), "count": max(150, -(-CASES // share[call.key]))} for call in CALLS]


PLANS = _plans()


@pytest.fixture(scope="session")
def artifact() -> Path:
    return parity_crate.build_driver(CALLS)


@pytest.fixture(scope="session")
def driver(artifact: Path) -> ModuleType:
    return runner.load(str(artifact))


@pytest.fixture(scope="session")
def shares() -> Iterator[list[dict[str, Any]]]:
    """The reports of this process; at the end their numbers are in target/parity/report*.json."""
    reports: list[dict[str, Any]] = []
    yield reports
    names = ("cases", "values", "faults", "needed", "avoidable")
    numbers = {f"{r['source']} {r['kinds']}": {name: r[name] for name in names} for r in reports}
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    path = parity_crate.crates.REPO / "target" / "parity" / f"report{worker}.json"
    path.write_text(json.dumps(numbers, indent=1, sort_keys=True))


def _judge(reports: list[dict[str, Any]], key: str) -> str:
    """What is wrong with an entry; empty if nothing is."""
    wrong = [f"{r['source']} {r['kinds']}: {line}" for r in reports for line in r["different"]]
    total = sum(r["cases"] for r in reports)
    avoidable = sum(r["avoidable"] for r in reports)
    if avoidable > total * BOUNDS.get(key, DEFAULT_BOUND):
        shown = [line for r in reports for line in r["declined"]]
        wrong.append(f"{key}: {avoidable} of {total} calls declined that Python answers: {shown}")
    wrong += [
        f"{r['source']} {r['kinds']}: never answers"
        for r in reports
        if not r["values"] + r["faults"]
    ]
    return "\n".join(wrong)


def test_every_registry_name_has_an_oracle() -> None:
    for key in KEYS:
        oracle(key)


@pytest.mark.parametrize("key", KEYS)
def test_like_python(driver: ModuleType, shares: list[dict[str, Any]], key: str) -> None:
    mine = [(at, plan) for at, plan in enumerate(PLANS) if plan["key"] == key]
    reports = [runner.run(driver, at, plan, SEED) for at, plan in mine]
    shares.extend(reports)
    assert not _judge(reports, key)


def _pythons() -> list[str]:
    """Other minor versions that can be started."""
    found = {}
    for name in [*(f"python3.{minor}" for minor in range(11, 20)), *MORE_PYTHONS]:
        path = shutil.which(name) if name else None
        if path is None:
            continue
        ask = "import sys; print(sys.version_info[1] if sys.version_info[0] == 3 else 0)"
        said = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
        minor = int(said.stdout) if said.returncode == 0 else 0
        if minor > 10 and minor != sys.version_info[1]:
            found[minor] = path
    return list(found.values())


def test_like_other_pythons(artifact: Path, tmp_path: Path) -> None:
    pythons = _pythons()
    if not pythons:
        pytest.skip("no other Python from 3.11 on is here")
    job = tmp_path / "job.json"
    job.write_text(json.dumps({"artifact": str(artifact), "seed": SEED, "plans": PLANS}))
    for python in pythons:
        done = subprocess.run(
            [python, runner.__file__, str(job)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        reports = json.loads(done.stdout)
        for key in KEYS:
            mine = [r for r, call in zip(reports, CALLS, strict=True) if call.key == key]
            assert not _judge(mine, key), python


def _index(key: str, *kinds: str) -> tuple[int, Call]:
    wanted = [[kind] for kind in kinds]
    return next(
        (at, call) for at, call in enumerate(CALLS) if (call.key, list(call.kinds)) == (key, wanted)
    )


METHODS = ["upper", "lower", "title", "capitalize", "casefold", "swapcase", "isdigit", "isalpha"]
METHODS += ["isalnum", "isspace", "isupper", "islower", "isdecimal", "isnumeric", "isidentifier"]
METHODS += ["strip", "split", "splitlines"]


@pytest.mark.parametrize("name", METHODS)
def test_every_character(driver: ModuleType, name: str) -> None:
    """All assigned characters but most ideographs, alone and between a letter and a sigma."""
    at, call = _index(f"str.{name}", "str")
    codes = itertools.chain(range(0x3400), range(0x3400, 0xD800, 7), range(0xF900, 0x20000))
    chars = [chr(code) for code in codes if unicodedata.category(chr(code)) != "Cn"]
    texts = [[text] for c in chars for text in (c, f"A{c}Σ")]
    report = runner.check(driver, at, {**call.plan(), "count": 0}, texts)
    assert not report["different"], report["different"]
    # Those that later versions of Unicode added or changed; nearly none for Python 3.11.
    assert report["avoidable"] < (0.001 if sys.version_info < (3, 12) else 0.1) * len(texts)


def test_every_character_shown(driver: ModuleType) -> None:
    at, call = _index("builtins.repr", "str")
    texts = [[chr(code)] for code in itertools.chain(range(0xD800), range(0xE000, 0x20000, 3))]
    report = runner.check(driver, at, {**call.plan(), "count": 0}, texts)
    assert not report["different"], report["different"]


def _floats() -> list[float]:
    """Powers of two and of ten, their neighbours, ties, and random bits."""
    r = random.Random(SEED)
    found = [2.0**n for n in range(-1074, 1024)] + [float(f"1e{n}") for n in range(-323, 309)]
    found += [struct.unpack("d", struct.pack("q", bits + step))[0]
              for x in found for step in (-1, 1)
              for (bits,) in [struct.unpack("q", struct.pack("d", x))]
              if bits + step > 0]  # fmt: skip
    found += [r.randrange(2**52, 2**63) * 2.0 ** -r.randint(0, 26) for _ in range(10_000)]
    found += [r.randrange(1, 2**32) * 2.0 ** -r.randint(0, 40) for _ in range(10_000)]
    found += [struct.unpack("d", r.randbytes(8))[0] for _ in range(20_000)]
    found += [round(r.uniform(-1e6, 1e6), r.randint(0, 8)) for _ in range(10_000)]
    return found


def test_floats_read_and_written(driver: ModuleType) -> None:
    floats = _floats()
    at, call = _index("builtins.str", "float")
    report = runner.check(driver, at, {**call.plan(), "count": 0}, [[x] for x in floats])
    assert not report["different"], report["different"]
    assert report["values"] == len(floats)
    at, call = _index("builtins.float", "str")
    texts = [[text] for x in floats for text in (repr(x), f"{x:.17e}", f"{x:.3g}")]
    report = runner.check(driver, at, {**call.plan(), "count": 0}, texts)
    assert not report["different"], report["different"]
    assert report["values"] == len(texts)


def test_a_difference_would_be_found(driver: ModuleType) -> None:
    """The oracle of another function: every kind of difference must show."""
    at, call = _index("+", "int", "int")
    plan = {**call.plan(), "key": "-", "count": 200}
    report = runner.run(driver, at, plan, SEED)
    assert report["different"]
    at, call = _index("//", "int", "int")
    faults = runner.check(driver, at, {**call.plan(), "key": "%"}, [[1, 0]])
    assert faults["different"]
