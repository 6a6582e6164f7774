"""Posts and sponsorships: who holds them, from a day to a day."""

from __future__ import annotations

from datetime import date, datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.dated import ended, no_overlap, refuse_past
from dongche.org.models import Officer, Post, Sponsorship, Unit, UnitKind
from dongche.org.queries import refuse_out_of_reach
from dongche.org.roles import ROLES, PostRole
from dongche.web.periods import DatedBelief, believed, in_force


class WrongUnitForPost(Problem):
    code = "org.wrong_unit_for_post"
    message = N_(
        "The post “%(role)s” belongs in a unit of the kind %(expected)s, but %(unit)s is a %(given)s."
    )


class LastAdministrator(Problem):
    code = "org.last_administrator"
    status = 409
    message = N_(
        "This is the last post of an administrator of officers in %(unit)s, and it is yours: without it nobody could "
        "invite officers there any more. Appoint another administrator first."
    )


@action("org.appoint")
def appoint(
    *,
    officer: Officer,
    unit: Unit,
    role: str,
    from_on: date,
    by: Actor,
    at: datetime,
    until_on: date | None = None,
    reason: str = "",
) -> Post:
    """Give an officer a post in a unit from a day on.

    Raises: WrongUnitForPost, OutOfReach, ReasonNeeded, PeriodOverlaps
    """
    _fitting_unit(role, unit)
    refuse_out_of_reach(by, unit)
    refuse_past(from_on, at, reason)
    with no_overlap(from_on, f"{PostRole(role).label} / {unit.name}"):
        post = Post.objects.create(
            officer=officer, unit=unit, role=role, from_on=from_on, until_on=until_on, known_at=at
        )
    record("post", post.pk, by=by, at=at, after=_told(post), reason=reason, within=unit)
    return post


def _fitting_unit(role: str, unit: Unit) -> None:
    """Raises: WrongUnitForPost – posts of this role are not held in such a unit"""
    expected = ROLES[role].unit_kinds
    if unit.kind not in expected:
        raise WrongUnitForPost(
            role=PostRole(role).label,
            expected="/".join(str(UnitKind(kind).label) for kind in expected),
            unit=unit.name,
            given=UnitKind(unit.kind).label,
        )


@action("org.end_post")
def end_post(*, post: Post, until_on: date, by: Actor, at: datetime, reason: str = "") -> Post:
    """End a post: `until_on` is the first day without it.

    Raises: OutOfReach, LastAdministrator, and what `dated.ended` refuses
    """
    refuse_out_of_reach(by, post.unit)
    if post.role == PostRole.ADMINISTRATOR and post.officer_id == by.officer_id:
        _refuse_last_administrator(post, until_on)
    new = ended(post, until_on, at=at, reason=reason)
    before, after = _told(post), _told(new)
    record("post", new.pk, by=by, at=at, before=before, after=after, reason=reason, within=post.unit)
    return new


def _refuse_last_administrator(post: Post, until_on: date) -> None:
    """Raises: LastAdministrator – nobody else could give posts from that day on"""
    others = Post.objects.filter(
        believed(), in_force(until_on), unit=post.unit_id, role=post.role, officer__is_active=True
    ).exclude(officer=post.officer_id)
    if not others.exists():
        raise LastAdministrator(unit=post.unit.name)


@action("org.sponsor_community")
def sponsor_community(
    *, leader: Officer, community: Unit, from_on: date, by: Actor, at: datetime, reason: str = ""
) -> Sponsorship:
    """Put a community in a division-level leader's charge from a day on (S18).

    Raises: WrongUnitForPost, ReasonNeeded, PeriodOverlaps
    """
    if community.kind != UnitKind.COMMUNITY:
        raise WrongUnitForPost(
            role="sponsor",
            expected=UnitKind.COMMUNITY.label,
            unit=community.name,
            given=UnitKind(community.kind).label,
        )
    refuse_past(from_on, at, reason)
    with no_overlap(from_on, community.name):
        sponsorship = Sponsorship.objects.create(
            leader=leader, community=community, from_on=from_on, known_at=at
        )
    after = _told(sponsorship)
    record("sponsorship", sponsorship.pk, by=by, at=at, after=after, reason=reason, within=community)
    return sponsorship


@action("org.end_sponsorship")
def end_sponsorship(
    *, sponsorship: Sponsorship, until_on: date, by: Actor, at: datetime, reason: str = ""
) -> Sponsorship:
    """End a sponsorship: `until_on` is the first day without it.

    Raises: what `dated.ended` refuses
    """
    new = ended(sponsorship, until_on, at=at, reason=reason)
    before, after, within = _told(sponsorship), _told(new), sponsorship.community
    record("sponsorship", new.pk, by=by, at=at, before=before, after=after, reason=reason, within=within)
    return new


def _told(dated: DatedBelief) -> dict[str, object]:
    """What the audit log keeps of a duty: ids and days."""
    held = {
        name: getattr(dated, name)
        for name in ("officer_id", "leader_id", "unit_id", "community_id", "role")
        if hasattr(dated, name)
    }
    until = dated.until_on and dated.until_on.isoformat()
    return {**held, "row": dated.pk, "from_on": dated.from_on.isoformat(), "until_on": until}
