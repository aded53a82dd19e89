"""Artifacts that can't be used: the service answers from the reference and says why, a move to
them is refused, and one that is mended is taken without a restart."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults.conftest import described
from tests.faults.shop import NAME, PANICS, Shop, eventually

from carveout.build import Artifact

pytestmark = pytest.mark.slow


def truncated(artifact: Artifact) -> None:
    for name in ("carving.abi3.so", "worker"):
        os.truncate(artifact.path / name, 4096)


def emptied(artifact: Artifact) -> None:
    for name in ("carving.abi3.so", "worker"):
        os.truncate(artifact.path / name, 0)


def without_description(artifact: Artifact) -> None:
    (artifact.path / "artifact.json").unlink()


def of_garbage(artifact: Artifact) -> None:
    (artifact.path / "artifact.json").write_bytes(b"\xff{")


def of_another_contract(artifact: Artifact) -> None:
    described(artifact, contract_hash="0" * 64)


def of_another_boundary(artifact: Artifact) -> None:
    described(artifact, abi=99)


def no_elf(artifact: Artifact) -> None:
    """Whole by its sum, and yet no extension module."""
    import hashlib

    path = artifact.path / "carving.abi3.so"
    path.write_bytes(b"#!/bin/false\n")
    sum_ = hashlib.sha256(path.read_bytes()).hexdigest()
    described(artifact, inline_sha256=sum_)


DAMAGE: dict[str, tuple[Callable[[Artifact], None], str]] = {
    "truncated": (truncated, "artifact-damaged"),
    "emptied": (emptied, "artifact-damaged"),
    "gone": (lambda artifact: shutil.rmtree(artifact.path), "artifact-missing"),
    "without description": (without_description, "artifact-missing"),
    "described by garbage": (of_garbage, "artifact-unreadable"),
    "of another contract": (of_another_contract, "artifact-other-contract"),
    "of another boundary": (of_another_boundary, "artifact-other-abi"),
    "no extension": (no_elf, "artifact-unloadable"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_an_artifact_that_does_not_fit(kind: str, shop: Shop, artifact: Artifact) -> None:
    damage, code = DAMAGE[kind]
    whole = artifact.path.with_name("whole")
    shutil.copytree(artifact.path, whole)
    shop.register(artifact)
    shop.stage("full", artifact)
    damage(artifact)
    with shop.serve() as service, service.load() as load:
        eventually(lambda: load.answered > 20)
        # Once in the status of the process and once in the notes, with its reason.
        shown = eventually(lambda: next((s for s in [shop.status()] if "answers here" in s), None))
        assert f"{NAME}: the reference answers here: {code}: " in shown
        assert service.counters()["candidate"] == 0
        for way in (["move", NAME, "shadow"], ["prove", NAME, "--calls", "10"]):
            if kind == "no extension" and way[0] == "move":
                continue  # that shows only when it is loaded
            shop.carve(*way).fails(code, next="carve cut")
        with shop.store() as store:
            assert store.stage(NAME).stage == "full", "the move was refused"
            assert sum(note.kind == code for note in store.notes(100)) == 1
        if kind == "truncated":
            shutil.rmtree(artifact.path)
            whole.rename(artifact.path)
            eventually(lambda: service.counters()["candidate"] > 0, 12)
            eventually(lambda: "answers here" not in shop.status())
    load.check()


def test_doctor_finds_the_damaged(shop: Shop, artifact: Artifact) -> None:
    shop.register(artifact)
    assert "ok       carvings: 1 whole" in shop.carve("doctor").out
    truncated(artifact)
    done = shop.carve("doctor")
    assert done.code == 1
    assert f"MISSING  carvings: {NAME}: " in done.out
    assert "carve cut" in done.out


@pytest.mark.parametrize("how", ["truncated", "overwritten", "deleted"])
def test_the_file_of_a_loaded_carving_changes(how: str, shop: Shop, artifact: Artifact) -> None:
    """A deployment that copies over the file in place must not end the process (SIGBUS)."""
    shop.register(artifact)
    shop.stage("full", artifact)
    path = artifact.path / "carving.abi3.so"
    with shop.serve() as service, service.load() as load:
        eventually(lambda: service.counters()["candidate"] > 0)
        if how == "truncated":
            os.truncate(path, 0)
        elif how == "overwritten":
            path.write_bytes(os.urandom(path.stat().st_size))
        else:
            shutil.rmtree(artifact.path)
        before = service.counters()["candidate"]
        eventually(lambda: service.counters()["candidate"] > before + 100)
        assert service.process.poll() is None
    load.check()
    assert not list(artifact.path.parent.glob(".loading-*"))


def test_an_inline_carving_that_panics(shop: Shop, artifact: Artifact) -> None:
    shop.register(artifact)
    shop.stage("full", artifact)
    with shop.serve() as service:
        eventually(lambda: service.price(1) and service.counters()["candidate"] > 0)
        with service.load([PANICS]) as load:
            eventually(lambda: service.counters()["tripped"])
            carved = service.counters()["candidate"]
            # Off in this process at once, latched for all within a second.
            eventually(lambda: "rolled back" in shop.status())
            assert service.counters()["candidate"] == carved
        load.check()
        assert service.price(PANICS) == {"answer": PANICS * 2}
        assert "by guard panic" in shop.status()
        shop.carve("move", NAME, "full").fails("rolled-back", next="carve cut")
    assert "planted panic" not in service.said(), "a caught panic is silent"


def test_the_carvings_folder_may_not_be_written(
    shop: Shop, ordinary: Callable[[], None], tmp_path: Path
) -> None:
    folder = shop.root / "carvings"
    folder.mkdir()
    folder.chmod(0o555)
    shop.share_caches()
    done = shop.carve("cut", NAME, "--no-build", preexec=ordinary)
    done.fails("carving-unwritable", cause="Permission denied", next="--out")
    doctor = shop.carve("doctor", preexec=ordinary)
    assert f"MISSING  permissions: cannot write to {folder}" in doctor.out
