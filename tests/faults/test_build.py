"""`carve cut` where it can't build: the error says what and where, what was made before stays, and
a running service notices nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.conftest import Mount
from tests.faults.shop import NAME, Service, Shop, eventually

from carveout.build import Artifact

pytestmark = pytest.mark.slow


@pytest.fixture
def running(shop: Shop, artifact: Artifact) -> Iterator[Service]:
    """A service whose carving answers, under load; every answer is checked at the end."""
    shop.share_caches()
    shop.register(artifact)
    shop.stage("full", artifact)
    with shop.serve() as service, service.load() as load:
        eventually(lambda: service.counters()["stage"] == "full")
        yield service
        assert service.counters()["stage"] == "full"
    load.check()


def artifacts(shop: Shop) -> list[str]:
    with shop.store() as store:
        return [row.hash for row in store.artifacts(NAME)]


def tool(folder: Path, name: str, script: str) -> Path:
    """An executable in place of cargo or rustc."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_missing_cargo(shop: Shop, running: Service, tmp_path: Path) -> None:
    before = artifacts(shop)
    nothing = {"PATH": "/nonexistent", "HOME": str(tmp_path), "CARGO": ""}
    done = shop.carve("cut", NAME, environment=nothing)
    done.fails("cargo-missing", cause="neither $CARGO nor PATH", next="install Rust")
    # The draft is there all the same, to be built later or elsewhere.
    assert (shop.root / "carvings" / "shop_prices_price" / "src" / "operation.rs").exists()
    assert artifacts(shop) == before
    doctor = shop.carve("doctor", environment=nothing)
    assert doctor.code == 1
    assert "MISSING  cargo: not found" in doctor.out
    assert "rustup" in doctor.out


def test_a_broken_build(shop: Shop, running: Service) -> None:
    before = artifacts(shop)
    shop.carve("cut", NAME, "--no-build").passes()
    source = shop.root / "carvings" / "shop_prices_price" / "src" / "operation.rs"
    text = source.read_text() + '\npub fn mine() -> i64 { "not a number" }\n'
    source.write_text(text)
    manifest = source.parents[1] / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace('lto = "off"\n', ""))
    line = text.count("\n")
    done = shop.carve("cut", NAME)
    done.fails(
        "build-failed",
        message="rustc: mismatched types",
        place=f"src/operation.rs:{line}:24",
        caret="^^^^^^^^^^^^^^",
        next="edit the carving and build again",
    )
    assert source.read_text() == text, "what was edited stays"
    assert artifacts(shop) == before
    (error,) = shop.carve("cut", NAME, "--json").json["errors"]
    assert (error["code"], error["line"]) == ("build-failed", line)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'error: the toolchain is not installed' >&2; exit 1", "toolchain is not installed"),
        ("kill -9 $$", "cargo ended with -9"),
        ("exit 0", "cargo ended without the expected file"),
        ("echo 'no space: No space left on device' >&2; exit 101", "the disk is full"),
    ],
    ids=["no toolchain", "killed", "makes nothing", "full disk"],
)
def test_cargo_does_not_do_its_work(script: str, said: str, shop: Shop, tmp_path: Path) -> None:
    shop.share_caches()
    cargo = tool(tmp_path / "bin", "cargo", script)
    shop.carve("cut", NAME, environment={"CARGO": str(cargo)}).fails("build-failed", cause=said)
    assert artifacts(shop) == []


def test_the_disk_is_full_while_it_builds(
    shop: Shop, mount: Mount, tmp_path: Path, running: Service
) -> None:
    disk = tmp_path / "disk"
    mount(disk, "size=600k")
    (shop.home / "target").unlink()
    (shop.home / "target").symlink_to(disk)
    before = artifacts(shop)
    shop.carve("cut", NAME).fails("build-failed", cause="the disk is full", next="free some space")
    assert artifacts(shop) == before


def test_the_disk_is_full_where_artifacts_are_kept(
    shop: Shop, mount: Mount, tmp_path: Path, built: Artifact
) -> None:
    """cargo has done its work, and there is no room for the copy."""
    disk = tmp_path / "disk"
    mount(disk, "size=200k")
    shop.share_caches()
    (shop.home / "artifacts").symlink_to(disk)
    made = tool(
        tmp_path / "bin",
        "cargo",
        'case "$*" in\n'
        f'*--lib*) echo \'{{"reason":"compiler-artifact","target":{{"kind":["cdylib"]}},'
        f'"filenames":["{built.path}/carving.abi3.so"]}}\';;\n'
        f'*) echo \'{{"reason":"compiler-artifact","target":{{"kind":["bin"]}},'
        f'"executable":"{built.path}/worker"}}\';;\nesac',
    )
    done = shop.carve("cut", NAME, environment={"CARGO": str(made)})
    done.fails("artifact-unwritable", cause="No space left on device", next="free space")
    assert artifacts(shop) == []
    assert list(disk.iterdir()) == [], "nothing half-written is left"


def test_the_disk_is_full_where_the_draft_goes(shop: Shop, mount: Mount) -> None:
    folder = shop.root / "carvings"
    mount(folder, "size=12k")
    shop.share_caches()
    done = shop.carve("cut", NAME, "--no-build")
    done.fails("carving-unwritable", cause="No space left on device", next="free some space")
    assert not list(folder.rglob("*.partial"))
    mount(folder, "size=1m")
    shop.carve("cut", NAME, "--no-build").passes()
    # Nothing of the first try counts as edited by hand.
    assert not list(folder.rglob("*.new"))


def test_the_disk_is_full_where_mypy_keeps_its_cache(
    shop: Shop, mount: Mount, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    mount(disk, "size=64k")
    shop.home.mkdir()
    (shop.home / "mypy").symlink_to(disk)
    done = shop.carve("cut", NAME, "--no-build")
    assert "Traceback" not in done.err
    assert "error[internal]" not in done.err
    assert done.code in (0, 1)


def test_a_carving_whose_crate_lost_its_marks(shop: Shop) -> None:
    shop.share_caches()
    shop.carve("cut", NAME, "--no-build").passes()
    crate = shop.root / "carvings" / "shop_prices_price"
    (crate / "src" / "lib.rs").write_text("// rewritten by hand\n")
    (crate / "carving.json").write_text("{")
    done = shop.carve("cut", NAME, "--no-build").passes()
    assert (crate / "src" / "lib.rs").read_text() == "// rewritten by hand\n"
    assert "kept as you edited it" in done.out
