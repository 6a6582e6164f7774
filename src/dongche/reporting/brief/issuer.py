"""Whose brief it is: the unit it goes out from, the places it speaks of, and who compiled it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from django.utils.translation import gettext

from dongche.org.audit import System
from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Units, scope_of
from dongche.org.words import in_area

MOST_NAMED = 3


@dataclass(frozen=True)
class Issuer:
    """Texts of the masthead and the foot."""

    unit: str
    scope: str
    compiled_by: str


def issuer_of(actor: Any, on: date) -> Issuer:
    """This function will name the unit, the scope and the author of an actor's brief.

    Empty: an actor without posts compiles for nobody: the unit is empty and the scope says so
    """
    scope = scope_of(actor)
    every = Units.unscoped(reason="names of units are no secret").defer("polygon")
    if isinstance(actor, System) or scope.everything:
        subdistricts = list(every.in_service().in_force(on).order_by("code"))
        headquarters = (
            every.filter(kind=UnitKind.HEADQUARTERS).in_force(on).select_related("subdistrict").first()
        )
        whole = gettext("the whole sub-district") if len(subdistricts) == 1 else gettext("all sub-districts")
        unit = full_name(headquarters) if headquarters and len(subdistricts) == 1 else ""
        return Issuer(unit, whole, _author(actor))
    posts = actor.acting_posts_on(on) if isinstance(actor, Officer) else []
    unit = full_name(posts[0].unit) if posts else ""
    if scope.subdistricts:
        return Issuer(unit, gettext("the whole sub-district"), _author(actor))
    ids = scope.provinces | scope.cities | scope.districts | scope.communities | scope.grids | scope.lines
    units = list(every.filter(pk__in=ids).order_by("code"))
    if not units:
        return Issuer(unit, gettext("no place at all"), _author(actor))
    if len(units) > MOST_NAMED:
        return Issuer(unit, gettext("the units served"), _author(actor))
    names = [_places_of(one) for one in units]
    listed = reduce(lambda said, one: gettext("%(items)s, %(item)s") % {"items": said, "item": one}, names)
    return Issuer(unit, listed, _author(actor))


def full_name(unit: Unit) -> str:
    """The unit with its sub-district before it, unless its own name says that already."""
    above = unit.subdistrict
    if above is None or above.pk == unit.pk or above.name in unit.name:
        return unit.name
    return in_area(above.name, unit.name)


def _places_of(unit: Unit) -> str:
    if unit.kind == UnitKind.DEPARTMENT:
        return gettext("the places of %(unit)s") % {"unit": unit.name}
    return unit.name


def _author(actor: Any) -> str:
    return actor.name if isinstance(actor, Officer) and actor.name else gettext("Dongche, automatically")
