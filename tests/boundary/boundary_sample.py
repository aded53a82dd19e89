"""Types of every kind that crosses, and the Rust that echoes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, NamedTuple, TypedDict

import msgspec
from pydantic import BaseModel


class Side(Enum):
    BUY = 1
    SELL = 2


class Level(IntEnum):
    LOW = 10
    HIGH = 20


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


class Tick(msgspec.Struct):
    at: int
    price: float


class Bar(msgspec.Struct, kw_only=True, frozen=True):
    low: float
    high: float


class Pair(NamedTuple):
    left: int
    right: int


class Box(TypedDict):
    width: int
    height: int


class Model(BaseModel):
    n: int
    ok: bool


class Refused(Exception):
    pass


class Altering(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(f"no {name}")


@dataclass
class Everything:
    i: int
    f: float
    b: bool
    nothing: None
    opt: int | None
    floats: list[float]
    both: tuple[int, float]
    many: tuple[int, ...]
    side: Side
    level: Level
    point: Point
    tick: Tick
    bar: Bar
    pair: Pair
    box: Box
    model: Model
    points: list[Point]
    name: str
    data: bytes
    by_name: dict[str, int]
    tags: set[int]
    frozen: frozenset[str]


INT: dict[str, Any] = {"t": "int"}
FLOAT: dict[str, Any] = {"t": "float"}
STR: dict[str, Any] = {"t": "str"}


def ref(name: str) -> dict[str, Any]:
    return {"t": "ref", "name": f"sample:{name}"}


def struct(kind: str, fields: dict[str, Any], frozen: bool = False) -> dict[str, Any]:
    listed = [{"name": n, "type": t, "required": True} for n, t in fields.items()]
    return {"t": "struct", "kind": kind, "frozen": frozen, "fields": listed}


EVERYTHING: dict[str, Any] = {
    "i": INT,
    "f": FLOAT,
    "b": {"t": "bool"},
    "nothing": {"t": "none"},
    "opt": {"t": "optional", "item": INT},
    "floats": {"t": "list", "item": FLOAT},
    "both": {"t": "tuple", "items": [INT, FLOAT]},
    "many": {"t": "vartuple", "item": INT},
    "side": ref("Side"),
    "level": ref("Level"),
    "point": ref("Point"),
    "tick": ref("Tick"),
    "bar": ref("Bar"),
    "pair": ref("Pair"),
    "box": ref("Box"),
    "model": ref("Model"),
    "points": {"t": "list", "item": ref("Point")},
    "name": STR,
    "data": {"t": "bytes"},
    "by_name": {"t": "dict", "key": STR, "value": INT},
    "tags": {"t": "set", "item": INT},
    "frozen": {"t": "frozenset", "item": STR},
}

TYPES: dict[str, Any] = {
    "sample:Everything": struct("dataclass", EVERYTHING),
    "sample:Side": {"t": "enum", "base": "none", "members": [["BUY", 1], ["SELL", 2]]},
    "sample:Level": {"t": "enum", "base": "int", "members": [["LOW", 10], ["HIGH", 20]]},
    "sample:Point": struct("dataclass", {"x": FLOAT, "y": FLOAT}, frozen=True),
    "sample:Tick": struct("msgspec", {"at": INT, "price": FLOAT}),
    "sample:Bar": struct("msgspec", {"low": FLOAT, "high": FLOAT}, frozen=True),
    "sample:Pair": struct("namedtuple", {"left": INT, "right": INT}, frozen=True),
    "sample:Box": struct("typeddict", {"width": INT, "height": INT}),
    "sample:Model": struct("pydantic", {"n": INT, "ok": {"t": "bool"}}),
}

CLASSES: dict[str, type] = {
    f"sample:{kind.__name__}": kind
    for kind in (Everything, Side, Level, Point, Tick, Bar, Pair, Box, Model, Refused, Altering)
}

TYPES_RS = """\
use carveout_runtime::{Bytes, Dict, Set, Str, choice, record};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Buy,
    Sell,
}
choice!(Side, "sample:Side", { Buy, Sell });

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    Low,
    High,
}
choice!(Level, "sample:Level", { Low, High });

#[derive(Debug, Clone)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}
record!(Point, "sample:Point", { x: f64, y: f64 });

#[derive(Debug, Clone)]
pub struct Tick {
    pub at: i64,
    pub price: f64,
}
record!(Tick, "sample:Tick", { at: i64, price: f64 });

#[derive(Debug, Clone)]
pub struct Bar {
    pub low: f64,
    pub high: f64,
}
record!(Bar, "sample:Bar", { low: f64, high: f64 });

#[derive(Debug, Clone)]
pub struct Pair {
    pub left: i64,
    pub right: i64,
}
record!(Pair, "sample:Pair", { left: i64, right: i64 });

#[derive(Debug, Clone)]
pub struct Box {
    pub width: i64,
    pub height: i64,
}
record!(Box, "sample:Box", { width: i64, height: i64 });

#[derive(Debug, Clone)]
pub struct Model {
    pub n: i64,
    pub ok: bool,
}
record!(Model, "sample:Model", { n: i64, ok: bool });

#[derive(Debug, Clone)]
pub struct Everything {
    pub i: i64,
    pub f: f64,
    pub b: bool,
    pub nothing: (),
    pub opt: Option<i64>,
    pub floats: Vec<f64>,
    pub both: (i64, f64),
    pub many: Vec<i64>,
    pub side: Side,
    pub level: Level,
    pub point: Point,
    pub tick: Tick,
    pub bar: Bar,
    pub pair: Pair,
    pub r#box: Box,
    pub model: Model,
    pub points: Vec<Point>,
    pub name: Str,
    pub data: Bytes,
    pub by_name: Dict<Str, i64>,
    pub tags: Set<i64>,
    pub frozen: Set<Str>,
}
record!(Everything, "sample:Everything", {
    i: i64, f: f64, b: bool, nothing: (), opt: Option<i64>, floats: Vec<f64>, both: (i64, f64),
    many: Vec<i64>, side: Side, level: Level, point: Point, tick: Tick, bar: Bar, pair: Pair,
    r#box: Box, model: Model, points: Vec<Point>, name: Str, data: Bytes,
    by_name: Dict<Str, i64>, tags: Set<i64>, frozen: Set<Str>,
});
"""

OPERATION_RS = """\
use carveout_runtime::{Fault, Outcome, Stop, Value};

use crate::types::Everything;

pub fn echo(value: Everything) -> Outcome<Everything> {
    match value.i {
        -1 => Err(fault("builtins:KeyError", Value::Int(7))),
        -2 => Err(fault("sample:Refused", Value::Tuple(vec![Value::None, Value::Float(0.5)]))),
        -3 => panic!("unlucky"),
        -4 => Err(Stop::Decline("not me")),
        -5 => Err(fault("sample:Unknown", Value::None)),
        -6 => Err(fault("sample:Altering", Value::Str("x".into()))),
        _ => Ok(value),
    }
}

fn fault(kind: &'static str, arg: Value) -> Stop {
    Stop::Fault(std::boxed::Box::new(Fault::new(kind, vec![arg])))
}
"""

GLUE = '"sample:echo" => operation::echo(value: types::Everything) -> types::Everything;'


def everything(**changes: Any) -> Everything:
    """A value of every type."""
    given: dict[str, Any] = {
        "i": 5,
        "f": -0.0,
        "b": True,
        "nothing": None,
        "opt": None,
        "floats": [1.5, float("inf")],
        "both": (1, 2.0),
        "many": (1, 2, 3),
        "side": Side.SELL,
        "level": Level.HIGH,
        "point": Point(1.0, 2.0),
        "tick": Tick(1, 2.5),
        "bar": Bar(low=1.0, high=2.0),
        "pair": Pair(3, 4),
        "box": {"width": 1, "height": 2},
        "model": Model(n=1, ok=False),
        "points": [Point(0.0, 1.0), Point(2.0, 3.0)],
        "name": "Größe 🎈",
        "data": b"\x00\xff",
        "by_name": {"b": 2, "a": 1},
        "tags": {1, 2, 3},
        "frozen": frozenset({"x", "y"}),
    }
    return Everything(**{**given, **changes})
