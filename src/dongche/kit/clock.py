"""The only place that reads the clock.

A demonstration lives on a day in the past: its clock starts at the instant it was loaded and then runs 1,440 times
slower than real time, so that times still grow and the demonstrated day outlasts a year of use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
SLOWDOWN = 1440


@dataclass(frozen=True)
class SlowClock:
    """A clock that showed `shown` at the real instant `started` and has crept on since."""

    shown: datetime
    started: datetime

    def at(self, real: datetime) -> datetime:
        return self.shown + max(real - self.started, real - real) / SLOWDOWN


_slow: SlowClock | None = None


def use(slow: SlowClock | None) -> None:
    """Run on `slow`, or on real time again when None. Called once at start-up, from the settings."""
    global _slow
    _slow = slow


def now() -> datetime:
    """The present instant, in UTC."""
    return real() if _slow is None else _slow.at(real())


def real() -> datetime:
    """The instant outside, in UTC, also in a demonstration: for what the machine does, never for what rows say."""
    return datetime.now(UTC)


def today() -> date:
    """The present calendar day in Beijing."""
    return day_of(now())


def day_of(instant: datetime) -> date:
    """The Beijing calendar day of an instant.

    >>> day_of(datetime(2020, 3, 20, 17, 0, tzinfo=UTC))
    datetime.date(2020, 3, 21)
    """
    return instant.astimezone(BEIJING).date()


def beginning_of(day: date) -> datetime:
    """The first instant of a Beijing calendar day.

    >>> beginning_of(date(2020, 3, 21)).isoformat()
    '2020-03-21T00:00:00+08:00'
    """
    return datetime.combine(day, time(), BEIJING)


def beijing(instant: datetime) -> datetime:
    """The same instant with the clock time of Beijing.

    >>> beijing(datetime(2020, 3, 20, 17, 0, tzinfo=UTC)).isoformat()
    '2020-03-21T01:00:00+08:00'
    """
    return instant.astimezone(BEIJING)
