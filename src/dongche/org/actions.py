"""Every change to the organisation: units, officers, posts, sponsorships, line rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import LineRule, Officer, Post, Sponsorship, Unit, UnitKind
from dongche.org.roles import ROLES


class UnitExists(Problem):
    code = "org.unit_exists"
    status = 409
    message = N_("There is already a unit with the code %(unit)s. Give the new unit a code of its own.")


class OfficerExists(Problem):
    code = "org.officer_exists"
    status = 409
    message = N_("The user name %(username)s is taken. Choose another one.")


class WeakPassword(Problem):
    code = "org.weak_password"
    message = N_("This password is too easy to guess (%(reasons)s). Choose a longer one, of several words.")


class WrongUnitForPost(Problem):
    code = "org.wrong_unit_for_post"
    message = N_(
        "The post “%(role)s” belongs in a unit of the kind %(expected)s, but %(unit)s is a %(given)s."
    )


class PeriodOverlaps(Problem):
    code = "org.period_overlaps"
    status = 409
    message = N_(
        "From %(from_on)s on, %(what)s would be held twice. End what is in force first, or choose a later first day."
    )


class AlreadyEnded(Problem):
    code = "org.already_ended"
    status = 409
    message = N_("This ended on %(until_on)s already; nothing was changed.")


class EndBeforeStart(Problem):
    code = "org.end_before_start"
    message = N_("It began on %(from_on)s, so its last day cannot be before that; given was %(given)s.")


@action("org.create_unit")
def create_unit(
    *,
    kind: str,
    code: str,
    name: str,
    parent: Unit | None,
    from_on: date,
    by: Actor,
    at: datetime,
    polygon: Mapping[str, Any] | None = None,
) -> Unit:
    """Create a unit under its parent, with its stored ancestors."""
    if Unit.objects.filter(code=code).exists():
        raise UnitExists(unit=code)
    unit = Unit.objects.create(
        kind=kind,
        code=code,
        name=name,
        parent=parent,
        subdistrict=None if parent is None else (parent.subdistrict or parent),
        community=parent if parent is not None and parent.kind == UnitKind.COMMUNITY else None,
        polygon=polygon,
        from_on=from_on,
    )
    record(
        "unit", unit.pk, by=by, at=at, after={"code": code, "kind": kind, "parent": parent and parent.code}
    )
    return unit


@action("org.create_officer")
def create_officer(
    *,
    username: str,
    name: str,
    by: Actor,
    at: datetime,
    password: str | None = None,
    phone: str = "",
    is_superuser: bool = False,
) -> Officer:
    """Create an officer who can sign in (with a password) or only holds posts (without)."""
    if Officer.objects.filter(username=username).exists():
        raise OfficerExists(username=username)
    officer = Officer.objects.create_user(
        username, password, name=name, phone=phone, is_superuser=is_superuser, is_staff=is_superuser
    )
    record("officer", officer.pk, by=by, at=at, after={"username": username, "is_superuser": is_superuser})
    return officer


@action("org.set_password")
def set_password(*, officer: Officer, password: str, by: Actor, at: datetime) -> Officer:
    """Give an officer a password; where they are signed in, they must sign in again.

    Raises: WeakPassword – by the rules of AUTH_PASSWORD_VALIDATORS
    """
    try:
        validate_password(password, officer)
    except ValidationError as error:
        raise WeakPassword(reasons=" ".join(error.messages)) from None
    officer.set_password(password)
    officer.save(update_fields=["password"])
    record("officer", officer.pk, by=by, at=at, after={"password": "changed"})
    return officer


@action("org.appoint")
def appoint(*, officer: Officer, unit: Unit, role: str, from_on: date, by: Actor, at: datetime) -> Post:
    """Give an officer a post in a unit from a day on."""
    expected = ROLES[role].unit_kinds
    if unit.kind not in expected:
        raise WrongUnitForPost(role=role, expected="/".join(expected), unit=unit.name, given=unit.kind)
    try:
        with transaction.atomic():
            post = Post.objects.create(officer=officer, unit=unit, role=role, from_on=from_on)
    except IntegrityError:
        raise PeriodOverlaps(from_on=from_on, what=f"{role} / {unit.name}") from None
    record("post", post.pk, by=by, at=at, after={"officer": officer.pk, "unit": unit.code, "role": role})
    return post


@action("org.sponsor_community")
def sponsor_community(
    *, leader: Officer, community: Unit, from_on: date, by: Actor, at: datetime
) -> Sponsorship:
    """Put a community in a division-level leader's charge from a day on (S18)."""
    if community.kind != UnitKind.COMMUNITY:
        raise WrongUnitForPost(
            role="sponsor", expected="community", unit=community.name, given=community.kind
        )
    try:
        with transaction.atomic():
            sponsorship = Sponsorship.objects.create(leader=leader, community=community, from_on=from_on)
    except IntegrityError:
        raise PeriodOverlaps(from_on=from_on, what=community.name) from None
    record(
        "sponsorship", sponsorship.pk, by=by, at=at, after={"leader": leader.pk, "community": community.code}
    )
    return sponsorship


@action("org.set_line_rule")
def set_line_rule(
    *,
    department: Unit,
    priority: int,
    from_on: date,
    by: Actor,
    at: datetime,
    category: str = "",
    focus: str = "",
    industry: str = "",
    size: str = "",
    source: str = "",
) -> LineRule:
    """Make a department answer for the places that meet the conditions; none at all is the default line."""
    if department.kind != UnitKind.DEPARTMENT or department.subdistrict is None:
        raise WrongUnitForPost(
            role="line", expected="department", unit=department.name, given=department.kind
        )
    try:
        with transaction.atomic():
            rule = LineRule.objects.create(
                subdistrict=department.subdistrict,
                department=department,
                priority=priority,
                category=category,
                focus=focus,
                industry=industry,
                size=size,
                source=source,
                known_at=at,
                from_on=from_on,
            )
    except IntegrityError:
        raise PeriodOverlaps(from_on=from_on, what=f"#{priority}") from None
    record("line_rule", rule.pk, by=by, at=at, after={"department": department.code, "priority": priority})
    return rule


@action("org.end_post")
def end_post(*, post: Post, until_on: date, by: Actor, at: datetime, reason: str = "") -> Post:
    """End a post: `until_on` is the first day without it."""
    _end(post, until_on)
    record("post", post.pk, by=by, at=at, after={"until_on": until_on.isoformat()}, reason=reason)
    return post


@action("org.end_sponsorship")
def end_sponsorship(
    *, sponsorship: Sponsorship, until_on: date, by: Actor, at: datetime, reason: str = ""
) -> Sponsorship:
    """End a sponsorship: `until_on` is the first day without it."""
    _end(sponsorship, until_on)
    record(
        "sponsorship", sponsorship.pk, by=by, at=at, after={"until_on": until_on.isoformat()}, reason=reason
    )
    return sponsorship


def _end(dated: Post | Sponsorship, until_on: date) -> None:
    if dated.until_on is not None and dated.until_on <= until_on:
        raise AlreadyEnded(until_on=dated.until_on)
    if until_on <= dated.from_on:
        raise EndBeforeStart(from_on=dated.from_on, given=until_on)
    dated.until_on = until_on
    dated.save(update_fields=["until_on"])
