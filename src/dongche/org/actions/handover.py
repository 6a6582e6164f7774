"""A hand-over: everything that hangs on an officer's posts goes to a successor in one action (S30)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.actions.posts import LastAdministrator, _fitting_unit
from dongche.org.audit import Actor, action, record
from dongche.org.dated import handed_on, no_overlap, refuse_past
from dongche.org.handing import Acting, Handing, acting_of, sponsorships_of, steps, work_of
from dongche.org.models import Leave, Officer, Post
from dongche.org.queries import refuse_out_of_reach, within_reach
from dongche.org.roles import PostRole
from dongche.web.periods import believed, in_force


class OwnSuccessor(Problem):
    code = "org.own_successor"
    message = N_("%(officer)s cannot hand over to themselves. Choose another officer.")


class SuccessorInactive(Problem):
    code = "org.successor_inactive"
    message = N_("%(officer)s has left and can take over nothing. Choose an officer who is active.")


class NothingToHandOver(Problem):
    code = "org.nothing_to_hand_over"
    status = 409
    message = N_(
        "%(officer)s holds none of these posts from %(from_on)s on any more; nothing was changed. Load the page again."
    )


class SuccessorOutOfReach(Problem):
    code = "org.successor_out_of_reach"
    status = 403
    message = N_(
        "%(officer)s serves in another sub-district, and you may hand nothing over to them. Choose an officer of "
        "yours, or one who holds no post yet."
    )


class NoAdministratorLeft(LastAdministrator):
    code = "org.no_administrator_left"
    message = N_(
        "This is the last post of an administrator of officers in %(unit)s: without it nobody could invite officers "
        "there any more. Name a successor."
    )


@action("org.hand_over")
def hand_over(
    *,
    officer: Officer,
    successor: Officer | None,
    posts: Sequence[Post],
    from_on: date,
    by: Actor,
    at: datetime,
    places: bool = True,
    work: bool = True,
    groups: bool = True,
    reason: str = "",
) -> list[Post]:
    """Hand posts over from a day on, with what hangs on them: sponsorships, open work, places held by name, seats and
    tasks in working groups, and absences in which they act for somebody.

    Without a successor the posts fall vacant. It is taken back by handing over the other way round.

    Shape:  the posts of the successor; one audit row for the whole, with its parts
    Raises: OwnSuccessor, SuccessorInactive, OutOfReach, SuccessorOutOfReach, NothingToHandOver, NoAdministratorLeft,
            WrongUnitForPost, ReasonNeeded, PeriodOverlaps
    """
    if successor == officer:
        raise OwnSuccessor(officer=officer.name)
    if successor is not None and not successor.is_active:
        raise SuccessorInactive(officer=successor.name)
    refuse_past(from_on, at, reason)
    held = Post.objects.select_for_update().filter(
        believed(), pk__in=[post.pk for post in posts], officer=officer
    )
    handing = Handing(
        officer, successor, tuple(held.select_related("unit").order_by("pk")), from_on, places, work, groups
    )
    over = [post for post in handing.posts if post.until_on is not None and post.until_on <= from_on]
    if not handing.posts or over or len(handing.posts) != len(posts):
        raise NothingToHandOver(officer=officer.name, from_on=from_on)
    for post in handing.posts:
        refuse_out_of_reach(by, post.unit)
    if successor is not None and not within_reach(by, successor):
        raise SuccessorOutOfReach(officer=successor.name)
    _refuse_nobody(handing)
    acting = acting_of(handing)
    sponsored, items = sponsorships_of(handing), list(work_of(handing).values_list("pk", flat=True))
    parts = {step.name: dict(step.move(handing, at)) for step in steps()}
    with no_overlap(from_on, ", ".join(str(post.get_role_display()) for post in handing.posts)):
        given = _move_posts(handing, at)
        _move_acting(acting, from_on, at)
        sponsors = handed_on(sponsored, from_on, at, {"leader": successor} if successor else None)
    work_of(handing).update(officer=successor)
    record(
        "officer",
        officer.pk,
        by=by,
        at=at,
        before={
            "posts": [post.pk for post in handing.posts],
            "sponsorships": [held.pk for held in sponsored],
        },
        after={
            "successor_id": successor and successor.pk,
            "from_on": from_on.isoformat(),
            "posts": [post.pk for post in given],
            "sponsorships": [held.pk for held in sponsors],
            "work": items,
            "acting": [one.leave.pk for one in acting],
            **parts,
        },
        reason=reason,
        within=handing.posts[0].unit,
    )
    return given


def _move_posts(handing: Handing, at: datetime) -> list[Post]:
    """The posts the successor holds then. Whoever holds one beside the officer already keeps it as it is."""
    for post in handing.posts:
        _fitting_unit(post.role, post.unit)
    successor, from_on = handing.successor, handing.from_on
    if successor is None:
        handed_on(handing.posts, from_on, at, None)
        return []
    own = Post.objects.filter(believed(), in_force(from_on), officer=successor, until_on__isnull=True)
    shared = set(own.values_list("unit_id", "role"))
    double = [post for post in handing.posts if (post.unit_id, post.role) in shared]
    handed_on(double, from_on, at, None)
    alone = [post for post in handing.posts if post not in double]
    return handed_on(alone, from_on, at, {"officer": successor})


def _move_acting(acting: Sequence[Acting], from_on: date, at: datetime) -> None:
    """Each absence goes on as it is but for who acts; one that has begun keeps its days so far."""
    by_substitute: dict[Officer | None, list[Leave]] = {}
    for one in acting:
        by_substitute.setdefault(one.acts, []).append(one.leave)
    for substitute, leaves in by_substitute.items():
        handed_on(leaves, from_on, at, {"substitute": substitute})


def _refuse_nobody(handing: Handing) -> None:
    """Raises: NoAdministratorLeft – the last administrator would leave without a successor"""
    if handing.successor is not None:
        return
    for post in handing.posts:
        if post.role == PostRole.ADMINISTRATOR:
            others = Post.objects.filter(
                believed(), in_force(handing.from_on), unit=post.unit, role=post.role, officer__is_active=True
            ).exclude(officer=handing.officer)
            if not others.exists():
                raise NoAdministratorLeft(unit=post.unit.name)
