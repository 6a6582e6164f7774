"""Second factors: added, renamed, removed, reset."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import IntegrityError, transaction

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.access import factors
from dongche.org.access.actions.tokens import _end_everything
from dongche.org.audit import CHANGED, HIDDEN, Actor, action, record
from dongche.org.models import Officer


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
    _end_everything(officer, by=by, at=at)
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
