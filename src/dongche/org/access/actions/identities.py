"""Identities of other systems: linked and unlinked."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Officer


class IdentityTaken(Problem):
    code = "org.identity_taken"
    status = 409
    message = N_(
        "This %(provider)s identity is linked to another officer, or you have one linked already. "
        "Remove that link first, or ask headquarters."
    )


@action("org.link_identity")
def link_identity(
    *, officer: Officer, provider: str, uid: str, name: str, by: Actor, at: datetime
) -> SocialAccount:
    """Let an identity of another system sign this officer in: linked by themselves, or entered by headquarters.

    `name` is what the system is called in sentences. An officer has one identity in each system.
    Raises: IdentityTaken
    """
    if SocialAccount.objects.filter(user=officer, provider=provider).exists():
        raise IdentityTaken(provider=name)
    try:
        with transaction.atomic():
            identity: SocialAccount = SocialAccount.objects.create(user=officer, provider=provider, uid=uid)
    except IntegrityError:
        raise IdentityTaken(provider=name) from None
    after = {"officer": officer.pk, "provider": provider}
    record("identity", identity.pk, by=by, at=at, after=after, within=officer)
    return identity


@action("org.unlink_identity")
def unlink_identity(*, identity: SocialAccount, by: Actor, at: datetime, reason: str = "") -> None:
    """Let an identity of another system sign nobody in any more."""
    number, officer = identity.pk, identity.user
    before = {"officer": identity.user_id, "provider": identity.provider}
    identity.delete()
    record("identity", number, by=by, at=at, before=before, reason=reason, within=officer)
