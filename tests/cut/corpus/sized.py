"""Bytes by their number."""

from __future__ import annotations


def zeros(n: int) -> bytes:
    return bytes(n % 50) + bytes(min(n, 20))


def table(rows: int, columns: int) -> dict[int, list[int]]:
    return {i: [i * j for j in range(columns % 9)] for i in range(rows % 7)}


def residues(n: int) -> int:
    return len({i % 7 for i in range(n % 100)})
