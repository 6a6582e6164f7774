"""The command structure of a sub-district on a day: who, in which post, with which load (S14, S16–S20)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from dongche.desk.groups import Row, rows
from dongche.desk.links import list_url, short
from dongche.desk.maps import border, collection, outline
from dongche.kit import clock
from dongche.kit.decimals import percent
from dongche.org.models import Leave, LineRule, Officer, Post, Unit, UnitKind
from dongche.org.queries import ROLES, Duties, Units, WorkingGroups, duties_on
from dongche.org.roles import ROLES as POSTS
from dongche.org.roles import PostRole
from dongche.registry.coverage import Load, loads
from dongche.registry.models import Category, Focus, Size
from dongche.registry.queries import Places
from dongche.registry.standards import gb4754
from dongche.web.components import MapView
from dongche.web.fields import masked_phone
from dongche.web.languages import in_language
from dongche.web.templatetags.web import number

VIEWS = ("chart", "matrix", "map")


@dataclass(frozen=True)
class Holder:
    """Somebody in a post. `acting` is who does the work when they are away, None when nobody does."""

    officer: Officer
    role: str
    duty: str
    phone: str
    load: int
    is_away: bool
    back_on: date | None
    acting: Officer | None


@dataclass(frozen=True)
class Part:
    """A unit with its people; `notes` are its rules or its Party organisation in words."""

    unit: Unit
    holders: Sequence[Holder]
    notes: Sequence[str]
    places: int
    url: str
    sponsor: Holder | None = None
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class CountCell:
    count: int
    url: str


@dataclass(frozen=True)
class Organisation:
    subdistrict: Unit
    others: Sequence[Unit]
    headquarters: Sequence[Part]
    lines: Sequence[Part]
    blocks: Sequence[Part]
    matrix: Sequence[tuple[Part, Sequence[CountCell], int]]
    map: MapView
    vacant: int
    groups: Sequence[Row]


def build(actor: Any, on: date, code: str = "") -> Organisation | None:
    """This function will draw the organisation of a sub-district with the loads that the actor may see.

    Shape: a fixed number of queries. `code` chooses the sub-district where the actor sees several
    Empty: None when the actor sees no sub-district in service, or not the one asked for
    """
    served = list(Units.visible_to(actor).in_service().in_force(on).order_by("code"))
    subdistrict = next((unit for unit in served if unit.code == code or not code), None)
    if subdistrict is None:
        return None
    units = list(Units.visible_to(actor).filter(subdistrict=subdistrict).in_force(on).order_by("code"))
    duties = duties_on(on)
    places = Places.counted_for(actor, on).filter(subdistrict=subdistrict)
    draw = _Drawing(duties, places, on)
    by_kind: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        by_kind[unit.kind].append(unit)
    grids: dict[int | None, list[Part]] = defaultdict(list)
    for unit in by_kind[UnitKind.GRID]:
        grids[unit.community_id].append(draw.part(unit, draw.by_grid[unit.pk], grid=unit.code))
    lines = [
        draw.part(unit, draw.by_line[unit.pk], notes=draw.rules(unit), line=unit.code)
        for unit in by_kind[UnitKind.DEPARTMENT]
    ]
    blocks = [
        draw.part(unit, draw.by_community[unit.pk], parts=grids[unit.pk], community=unit.code)
        for unit in by_kind[UnitKind.COMMUNITY]
    ]
    return Organisation(
        subdistrict=subdistrict,
        others=[unit for unit in served if unit.pk != subdistrict.pk],
        headquarters=[draw.part(unit, 0) for unit in by_kind[UnitKind.HEADQUARTERS]],
        lines=lines,
        blocks=blocks,
        matrix=[(line, draw.row(line, blocks), line.places) for line in lines],
        map=draw.map(by_kind[UnitKind.GRID], blocks),
        vacant=sum(
            1 for part in (*lines, *blocks, *(p for ps in grids.values() for p in ps)) if not part.holders
        ),
        groups=rows(
            WorkingGroups.visible_to(actor)
            .in_force(on)
            .filter(Q(unit=subdistrict) | Q(unit__subdistrict=subdistrict)),
            actor,
            on,
        ),
    )


class _Drawing:
    """What the parts are drawn from: one walk over the cells of the places."""

    def __init__(self, duties: Duties, places: Places, on: date) -> None:
        self.duties, self.on = duties, on
        self.shown_on = "" if on == clock.today() else on.isoformat()
        self.loads: Mapping[int, Load] = loads(places, on, duties).officers
        self.by_grid: Counter[int] = Counter()
        self.by_community: Counter[int] = Counter()
        self.by_line: Counter[int] = Counter()
        self.cross: Counter[tuple[int, int]] = Counter()
        self.covered: Counter[int] = Counter()
        for cell, count in places.active(on).cells(on):
            rule = duties.line_rule(cell)
            line, community = rule.department_id if rule else 0, cell.community or 0
            self.by_grid[cell.grid or 0] += count
            self.by_community[community] += count
            self.by_line[line] += count
            self.cross[line, community] += count
            if all(answer.officer for answer in duties.resolve(cell)[: len(ROLES)]):
                self.covered[cell.grid or 0] += count
        self.posts: dict[int, list[Post]] = defaultdict(list)
        for (unit, _role), held in duties.holders.items():
            self.posts[unit].extend(held)
        self.order = {role: place for place, role in enumerate(PostRole.values)}

    def part(
        self,
        unit: Unit,
        places: int,
        *,
        notes: Iterable[str] = (),
        parts: Sequence[Part] = (),
        **filters: str,
    ) -> Part:
        posts = sorted(self.posts[unit.pk], key=lambda post: (self.order[post.role], post.from_on, post.pk))
        sponsorship = self.duties.sponsors.get(unit.pk)
        said = [*notes, *([unit.party_organisation] if unit.party_organisation else [])]
        if unit.dedicated_to:
            said.append(gettext("Dedicated grid: %(what)s") % {"what": unit.get_dedicated_to_display()})
        return Part(
            unit,
            [self.holder(post.officer, post.role) for post in posts],
            said,
            places,
            list_url(**filters, state="expected", on=self.shown_on) if filters else "",
            self.holder(sponsorship.leader, PostRole.DIVISION_LEADER) if sponsorship else None,
            parts,
        )

    def holder(self, officer: Officer, role: str) -> Holder:
        leave: Leave | None = self.duties.leaves.get(officer.pk)
        acting, _rows = self.duties.present(officer)
        load = self.loads.get(officer.pk)
        return Holder(
            officer=officer,
            role=str(PostRole(role).label),
            duty=str(POSTS[role].duty),
            phone=masked_phone(officer.phone),
            load=max(load.places.values(), default=0) if load else 0,
            is_away=leave is not None,
            back_on=leave.until_on if leave else None,
            acting=acting if acting != officer else None,
        )

    def rules(self, unit: Unit) -> list[str]:
        return [rule_in_short(rule) for rule in self.duties.rules if rule.department_id == unit.pk]

    def row(self, line: Part, blocks: Sequence[Part]) -> list[CountCell]:
        return [
            CountCell(
                self.cross[line.unit.pk, block.unit.pk],
                list_url(line=line.unit.code, community=block.unit.code, state="expected", on=self.shown_on),
            )
            for block in blocks
        ]

    def map(self, grids: Sequence[Unit], blocks: Sequence[Part]) -> MapView:
        areas, rings = [], defaultdict(list)
        for unit in grids:
            if not unit.polygon:
                continue
            places = self.by_grid[unit.pk]
            share: Decimal | None = percent(self.covered[unit.pk], places) if places else None
            names = [post.officer.name for post in self.posts[unit.pk]]
            label = gettext("%(grid)s: %(people)s, %(count)s places") % {
                "grid": unit.name,
                "people": ", ".join(names) or gettext("nobody"),
                "count": number(places),
            }
            properties = {
                "code": unit.code,
                "name": unit.name,
                "label": label,
                "value": None if share is None else float(share),
                "url": list_url(grid=unit.code, state="expected", on=self.shown_on),
            }
            areas.append(
                {"type": "Feature", "id": unit.pk, "properties": properties, "geometry": unit.polygon}
            )
            rings[unit.community_id].append(unit.polygon)
        borders = []
        for block in blocks:
            if block.unit.pk in rings:
                drawn = outline(rings[block.unit.pk], block.unit.polygon)
                borders.append(border(short(block.unit.name), drawn))
        return MapView(
            id="map",
            label=gettext("Map of grids coloured by coverage, with who serves them"),
            areas=collection(areas),
            borders=collection(borders),
            hint=gettext("Point at a grid to see who serves it"),
        )


def rule_in_short(rule: LineRule) -> str:
    """The conditions of a line rule in words: what its places have in common."""
    words: dict[str, Any] = {
        "category": dict(Category.choices),
        "focus": dict(Focus.choices),
        "size": dict(Size.choices),
        "industry": {
            letter: in_language({"en": one.en, "zh-Hans": one.zh})
            for letter, one in gb4754.sections().items()
        },
    }
    conditions = [
        str(words[name].get(getattr(rule, name), getattr(rule, name)))
        for name in ("focus", "category", "industry", "size")
        if getattr(rule, name)
    ]
    return " · ".join(conditions) or gettext("everything else")
