"""The examination of other people's functions: it finds them, and it sees a carving that lies."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bench.corpora.calls import Compared, in_place, run_examples
from bench.corpora.report import Result, construct, ranking
from bench.corpora.same import difference
from bench.corpora.sources import NotFetched, fetched, folder, functions

from carveout.trial import DECLINED

REPO = Path(__file__).resolve().parents[2]


@dataclass
class Point:
    x: float
    tags: list[str]


SHARED: list[int] = [1]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ([1], (1,)),
        ([1, 2], deque([1, 2])),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1}, {1.0}),
        (Point(1.0, []), Point(1.0, [""])),
        (Point(1.0, []), Point(1, [])),
        ([SHARED, SHARED], [[1], [1]]),
        ([[1], [1]], [SHARED, SHARED]),
        ((SHARED, SHARED), (SHARED, [1])),
        ("a", "b"),
        (None, 0),
    ],
)
def test_what_a_caller_can_tell_apart_is_different(a: Any, b: Any) -> None:
    assert difference(a, b) is not None
    assert difference(b, a) is not None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (float("nan"), float("nan")),
        ([SHARED, SHARED], [SHARED, SHARED]),
        ([[1], [1]], [[1], [1]]),
        (Point(1.5, ["a"]), Point(1.5, ["a"])),
        ({"a": {1, 2}}, {"a": {2, 1}}),
    ],
)
def test_what_no_caller_can_tell_apart_is_the_same(a: Any, b: Any) -> None:
    assert difference(a, b) is None


def test_an_object_that_holds_itself_comes_to_an_end() -> None:
    a: list[Any] = []
    a.append(a)
    b: list[Any] = []
    b.append(b)
    assert difference(a, b) is None


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_typed_functions_are_found_and_tests_and_untyped_ones_are_not(tmp_path: Path) -> None:
    write(
        tmp_path,
        shop__prices='def a(x: int) -> int:\n    """\n    >>> a(1)\n    1\n    """\n    return x\n'
        "def b(x) -> int: ...\ndef c(*xs: int) -> None: ...\ndef d(*xs) -> None: ...\n",
        shop__broken="def (",
        shop__tests__more="def e() -> int: ...",
        test_shop="def f() -> int: ...",
    )
    (tmp_path / "shop" / "__init__.py").write_text("def g() -> int: ...\n")
    (tmp_path / "shop" / "strange.py").write_bytes(b"\x00\xff")
    found = functions(folder(tmp_path))
    assert [(one.name, one.examples) for one in found] == [
        ("shop:g", 0),
        ("shop.prices:a", 1),
        ("shop.prices:c", 0),
    ]
    # The package itself, named as a folder, is imported from the folder above.
    inner = folder(tmp_path / "shop")
    assert inner.path == tmp_path
    assert [one.name for one in functions(inner)] == [one.name for one in found]


def test_a_package_that_the_index_has_not_is_said(tmp_path: Path, monkeypatch: Any) -> None:
    def nothing(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "ERROR: no matching distribution")

    monkeypatch.setattr(subprocess, "run", nothing)
    with pytest.raises(NotFetched, match="no matching distribution"):
        fetched("no-such-package==1", tmp_path)


class Lying:
    """A carving as `Trial` has it, whose answer the test gives."""

    name = "shop:double"

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    @staticmethod
    def function(x: int, seen: list[int]) -> int:
        if x < 0:
            raise ValueError(f"negative: {x}")
        seen.append(x)
        return 2 * x

    def __call__(self, *args: Any) -> Any:
        return self.answer(*args)


def right(x: int, seen: list[int]) -> int:
    return Lying.function(x, seen)


def another_message(x: int, seen: list[int]) -> int:
    if x < 0:
        raise ValueError("negative")
    return right(x, seen)


def another_class(x: int, seen: list[int]) -> int:
    if x < 0:
        raise TypeError(f"negative: {x}")
    return right(x, seen)


@pytest.mark.parametrize(
    ("answer", "x", "counted"),
    [
        (right, 2, "same"),
        (right, -1, "same"),
        (lambda x, seen: DECLINED, 2, "declined"),
        (lambda x, seen: right(x, seen) + 1, 2, "different"),
        (lambda x, seen: float(right(x, seen)), 2, "different"),
        (lambda x, seen: 2 * x, 2, "different"),
        (lambda x, seen: 0, -1, "different"),
        (another_message, -1, "different"),
        (another_class, -1, "different"),
    ],
)
def test_one_call_on_both_sides(answer: Any, x: int, counted: str) -> None:
    lines: list[dict[str, Any]] = []
    one = Compared(Lying(answer), lines.append)  # type: ignore[arg-type]
    seen: list[int] = []
    if x < 0:
        with pytest.raises(ValueError, match=f"negative: {x}"):
            one(x, seen)
    else:
        assert one(x, seen) == 2 * x
        assert seen == [x]  # the reference's change, once
    counts = one.counts()
    assert {k: counts[k] for k in ("same", "declined", "different")} == {
        k: int(k == counted) for k in ("same", "declined", "different")
    }
    result = Result.of("shop", [{"kind": "end"}, *lines, counts])
    assert len(result.different) == (counted == "different")
    assert result.calls[counted] == 1


def test_examples_call_both_sides(tmp_path: Path, monkeypatch: Any) -> None:
    import importlib

    write(
        tmp_path,
        shop_of_examples='def double(x: int) -> int:\n    """\n    >>> double(2)\n    4\n'
        '    >>> twice(3)\n    12\n    """\n    return 2 * x\n'
        "def twice(x: int) -> int:\n    return double(double(x))\n",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("shop_of_examples")

    class One(Lying):
        function = staticmethod(module.double)

    lines: list[dict[str, Any]] = []
    one = Compared(One(lambda x: 2 * x if x < 6 else 0), lines.append)  # type: ignore[arg-type]
    put_back = in_place({"shop_of_examples:double": one}, "shop_of_examples")
    assert run_examples(module, []) == (2, 0)
    put_back()
    assert module.double is One.function
    assert (one.same, one.different) == (2, 1)
    assert [line["args"] for line in lines if line["kind"] == "different"] == ["((6,), {})"]


def test_obstacles_are_ranked_by_the_functions_that_lack_only_them() -> None:
    a = {"code": "refusal-call", "message": 'open("x") is not drafted', "line": 1}
    b = {"code": "refusal-type", "message": "values of type T are not drafted", "line": 2}
    lines = [
        {"kind": "tried", "name": "m:f", "refusals": [a, b], "plain": None},
        {"kind": "tried", "name": "m:g", "refusals": [b, b | {"line": 3}], "plain": None},
        {"kind": "tried", "name": "m:h", "refusals": [], "plain": None},
    ]
    result = Result.of("m", lines)
    assert (result.functions, len(result.drafted), result.finished) == (3, 1, False)
    first, second = ranking([result])
    assert (first["code"], first["alone"], first["functions"]) == ("refusal-type", 1, 2)
    assert first["examples"] == ["m:g", "m:f"]
    assert (second["construct"], second["alone"]) == ('open("…") is not drafted', 0)
    assert construct(a) == ("refusal-call", 'open("…") is not drafted')


@pytest.mark.slow
def test_a_folder_is_examined_from_end_to_end(tmp_path: Path) -> None:
    write(
        tmp_path / "sources",
        shop__prices='def double(x: int) -> int:\n    """\n    >>> double(4)\n    8\n    """\n'
        "    return 2 * x\n"
        "def loud(x: int) -> int:\n    print(x)\n    return x\n",
    )
    (tmp_path / "sources" / "shop" / "__init__.py").write_text("")
    out, rank = tmp_path / "out.json", tmp_path / "ranking.json"
    command = [sys.executable, "-m", "bench.corpora", str(tmp_path / "sources"), "--home"]
    command += [str(tmp_path / "home"), "--out", str(out), "--ranking", str(rank)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = json.loads(out.read_text())
    assert (result["functions"], result["drafted"], result["finished"]) == (2, 1, True)
    assert result["calls"]["example: same"] == 1
    assert result["calls"]["made up: same"] > 100
    assert result["different"] == result["broken"] == []
    (obstacle,) = json.loads(rank.read_text())
    assert obstacle["examples"] == ["shop.prices:loud"]
