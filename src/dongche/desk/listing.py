"""Rows of the place list: a place with who answers for it and what it reported on the day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Max

from dongche.desk import columns
from dongche.desk.columns import ListColumn
from dongche.kit import clock
from dongche.org.models import Unit, UnitKind
from dongche.org.queries import Answer, Cell, Duties, duties_on
from dongche.registry import past
from dongche.registry.models import Entity
from dongche.registry.queries import Exclusions, Places, cells_of, on_backbone
from dongche.registry.standing import STANDINGS, standings
from dongche.reporting import keeping
from dongche.reporting.evidence import MOODS, SILENT, Weighed
from dongche.reporting.models import Report
from dongche.reporting.queries import Reports
from dongche.web import paging
from dongche.web.periods import in_force

CHUNK = 2000


@dataclass(frozen=True)
class Row:
    place: Entity
    subdistrict: str
    community: Unit | None
    grid: Unit | None
    line: Unit | None
    answers: dict[str, Answer]
    report: Report | None
    is_excluded: bool
    may_open: bool
    last: date | None = None
    excluded: str = ""
    standing: str = ""
    is_backbone: bool = False
    why: Mapping[str, str] = field(default_factory=dict)
    evidence: Weighed | None = None

    @property
    def evidence_mood(self) -> str:
        return MOODS[self.evidence.strength] if self.evidence else ""

    cells: Sequence[tuple[ListColumn, Any]] = ()


def rows(
    places: Iterable[Entity],
    on: date,
    actor: Any,
    duties: Duties | None = None,
    names: Mapping[int, str] | None = None,
    shown: Sequence[ListColumn] = (),
) -> list[Row]:
    """The places with everything the list shows: a few queries more than the duties, however many places.

    Of a past day there may be some that were the actor's then and are another's now: those have no page to open.
    `names` are those of sub-districts by id, where there are several.
    """
    places = list(places)
    duties = duties or duties_on(on, subdistricts={place.subdistrict_id for place in places})
    ids = [place.pk for place in places]
    then = past.values(ids, on)
    for place in places:
        for name, was in then.get(place.pk, {}).items():
            setattr(place, name, was)  # as it is shown; nothing of it is saved
    given = "the places are given, as far as the actor may see them"
    told = Reports.unscoped(reason=given).current(on).filter(entity__in=ids)
    reports = {report.entity_id: report for report in told}
    active = set(Places.unscoped(reason=given).active(on).filter(pk__in=ids).values_list("pk", flat=True))
    own = set(ids) if on == clock.today() else visible(ids, actor)
    cells = cells_of(ids, on)
    needs = {column.needs for column in shown}
    last = _last_reports(ids, on) if columns.LAST in needs else {}
    excluded = _excluded(ids, on) if columns.EXCLUDED in needs else {}
    standing = _standing(ids, on) if columns.STANDING in needs else {}
    backbone = on_backbone(ids, on) if columns.BACKBONE in needs else frozenset()
    weighed = _evidence(places, on) if columns.EVIDENCE in needs else {}
    found = [
        replace(
            _row(
                place,
                (names or {}).get(place.subdistrict_id, ""),
                cells[place.pk],
                duties,
                reports.get(place.pk),
                is_excluded=place.pk not in active,
                may_open=place.pk in own,
            ),
            last=last.get(place.pk),
            standing=standing.get(place.pk, ""),
            is_backbone=place.pk in backbone,
            excluded=excluded.get(place.pk, ""),
            why=columns.why(place, on) if columns.WHY in needs else {},
            evidence=weighed.get(place.pk) if place.pk in active else None,
        )
        for place in places
    ]
    return [replace(row, cells=[(column, column.parts[0][1](row)) for column in shown]) for row in found]


def _evidence(places: Sequence[Entity], on: date) -> dict[int, Weighed]:
    """How well the reports of some places are supported; without a report, that there is none."""
    given = Places.unscoped(reason="of places that are given").filter(pk__in=[place.pk for place in places])
    keeping.bring(given, on, clock.now())
    found = keeping.of([place.pk for place in places], on)
    return {place.pk: found.get(place.pk, SILENT) for place in places}


def _last_reports(ids: Sequence[int], on: date) -> dict[int, date]:
    """The last day up to `on` for which each place reported."""
    told = Reports.unscoped(reason="of places that are given").filter(
        entity__in=ids, on__lte=on, superseded_at__isnull=True
    )
    return dict(told.order_by().values_list("entity").annotate(last=Max("on")))


def _standing(ids: Sequence[int], on: date) -> dict[int, str]:
    """On which step each place stands on a day, in words."""
    return {pk: str(STANDINGS[standing]) for pk, standing in standings(ids, on).items()}


def _excluded(ids: Sequence[int], on: date) -> dict[int, str]:
    """Why places are left out on a day: kind and reason."""
    held = Exclusions.unscoped(reason="of places that are given").filter(
        in_force(on), entity__in=ids, superseded_at__isnull=True
    )
    return {one.entity_id: f"{one.get_kind_display()}: {one.reason}" for one in held}


def visible(ids: Sequence[int], actor: Any) -> set[int]:
    """Those of some places whose pages the actor may open now."""
    return set(Places.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))


def _row(
    place: Entity,
    subdistrict: str,
    cell: Cell,
    duties: Duties,
    report: Report | None,
    *,
    is_excluded: bool,
    may_open: bool,
) -> Row:
    answers = {answer.role: answer for answer in duties.resolve(cell)}
    rule = duties.line_rule(cell)
    return Row(
        place,
        subdistrict,
        duties.units.get(place.community_id or 0),
        duties.units.get(place.grid_id or 0),
        duties.units.get(rule.department_id) if rule else None,
        answers,
        report,
        is_excluded,
        may_open,
    )


def export_rows(
    places: Places,
    sort: str,
    on: date,
    actor: Any,
    shown: Sequence[ListColumn],
    done: Callable[[int], None] | None = None,
) -> Iterator[list[Any]]:
    """The rows of an Excel list in its order, in chunks: memory stays flat, queries grow with chunks and not with rows.

    `done` is told after each chunk how many rows have been given.
    """
    duties = duties_on(on)
    names = {pk: unit.name for pk, unit in duties.units.items() if unit.kind == UnitKind.SUBDISTRICT}
    takes = [take for column in shown for _header, take in column.parts]
    ordered, key = columns.sorted_by(places, sort, on)
    after, given = "", 0
    while True:
        page = paging.page(ordered, key, after=after, size=CHUNK)
        for row in rows(page.rows, on, actor, duties, names, shown):
            yield [take(row) for take in takes]
        given += len(page.rows)
        if done is not None:
            done(given)
        if page.pager.next is None:
            return
        after = page.pager.next
