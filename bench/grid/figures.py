"""Raw results as figures: medians of the rounds, and what is aimed at.

grid = Figures(raw)
grid.per_s("go-gin", "quote")        # 5300.0, or None if it was not measured
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.grid.load import body_bytes
from bench.grid.plan import IMPLEMENTATIONS, Implementation


class Figures:
    """The cells of one run, by what they say. None where nothing was measured."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self._cells: dict[str, Any] = raw["cells"]

    def rounds(self, name: str, endpoint: str) -> list[dict[str, Any]]:
        head = f"{endpoint}/{name}/"
        return [cell for key, cell in sorted(self._cells.items()) if key.startswith(head)]

    def all(
        self, name: str, endpoint: str, read: Callable[[dict[str, Any]], float | None]
    ) -> list[float]:
        found = (read(cell) for cell in self.rounds(name, endpoint))
        return [value for value in found if value is not None]

    def median(
        self, name: str, endpoint: str, read: Callable[[dict[str, Any]], float | None]
    ) -> float | None:
        values = self.all(name, endpoint, read)
        return statistics.median(values) if values else None

    def per_s(self, name: str, endpoint: str) -> float | None:
        return self.median(name, endpoint, lambda c: c["saturated"]["per_s"])

    def spread(self, name: str, endpoint: str) -> tuple[float, float] | None:
        values = self.all(name, endpoint, lambda c: c["saturated"]["per_s"])
        return (min(values), max(values)) if values else None

    def gb_per_s(self, name: str) -> float | None:
        rate = self.per_s(name, "digest")
        return None if rate is None else rate * body_bytes("digest") / 1e9

    def latency_ms(self, name: str, endpoint: str, which: str) -> float | None:
        """`which`: p50, p99, p999 or max."""
        found = self.median(name, endpoint, lambda c: c["half"][f"{which}_us"])
        return None if found is None else found / 1e3

    def cpu_us(self, name: str, endpoint: str) -> float | None:
        return self.median(name, endpoint, lambda c: c["cpu_us"])

    def memory_mb(self, name: str, endpoint: str, when: str) -> float | None:
        """`when`: idle, loaded or after."""
        return self.median(name, endpoint, lambda c: c[f"{when}_mb"])

    def start_ms(self, name: str) -> float | None:
        found = [
            cell["start_ms"]
            for key, cell in self._cells.items()
            if key.split("/")[1:2] == [name] and isinstance(cell, dict) and "start_ms" in cell
        ]
        return statistics.median(found) if found else None

    def swept(self, name: str, endpoint: str, connections: int) -> dict[str, Any] | None:
        return self._cells.get(f"sweep/{endpoint}/{connections}/{name}")

    def trees(self, name: str) -> dict[str, Any] | None:
        return self._cells.get(f"trees/{name}")

    def cost(self, name: str, which: str) -> Any:
        return self._cells.get(f"costs/{name}/{which}")

    def shipped_mb(self, name: str) -> float | None:
        parts = self.cost(name, "bytes")
        return sum(parts.values()) if parts else None

    def errors(self, name: str) -> int:
        """Everything that was not answered as it should, in all its cells."""
        total = 0
        for key, cell in self._cells.items():
            if name not in key.split("/") or not isinstance(cell, dict):
                continue
            for part in (cell, cell.get("saturated"), cell.get("half")):
                if isinstance(part, dict) and isinstance(part.get("errors"), dict):
                    total += sum(part["errors"].values())
        return total

    def implementations(self, endpoint: str | None = None) -> list[Implementation]:
        """Those that were measured, in the plan's order."""
        return [
            one
            for one in IMPLEMENTATIONS
            if any(self.rounds(one.name, e) for e in one.endpoints if endpoint in (None, e))
        ]

    def ratio(self, name: str, other: str, endpoint: str) -> float | None:
        """How many times the requests a second of another."""
        mine, its = self.per_s(name, endpoint), self.per_s(other, endpoint)
        return mine / its if mine and its else None


@dataclass(frozen=True)
class Aim:
    """One figure that was set beforehand."""

    what: str
    value: float | None
    limit: float
    unit: str
    most: bool = False

    @property
    def met(self) -> bool | None:
        if self.value is None:
            return None
        return self.value <= self.limit if self.most else self.value >= self.limit

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.what}: not measured"
        sign = "at most" if self.most else "at least"
        said = "met" if self.met else "MISSED"
        return f"{self.what}: {self.value:.2f} {self.unit} ({sign} {self.limit:g}): {said}"


def aims(grid: Figures) -> list[Aim]:
    """What was to be reached."""
    found = []
    for endpoint in ("quote", "digest"):
        for other, title, limit in (
            ("go-gin", "Gin", 1.0),
            ("go-echo", "Echo", 1.0),
            ("rust-axum", "axum", 0.9),
        ):
            found.append(
                Aim(
                    f"carved service against {title}, requests/s on /{endpoint}",
                    grid.ratio("carve-service", other, endpoint),
                    limit,
                    "×",
                )
            )
        mine = grid.latency_ms("carve-service", endpoint, "p99")
        for other, title in (("go-gin", "Gin"), ("go-echo", "Echo"), ("rust-axum", "axum")):
            its = grid.latency_ms(other, endpoint, "p99")
            found.append(
                Aim(
                    f"carved service's p99 against {title}'s on /{endpoint}, each at half its load",
                    mine / its if mine and its else None,
                    1.0,
                    "×",
                    most=True,
                )
            )
        found.append(
            Aim(
                f"carved service, resident after load on /{endpoint}",
                grid.memory_mb("carve-service", endpoint, "after"),
                12.0,
                "MB",
                most=True,
            )
        )
    found += [
        Aim(
            "FastAPI carved inline against FastAPI, requests/s on /quote",
            grid.ratio("carve-inline", "fastapi-uvicorn", "quote"),
            8.0,
            "×",
        ),
        Aim(
            "thin endpoint against Gin, requests/s on /quote",
            grid.ratio("carve-thin", "go-gin", "quote"),
            0.9,
            "×",
        ),
        Aim(
            "by the gateway against the carved service alone, requests/s on /quote",
            grid.ratio("carve-gateway", "carve-service", "quote"),
            0.75,
            "×",
        ),
    ]
    return found
