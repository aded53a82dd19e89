"""Matching limit orders by price and time: dataclasses, heaps and dicts."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from enum import Enum

from carveout import operation


class Side(Enum):
    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True)
class Order:
    number: int
    side: Side
    price: int
    quantity: int


@dataclass(frozen=True)
class Trade:
    buy: int
    sell: int
    price: int
    quantity: int


@dataclass(frozen=True)
class Matching:
    trades: list[Trade]
    open: dict[int, int]


@operation
def match_orders(orders: list[Order]) -> Matching:
    """Match orders as they arrive; prices are in cents. What is left open is by order number.

    Raises ValueError for a quantity that is not above 0 or a number that was used before.
    """
    bids: list[tuple[int, int]] = []
    asks: list[tuple[int, int]] = []
    left: dict[int, int] = {}
    trades: list[Trade] = []
    for order in orders:
        if order.quantity <= 0:
            raise ValueError(f"order {order.number}: quantity must be above 0")
        if order.number in left:
            raise ValueError(f"order {order.number}: number used before")
        rest = order.quantity
        if order.side == Side.BUY:
            while rest > 0 and len(asks) > 0 and asks[0][0] <= order.price:
                price, number = asks[0]
                quantity = min(rest, left[number])
                trades.append(Trade(order.number, number, price, quantity))
                rest -= quantity
                left[number] -= quantity
                if left[number] == 0:
                    heapq.heappop(asks)
            if rest > 0:
                heapq.heappush(bids, (-order.price, order.number))
        else:
            while rest > 0 and len(bids) > 0 and -bids[0][0] >= order.price:
                negated, number = bids[0]
                quantity = min(rest, left[number])
                trades.append(Trade(number, order.number, -negated, quantity))
                rest -= quantity
                left[number] -= quantity
                if left[number] == 0:
                    heapq.heappop(bids)
            if rest > 0:
                heapq.heappush(asks, (order.price, order.number))
        left[order.number] = rest
    still_open: dict[int, int] = {}
    for number, quantity in left.items():
        if quantity > 0:
            still_open[number] = quantity
    return Matching(trades, still_open)
