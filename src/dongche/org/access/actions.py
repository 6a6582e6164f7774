"""Every security event: signing in and out, locks, passwords, factors, sessions, identities, invitations."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org import actions as org
from dongche.org.access import factors, lockout
from dongche.org.access.models import Credential, Invitation
from dongche.org.access.queries import invitation_hash
from dongche.org.audit import CHANGED, HIDDEN, Actor, action, record
from dongche.org.models import Officer
from dongche.org.queries import refuse_foreign

AGENT_LENGTH = 200


class NotLocked(Problem):
    code = "org.not_locked"
    status = 409
    message = N_("The account of %(officer)s is not locked; nothing was changed.")


class WrongPassword(Problem):
    code = "org.wrong_password"
    message = N_("The present password is not right; nothing was changed. Type it again.")


class SamePassword(Problem):
    code = "org.same_password"
    message = N_("The new password is the present one. Choose another.")


class ReasonMissing(Problem):
    code = "org.reason_missing"
    message = N_("Say why: the reason is kept in the audit log.")


class FactorKept(Problem):
    code = "org.factor_exists"
    status = 409
    message = N_("There is an authenticator app already. Remove it before you add another one.")


class FactorNeeded(Problem):
    code = "org.factor_needed"
    status = 409
    message = N_(
        "Your duties need a second factor, and this is your last one. Add another one first, then remove this one."
    )


class NoFactor(Problem):
    code = "org.no_factor"
    status = 409
    message = N_("%(officer)s has no second factor; nothing was changed.")


class IdentityTaken(Problem):
    code = "org.identity_taken"
    status = 409
    message = N_(
        "This %(provider)s identity is linked to another officer, or you have one linked already. "
        "Remove that link first, or ask headquarters."
    )


class InvitationOver(Problem):
    code = "org.invitation_over"
    status = 410
    message = N_(
        "This invitation has been used, was withdrawn, or has expired. Ask headquarters for a new one."
    )


@action("org.sign_in")
def sign_in(
    *,
    officer: Officer,
    method: str,
    session_key: str,
    address: str,
    agent: str,
    seen_at: datetime,
    by: Actor,
    at: datetime,
) -> UserSession:
    """Note a session that has just begun; rows of sessions that have ended by themselves are cleared on the way."""
    Session.objects.filter(expire_date__lt=seen_at).exclude(session_key=session_key).delete()
    UserSession.objects.filter(user=officer).exclude(
        session_key__in=Session.objects.values("session_key")
    ).delete()
    session = UserSession.objects.create(
        user=officer,
        session_key=session_key,
        ip=address,
        user_agent=agent[:AGENT_LENGTH],
        created_at=seen_at,
        last_seen_at=seen_at,
    )
    record(
        "officer",
        officer.pk,
        by=by,
        at=at,
        before={"signed_in": None},
        after={"signed_in": method, "session": session.pk},
        within=officer,
    )
    return session


@action("org.sign_out")
def sign_out(*, officer: Officer, session_key: str, by: Actor, at: datetime) -> None:
    """Forget the session that is being left."""
    left = UserSession.objects.filter(user=officer, session_key=session_key)
    before = {"session": left.values_list("pk", flat=True).first()}
    left.delete()
    record("officer", officer.pk, by=by, at=at, before=before, after={"signed_in": None}, within=officer)


@action("org.lock_sign_in")
def lock_sign_in(
    *, officer: Officer | None, kinds: list[str], until: datetime, by: Actor, at: datetime
) -> None:
    """Note that a lock begins. What was typed as a user name is not kept: it may be somebody's password."""
    record(
        "officer" if officer else "sign_in",
        officer.pk if officer else None,
        by=by,
        at=at,
        after={"locked": kinds, "until": until},
        within=officer,
    )


@action("org.unlock")
def unlock(*, officer: Officer, by: Actor, at: datetime, reason: str = "") -> None:
    """Lift the lock of an account, so that its officer can try again at once.

    Raises: NotLocked
    """
    if not lockout.forget(lockout.account_key(officer.username)):
        raise NotLocked(officer=officer.username)
    record(
        "officer",
        officer.pk,
        by=by,
        at=at,
        before={"locked": ["account"]},
        after={"locked": None},
        reason=reason,
        within=officer,
    )


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
    count = _end_all_sessions(officer)
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


@action("org.add_totp")
def add_totp(*, officer: Officer, secret: str, by: Actor, at: datetime) -> Authenticator:
    """Ask the codes of an authenticator app from now on; recovery codes come with the first factor.

    Raises: FactorKept
    """
    try:
        with transaction.atomic():
            factor: Authenticator = TOTP.activate(officer, secret).instance
    except IntegrityError:
        raise FactorKept from None
    RecoveryCodes.activate(officer)
    record(
        "factor", factor.pk, by=by, at=at, after={"officer": officer.pk, "kind": factors.TOTP}, within=officer
    )
    return factor


@action("org.add_passkey")
def add_passkey(
    *, officer: Officer, name: str, credential: dict[str, Any], by: Actor, at: datetime
) -> Authenticator:
    """Accept a passkey from now on; recovery codes come with the first factor."""
    taken = [row.wrap().name for row in factors.of(officer) if row.type == factors.PASSKEY]
    factor: Authenticator = WebAuthn.add(officer, factors.passkey_name(name, taken), credential).instance
    RecoveryCodes.activate(officer)
    record(
        "factor",
        factor.pk,
        by=by,
        at=at,
        after={"officer": officer.pk, "kind": factors.PASSKEY},
        within=officer,
    )
    return factor


@action("org.rename_passkey")
def rename_passkey(*, factor: Authenticator, name: str, by: Actor, at: datetime) -> Authenticator:
    """Give a passkey another name."""
    taken = [
        row.wrap().name
        for row in factors.of(factor.user)
        if row.type == factors.PASSKEY and row.pk != factor.pk
    ]
    factor.data["name"] = factors.passkey_name(name, taken)
    factor.save(update_fields=["data"])
    before, after = {"name": HIDDEN}, {"name": CHANGED}
    record("factor", factor.pk, by=by, at=at, before=before, after=after, within=factor.user)
    return factor


@action("org.remove_factor")
def remove_factor(*, factor: Authenticator, by: Actor, at: datetime) -> None:
    """Take a factor away; with the last one the recovery codes go too.

    Raises: FactorNeeded
    """
    officer: Officer = Officer.objects.select_for_update().get(pk=factor.user_id)
    others = [row for row in factors.of(officer) if row.type != factors.CODES and row.pk != factor.pk]
    if not others and factors.is_required(officer):
        raise FactorNeeded
    number = factor.pk
    factor.delete()
    if not others:
        Authenticator.objects.filter(user=officer, type=factors.CODES).delete()
    record(
        "factor", number, by=by, at=at, before={"officer": officer.pk, "kind": factor.type}, within=officer
    )


@action("org.renew_recovery_codes")
def renew_recovery_codes(*, officer: Officer, by: Actor, at: datetime) -> Authenticator:
    """Make new recovery codes; those given out before are worth nothing any more.

    Raises: NoFactor
    """
    if not factors.has_second_factor(officer):
        raise NoFactor(officer=officer.username)
    spent = Authenticator.objects.filter(user=officer, type=factors.CODES)
    before = {"factor": spent.values_list("pk", flat=True).first()}
    spent.delete()
    codes: Authenticator = RecoveryCodes.activate(officer).instance
    after = {"officer": officer.pk, "kind": factors.CODES}
    record("factor", codes.pk, by=by, at=at, before=before, after=after, within=officer)
    return codes


@action("org.reset_second_factor")
def reset_second_factor(*, officer: Officer, reason: str, by: Actor, at: datetime) -> int:
    """Take all factors from an officer who has lost them, and end their sessions; the number of factors removed.

    Raises: ReasonMissing, NoFactor
    """
    if not reason.strip():
        raise ReasonMissing
    kinds = sorted(Authenticator.objects.filter(user=officer).values_list("type", flat=True))
    if not kinds:
        raise NoFactor(officer=officer.username)
    Authenticator.objects.filter(user=officer).delete()
    _end_all_sessions(officer)
    record(
        "officer",
        officer.pk,
        by=by,
        at=at,
        before={"factors": kinds},
        after={"factors": []},
        reason=reason,
        within=officer,
    )
    return len(kinds)


@action("org.end_session")
def end_session(*, session: UserSession, by: Actor, at: datetime) -> None:
    """End one session: its cookie is worth nothing from the next request on."""
    Session.objects.filter(session_key=session.session_key).delete()
    number, officer = session.pk, session.user
    session.delete()
    record("session", number, by=by, at=at, before={"officer": officer.pk}, within=officer)


@action("org.end_other_sessions")
def end_other_sessions(*, officer: Officer, keep: str, by: Actor, at: datetime) -> int:
    """End all sessions of an officer but the one with the key `keep`; the number of sessions ended."""
    before = {"sessions": UserSession.objects.filter(user=officer).count()}
    count = _end_all_sessions(officer, keep)
    record(
        "officer", officer.pk, by=by, at=at, before=before, after={"sessions_ended": count}, within=officer
    )
    return count


def _end_all_sessions(officer: Officer, keep: str = "") -> int:
    ours = UserSession.objects.filter(user=officer).exclude(session_key=keep)
    Session.objects.filter(session_key__in=ours.values("session_key")).delete()
    count: int = ours.delete()[0]
    return count


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
    _end_all_sessions(officer)
    before, after = {"used": False}, {"used": True}
    record("invitation", invitation.pk, by=by, at=at, before=before, after=after, within=officer)
    return officer
