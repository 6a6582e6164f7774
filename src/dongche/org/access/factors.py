"""Second factors: one-time codes of an authenticator app, recovery codes, passkeys. Kept and computed by allauth.

What allauth keeps in a cache (which code was used already) is kept in the factor's own row here, because caches are
not shared between the processes that answer.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import segno
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import Officer

TOTP, CODES, PASSKEY = (
    Authenticator.Type.TOTP.value,
    Authenticator.Type.RECOVERY_CODES.value,
    Authenticator.Type.WEBAUTHN.value,
)

NAME_LENGTH = 40


class PasskeyRefused(Problem):
    code = "org.passkey_refused"
    message = N_(
        "The passkey was not accepted: it belongs to another site or officer, or the request was too long ago. "
        "Try again, or sign in with your password."
    )


def of(officer: Officer) -> list[Authenticator]:
    """An officer's factors, the oldest first; recovery codes are among them."""
    return list(Authenticator.objects.filter(user=officer).order_by("created_at", "pk"))


def has_second_factor(officer: Officer) -> bool:
    """Whether something other than the password is asked of this officer. Recovery codes alone are none."""
    return Authenticator.objects.filter(user=officer, type__in=(TOTP, PASSKEY)).exists()


def is_required(officer: Officer) -> bool:
    """Whether the policy of this installation asks this officer for a second factor.

    Headquarters means: whoever may change the organisation, also when acting for somebody who is away.
    """
    if settings.MFA_POLICY == "required":
        return True
    return settings.MFA_POLICY == "required-for-headquarters" and officer.has_duty("org.write")


def new_totp_secret() -> str:
    return str(totp.generate_totp_secret())


def totp_qr(officer: Officer, secret: str) -> bytes:
    """The QR code (SVG) by which an authenticator app takes over a secret."""
    image = io.BytesIO()
    uri = get_adapter().build_totp_url(officer, secret)
    segno.make(uri, error="m").save(image, kind="svg", scale=4, border=2, dark="#12303f", light="#fff")
    return image.getvalue()


def is_totp_code(secret: str, code: str) -> bool:
    """Whether a code belongs to a secret that is not kept yet: shows that the app has read it."""
    return _totp_step(secret, code, after=-1) is not None


def _totp_step(secret: str, code: str, after: int) -> int | None:
    """The step of time in which a code is valid now, if it is later than `after`: no code is good twice."""
    for step in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, step))
        if step > after and compare_user_code(actual=code, expected=expected):
            return int(step)
    return None


@transaction.atomic
def use_code(officer: Officer, code: str) -> str:
    """Accept a one-time code or a recovery code, each once.

    Shape: the kind of factor that it was
    Empty: "" when it is neither, or was used before
    """
    code = "".join(code.split())
    rows = Authenticator.objects.select_for_update().filter(user=officer, type__in=(TOTP, CODES))
    kept = {row.type: row for row in rows}
    if TOTP in kept:
        row = kept[TOTP]
        step = _totp_step(decrypt(row.data["secret"]), code, after=row.data.get("last_step", -1))
        if step is not None:
            row.data["last_step"] = step
            row.save(update_fields=["data"])
            row.record_usage()
            return TOTP
    if CODES in kept and RecoveryCodes(kept[CODES]).validate_code(code):
        kept[CODES].record_usage()
        return CODES
    return ""


def recovery_codes(officer: Officer) -> list[str]:
    """An officer's codes that are not used yet, in the order in which they were given out; empty without any."""
    row = Authenticator.objects.filter(user=officer, type=CODES).first()
    return [f"{code[:4]} {code[4:]}" for code in unused_codes(row)] if row else []


def unused_codes(row: Authenticator) -> list[str]:
    return list(RecoveryCodes(row).get_unused_codes())


def begin_passkey(officer: Officer) -> dict[str, Any]:
    """What the browser needs to make a passkey; the challenge is kept in the session of the running request."""
    return _plain(webauthn.begin_registration(officer, passwordless=True))


def read_new_passkey(text: str) -> dict[str, Any]:
    """The passkey that the browser made, checked against the challenge of this session.

    Raises: PasskeyRefused
    """
    credential = _credential(text)
    try:
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        raise PasskeyRefused from None
    return credential


def begin_passkey_sign_in(officer: Officer | None) -> dict[str, Any]:
    """What the browser needs to prove a passkey: any of this site, or one of an officer who is known already."""
    return _plain(webauthn.begin_authentication(officer))


def use_passkey(text: str, expected: Officer | None = None) -> Officer:
    """The officer whose passkey answered the challenge of this session.

    Raises: PasskeyRefused – damaged, of another site, of nobody here, of another officer than expected, replayed
    """
    credential = _credential(text)
    try:
        officer = expected or webauthn.extract_user_from_response(credential)
        webauthn.parse_authentication_response(credential)
        factor = webauthn.complete_authentication(officer, credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        raise PasskeyRefused from None
    if not officer.is_active:
        raise PasskeyRefused
    factor.record_usage()
    return officer


def passkey_name(name: str, taken: Iterable[str]) -> str:
    """A name by which the owner recognises the key; numbered when they use the same one again."""
    name = " ".join(name.split())[:NAME_LENGTH]
    taken, number, found = set(taken), 1, name
    while found in taken:
        number += 1
        found = f"{name[: NAME_LENGTH - 4]} {number}"
    return found


def _credential(text: str) -> dict[str, Any]:
    try:
        credential = json.loads(text)
    except ValueError:
        raise PasskeyRefused from None
    if not isinstance(credential, dict):
        raise PasskeyRefused
    return credential


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Options as JSON holds them: fido2 hands out mappings of its own."""

    def plain(value: Any) -> Any:
        if hasattr(value, "keys"):
            return {key: plain(value[key]) for key in value.keys()}  # noqa: SIM118 – it is no dict
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return value if value is None or isinstance(value, str | int | bool) else str(value)

    return {key: plain(value) for key, value in options.items()}
