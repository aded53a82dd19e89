"""More memory than there is: declined, where a failed allocation would end the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from carveout._native import DECLINED
from carveout.trial import Trial, trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
REPO = Path(__file__).resolve().parents[2]
SOURCE = """
import math

def listed(n: int) -> int:
    return len([0 for _ in range(n)])


def made_of_range(n: int) -> int:
    return len(list(range(n))) + len(sorted(range(n)))


def keyed(n: int) -> int:
    return len({i: 0 for i in range(n)})


def in_set(n: int) -> int:
    return len({i for i in range(n)})


def repeated_list(n: int) -> int:
    return len([0] * n)


def repeated_text(n: int) -> int:
    return len("xyz" * n)


def repeated_bytes(n: int) -> int:
    return len(b"xyz" * n)


def zeros(n: int) -> int:
    return len(bytes(n))


def padded(n: int) -> int:
    return len("x".ljust(n)) + len("x".center(n)) + len("-1".zfill(n))


def shifted(n: int) -> int:
    return (math.factorial(25) << n) % 7


def found_early(n: int) -> int:
    out = []
    for i in range(n):
        out.append(i)
        if i > 10:
            break
    return len(out)
"""
NAMES = [line[4:].partition("(")[0] for line in SOURCE.splitlines() if line.startswith("def ")]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    folder = tmp_path_factory.mktemp("memory")
    (folder / "memory_programs").mkdir()
    (folder / "memory_programs" / "__init__.py").write_text(SOURCE)
    return trial(
        [f"memory_programs:{name}" for name in NAMES],
        search_path=[folder],
        home=REPO / "target" / "cut-tests",
        crates_dir=REPO / "crates",
    )


@pytest.mark.parametrize("name", NAMES)
def test_sizes_beyond_memory_are_declined(trials: dict[str, Trial], name: str) -> None:
    one = trials[f"memory_programs:{name}"]
    assert not one.refusals, one.error
    assert one.function is not None
    assert one(5) == one.function(5)
    for n in (10**10, 10**12, 2**62):
        wanted = 12 if name == "found_early" else DECLINED
        assert one(n) is wanted or one(n) == wanted
