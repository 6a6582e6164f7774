"""The administration of officers: bringing somebody in with a first post, moving them on, and letting them go.

Each of these asks whether whoever acts may touch that unit or officer at all, whatever form or command it came from.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.actions.officers import create_officer
from dongche.org.actions.posts import appoint, end_post
from dongche.org.audit import CHANGED, HIDDEN, Actor, action, record
from dongche.org.models import Leave, Officer, Post, Unit, WorkItem
from dongche.org.queries import refuse_foreign
from dongche.web.periods import believed


class StillHoldsPosts(Problem):
    code = "org.still_holds_posts"
    status = 409
    message = N_(
        "%(officer)s still holds %(count)s posts (%(posts)s). Hand them over or end them first, so that nobody is left "
        "without the person who answers for them."
    )


class StillHasWork(Problem):
    code = "org.still_has_work"
    status = 409
    message = N_(
        "%(officer)s still has %(count)s open things to do. Hand them over to somebody else first; nothing was changed."
    )


class StillActs(Problem):
    code = "org.still_acts"
    status = 409
    message = N_(
        "%(officer)s is to act for %(others)s. Name another substitute there first; nothing was changed."
    )


class AlreadySo(Problem):
    code = "org.already_so"
    status = 409
    message = N_("The account of %(officer)s is like that already; nothing was changed.")


class OwnAccount(Problem):
    code = "org.own_account"
    status = 409
    message = N_("This is your own account. Another administrator has to close it.")


@action("org.bring_in")
def bring_in(
    *,
    username: str,
    name: str,
    phone: str,
    unit: Unit,
    role: str,
    from_on: date,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Officer:
    """Create an officer with a first post. They cannot sign in before they have used an invitation.

    Raises: OfficerExists, and what `appoint` refuses
    """
    officer = create_officer(username=username, name=name, phone=phone, by=by, at=at, within=unit)
    appoint(officer=officer, unit=unit, role=role, from_on=from_on, by=by, at=at, reason=reason)
    after = {"unit_id": unit.pk, "role": role, "from_on": from_on.isoformat()}
    record("officer", officer.pk, by=by, at=at, after=after, reason=reason, within=unit)
    return officer


@action("org.change_post")
def change_post(
    *, post: Post, unit: Unit, role: str, from_on: date, by: Actor, at: datetime, reason: str = ""
) -> Post:
    """Move an officer from one post to another: from a day on they hold the new one, and the old one no longer.

    Raises: what `end_post` and `appoint` refuse
    """
    end_post(post=post, until_on=from_on, by=by, at=at, reason=reason)
    new = appoint(
        officer=post.officer,
        unit=unit,
        role=role,
        from_on=from_on,
        until_on=post.until_on if post.until_on and post.until_on > from_on else None,
        by=by,
        at=at,
        reason=reason,
    )
    before = {"row": post.pk, "unit_id": post.unit_id, "role": post.role}
    after = {"row": new.pk, "unit_id": unit.pk, "role": role, "from_on": from_on.isoformat()}
    record("officer", post.officer_id, by=by, at=at, before=before, after=after, reason=reason, within=unit)
    return new


@action("org.correct_officer")
def correct_officer(
    *, officer: Officer, name: str, phone: str, by: Actor, at: datetime, reason: str = ""
) -> Officer:
    """Correct how an officer is called and reached. An empty phone leaves the one there is.

    Raises: NotAdministered
    """
    refuse_foreign(by, officer)
    changed = [
        field
        for field, value in (("name", name), ("phone", phone))
        if value and value != getattr(officer, field)
    ]
    officer.name = name or officer.name
    officer.phone = phone or officer.phone
    officer.save(update_fields=["name", "phone"])
    before, after = dict.fromkeys(changed, HIDDEN), dict.fromkeys(changed, CHANGED)
    record("officer", officer.pk, by=by, at=at, before=before, after=after, reason=reason, within=officer)
    return officer


@action("org.deactivate")
def deactivate(*, officer: Officer, reason: str, by: Actor, at: datetime) -> Officer:
    """Close an officer's account: they can sign in no more, and what they did stays theirs.

    Raises: OwnAccount, NotAdministered, AlreadySo, StillHoldsPosts, StillHasWork, StillActs
    """
    if officer.pk == by.officer_id:
        raise OwnAccount
    refuse_foreign(by, officer)
    officer = Officer.objects.select_for_update().get(pk=officer.pk)
    if not officer.is_active:
        raise AlreadySo(officer=officer.name)
    _refuse_ties(officer, clock.day_of(at))
    within = _last_unit(officer)
    officer.is_active = False
    officer.save(update_fields=["is_active"])
    before, after = {"is_active": True}, {"is_active": False}
    record("officer", officer.pk, by=by, at=at, before=before, after=after, reason=reason, within=within)
    return officer


@action("org.reactivate")
def reactivate(*, officer: Officer, reason: str, by: Actor, at: datetime) -> Officer:
    """Open an account again that was closed. Its posts do not come back by themselves.

    Raises: NotAdministered, AlreadySo
    """
    refuse_foreign(by, officer)
    officer = Officer.objects.select_for_update().get(pk=officer.pk)
    if officer.is_active:
        raise AlreadySo(officer=officer.name)
    officer.is_active = True
    officer.save(update_fields=["is_active"])
    before, after, within = {"is_active": False}, {"is_active": True}, _last_unit(officer)
    record("officer", officer.pk, by=by, at=at, before=before, after=after, reason=reason, within=within)
    return officer


@action("org.reveal_phone")
def reveal_phone(*, officer: Officer, reason: str, by: Actor, at: datetime) -> str:
    """Give the phone of an officer in full, and note who asked for it and why; the number itself stands in no log."""
    within = _last_unit(officer)
    record("officer", officer.pk, by=by, at=at, after={"field": "phone"}, reason=reason, within=within)
    return str(officer.phone)


def _refuse_ties(officer: Officer, today: date) -> None:
    """Raises: StillHoldsPosts, StillHasWork, StillActs"""
    ahead = Q(until_on__isnull=True) | Q(until_on__gt=today)
    posts = list(officer.posts.filter(ahead, believed()).select_related("unit").order_by("pk"))
    if posts:
        said = "; ".join(f"{post.get_role_display()} / {post.unit.name}" for post in posts)
        raise StillHoldsPosts(officer=officer.name, count=len(posts), posts=said)
    sponsored = officer.sponsorships.filter(ahead, believed()).select_related("community")
    if sponsored:
        said = "; ".join(one.community.name for one in sponsored)
        raise StillHoldsPosts(officer=officer.name, count=len(sponsored), posts=said)
    seats = officer.memberships.filter(ahead, believed()).select_related("group")
    if seats:
        said = "; ".join(f"{seat.get_part_display()} / {seat.group.name}" for seat in seats)
        raise StillHoldsPosts(officer=officer.name, count=len(seats), posts=said)
    work = WorkItem.objects.filter(officer=officer, closed_at__isnull=True).count()
    if work:
        raise StillHasWork(officer=officer.name, count=work)
    acting = Leave.objects.filter(ahead, believed(), substitute=officer).select_related("officer")
    if acting:
        raise StillActs(officer=officer.name, others="; ".join(leave.officer.name for leave in acting))


def _last_unit(officer: Officer) -> Unit | None:
    """Where they served last: whose headquarters may read what is done with their account."""
    last = officer.posts.filter(believed()).select_related("unit").order_by("-from_on", "-pk").first()
    return last.unit if last else None
