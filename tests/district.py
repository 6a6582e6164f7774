"""The district above the town: a city, a district, the town, and a second sub-district with units of the same names.

    city 370200000000 Bay City                         · superior officer bay
      district 370203000000 Harbour District           · superior officer above
        subdistrict 370203900000 Lakeside              the town everybody knows (tests/town.py)
        subdistrict 370203800000 Hillside
          headquarters   hill (headquarters, administrator), hill_leader sponsors North
          L03 market     supermarkets                  · officer hill_market
          L05 affairs    everything else               · officer hill_affairs
          370203800001 North   secretary hill_north; grid …001001 (worker h1), grid …001002 (nobody)

Grids of Hillside are unit squares further east. `fill` puts places and reports into both: Lakeside has 6 places, 4 of them
reported, 3 resumed; Hillside has 4, 1 reported and resumed; the second grid of Hillside has nobody who serves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dongche.org import actions
from dongche.org.models import Officer, Unit
from dongche.registry.models import Entity
from tests.factories.registry import exclude, place
from tests.factories.reporting import report
from tests.town import BY, NOW, PASSWORD, SETUP_AT, START, Town, square


@dataclass(frozen=True)
class District:
    town: Town
    city: Unit
    district: Unit
    hillside: Unit
    units: dict[str, Unit]
    officers: dict[str, Officer]

    @property
    def lakeside(self) -> Unit:
        return self.town.subdistrict

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked of a copy that has no fields yet
            raise AttributeError(name)
        return self.__dict__["officers"][name]


def build(town: Town) -> District:
    """Put the town into its district, and found the sub-district beside it, through the ordinary actions."""
    officers: dict[str, Officer] = {}
    units: dict[str, Unit] = {}

    def unit(kind: str, code: str, name: str, parent: Unit | None, **more: Any) -> Unit:
        units[name] = actions.create_unit(
            kind=kind, code=code, name=name, parent=parent, from_on=START, by=BY, at=SETUP_AT, **more
        )
        return units[name]

    def officer(username: str, unit: Unit, *roles: str) -> Officer:
        officers[username] = actions.create_officer(
            username=username, name=f"Officer {username}", phone=f"1880000{len(officers):04d}", password=PASSWORD,
            by=BY, at=SETUP_AT,
        )  # fmt: skip
        for role in roles:
            actions.appoint(
                officer=officers[username], unit=unit, role=role, from_on=START, by=BY, at=SETUP_AT
            )
        return officers[username]

    city = unit("city", "370200000000", "Bay City", None)
    district = unit("district", "370203000000", "Harbour District", city)
    actions.move_unit(unit=town.subdistrict, parent=district, by=BY, at=NOW)
    officer("bay", city, "superior_officer")
    officer("above", district, "superior_officer")

    hillside = unit("subdistrict", "370203800000", "Hillside", district)
    headquarters = unit("headquarters", "370203800000H", "Hillside headquarters", hillside)
    officer("hill", headquarters, "headquarters", "administrator")
    market = unit("department", "370203800000L03", "Market", headquarters)
    affairs = unit("department", "370203800000L05", "Affairs", headquarters)
    officer("hill_market", market, "department_officer")
    officer("hill_affairs", affairs, "department_officer")
    for department, priority, conditions in ((market, 10, {"category": "supermarket"}), (affairs, 20, {})):
        actions.set_line_rule(
            department=department, priority=priority, from_on=START, by=BY, at=SETUP_AT, **conditions
        )
    north = unit("community", "370203800001", "North", hillside)
    officer("hill_north", north, "community_secretary")
    leader = officer("hill_leader", headquarters, "division_leader")
    actions.sponsor_community(leader=leader, community=north, from_on=START, by=BY, at=SETUP_AT)
    for n in (1, 2):
        unit("grid", f"370203800001{n:03d}", f"Hill grid {n}", north, polygon=square(120.10 + 0.01 * n))
    officer("h1", units["Hill grid 1"], "grid_worker")
    return District(town, city, district, hillside, units, officers)


def fill(district: District) -> dict[str, list[Entity]]:
    """Places of several lines in both sub-districts, some of which have reported."""
    town, units = district.town, district.units
    lakeside = [
        place(town.grid_n1, "street_shop", name="临湖面馆", contact_name="湖甲", contact_phone="13800000001"),
        place(town.grid_n2, "supermarket", name="临湖超市"),
        place(town.grid_s1, "enterprise", name="临湖机械", focus="key_enterprise"),
        place(town.grid_s2, "street_shop", name="临湖书店"),
        place(town.grid_s2, "construction_site", name="临湖工地"),
        place(town.grid_n1, "street_shop", name="临湖花店"),
        place(town.grid_n1, "street_shop", name="临湖冷饮"),
    ]
    exclude(lakeside[-1])
    hillside = [
        place(
            units["Hill grid 1"],
            "street_shop",
            name="山麓面馆",
            contact_name="山甲",
            contact_phone="13900000001",
        ),
        place(units["Hill grid 1"], "supermarket", name="山麓超市"),
        place(units["Hill grid 2"], "supermarket", name="山麓便利"),
        place(units["Hill grid 2"], "enterprise", name="山麓机械", focus="key_enterprise"),
    ]
    money = {"output_normal_fen": 100_00, "staff_due": 10}
    report(lakeside[0], "open", staff_at_post=9, output_fen=150_00, **money)
    report(lakeside[1], "part", staff_at_post=5, output_fen=50_00, **money)
    report(lakeside[2], "open", staff_at_post=10, output_fen=120_00, **money)
    report(lakeside[3], "closed", staff_at_post=0, output_fen=0, **money)
    report(hillside[0], "open", staff_at_post=4, output_fen=40_00, **money)
    return {"lakeside": lakeside, "hillside": hillside}
