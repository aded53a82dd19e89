"""carve survey: every typed function has an answer, whatever the files hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from carveout.cut.survey import Survey, Surveyed, survey
from carveout.cut.survey import process as survey_process

GOOD = "def good(x: int) -> int:\n    return x + 1\n"


def write(root: Path, files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def by_name(found: Survey) -> dict[str, Surveyed]:
    return {f"{one.module}:{one.qualname}": one for one in found.functions}


def codes(one: Surveyed) -> list[str]:
    return [refusal.code for refusal in one.refusals]


STRANGE: dict[str, str | bytes] = {
    "pkg/__init__.py": "",
    "pkg/good.py": GOOD + "from pkg import broken\n",
    "pkg/broken.py": "def broken(x: int) -> int:\n    return (\n",
    "pkg/latin.py": "# caf\xe9\n".encode("latin-1") + GOOD.encode(),
    "pkg/nulls.py": b"x = 1\0\n" + GOOD.encode(),
    "pkg/empty.py": "",
    "pkg/bom.py": b"\xef\xbb\xbf" + GOOD.encode(),
    "pkg/crlf.py": GOOD.replace("\n", "\r\n").encode(),
    "pkg/any.py": "from typing import Any\ndef f(x: Any) -> int:\n    return len(x)\n",
    "pkg/untyped.py": "def f(x):\n    return x\ndef g(x, y: int):\n    return x\n",
    "pkg/a.py": "from pkg import b\ndef f(x: int) -> int:\n    return b.g(x)\n",
    "pkg/b.py": "from pkg import a\ndef g(x: int) -> int:\n    return 1 if x < 0 else a.f(x - 1)\n",
    "pkg/missing.py": "import nowhere_at_all\ndef f(x: nowhere_at_all.T) -> int:\n    return 1\n",
    "pkg/long.py": "\n".join(
        f"def f{n}(x: int) -> int:\n    y = x + {n}\n    return y * 2\n\n" for n in range(400)
    )
    + "\n# "
    + "x\n# " * 8000,
    "pkg/deep_sum.py": f"def f(x: int) -> int:\n    return {'x + ' * 3000}x\n",
    "pkg/deep_list.py": f"def f() -> int:\n    x = {'[' * 90}{']' * 90}\n    return 1\n",
    "pkg/deep_if.py": "def f(x: int) -> int:\n"
    + "".join(f"{'    ' * (n + 1)}if x > {n}:\n" for n in range(90))
    + f"{'    ' * 91}return 1\n    return 0\n",
    "pkg/elifs.py": "def f(x: int) -> int:\n    if x == 0:\n        return 1\n"
    + "".join(f"    elif x == {n}:\n        return {n}\n" for n in range(1, 150))
    + "    return 0\n",
    "pkg/methods.py": """
from dataclasses import dataclass
from typing import overload

@dataclass
class P:
    x: int

    def scaled(self, by: int) -> int:
        return self.x * by

class R:
    def __init__(self, x: int) -> None:
        self.x = x

    @property
    def twice(self) -> int:
        return self.x * 2

    @twice.setter
    def twice(self, value: int) -> None:
        self.x = value

class Q(undefined):
    async def later(self) -> int:
        return 1

@overload
def over(x: int) -> int: ...
@overload
def over(x: str) -> str: ...
def over(x: int | str) -> int | str:
    return x

if True:
    def conditional(x: int) -> int:
        return x
""",
    "pkg/twice.py": GOOD + GOOD,
    "pkg/names.py": "def é(ñ: int) -> int:\n    return ñ\n",
    "one/tool.py": GOOD,
    "two/tool.py": "def other(x: float) -> float:\n    return x\n",
    "queue.py": GOOD,
    "typing.py": GOOD,
    "my-script.py": GOOD,
    "space/inner/relative.py": "from .near import helper\n"
    "def f(x: int) -> int:\n    return helper(x)\n",
    "space/inner/near.py": "def helper(x: int) -> int:\n    return x + 1\n",
    ".hidden/skipped.py": GOOD,
    "pkg/__pycache__/skipped.py": GOOD,
}


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    root = tmp_path_factory.mktemp("strange")
    write(root, STRANGE)
    os.symlink(root, root / "pkg" / "circle")
    (root / "dangling.py").symlink_to(root / "nowhere.py")
    (root / "folder.py").mkdir()
    return survey(root)


def test_unreadable_files_are_diagnostics_at_their_line(strange: Survey) -> None:
    places = {
        (Path(one.span.file).name, 0 if "deep" in one.message else one.span.line): one.code
        for one in strange.files
        if one.span
    }
    assert places == {
        ("broken.py", 2): "file-unreadable",
        ("latin.py", 1): "file-unreadable",
        ("nulls.py", 1): "file-unreadable",
        ("deep_sum.py", 0): "file-unreadable",
    }


@pytest.mark.parametrize(
    "name",
    [
        "pkg.good:good",
        "pkg.bom:good",
        "pkg.crlf:good",
        "pkg.a:f",
        "pkg.b:g",
        "pkg.long:f399",
        "pkg.elifs:f",
        "pkg.deep_if:f",
        "pkg.methods:P.scaled",
        "tool:good",
        "tool:other",
        "queue:good",
        "typing:good",
        "my-script:good",
        "relative:f",
        "pkg.names:é",
    ],
)
def test_these_are_draftable(strange: Survey, name: str) -> None:
    one = by_name(strange)[name]
    assert one.draftable, one.refusals


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pkg.any:f", "refusal-untyped"),
        ("pkg.untyped:g", "refusal-untyped"),
        ("pkg.missing:f", "refusal-untyped"),
        ("pkg.methods:R.twice", "cut-function-missing"),
        ("pkg.methods:Q.later", "refusal-function-kind"),
        ("pkg.methods:over", "cut-function-missing"),
        ("pkg.methods:conditional", "refusal-rebound"),
        ("pkg.twice:good", "refusal-rebound"),
    ],
)
def test_these_are_refused(strange: Survey, name: str, code: str) -> None:
    one = by_name(strange)[name]
    assert not one.draftable
    assert code in codes(one), one.refusals
    for refusal in one.refusals:
        assert refusal.span is not None
        assert refusal.span.line >= 1


def test_the_totals_add_up(strange: Survey) -> None:
    shown = strange.to_json()
    totals = shown["totals"]
    assert totals["functions"] == len(shown["functions"])
    assert totals["draftable"] + totals["refused"] == totals["functions"]
    assert totals["untyped"] == 1
    assert totals["files_unreadable"] == 4
    assert all(one["draftable"] or one["refusals"] for one in shown["functions"])
    assert not any(
        "skipped" in one["file"] or "circle" in one["file"] for one in shown["functions"]
    )
    counts = [one["functions"] for one in shown["obstacles"]]
    assert counts == sorted(counts, reverse=True)
    named = [(one["file"], one["line"], one["qualname"]) for one in shown["functions"]]
    assert len(set(named)) == len(named)


def test_all_obstacles_of_a_function_are_named(tmp_path: Path) -> None:
    text = (
        "import os\n"
        "def f(x: int, *rest: int) -> int:\n"
        "    import sys\n"
        "    for n in [open('a'), os.getpid()]:\n"
        "        print(eval('x'))\n"
        "    if x > 1:\n"
        "        return exec('x') or os.getpid()\n"
        "    return hash(x)\n"
    )
    write(tmp_path, {"m.py": text})
    (one,) = survey(tmp_path / "m.py").functions
    assert sorted({r.span.line for r in one.refusals if r.span}) == [2, 3, 4, 5, 7, 8]


def test_a_function_that_takes_too_long_costs_only_itself(tmp_path: Path) -> None:
    # Exponential for mypy's inference or ours is hard to write down: so small a bound is enough.
    write(tmp_path, {"m.py": GOOD + f"def slow(x: int) -> int:\n    return {'x + ' * 300}x\n"})
    found = by_name(survey(tmp_path, function_s=0.002))
    assert codes(found["m:slow"]) == ["function-unfinished"]


def test_a_process_that_dies_in_a_function_costs_only_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = survey_process.subprocess.Popen
    code = (
        "import os, carveout.cut.survey.worker as w\n"
        "one = w._one\n"
        "def die(name, *rest):\n"
        "    if name.endswith(':bad'): os.kill(os.getpid(), 11)\n"
        "    return one(name, *rest)\n"
        "w._one = die\n"
        "w.main()\n"
    )

    def popen(_command: list[str], **named: Any) -> Any:
        return real([sys.executable, "-c", code], **named)

    monkeypatch.setattr(survey_process.subprocess, "Popen", popen)
    bad = "def bad(x: int) -> int:\n    return x\n"
    write(tmp_path, {"a.py": GOOD, "b.py": GOOD + bad + "def last(x: int) -> int:\n    return x\n"})
    found = by_name(survey(tmp_path))
    assert codes(found["b:bad"]) == ["function-unfinished"]
    assert "SIGSEGV" in found["b:bad"].refusals[0].message
    assert [found[name].draftable for name in ("a:good", "b:good", "b:last")] == [True] * 3


def test_mypy_that_fails_on_one_file_costs_only_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = survey_process.subprocess.Popen
    code = (
        "import os, carveout.cut.frontend.check as c, carveout.cut.frontend.many as m\n"
        "import carveout.cut.survey.worker as w\n"
        "files = m.check_files\n"
        "def die(modules, *rest):\n"
        "    if 'bad' in modules: os._exit(3)\n"
        "    return files(modules, *rest)\n"
        "m.check_files = die\n"
        "w.main()\n"
    )

    def popen(_command: list[str], **named: Any) -> Any:
        return real([sys.executable, "-c", code], **named)

    monkeypatch.setattr(survey_process.subprocess, "Popen", popen)
    write(tmp_path, {"a.py": GOOD, "bad.py": GOOD, "c.py": GOOD})
    found = by_name(survey(tmp_path))
    assert codes(found["bad:good"]) == ["file-unreadable"]
    assert found["a:good"].draftable
    assert found["c:good"].draftable


def carve(*arguments: str, columns: int = 80) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from carveout.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "COLUMNS": str(columns)},
    )


def test_the_command_prints_lines_or_json(tmp_path: Path) -> None:
    write(tmp_path, {"m.py": GOOD + "def bad(x: int) -> int:\n    return hash(x)\n"})
    done = carve("survey", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert f"{tmp_path}/m.py:1: m:good: draftable" in done.stdout
    assert "m:bad: refusal-call" in done.stdout
    assert "1 of 2 typed functions draftable (50 %)" in done.stdout
    done = carve("survey", str(tmp_path), "--json")
    assert json.loads(done.stdout)["totals"]["draftable"] == 1
    done = carve("survey", str(tmp_path / "nothing"), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["errors"][0]["code"] == "file-unreadable"


@pytest.mark.parametrize("columns", [40, 80])
def test_the_table_fits_a_terminal(tmp_path: Path, columns: int) -> None:
    from io import StringIO

    from rich.console import Console

    from carveout.cli import survey as command

    write(tmp_path, {"m.py": GOOD + "def bad(x: int) -> int:\n    return hash(x)\n"})
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=columns, color_system=None)
    assert command.run(tmp_path / "m.py", console=console) == 0
    text = out.getvalue()
    assert "refusal-call" in text
    table = [line for line in text.splitlines() if "refusal-" in line and ":" not in line]
    assert table
    assert all(len(line) <= columns for line in table)
