"""What a unit still holds: whatever would be left without it when it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from dongche.kit.messages import N_
from dongche.org.models import GroupMember, LineRule, Post, Sponsorship, Unit, WorkingGroup
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


def held_by(unit: Unit, on: date) -> list[Holding]:
    """This function will give what a unit holds on a day or later; nothing where a count is nought.

    Rooms above add what they know by `settings.UNIT_HOLDS`.
    """
    lasting = believed() & lasting_on(on)
    own = (
        Holding(UNITS, Unit.objects.filter(lasting_on(on), parent=unit).count()),
        Holding(POSTS, Post.objects.filter(lasting, unit=unit).count()),
        Holding(SPONSORSHIPS, Sponsorship.objects.filter(lasting, community=unit).count()),
        Holding(RULES, LineRule.objects.filter(lasting).filter(Q(department=unit) | Q(subdistrict=unit)).count()),
        Holding(GROUPS, WorkingGroup.objects.filter(lasting_on(on), unit=unit).count()),
        Holding(SEATS, GroupMember.objects.filter(lasting, unit=unit).count()),
    )  # fmt: skip
    return [holding for holding in (*own, *_from_above(unit, on)) if holding.number]


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


def lasting_on(on: date) -> Q:
    return Q(until_on__isnull=True) | Q(until_on__gt=on)


def _from_above(unit: Unit, on: date) -> list[Holding]:
    checks: list[Check] = [import_string(path) for path in settings.UNIT_HOLDS]
    return [check(unit, on) for check in checks]
