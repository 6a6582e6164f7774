"""What programs are told, by the command line and over the API: who answers for a place, and the proof of coverage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from dongche.kit.decimals import percent
from dongche.org.models import Officer
from dongche.org.queries import Answer, Duties, Units, duties_on
from dongche.registry.coverage import idle, loads, overloaded
from dongche.registry.queries import Coverage, Gap, Places, coverage, places_in
from dongche.web import campaign


def answer_as_json(answer: Answer, duties: Duties, phone: Callable[[Officer], str]) -> dict[str, Any]:
    """One role of a place: who fills it and by which rule, or why nobody does; `phone` gives numbers as they may be
    shown."""
    officer, unit = answer.officer, answer.unit
    return {
        "role": answer.role,
        "officer": officer.username if officer else None,
        "name": officer.name if officer else None,
        "phone": (phone(officer) if officer else "") or None,
        "unit": unit.code if unit else None,
        "unit_name": unit.name if unit else None,
        "rule": answer.rule or None,
        "rule_version": answer.version if answer.rule else None,
        "cause": answer.cause or None,
        "stands_in_for": _holder(answer, duties),
        "party_organisation": (unit.party_organisation or None) if unit else None,
        "dedicated_to": (unit.dedicated_to or None) if unit else None,
        "rows": [{"table": row.table, "id": row.pk} for row in answer.rows],
    }


def _holder(answer: Answer, duties: Duties) -> dict[str, Any] | None:
    """The holder who is away, and their first day at work again, where it is known."""
    holder = answer.stands_in_for
    if holder is None:
        return None
    leave = duties.leaves.get(holder.pk)
    until_on = leave.until_on.isoformat() if leave and leave.until_on else None
    return {"officer": holder.username, "name": holder.name, "until_on": until_on}


def coverage_as_json(places: Places, on: date, subdistricts: Units) -> dict[str, Any]:
    """This function will prove for some places that nobody is missed on a day, or name every place of every gap.

    Shape: `subdistricts` are those of the places; what each proves adds up to the whole
    Units: `percent` with two places; None without any active place
    """
    duties = duties_on(on)
    found = coverage(places, on, duties)
    carried, most = loads(places, on, duties), campaign.current().places_most
    return {
        "on": on.isoformat(),
        "places": found.places,
        "covered": found.covered,
        "percent": f"{percent(found.covered, found.places):f}" if found.places else None,
        "subdistricts": _parts(found, subdistricts),
        "gaps": [_gap(gap, places, duties) for gap in found.gaps],
        "places_most": most,
        "overloaded": [
            {"officer": load.officer.username, "places": load.served} for load in overloaded(carried, most)
        ],
        "idle": [
            one.officer.username for one in idle(subdistricts.values_list("pk", flat=True), on, carried)
        ],
    }


def _parts(found: Coverage, subdistricts: Units) -> list[dict[str, Any]]:
    rows = subdistricts.filter(pk__in=found.areas).order_by("code").values_list("pk", "code", "name")
    return [
        {
            "subdistrict": code,
            "name": name,
            "places": found.areas[pk].places,
            "covered": found.areas[pk].covered,
            "percent": f"{percent(found.areas[pk].covered, found.areas[pk].places):f}",
        }
        for pk, code, name in rows
    ]


def _gap(gap: Gap, every: Places, duties: Duties) -> dict[str, Any]:
    places = places_in(every, gap, duties).order_by("number").values_list("number", "name")
    return {
        "role": gap.role,
        "cause": gap.cause,
        "unit": gap.unit.code if gap.unit else None,
        "unit_name": gap.unit.name if gap.unit else None,
        "count": gap.count,
        "places": [{"number": number, "name": name} for number, name in places],
    }
