"""What one officer hands over to another: what it is, counted before the deed; rooms above add steps of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from dongche.org.models import Leave, Officer, Post, Sponsorship, WorkItem
from dongche.org.roles import PostRole
from dongche.web.periods import believed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

GROUP_KINDS = "org.group_"


@dataclass(frozen=True)
class Handing:
    """Posts that go from an officer to a successor from a day on; without a successor they fall vacant.

    With `places`, the places they answer for by name go along; with `work`, what they have to do; with `groups`, their
    seats and tasks in working groups, together with what they have to do there.
    """

    officer: Officer
    successor: Officer | None
    posts: tuple[Post, ...]
    from_on: date
    places: bool = True
    work: bool = True
    groups: bool = True

    @property
    def subdistricts(self) -> frozenset[int]:
        return frozenset(post.unit.subdistrict_id or post.unit_id for post in self.posts)


@dataclass(frozen=True)
class Step:
    """What a room above hands over as well, in the same transaction.

    `count` says beforehand how many rows `move` will move; `move` gives what the audit log keeps of it.
    """

    name: str
    label: StrOrPromise
    count: Callable[[Handing], int]
    move: Callable[[Handing, datetime], Mapping[str, Any]]


@dataclass(frozen=True)
class Acting:
    """An absence in which whoever hands over acts; afterwards `acts` does, or nobody."""

    leave: Leave
    acts: Officer | None


@dataclass(frozen=True)
class Plan:
    """What a hand-over would move; `parts` are the steps of rooms above with their counts."""

    handing: Handing
    posts: Sequence[Post]
    sponsorships: Sequence[Sponsorship]
    acting: Sequence[Acting]
    work: int
    parts: Sequence[tuple[Step, int]]


def steps() -> list[Step]:
    """The steps of the rooms above, in the order of settings.HAND_OVER_STEPS."""
    return [import_string(name) for name in settings.HAND_OVER_STEPS]


def still_held(from_on: date) -> Q:
    """What is held on the day or begins later."""
    return believed() & (Q(until_on__isnull=True) | Q(until_on__gt=from_on))


def posts_of(officer: Officer, from_on: date) -> list[Post]:
    """The posts of an officer that could be handed over from a day on."""
    held = Post.objects.filter(still_held(from_on), officer=officer).select_related("unit")
    return list(held.order_by("unit__code", "role", "from_on"))


def sponsorships_of(handing: Handing) -> list[Sponsorship]:
    """The sponsorships that go along: those of a leader who hands over that post."""
    if not any(post.role == PostRole.DIVISION_LEADER for post in handing.posts):
        return []
    held = Sponsorship.objects.filter(
        still_held(handing.from_on),
        leader=handing.officer,
        community__subdistrict__in=handing.subdistricts,
    )
    return list(held.select_related("community").order_by("community__code"))


def acting_of(handing: Handing) -> list[Acting]:
    """The absences, of today or named beforehand, in which somebody else has to act from the day on.

    Whoever hands over goes on acting for others of a sub-district in which they keep a post. Nobody acts for
    themselves: where the successor is the one who is away, nobody acts any more.
    """
    kept = Post.objects.filter(still_held(handing.from_on), officer=handing.officer).exclude(
        pk__in=[post.pk for post in handing.posts]
    )
    left = handing.subdistricts - set(kept.values_list("unit__subdistrict", flat=True))
    here = Post.objects.filter(believed(), unit__subdistrict__in=left).values("officer")
    found = Leave.objects.filter(
        still_held(handing.from_on), substitute=handing.officer, officer__in=here
    ).select_related("officer")
    return [
        Acting(leave, None if leave.officer == handing.successor else handing.successor)
        for leave in found.order_by("from_on", "pk")
    ]


def work_of(handing: Handing) -> QuerySet[WorkItem]:
    """The open things to do that go along: those of working groups with the groups, all others with the work."""
    of_groups = Q(kind__startswith=GROUP_KINDS)
    wanted = of_groups if handing.groups else Q(pk__in=())
    if handing.work:
        wanted |= ~of_groups
    return WorkItem.objects.filter(
        wanted, officer=handing.officer, closed_at__isnull=True, subdistrict__in=handing.subdistricts
    )


def plan(handing: Handing) -> Plan:
    """What the hand-over would move, without moving anything."""
    return Plan(
        handing,
        handing.posts,
        sponsorships_of(handing),
        acting_of(handing),
        work_of(handing).count(),
        [(step, step.count(handing)) for step in steps()],
    )
