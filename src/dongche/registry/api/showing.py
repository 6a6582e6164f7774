"""Places as programs get them, masked as on the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dongche.kit import clock
from dongche.org.models import Officer, Unit
from dongche.org.queries import Units, duties_on
from dongche.registry import outward
from dongche.registry.calling import calls
from dongche.registry.entering import wan
from dongche.registry.models import Entity
from dongche.registry.queries import Revisions, cells_of, naming_proposals, on_backbone
from dongche.registry.standing import standing_of, standings
from dongche.web.fields import masked_name, masked_phone

_SAME = (
    "number", "name", "credit_code", "category", "nine_small_class", "industry", "size", "above_scale", "focus",
    "address", "staff_count", "area_m2", "construction_qualified", "lon", "lat", "opened_on", "updated_at",
)  # fmt: skip


def rows(found: Iterable[Entity]) -> list[dict[str, Any]]:
    """The places of a page of the list, without their contacts: five queries, however many they are."""
    places = list(found)
    ids, today = [place.pk for place in places], clock.today()
    current = Revisions.unscoped(reason="of places that are scoped already").filter(
        superseded_at__isnull=True
    )
    versions = dict(current.filter(entity__in=ids).values_list("entity", "pk"))
    named = {getattr(place, name) for place in places for name in ("community_id", "grid_id", "line_id")}
    units = Units.unscoped(reason="the units of places that are scoped already").in_bulk(named - {None})
    standing, backbone = standings(ids, today), on_backbone(ids, today)
    return [
        _row(place, versions[place.pk], units, getattr(place, "line_id", None))
        | {"standing": standing[place.pk], "backbone": place.pk in backbone}
        for place in places
    ]


def one(place: Entity, version: int, officer: Officer) -> dict[str, Any]:
    """A place with the people who answer for it today; its contact in full for whoever is to call it."""
    duties = duties_on(clock.today(), subdistricts=[place.subdistrict_id])
    cell = cells_of([place.pk], duties.on)[place.pk]
    rule = duties.line_rule(cell)
    answers = naming_proposals(duties.resolve(cell), place, duties.on)
    in_full = calls(answers, officer)
    return {
        **_row(place, version, duties.units, rule.department_id if rule else None),
        "standing": standing_of(place, duties.on),
        "backbone": bool(on_backbone([place.pk], duties.on)),
        "contact_name": place.contact_name if in_full else masked_name(place.contact_name),
        "contact_phone": place.contact_phone if in_full else masked_phone(place.contact_phone),
        "contact_masked": not in_full,
        "responsible": [outward.answer_as_json(answer, duties, phone_for(officer)) for answer in answers],
    }


def phone_for(reader: Officer) -> Callable[[Officer], str]:
    """Phones of officers as somebody may read them: masked, but for their own."""
    return lambda officer: officer.phone if officer == reader else masked_phone(officer.phone)


def _row(place: Entity, version: int, units: Mapping[int, Unit], line: int | None) -> dict[str, Any]:
    return {
        **{name: getattr(place, name) for name in _SAME},
        "version": version,
        "community": _unit(units, place.community_id),
        "grid": _unit(units, place.grid_id),
        "line": _unit(units, line),
        **{
            name: wan(getattr(place, f"{name}_fen")) or None
            for name in ("revenue", "assets", "output_normal")
        },
        "counts_from": place.from_on,
        "counts_until": place.until_on,
    }


def _unit(units: Mapping[int, Unit], pk: int | None) -> dict[str, str] | None:
    unit = units.get(pk or 0)
    return {"code": unit.code, "name": unit.name} if unit else None
