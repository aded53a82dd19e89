"""`carve move` and `carve back` as people and scripts use them."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from carveout.cli import back, move
from carveout.diagnostics import CarveError
from carveout.store import ArtifactRow, EvidenceRow, OperationRow, Store, open_store

OP = "shop.prices:quote"
ART = "a" * 64


def made(home: Path) -> Path:
    """An artifact that is whole, though nothing that could run."""
    folder = home / "artifacts" / ART[:16]
    folder.mkdir(parents=True)
    sums = {}
    for name, key in (("carving.abi3.so", "inline_sha256"), ("worker", "worker_sha256")):
        (folder / name).write_bytes(name.encode())
        sums[key] = hashlib.sha256(name.encode()).hexdigest()
    info = {"hash": ART, "abi": 1, "contract_hash": "contract", **sums}
    (folder / "artifact.json").write_text(json.dumps(info))
    return folder


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with open_store(home) as store:
        store.put_operation(OperationRow(OP, "contract", "reference", "{}", "prices.py", 1))
        store.put_artifact(ArtifactRow(ART, OP, "contract", "reference", str(made(home)), 1.0))
        store.put_evidence(
            EvidenceRow(
                OP, "key", "reference", ART, "rules", "1", "3.11", "linux",
                1_000, 0, 0, 0, 900, 100, 0.01, 0.004, 5, 0, time.time(),
            )
        )  # fmt: skip
        yield store


def test_a_canary_by_hand_and_back(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert move.run("quote", "canary", 5.0) == 0
    assert store.stage(OP).share == pytest.approx(0.05)
    assert "moved to canary 5 %" in capsys.readouterr().out
    assert back.run("quote", "odd totals") == 0
    assert store.stage(OP).stage == "reference"
    assert "canary 5 % → reference" in capsys.readouterr().out
    assert any("odd totals" in note.message for note in store.notes(5))


def test_one_step_says_what_is_missing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert move.run(OP) == 0
    assert "promote to shadow" in capsys.readouterr().out
    assert move.run(OP) == 4
    out = capsys.readouterr().out
    assert "0 of 2,301 compared calls" in out
    assert "about 2,301 more calls" in out


def test_json_is_all_there_is(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert move.run(OP, auto=True, timeout_s=0.0, as_json=True) in (0, 4)
    answer = json.loads(capsys.readouterr().out)
    assert answer["stage"] == "shadow"
    assert answer["history"][0]["from"] == "reference"
    assert back.run(OP, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["from"] == "shadow"


def test_auto_prints_plain_lines_when_piped(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    move.run(OP, auto=True, timeout_s=0.0)
    out = capsys.readouterr().out
    assert "reference → shadow" in out
    assert "\x1b" not in out


def test_hold_and_rollback(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    move.run(OP, "canary", 50.0)
    assert move.run(OP, "hold") == 0
    store.add_comparison(OP, ART, same=10, different=1, declined=0, noisy=0, unknown=0)
    assert move.run(OP) == 3
    assert "guard" in capsys.readouterr().out or store.stage(OP).stage == "rolled-back"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"target": "sideways"}, "no stage"),
        ({"target": "full", "percent": 5.0}, "only a canary"),
        ({"target": "canary", "percent": 100.0}, "less than 100"),
        ({"target": "canary", "percent": 0.0}, "more than 0"),
        ({"ladder": "5,x"}, "rising percentages"),
        ({"ladder": "25,5"}, "rising percentages"),
        ({"placement": "moon"}, "no placement"),
    ],
)
def test_wrong_usage_is_said(store: Store, arguments: dict[str, object], word: str) -> None:
    with pytest.raises(CarveError, match=word) as wrong:
        move.run(OP, **arguments)  # type: ignore[arg-type]
    assert wrong.value.exit_code == 2


def test_without_a_store_it_says_so(home: Path) -> None:
    for act in (lambda: move.run(OP), lambda: back.run(OP)):
        with pytest.raises(CarveError) as missing:
            act()
        assert missing.value.code == "store-missing"


def test_registered_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer()
    move.register(app)
    back.register(app)
    with pytest.raises(SystemExit):
        app(["move", "--help"])
    assert "carve move shop.prices:quote --auto" in capsys.readouterr().out
