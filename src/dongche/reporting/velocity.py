"""The speed of resumption over the rows that an actor may see, as known now or at an instant (S15)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from dongche.analytics import velocity
from dongche.analytics.facts import SCHEMAS, Facts
from dongche.analytics.velocity import Meaning, Moves
from dongche.kit import clock
from dongche.org import facts as org_facts
from dongche.registry import facts as registry_facts
from dongche.reporting import facts, figures
from dongche.web import campaign

# Days that a process keeps, of all scopes together.
MOST_KEPT: Final = 2000
_kept: OrderedDict[Any, Moves] = OrderedDict()


def meaning_on(on: date) -> Meaning | None:
    """This function will give what the counts of a day mean; None when no version holds."""
    found = _meanings(campaign.current().metrics.parent / "velocity.yaml")
    return next((one for one in found if one.covers(on)), None)


@lru_cache(maxsize=4)
def _meanings(file: Path) -> tuple[Meaning, ...]:
    return velocity.load(file)


def moves(
    actor: Any,
    days: Sequence[date],
    *,
    as_known: datetime | None = None,
    where: Mapping[str, Collection[str]] | None = None,
) -> list[Moves]:
    """This function will count who resumed, stopped or fell silent on days, among the places an actor may see.

    Shape: in the order of `days`. What is known now is kept while no row of a day or of the day before has changed
    """
    scope = figures.reach(actor, where)
    if as_known is not None:
        return velocity.moves(_facts(days, is_current=False), days=days, as_known=as_known, scope=scope)
    versions = _versions(days)
    keys = {day: (day, versions[day], repr(scope)) for day in days}
    found = {day: _kept[key] for day, key in keys.items() if versions[day] is not None and key in _kept}
    missing = [day for day in days if day not in found]
    if missing:
        known = _facts(missing, is_current=True)
        for one in velocity.moves(known, days=missing, as_known=clock.now(), scope=scope):
            found[one.on] = one
            if versions[one.on] is not None:
                _kept[keys[one.on]] = one
        while len(_kept) > MOST_KEPT:
            with suppress(KeyError):  # another thread may have dropped it since
                _kept.popitem(last=False)
    return [found[day] for day in days]


def forget() -> None:
    """This function will drop what was kept in this process; only speed is lost."""
    _kept.clear()


def _versions(days: Sequence[date]) -> dict[date, Any]:
    """What changes whenever a row behind the counts of a day does: of two days, and of the register."""
    asked = sorted({one for day in days for one in (day - timedelta(days=1), day)})
    of_day, register = facts.versions(asked), figures.version_of(days[-1]) if days else None
    return {
        day: None
        if register is None or None in (of_day[day], of_day[day - timedelta(days=1)])
        else (of_day[day - timedelta(days=1)], of_day[day], register[1])
        for day in days
    }


def _facts(days: Sequence[date], *, is_current: bool) -> Facts:
    asked = sorted({one for day in days for one in (day - timedelta(days=1), day)})
    return Facts(
        entities=registry_facts.entities(),
        exclusions=registry_facts.exclusions(),
        line_rules=org_facts.line_rules(),
        reports=facts.reports(asked, only_current=is_current),
        electricity=SCHEMAS["electricity"].empty_table(),
        baselines=SCHEMAS["baselines"].empty_table(),
    )
