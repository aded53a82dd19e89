"""What was predicted and what came of it stand side by side, and stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from carveout.find.calibration import FILE, Book, Prediction

SAID = Prediction(
    at=1.0,
    predicted=3.0,
    low=2.5,
    share=0.8,
    speedup=10.0,
    assumed=False,
    cpu_ms_a_call=12.0,
    mean_ns=9e6,
)


def test_the_whole_is_measured_by_its_cpu_a_call(tmp_path: Path) -> None:
    book = Book.read(tmp_path)
    book.predict("app:f", SAID)
    book.write(tmp_path)
    book = Book.read(tmp_path)
    outcome = book.measure("app:f", "a" * 64, cpu_ms_a_call=3.0, mean_ns=1e6)
    assert outcome is not None
    assert (outcome.measured, outcome.own) == (4.0, 9.0)
    assert outcome.error == pytest.approx(-0.25)
    assert str(outcome) == "predicted 3.00× (at least 2.50×), measured 4.00×: -25%"
    book.write(tmp_path)
    again = Book.read(tmp_path)
    assert again.outcomes["app:f"]["a" * 64] == outcome
    assert again.calibration == pytest.approx(-0.25)


def test_errors_of_several_carvings_are_averaged_as_factors(tmp_path: Path) -> None:
    book = Book()
    book.predict("app:f", SAID)
    book.predict("app:g", replace(SAID, predicted=2.0))
    book.measure("app:f", "a", cpu_ms_a_call=2.0)  # 6×: half was predicted
    book.measure("app:g", "b", cpu_ms_a_call=12.0)  # 1×: twice was predicted
    assert book.calibration == pytest.approx(0.0)
    book.measure("app:f", "a", cpu_ms_a_call=4.0)  # measured again: the same artifact's
    assert len(book.outcomes["app:f"]) == 1


def test_without_both_ends_there_is_no_outcome() -> None:
    book = Book()
    assert book.measure("app:f", "a", cpu_ms_a_call=3.0) is None
    book.predict("app:f", SAID)
    assert book.measure("app:f", "a", cpu_ms_a_call=None) is None
    assert book.calibration is None


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"predictions": {"a": {"x": 1}}}', "{}"])
def test_a_damaged_book_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert Book.read(tmp_path) == Book()


def test_a_home_that_is_gone_is_no_failure(tmp_path: Path) -> None:
    Book().write(tmp_path / "gone")
