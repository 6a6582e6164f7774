"""Who answers for what, on a day, as believed now or at an instant.

Responsibility is decided per *cell*: places that agree in everything rules look at share their answers. A sub-district
has a few thousand cells however many places it has, so a list of any length is resolved with one query for its places
and the handful that `duties_on` makes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import combinations, groupby
from typing import Final, NamedTuple

from django.db.models import Case, IntegerField, Q, Value, When

from dongche.org.models import Leave, LineRule, Officer, Post, Sponsorship, Unit, UnitKind, UnitRevision
from dongche.org.roles import PostRole
from dongche.org.tree import stand
from dongche.web.periods import believed, in_force


class Cell(NamedTuple):
    """What decides who answers for a place. Ids of units; empty text where the place has no such value.

    `located`: a place without a grid has coordinates all the same. `server` and `contact` are the officers whom a dated
    duty of the place itself names.
    """

    subdistrict: int
    community: int | None
    grid: int | None
    category: str
    focus: str
    industry: str
    size: str
    located: bool = False
    server: int | None = None
    contact: int | None = None


# Every active place has these; a key enterprise has a contact as well (S48), which is not a gap where it is missing.
ROLES: Final = ("served_by", "managed_by", "responsible", "sponsor")
CONTACT: Final = "contact"


class Row(NamedTuple):
    """A row that an answer was drawn from."""

    table: str
    pk: int


@dataclass(frozen=True)
class Answer:
    """Who fills one role for a place, and the rule that chose them; or, without an officer, why nobody does.

    `stands_in_for` is the holder who is away; `version` that of the rule; `rows` what was read to come to this.
    """

    role: str
    officer: Officer | None = None
    unit: Unit | None = None
    rule: str = ""
    cause: str = ""
    version: int = 1
    stands_in_for: Officer | None = None
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Duties:
    """Everything that was in force on one day, ready to answer for any cell without another query."""

    on: date
    units: Mapping[int, Unit]
    holders: Mapping[tuple[int, str], list[Post]]
    rules: list[LineRule]
    sponsors: Mapping[int, Sponsorship]
    leaves: Mapping[int, Leave] = field(default_factory=dict)
    as_known: datetime | None = None
    _answers: dict[Cell, tuple[Answer, ...]] = field(default_factory=dict)
    _stations: dict[int, dict[int, Officer]] = field(default_factory=dict)

    def line_rule(self, cell: Cell) -> LineRule | None:
        """The rule that gives the cell its line; None where none fits, or where two of one rank disagree."""
        fitting = self.fitting_rules(cell)
        return fitting[0] if len({rule.department_id for rule in fitting}) == 1 else None

    def fitting_rules(self, cell: Cell) -> list[LineRule]:
        """The rules of the smallest priority that fits: more than one when they are of equal rank."""
        first = next((rule for rule in self.rules if applies(rule, cell)), None)
        if first is None:
            return []
        return [rule for rule in self.rules if rule.priority == first.priority and applies(rule, cell)]

    def resolve(self, cell: Cell) -> tuple[Answer, ...]:
        """The answers for the four roles in the order of ROLES, then the contact of a key enterprise."""
        answers = self._answers.get(cell)
        if answers is None:
            answers = (
                self._served_by(cell), self._managed_by(cell), self._responsible(cell), self._sponsor(cell)
            )  # fmt: skip
            if cell.contact is not None or cell.focus == "key_enterprise":
                answers = (*answers, self._contact(cell, answers[-1]))
            self._answers[cell] = answers
        return answers

    def present(self, officer: Officer) -> tuple[Officer | None, tuple[Row, ...]]:
        """Who does the work of an officer on the day: themselves, or whoever acts for them; None when nobody does."""
        rows: list[Row] = []
        seen = {officer.pk}
        acting: Officer | None = officer
        while acting is not None and (leave := self.leaves.get(acting.pk)) is not None:
            rows.append(Row("leave", leave.pk))
            acting = leave.substitute
            if acting is not None and (acting.pk in seen or not acting.is_active):
                acting = None
            if acting is not None:
                seen.add(acting.pk)
        return acting, tuple(rows)

    def stationed(self, subdistrict: int) -> Mapping[int, Officer]:
        """The officers with any post of the day in a sub-district, by id."""
        if not self._stations:
            for (unit_id, _role), posts in self.holders.items():
                unit = self.units[unit_id]
                for post in posts:
                    self._stations.setdefault(unit.subdistrict_id or unit.pk, {})[post.officer_id] = (
                        post.officer
                    )
        return self._stations.get(subdistrict, {})

    def able(self) -> set[int]:
        """The ids of officers whose work is done on the day, by themselves or by a substitute."""
        everybody = {post.officer_id: post.officer for posts in self.holders.values() for post in posts}
        return {pk for pk, officer in everybody.items() if self.present(officer)[0] is not None}

    def _held(self, role: str, unit: Unit, posts: Sequence[str], rule: str) -> Answer:
        """The first post of `posts` whose holder is there or has a substitute; else why not."""
        rows: list[Row] = []
        for post in posts:
            holders = self.holders.get((unit.pk, post), [])
            # Whoever is there comes before whoever is represented.
            for held in sorted(holders, key=lambda one: one.officer_id in self.leaves):
                acting, leaves = self.present(held.officer)
                rows.extend((Row("post", held.pk), *leaves))
                if acting is not None:
                    return Answer(
                        role, acting, unit, f"{rule}: {post}",
                        stands_in_for=None if acting == held.officer else held.officer,
                        rows=(Row("unit", unit.pk), Row("post", held.pk), *leaves),
                    )  # fmt: skip
        cause = "on_leave" if rows else "vacant_post"
        return Answer(role, unit=unit, cause=cause, rows=(Row("unit", unit.pk), *rows))

    def _assigned(self, role: str, cell: Cell, officer_id: int | None, rule: str) -> Answer | None:
        """The officer whom a duty of the place names, while they hold a post in its sub-district."""
        officer = self.stationed(cell.subdistrict).get(officer_id or 0)
        if officer is None:
            return None
        acting, leaves = self.present(officer)
        if acting is None:
            return None
        stands_in_for = None if acting == officer else officer
        unit = self.units.get(cell.grid or cell.community or 0)
        return Answer(role, acting, unit, rule, stands_in_for=stands_in_for, rows=leaves)

    def _served_by(self, cell: Cell) -> Answer:
        assigned = self._assigned("served_by", cell, cell.server, "S30 assignment")
        if assigned is not None:
            return assigned
        unit = self.units.get(cell.grid or 0)
        if unit is None:
            cause = "outside_polygons" if cell.grid is None and cell.located else "no_grid"
            return Answer("served_by", cause=cause)
        rule = "S29 dedicated grid" if unit.dedicated_to else "S20 grid"
        return self._held("served_by", unit, (PostRole.GRID_WORKER, PostRole.GRID_LEAD), rule)

    def _managed_by(self, cell: Cell) -> Answer:
        fitting = self.fitting_rules(cell)
        rows = tuple(Row("line_rule", rule.pk) for rule in fitting)
        rule = self.line_rule(cell)
        if rule is None:
            return Answer("managed_by", cause="equal_rank" if fitting else "no_rule", rows=rows)
        unit = self.units.get(rule.department_id)
        if unit is None:
            return Answer("managed_by", cause="unit_ended", version=rule.version, rows=rows)
        name = f"{rule.source or 'line'} #{rule.priority}"
        found = self._held("managed_by", unit, (PostRole.DEPARTMENT_OFFICER, PostRole.DEPARTMENT_HEAD), name)
        return replace(found, version=rule.version, rows=(*rows, *found.rows))

    def _responsible(self, cell: Cell) -> Answer:
        unit = self.units.get(cell.community or 0)
        if unit is None:
            return Answer("responsible", cause="no_community")
        posts = (PostRole.COMMUNITY_SECRETARY, PostRole.COMMITTEE_MEMBER, PostRole.COMMUNITY_OFFICER)
        return self._held("responsible", unit, posts, "S28 community")

    def _sponsor(self, cell: Cell) -> Answer:
        community = self.units.get(cell.community or 0)
        if community is None:
            return Answer("sponsor", cause="no_community")
        held = self.sponsors.get(community.pk)
        if held is None:
            return Answer("sponsor", unit=community, cause="no_sponsor", rows=(Row("unit", community.pk),))
        acting, leaves = self.present(held.leader)
        rows = (Row("sponsorship", held.pk), *leaves)
        if acting is None:
            return Answer("sponsor", unit=community, cause="on_leave", rows=rows)
        stands_in_for = None if acting == held.leader else held.leader
        return Answer("sponsor", acting, community, "S18 sponsorship", stands_in_for=stands_in_for, rows=rows)

    def _contact(self, cell: Cell, sponsor: Answer) -> Answer:
        """The leader who keeps contact with a key enterprise: by name, else the sponsor of its community."""
        assigned = self._assigned(CONTACT, cell, cell.contact, "S48 contact")
        return assigned or replace(
            sponsor, role=CONTACT, rule="S48 by sponsorship" if sponsor.officer else sponsor.rule
        )


def applies(rule: LineRule, cell: Cell) -> bool:
    return rule.subdistrict_id == cell.subdistrict and all(
        not wanted or wanted == given
        for wanted, given in (
            (rule.category, cell.category),
            (rule.focus, cell.focus),
            (rule.industry, cell.industry),
            (rule.size, cell.size),
        )
    )


def line_rules_on(on: date, as_known: datetime | None = None) -> list[LineRule]:
    """The rules in force on a day, as believed now or at an instant, the first that applies first."""
    rules = LineRule.objects.filter(believed(as_known), in_force(on))
    return list(rules.order_by("subdistrict_id", "priority", "number", "id"))


def duties_on(
    on: date,
    as_known: datetime | None = None,
    *,
    rules: Sequence[LineRule] | None = None,
    subdistricts: Collection[int] | None = None,
) -> Duties:
    """Everything in force on a day, as believed now or at an instant: five queries, whatever the number of places.

    `rules` stands in for the rules of the day, to see what others would change. Only sub-districts that have a
    headquarters are in service; the rest of a national list of divisions is not read. `subdistricts` (ids) narrows it
    to those that are asked about: a page of places of a city needs a few of them.
    """
    units = _units_on(on, as_known, subdistricts)
    holders: dict[tuple[int, str], list[Post]] = defaultdict(list)
    held = Post.objects.filter(in_force(on), believed(as_known), officer__is_active=True)
    if subdistricts is not None:
        held = held.filter(Q(unit__subdistrict__in=subdistricts) | Q(unit__in=subdistricts))
    for post in held.select_related("officer").order_by("from_on", "id"):
        if post.unit_id in units:
            holders[post.unit_id, post.role].append(post)
    sponsorships = Sponsorship.objects.filter(in_force(on), believed(as_known), leader__is_active=True)
    leaves = Leave.objects.filter(in_force(on), believed(as_known)).select_related("substitute")
    return Duties(
        on=on,
        as_known=as_known,
        units=units,
        holders=dict(holders),
        rules=line_rules_on(on, as_known) if rules is None else list(rules),
        sponsors={held.community_id: held for held in sponsorships.select_related("leader")},
        leaves={leave.officer_id: leave for leave in leaves},
    )


def _units_on(
    on: date, as_known: datetime | None, subdistricts: Collection[int] | None = None
) -> dict[int, Unit]:
    """The units of the sub-districts in service as they are on a day, with the names and parents of that day."""
    in_service = Unit.objects.filter(kind=UnitKind.HEADQUARTERS).values("subdistrict")
    if subdistricts is not None:
        in_service = in_service.filter(subdistrict__in=subdistricts)
    revisions = UnitRevision.objects.filter(in_force(on), believed(as_known)).filter(
        Q(unit__subdistrict__in=in_service) | Q(unit__in=in_service)
    )
    found = {}
    is_moved = False
    for revision in revisions.defer("polygon").select_related("unit").defer("unit__polygon"):
        unit = found[revision.unit_id] = revision.unit
        unit.name, unit.dedicated_to = revision.name, revision.dedicated_to
        unit.party_organisation = revision.party_organisation
        is_moved = is_moved or unit.parent_id != revision.parent_id
        unit.parent_id = revision.parent_id
    if is_moved:
        stand(found)
    return found


def line_expression(
    on: date, as_known: datetime | None = None, *, rules: Sequence[LineRule] | None = None
) -> Case | Value:
    """The department id of a place's line as an SQL expression over its columns; null where there is none.

    `rules`, in the order of rank, stands in for those of the day.
    """
    rules = line_rules_on(on, as_known) if rules is None else rules
    return _case([(fits, line) for fits, line in _lines(rules)])


def equal_rank_expression(
    on: date, as_known: datetime | None = None, *, rules: Sequence[LineRule] | None = None
) -> Case | Value:
    """1 for a place that two rules of equal rank give to different departments, null for every other."""
    rules = line_rules_on(on, as_known) if rules is None else rules
    return _case([(fits, 1 if line is None else None) for fits, line in _lines(rules)])


def rule_expression(rules: Sequence[LineRule]) -> Case | Value:
    """The number of the rule that takes a place as an SQL expression; null where none or several of equal rank do.

    `rules` are those of one sub-district, in the order of rank.
    """
    whens: list[tuple[Q, int | None]] = []
    for _rank, equals in groupby(rules, key=lambda rule: rule.priority):
        ranked = list(equals)
        whens += [
            (_fits(one) & _fits(other), None)
            for one, other in combinations(ranked, 2)
            if one.department_id != other.department_id and may_meet(one, other)
        ]
        whens += [(_fits(rule), rule.number) for rule in ranked]
    return _case(whens)


def _case(whens: Sequence[tuple[Q, int | None]]) -> Case | Value:
    if not whens:
        return Value(None, output_field=IntegerField())
    return Case(
        *(When(fits, then=Value(value)) for fits, value in whens),
        default=Value(None),
        output_field=IntegerField(),
    )


def _lines(rules: Iterable[LineRule]) -> Iterator[tuple[Q, int | None]]:
    """Conditions in the order of rank, each with its department; None where two of one rank would both apply."""
    for _rank, equals in groupby(rules, key=lambda rule: (rule.subdistrict_id, rule.priority)):
        ranked = list(equals)
        for one, other in combinations(ranked, 2):
            if one.department_id != other.department_id and may_meet(one, other):
                yield _fits(one) & _fits(other), None
        for rule in ranked:
            yield _fits(rule), rule.department_id


CONDITIONS: Final = ("category", "focus", "industry", "size")


def may_meet(one: LineRule, other: LineRule) -> bool:
    """Whether there can be a place that both rules fit."""
    pairs = ((getattr(one, name), getattr(other, name)) for name in CONDITIONS)
    return all(not first or not second or first == second for first, second in pairs)


def _fits(rule: LineRule) -> Q:
    columns = {"category": "category", "focus": "focus", "industry": "section", "size": "size"}
    wanted = {columns[name]: getattr(rule, name) for name in CONDITIONS if getattr(rule, name)}
    return Q(subdistrict_id=rule.subdistrict_id, **wanted)
