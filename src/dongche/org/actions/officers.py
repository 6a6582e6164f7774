"""Officers: bringing them in, and their passwords."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import CHANGED, HIDDEN, Actor, action, record
from dongche.org.models import Officer, Unit


class OfficerExists(Problem):
    code = "org.officer_exists"
    status = 409
    message = N_("The user name %(username)s is taken. Choose another one.")


class SuperuserByNobody(Problem):
    code = "org.superuser_refused"
    status = 403
    message = N_(
        "Only somebody who keeps the whole installation may make another one who does. "
        "Use “dongche init” on the server."
    )


class WeakPassword(Problem):
    code = "org.weak_password"
    message = N_("This password is too easy to guess (%(reasons)s). Choose a longer one, of several words.")


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
    within: Unit | None = None,
) -> Officer:
    """Create an officer who can sign in (with a password) or only holds posts (without).

    Raises: OfficerExists, SuperuserByNobody
    """
    if Officer.objects.filter(username=username).exists():
        raise OfficerExists(username=username)
    if is_superuser and isinstance(by, Officer) and not by.is_superuser:
        raise SuperuserByNobody
    officer = Officer.objects.create_user(
        username, password, name=name, phone=phone, is_superuser=is_superuser, is_staff=is_superuser
    )
    after = {"username": username, "is_superuser": is_superuser}
    record("officer", officer.pk, by=by, at=at, after=after, within=within)
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
    before, after = {"password": HIDDEN}, {"password": CHANGED}
    record("officer", officer.pk, by=by, at=at, before=before, after=after, within=officer)
    return officer
