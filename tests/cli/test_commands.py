"""prove, check, status and doctor on a small project with a carving made in Python."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from carveout.cli import check, doctor, prove, status
from carveout.diagnostics import CarveError
from carveout.prove import reference_of
from carveout.prove.boundary import encode
from carveout.store import ArtifactRow, OperationRow, ProcessRow, RecordingRow, open_store

SOURCE = """
from dataclasses import dataclass
from carveout import operation

@dataclass
class Line:
    price: float
    count: int

@operation
def total(lines: list[Line], rate: float) -> float:
    return sum(line.price * line.count for line in lines) * rate
"""
ARTIFACT = "ab" * 32


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[str]:
    """A project of one operation with a registered carving."""
    module = f"cliproject{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{module}.py").write_text(SOURCE)
    (tmp_path / "carve.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CARVEOUT", "on")
    name = f"{module}:total"
    operation = prove.load_operation(name)
    from carveout.contract.hashes import reference_hash

    with open_store(home) as store:
        contract = operation.contract
        text = contract.json_bytes().decode()
        now = reference_hash(operation)
        store.put_operation(OperationRow(name, contract.hash, now, text, "x.py", 1))
        store.put_artifact(ArtifactRow(ARTIFACT, name, contract.hash, now, "nowhere", time.time()))
        args = operation.codec.encode_args(([], 1.0))
        store.add_recordings(name, [RecordingRow(args, encode([0, 0]), 1000, "s")])
    yield name
    sys.modules.pop(module, None)


@pytest.fixture
def carving(name: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Set what the carving answers; by default the reference's answer."""
    operation = prove.load_operation(name)
    call, codec = reference_of(operation), operation.codec

    def right(args: bytes) -> bytes:
        try:
            return bytes(codec.encode_value(call(codec.decode_args(args))))
        except Exception as error:
            return bytes(codec.encode_fault(error))

    def answer(wrong: Any = None) -> None:
        def candidate(args: bytes) -> bytes:
            return right(args) if wrong is None else wrong(codec.decode_args(args), right(args))

        monkeypatch.setattr(prove, "open_candidate", lambda operation, path: candidate)

    answer()
    return answer


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_prove_same_then_check_ok(
    name: str, carving: Any, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    assert prove.run(name, calls=600, as_json=True) == 0
    shown = _json(capsys)
    assert shown["verdict"] == "same"
    assert shown["replayed"]["same"] == 1
    assert check.run() == 0
    assert f"{name}: ok" in capsys.readouterr().out
    with open_store(home) as store:
        row = store.evidence(name)[0]
    assert row.same >= 601
    assert row.bound is not None


def test_check_fails_when_the_reference_changes(
    name: str, carving: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    prove.run(name, calls=600, as_json=True)
    capsys.readouterr()
    module = name.partition(":")[0]
    path = tmp_path / f"{module}.py"
    path.write_text(path.read_text().replace("* rate", "* rate + 1"))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.path.insert(0, '.');"
            "from carveout.cli.check import run; sys.exit(run(as_json=True))",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "the reference" in json.loads(done.stdout)["operations"][0]["problem"]


def test_check_fails_without_a_proof(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.run() == 3
    assert "never proven" in capsys.readouterr().out


def test_a_difference_becomes_a_test_that_fails_then_passes(
    name: str, carving: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    carving(lambda args, right: encode([0, 1.0]) if len(args[0]) > 1 else right)
    assert prove.run(name, calls=2000) == 3
    out = capsys.readouterr().out
    assert "DIFFERENT" in out
    first = tmp_path / "tests-carveout" / "test_total_difference_1.py"
    text = first.read_text()
    assert "args = ([Line(price=" in text
    assert text.count("Line(") == 2, text
    scope: dict[str, Any] = {"__name__": "kept"}
    exec(compile(text, str(first), "exec"), scope)
    test = scope["test_total_difference_1"]
    with pytest.raises(AssertionError):
        test()
    carving()
    test()
    # A second difference takes the next number; the first file stays.
    carving(lambda args, right: encode([0, 1.0]))
    prove.run(name, calls=600)
    assert first.read_text() == text
    assert first.with_name("test_total_difference_2.py").exists()
    assert check.run() == 3


def test_too_little_to_say(name: str, carving: Any) -> None:
    assert prove.run(name, calls=5, as_json=True) == 4


def test_tests_run_with_the_carvings(name: str, carving: Any) -> None:
    command = (
        f"{sys.executable} -c \"import os, sys; sys.exit(os.environ['CARVEOUT_STAGE']!='full')\""
    )
    assert prove.run(name, calls=600, as_json=True, tests=command) == 0
    assert prove.run(name, calls=600, as_json=True, tests="false") == 1


def test_no_carving_is_an_error(name: str, home: Path) -> None:
    module = name.partition(":")[0]
    with pytest.raises(CarveError) as caught:
        prove.run(f"{module}:nothing")
    assert caught.value.exit_code == 1


def test_status_tells_stage_and_evidence(
    name: str, carving: Any, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    prove.run(name, calls=600, as_json=True)
    with open_store(home) as store:
        store.set_stage(name, "canary", 0.05, ARTIFACT, "inline", "someone")
        store.latch_rollback(name, ARTIFACT, "A", "a difference")
    capsys.readouterr()
    assert status.run() == 0
    out = capsys.readouterr().out
    assert f"{name}: rolled-back" in out
    assert "by guard A: a difference" in out
    assert "no difference in" in out
    assert status.run(as_json=True) == 0
    assert _json(capsys)["operations"][0]["rollback"]["guard"] == "A"


def test_status_shows_what_happened_to_a_worker(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time()
    here = {
        "a:f": {"tripped": "different at result", "problem": None, "worker": None},
        "a:g": {
            "tripped": None,
            "problem": None,
            "worker": {"pid": 17, "restarts": 2, "last_exit": -9, "problem": ""},
        },
        "a:h": {"worker": {"pid": None, "restarts": 0, "last_exit": None, "problem": "gone"}},
    }
    with open_store(home) as store:
        store.heartbeat(
            ProcessRow("p", 4, "host", "serve", now, now, json.dumps({"operations": here}))
        )
    assert status.run() == 0
    out = capsys.readouterr().out
    assert "a:f: switched off in this process: different at result" in out
    assert "a:g: worker 17, restarted 2 times (last: signal 9)" in out
    assert "a:h: worker not running: gone" in out


def test_status_without_a_store(capsys: pytest.CaptureFixture[str]) -> None:
    assert status.run() == 0
    assert "the references answer" in capsys.readouterr().out


def test_status_of_an_unreadable_store(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(home) as store:
        store.note(None, "info", "x")
    for path in home.iterdir():
        if path.is_file():
            path.write_bytes(b"not a database " * 500)
    assert status.run(as_json=True) == 1
    assert _json(capsys)["code"].startswith("store-")


def test_doctor_names_the_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert doctor.run(as_json=True) == 1
    checks = {c["name"]: c for c in _json(capsys)["checks"]}
    assert not checks["cargo"]["ok"]
    assert "rustup" in checks["cargo"]["next_step"]
    assert checks["native module"]["ok"]
