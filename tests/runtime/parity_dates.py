"""Dates, datetimes and spans: made up, on the wire, and what Python does with them.

Only the standard library.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

CLASSES: dict[str, type] = {"date": date, "datetime": datetime, "timedelta": timedelta}
MICRO = timedelta(microseconds=1)


def replace(kind: str) -> Callable[..., Any]:
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")

    def apply(value: Any, *parts: int | None) -> Any:
        given = zip(names, parts, strict=False)
        return value.replace(**{name: part for name, part in given if part is not None})

    return apply


def _zone(delta: timedelta | None) -> timezone | None:
    return None if delta is None else timezone(delta)


ORACLES: dict[str, Callable[..., Any]] = {
    "datetime.date": lambda *a: a[0].date() if isinstance(a[0], datetime) else date(*a),
    "datetime.datetime": datetime,
    "datetime.timedelta": timedelta,
    "datetime.zoned": lambda *a: datetime(*a[:-1], tzinfo=_zone(a[-1])),
    "datetime.date.fromordinal": date.fromordinal,
    "datetime.date.fromisoformat": date.fromisoformat,
    "datetime.datetime.fromisoformat": datetime.fromisoformat,
    "datetime.datetime.strptime": datetime.strptime,
    "calendar.isleap": calendar.isleap,
    "date.replace": replace("date"),
    "datetime.replace": replace("datetime"),
    "datetime.at_offset": lambda m, delta: m.replace(tzinfo=_zone(delta)),
    "datetime.to_offset": lambda m, delta: m.astimezone(timezone(delta)),
}


def oracle(key: str) -> Callable[..., Any] | None:
    if key in ORACLES:
        return ORACLES[key]
    kind, _, name = key.partition(".")
    if kind not in CLASSES:
        return None
    if callable(getattr(CLASSES[kind], name)):
        return lambda self, *args: getattr(self, name)(*args)
    return lambda self: getattr(self, name)


def parts_of(value: Any) -> list[Any]:
    """As it stands on the wire."""
    if isinstance(value, timedelta):
        return [value.days, value.seconds, value.microseconds]
    day = [value.year, value.month, value.day]
    if not isinstance(value, datetime):
        return day
    offset = value.utcoffset()
    zone = None if offset is None else offset // MICRO
    time = [value.hour, value.minute, value.second, value.microsecond, value.fold]
    return [*day, *time, zone]


def made_of(kind: str, parts: list[Any]) -> Any:
    if kind != "datetime":
        return CLASSES[kind](*parts)
    zone = None if parts[8] is None else timezone(timedelta(microseconds=parts[8]))
    return datetime(*parts[:7], tzinfo=zone, fold=parts[7])


def value(kind: str, maker: Any) -> Any:
    r = maker.random
    match kind:
        case "date":
            ordinal = r.choice([1, 2, 59, 365, 366, 730_119, 738_000, 3_652_058, 3_652_059,
                                r.randint(1, 3_652_059), r.randint(700_000, 760_000)])  # fmt: skip
            return date.fromordinal(ordinal)
        case "timedelta":
            far = r.randint(-999_999_999, 999_999_999)
            days = r.choice([0, 0, 1, -1, r.randint(-400, 400), far])
            if maker.chance(0.02):
                return maker.pick([timedelta.min, timedelta.max, timedelta.resolution])
            seconds = r.choice([0, 0, 86_399, r.randint(0, 86_399)])
            return timedelta(days, seconds, r.choice([0, 0, 999_999, r.randint(0, 999_999)]))
    day = value("date", maker)
    micro = r.choice([0, 0, 999_999, r.randint(0, 999_999)])
    made = datetime(day.year, day.month, day.day, r.randint(0, 23), r.randint(0, 59),
                    r.randint(0, 59), micro, fold=int(maker.chance(0.1)))  # fmt: skip
    if maker.chance(0.5):
        return made
    offset = r.choice([0, 3600, -3600, 19_800, r.randint(-86_399, 86_399)])
    more = r.choice([0, 0, 0, r.randint(0, 99)])
    return made.replace(tzinfo=timezone(timedelta(seconds=offset, microseconds=more)))


_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f",
            "%H:%M", "%j", "%I:%M %y", "%u %w", "100%%", "", "at %H h",
            "%d.%m.%Y %H:%M"]  # fmt: skip


def arguments(key: str, kinds: list[Any], maker: Any) -> list[Any] | None:
    r = maker.random
    names = [kind[0] for kind in kinds]

    def some(low: int, high: int) -> int:
        return r.randint(low, high) if maker.chance(0.9) else r.choice([low - 1, high + 1, -1, 0])

    civil = [some(1, 9999), some(1, 12), some(1, 31)]
    clock = [some(0, 23), some(0, 59), some(0, 59), some(0, 999_999)]
    match key:
        case "datetime.date" if names == ["int"] * 3:
            return civil
        case "datetime.datetime":
            return [*civil, *clock]
        case "datetime.zoned":
            return [*civil, *clock, None if maker.chance(0.3) else _offset(maker)]
        case "datetime.timedelta":
            return [r.choice([0, r.randint(-1000, 1000), r.randint(-10**8, 10**8)])
                    if maker.chance(0.99) else maker.int() for _ in kinds]  # fmt: skip
        case "date.replace" | "datetime.replace":
            given = [None if maker.chance(0.5) else part for part in [*civil, *clock]]
            return [value(names[0], maker), *given[: len(kinds) - 1]]
        case "datetime.at_offset":
            return [value("datetime", maker), None if maker.chance(0.3) else _offset(maker)]
        case "datetime.to_offset":
            made = value("datetime", maker)
            zone = made.tzinfo or timezone(_offset(maker))
            return [made.replace(tzinfo=zone), _offset(maker)]
        case "datetime.date.fromordinal":
            return [r.choice([0, -1, 1, 3_652_059, r.randint(1, 3_652_059)])]
        case "datetime.date.fromisoformat":
            return [value("date", maker).isoformat()]
        case "datetime.datetime.fromisoformat":
            made = value("datetime", maker)
            text = made.isoformat(maker.pick("T "), maker.pick(["auto", "minutes", "milliseconds"]))
            return [text if maker.chance(0.8) else made.date().isoformat()]
        case "datetime.datetime.strptime":
            form = maker.pick(_FORMATS[:5] + _FORMATS[12:])
            day = value("datetime", maker)
            day = day.replace(year=max(day.year, 1000))
            return [day.strftime(form), form]
        case "date.strftime" | "datetime.strftime":
            made = value(names[0], maker)
            return [made.replace(year=max(made.year, 1000)), maker.pick(_FORMATS)]
        case "calendar.isleap":
            return [r.choice([r.randint(-10, 4000), maker.int()])]
        case "datetime.timestamp":
            made = value("datetime", maker)
            return [made if made.tzinfo else made.replace(tzinfo=UTC)]
    if "timedelta" in names and "int" in names:
        return [value("timedelta", maker) if name == "timedelta" else r.choice([r.randint(-9, 9),
                r.randint(-10**6, 10**6)]) for name in names]  # fmt: skip
    if names == ["timedelta", "timedelta"] and maker.chance(0.7):
        a = timedelta(seconds=r.randint(-(10**6), 10**6), microseconds=r.randint(0, 3))
        return [a, r.choice([timedelta(seconds=r.randint(-100, 100)), timedelta(), a, MICRO])]
    if names[1:] == ["timedelta"] and maker.chance(0.8):
        return [value(names[0], maker), timedelta(r.randint(-9999, 9999), r.randint(0, 86_399))]
    if names == ["datetime", "datetime"]:
        a, b = (value("datetime", maker) for _ in "ab")
        if maker.chance(0.7):
            b = b.replace(tzinfo=a.tzinfo and timezone(_offset(maker)))
        return [a, a if maker.chance(0.1) else b]
    return None


def _offset(maker: Any) -> timedelta:
    r = maker.random
    return timedelta(seconds=r.choice([0, 3600, -18_000, 20_700, r.randint(-86_399, 86_399)]))
