"""The demonstration's organisation: the sub-district and the nine communities it had in March 2020.

Codes and names of the sub-district and its communities are those of the National Bureau of Statistics, edition of
October 2019. Departments and their lines follow S23–S26; that everything else belongs to the community affairs office
is an assumption of ours. Borders, grids, officers and phones are made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dongche.cli.demo.geography import Area
from dongche.cli.demo.scene import FOUNDED_ON, SUBDISTRICT, SUBDISTRICT_NAME
from dongche.org.structure import Line, Part, Person, Structure


class Community(NamedTuple):
    """`weight`: share of the places; `odds` and `pace`: how far and how many days its recovery differs."""

    code: str
    name: str
    username: str
    weight: float
    odds: float
    pace: float


COMMUNITIES = (
    Community("370203026002", "南山社区", "nanshan", 1.10, 0.75, -4),
    Community("370203026004", "阜康社区", "fukang", 0.85, 0.40, -2),
    Community("370203026015", "小村庄社区", "xiaocunzhuang", 1.20, -0.15, 1),
    Community("370203026017", "康平路社区", "kangpinglu", 0.80, 0.55, -1),
    Community("370203026018", "东太平社区", "dongtaiping", 0.70, -0.70, 3),
    Community("370203026019", "海泊桥社区", "haiboqiao", 1.30, 0.10, 0),
    Community("370203026020", "西太平社区", "xitaiping", 1.00, 1.25, -5),
    Community("370203026021", "南宁路社区", "nanninglu", 1.25, -1.05, 5),
    Community("370203026022", "抚顺支路社区", "fushunzhilu", 0.95, 0.20, 0),
)


class Department(NamedTuple):
    name: str
    username: str
    lines: tuple[Line, ...]


DEPARTMENTS = (
    Department("经济文化服务中心", "economy", (Line(10, focus="key_enterprise", source="S23"),)),
    Department("综合行政执法中队", "enforcement", (Line(20, category="construction_site", source="S24"),)),
    Department(
        "市场监督管理所",
        "market",
        (
            Line(30, category="farm_produce_market", source="S25"),
            Line(31, category="supermarket", source="S25"),
        ),
    ),
    Department("应急管理办公室", "emergency", (Line(40, category="electromechanical_market", source="S26"),)),
    Department("社区建设办公室", "affairs", (Line(90, source="assumed"),)),
)
SUPERIOR = (
    Part("province", "370000000000", "山东省"),
    Part("city", "370200000000", "青岛市"),
    Part("district", "370203000000", "市北区"),
)
LEADERS = 5


def grid_code(community: str, number: int) -> str:
    return f"{community}{number:03d}"


def grid_worker(code: str) -> str:
    """The user name of the worker of a grid."""
    return f"grid{code[-6:]}"


def build(land: Area) -> Structure:
    """This function will describe the organisation on the given land."""
    people = list(_people())
    phones = iter(range(1, len(people) + sum(len(area.parts) for area in land.parts) + 1))
    officers = [Person(username, name, f"1999{next(phones):07d}") for username, name in people]

    communities = []
    for place, (community, area) in enumerate(zip(COMMUNITIES, land.parts, strict=True)):
        grids = []
        for number, grid in enumerate(area.parts, 1):
            code = grid_code(community.code, number)
            worker = grid_worker(code)
            officers.append(Person(worker, f"示例·网格员{code[-6:]}", f"1999{next(phones):07d}"))
            name = f"{community.name}第{number}网格"
            grids.append(Part("grid", code, name, polygon=grid.geojson(), posts=(("grid_worker", worker),)))
        communities.append(
            Part(
                "community",
                community.code,
                community.name,
                polygon=area.geojson(),
                posts=(
                    ("community_secretary", community.username),
                    ("community_officer", f"{community.username}2"),
                ),
                sponsor=f"leader{place % LEADERS + 1}",
                parts=tuple(grids),
            )
        )
    departments = tuple(
        Part(
            "department",
            f"{SUBDISTRICT}L{number:02d}",
            department.name,
            posts=(
                ("department_head", f"{department.username}1"),
                ("department_officer", department.username),
            ),
            lines=department.lines,
        )
        for number, department in enumerate(DEPARTMENTS, 1)
    )
    headquarters = Part(
        "headquarters",
        f"{SUBDISTRICT}H",
        "复工复产指挥部",
        posts=(
            ("headquarters", "duty"),
            ("administrator", "duty"),
            *(("division_leader", f"leader{number}") for number in range(1, LEADERS + 1)),
        ),
        parts=departments,
    )
    top = Part(
        "subdistrict",
        SUBDISTRICT,
        SUBDISTRICT_NAME,
        polygon=land.geojson(),
        parts=(headquarters, *communities),
    )
    return Structure(FOUNDED_ON, top, tuple(officers), above=SUPERIOR)


def _people() -> Iterator[tuple[str, str]]:
    """User names and plainly made-up names of everybody but the grid workers."""
    yield "duty", "示例·值班员"
    for number in range(1, LEADERS + 1):
        yield f"leader{number}", f"示例·处级领导{number}"
    for department in DEPARTMENTS:
        yield department.username, f"示例·{department.name}专员"
        yield f"{department.username}1", f"示例·{department.name}负责人"
    for community in COMMUNITIES:
        yield community.username, f"示例·{community.name}书记"
        yield f"{community.username}2", f"示例·{community.name}工作人员"
