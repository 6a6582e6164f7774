"""Passwords: given by somebody else, or chosen."""

from __future__ import annotations

from datetime import datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions as org
from dongche.org.access.actions.tokens import _end_everything
from dongche.org.access.models import Credential
from dongche.org.audit import HIDDEN, Actor, action, record
from dongche.org.models import Officer


class WrongPassword(Problem):
    code = "org.wrong_password"
    message = N_("The present password is not right; nothing was changed. Type it again.")


class SamePassword(Problem):
    code = "org.same_password"
    message = N_("The new password is the present one. Choose another.")


@action("org.require_new_password")
def require_new_password(*, officer: Officer, set_at: datetime, by: Actor, at: datetime) -> Credential:
    """Let an officer's present password open only the page on which they choose their own."""
    kept, _ = Credential.objects.update_or_create(
        officer=officer, defaults={"set_at": set_at, "must_change": True}
    )
    before, after = {"password": HIDDEN}, {"password": "to be changed"}
    record("officer", officer.pk, by=by, at=at, before=before, after=after, within=officer)
    return kept


@action("org.give_password")
def give_password(*, officer: Officer, password: str, set_at: datetime, by: Actor, at: datetime) -> Officer:
    """Give an officer a password that they must replace when they sign in; all their sessions end.

    Raises: org.actions.WeakPassword
    """
    org.set_password(officer=officer, password=password, by=by, at=at)
    require_new_password(officer=officer, set_at=set_at, by=by, at=at)
    count = _end_everything(officer, by=by, at=at)
    before, after = {"sessions": count}, {"sessions_ended": count}
    record("officer", officer.pk, by=by, at=at, before=before, after=after, within=officer)
    return officer


@action("org.change_password")
def change_password(
    *, officer: Officer, present: str, new: str, set_at: datetime, by: Actor, at: datetime
) -> Officer:
    """Choose one's own password. The caller ends the other sessions, and keeps the one it was changed in.

    Raises: WrongPassword, SamePassword, org.actions.WeakPassword
    """
    if not officer.check_password(present):
        raise WrongPassword
    if present == new:
        raise SamePassword
    org.set_password(officer=officer, password=new, by=by, at=at)
    Credential.objects.update_or_create(officer=officer, defaults={"set_at": set_at, "must_change": False})
    before, after = {"password": HIDDEN}, {"password": "chosen"}
    record("officer", officer.pk, by=by, at=at, before=before, after=after, within=officer)
    return officer
