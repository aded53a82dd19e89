"""Limit-order-book matching: dataclasses, an enum, heapq of tuples, dict by id."""

import heapq
from dataclasses import dataclass
from enum import IntEnum


class Side(IntEnum):
    BUY = 0
    SELL = 1


@dataclass
class Order:
    oid: int
    side: Side
    price: int
    qty: int
    ts: int


@dataclass
class Trade:
    buy_id: int
    sell_id: int
    price: int
    qty: int


class Book:
    bids: list[tuple[int, int, int]]
    asks: list[tuple[int, int, int]]
    orders: dict[int, Order]
    trades: list[Trade]

    def __init__(self) -> None:
        self.bids = []
        self.asks = []
        self.orders = {}
        self.trades = []

    def submit(self, o: Order) -> None:
        if o.side == Side.BUY:
            while o.qty > 0 and len(self.asks) > 0:
                price, ts, oid = self.asks[0]
                best = self.orders.get(oid)
                if best is None or best.qty == 0:
                    heapq.heappop(self.asks)
                    continue
                if price > o.price:
                    break
                q = min(o.qty, best.qty)
                o.qty -= q
                best.qty -= q
                self.trades.append(Trade(o.oid, oid, price, q))
                if best.qty == 0:
                    heapq.heappop(self.asks)
                    del self.orders[oid]
            if o.qty > 0:
                self.orders[o.oid] = o
                heapq.heappush(self.bids, (-o.price, o.ts, o.oid))
        else:
            while o.qty > 0 and len(self.bids) > 0:
                nprice, ts, oid = self.bids[0]
                best = self.orders.get(oid)
                if best is None or best.qty == 0:
                    heapq.heappop(self.bids)
                    continue
                if -nprice < o.price:
                    break
                q = min(o.qty, best.qty)
                o.qty -= q
                best.qty -= q
                self.trades.append(Trade(oid, o.oid, -nprice, q))
                if best.qty == 0:
                    heapq.heappop(self.bids)
                    del self.orders[oid]
            if o.qty > 0:
                self.orders[o.oid] = o
                heapq.heappush(self.asks, (o.price, o.ts, o.oid))

    def cancel(self, oid: int) -> bool:
        if oid in self.orders:
            del self.orders[oid]
            return True
        return False


def run(n: int) -> int:
    book = Book()
    seed = 42
    mid = 10000
    cancelled = 0
    for i in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        r = (seed >> 8) % 100
        if r < 20 and i > 10:
            if book.cancel(i - 1 - (seed >> 4) % 10):
                cancelled += 1
            continue
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        off = (seed >> 8) % 50
        qty = 1 + (seed >> 16) % 100
        if r < 60:
            book.submit(Order(i, Side.BUY, mid - 20 + off, qty, i))
        else:
            book.submit(Order(i, Side.SELL, mid + 20 - off, qty, i))
    h = 0
    for t in book.trades:
        h = (h * 31 + t.buy_id * 7 + t.sell_id * 3 + t.price * t.qty) & 0xFFFFFFFF
    return h * 1000 + len(book.orders) % 1000 + cancelled % 7
