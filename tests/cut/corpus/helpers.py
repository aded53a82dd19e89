"""Helpers in another module of the package."""

from __future__ import annotations


class Overdrawn(Exception):
    """A plain exception of the user's."""


def scale(x: float, factor: float = 2.0) -> float:
    return x * factor


def clamp_to(x: float, low: float = 0.0, high: float = 1.0) -> float:
    """x, but not past the ends."""
    return low if x < low else high if x > high else x
