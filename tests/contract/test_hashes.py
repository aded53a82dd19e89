"""reference_hash: what changes it and what doesn't."""

from __future__ import annotations

import importlib.util
import itertools
import linecache
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from carveout.contract import reference_hash

BASE = '''
"""A module."""
import math
RATE = 0.2
class Order:
    """An order."""
    def total(self): return 3
def helper(x):
    """Helps."""
    return fn(x - 1) if x else RATE
def fn(x):
    """Does it."""
    return helper(x) + math.floor(x) + Order().total()
def unrelated(): return 1
'''

Hash = Callable[[str], str]
_count = itertools.count()


@pytest.fixture
def hash_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hash:
    def make(source: str) -> str:
        path = tmp_path / f"v{next(_count)}" / "shop.py"
        path.parent.mkdir()
        path.write_text(source)
        linecache.checkcache()
        spec = importlib.util.spec_from_file_location("shop", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "shop", module)
        spec.loader.exec_module(module)
        return reference_hash(module.fn)

    return make


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Does it.", "Does something."),
        ("return helper(x) +", "return (helper(x) # why\n        ) +"),
        ("def unrelated(): return 1", "def unrelated(): return 2"),
        ("\nRATE", "\n\n\nRATE"),
        ("An order.", "A big order."),
    ],
)
def test_unchanged_by(hash_of: Hash, old: str, new: str) -> None:
    assert old in BASE
    assert hash_of(BASE.replace(old, new)) == hash_of(BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE = 0.2", "RATE = 0.3"),
        ("x - 1", "x - 2"),
        ("return 3", "return 4"),
        ("math.floor", "math.ceil"),
        ("helper(x) +", "helper(x) -"),
    ],
)
def test_changed_by(hash_of: Hash, old: str, new: str) -> None:
    assert old in BASE
    assert hash_of(BASE.replace(old, new)) != hash_of(BASE)
