"""A world of two sub-districts and a district above both, each place marked, and who may see which place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dongche.kit.identifiers import make_resident_id
from dongche.org import actions
from dongche.org.models import Leave, Officer, Post, Unit
from dongche.registry import actions as registry
from dongche.registry import assigning
from dongche.registry.models import Entity, Person
from dongche.registry.roster.rows import read_person
from dongche.registry.staffing.case import rates_on
from dongche.reporting import checking
from tests import town as founding
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.kept import Kept
from tests.town import BY, DAY, NOW, SETUP_AT, START, Town

CATEGORIES = ("street_shop", "construction_site", "supermarket", "electromechanical_market", "enterprise")
MARKS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"
OF_HILL = ("卯标记专班", "辰标记宗旨", "巳标记职责", "午标记任务")


class World:
    """The town, a second sub-district beside it and a district above both, each place marked."""

    def __init__(self) -> None:
        self.town: Town = founding.build()
        self.district = _unit("district", "370203000000", "District", None)
        Unit.objects.filter(pk=self.town.subdistrict.pk).update(parent=self.district)
        Unit.objects.filter(subdistrict=self.town.subdistrict).update(district=self.district)
        self.hill = _unit("subdistrict", "370203800000", "Hillside", self.district)
        self.hill_hq = _unit("headquarters", "370203800000H", "Hillside headquarters", self.hill)
        community = _unit("community", "370203800001", "Hill community", self.hill)
        self.hill_grid = _unit("grid", "370203800001001", "Hill grid", community)
        self.officers = dict(self.town.officers)
        self.officers["hill"] = _officer("hill", self.hill_hq, "headquarters")
        _appoint(self.officers["hill"], self.hill_hq, "administrator")
        self.officers["hillgrid"] = _officer("hillgrid", self.hill_grid, "grid_worker")
        self.officers["above"] = _officer("above", self.district, "superior_officer")
        self.officers["stand_in"] = _officer("stand_in", self.town.grid_s2, "grid_lead")
        self.officers["idle"] = _officer("idle", None, "")
        actions.take_leave(
            officer=self.town.n2, from_on=DAY, substitute=self.officers["stand_in"], by=BY, at=NOW
        )
        grids = [*self.town.grids.values(), self.hill_grid]
        self.places: dict[str, Entity] = {}
        self.people: dict[str, Person] = {}
        for n, grid in enumerate(grids):
            for m, category in enumerate(CATEGORIES):
                mark = f"{MARKS[n]}{MARKS[10 + m]}"
                shop = place(
                    grid,
                    category,
                    name=f"{mark}标记商行",
                    contact_name=f"{mark}姓",
                    contact_phone=f"1387654{n:02d}{m:02d}",
                    address=f"{mark}路1号",
                    focus="key_enterprise" if m == 4 else "",
                )
                if m % 2:
                    report(shop, staff_due=4, staff_at_post=3)
                self.places[mark] = shop
                if m in (0, 2):
                    self.people[mark] = registry.enter_person(
                        place=shop, given=_somebody(mark, n, m), by=BY, at=NOW
                    )
        named = self.places[f"{MARKS[3]}{MARKS[10]}"]
        registry.assign_places(
            entities=[named], officer=self.town.n1, role="served_by", from_on=DAY, by=BY, at=NOW
        )
        # Readable, so that pages have something to say; and a trace in the audit log of each sub-district.
        registry.reveal(entity=named, field="contact_phone", reason="crawl", by=self.town.duty, at=NOW)
        self._hold_a_group()
        self._draw_samples()
        self.proposal = assigning.propose(
            subdistrict=self.hill,
            units=[],
            on=DAY,
            absent=[],
            rates=rates_on(DAY),
            by=self.officers["hill"],
            at=NOW,
        )

    def _hold_a_group(self) -> None:
        """A working group of the second sub-district, with a text and a task, each marked."""
        hill = self.officers["hill"]
        group = actions.found_group(
            unit=self.hill, name=OF_HILL[0], purpose=OF_HILL[1], from_on=DAY, by=hill, at=NOW
        )
        actions.seat_member(group=group, part="leader", officer=hill, from_on=DAY, by=hill, at=NOW)
        actions.write_text(group=group, kind="duty", text=OF_HILL[2], from_on=DAY, by=hill, at=NOW)
        self.task = actions.give_task(
            group=group, title=OF_HILL[3], owner=hill, due_on=DAY + timedelta(days=3), by=hill, at=NOW
        )

    def _draw_samples(self) -> None:
        """Calls of both sub-districts; one of the second has an answer with a mark in its note."""
        for area, officer in ((self.hill, self.officers["hill"]), (self.town.subdistrict, self.town.duty)):
            theirs = sorted(shop.pk for shop in self.places.values() if shop.subdistrict_id == area.pk)
            sample = checking.draw_sample(
                subdistrict=area, on=DAY, size=2, seed=1, strata="", drawn={"all": theirs[:2]},
                sizes={"all": len(theirs)}, expected=len(theirs), by=officer, at=NOW,
            )  # fmt: skip
            checking.record_outcome(
                check=sample.calls.order_by("turn")[0], finding="operating", way="call", by=officer, at=NOW
            )

    def secrets(self, mark: str) -> set[str]:
        """What must not be read about a place outside the scope."""
        shop = self.places[mark]
        told = {shop.name, shop.number, shop.code, shop.contact_phone, shop.contact_name, shop.address}
        person = self.people.get(mark)
        return told if person is None else told | {person.name, person.document_number, person.code}


def _somebody(mark: str, n: int, m: int) -> dict[str, Any]:
    """Somebody on the roster of a place."""
    cells = {"name": f"{mark}员工", "document_number": make_resident_id(f"37029919900101{n:01d}{m:02d}")}
    given = read_person(cells | {"temperature": "36.5"}, on=DAY)
    assert isinstance(given, dict)
    return given


def _unit(kind: str, code: str, name: str, parent: Unit | None) -> Unit:
    return actions.create_unit(
        kind=kind, code=code, name=name, parent=parent, from_on=START, by=BY, at=SETUP_AT
    )


def _officer(username: str, unit: Unit | None, role: str) -> Officer:
    officer = actions.create_officer(
        username=username, name=f"Officer {username}", phone=f"1661234{len(username):04d}", by=BY, at=SETUP_AT
    )
    if unit is not None:
        _appoint(officer, unit, role)
    return officer


def _appoint(officer: Officer, unit: Unit, role: str) -> None:
    actions.appoint(officer=officer, unit=unit, role=role, from_on=START, by=BY, at=SETUP_AT)


def may_see(officer: Officer, shop: Entity, on: date) -> bool:
    """The slow reference: one officer, one place, nothing but loops and comparisons."""

    def holds(row: Any) -> bool:
        return row.superseded_at is None and row.from_on <= on and (row.until_on is None or on < row.until_on)

    people, left = [], [officer]
    while left:
        one = left.pop()
        people.append(one)
        left += [
            leave.officer
            for leave in Leave.objects.all()
            if holds(leave) and leave.substitute_id == one.pk and leave.officer not in people
        ]
    line = min(
        (
            rule
            for rule in shop.subdistrict.line_rules.all()
            if holds(rule)
            and rule.category in ("", shop.category)
            and rule.focus in ("", shop.focus)
            and rule.industry in ("", shop.section)
            and rule.size in ("", shop.size)
        ),
        key=lambda rule: rule.priority,
        default=None,
    )
    for one in people:
        posts = [post for post in Post.objects.filter(officer=one).select_related("unit") if holds(post)]
        for post in posts:
            unit = post.unit
            if post.role == "division_leader":
                sponsored = [held.community_id for held in one.sponsorships.all() if holds(held)]
                if shop.community_id in sponsored:
                    return True
            elif unit.kind == "headquarters":
                if unit.subdistrict_id == shop.subdistrict_id:
                    return True
            elif unit.kind == "department":
                if line is not None and line.department_id == unit.pk:
                    return True
            elif unit.pk in (shop.grid_id, shop.community_id, shop.subdistrict.district_id):
                return True
        if posts and any(holds(duty) and duty.officer_id == one.pk for duty in shop.duties.all()):
            return True
    return False


# So many tests begin with this world that it is founded once in each process.
build = Kept(World)
