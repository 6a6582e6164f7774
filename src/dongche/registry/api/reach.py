"""What a program may name: units it sees, places it sees, the sub-district it enters for."""

from __future__ import annotations

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Units, scope_of
from dongche.registry.models import Entity
from dongche.registry.queries import Places
from dongche.web.problems import NotFound


class UnknownUnit(Problem):
    code = "registry.unknown_unit"
    message = N_(
        "There is no %(kind)s with the code “%(given)s” that you see. Look up the code on the page of units."
    )


class WhichSubdistrict(Problem):
    code = "registry.which_subdistrict"
    message = N_("Say with “subdistrict” for which one: %(expected)s.")


class NoSubdistrict(Problem):
    code = "registry.no_subdistrict"
    status = 403
    message = N_("You serve in no headquarters, so you enter no places. Ask headquarters to do it.")


def place_called(officer: Officer, number: str) -> Entity:
    """Raises: NotFound – also for a place that the officer does not see"""
    place = Places.visible_to(officer).select_related("subdistrict").filter(number=number).first()
    if place is None:
        raise NotFound
    return place


def unit_called(officer: Officer, kind: str, code: str) -> Unit:
    """Raises: UnknownUnit"""
    unit = Units.visible_to(officer).filter(kind=kind, code=code).first()
    if unit is None:
        raise UnknownUnit(kind=UnitKind(kind).label, given=code)
    return unit


def own_subdistrict(officer: Officer, code: str) -> Unit:
    """The sub-district whose headquarters the officer serves in; the one that is named where they serve in several.

    Raises: NoSubdistrict, UnknownUnit, WhichSubdistrict
    """
    scope = scope_of(officer)
    units = Units.visible_to(officer).in_service().order_by("code")
    own = {unit.code: unit for unit in units if scope.everything or unit.pk in scope.subdistricts}
    if not own:
        raise NoSubdistrict
    if code and code not in own:
        raise UnknownUnit(kind=UnitKind.SUBDISTRICT.label, given=code)
    if not code and len(own) > 1:
        raise WhichSubdistrict(expected=", ".join(own))
    return own[code] if code else next(iter(own.values()))
