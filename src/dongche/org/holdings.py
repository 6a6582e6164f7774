"""What a unit still holds: whatever would be left without it when it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from dongche.kit.messages import N_
from dongche.org.models import (
    GroupMember,
    LineRule,
    PlannedChange,
    Post,
    Sponsorship,
    Unit,
    UnitRevision,
    WorkingGroup,
)
from dongche.web.periods import believed


class Holding(NamedTuple):
    """How many of something a unit holds; `what` is a message with `%(count)s` that also says what to do."""

    what: str
    number: int

    def __str__(self) -> str:
        return gettext(self.what) % {"count": self.number}


UNITS = N_("units below: %(count)s (end or move them)")
POSTS = N_("posts: %(count)s (end them or hand them over)")
SPONSORSHIPS = N_("sponsorships: %(count)s (end them)")
RULES = N_("line rules: %(count)s (end them or give them to another department)")
GROUPS = N_("working groups: %(count)s (end them)")
SEATS = N_("seats in working groups that go with a post here: %(count)s (end them)")

Check = Callable[[Unit, date], Holding]


def held_by(unit: Unit, on: date, *, with_rooms_above: bool = True) -> list[Holding]:
    """This function will give what a unit holds on a day or later; nothing where a count is nought.

    Rooms above add what they know by `settings.UNIT_HOLDS`.
    """
    lasting = believed() & lasting_on(on)
    own = (
        Holding(UNITS, _units_below(unit, on)),
        Holding(POSTS, Post.objects.filter(lasting, unit=unit).count()),
        Holding(SPONSORSHIPS, Sponsorship.objects.filter(lasting, community=unit).count()),
        Holding(RULES, LineRule.objects.filter(lasting).filter(Q(department=unit) | Q(subdistrict=unit)).count()),
        Holding(GROUPS, WorkingGroup.objects.filter(lasting_on(on), unit=unit).count()),
        Holding(SEATS, GroupMember.objects.filter(lasting, unit=unit).count()),
    )  # fmt: skip
    above = _from_above(unit, on) if with_rooms_above else []
    return [holding for holding in (*own, *above) if holding.number]


def tied_to_place(unit: Unit, on: date) -> list[Holding]:
    """This function will give what a unit holds that also names the sub-district or community around it."""
    lasting = believed() & lasting_on(on)
    own = (
        Holding(SPONSORSHIPS, Sponsorship.objects.filter(lasting, community=unit).count()),
        Holding(
            RULES,
            LineRule.objects.filter(lasting).filter(Q(department=unit) | Q(department__parent=unit)).count(),
        ),
    )
    return [holding for holding in (*own, *_from_above(unit, on)) if holding.number]


def to_be_moved() -> Any:
    """The ids of units that will stand under another one from a day to come."""
    moves = PlannedChange.objects.filter(kind=PlannedChange.Kind.MOVE, done_at=None, withdrawn_at=None)
    return moves.values("unit")


def _units_below(unit: Unit, on: date) -> int:
    """How many stand under a unit on a day or later, those that are moved there later included."""
    under = UnitRevision.objects.filter(believed(), lasting_on(on), parent=unit, unit=OuterRef("pk"))
    units = Unit.objects.filter(Q(parent=unit) | Q(pk__in=to_be_moved()))
    return units.filter(Exists(under)).count()


def lasting_on(on: date) -> Q:
    return Q(until_on__isnull=True) | Q(until_on__gt=on)


def _from_above(unit: Unit, on: date) -> list[Holding]:
    checks: list[Check] = [import_string(path) for path in settings.UNIT_HOLDS]
    return [check(unit, on) for check in checks]
