"""An operation for the tests of service and endpoint: its Python, and the Rust that answers it.

`quote` gives the order back; what else it does is asked for by `order.id` (see OPERATION_RS).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


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


@dataclass
class Receipt:
    """The order without its tags: a set would come back in an order that only Python knows."""

    id: int
    side: Side
    lines: list[Line]
    pair: tuple[int, float]
    by_name: dict[str, int]
    paid: bool
    data: bytes
    note: str | None
    first: Line | None


def quote(order: Order) -> Receipt:
    return Receipt(
        order.id,
        order.side,
        order.lines,
        order.pair,
        order.by_name,
        order.paid,
        order.data,
        order.note,
        order.first,
    )


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

#[derive(Debug, Clone)]
pub struct Receipt {
    pub id: i64,
    pub side: Side,
    pub lines: Vec<Line>,
    pub pair: (i64, f64),
    pub by_name: Dict<Str, i64>,
    pub paid: bool,
    pub data: Bytes,
    pub note: Option<Str>,
    pub first: Option<Line>,
}
record!(Receipt, "service_sample:Receipt", {
    id: i64, side: Side, lines: Vec<Line>, pair: (i64, f64), by_name: Dict<Str, i64>,
    paid: bool, data: Bytes, note: Option<Str>, first: Option<Line>,
});
"""

OPERATION_RS = """\
use std::thread::sleep;
use std::time::Duration;

use carveout_runtime::{Fault, Outcome, Stop, Value};

use crate::types::{Order, Receipt};

pub fn quote(mut order: Order) -> Outcome<Receipt> {
    match order.id {
        -1 => panic!("unlucky"),
        -2 => {
            return Err(Stop::Fault(Box::new(Fault::new(
                "builtins:KeyError",
                vec![Value::Str("k".into()), Value::Int(3)],
            ))));
        }
        -3 => return Err(Stop::Decline("not me")),
        -4 => sleep(Duration::from_millis(400)),
        -5 => sleep(Duration::from_secs(30)),
        -6 => order.pair = (1, f64::NAN),
        -7 => println!("{}", "a line that nobody reads ".repeat(400)),
        -8 => std::process::abort(),
        _ => {}
    }
    Ok(Receipt {
        id: order.id,
        side: order.side,
        lines: order.lines,
        pair: order.pair,
        by_name: order.by_name,
        paid: order.paid,
        data: order.data,
        note: order.note,
        first: order.first,
    })
}
"""

GLUE = '"service_sample:quote" => operation::quote(order: types::Order) -> types::Receipt;'
