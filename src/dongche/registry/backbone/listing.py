"""The list of backbone firms as rows, a whole list read from a file, and what the list tells of a place."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineWorkbook

from dongche.org.models import Officer, Unit
from dongche.registry.backbone.forms import named_in
from dongche.registry.models import BackboneDecision, BackboneFirm, Entity
from dongche.registry.queries import BackboneDecisions, BackboneFirms
from dongche.registry.sheets.container import inspect
from dongche.registry.timeline import Event, Teller, latest, name_of

RELATED = ("entity__community", "entered_by", "left_by")


@dataclass(frozen=True)
class Change:
    """A decision with the firms that it brought in and took off."""

    decision: BackboneDecision
    entered: list[Entity]
    left: list[Entity]


def firms(actor: Any, subdistrict: Unit, on: date) -> BackboneFirms:
    """The firms on the list on a day, as far as the actor sees them, in the order of their numbers."""
    rows = BackboneFirms.visible_to(actor).on(on).filter(entity__subdistrict=subdistrict)
    return rows.select_related(*RELATED).order_by("entity__number")


def changes(actor: Any, subdistrict: Unit) -> list[Change]:
    """The decisions of a sub-district, the latest first: three queries."""
    decisions = list(
        BackboneDecisions.visible_to(actor)
        .filter(subdistrict=subdistrict)
        .select_related("by")
        .order_by("-from_on", "-pk")
    )
    rows = BackboneFirm.objects.filter(superseded_at__isnull=True, entity__subdistrict=subdistrict)
    held = list(rows.select_related("entity").order_by("entity__number"))
    return [
        Change(
            decision,
            [row.entity for row in held if row.entered_by_id == decision.pk],
            [row.entity for row in held if row.left_by_id == decision.pk],
        )
        for decision in decisions
    ]


def headers() -> list[str]:
    return [
        gettext("Number"), gettext("Place name"), gettext("Credit code"), gettext("Community"), gettext("Address"),
        gettext("On the list since"), gettext("By the document"),
    ]  # fmt: skip


def file_rows(rows: Iterable[BackboneFirm]) -> Iterator[list[Any]]:
    for row in rows:
        place = row.entity
        community = place.community.name if place.community else ""
        yield [
            place.number, place.name, place.credit_code, community, place.address, row.from_on,
            row.entered_by.document,
        ]  # fmt: skip


def exchange(
    data: bytes, file_name: str, officer: Officer, subdistrict: Unit, on: date
) -> tuple[list[str], list[str]]:
    """This function will give the numbers of the firms that come in and go out for a file to be the list of a day.

    Shape: every cell of the first sheet that is the number or credit code of a place of the sub-district counts
    Raises: what `sheets.container.inspect` refuses
    """
    inspect(data, file_name)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    cells = {str(cell).strip().upper() for row in sheet.to_python() for cell in row if isinstance(cell, str)}
    wanted = {place.number for place in named_in(sorted(cells - {""}), officer, subdistrict).values()}
    held = {row.entity.number for row in firms(officer, subdistrict, on)}
    return sorted(wanted - held), sorted(held - wanted)


def _events(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    rows = BackboneFirm.objects.filter(entity=place, superseded_at__isnull=True)
    for row in latest(rows.select_related("entered_by__by"), before, most, "entered_by__at"):
        details = [row.entered_by.document, row.entered_by.reason]
        title = gettext("Came onto the list of backbone firms")
        yield Event(row.entered_by.at, title, name_of(row.entered_by.by), details)
    gone = rows.exclude(left_by=None).select_related("left_by__by")
    for row in latest(gone, before, most, "left_by__at"):
        if row.left_by is not None:
            details = [row.left_by.document, row.left_by.reason]
            yield Event(
                row.left_by.at, gettext("Left the list of backbone firms"), name_of(row.left_by.by), details
            )


events = Teller("backbone", _("Backbone list"), "flag", _events)
