"""An organisation from a file: sub-district, departments with their lines, communities with their grids, officers.

The file is YAML and is written by people (packs/epidemic-2020/structure.sample.yaml explains every key), so a mistake
is told with the path of the key that holds it. Loading adds what is not there yet and changes nothing that is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext
from shapely.errors import ShapelyError
from shapely.geometry import shape

from dongche.analytics.facts import FOCUSES, SECTIONS, SIZES
from dongche.kit.errors import Problem
from dongche.kit.identifiers import full_place
from dongche.org import actions
from dongche.org.audit import Actor, together
from dongche.org.models import Dedication, LineRule, Officer, Post, Sponsorship, Unit, UnitKind
from dongche.org.roles import PostRole
from dongche.web.periods import believed, in_force


class StructureUnreadable(Problem):
    code = "org.structure_unreadable"
    message = "The structure file %(file)s cannot be read: %(given)s. It must be a YAML file in UTF-8."


class StructureInvalid(Problem):
    code = "org.structure_invalid"
    message = "In the structure file, at %(path)s: given was %(given)s; expected is %(expected)s. Nothing was changed."


REASON = "structure file"

# Key in the file → the post it fills. A key takes one user name or a list of them.
POSTS: Mapping[str, Mapping[str, str]] = {
    UnitKind.HEADQUARTERS: {
        "duty": PostRole.HEADQUARTERS,
        "leaders": PostRole.DIVISION_LEADER,
        "administrators": PostRole.ADMINISTRATOR,
    },
    UnitKind.DEPARTMENT: {"head": PostRole.DEPARTMENT_HEAD, "officers": PostRole.DEPARTMENT_OFFICER},
    UnitKind.COMMUNITY: {
        "secretary": PostRole.COMMUNITY_SECRETARY,
        "committee": PostRole.COMMITTEE_MEMBER,
        "officers": PostRole.COMMUNITY_OFFICER,
    },
    UnitKind.GRID: {"lead": PostRole.GRID_LEAD, "worker": PostRole.GRID_WORKER},
}


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    phone: str = ""


@dataclass(frozen=True)
class Line:
    """One rule by which places go to a department; empty conditions hold for every place."""

    priority: int
    category: str = ""
    focus: str = ""
    industry: str = ""
    size: str = ""
    source: str = ""


@dataclass(frozen=True)
class Part:
    """A unit with what belongs to it."""

    kind: str
    code: str
    name: str
    polygon: Mapping[str, Any] | None = None
    posts: tuple[tuple[str, str], ...] = ()  # (role, user name)
    lines: tuple[Line, ...] = ()
    sponsor: str = ""
    party_organisation: str = ""
    dedicated_to: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Structure:
    from_on: date
    subdistrict: Part
    officers: tuple[Person, ...] = field(default=(), repr=False)
    above: tuple[Part, ...] = ()  # from the top down, when they are known


def read(path: Path, *, categories: Collection[str] = ()) -> Structure:
    """This function will read a structure file and check all of it before anything is written.

    `categories` are the kinds of places that a line may name; when empty, any word is taken.
    Raises: StructureUnreadable, StructureInvalid
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StructureUnreadable(file=path.name, given=" ".join(str(error).split())) from None
    return parse(content, categories=categories)


def of_subdistrict(code: str, name: str, from_on: date) -> Structure:
    """This function will give the least organisation: a sub-district with its headquarters."""
    headquarters = Part(UnitKind.HEADQUARTERS, f"{code}H", name)
    return Structure(from_on, Part(UnitKind.SUBDISTRICT, code, name, parts=(headquarters,)))


def parse(content: Any, *, categories: Collection[str] = ()) -> Structure:
    """This function will check what a structure file says.

    Raises: StructureInvalid – with the path of the first key that is wrong
    """
    top = Node(
        content, "", {"from_on", "subdistrict", "headquarters", "departments", "communities", "officers"}
    )
    officers = tuple(
        Person(username, person.text("name"), person.text("phone", ""))
        for username, person in top.mapping("officers", {"name", "phone"})
    )
    reader = _Reader({person.username for person in officers}, frozenset(categories))
    given = top.node("subdistrict", {"code", "name", "polygon"})
    code = full_place(given.text("code"))
    headquarters = reader.part(
        top.node("headquarters", {"code", "name", "polygon", "duty", "leaders", "administrators"}),
        UnitKind.HEADQUARTERS,
        code=f"{code}H",
        parts=tuple(
            reader.part(node, UnitKind.DEPARTMENT, code=f"{code}L{n:02d}")
            for n, node in enumerate(
                top.nodes("departments", {"code", "name", "polygon", "head", "officers", "lines"}), 1
            )
        ),
    )
    community_keys = {
        "code", "name", "polygon", "party_organisation", "sponsor", "secretary", "committee", "officers", "grids",
    }  # fmt: skip
    communities = tuple(reader.community(node) for node in top.nodes("communities", community_keys))
    subdistrict = Part(
        UnitKind.SUBDISTRICT,
        code,
        given.text("name"),
        polygon=given.polygon(),
        parts=(headquarters, *communities),
    )
    _refuse_twice(subdistrict)
    return Structure(top.day("from_on"), subdistrict, officers)


class Node:
    """A mapping in the file that knows where it stands."""

    def __init__(self, content: Any, path: str, keys: Collection[str]) -> None:
        self.path = path
        if not isinstance(content, Mapping):
            self.refuse("", content, gettext("a mapping of keys to values"))
        for key in content:
            if key not in keys:
                self.refuse(str(key), gettext("an unknown key"), _one_of(sorted(keys)))
        self.content: Mapping[str, Any] = content

    def refuse(self, key: str, given: Any, expected: str) -> None:
        path = ".".join(part for part in (self.path, key) if part) or gettext("the first line")
        raise StructureInvalid(
            path=path, given=gettext("nothing") if given is None else f"“{given}”", expected=expected
        )

    def text(self, key: str, default: str | None = None) -> str:
        value = self.content.get(key, default)
        if isinstance(value, bool) or not isinstance(value, str | int) or (value == "" and default is None):
            self.refuse(key, value, gettext("a text in quotation marks"))
        return str(value).strip()

    def day(self, key: str) -> date:
        value = self.content.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.refuse(key, value, gettext("a day such as 2020-02-03"))
        return value  # type: ignore[return-value]

    def whole(self, key: str) -> int:
        value = self.content.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.refuse(key, value, gettext("a whole number from 1 on; the smallest wins"))
        return value  # type: ignore[return-value]

    def choice(self, key: str, allowed: Collection[str]) -> str:
        value = self.text(key, "")
        if value and allowed and value not in allowed:
            self.refuse(key, value, _one_of(allowed))
        return value

    def names(self, key: str) -> list[str]:
        value = self.content.get(key, [])
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self.refuse(key, value, gettext("a user name or a list of user names"))
        return list(names)

    def polygon(self) -> Mapping[str, Any] | None:
        value = self.content.get("polygon")
        if value is None:
            return None
        wanted = gettext("a GeoJSON Polygon or MultiPolygon in WGS-84 degrees that does not cross itself")
        if not isinstance(value, Mapping) or value.get("type") not in ("Polygon", "MultiPolygon"):
            self.refuse("polygon", value, wanted)
        try:
            drawn = shape(value)
        except (ShapelyError, KeyError, TypeError, ValueError, IndexError):
            self.refuse("polygon", gettext("what cannot be drawn"), wanted)
        west, south, east, north = drawn.bounds or (999.0,) * 4
        if not drawn.is_valid or not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            self.refuse("polygon", gettext("a shape that crosses itself or lies off the earth"), wanted)
        return dict(value)

    def node(self, key: str, keys: Collection[str]) -> Node:
        return Node(self.content.get(key), f"{self.path}.{key}".lstrip("."), keys)

    def nodes(self, key: str, keys: Collection[str]) -> Iterator[Node]:
        value = self.content.get(key, [])
        if not isinstance(value, list):
            self.refuse(key, value, gettext("a list"))
        path = f"{self.path}.{key}".lstrip(".")
        for place, item in enumerate(value):
            yield Node(item, f"{path}[{place}]", keys)

    def mapping(self, key: str, keys: Collection[str]) -> Iterator[tuple[str, Node]]:
        value = self.content.get(key, {})
        if not isinstance(value, Mapping):
            self.refuse(key, value, gettext("a mapping of user names"))
        for name, item in value.items():
            yield str(name), Node(item, f"{key}.{name}", keys)


def _one_of(allowed: Collection[str]) -> str:
    return gettext("one of %(options)s") % {"options": ", ".join(allowed)}


@dataclass(frozen=True)
class _Reader:
    usernames: Collection[str]
    categories: Collection[str]

    def part(self, node: Node, kind: str, *, code: str = "", parts: tuple[Part, ...] = ()) -> Part:
        posts = []
        for key, role in POSTS[kind].items():
            for username in node.names(key):
                self.known(node, key, username)
                posts.append((str(role), username))
        lines = ()
        if kind == UnitKind.DEPARTMENT:
            keys = {"priority", "category", "focus", "industry", "size", "source"}
            lines = tuple(self.line(rule) for rule in node.nodes("lines", keys))  # type: ignore[assignment]
        return Part(
            kind,
            node.text("code", code or None),
            node.text("name"),
            polygon=node.polygon(),
            posts=tuple(posts),
            lines=lines,
            party_organisation=node.text("party_organisation", ""),
            dedicated_to=node.choice("dedicated_to", Dedication.values),
            parts=parts,
        )

    def community(self, node: Node) -> Part:
        keys = {"code", "name", "polygon", "party_organisation", "dedicated_to", "lead", "worker"}
        grids = tuple(self.part(grid, UnitKind.GRID) for grid in node.nodes("grids", keys))
        found = self.part(node, UnitKind.COMMUNITY, parts=grids)
        sponsor = node.text("sponsor", "")
        if sponsor:
            self.known(node, "sponsor", sponsor)
        return Part(**{**vars(found), "sponsor": sponsor})

    def known(self, node: Node, key: str, username: str) -> None:
        if username not in self.usernames:
            node.refuse(key, username, gettext("a user name listed under officers"))

    def line(self, node: Node) -> Line:
        return Line(
            priority=node.whole("priority"),
            category=node.choice("category", self.categories),
            focus=node.choice("focus", FOCUSES),
            industry=node.choice("industry", SECTIONS),
            size=node.choice("size", SIZES),
            source=node.text("source", ""),
        )


def _refuse_twice(top: Part) -> None:
    """Codes of units and priorities of lines must be given once."""
    codes: set[str] = set()
    priorities: set[int] = set()
    for part in _walk(top):
        if part.code in codes:
            raise StructureInvalid(
                path=part.name, given=f"“{part.code}”", expected=gettext("a code that no other unit has")
            )
        codes.add(part.code)
        for line in part.lines:
            if line.priority in priorities:
                raise StructureInvalid(
                    path=f"{part.name}, lines",
                    given=f"“{line.priority}”",
                    expected=gettext("a priority that no other line has"),
                )
            priorities.add(line.priority)


def _walk(part: Part) -> Iterator[Part]:
    yield part
    for inner in part.parts:
        yield from _walk(inner)


@together()
def load(
    structure: Structure, *, by: Actor, at: datetime, passwords: Mapping[str, str] | None = None
) -> Unit:
    """This function will bring into being what the structure names and is not there yet, each by its own action.

    `passwords` lets officers sign in at once; everybody else gets theirs from `dongche officer password`.
    Raises: StructureInvalid – a code belongs to a unit of another kind already; and what the actions refuse
    """
    build = _Builder(structure, by, at, dict(passwords or {}))
    parent = None
    for part in structure.above:
        parent = build.unit(part, parent)
    return build.unit(structure.subdistrict, parent)


class _Builder:
    def __init__(self, structure: Structure, by: Actor, at: datetime, passwords: dict[str, str]) -> None:
        self.from_on, self.by, self.at = structure.from_on, by, at
        wanted = {person.username: person for person in structure.officers}
        self.officers = {officer.username: officer for officer in Officer.objects.filter(username__in=wanted)}
        for username, person in wanted.items():
            if username not in self.officers:
                self.officers[username] = actions.create_officer(
                    username=username,
                    name=person.name,
                    phone=person.phone,
                    password=passwords.get(username),
                    by=by,
                    at=at,
                )

    def unit(self, part: Part, parent: Unit | None) -> Unit:
        unit = Unit.objects.filter(code=part.code).first()
        if unit is None:
            unit = actions.create_unit(
                kind=part.kind,
                code=part.code,
                name=part.name,
                parent=parent,
                polygon=part.polygon,
                party_organisation=part.party_organisation,
                dedicated_to=part.dedicated_to,
                from_on=self.from_on,
                by=self.by,
                at=self.at,
                reason=REASON,
            )
        elif unit.kind != part.kind:
            raise StructureInvalid(
                path=part.name,
                given=f"“{part.code}” ({unit.kind})",
                expected=gettext("a code that is free, or of a unit of the kind %(kind)s")
                % {"kind": part.kind},
            )
        for role, username in part.posts:
            self.post(unit, role, username)
        for line in part.lines:
            self.line(unit, line)
        if (
            part.sponsor
            and not Sponsorship.objects.filter(in_force(self.from_on), believed(), community=unit).exists()
        ):
            actions.sponsor_community(
                leader=self.officers[part.sponsor],
                community=unit,
                from_on=self.from_on,
                by=self.by,
                at=self.at,
                reason=REASON,
            )
        for inner in part.parts:
            self.unit(inner, unit)
        return unit

    def post(self, unit: Unit, role: str, username: str) -> None:
        officer = self.officers[username]
        if not Post.objects.filter(
            in_force(self.from_on), believed(), unit=unit, role=role, officer=officer
        ).exists():
            actions.appoint(
                officer=officer,
                unit=unit,
                role=role,
                from_on=self.from_on,
                by=self.by,
                at=self.at,
                reason=REASON,
            )

    def line(self, department: Unit, line: Line) -> None:
        known = LineRule.objects.filter(
            in_force(self.from_on),
            believed(),
            subdistrict=department.subdistrict,
            department=department,
            priority=line.priority,
        )
        if not known.exists():
            actions.set_line_rule(
                department=department,
                from_on=self.from_on,
                by=self.by,
                at=self.at,
                reason=REASON,
                **vars(line),
            )
