"""Places and their imports: who may see them, and who answers for them on a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db.models import Count, Q

from dongche.kit import chinese, clock
from dongche.org.models import Unit
from dongche.org.queries import ROLES, Answer, Cell, Duties, duties_on, line_expression, scope_of
from dongche.registry.models import Entity, Exclusion, ImportBatch, NameGram, Revision, WithdrawnCode
from dongche.web.fields import search_hash
from dongche.web.periods import in_force
from dongche.web.scoping import ScopedQuerySet

CELL = ("subdistrict_id", "community_id", "grid_id", "category", "focus", "section", "size")


class Places(ScopedQuerySet[Entity]):
    """Places, as far as the actor's posts reach."""

    entry = Entity

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        if scope.is_empty:
            return self.none()
        reach = (
            Q(subdistrict__in=scope.subdistricts)
            | Q(community__in=scope.communities)
            | Q(grid__in=scope.grids)
        )
        if not scope.lines:
            return self.filter(reach)
        return self.with_line(clock.today()).filter(reach | Q(line_id__in=scope.lines))

    def with_line(self, on: date) -> Self:
        """Annotate `line_id`, the department that answers for the place on that day."""
        if "line_id" in self.query.annotations:
            return self
        return self.annotate(line_id=line_expression(on))

    def active(self, on: date) -> Self:
        """Places that existed on the day and were not excluded: those that should resume."""
        excluded = Exclusion.objects.filter(in_force(on), superseded_at__isnull=True).values("entity_id")
        return self.filter(in_force(on)).exclude(pk__in=excluded)

    def named_like(self, text: str) -> Self:
        """Places whose name, number, credit code or phone match: two characters of a name suffice."""
        text = chinese.normalise(text)
        if not text:
            return self
        if text.isascii() and len(text) >= 4:
            exact = (
                Q(number__iexact=text) | Q(credit_code__iexact=text) | Q(contact_phone_hash=search_hash(text))
            )
            found = self.filter(exact)
            if text.isdigit() or len(text) == 18:
                return found
            return self.filter(exact | self._by_grams(text))
        return self.filter(self._by_grams(text))

    def _by_grams(self, text: str) -> Q:
        wanted = Q()
        for gram in sorted(chinese.grams(text)):
            wanted &= Q(pk__in=NameGram.objects.filter(gram=gram).values("entity_id"))
        return wanted & Q(name__icontains=text) if len(text) > 2 else wanted

    def cells(self) -> Iterator[tuple[Cell, int]]:
        """The distinct cells of these places with the number of places in each: one query."""
        for *cell, count in self.order_by().values_list(*CELL).annotate(count=Count("pk")):
            yield Cell(*cell), count


class Imports(ScopedQuerySet[ImportBatch]):
    """Imports of the sub-districts whose headquarters the actor serves in."""

    entry = ImportBatch

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)


class Revisions(ScopedQuerySet[Revision]):
    """Earlier versions of the places the actor may see."""

    entry = Revision

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(entity__in=Places.visible_to(actor).values("pk"))


def place_that_had(code: str) -> Entity | None:
    """The place to which this code belonged before it was withdrawn, or None."""
    found = (
        WithdrawnCode.objects.select_related("entity__community", "entity__subdistrict")
        .filter(code=code)
        .first()
    )
    return None if found is None else found.entity


def cell_of(entity: Entity) -> Cell:
    return Cell(
        entity.subdistrict_id,
        entity.community_id,
        entity.grid_id,
        entity.category,
        entity.focus,
        entity.section,
        entity.size,
    )


def responsible_for(entity: Entity, on: date) -> tuple[Answer, ...]:
    """The three mandatory roles and the sponsor leader of a place on a day, each with the rule that chose it (S30)."""
    return duties_on(on).resolve(cell_of(entity))


@dataclass(frozen=True)
class Gap:
    """Places for which one role is filled by nobody, for one cause; `unit` is where, when there is such a unit."""

    role: str
    cause: str
    unit: Unit | None
    count: int


@dataclass(frozen=True)
class Coverage:
    """The proof of S30 for a day, or the gaps that break it."""

    on: date
    places: int
    covered: int
    gaps: tuple[Gap, ...]

    @property
    def is_complete(self) -> bool:
        return not self.gaps


def coverage(places: Places, on: date, duties: Duties | None = None) -> Coverage:
    """Whether each of these places has somebody in all four roles on the day.

    Shape: five queries whatever the number of places; gaps by (role, cause, unit), the largest first.
    Empty: no active place at all is complete with zero places.
    """
    duties = duties or duties_on(on)
    total = covered = 0
    counts: Counter[tuple[str, str, int | None]] = Counter()
    for cell, count in places.active(on).cells():
        total += count
        missing = [answer for answer in duties.resolve(cell) if answer.officer is None]
        covered += 0 if missing else count
        for answer in missing:
            counts[answer.role, answer.cause, answer.unit.pk if answer.unit else None] += count
    gaps = tuple(
        Gap(role, cause, duties.units.get(unit or 0), count)
        for (role, cause, unit), count in sorted(
            counts.items(), key=lambda item: (-item[1], ROLES.index(item[0][0]))
        )
    )
    return Coverage(on, total, covered, gaps)


def places_in(places: Places, gap: Gap, duties: Duties) -> Places:
    """The places of a gap, as rows."""
    active = places.active(duties.on)
    column = {"served_by": "grid_id", "managed_by": "line_id"}.get(gap.role, "community_id")
    if column == "line_id":
        active = active.with_line(duties.on)
    if gap.unit is not None:
        return active.filter(**{column: gap.unit.pk})
    if gap.cause == "no_rule":
        return active.filter(**{f"{column}__isnull": True})
    return active.filter(Q(**{f"{column}__isnull": True}) | ~Q(**{f"{column}__in": list(duties.units)}))


class Exclusions(ScopedQuerySet[Exclusion]):
    """Exclusions of the places the actor may see."""

    entry = Exclusion

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(entity__in=Places.visible_to(actor).values("pk"))
