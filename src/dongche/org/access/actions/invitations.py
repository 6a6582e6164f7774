"""Invitations: made, withdrawn, accepted."""

from __future__ import annotations

import secrets
from datetime import datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions as org
from dongche.org.access.actions.tokens import _end_everything
from dongche.org.access.models import Credential, Invitation
from dongche.org.access.queries import invitation_hash
from dongche.org.audit import Actor, action, record
from dongche.org.models import Officer
from dongche.org.queries import refuse_foreign


class InvitationOver(Problem):
    code = "org.invitation_over"
    status = 410
    message = N_(
        "This invitation has been used, was withdrawn, or has expired. Ask headquarters for a new one."
    )


@action("org.invite")
def invite(
    *, officer: Officer, invited_at: datetime, expires_at: datetime, by: Actor, at: datetime
) -> tuple[Invitation, str]:
    """Make a link with which an officer sets a first or new password; one made before is withdrawn.

    Shape:  the invitation, and the code for the link, which is kept nowhere and can be shown this once
    Raises: org.actions.NotAdministered – whoever has the link has the account, so not everybody may make one
    """
    refuse_foreign(by, officer)
    withdrawn = _withdraw(officer, invited_at)
    code = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        officer=officer, code_hash=invitation_hash(code), invited_at=invited_at, expires_at=expires_at
    )
    record(
        "invitation",
        invitation.pk,
        by=by,
        at=at,
        before={"open_invitations": withdrawn},
        after={"officer": officer.pk, "expires_at": expires_at},
        within=officer,
    )
    return invitation, code


@action("org.withdraw_invitation")
def withdraw_invitation(*, officer: Officer, withdrawn_at: datetime, by: Actor, at: datetime) -> None:
    """Make an officer's open invitation worth nothing.

    Raises: InvitationOver
    """
    if not _withdraw(officer, withdrawn_at):
        raise InvitationOver
    before, after = {"invitation": "open"}, {"invitation": "withdrawn"}
    record("officer", officer.pk, by=by, at=at, before=before, after=after, within=officer)


def _withdraw(officer: Officer, at: datetime) -> int:
    return Invitation.objects.filter(officer=officer, used_at__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=at
    )


@action("org.accept_invitation")
def accept_invitation(
    *, invitation: Invitation, password: str, used_at: datetime, by: Actor, at: datetime
) -> Officer:
    """Set the password of the officer who holds the link. Two who use it at once: the second is refused.

    Raises: InvitationOver, org.actions.WeakPassword
    """
    taken = Invitation.objects.filter(
        pk=invitation.pk, used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=used_at
    ).update(used_at=used_at)
    if not taken or not invitation.officer.is_active:
        raise InvitationOver
    officer = invitation.officer
    org.set_password(officer=officer, password=password, by=by, at=at)
    Credential.objects.update_or_create(officer=officer, defaults={"set_at": used_at, "must_change": False})
    _end_everything(officer, by=by, at=at)
    before, after = {"used": False}, {"used": True}
    record("invitation", invitation.pk, by=by, at=at, before=before, after=after, within=officer)
    return officer
