"""An operation for the service's tests: its Python, its contract, and the Rust that answers it.

`quote` gives the order back; what else it does is asked for by `order.id` (see OPERATION_RS).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal


class Side(enum.Enum):
    BUY = "buy"
    SELL = "sell"


@dataclass
class Line:
    sku: str
    qty: int
    price: float


@dataclass
class Order:
    id: int
    side: Side
    lines: list[Line]
    pair: tuple[int, float]
    by_name: dict[str, int]
    tags: frozenset[int]
    paid: bool
    data: bytes
    note: str | None = None
    first: Line | None = None


def quote(order: Order) -> Order:
    return order


def add(a: int, b: float, kind: Literal["up", "down"], note: str | None = None) -> float:
    return a + b


TYPES_RS = """\
use carveout_runtime::{Bytes, Dict, Set, Str, choice, record};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Buy,
    Sell,
}
choice!(Side, "service_sample:Side", { Buy, Sell });

#[derive(Debug, Clone)]
pub struct Line {
    pub sku: Str,
    pub qty: i64,
    pub price: f64,
}
record!(Line, "service_sample:Line", { sku: Str, qty: i64, price: f64 });

#[derive(Debug, Clone)]
pub struct Order {
    pub id: i64,
    pub side: Side,
    pub lines: Vec<Line>,
    pub pair: (i64, f64),
    pub by_name: Dict<Str, i64>,
    pub tags: Set<i64>,
    pub paid: bool,
    pub data: Bytes,
    pub note: Option<Str>,
    pub first: Option<Line>,
}
record!(Order, "service_sample:Order", {
    id: i64, side: Side, lines: Vec<Line>, pair: (i64, f64), by_name: Dict<Str, i64>,
    tags: Set<i64>, paid: bool, data: Bytes, note: Option<Str>, first: Option<Line>,
});
"""

OPERATION_RS = """\
use std::thread::sleep;
use std::time::Duration;

use carveout_runtime::{Fault, Outcome, Stop, Value};

use crate::types::Order;

pub fn quote(order: Order) -> Outcome<Order> {
    match order.id {
        -1 => panic!("unlucky"),
        -2 => {
            return Err(Stop::Fault(Box::new(Fault {
                kind: "builtins:KeyError".into(),
                args: vec![Value::Str("k".into()), Value::Int(3)],
            })));
        }
        -3 => return Err(Stop::Decline("not me")),
        -4 => sleep(Duration::from_millis(400)),
        -5 => sleep(Duration::from_secs(30)),
        -6 => return Ok(Order { pair: (1, f64::NAN), ..order }),
        -7 => println!("{}", "a line that nobody reads ".repeat(400)),
        -8 => std::process::abort(),
        _ => {}
    }
    Ok(order)
}
"""

GLUE = '"service_sample:quote" => operation::quote(order: types::Order) -> types::Order;'
