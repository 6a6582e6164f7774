"""What the pages of units show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from shapely.geometry import shape

from dongche.org.ending import redrawn
from dongche.org.grounds import Redrawn, Shift, lying, shifts
from dongche.org.holdings import Holding, held_by
from dongche.org.models import (
    ANCESTORS,
    Officer,
    PlannedChange,
    Post,
    Sponsorship,
    Unit,
    UnitKind,
    UnitRevision,
)
from dongche.org.polygons import is_simple, points, square_metres
from dongche.org.queries import PlannedChanges, Posts, Sponsorships, UnitRevisions, Units
from dongche.web.components import MapView
from dongche.web.periods import in_force

KNOWN = 50
AROUND = 400
# What a stretch of a life may change, in the order in which it is told.
CHANGES = {
    "name": _("new name"),
    "party_organisation": _("new Party organisation"),
    "parent_id": _("moved"),
    "polygon": _("new outline"),
}


class Stretch(NamedTuple):
    """A part of the life of a unit, and what began with it."""

    revision: UnitRevision
    begins: str
    is_now: bool


class Planned(NamedTuple):
    """A change to come, in words."""

    change: PlannedChange
    what: str


@dataclass(frozen=True)
class Sheet:
    """Everything on the page of one unit, as of a day; `then` is what it was on that day, None when it was not."""

    unit: Unit
    on: date
    then: UnitRevision | None
    above: Sequence[Unit]
    posts: Sequence[Post]
    sponsorship: Sponsorship | None
    life: Sequence[Stretch]
    earlier: Sequence[UnitRevision]
    planned: Sequence[Planned]
    holdings: Sequence[Holding]
    map: MapView | None
    may_change: bool


def path_of(unit: Unit, actor: Officer) -> list[Unit]:
    """The units above that the actor may see, from the top down: one query."""
    line = (unit.parent_id, *(getattr(unit, f"{level}_id") for level in ANCESTORS))
    ids = [pk for pk in line if pk and pk != unit.pk]
    found = Units.visible_to(actor).filter(pk__in=ids).defer("polygon")
    return sorted(
        found, key=lambda one: (len([1 for level in ANCESTORS if getattr(one, f"{level}_id")]), one.pk)
    )


def sheet(unit: Unit, actor: Officer, on: date, today: date, as_known: datetime | None = None) -> Sheet:
    """This function will gather the page of a unit as of a day, as known now or then: a fixed number of queries."""
    posts = (
        Posts.visible_to(actor)
        .in_force(on, as_known)
        .filter(unit=unit)
        .select_related("officer")
        .order_by("role", "id")
    )
    sponsorships = Sponsorships.visible_to(actor).in_force(on, as_known).filter(community=unit)
    revisions = (
        UnitRevisions.visible_to(actor).filter(unit=unit).select_related("parent").defer("parent__polygon")
    )
    life = list(revisions.believed(as_known).order_by("from_on"))
    earlier = revisions.filter(superseded_at__isnull=False).order_by("-known_at", "-id").defer("polygon")
    then = next(
        (one for one in life if one.from_on <= on and (one.until_on is None or on < one.until_on)), None
    )
    return Sheet(
        unit=unit,
        on=on,
        then=then,
        above=path_of(unit, actor),
        posts=list(posts),
        sponsorship=sponsorships.select_related("leader").first(),
        life=_told(life, then),
        earlier=list(earlier[:KNOWN]),
        planned=planned(unit, actor, life),
        holdings=held_by(unit, on) if on == today else (),
        map=map_of(unit, then.polygon, actor, on) if then and then.polygon else None,
        may_change=actor.has_duty("org.write")
        and Units.visible_to(actor).kept_by(actor).filter(pk=unit.pk).exists(),
    )


def _told(life: Sequence[UnitRevision], then: UnitRevision | None) -> list[Stretch]:
    """The stretches with what each began, the latest first."""
    found = []
    for before, part in zip([None, *life], life, strict=False):
        changed = [
            str(label)
            for name, label in CHANGES.items()
            if before is not None and getattr(before, name) != getattr(part, name)
        ]
        begins = " · ".join(changed) if before else gettext("founded")
        found.append(Stretch(part, begins, part == then))
    return found[::-1]


def planned(unit: Unit, actor: Officer, life: Sequence[UnitRevision]) -> list[Planned]:
    """The changes to come of a unit, in words, the next first: one query."""
    changes = PlannedChanges.visible_to(actor).open().filter(unit=unit).select_related("by")
    return [Planned(change, _in_words(change, life)) for change in changes.order_by("from_on", "id")]


def _in_words(change: PlannedChange, life: Sequence[UnitRevision]) -> str:
    then = next((part for part in reversed(life) if part.from_on <= change.from_on), None)
    kind = PlannedChange.Kind
    if then is None or change.kind == kind.END:
        return gettext("The unit ends.")
    if change.kind == kind.RENAME:
        return gettext("It is called %(name)s.") % {"name": then.name}
    if change.kind == kind.MOVE:
        return gettext("It stands under %(parent)s.") % {"parent": then.parent.name if then.parent else "—"}
    if not then.polygon:
        return gettext("It has no outline any more.")
    area = f"{square_metres(shape(then.polygon)):,.0f}"
    return gettext("It has a new outline of %(area)s m².") % {"area": area}


def beside(unit: Unit, actor: Officer, on: date) -> list[tuple[str, Mapping[str, Any]]]:
    """Names and outlines of the units of the same kind around a unit, as of a day: one query."""
    within = (
        {"unit__subdistrict": unit.subdistrict_id}
        if unit.kind in (UnitKind.COMMUNITY, UnitKind.GRID)
        else {"unit__parent": unit.parent_id}
    )
    rows = (
        UnitRevisions.visible_to(actor)
        .in_force(on)
        .filter(unit__kind=unit.kind, polygon__isnull=False, **within)
        .exclude(unit=unit)
        .order_by("unit__code")
    )
    return [(name, polygon or {}) for name, polygon in rows.values_list("name", "polygon")[:AROUND]]


def map_of(unit: Unit, polygon: Mapping[str, Any], actor: Officer, on: date) -> MapView:
    """The unit's polygon with the outlines of those beside it."""
    areas = [_feature(unit, polygon)]
    borders = [_border(name, outline) for name, outline in [*beside(unit, actor, on), (unit.name, polygon)]]
    return MapView(
        id="unit-map",
        label=gettext("Map of %(unit)s") % {"unit": unit.name},
        areas={"type": "FeatureCollection", "features": areas},
        borders={"type": "FeatureCollection", "features": borders},
        hint=gettext("%(unit)s, with the borders of its neighbours") % {"unit": unit.name},
        has_rates=False,
    )


def board(
    unit: Unit, actor: Officer, on: date, outline: Mapping[str, Any] | None, fault: list[float] | None
) -> dict[str, Any]:
    """What the drawing board needs: the outline to go on with, those around it, and where the fault lies.

    Shape: `outline` a ring of corners that the browser may move, empty where it has none or several parts; `kept` what
           cannot be drawn by hand
    """
    around = [_border(name, polygon) for name, polygon in beside(unit, actor, on)]
    above = UnitRevisions.visible_to(actor).in_force(on).filter(unit=unit.parent_id, polygon__isnull=False)
    parents = [_border(name, polygon or {}) for name, polygon in above.values_list("name", "polygon")]
    simple = outline is not None and is_simple(outline)
    return {
        "outline": outline["coordinates"][0] if outline and simple else [],
        "kept": [_border(unit.name, outline)] if outline and not simple else [],
        "around": around,
        "above": parents,
        "fault": fault,
    }


def corners(unit: Unit) -> str:
    """The corners of the present outline as text."""
    return points(unit.polygon)


def would_move(unit: Unit, polygon: Mapping[str, Any] | None, on: date) -> list[Shift]:
    """The places that would change their grid with a new outline from a day on."""
    if unit.kind != UnitKind.GRID:
        return []
    known = unit.revisions.filter(in_force(on), superseded_at__isnull=True).values_list("polygon", flat=True)
    return shifts(Redrawn(unit, known.first(), polygon, on))


def doubt(unit: Unit, polygon: Mapping[str, Any]) -> str:
    """A question where most of the unit's places lie outside an outline: it may be of another town. Or nothing."""
    known, outside = lying(unit, polygon)
    if outside * 2 <= known:
        return ""
    text = gettext(
        "%(outside)s of the %(known)s places of %(unit)s whose point is known lie outside this outline."
    )
    return text % {"outside": outside, "known": known, "unit": unit.name}


def would_return(unit: Unit, on: date) -> list[Shift]:
    """Where the places of a grid would go if it ended."""
    gone = redrawn(unit, on)
    return shifts(gone) if gone else []


def _border(name: str, polygon: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": name}, "geometry": polygon}


def _feature(unit: Unit, polygon: Mapping[str, Any]) -> dict[str, Any]:
    properties = {
        "code": unit.code,
        "name": unit.name,
        "label": unit.name,
        "value": None,
        "url": reverse("org:unit", args=[unit.code]),
    }
    return {"type": "Feature", "id": unit.pk, "properties": properties, "geometry": polygon}


def as_text(polygon: Mapping[str, Any]) -> str:
    """The polygon as GeoJSON, to be sent again when the preview is accepted."""
    return json.dumps(polygon, separators=(",", ":"))
