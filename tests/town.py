"""The town everybody knows: one sub-district, two communities, four grids, five departments, eleven officers.

    subdistrict 370203900000 Lakeside
      headquarters   duty (headquarters, administrator), leader1 sponsors North, leader2 sponsors South
      L01 economy    key enterprises      · officer economy
      L02 enforcement construction sites  · officer enforcement
      L03 market     markets, supermarkets· officer market
      L04 emergency  electromechanical    · officer emergency
      L05 affairs    everything else      · officer affairs
      370203900001 North   secretary north; grids …001001 (worker n1), …001002 (worker n2)
      370203900002 South   secretary south; grids …002001 (worker s1), …002002 (worker s2)

Grids are unit squares beside each other: North 1 is lon 120.00–120.01, North 2 120.01–120.02, South 1 and 2 further
east; lat 36.00–36.01. Everything is in force since 2020-02-03. Every password is PASSWORD.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from dongche.org import actions, audit
from dongche.org.models import LineRule, Officer, Unit
from tests.kept import Kept

START = date(2020, 2, 3)
DAY = date(2020, 3, 20)
SETUP_AT = datetime(2020, 2, 3, 1, 0, tzinfo=UTC)
NOW = datetime(2020, 3, 20, 10, 0, tzinfo=UTC)
PASSWORD = "lakeside-2020-pass"
BY = audit.System("town")


@dataclass(frozen=True)
class Town:
    subdistrict: Unit
    headquarters: Unit
    departments: dict[str, Unit]
    communities: dict[str, Unit]
    grids: dict[str, Unit]
    officers: dict[str, Officer]
    rules: tuple[LineRule, ...]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked of a copy that has no fields yet
            raise AttributeError(name)
        for found in (self.officers, self.communities, self.departments, self.grids):
            if name in found:
                return found[name]
        raise AttributeError(name)


def square(lon: float) -> dict[str, Any]:
    corners = [[lon, 36.0], [lon + 0.01, 36.0], [lon + 0.01, 36.01], [lon, 36.01], [lon, 36.0]]
    return {"type": "Polygon", "coordinates": [[[round(x, 4), y] for x, y in corners]]}


def _found() -> Town:
    """Found the town through the ordinary actions."""

    def unit(kind: str, code: str, name: str, parent: Unit | None, **more: Any) -> Unit:
        return actions.create_unit(
            kind=kind, code=code, name=name, parent=parent, from_on=START, by=BY, at=SETUP_AT, **more
        )

    officers: dict[str, Officer] = {}

    def officer(username: str, unit: Unit, role: str) -> Officer:
        officers[username] = actions.create_officer(
            username=username,
            name=f"Officer {username}",
            phone=f"1990000{len(officers):04d}",
            password=PASSWORD,
            by=BY,
            at=SETUP_AT,
        )
        actions.appoint(officer=officers[username], unit=unit, role=role, from_on=START, by=BY, at=SETUP_AT)
        return officers[username]

    subdistrict = unit("subdistrict", "370203900000", "Lakeside", None)
    headquarters = unit("headquarters", "370203900000H", "Headquarters", subdistrict)
    duty = officer("duty", headquarters, "headquarters")
    actions.appoint(officer=duty, unit=headquarters, role="administrator", from_on=START, by=BY, at=SETUP_AT)

    names = ("economy", "enforcement", "market", "emergency", "affairs")
    departments = {
        name: unit("department", f"370203900000L{n:02d}", name.capitalize(), headquarters)
        for n, name in enumerate(names, 1)
    }
    for name, department in departments.items():
        officer(name, department, "department_officer")
    wanted: list[tuple[str, dict[str, str], str]] = [
        ("economy", {"focus": "key_enterprise"}, "S23"),
        ("enforcement", {"category": "construction_site"}, "S24"),
        ("market", {"category": "farm_produce_market"}, "S25"),
        ("market", {"category": "supermarket"}, "S25"),
        ("emergency", {"category": "electromechanical_market"}, "S26"),
        ("affairs", {}, "default"),
    ]
    rules = tuple(
        actions.set_line_rule(
            department=departments[name],
            priority=10 * n,
            from_on=START,
            source=source,
            by=BY,
            at=SETUP_AT,
            **conditions,
        )
        for n, (name, conditions, source) in enumerate(wanted, 1)
    )

    communities: dict[str, Unit] = {}
    grids: dict[str, Unit] = {}
    for n, name in enumerate(("north", "south"), 1):
        community = communities[f"{name}_community"] = unit(
            "community", f"37020390000{n}", name.capitalize(), subdistrict
        )
        officer(name, community, "community_secretary")
        leader = officer(f"leader{n}", headquarters, "division_leader")
        actions.sponsor_community(leader=leader, community=community, from_on=START, by=BY, at=SETUP_AT)
        for g in (1, 2):
            key = f"{name[0]}{g}"
            grids[f"grid_{key}"] = unit(
                "grid",
                f"{community.code}{g:03d}",
                f"{community.name} grid {g}",
                community,
                polygon=square(120.0 + 0.02 * (n - 1) + 0.01 * (g - 1)),
            )
            officer(key, grids[f"grid_{key}"], "grid_worker")
    return Town(subdistrict, headquarters, departments, communities, grids, officers, rules)


# So many tests begin with the town that it is founded once in each process.
build = Kept(_found)
