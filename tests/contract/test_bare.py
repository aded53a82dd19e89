"""What is read of annotations that leave out what something holds."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from carveout.contract import contract_of
from carveout.contract.bare import completed, completed_text
from carveout.diagnostics import CarveError

CASES = {
    # counted with: any number; indexes and bounds: ints
    "def f(xs: list) -> float:\n    return sum(xs) / len(xs)": {"xs": "list[int | float]"},
    "def f(xs: list) -> int:\n    return [1, 2][xs[0]]": {"xs": "list[int]"},
    "def f(xs: list) -> int:\n    return max(x << 1 for x in xs)": {"xs": "list[int]"},
    "def f(xs: list, n: int) -> int:\n    return 'ab'.find(xs[n].upper())": {"xs": "list[str]"},
    "def f(xs: list) -> str:\n    return ', '.join(xs)": {"xs": "list[str]"},
    "def f(m: list) -> list:\n    return [r[0] / 2 for r in m]": {
        "m": "list[list[int | float]]",
        "return": "list[float]",
    },
    "def f(d: dict) -> float:\n    return d['a'] / 2": {"d": "dict[str, int | float]"},
    "def f(d: dict) -> dict:\n    return {k.upper(): v + 1 for k, v in d.items()}": {
        "d": "dict[str, int | float]",
        "return": "dict[str, int | float]",
    },
    # what the items of a set are counted with are ints: floats are no keys
    "def f(n: int) -> set:\n    return {i % 3 for i in range(n)}": {"return": "set[int]"},
    "def f(n: int) -> tuple:\n    return n, str(n)": {"return": "tuple[int, str]"},
    "def f(xs: tuple) -> int:\n    return sum(xs) + 1": {},
    "def f(n: int) -> list | None:\n    return [str(n)] if n else None": {
        "return": "list[str] | None"
    },
    "def f(n: int) -> tuple[int, list]:\n    return n, [n]": {"return": "tuple[int, list[int]]"},
    "def f(n: int) -> list[list]:\n    return [[n / 2]]": {"return": "list[list[float]]"},
    # by an annotation inside
    "def f(xs: list) -> int:\n    ys: list[int] = sorted(xs)\n    return ys[0]": {
        "xs": "list[int]"
    },
    # not told, or contradicted: as it is
    "def f(xs: list) -> int:\n    return len(xs)": {},
    "def f(n: int) -> list:\n    return [n, str(n)]": {},
    "def f(n: int) -> list:\n    return []": {},
    "def f(xs: list) -> list:\n    return f(xs)": {},
    "def f(xs: list[str]) -> int:\n    return len(xs)": {},
    # a comprehension's variables are its own
    "def f(xs: list) -> list:\n    c = [x for x in xs]\n    return [x + 1 for x in range(3)]": {
        "return": "list[int]"
    },
}


@pytest.mark.parametrize("source", CASES)
def test_what_is_read(source: str) -> None:
    assert completed(ast.parse(source)).get("f", {}) == CASES[source]


def test_helpers_and_callers_tell_each_other() -> None:
    source = (
        "def check(xs: list, n: int) -> None:\n    assert n < len(xs)\n\n\n"
        "def take(xs: list, n: int) -> str:\n    check(xs, n)\n    return xs[n].strip()\n"
    )
    found = completed(ast.parse(source))
    assert found["check"]["xs"] == found["take"]["xs"] == "list[str]"


def test_no_line_moves_in_the_compilers_text() -> None:
    source = (
        "def f(π: list, n: int) -> list:  # ü\n    total = 0\n    for p in π:\n"
        "        total += p / 2\n    return [total]\n"
    )
    text = completed_text(source, ast.parse(source))
    assert text.splitlines()[0] == "def f(π: list[int | float], n: int) -> list[int | float]:  # ü"
    assert text.splitlines()[1] == "    total: float = 0"
    assert len(text.splitlines()) == len(source.splitlines())


@pytest.mark.parametrize(
    "body",
    [
        "    n = 0\n    n += 1\n    return n",  # stays an int
        "    n = 0.5\n    n = 1\n    return n",  # starts as a float
        "    global n\n    n = 0\n    n = n / 2\n    return n",
        "    n: int = 0\n    n = xs[0]\n    return n",
        "    for n in xs:\n        n = 0\n        n = n / 2\n    return n",
    ],
)
def test_other_variables_are_left_alone(body: str) -> None:
    source = f"def f(xs: list[int]) -> float:\n{body}\n"
    assert completed_text(source, ast.parse(source)) is source


def _module(folder: Path, text: str) -> ModuleType:
    path = folder / "bare_module.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("bare_module", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bare_module"] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["bare_module"]
    return module


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n\n"])
def test_the_contract_says_it(tmp_path: Path, future: str) -> None:
    module = _module(
        tmp_path,
        future + "def mean(xs: list) -> float:\n    return sum(xs) / len(xs)\n\n\n"
        "def size(xs: list) -> int:\n    return len(xs)\n",
    )
    (param,) = contract_of(module.mean).params
    assert param.type == {
        "t": "list",
        "item": {"t": "union", "members": [{"t": "float"}, {"t": "int"}]},
    }
    with pytest.raises(CarveError, match="a bare list doesn't say what it holds"):
        contract_of(module.size)


def test_a_function_inside_another_is_not_read(tmp_path: Path) -> None:
    module = _module(
        tmp_path,
        "def outer():\n    def mean(xs: list) -> float:\n        return sum(xs) / len(xs)\n"
        "    return mean\n",
    )
    with pytest.raises(CarveError, match="a bare list"):
        contract_of(module.outer())
