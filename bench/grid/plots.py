"""Plots as SVG, readable on light and dark ground: the colours follow `prefers-color-scheme`.

bars("Requests a second", [Bar("Go Gin", "Go", 5300.0, 5100.0, 5500.0)], "{:,.0f}")
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

COLOURS = {
    "Python": ("#2f6fb0", "#6aa9e6"),
    "Go": ("#0b8a8f", "#41c7c7"),
    "Rust": ("#b4501e", "#f0935c"),
    "Carveout": ("#6d3fc0", "#b596ff"),
}
WIDTH, ROW, LABEL, VALUE = 720, 22, 190, 90

STYLE = (
    "<style>"
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}.title{font-weight:600;font-size:14px}"
    ".small{font-size:11px;fill:#57606a}.grid{stroke:#d0d7de}.range{stroke:#1b1f24}"
    + "".join(f".{name}{{fill:{light}}}" for name, (light, _) in COLOURS.items())
    + "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9da7b1}"
    ".grid{stroke:#3d444d}.range{stroke:#e6edf3}"
    + "".join(f".{name}{{fill:{dark}}}" for name, (_, dark) in COLOURS.items())
    + "}</style>"
)


@dataclass(frozen=True)
class Bar:
    """One line: its value, and between what its rounds lay."""

    label: str
    language: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Dots:
    """One line of several values, e.g. p50, p99 and p99.9."""

    label: str
    language: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Panel:
    """Part of a picture: its SVG and its height."""

    svg: str
    height: int


def bars(title: str, rows: Sequence[Bar], form: str) -> Panel:
    """Horizontal bars from nought, each with its figure."""
    widest = max((row.high or row.value for row in rows), default=1.0) or 1.0
    room = WIDTH - LABEL - VALUE
    out = [f'<text class="title" x="0" y="16">{escape(title)}</text>']
    for number, row in enumerate(rows):
        y = 28 + number * ROW
        width = row.value / widest * room
        out.append(
            f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(row.label)}</text>'
        )
        out.append(
            f'<rect class="{row.language}" x="{LABEL}" y="{y + 2}" rx="2" '
            f'width="{max(1.0, width):.1f}" height="{ROW - 7}"/>'
        )
        end = width
        if row.low is not None and row.high is not None and row.high > row.low:
            left, right = (LABEL + v / widest * room for v in (row.low, row.high))
            middle = y + ROW / 2 - 1.5
            out.append(
                f'<line class="range" x1="{left:.1f}" x2="{right:.1f}" '
                f'y1="{middle:.1f}" y2="{middle:.1f}"/>'
            )
            end = max(width, right - LABEL)
        shown = form.format(row.value)
        out.append(f'<text x="{LABEL + end + 6:.1f}" y="{y + 14}">{escape(shown)}</text>')
    return Panel("".join(out), 28 + len(rows) * ROW + 16)


def dots(title: str, rows: Sequence[Dots], names: Sequence[str], unit: str) -> Panel:
    """Values on a logarithmic scale, smaller dots for the earlier ones."""
    values = [v for row in rows for v in row.values if v > 0]
    low = math.floor(math.log10(min(values, default=1.0)))
    high = max(low + 1, math.ceil(math.log10(max(values, default=10.0))))
    room = WIDTH - LABEL - VALUE

    def at(value: float) -> float:
        return LABEL + (math.log10(max(value, 10.0**low)) - low) / (high - low) * room

    bottom = 44 + len(rows) * ROW
    out = [
        f'<text class="title" x="0" y="16">{escape(title)}</text>',
        f'<text class="small" x="{LABEL}" y="32">{escape(" · ".join(names))} (small to large), '
        f"{escape(unit)}, logarithmic</text>",
    ]
    for power in range(low, high + 1):
        x = at(10.0**power)
        out.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="40" y2="{bottom}"/>')
        out.append(
            f'<text class="small" x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">'
            f"{10.0**power:g}</text>"
        )
    for number, row in enumerate(rows):
        y = 44 + number * ROW
        out.append(
            f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(row.label)}</text>'
        )
        places = [at(value) for value in row.values]
        out.append(
            f'<line class="grid" x1="{min(places):.1f}" x2="{max(places):.1f}" '
            f'y1="{y + 10}" y2="{y + 10}" stroke-width="3"/>'
        )
        for size, (name, value, x) in enumerate(zip(names, row.values, places, strict=True)):
            out.append(
                f'<circle class="{row.language}" cx="{x:.1f}" cy="{y + 10}" r="{3 + 1.5 * size}">'
                f"<title>{escape(f'{row.label}, {name}: {value:.3g} {unit}')}</title></circle>"
            )
        shown = f"{row.values[-1]:.3g}"
        out.append(f'<text x="{max(places) + 12:.1f}" y="{y + 14}">{shown}</text>')
    return Panel("".join(out), bottom + 32)


def picture(panels: Sequence[Panel], described: str) -> str:
    """Panels below each other as one file."""
    out, y = [], 4
    for panel in panels:
        out.append(f'<g transform="translate(8,{y})">{panel.svg}</g>')
        y += panel.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 16} {y}" '
        f'width="{WIDTH + 16}" height="{y}" role="img" aria-label="{escape(described)}">'
        f"{STYLE}{''.join(out)}</svg>\n"
    )
