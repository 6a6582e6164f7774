"""Rows of the place list: a place with who answers for it and what it reported on the day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.org.models import Unit, UnitKind
from dongche.org.queries import ROLES, Answer, Cell, Duties, duties_on
from dongche.registry.models import Entity
from dongche.registry.queries import Places, cells_of
from dongche.reporting.models import Report
from dongche.reporting.queries import Reports
from dongche.web.components import Column

SORTS = ("number", "name", "staff", "updated")
SORT_COLUMNS = {"number": "number", "name": "name", "staff": "staff_sort", "updated": "updated_at"}
COLUMNS = (
    Column(_("Number"), "number"),
    Column(_("Place"), "name"),
    Column(_("Category")),
    Column(_("Community and grid")),
    Column(_("Line")),
    Column(_("Served by")),
    Column(_("Report of the day")),
    Column(_("At post"), numeric=True),
)
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


def rows(
    places: Iterable[Entity],
    on: date,
    actor: Any,
    duties: Duties | None = None,
    names: Mapping[int, str] | None = None,
) -> list[Row]:
    """The places with everything the list shows: three queries more than the duties, however many places.

    Of a past day there may be some that were the actor's then and are another's now: those have no page to open.
    `names` are those of sub-districts by id, where there are several.
    """
    places = list(places)
    duties = duties or duties_on(on, subdistricts={place.subdistrict_id for place in places})
    ids = [place.pk for place in places]
    given = "the places are given, as far as the actor may see them"
    told = Reports.unscoped(reason=given).current(on).filter(entity__in=ids)
    reports = {report.entity_id: report for report in told}
    active = set(Places.unscoped(reason=given).active(on).filter(pk__in=ids).values_list("pk", flat=True))
    own = set(ids) if on == clock.today() else visible(ids, actor)
    cells = cells_of(ids, on)
    return [
        _row(
            place,
            (names or {}).get(place.subdistrict_id, ""),
            cells[place.pk],
            duties,
            reports.get(place.pk),
            is_excluded=place.pk not in active,
            may_open=place.pk in own,
        )
        for place in places
    ]


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


def export_headers() -> list[str]:
    return [
        gettext("Number"), gettext("Place name"), gettext("Credit code"), gettext("Category"), gettext("Industry"),
        gettext("Size"), gettext("Four-above"), gettext("Three focuses"),
        gettext("Sub-district"), gettext("Community"), gettext("Grid"),
        gettext("Address"), gettext("Line"), gettext("Served by"), gettext("Managed by"), gettext("Responsible"),
        gettext("Sponsor leader"), gettext("Report of the day"), gettext("Staff due"), gettext("At post"),
        gettext("Output today (yuan)"), gettext("Normal output (yuan)"), gettext("Reported at"),
    ]  # fmt: skip


def export_rows(places: Places, on: date, actor: Any) -> Iterator[list[Any]]:
    """The rows of an Excel list, in chunks: memory stays flat, queries grow with chunks and not with rows."""
    duties = duties_on(on)
    names = {pk: unit.name for pk, unit in duties.units.items() if unit.kind == UnitKind.SUBDISTRICT}
    last = 0
    while True:
        chunk = list(places.filter(pk__gt=last).defer("contact_name", "contact_phone").order_by("pk")[:CHUNK])
        if not chunk:
            return
        last = chunk[-1].pk
        for row in rows(chunk, on, actor, duties, names):
            yield _export(row)


def _export(row: Row) -> list[Any]:
    place, report = row.place, row.report
    people = [
        answer.officer.name if answer.officer else "" for answer in (row.answers[role] for role in ROLES)
    ]
    return [
        place.number,
        place.name,
        place.credit_code,
        place.get_category_display(),
        place.industry,
        place.get_size_display(),
        gettext("Yes") if place.above_scale else gettext("No"),
        place.get_focus_display(),
        row.subdistrict,
        row.community.name if row.community else "",
        row.grid.name if row.grid else "",
        place.address,
        row.line.name if row.line else "",
        *people,
        state_in_words(row),
        report.staff_due if report else None,
        report.staff_at_post if report else None,
        report.output_fen / 100 if report and report.output_fen is not None else None,
        report.output_normal_fen / 100 if report and report.output_normal_fen is not None else None,
        report.received_at if report else None,
    ]


def state_in_words(row: Row) -> str:
    if row.report:
        return str(row.report.get_state_display())
    return gettext("Excluded") if row.is_excluded else gettext("Not reported")


def sortable(places: Places) -> Places:
    """The places with every sort column filled: keyset paging needs columns that are never null."""
    return places.annotate(staff_sort=Coalesce("staff_count", Value(-1))).defer(
        "contact_name", "contact_phone"
    )
