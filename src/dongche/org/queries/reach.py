"""Whom an administrator may bring in, move and let go: by the posts that carry the duty, and by no other post.

Somebody who administers officers in one sub-district and serves in another one as something else must not gain the
second by the first.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import Officer, Post, Unit, UnitKind
from dongche.org.roles import ROLES
from dongche.web.periods import believed

PEOPLE = "org.people"
GIVES_POSTS = frozenset({PEOPLE, "org.write"})


class OutOfReach(Problem):
    code = "org.out_of_reach"
    status = 403
    message = N_(
        "%(unit)s lies outside the sub-district in which you may give or end posts. Ask the administrator there."
    )


def subdistricts_with(actor: Officer, permissions: Collection[str] = (PEOPLE,)) -> frozenset[int]:
    """The ids of the sub-districts in which a post of today, held or acted in, carries one of the permissions."""
    return frozenset(
        post.unit.subdistrict_id or post.unit_id
        for post in actor.acting_posts_on(clock.today())
        if not ROLES[post.role].permissions.isdisjoint(permissions)
    )


class NotAdministered(Problem):
    code = "org.not_administered"
    status = 403
    message = N_(
        "%(officer)s also serves outside your sub-district, or keeps this whole installation; only an administrator "
        "who reaches all of that may change their account. Ask the administrator there."
    )


def refuse_out_of_reach(by: Any, unit: Unit) -> None:
    """Only where one keeps the organisation may one give or end a post; the system itself may everywhere.

    Raises: OutOfReach
    """
    if not isinstance(by, Officer) or by.is_superuser:
        return
    subdistrict = unit.pk if unit.kind == UnitKind.SUBDISTRICT else unit.subdistrict_id
    if subdistrict not in subdistricts_with(by, GIVES_POSTS):
        raise OutOfReach(unit=unit.name)


def unattached() -> QuerySet[Officer]:
    """Active officers who never held a post anywhere: newcomers, who belong to no sub-district yet."""
    held = Post.objects.filter(believed(), officer=OuterRef("pk"))
    return Officer.objects.filter(~Exists(held), is_active=True, is_superuser=False)


def within_reach(by: Any, officer: Officer) -> bool:
    """Whether somebody may give posts to an officer: to those of the sub-districts they keep, and to newcomers."""
    if not isinstance(by, Officer) or by.is_superuser:
        return True
    here = serving_in(subdistricts_with(by, GIVES_POSTS), clock.today())
    return here.filter(pk=officer.pk).exists() or unattached().filter(pk=officer.pk).exists()


def serving_in(subdistricts: Collection[int], today: date) -> QuerySet[Officer]:
    """Officers with a post in these sub-districts, of today, to come, or long ended.

    Empty: whoever has left for another place, and holds posts there alone, is no longer among them
    """
    posts = Post.objects.filter(believed(), officer=OuterRef("pk"))
    here = posts.filter(unit__subdistrict__in=subdistricts)
    ahead = Q(until_on__isnull=True) | Q(until_on__gt=today)
    return Officer.objects.filter(
        Exists(here), Exists(here.filter(ahead)) | ~Exists(_elsewhere(subdistricts, today))
    )


def administered_by(actor: Officer) -> QuerySet[Officer]:
    """Officers whose accounts the actor may change: nobody who serves elsewhere too, nobody who keeps everything."""
    if actor.is_superuser:
        return Officer.objects.all()
    within, today = subdistricts_with(actor), clock.today()
    return serving_in(within, today).filter(~Exists(_elsewhere(within, today)), is_superuser=False)


def refuse_foreign(by: Any, officer: Officer) -> None:
    """Raises: NotAdministered – the account of this officer is not the actor's to change"""
    if isinstance(by, Officer) and not administered_by(by).filter(pk=officer.pk).exists():
        raise NotAdministered(officer=officer.name)


def without_password() -> Q:
    """Officers who cannot sign in with a password, because none was ever set."""
    return Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def _elsewhere(subdistricts: Collection[int], today: date) -> QuerySet[Post]:
    ahead = Q(until_on__isnull=True) | Q(until_on__gt=today)
    inside = Q(unit__subdistrict__in=subdistricts)
    outside = Q(unit__subdistrict__isnull=True) | ~inside
    return Post.objects.filter(ahead, outside, believed(), officer=OuterRef("pk"))
