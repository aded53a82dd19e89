"""The wheel as `pip install carveout` gives it: small, whole, clear about what extras bring."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import venv
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

SHOP = """\
from carveout import operation

@operation
def total(lines: list[float], rate: float = 0.25) -> float:
    s = 0.0
    for line in lines:
        s += line
    return s * (1 + rate)

if __name__ == "__main__":
    print(total([1.0, 2.0]))
"""
EXTRAS = ("mypy", "hypothesis", "pytest", "py_spy", "fastapi", "starlette")


def needed(name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """A distribution and all that a plain install of it brings."""
    seen |= {name}
    for line in importlib.metadata.requires(name) or ():
        other = re.match(r"[\w.-]+", line)
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            if other and "extra ==" not in line and other[0] not in seen:
                importlib.metadata.distribution(other[0])
                seen = needed(other[0], seen)
    return seen


def clean() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CARVEOUT", "PYTHON"))}
    return {**kept, "COLUMNS": "200", "NO_COLOR": "1", "CARVEOUT_HOME": ".carveout"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    uv = REPO / ".build" / "uv" / "bin" / "uv"
    out = tmp_path_factory.mktemp("wheel")
    command = [str(uv), "build", "--wheel", "-q", "-o", str(out), str(REPO)]
    subprocess.run(command, check=True, timeout=280)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def plain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel and what it depends on, nothing more."""
    folder = tmp_path_factory.mktemp("plain")
    venv.create(folder, with_pip=False, symlinks=True)
    into = next((folder / "lib").glob("python3*")) / "site-packages"
    uv = REPO / ".build" / "uv" / "bin" / "uv"
    command = [str(uv), "pip", "install", "-q", "--no-deps", "--python", str(folder), str(wheel)]
    subprocess.run(command, check=True, timeout=120)
    # What it depends on comes from here, without a registry; of the extras, nothing.
    (into / "here.pth").write_text(f"{folder / 'deps'}\n")
    (folder / "deps").mkdir()
    here = Path(pytest.__file__).parents[1]
    for name in needed("carveout"):
        for top in {Path(str(f)).parts[0] for f in importlib.metadata.files(name) or ()}:
            if (here / top).exists() and name != "carveout" and top != "..":
                (folder / "deps" / top).symlink_to(here / top)
    return folder / "bin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def run(plain: Path, project: Path, *command: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(plain / command[0]), *command[1:]],
        cwd=project,
        env=clean(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    return done.returncode, done.stdout + done.stderr


def test_what_is_in_it(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "-abi3-" in wheel.name
    assert {"carveout/py.typed", "carveout/_native.abi3.so", "carveout/_native.pyi"} <= names
    for crate in ("carveout-runtime", "carveout-worker"):
        sources = {
            path.relative_to(REPO / "crates").as_posix()
            for path in (REPO / "crates" / crate).rglob("*")
            if path.name == "Cargo.toml" or (path.suffix == ".rs" and "src" in path.parts)
        }
        assert sources
        assert {f"carveout/_crates/{name}" for name in sources} <= names
    assert "carveout/gateway/_bin/carveout-gateway" in names
    assert not [n for n in names if "test" in n.lower().split("/")[-1] or n.startswith("bench")]
    assert wheel.stat().st_size < 5_000_000


def test_the_gateway_needs_nothing_else(plain: Path, project: Path) -> None:
    (project / "gateway.toml").write_text(
        '[gateway]\nlisten = ["127.0.0.1:0"]\nroutes = [{ prefix = "/", respond = {} }]\n'
    )
    code, said = run(plain, project, "carve", "gateway", "check", "gateway.toml")
    assert (code, said) == (0, "gateway.toml: valid\n")


def test_an_operation_needs_no_extra(plain: Path, project: Path) -> None:
    code = "import shop, sys; assert shop.total([1.0, 2.0]) == 3.75; " + (
        f"print([m for m in {EXTRAS} if m in sys.modules], shop.total.codec is not None)"
    )
    assert run(plain, project, "python", "-c", code) == (0, "[] True\n")
    for name in EXTRAS:
        found, _ = run(plain, project, "python", "-c", f"import {name}")
        assert found == 1, "the test's environment has an extra in it"


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (("find", "--seconds", "1", "--", "python", "shop.py"), 0, "carveout[find]"),
        (("cut", "shop:total"), 1, "carveout[cut]"),
        (("doctor",), None, "carveout[cut]"),
        (("run", "--", "python", "shop.py"), 0, "3.75"),
        (("status",), 0, ""),
        (("check",), 0, ""),
        (("move", "shop:total", "shadow"), 1, "carve cut shop:total"),
        (("back", "shop:total"), 0, "shop:total"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_commands_name_the_extra_they_need(
    plain: Path, project: Path, command: tuple[str, ...], code: int | None, says: str
) -> None:
    words = [str(plain / "python") if word == "python" else word for word in command]
    run(plain, project, "python", "shop.py")  # makes the operation known
    got, said = run(plain, project, "carve", *words)
    assert code is None or got == code, said
    assert says in said
    assert "error[internal]" not in said
    assert "Traceback" not in said


@pytest.mark.skipif(shutil.which("cargo") is None, reason="Rust is not here")
def test_a_carving_builds_from_the_crates_in_it(plain: Path, project: Path) -> None:
    """By hand, as the drafting compiler is an extra; and what prove then misses is named."""
    # What comes from the registry is compiled once for all tests.
    target = Path(os.environ.get("CARVEOUT_TEST_TARGET", REPO / "target" / "carvings"))
    target.mkdir(parents=True, exist_ok=True)
    (project / ".carveout").mkdir()
    (project / ".carveout" / "target").symlink_to(target)
    got, said = run(plain, project, "carve", "cut", "shop:total", "--blank")
    assert got == 0, said
    manifest = next((project / "carvings").glob("*/Cargo.toml")).read_text()
    assert str(REPO) not in manifest
    assert "_crates" in manifest
    got, said = run(plain, project, "carve", "prove", "shop:total")
    assert (got, "carveout[prove]" in said, "internal" in said) == (1, True, False), said
