"""Dates, datetimes and spans."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone


@dataclass
class Booking:
    start: date
    nights: int
    made: datetime


def due(start: date, days: int) -> date:
    return start + timedelta(days=days % 5000)


def between(a: date, b: date) -> int:
    return (a - b).days


def made_of(y: int, m: int, d: int) -> date:
    return date(y % 10003, m % 14, d % 33)


def parts(d: date) -> list[int]:
    return [d.year, d.month, d.day, d.weekday(), d.isoweekday(), d.toordinal()]


def shown(d: date, m: datetime, t: timedelta) -> str:
    return f"{d} {d!r} {m} {t} {t!r} {d.isoformat()} {m.isoformat()} {str(t)}"


def shown_inside(days: list[date], m: datetime, t: timedelta) -> str:
    return f"{days} {(m, t)!r} {[m]}"


def nights(bookings: list[Booking], day: date) -> int:
    total = 0
    for b in bookings:
        end = b.start + timedelta(days=b.nights % 100)
        if b.start <= day < end:
            total += 1
    return total


def latest(bookings: list[Booking]) -> date | None:
    found: date | None = None
    for b in bookings:
        if found is None or b.start > found:
            found = b.start
    return found


def same_day(a: datetime, b: datetime) -> bool:
    return a.date() == b.date() and a == a


def in_order(a: datetime, b: datetime) -> bool:
    return a < b


def apart(a: datetime, b: datetime) -> float:
    return (a - b).total_seconds()


def month_ends(d: date, n: int) -> list[date]:
    out: list[date] = []
    for _ in range(n % 14):
        d = d.replace(day=1) + timedelta(days=32)
        d = d.replace(day=1)
        out.append(d - timedelta(days=1))
    return out


def arithmetic(a: timedelta, b: timedelta, n: int) -> list[timedelta]:
    return [a + b, a - b, -a, abs(b), a * (n % 7), (n % 5) * b, a / (n or 1), a // (n or 1)]


def ratios(a: timedelta, b: timedelta) -> tuple[float, int, timedelta]:
    q, r = divmod(a, b)
    return a / b, q + a // b, r + a % b


def spans(d: int, h: int, m: int) -> timedelta:
    return timedelta(d % 1000, hours=h % 999, minutes=m % 999, weeks=-2)


def moments(y: int, h: int, n: int) -> datetime:
    return datetime(2000 + y % 50, 2, 29, h % 25, minute=n % 61, second=7)


def zoned(m: datetime, hours: int) -> datetime:
    return m.replace(tzinfo=timezone.utc).astimezone(timezone(timedelta(hours=hours % 12)))


def zoned_at(y: int, hours: int) -> datetime:
    return datetime(y % 9999 + 1, 3, 4, tzinfo=timezone(timedelta(hours=hours % 20)))


def stamp(m: datetime) -> float:
    return m.replace(tzinfo=timezone.utc).timestamp()


def parsed(text: str) -> date:
    return date.fromisoformat(text)


def read_back(m: datetime) -> datetime:
    return datetime.fromisoformat(m.isoformat())


def by_format(m: datetime) -> datetime:
    return datetime.strptime(m.strftime("%d/%m/%Y %H:%M:%S"), "%d/%m/%Y %H:%M:%S")


def leap_years(a: int, n: int) -> int:
    return sum(1 for y in range(a % 3000, a % 3000 + n % 50) if calendar.isleap(y))


def counted(days: list[date]) -> dict[date, int]:
    out: dict[date, int] = {}
    for d in days:
        out[d] = out.get(d, 0) + 1
    return out


def sorted_days(days: list[date]) -> list[date]:
    return sorted(days, reverse=True)


def moved(b: Booking, by: timedelta) -> Booking:
    return Booking(b.start + by, b.nights, b.made + by)


def truth(t: timedelta) -> bool:
    return bool(t) or not t


def ordinal(n: int) -> date:
    return date.fromordinal(n % 3_700_000)
