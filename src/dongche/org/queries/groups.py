"""Working groups and their tasks: who sees them, who sits in them on a day, and who may do what with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db.models import Q

from dongche.kit import clock
from dongche.org.models import GroupMember, GroupTask, GroupText, Officer, Post, TaskEntry, WorkingGroup
from dongche.org.queries.reach import subdistricts_with
from dongche.org.queries.scope import scope_of
from dongche.web.periods import believed, in_force
from dongche.web.scoping import Row, ScopedQuerySet

FOUNDS = "org.groups"
Part = GroupMember.Part
RUNS = frozenset({Part.LEADER, Part.DEPUTY, Part.OFFICE})
ORDER = {part: place for place, part in enumerate(Part.values)}


class _OfGroups(ScopedQuerySet[Row]):
    """Rows of working groups: those of the sub-districts one serves in or looks down on, and those one sits in."""

    to_group = "group__"

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        if scope.is_empty:
            return self.none()
        posts, to = actor.acting_posts_on(clock.today()), self.to_group
        mine = {post.unit.subdistrict_id or post.unit_id for post in posts}
        seats = GroupMember.objects.filter(
            in_force(clock.today()), believed(), _held_by(scope.officers, posts)
        ).values("group")
        reach = Q(**{f"{to}unit__subdistrict__in": mine}) | Q(**{f"{to}unit__in": mine})
        reach |= Q(**{f"{to.removesuffix('__') or 'pk'}__in": seats})
        if scope.has_superior:
            reach |= (
                Q(**{f"{to}unit__district__in": scope.districts})
                | Q(**{f"{to}unit__city__in": scope.cities})
                | Q(**{f"{to}unit__province__in": scope.provinces})
            )
        return self.filter(reach)


def _held_by(officers: Collection[int], posts: Iterable[Post]) -> Q:
    """The seats of these officers, and those that go with these posts."""
    found = Q(officer__in=officers)
    for unit, role in {(post.unit_id, post.role) for post in posts}:
        found |= Q(unit=unit, role=role)
    return found


class WorkingGroups(_OfGroups[WorkingGroup]):
    """Working groups: no secret to whoever serves in their sub-district."""

    entry = WorkingGroup
    to_group = ""

    def in_force(self, on: date) -> Self:
        return self.filter(in_force(on))

    def sat_in_by(self, actor: Any, on: date) -> Self:
        """Those in which the actor, or somebody they act for, has a seat."""
        if not isinstance(actor, Officer):
            return self.none()
        held = _held_by(scope_of(actor).officers, actor.acting_posts_on(on))
        return self.filter(pk__in=GroupMember.objects.filter(in_force(on), believed(), held).values("group"))


class GroupMembers(_OfGroups[GroupMember]):
    """The seats of working groups."""

    entry = GroupMember

    def believed(self) -> Self:
        return self.filter(believed())


class GroupTexts(_OfGroups[GroupText]):
    """The duties and standards of working groups."""

    entry = GroupText

    def in_force(self, on: date) -> Self:
        return self.filter(believed(), in_force(on))


class GroupTasks(_OfGroups[GroupTask]):
    """The tasks of working groups."""

    entry = GroupTask

    def undone(self) -> Self:
        """Those for which their owner still has something to do."""
        return self.filter(state__in=GroupTask.UNDONE)

    def overdue(self, on: date) -> Self:
        return self.undone().filter(due_on__lt=on)

    def finished(self) -> Self:
        """Reported as done, confirmed or not."""
        return self.filter(state__in=("done", "confirmed"))

    def of(self, actor: Any) -> Self:
        """Those that the actor, or somebody they act for, owns or helps with."""
        mine = scope_of(actor).officers
        helped = GroupTask.helpers.through.objects.filter(officer__in=mine).values("grouptask")
        return self.filter(Q(owner__in=mine) | Q(pk__in=helped))


class TaskEntries(_OfGroups[TaskEntry]):
    """The history of tasks."""

    entry = TaskEntry
    to_group = "task__group__"


@dataclass(frozen=True)
class Seat:
    """A seat on a day: `officer` None where a post is vacant; `post` where the seat goes with it."""

    row: GroupMember
    officer: Officer | None
    post: Post | None = None

    @property
    def part(self) -> str:
        return self.row.part


def seats_on(groups: Collection[int], on: date) -> Mapping[int, list[Seat]]:
    """This function will say who sits in these groups (ids) on a day, leaders first.

    Shape: two queries, however many groups; a vacant post is a seat without an officer
    """
    sitting = GroupMember.objects.filter(in_force(on), believed(), group__in=groups)
    rows = list(sitting.select_related("officer", "unit").order_by("pk"))
    by_post: dict[tuple[int, str], list[Post]] = defaultdict(list)
    units = {row.unit_id for row in rows if row.unit_id}
    if units:
        held = Post.objects.filter(in_force(on), believed(), unit__in=units, officer__is_active=True)
        for post in held.select_related("officer").order_by("from_on", "pk"):
            by_post[post.unit_id, post.role].append(post)
    found: dict[int, list[Seat]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: ORDER[row.part]):
        if row.officer is not None:
            if row.officer.is_active:
                found[row.group_id].append(Seat(row, row.officer))
            continue
        posts = by_post[row.unit_id or 0, row.role]
        found[row.group_id] += [Seat(row, post.officer, post) for post in posts] or [Seat(row, None)]
    return found


def seated(seats: Iterable[Seat]) -> dict[int, Officer]:
    """The officers who sit, each once, in the order of their parts."""
    return {seat.officer.pk: seat.officer for seat in seats if seat.officer is not None}


def helpers_of(tasks: Collection[int]) -> Mapping[int, list[Officer]]:
    """Who helps with these tasks (ids): one query."""
    found: dict[int, list[Officer]] = defaultdict(list)
    held = GroupTask.helpers.through.objects.filter(grouptask__in=tasks).select_related("officer")
    for row in held.order_by("pk"):
        found[row.grouptask_id].append(row.officer)
    return found


def confirmers(seats: Collection[Seat], owner_id: int | None) -> list[Officer]:
    """Who confirms a task: the leaders but never its owner; without another leader, the deputies.

    Empty: then it is for whoever keeps the groups of the sub-district
    """
    for part in (Part.LEADER, Part.DEPUTY):
        found = seated(seat for seat in seats if seat.part == part)
        found.pop(owner_id or 0, None)
        if found:
            return list(found.values())
    return []


def founds(actor: Any, home_id: int) -> bool:
    """Whether a post of today lets the actor found and keep groups of this sub-district or unit (its id)."""
    if not isinstance(actor, Officer):
        return True
    return actor.is_superuser or home_id in subdistricts_with(actor, (FOUNDS,))


@dataclass(frozen=True)
class Rights:
    """What somebody may do in a group: `runs` members, texts and tasks, `founds` also the group itself."""

    founds: bool
    runs: bool
    officers: frozenset[int]
    seats: Collection[Seat]
    actor_id: int | None

    def owns(self, task: GroupTask) -> bool:
        return self.actor_id is None or task.owner_id in self.officers

    def works(self, task: GroupTask, helpers: Collection[int]) -> bool:
        return self.owns(task) or self.runs or not self.officers.isdisjoint(helpers)

    def confirms(self, task: GroupTask) -> bool:
        """The leader, or whoever acts for them; never who owns the task."""
        if self.actor_id is None:
            return True
        if self.actor_id == task.owner_id:
            return False
        named = confirmers(self.seats, task.owner_id)
        if not named:
            return self.founds
        return any(officer.pk in self.officers for officer in named)


def rights_in(actor: Any, group: WorkingGroup, on: date, seats: Collection[Seat] | None = None) -> Rights:
    """What the actor may do in a group on a day; the system itself may everything."""
    if seats is None:
        seats = seats_on([group.pk], on)[group.pk]
    may_found = founds(actor, group.home_id)
    if not isinstance(actor, Officer):
        return Rights(True, True, frozenset(), seats, None)
    mine = scope_of(actor).officers
    runs = any(seat.officer and seat.officer.pk in mine and seat.part in RUNS for seat in seats)
    return Rights(may_found, may_found or runs, mine, seats, actor.pk)
