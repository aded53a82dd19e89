"""The `datetime` module: dates, datetimes (naive or at an offset), spans; calendar.isleap."""

from __future__ import annotations

from carveout.cut.registry.entry import Entry, entry

_SEVEN = ", ".join(["int"] * 7)
_SEVEN_OPT = ", ".join(["opt[int]"] * 7)
_ARGS = ", ".join(f"{{{n}}}" for n in range(7))
_REST = ", ".join(f"{{{n}}}" for n in range(1, 8))

ENTRIES: list[Entry] = [
    entry("datetime.date", "(int, int, int) -> date", "dates::date({0}, {1}, {2})?"),
    entry("datetime.datetime", f"({_SEVEN}) -> datetime", f"dates::datetime({_ARGS})?"),
    entry(
        "datetime.zoned",
        f"({_SEVEN}, opt[timedelta]) -> datetime",
        f"dates::datetime_at({_ARGS}, {{7}})?",
    ),
    entry("datetime.timedelta", f"({_SEVEN}) -> timedelta", f"dates::timedelta({_ARGS})?"),
    entry("datetime.date.fromordinal", "(int) -> date", "dates::from_ordinal({0})?"),
    entry("datetime.date.fromisoformat", "(str) -> date", "dates::date_from_iso({0})?"),
    entry("datetime.datetime.fromisoformat", "(str) -> datetime", "dates::datetime_from_iso({0})?"),
    entry("datetime.datetime.strptime", "(str, str) -> datetime", "dates::strptime({0}, {1})?"),
    entry("calendar.isleap", "(int) -> bool", "dates::isleap({0})"),
    entry(
        "date.replace",
        "(date, opt[int], opt[int], opt[int]) -> date",
        "{0.}.replace({1}, {2}, {3})?",
    ),
    entry("datetime.replace", f"(datetime, {_SEVEN_OPT}) -> datetime", f"{{0.}}.replace({_REST})?"),
    entry("datetime.at_offset", "(datetime, opt[timedelta]) -> datetime", "{0.}.at_offset({1})?"),
    entry("datetime.to_offset", "(datetime, timedelta) -> datetime", "{0.}.to_offset({1})?"),
    entry("datetime.date", "(datetime) -> date", "{0.}.date()"),
    entry("datetime.timestamp", "(datetime) -> float", "{0.}.timestamp()?"),
    entry("datetime.utcoffset", "(datetime) -> opt[timedelta]", "{0.}.utcoffset()"),
    entry("timedelta.total_seconds", "(timedelta) -> float", "{0.}.total_seconds()"),
    # Operators.
    entry("+", "(date, timedelta) -> date", "dates::date_add({0}, {1})?"),
    entry("+", "(datetime, timedelta) -> datetime", "dates::moment_add({0}, {1})?"),
    entry("-", "(date, timedelta) -> date", "dates::date_sub({0}, {1})?"),
    entry("-", "(date, date) -> timedelta", "dates::date_between({0}, {1})"),
    entry("-", "(datetime, timedelta) -> datetime", "dates::moment_sub({0}, {1})?"),
    entry("-", "(datetime, datetime) -> timedelta", "dates::moment_between({0}, {1})?"),
    entry("+", "(timedelta, timedelta) -> timedelta", "dates::delta_add({0}, {1})?"),
    entry("-", "(timedelta, timedelta) -> timedelta", "dates::delta_sub({0}, {1})?"),
    entry("*", "(timedelta, ~int) -> timedelta", "dates::delta_mul({0}, {1})?"),
    entry("*", "(~int, timedelta) -> timedelta", "dates::delta_times({0}, {1})?"),
    entry("/", "(timedelta, ~int) -> timedelta", "dates::delta_truediv({0}, {1})?"),
    entry("//", "(timedelta, ~int) -> timedelta", "dates::delta_floordiv({0}, {1})?"),
    entry("/", "(timedelta, timedelta) -> float", "dates::delta_ratio({0}, {1})?"),
    entry("//", "(timedelta, timedelta) -> int", "dates::delta_floor_ratio({0}, {1})?"),
    entry("%", "(timedelta, timedelta) -> timedelta", "dates::delta_modulo({0}, {1})?"),
    entry(
        "builtins.divmod",
        "(timedelta, timedelta) -> tuple[int, timedelta]",
        "dates::delta_divmod({0}, {1})?",
    ),
    entry("neg", "(timedelta) -> timedelta", "dates::delta_neg({0})?"),
    entry("pos", "(timedelta) -> timedelta", "{0:20}"),
    entry("builtins.abs", "(timedelta) -> timedelta", "dates::delta_abs({0})?"),
    entry("bool", "(timedelta) -> bool", "{0.}.truth()"),
    # Text.
    entry("builtins.str", "(date) -> str", "dates::date_isoformat({0})"),
    entry("builtins.repr", "(date) -> str", "dates::date_repr({0})"),
    entry("builtins.str", "(datetime) -> str", "dates::datetime_str({0})"),
    entry("builtins.repr", "(datetime) -> str", "dates::datetime_repr({0})"),
    entry("builtins.str", "(timedelta) -> str", "dates::delta_str({0})"),
    entry("builtins.repr", "(timedelta) -> str", "dates::delta_repr({0})"),
    entry("datetime.isoformat", "(datetime) -> str", "dates::datetime_isoformat({0})"),
    entry("date.isoformat", "(date) -> str", "dates::date_isoformat({0})"),
]
for _kind in ("date", "datetime"):
    ENTRIES.append(
        entry(f"{_kind}.strftime", f"({_kind}, str) -> str", "dates::strftime({0}, {1})?")
    )
    _day = "{0.}" if _kind == "date" else "{0.}.date()"
    for _name in ("toordinal", "weekday", "isoweekday"):
        ENTRIES.append(entry(f"{_kind}.{_name}", f"({_kind}) -> int", f"{_day}.{_name}()"))
# Attributes, by the class.
ATTRIBUTES = {
    "date": ("year", "month", "day"),
    "datetime": ("year", "month", "day", "hour", "minute", "second", "microsecond"),
    "timedelta": ("days", "seconds", "microseconds"),
}
for _kind, _names in ATTRIBUTES.items():
    for _name in _names:
        ENTRIES.append(entry(f"{_kind}.{_name}", f"({_kind}) -> int", f"{{0.}}.{_name}()"))
