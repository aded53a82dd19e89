"""The inline boundary: Python objects in and out, and every other way a call can end."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import boundary_crates as crates
import boundary_sample as sample

pytestmark = pytest.mark.slow

DECLINED, FAILED = object(), object()


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The sample's carving, built once and bound."""
    ref = sample.ref("Everything")
    contract = crates.contract_json("sample:echo", {"value": ref}, ref, sample.TYPES)
    made = crates.make(
        tmp_path_factory.mktemp("echo"),
        contract,
        sample.OPERATION_RS,
        glue=sample.GLUE,
        types=sample.TYPES_RS,
    )
    module = crates.load(made.path)
    module.bind(sample.CLASSES, DECLINED, FAILED)
    return module


def test_module_says_what_it_is(echo: ModuleType) -> None:
    assert echo.ABI == 1
    assert echo.OPERATION == "sample:echo"
    assert len(echo.HASH) == 64


@pytest.mark.parametrize("way", ["call", "call_release"])
def test_every_type_comes_back_the_same(echo: ModuleType, way: str) -> None:
    value = sample.everything()
    result = getattr(echo, way)(value)
    assert result is not value
    assert type(result) is sample.Everything
    assert result == value
    assert str(result.f) == "-0.0"
    assert list(result.by_name) == ["b", "a"]
    assert type(result.frozen) is frozenset
    assert type(result.tags) is set
    assert result.side is sample.Side.SELL
    assert result.level is sample.Level.HIGH
    assert result.model.model_fields_set == {"n", "ok"}
    assert type(result.pair) is sample.Pair
    assert type(result.box) is dict


def test_a_result_is_laid_out_as_python_lays_it_out(echo: ModuleType) -> None:
    made, natural = echo.call(sample.everything()), sample.everything()
    # A dict of its own would make it larger and its attributes slower than the reference's.
    assert {type(held) for held in gc.get_referents(made)} == {
        type(held) for held in gc.get_referents(natural)
    }


class Doubled(sample.Everything):
    """A field whose attribute is not what lies under its name in the instance's dict."""

    @property
    def i(self) -> int:
        return int(self.__dict__["i"]) * 2

    @i.setter
    def i(self, value: int) -> None:
        self.__dict__["i"] = value // 2


def test_a_property_goes_before_the_instances_dict(echo: ModuleType) -> None:
    value = Doubled(**{name: getattr(sample.everything(), name) for name in sample.EVERYTHING})
    value.i = 10
    echo.bind({**sample.CLASSES, "sample:Everything": Doubled}, DECLINED, FAILED)
    try:
        result = echo.call(value)
    finally:
        echo.bind(sample.CLASSES, DECLINED, FAILED)
    assert result.i == 10
    assert result.__dict__["i"] == 5


class Inty(int):
    pass


class Listy(list[float]):
    pass


class Longer(sample.Everything):
    pass


@pytest.mark.parametrize(
    "changes",
    [
        {"i": True},
        {"i": 1.0},
        {"i": Inty(3)},
        {"i": 2**63},
        {"i": -(2**63) - 1},
        {"f": 1},
        {"b": 1},
        {"nothing": 0},
        {"opt": "x"},
        {"floats": (1.0,)},
        {"floats": Listy([1.0])},
        {"floats": [1]},
        {"both": (1, 2.0, 3)},
        {"both": [1, 2.0]},
        {"many": [1]},
        {"side": 1},
        {"side": sample.Level.LOW},
        {"level": 10},
        {"point": SimpleNamespace(x=1.0, y=2.0)},
        {"pair": (3, 4)},
        {"box": {"width": 1}},
        {"box": {"width": 1, "height": 2, "depth": 3}},
        {"box": {"height": 2, "width": 1}},
        {"model": sample.Model.model_construct(_fields_set={"n"}, n=1, ok=False)},
        {"name": "\ud800"},
        {"name": b"x"},
        {"data": bytearray(b"x")},
        {"by_name": {1: 1}},
        {"tags": frozenset({1})},
        {"frozen": {"x"}},
    ],
)
def test_what_cannot_cross_is_declined(echo: ModuleType, changes: dict[str, Any]) -> None:
    assert echo.call(sample.everything(**changes)) is DECLINED
    assert echo.last_reason()


def test_subclass_missing_field_and_wrong_count_are_declined(echo: ModuleType) -> None:
    value = sample.everything()
    longer = Longer(**{name: getattr(value, name) for name in sample.EVERYTHING})
    assert echo.call(longer) is DECLINED
    value.note = "would be lost"
    assert echo.call(value) is DECLINED
    del value.note
    assert echo.call(value) == value
    del value.name
    assert echo.call(value) is DECLINED
    assert echo.call() is DECLINED
    assert echo.call(value, value) is DECLINED
    assert echo.call(None) is DECLINED


@pytest.mark.parametrize("way", ["call", "call_release"])
def test_faults_are_raised_as_themselves(echo: ModuleType, way: str) -> None:
    call: Callable[..., Any] = getattr(echo, way)
    with pytest.raises(KeyError) as key:
        call(sample.everything(i=-1))
    assert key.value.args == (7,)
    with pytest.raises(sample.Refused) as refused:
        call(sample.everything(i=-2))
    assert refused.value.args == ((None, 0.5),)


@pytest.mark.parametrize("way", ["call", "call_release"])
def test_panic_decline_and_unknown_fault(
    echo: ModuleType, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    call: Callable[..., Any] = getattr(echo, way)
    assert call(sample.everything(i=-3)) is FAILED
    assert "unlucky" in echo.last_reason()
    assert call(sample.everything(i=-4)) is DECLINED
    assert echo.last_reason() == "not me"
    assert call(sample.everything(i=-5)) is DECLINED
    assert call(sample.everything(i=-6)) is DECLINED
    assert echo.last_reason() == "an exception that changes its arguments"
    assert capfd.readouterr() == ("", "")


def test_nothing_leaks(echo: ModuleType) -> None:
    value = sample.everything()
    point = value.point
    before = sys.getrefcount(point), sys.getrefcount(sample.Point), sys.getrefcount(value.name)
    for i in (1, -1, -2, -3, -4):
        value.i = i
        for _ in range(50):
            with contextlib.suppress(Exception):
                echo.call(value)
    gc.collect()
    assert before == (
        sys.getrefcount(point),
        sys.getrefcount(sample.Point),
        sys.getrefcount(value.name),
    )
    value.i = 1
    gone = weakref.ref(echo.call(value))
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("way", ["call", "call_release"])
def test_bytes_and_text_are_given_back(echo: ModuleType, way: str) -> None:
    """They are read where they are; the reference is returned even if the GIL was released."""
    data, name = bytes(range(256)), "".join(["Wörter ", str(way)])
    before = sys.getrefcount(data), sys.getrefcount(name)
    for i in (1, -1, -3, -4):
        with contextlib.suppress(KeyError):
            getattr(echo, way)(sample.everything(data=data, name=name, i=i))
    assert (sys.getrefcount(data), sys.getrefcount(name)) == before


@pytest.mark.parametrize("way", ["call", "call_release"])
def test_bytes_and_text_are_not_copied(echo: ModuleType, way: str) -> None:
    data, name = bytes(range(256)), "".join(["Wörter ", str(way)])
    result = getattr(echo, way)(sample.everything(data=data, name=name))
    assert result.data is data
    assert result.name is name


def test_wire_and_garbage(echo: ModuleType) -> None:
    assert echo.call_wire(b"")[0] == 0x92
    assert echo.call_wire(b"")[1] == 2
    assert echo.call_wire(b"\xff" * 100)[1] == 2
    with pytest.raises(TypeError):
        echo.call_wire("text")


def test_threads_at_once(echo: ModuleType) -> None:
    wrong: list[object] = []

    def work(i: int) -> None:
        for n in range(200):
            value = sample.everything(i=i * 1000 + n)
            if echo.call_release(value) != value:
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_bind_wants_every_class(echo: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="no class for"):
        echo.bind({}, DECLINED, FAILED)
    with pytest.raises(RuntimeError, match="bind"):
        echo.bind({})
    assert echo.call(sample.everything()) == sample.everything()


@pytest.fixture(scope="session")
def total(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """An operation of a plain dataclass, for JSON: the sum of its prices."""
    fields = {"prices": {"t": "list", "item": sample.FLOAT}, "side": sample.ref("Side")}
    types = {
        "sample:Ask": sample.struct("dataclass", fields),
        "sample:Side": sample.TYPES["sample:Side"],
    }
    contract = crates.contract_json("sample:total", {"ask": sample.ref("Ask")}, sample.FLOAT, types)
    made = crates.make(
        tmp_path_factory.mktemp("total"),
        contract,
        TOTAL_RS,
        glue='"sample:total" => operation::total(ask: types::Ask) -> f64;',
        types=TOTAL_TYPES_RS,
    )
    module = crates.load(made.path)
    classes = {"sample:Ask": sample.Point, "sample:Side": sample.Side}
    module.bind(classes, DECLINED, FAILED)
    return module


TOTAL_TYPES_RS = """\
use carveout_runtime::{choice, record};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Buy,
    Sell,
}
choice!(Side, "sample:Side", { Buy, Sell });

#[derive(Debug, Clone)]
pub struct Ask {
    pub prices: Vec<f64>,
    pub side: Side,
}
record!(Ask, "sample:Ask", { prices: Vec<f64>, side: Side });
"""

TOTAL_RS = """\
use carveout_runtime::{Outcome, Stop};

use crate::types::{Ask, Side};

pub fn total(ask: Ask) -> Outcome<f64> {
    assert!(ask.prices.len() < 5, "too many");
    match ask.side {
        Side::Buy => Ok(ask.prices.iter().sum()),
        Side::Sell => Err(Stop::Decline("sells")),
    }
}
"""


@pytest.mark.parametrize("way", ["call_json", "call_json_release"])
def test_json_straight_through(total: ModuleType, way: str) -> None:
    call: Callable[[bytes], bytes | None] = getattr(total, way)
    assert call(b'{"prices": [1, 2.5], "side": 1}') == b"3.5"
    assert call(b'{"side": 1, "prices": []}') in (b"0.0", b"-0.0")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"prices": [NaN], "side": 1}',
        b'{"prices": ["1"], "side": 1}',
        b'{"prices": [1], "side": 3}',
        b'{"prices": [1], "side": 1, "more": 2}',
        b'{"prices": [1], "side": 2}',
        b'{"prices": [1]}',
        b'{"prices": [1,1,1,1,1], "side": 1}',
        b'{"prices": [1e308, 1e308], "side": 1}',
    ],
)
def test_json_that_goes_the_slow_way(total: ModuleType, body: bytes) -> None:
    assert total.call_json(body) is None
    assert total.last_reason()
