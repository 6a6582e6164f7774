"""What the pages of units show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from dongche.org.holdings import Holding, held_by
from dongche.org.models import ANCESTORS, Officer, Post, Sponsorship, Unit, UnitRevision
from dongche.org.queries import Posts, Sponsorships, UnitRevisions, Units
from dongche.web.components import MapView


@dataclass(frozen=True)
class Sheet:
    """Everything on the page of one unit."""

    unit: Unit
    above: Sequence[Unit]
    posts: Sequence[Post]
    sponsorship: Sponsorship | None
    versions: Sequence[UnitRevision]
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


def sheet(unit: Unit, actor: Officer, on: date) -> Sheet:
    """This function will gather the page of a unit: a fixed number of queries."""
    posts = (
        Posts.visible_to(actor)
        .in_force(on)
        .filter(unit=unit)
        .select_related("officer")
        .order_by("role", "id")
    )
    sponsorships = Sponsorships.visible_to(actor).in_force(on).filter(community=unit)
    versions = (
        UnitRevisions.visible_to(actor)
        .filter(unit=unit)
        .select_related("parent")
        .order_by("-known_at", "-id")
    )
    return Sheet(
        unit=unit,
        above=path_of(unit, actor),
        posts=list(posts),
        sponsorship=sponsorships.select_related("leader").first(),
        versions=list(versions.defer("polygon", "parent__polygon")[:50]),
        holdings=held_by(unit, on),
        map=map_of(unit, unit.polygon, actor) if unit.polygon else None,
        may_change=actor.has_duty("org.write")
        and Units.visible_to(actor).kept_by(actor).filter(pk=unit.pk).exists(),
    )


def map_of(unit: Unit, polygon: Mapping[str, Any], actor: Officer) -> MapView:
    """The unit's polygon with the outlines of those beside it."""
    beside = (
        Units.visible_to(actor)
        .filter(parent=unit.parent_id, kind=unit.kind, polygon__isnull=False, until_on__isnull=True)
        .exclude(pk=unit.pk)
        .order_by("code")[:200]
    )
    areas = [_feature(unit, polygon)]
    borders = [
        {"type": "Feature", "properties": {"name": other.name}, "geometry": other.polygon} for other in beside
    ]
    borders.append({"type": "Feature", "properties": {"name": unit.name}, "geometry": polygon})
    return MapView(
        id="unit-map",
        label=gettext("Map of %(unit)s") % {"unit": unit.name},
        areas={"type": "FeatureCollection", "features": areas},
        borders={"type": "FeatureCollection", "features": borders},
        hint=gettext("%(unit)s, with the borders of its neighbours") % {"unit": unit.name},
        has_rates=False,
    )


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
