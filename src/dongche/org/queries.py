"""Who sees what, and who answers for what, on a day.

Responsibility is decided per *cell*: places that share grid, community, category, focus, industry and size share
their answers. A sub-district has a few thousand cells however many places it has, so a list of any length is resolved
with the handful of queries that `duties_on` makes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from django.db.models import Case, IntegerField, Q, Value, When

from dongche.kit import clock
from dongche.org.models import AuditEntry, LineRule, Officer, Post, Sponsorship, Unit
from dongche.org.roles import PostRole
from dongche.web.periods import in_force
from dongche.web.scoping import ScopedQuerySet


@dataclass(frozen=True)
class Scope:
    """What an actor's posts of the day reach: ids of units, any of which suffices."""

    subdistricts: frozenset[int] = frozenset()
    communities: frozenset[int] = frozenset()
    grids: frozenset[int] = frozenset()
    lines: frozenset[int] = frozenset()
    everything: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.everything or self.subdistricts or self.communities or self.grids or self.lines)


def scope_of(actor: Any, on: date | None = None) -> Scope:
    """What the actor may see on a day (today when not given).

    Empty: somebody without a post, or who is not an officer, sees nothing.
    """
    if not isinstance(actor, Officer) or not actor.is_active:
        return Scope()
    if actor.is_superuser:
        return Scope(everything=True)
    day = on or clock.today()
    kept: dict[date, Scope] = actor.__dict__.setdefault("_scope_on", {})
    if day not in kept:
        kept[day] = _scope(actor, day)
    return kept[day]


def _scope(officer: Officer, day: date) -> Scope:
    units: dict[str, set[int]] = defaultdict(set)
    for post in officer.posts_on(day):
        if post.role == PostRole.DIVISION_LEADER:
            held = officer.sponsorships.filter(in_force(day)).values_list("community_id", flat=True)
            units["community"].update(held)
        elif post.unit.kind == "headquarters" and post.unit.subdistrict_id:
            units["subdistrict"].add(post.unit.subdistrict_id)
        else:
            units[post.unit.kind].add(post.unit_id)
    return Scope(
        subdistricts=frozenset(units["subdistrict"]),
        communities=frozenset(units["community"]),
        grids=frozenset(units["grid"]),
        lines=frozenset(units["department"]),
    )


class Units(ScopedQuerySet[Unit]):
    """Units: an officer sees the whole tree of every sub-district they serve in; it is no secret."""

    entry = Unit

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        if scope.is_empty:
            return self.none()
        mine = {post.unit.subdistrict_id for post in actor.posts_on(clock.today())}
        return self.filter(Q(subdistrict__in=mine) | Q(pk__in=mine))

    def in_force(self, on: date) -> Self:
        return self.filter(in_force(on))


class AuditEntries(ScopedQuerySet[AuditEntry]):
    """The audit log: headquarters reads all of it, everybody else what they did themselves."""

    entry = AuditEntry

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything or scope.subdistricts:
            return self
        return self.filter(by=actor) if isinstance(actor, Officer) else self.none()


class Officers(ScopedQuerySet[Officer]):
    """Officers: headquarters sees those with a post in its sub-district, everybody else only themselves."""

    entry = Officer

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        own = Q(pk=actor.pk) if isinstance(actor, Officer) else Q(pk__in=())
        posts = Post.objects.filter(unit__subdistrict__in=scope.subdistricts)
        return self.filter(own | Q(pk__in=posts.values("officer")))


class Posts(ScopedQuerySet[Post]):
    """Posts: who holds which office in a sub-district one serves in is no secret."""

    entry = Post

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(unit__in=Units.visible_to(actor).values("pk"))

    def in_force(self, on: date) -> Self:
        return self.filter(in_force(on))


class Sponsorships(ScopedQuerySet[Sponsorship]):
    """Sponsorships of the communities of the sub-districts one serves in."""

    entry = Sponsorship

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(community__in=Units.visible_to(actor).values("pk"))

    def in_force(self, on: date) -> Self:
        return self.filter(in_force(on))


class Cell(NamedTuple):
    """What decides who answers for a place. Ids of units; empty text where the place has no such value."""

    subdistrict: int
    community: int | None
    grid: int | None
    category: str
    focus: str
    industry: str
    size: str


ROLES = ("served_by", "managed_by", "responsible", "sponsor")


@dataclass(frozen=True)
class Answer:
    """Who fills one role for a place, and the rule that chose them; or, without an officer, why nobody does."""

    role: str
    officer: Officer | None = None
    unit: Unit | None = None
    rule: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Duties:
    """Everything that was in force on one day, ready to answer for any cell without another query."""

    on: date
    units: Mapping[int, Unit]
    holders: Mapping[tuple[int, str], list[Officer]]
    rules: list[LineRule]
    sponsors: Mapping[int, Officer]
    _answers: dict[Cell, tuple[Answer, ...]] = field(default_factory=dict)

    def line_rule(self, cell: Cell) -> LineRule | None:
        return next((rule for rule in self.rules if applies(rule, cell)), None)

    def resolve(self, cell: Cell) -> tuple[Answer, ...]:
        """The answers for the four roles, in the order of ROLES."""
        answers = self._answers.get(cell)
        if answers is None:
            answers = self._answers[cell] = (
                self._served_by(cell), self._managed_by(cell), self._responsible(cell), self._sponsor(cell)
            )  # fmt: skip
        return answers

    def _post(self, role: str, unit_id: int | None, posts: Iterable[str], rule: str, no_unit: str) -> Answer:
        unit = self.units.get(unit_id) if unit_id else None
        if unit is None:
            return Answer(role, cause=no_unit)
        for post in posts:
            holders = self.holders.get((unit.pk, post))
            if holders:
                return Answer(role, holders[0], unit, f"{rule}: {post}")
        return Answer(role, unit=unit, cause="vacant_post")

    def _served_by(self, cell: Cell) -> Answer:
        return self._post(
            "served_by", cell.grid, (PostRole.GRID_WORKER, PostRole.GRID_LEAD), "S20 grid", "no_grid"
        )

    def _managed_by(self, cell: Cell) -> Answer:
        rule = self.line_rule(cell)
        if rule is None:
            return Answer("managed_by", cause="no_rule")
        return self._post(
            "managed_by",
            rule.department_id,
            (PostRole.DEPARTMENT_OFFICER, PostRole.DEPARTMENT_HEAD),
            f"{rule.source or 'line'} #{rule.priority}",
            "unit_ended",
        )

    def _responsible(self, cell: Cell) -> Answer:
        return self._post(
            "responsible",
            cell.community,
            (PostRole.COMMUNITY_SECRETARY, PostRole.COMMUNITY_OFFICER),
            "S28 community",
            "no_community",
        )

    def _sponsor(self, cell: Cell) -> Answer:
        community = self.units.get(cell.community) if cell.community else None
        if community is None:
            return Answer("sponsor", cause="no_community")
        leader = self.sponsors.get(community.pk)
        if leader is None:
            return Answer("sponsor", unit=community, cause="no_sponsor")
        return Answer("sponsor", leader, community, "S18 sponsorship")


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
    believed = Q(superseded_at__isnull=True)
    if as_known is not None:
        believed = Q(known_at__lte=as_known) & (believed | Q(superseded_at__gt=as_known))
    return list(LineRule.objects.filter(believed, in_force(on)).order_by("subdistrict_id", "priority"))


def duties_on(on: date) -> Duties:
    """Everything in force on a day: four queries, whatever the number of places."""
    units = {unit.pk: unit for unit in Unit.objects.filter(in_force(on)).defer("polygon")}
    holders: dict[tuple[int, str], list[Officer]] = defaultdict(list)
    held = Post.objects.filter(in_force(on), officer__is_active=True).select_related("officer")
    posts = held.order_by("from_on", "id")
    for post in posts:
        if post.unit_id in units:
            holders[post.unit_id, post.role].append(post.officer)
    sponsorships = Sponsorship.objects.filter(in_force(on), leader__is_active=True).select_related("leader")
    return Duties(
        on=on,
        units=units,
        holders=dict(holders),
        rules=line_rules_on(on),
        sponsors={sponsorship.community_id: sponsorship.leader for sponsorship in sponsorships},
    )


def line_expression(on: date, as_known: datetime | None = None) -> Case | Value:
    """The department id of a place's line as an SQL expression over the columns of a place."""
    whens = [
        When(
            Q(subdistrict_id=rule.subdistrict_id)
            & (Q(category=rule.category) if rule.category else Q())
            & (Q(focus=rule.focus) if rule.focus else Q())
            & (Q(section=rule.industry) if rule.industry else Q())
            & (Q(size=rule.size) if rule.size else Q()),
            then=Value(rule.department_id),
        )
        for rule in line_rules_on(on, as_known)
    ]
    if not whens:
        return Value(None, output_field=IntegerField())
    return Case(*whens, default=Value(None), output_field=IntegerField())
