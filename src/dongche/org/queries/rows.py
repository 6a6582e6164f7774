"""Rows of the organisation, as far as an actor's posts reach."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q

from dongche.kit import chinese, clock
from dongche.org.models import (
    AuditEntry,
    Leave,
    LineRule,
    Officer,
    PlannedChange,
    Post,
    RuleChange,
    Sponsorship,
    Unit,
    UnitGram,
    UnitKind,
    UnitRevision,
    WorkItem,
)  # fmt: skip
from dongche.org.names import pairs
from dongche.org.queries.reach import serving_in, subdistricts_with
from dongche.org.queries.scope import Scope, scope_of
from dongche.org.roles import ROLES
from dongche.web.periods import believed, in_force
from dongche.web.scoping import Row, ScopedQuerySet


class Units(ScopedQuerySet[Unit]):
    """Units: an officer sees the whole tree of every sub-district they serve in, and what lies above it; it is no
    secret. A superior level sees all below it."""

    entry = Unit

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        if scope.is_empty:
            return self.none()
        mine: set[int] = set()
        above: set[int] = set()
        for post in actor.acting_posts_on(clock.today()):
            unit = post.unit
            mine.add(unit.subdistrict_id or unit.pk)
            above.update(
                pk for pk in (unit.province_id, unit.city_id, unit.district_id, unit.parent_id) if pk
            )
        reach = Q(subdistrict__in=mine) | Q(pk__in=mine | above)
        if scope.has_superior:
            reach |= (
                Q(district__in=scope.districts) | Q(city__in=scope.cities) | Q(province__in=scope.provinces)
            )
        return self.filter(reach)

    def in_force(self, on: date) -> Self:
        return self.filter(in_force(on))

    def in_service(self) -> Self:
        """The sub-districts that have a headquarters."""
        return self.filter(kind=UnitKind.SUBDISTRICT, pk__in=_served())

    def of_service(self) -> Self:
        """What belongs to the sub-districts in service, and these: of a national tree the few that a page can show."""
        below = Unit.objects.filter(subdistrict__in=_served()).order_by().values("pk")
        # One set of ids: of two conditions joined by "or" PostgreSQL would ask every unit of the country.
        return self.filter(pk__in=below.union(_served()))

    def named_like(self, text: str) -> Self:
        """Units by the beginning of their code, or by a part of their name; two characters of it suffice.

        Empty: no text leaves all, one character that is no digit finds nothing
        """
        text = chinese.normalise(text).strip()
        if not text:
            return self
        if text[0].isdigit() and text.isascii():
            return self.filter(code__gte=text.upper(), code__lte=text.upper().ljust(20, "Z"))
        if len(text) < 2:
            return self.none()
        wanted = Q()
        for gram in sorted(pairs(text)):
            wanted &= Q(pk__in=UnitGram.objects.filter(gram=gram).values("unit"))
        is_exact = len(text) == 2 and bool(pairs(text))
        return self.filter(wanted) if is_exact else self.filter(wanted, name__icontains=text)

    def kept_by(self, actor: Any) -> Self:
        """The units that the actor may change: those of the sub-districts in which a post of theirs keeps them."""
        if scope_of(actor).everything:
            return self
        if not isinstance(actor, Officer):
            return self.none()
        kept = {
            post.unit.subdistrict_id
            for post in actor.acting_posts_on(clock.today())
            if "org.write" in ROLES[post.role].permissions and post.unit.subdistrict_id
        }
        return self.filter(Q(subdistrict__in=kept) | Q(pk__in=kept))


def _served() -> Any:
    """The ids of the sub-districts that have a headquarters."""
    return Unit.objects.filter(kind=UnitKind.HEADQUARTERS).values("subdistrict")


class _OfUnits(ScopedQuerySet[Row]):
    """Rows that hang on a unit and are no secret to whoever serves in its sub-district."""

    through = "unit"

    def scoped_to(self, actor: Any) -> Self:
        if scope_of(actor).everything:
            return self
        return self.filter(**{f"{self.through}__in": Units.visible_to(actor).values("pk")})


class _Beliefs(_OfUnits[Row]):
    """Dated beliefs: those that hold now, unless asked for as known at an instant."""

    def believed(self, as_known: datetime | None = None) -> Self:
        return self.filter(believed(as_known))

    def in_force(self, on: date, as_known: datetime | None = None) -> Self:
        return self.filter(in_force(on), believed(as_known))


class UnitRevisions(_Beliefs[UnitRevision]):
    """Every version of the units one sees."""

    entry = UnitRevision


class PlannedChanges(_OfUnits[PlannedChange]):
    """What was decided of units for days to come."""

    entry = PlannedChange

    def open(self) -> Self:
        return self.filter(done_at__isnull=True, withdrawn_at__isnull=True)

    def due(self, on: date) -> Self:
        """Those whose day has come, in the order in which they are to hold."""
        return self.open().filter(from_on__lte=on).order_by("from_on", "planned_at", "id")


class Posts(_Beliefs[Post]):
    """Posts: who holds which office in a sub-district one serves in is no secret."""

    entry = Post


class Sponsorships(_Beliefs[Sponsorship]):
    """Sponsorships of the communities of the sub-districts one serves in."""

    entry = Sponsorship
    through = "community"


class LineRules(_Beliefs[LineRule]):
    """The line rules of the sub-districts one serves in."""

    entry = LineRule
    through = "subdistrict"


class RuleChanges(_OfUnits[RuleChange]):
    """What was decided on the line rules of the sub-districts one serves in."""

    entry = RuleChange
    through = "subdistrict"


class Leaves(_Beliefs[Leave]):
    """Absences: headquarters sees those of its officers, whoever leads a unit those of its officers, everybody else
    their own and those they act for."""

    entry = Leave

    def scoped_to(self, actor: Any) -> Self:
        if scope_of(actor).everything:
            return self
        if not isinstance(actor, Officer):
            return self.none()
        own = Q(officer=actor) | Q(substitute=actor)
        led = led_by(actor, clock.today())
        return self.filter(own | Q(officer__in=_serving_under(scope_of(actor))) | Q(officer__in=led))


class Officers(ScopedQuerySet[Officer]):
    """Officers: headquarters sees those with a post in its sub-district, everybody else only themselves."""

    entry = Officer

    def administered(self, actor: Officer) -> Self:
        """Those in the sub-districts in which the actor administers officers; all of them for a super-user."""
        if actor.is_superuser:
            return self
        return self.filter(pk__in=serving_in(subdistricts_with(actor), clock.today()).values("pk"))

    def holding(self, on: date, **where: Any) -> Self:
        """Those who hold a post on a day, of this kind: `unit=…`, `role=…`."""
        return self.filter(Exists(self._posts(on).filter(**where)))

    def without_post(self, on: date) -> Self:
        return self.filter(~Exists(self._posts(on)))

    def away(self, on: date) -> Self:
        return self.filter(Exists(Leave.objects.filter(in_force(on), believed(), officer=OuterRef("pk"))))

    @staticmethod
    def _posts(on: date) -> Any:
        return Post.objects.filter(in_force(on), believed(), officer=OuterRef("pk"))

    def named_like(self, text: str) -> Self:
        """Officers whose name or user name holds the text: two characters of a name suffice."""
        text = chinese.normalise(text)
        return self.filter(Q(name__icontains=text) | Q(username__icontains=text)) if text else self

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        own = Q(pk=actor.pk) if isinstance(actor, Officer) else Q(pk__in=())
        return self.filter(own | Q(pk__in=_serving_under(scope)))


def led_by(actor: Any, on: date) -> Any:
    """The ids of the officers whose absences somebody keeps on a day: those of the units in which they hold a post
    with that duty; of a community, those of its grids as well; of headquarters, all of the sub-district."""
    if not isinstance(actor, Officer):
        return Post.objects.none().values("officer")
    held = Post.objects.filter(believed(), in_force(on))
    if scope_of(actor).everything:
        return held.values("officer")
    units = Q(pk__in=())
    for post in actor.acting_posts_on(on):
        if "org.leave" in ROLES[post.role].permissions:
            units |= Q(unit=post.unit_id)
            if post.unit.kind == UnitKind.COMMUNITY:
                units |= Q(unit__community=post.unit_id)
            elif post.unit.kind == UnitKind.HEADQUARTERS and post.unit.subdistrict_id:
                units |= Q(unit__subdistrict=post.unit.subdistrict_id)
    return held.filter(units).values("officer")


def led_officers(actor: Any, on: date) -> list[Officer]:
    """The actor and the active officers whose absences they keep, by name."""
    found = Officer.objects.filter(Q(pk__in=led_by(actor, on)) | Q(pk=actor.pk), is_active=True)
    return sorted(found, key=lambda officer: officer.name)


def possible_substitutes(officer: Officer, on: date) -> list[Officer]:
    """The active officers who could act for one who is away: those with a post of the day in the same sub-district."""
    own = Post.objects.filter(believed(), in_force(on), officer=officer).values("unit__subdistrict")
    posts = Post.objects.filter(believed(), in_force(on), unit__subdistrict__in=own)
    found = Officer.objects.filter(pk__in=posts.values("officer"), is_active=True).exclude(pk=officer.pk)
    return sorted(found, key=lambda one: one.name)


def _serving_under(scope: Scope) -> Any:
    """The ids of officers with a post, of whatever day, in the sub-districts wholly in reach; not of those who left."""
    return serving_in(scope.subdistricts, clock.today()).values("pk")


class WorkItems(ScopedQuerySet[WorkItem]):
    """Things to do: one's own and those one acts in; headquarters sees all of its sub-district."""

    entry = WorkItem

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        return self.filter(Q(officer__in=scope.officers) | Q(subdistrict__in=scope.subdistricts))

    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)


class AuditEntries(ScopedQuerySet[AuditEntry]):
    """The audit log: everybody reads what they did themselves; whoever has the duty also what was done in the
    sub-districts wholly in reach. Deeds of the system that belong to none are for super-users."""

    entry = AuditEntry

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        if not isinstance(actor, Officer):
            return self.none()
        own = Q(by=actor)
        if scope.subdistricts and actor.has_duty("org.audit"):
            return self.filter(own | Q(subdistrict__in=scope.subdistricts))
        return self.filter(own)
