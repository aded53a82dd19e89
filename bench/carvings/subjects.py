"""What is measured: two ints, ten fields in and out, a megabyte in and out, and time passing."""

from __future__ import annotations

from dataclasses import dataclass

from carveout.place.operation import operation


@dataclass
class Line:
    """Ten fields of the usual kinds."""

    id: int
    count: int
    price: float
    tax: float
    discount: float
    shipped: bool
    paid: bool
    note: str
    code: str
    weight: float


@operation
def add(a: int, b: int) -> int:
    return a + b


@operation
def quote(line: Line) -> Line:
    return Line(
        line.id,
        line.count + 1,
        line.price * 1.01,
        line.tax,
        line.discount,
        line.shipped,
        line.paid,
        line.note,
        line.code,
        line.weight,
    )


@operation
def echo(data: bytes) -> bytes:
    return data


@operation
def turn(data: bytes) -> bytes:
    """The first byte goes to the end: as many bytes out as in, and none where it was."""
    return data[1:] + data[:1]


@operation
def spin(rounds: int) -> int:
    """A chain of multiplications that nothing can shorten."""
    x = 1
    for _ in range(rounds):
        x = (x * 48_271 + 11) % 2_147_483_647
    return x
