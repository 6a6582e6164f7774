"""Places and their imports: who may see them, and who answers for them on a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Self

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from dongche.kit import clock
from dongche.kit.messages import N_
from dongche.org.holdings import Holding, lasting_on
from dongche.org.models import Unit, UnitKind
from dongche.org.queries import (
    Answer,
    Cell,
    Duties,
    Scope,
    Units,
    duties_on,
    line_expression,
    scope_of,
)  # fmt: skip
from dongche.registry.models import (
    PRESENT,
    BackboneFirm,
    ColumnMap,
    Entity,
    Exclusion,
    ImportBatch,
    PlaceDuty,
    Revision,
    Standing,
    WithdrawnCode,
)
from dongche.registry.queries import searching
from dongche.web.periods import believed, in_force
from dongche.web.scoping import ScopedQuerySet

CELL = ("subdistrict_id", "community_id", "grid_id", "category", "focus", "section", "size")
ASSIGNED = "S30 assignment"
_DUTIES = ("located", "server_id", "contact_id")


class Places(ScopedQuerySet[Entity]):
    """Places, as far as the actor's posts reach."""

    entry = Entity

    def _defaulted(self) -> Self:
        """What was taken back with its import is no place any more; what was merged into another is that one."""
        return self.filter(PRESENT)

    @classmethod
    def known_then(cls, as_known: datetime) -> Self:
        """Every place that was one at an instant, those among them that have been taken back or merged since."""
        return cls(model=cls.entry).filter(
            Q(taken_back_at__isnull=True) | Q(taken_back_at__gt=as_known),
            Q(merged_into__isnull=True) | Q(merged_at__gt=as_known),
        )

    @classmethod
    def merged_away(cls, number: str) -> Entity | None:
        """The place that a number led to before it was merged into another one, or None."""
        return cls(model=cls.entry).filter(number=number, merged_into__isnull=False).first()

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self._reached(scope, self._named(scope), clock.today())

    @classmethod
    def counted_for(cls, actor: Any, on: date, as_known: datetime | None = None) -> Self:
        """Those that the figures of a day are made of: of the actor's units, by the line rules of that day.

        What one is named for alone is in no figure. A department reads of a past day what was its own then, although
        another may answer for it by now.
        """
        scope = scope_of(actor)
        narrowed = "narrowed to the units of the actor"
        every = cls.unscoped(reason=narrowed) if as_known is None else cls.known_then(as_known)
        return every if scope.everything else every._reached(scope, Q(pk__in=()), on, as_known)

    def named_to(self, actor: Any) -> Self:
        """Those that one answers for by name (S30, S48), oneself or for somebody who is away."""
        return self.filter(pk__in=self._duties(scope_of(actor)).values("entity"))

    def at_hand(self, actor: Any) -> Self:
        """Those reached by a post in the sub-district itself: from a level above, nobody is called."""
        scope = scope_of(actor)
        if scope.everything:
            return self
        near = replace(scope, districts=frozenset(), cities=frozenset(), provinces=frozenset())
        return self._reached(near, self._named(near), clock.today())

    @classmethod
    def within_duty(cls, actor: Any, permission: str) -> Self:
        """Places reached by those posts of the actor, in the sub-district itself, that carry a permission: what another
        post reaches does not count."""
        every = cls.unscoped(reason="narrowed to the posts that carry the permission")
        scope = scope_of(actor, carrying=permission)
        if scope.everything:
            return every
        near = replace(scope, districts=frozenset(), cities=frozenset(), provinces=frozenset())
        return every._reached(near, every._named(near), clock.today())

    def _duties(self, scope: Scope) -> QuerySet[PlaceDuty]:
        return PlaceDuty.objects.filter(in_force(clock.today()), believed(), officer__in=scope.officers)

    def _named(self, scope: Scope) -> Q:
        duties = self._duties(scope)
        if scope.subdistricts:
            # Who sees a whole sub-district has nearly every row by it: asked of the few others alone, a list stays a
            # walk along its index. Who sees little is found by the indexes of its parts.
            return Q(Exists(duties.filter(entity=OuterRef("pk"))))
        return Q(pk__in=duties.values("entity"))

    def _reached(self, scope: Scope, named: Q, on: date, as_known: datetime | None = None) -> Self:
        if scope.is_empty:
            return self.none()
        reach = scope.of_subdistricts() | Q(community__in=scope.communities) | Q(grid__in=scope.grids) | named
        if not scope.lines:
            return self.filter(reach)
        # A name of its own: the list may ask for the line of another day beside it.
        own = self.alias(own_line_id=line_expression(on, as_known))
        return own.filter(reach | Q(own_line_id__in=scope.lines))

    def with_line(self, on: date) -> Self:
        """Annotate `line_id`, the department that answers for the place on that day."""
        return self.annotate(line_id=line_expression(on))

    def active(self, on: date) -> Self:
        """Places that existed on the day and were not excluded: those that should resume."""
        excluded = Exclusion.objects.filter(in_force(on), superseded_at__isnull=True).values("entity_id")
        return self.filter(in_force(on)).exclude(pk__in=excluded)

    def named_like(self, text: str, *, is_counted: bool = False) -> Self:
        """Places whose name, initials of the name, number, credit code or phone match (`searching.named_like`)."""
        return searching.named_like(self, text, is_counted=is_counted)

    def with_duties(self, on: date, as_known: datetime | None = None) -> Self:
        """Annotate what a cell needs besides columns of the place: `located`, and the ids `server_id`, `contact_id`."""
        held = in_force(on, "duties__") & believed(as_known, "duties__")
        return self.annotate(
            located=Case(
                When(grid__isnull=True, lon__isnull=False, then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            ),
            serving=FilteredRelation("duties", condition=held & Q(duties__role=PlaceDuty.Role.SERVED_BY)),
            contacting=FilteredRelation("duties", condition=held & Q(duties__role=PlaceDuty.Role.CONTACT)),
            server_id=F("serving__officer"),
            contact_id=F("contacting__officer"),
        )

    def named(self, role: str, on: date, is_named: bool = True) -> Self:
        """Places for which an officer is named in a role on a day, or those for which nobody is."""
        duties = PlaceDuty.objects.filter(in_force(on), believed(), role=role, entity=OuterRef("pk"))
        return self.filter(Exists(duties) if is_named else ~Exists(duties))

    def on_backbone(self, on: date, is_on: bool = True) -> Self:
        """Firms on the backbone list of a day, or all places that are not."""
        rows = BackboneFirm.objects.filter(in_force(on), believed(), entity=OuterRef("pk"))
        return self.filter(Exists(rows) if is_on else ~Exists(rows))

    def cells(self, on: date) -> Iterator[tuple[Cell, int]]:
        """The distinct cells of these places on a day with the number of places in each: one query."""
        rows = self.with_duties(on).order_by().values_list(*CELL, *_DUTIES).annotate(count=Count("pk"))
        for *cell, count in rows:
            yield Cell(*cell), count

    def taken_by_rules(self, on: date, duties: Duties | None = None) -> Counter[int]:
        """How many of these places each line rule takes on a day, by the rule's id; 0 for those of equal rank."""
        duties = duties or duties_on(on)
        taken: Counter[int] = Counter()
        for cell, count in self.active(on).cells(on):
            rule = duties.line_rule(cell)
            if rule is None:
                taken[0] += count if duties.fitting_rules(cell) else 0
            else:
                taken[rule.pk] += count
        return taken

    def resolved(self, on: date, duties: Duties | None = None) -> Iterator[tuple[int, tuple[Answer, ...]]]:
        """Who answers for each of these places on a day: id and answers, in one query for the places."""
        duties = duties or duties_on(on)
        rows = self.with_duties(on).order_by("pk").values_list("pk", *CELL, *_DUTIES)
        for pk, *cell in rows.iterator(chunk_size=5000):
            yield pk, duties.resolve(Cell(*cell))


def place_visible_to(actor: Any) -> Exists:
    """The condition that the place of a row may be seen: asked of each row, so that a few rows stay a few look-ups."""
    return Exists(Places.visible_to(actor).order_by().filter(pk=OuterRef("entity_id")))


class Imports(ScopedQuerySet[ImportBatch]):
    """Imports of the sub-districts whose headquarters the actor serves in."""

    entry = ImportBatch

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)


class ColumnMaps(ScopedQuerySet[ColumnMap]):
    """Remembered columns of files, of the sub-districts whose headquarters the actor serves in."""

    entry = ColumnMap

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        return self if scope.everything else self.filter(subdistrict__in=scope.subdistricts)


class Revisions(ScopedQuerySet[Revision]):
    """Earlier versions of the places the actor may see."""

    entry = Revision

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(entity__in=Places.visible_to(actor).values("pk"))


def version_of(place: Entity) -> int:
    """The id of the version of a place that is believed now: what a change of it is made from."""
    return Revision.objects.values_list("pk", flat=True).get(entity=place.pk, superseded_at__isnull=True)


def withdrawal_of(code: str) -> WithdrawnCode | None:
    """When a code was withdrawn, and from which place; None for a code that never was."""
    found = WithdrawnCode.objects.select_related("entity__community", "entity__subdistrict")
    return found.filter(code=code).first()


def place_that_had(code: str) -> Entity | None:
    """The place to which this code belonged before it was withdrawn, or None."""
    found = withdrawal_of(code)
    return None if found is None else survivor_of(found.entity)


def survivor_of(place: Entity) -> Entity:
    """The place that this one has become by merges; itself when it was merged into none."""
    while place.merged_into_id is not None:
        place = Entity.objects.select_related("community", "grid", "subdistrict").get(pk=place.merged_into_id)
    return place


def whole_subdistricts(actor: Any) -> list[int]:
    """The sub-districts in service whose every place an actor sees."""
    scope = scope_of(actor)
    served = Units.unscoped(reason="narrowed to the actor's own below").in_service()
    if not scope.everything:
        superior = (
            Q(district__in=scope.districts) | Q(city__in=scope.cities) | Q(province__in=scope.provinces)
        )
        served = served.filter(Q(pk__in=scope.subdistricts) | superior)
    return list(served.values_list("pk", flat=True))


def cells_of(entities: Collection[int], on: date) -> dict[int, Cell]:
    """The cells of some places on a day, by id: one query."""
    places = Places.unscoped(reason="the places are given").filter(pk__in=entities).with_duties(on)
    return {pk: Cell(*cell) for pk, *cell in places.values_list("pk", *CELL, *_DUTIES)}


def _cells_then(entities: Any, on: date, as_known: datetime) -> Iterator[tuple[int, Cell]]:
    """The cells of places as they were believed to be at an instant; where they lie is not kept by version."""
    held = in_force(on, "entity__duties__") & believed(as_known, "entity__duties__")
    versions = Revision.objects.filter(believed(as_known), in_force(on), entity__in=entities)
    rows = versions.annotate(
        located=Case(
            When(grid__isnull=True, entity__lon__isnull=False, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        ),
        serving=FilteredRelation("entity__duties", condition=held & Q(entity__duties__role="served_by")),
        contacting=FilteredRelation("entity__duties", condition=held & Q(entity__duties__role="contact")),
        server_id=F("serving__officer"),
        contact_id=F("contacting__officer"),
    ).order_by("entity")
    names = ("entity", "entity__subdistrict", *CELL[1:], *_DUTIES)
    for pk, *cell in rows.values_list(*names).iterator(chunk_size=5000):
        yield pk, Cell(*cell)


def was_expected(entity: Entity, on: date, as_known: datetime | None = None) -> bool:
    """Whether a place counted among those that should resume on a day, as believed now or at an instant."""
    if as_known is None:
        return Places.unscoped(reason="the place is given").active(on).filter(pk=entity.pk).exists()
    excluded = Exclusion.objects.filter(in_force(on), believed(as_known), entity=entity)
    version = Revision.objects.filter(in_force(on), believed(as_known), entity=entity)
    return version.exists() and not excluded.exists()


def responsible_for(
    entity: Entity, on: date, as_known: datetime | None = None, *, duties: Duties | None = None
) -> tuple[Answer, ...]:
    """The three mandatory roles and the sponsor leader of a place on a day, each with the rule that chose it (S30).

    A key enterprise has a contact as well (S48). `as_known`: by what was believed at that instant.
    Empty: nothing when the place was not known then, or did not exist on that day as known then
    """
    cells = cells_of([entity.pk], on) if as_known is None else dict(_cells_then([entity.pk], on, as_known))
    answers = (duties or duties_on(on, as_known)).resolve(cells[entity.pk]) if cells else ()
    return naming_proposals(answers, entity, on, as_known)


def naming_proposals(
    answers: tuple[Answer, ...], entity: Entity, on: date, as_known: datetime | None = None
) -> tuple[Answer, ...]:
    """The answers for a place, naming the proposal that a duty came of; a query only where it has a duty."""
    if all(answer.rule != ASSIGNED for answer in answers):
        return answers
    source = (
        PlaceDuty.objects.filter(
            in_force(on), believed(as_known), entity=entity, role=PlaceDuty.Role.SERVED_BY
        )
        .filter(source__startswith="proposal ")
        .values_list("source", flat=True)
        .first()
    )
    return tuple(
        replace(answer, rule=f"{ASSIGNED}: {source}") if answer.rule == ASSIGNED and source else answer
        for answer in answers
    )


def resolved_then(places: Places, on: date, as_known: datetime) -> Iterator[tuple[int, tuple[Answer, ...]]]:
    """Who answered for each of these places on a day, by what was believed at an instant: one query for the places."""
    duties = duties_on(on, as_known)
    for pk, cell in _cells_then(places.order_by().values("pk"), on, as_known):
        yield pk, duties.resolve(cell)


class PlaceDuties(ScopedQuerySet[PlaceDuty]):
    """Duties for single places, of the places the actor may see."""

    entry = PlaceDuty

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(place_visible_to(actor))

    def in_force(self, on: date, as_known: datetime | None = None) -> Self:
        return self.filter(in_force(on), believed(as_known))


class Exclusions(ScopedQuerySet[Exclusion]):
    """Exclusions of the places the actor may see."""

    entry = Exclusion

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(place_visible_to(actor))


class Standings(ScopedQuerySet[Standing]):
    """On which steps the places the actor may see stood, and were believed to stand."""

    entry = Standing

    def scoped_to(self, actor: Any) -> Self:
        return self.filter(place_visible_to(actor))

    def course_of(self, place: Entity, on: date) -> Self:
        """What is believed of a place up to a day, the latest first."""
        return self.filter(believed(), entity=place, on__lte=on).select_related("by").order_by("-on")


PLACES_HELD = N_("active places: %(count)s (move them to another unit or end them)")


def places_held_by(unit: Unit, on: date) -> Holding:
    """The places that still stand in a unit on a day or later: what keeps it from ending (`settings.UNIT_HOLDS`)."""
    if unit.kind not in (UnitKind.SUBDISTRICT, UnitKind.COMMUNITY, UnitKind.GRID):
        return Holding(PLACES_HELD, 0)
    return Holding(
        PLACES_HELD, Entity.objects.filter(PRESENT, lasting_on(on), **{unit.kind: unit.pk}).count()
    )
