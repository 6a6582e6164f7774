"""Units: bringing one into being, and what is believed of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import LEVELS, Unit, UnitKind
from dongche.org.tree import ancestors, revise_unit


class UnitExists(Problem):
    code = "org.unit_exists"
    status = 409
    message = N_("There is already a unit with the code %(unit)s. Give the new unit a code of its own.")


class WrongParent(Problem):
    code = "org.wrong_parent"
    message = N_(
        "A unit of the kind %(kind)s cannot stand under %(parent)s, which is a %(given)s; expected is %(expected)s."
    )


# What each kind may stand under. A list of divisions need not have every level.
PARENTS: Mapping[str, tuple[str, ...]] = {
    UnitKind.PROVINCE: (),
    UnitKind.CITY: (UnitKind.PROVINCE,),
    UnitKind.DISTRICT: (UnitKind.CITY, UnitKind.PROVINCE),
    UnitKind.SUBDISTRICT: (UnitKind.DISTRICT, UnitKind.CITY),
    UnitKind.HEADQUARTERS: (UnitKind.SUBDISTRICT, UnitKind.DISTRICT, UnitKind.CITY, UnitKind.PROVINCE),
    UnitKind.DEPARTMENT: (UnitKind.HEADQUARTERS, UnitKind.SUBDISTRICT),
    UnitKind.COMMUNITY: (UnitKind.SUBDISTRICT,),
    UnitKind.GRID: (UnitKind.COMMUNITY,),
}


@action("org.create_unit")
def create_unit(
    *,
    kind: str,
    code: str,
    name: str,
    parent: Unit | None,
    from_on: date,
    by: Actor,
    at: datetime,
    polygon: Mapping[str, Any] | None = None,
    party_organisation: str = "",
    dedicated_to: str = "",
) -> Unit:
    """Create a unit under its parent, with its stored ancestors.

    Raises: UnitExists, WrongParent
    """
    if Unit.objects.filter(code=code).exists():
        raise UnitExists(unit=code)
    _refuse_parent(kind, parent)
    unit = Unit.objects.create(
        kind=kind,
        code=code,
        name=name,
        parent=parent,
        party_organisation=party_organisation,
        dedicated_to=dedicated_to,
        polygon=polygon,
        from_on=from_on,
        **ancestors(parent),
    )
    revise_unit(unit, at)
    after = {"code": code, "kind": kind, "parent": parent and parent.code, "from_on": from_on}
    record("unit", unit.pk, by=by, at=at, after=after, within=unit)
    return unit


def _refuse_parent(kind: str, parent: Unit | None) -> None:
    """Raises: WrongParent"""
    if parent is None and kind in LEVELS:
        return
    if parent is None or parent.kind not in PARENTS[kind]:
        raise WrongParent(
            kind=UnitKind(kind).label,
            parent=parent.name if parent else "—",
            given=UnitKind(parent.kind).label if parent else "—",
            expected=" / ".join(str(UnitKind(one).label) for one in PARENTS[kind]) or "—",
        )
