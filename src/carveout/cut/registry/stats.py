"""The `statistics` module: of floats exactly, of ints as an int or a float, as Python has it."""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

ENTRIES: list[Entry] = [
    entry("statistics.mean", "(iter[float]) -> float", "statistics::mean({0})?"),
    entry("statistics.mean", "(iter[int]) -> num", "statistics::mean_of_ints({0})?"),
    entry("statistics.fmean", "(iter[float]) -> float", "statistics::fmean({0})?"),
    entry("statistics.fmean", "(iter[int]) -> float", "statistics::fmean_of_ints({0})?"),
    entry("statistics.median", "(iter[float]) -> float", "statistics::median({0})?"),
    entry("statistics.median", "(iter[int]) -> num", "statistics::median_of_ints({0})?"),
    entry("statistics.mode", "(iter[K]) -> K", "statistics::mode({0})?"),
    entry("statistics.multimode", "(iter[K]) -> list[K]", "statistics::multimode({0})"),
    entry("statistics.quantiles", "(iter[float], int) -> list[float]",
          "statistics::quantiles({0}, {1})?"),
]  # fmt: skip
for _name, _less in (("variance", 1), ("pvariance", 0)):
    _rust = f"({{0}}, {_less})?"
    ENTRIES += [
        entry(f"statistics.{_name}", "(iter[float]) -> float", f"statistics::variance{_rust}"),
        entry(f"statistics.{_name}", "(iter[int]) -> num", f"statistics::variance_of_ints{_rust}"),
    ]
for _name, _less in (("stdev", 1), ("pstdev", 0)):
    ENTRIES += [
        entry(f"statistics.{_name}", f"(iter[{_kind}]) -> float",
              f"statistics::stdev({{0}}, {_less})?")
        for _kind in ("float", "int")
    ]  # fmt: skip
