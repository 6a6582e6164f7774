"""The life of a unit: what it is on each of its days, as stretches of days that follow each other without a gap.

A value holds from its day on until the next change of that same value; a change of something else does not end it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from dongche.org.models import Unit, UnitRevision
from dongche.web.periods import believed

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Stretch:
    """What a unit is on the days [from_on, until_on): the fields of `UnitRevision.VALUES`."""

    from_on: date
    until_on: date | None
    values: Values

    def holds(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


Life = Sequence[Stretch]


def life_of(unit: Unit, as_known: datetime | None = None) -> list[Stretch]:
    """The life of a unit as believed now or at an instant, the first stretch first; nothing when it was not known."""
    rows = UnitRevision.objects.filter(believed(as_known), unit=unit).order_by("from_on")
    return [Stretch(row.from_on, row.until_on, _values(row)) for row in rows]


def on_day(life: Life, on: date) -> Stretch:
    """The stretch that holds a day; before the first day the first one, after the last day the last one."""
    return next((part for part in life if part.until_on is None or on < part.until_on), life[-1])


def changed(life: Life, on: date, **values: Any) -> list[Stretch]:
    """This function will give the life in which values hold from a day on, each until its next change.

    >>> one, two = date(2020, 3, 1), date(2020, 4, 1)
    >>> life = [Stretch(one, two, {"name": "A", "parent": 1}), Stretch(two, None, {"name": "B", "parent": 1})]
    >>> [
    ...     (part.from_on.month, *part.values.values())
    ...     for part in changed(life, date(2020, 3, 9), name="C", parent=2)
    ... ]
    [(3, 'A', 1), (3, 'C', 2), (4, 'B', 2)]
    """
    parts = [piece for part in life for piece in _split(part, on)]
    first = next((n for n, part in enumerate(parts) if part.from_on >= on), len(parts))
    for name, value in values.items():
        before = None
        for n in range(first, len(parts)):
            if n > first and parts[n].values[name] != before:
                break
            before = parts[n].values[name]
            parts[n] = replace(parts[n], values={**parts[n].values, name: value})
    return _merged(parts)


def restored(life: Life, on: date, names: Iterable[str]) -> list[Stretch]:
    """This function will give the life in which what was changed on a day was not: the day before goes on."""
    before = next((part for part in reversed(life) if part.from_on < on), None)
    return (
        list(life) if before is None else changed(life, on, **{name: before.values[name] for name in names})
    )


def ended(life: Life, until_on: date | None) -> list[Stretch]:
    """This function will give the life that ends on a day, or that has no end."""
    kept = [part for part in life if until_on is None or part.from_on < until_on]
    return [*kept[:-1], replace(kept[-1], until_on=until_on)]


def is_known(life: Life, part: Stretch, names: Iterable[str]) -> bool:
    """Whether a life has these values of a stretch already, on all of its days."""
    wanted = {name: part.values[name] for name in names}
    seen = _merged([replace(old, values={name: old.values[name] for name in wanted}) for old in life])
    return any(
        old.values == wanted
        and old.from_on <= part.from_on
        and (old.until_on is None or (part.until_on is not None and part.until_on <= old.until_on))
        for old in seen
    )


def write(unit: Unit, life: Life, at: datetime) -> None:
    """This function will keep a life as what is believed of a unit from `at` on; what stays is not written again."""
    wanted = list(life)
    for row in UnitRevision.objects.filter(believed(), unit=unit):
        part = Stretch(row.from_on, row.until_on, _values(row))
        if part in wanted:
            wanted.remove(part)
        else:
            row.supersede(at)
    UnitRevision.objects.bulk_create(
        UnitRevision(unit=unit, from_on=part.from_on, until_on=part.until_on, known_at=at, **part.values)
        for part in wanted
    )


def begin(unit: Unit, at: datetime) -> None:
    """This function will keep the values of a new unit as its life from its first day on."""
    write(unit, [Stretch(unit.from_on, unit.until_on, _values(unit))], at)


def _values(row: Unit | UnitRevision) -> dict[str, Any]:
    return {name: getattr(row, name) for name in UnitRevision.VALUES}


def _split(part: Stretch, on: date) -> list[Stretch]:
    if part.from_on < on and part.holds(on):
        return [replace(part, until_on=on), replace(part, from_on=on)]
    return [part]


def _merged(parts: Life) -> list[Stretch]:
    """Neighbours that say the same become one."""
    found: list[Stretch] = []
    for part in parts:
        if found and found[-1].values == part.values:
            found[-1] = replace(found[-1], until_on=part.until_on)
        else:
            found.append(part)
    return found
