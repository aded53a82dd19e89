"""What a name of a module is bound to, read from the text: stars, conditions, repetitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from carveout.cut.frontend.bindings import Bindings

SURE = None
TWICE, CONDITION = "may be bound twice", "is bound under a condition"


def why(folder: Path, name: str, **modules: str) -> str | None:
    """Why `name` of the module `main` is unsure."""
    paths = {}
    for module, text in modules.items():
        paths[f"pkg.{module}"] = folder / f"{module}.py"
        paths[f"pkg.{module}"].write_text(text)
    return Bindings(paths, {"pkg"}).why_unsure("pkg.main", name)


@pytest.mark.parametrize(
    ("main", "other", "expected"),
    [
        ("from pkg.other import *\ndef f(): ...", "def g(): ...", SURE),
        ("from pkg.other import *\ndef f(): ...", "def f(): ...", TWICE),
        ("from pkg.other import *\ndef f(): ...", "def _f(): ...\nf = _f", TWICE),
        ("from pkg.other import *\ndef f(): ...", "__all__ = ['g']\ndef f(): ...", SURE),
        ("from pkg.other import *\ndef f(): ...", "__all__ = ('f',)\ndef f(): ...", TWICE),
        # A list that grows, or that something else may change, is no list to rely on.
        ("from pkg.other import *\ndef f(): ...", "__all__ = []\n__all__ += ['g']", TWICE),
        ("from pkg.other import *\ndef f(): ...", "__all__ = []\n__all__.append('f')", TWICE),
        ("from pkg.other import *\ndef f(): ...", "__all__ = [n for n in 'g']", TWICE),
        ("from pkg.other import *", "def f(): ...", SURE),
        ("from pkg.other import *", "f = 1\nf = 2", TWICE),
        ("try:\n    from pkg.other import *\nexcept ImportError: ...", "f = 1", CONDITION),
        ("from pkg.other import *\ndef f(): ...", "from typing import *", SURE),
        ("from pkg.other import *\ndef f(): ...", "from numpy import *", TWICE),
        ("from math import *\ndef f(): ...", "", SURE),
        ("from heapq import *\nf = 1", "", SURE),
    ],
)
def test_a_name_is_sure_if_it_is_bound_once(
    tmp_path: Path, main: str, other: str, expected: str | None
) -> None:
    found = why(tmp_path, "f", main=main, other=other)
    assert found is None if expected is None else expected in (found or ""), found


def test_a_name_of_the_library_that_is_defined_anew_is_not_sure(tmp_path: Path) -> None:
    assert why(tmp_path, "sqrt", main="from math import *\ndef sqrt(x): ...") is not None
    assert why(tmp_path, "_sqrt", main="from math import *\ndef _sqrt(x): ...") is None


def test_two_stars_that_bring_one_name_are_two_bindings(tmp_path: Path) -> None:
    both = "from pkg.one import *\nfrom pkg.two import *\n"
    assert why(tmp_path, "f", main=both, one="f = 1", two="f = 2") is not None
    assert why(tmp_path, "f", main=both, one="f = 1", two="g = 2") is None


def test_stars_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    one, two = "from pkg.two import *\nx = 1", "from pkg.one import *\ny = 1"
    assert why(tmp_path, "f", main="from pkg.one import *\nf = 1", one=one, two=two) is not None
