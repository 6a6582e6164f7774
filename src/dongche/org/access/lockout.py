"""Guessing is stopped: failures are counted per account and per address, in the database, for all worker processes.

An attempt is counted before the password is looked at and given back when it was right. So a hundred attempts sent at
once to eight processes get no more answers than a hundred sent one after the other, and what is answered does not
depend on whether the account exists. Times are of the real clock: a lock must open although a demonstration stands
still.
"""

from __future__ import annotations

import ipaddress
import math
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.access.models import Attempts
from dongche.org.models import Officer
from dongche.web.fields import keyed_digest

# A whole office sits behind one address, so an address may fail this many times as often as an account.
PER_ADDRESS = 10
# Codes that belong to no place, or tokens that nobody has, from one address, before more of them are refused.
GUESSES = 30
FORGOTTEN_AFTER = timedelta(days=1)


class SignInLocked(Problem):
    code = "org.sign_in_locked"
    status = 429
    message = N_(
        "Too many attempts have failed, so signing in is locked until %(until)s (%(wait)s from now). Try again then, "
        "or ask headquarters to lift the lock of your account."
    )

    def __init__(self, *, until: datetime, now: datetime) -> None:
        self.seconds = max(1, math.ceil((until - now).total_seconds()))
        minutes = math.ceil(self.seconds / 60)
        wait = ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}
        super().__init__(until=f"{timezone.localtime(until):%H:%M}", wait=wait)


class TooManyGuesses(Problem):
    code = "org.too_many_guesses"
    status = 429
    message = N_(
        "Too many codes that belong to no place were tried from here, so unknown codes are refused until %(until)s. "
        "Scan the card itself once more, or ask your community for a new one."
    )


class TooManyWrongTokens(Problem):
    code = "org.too_many_wrong_tokens"
    status = 429
    message = N_(
        "Too many tokens that nobody has were tried from this address, so more of them are refused until %(until)s. "
        "Look at which token the program sends."
    )

    def __init__(self, *, until: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(until=until)


Key = tuple[str, str]


def account_key(username: str) -> Key:
    """The same key for however a name is typed: width of letters, capitals and spaces around it do not matter."""
    typed = unicodedata.normalize("NFKC", username).casefold().strip()
    return Attempts.Kind.ACCOUNT, keyed_digest(typed, "attempts")


def address_key(address: str) -> Key:
    """An IPv6 customer owns a /64 network, so that is what counts as one address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return Attempts.Kind.ADDRESS, keyed_digest("unknown", "attempts")
    if found.version == 6:
        found = ipaddress.ip_network((int(found) >> 64 << 64, 64)).network_address
    return Attempts.Kind.ADDRESS, keyed_digest(str(found), "attempts")


def keys_of(username: str, address: str) -> tuple[Key, Key]:
    return account_key(username), address_key(address)


def count_guess(address: str, now: datetime) -> None:
    """Count a code of a place that does not exist. Codes that do exist are answered all the same: a whole market sits
    behind one address, and one of 130 random bits is not found by trying.

    Raises: TooManyGuesses
    """
    try:
        admit(((Attempts.Kind.GUESS, address_key(address)[1]),), now)
    except SignInLocked as locked:
        raise TooManyGuesses(until=locked.details["until"]) from None


def count_wrong_token(address: str, now: datetime) -> None:
    """Count a token that nobody has. One that is right is answered all the same, as with `count_guess`; and a program
    that was forgotten somewhere must not keep a whole office from signing in.

    Raises: TooManyWrongTokens
    """
    try:
        admit(((Attempts.Kind.TOKEN, address_key(address)[1]),), now)
    except SignInLocked as locked:
        raise TooManyWrongTokens(until=locked.details["until"], seconds=locked.seconds) from None


def limit_of(kind: str) -> int:
    if kind in (Attempts.Kind.GUESS, Attempts.Kind.TOKEN):
        return GUESSES
    return settings.LOCK_AFTER * (PER_ADDRESS if kind == Attempts.Kind.ADDRESS else 1)


@transaction.atomic
def admit(keys: tuple[Key, ...], now: datetime) -> list[str]:
    """Count one attempt for each key before it is judged.

    Shape: the kinds that are locked from now on, should this attempt fail
    Raises: SignInLocked – the attempt must not be judged at all
    """
    lock = timedelta(minutes=settings.LOCK_MINUTES)
    # Always the account before the address: two attempts that share a row wait for each other and never both.
    rows = [_row(key, now) for key in keys]
    closed = [row.locked_until for row in rows if row.locked_until is not None and row.locked_until > now]
    if closed:
        raise SignInLocked(until=max(closed), now=now)
    locking = []
    for row in rows:
        if row.locked_until is not None or row.last_at + lock <= now:
            row.count, row.locked_until = 0, None
        row.count += 1
        row.last_at = now
        if row.count >= limit_of(row.kind):
            row.locked_until = now + lock
            locking.append(row.kind)
        row.save(update_fields=["count", "last_at", "locked_until"])
    return locking


def _row(key: Key, now: datetime) -> Attempts:
    row, is_new = Attempts.objects.select_for_update().get_or_create(
        kind=key[0], key=key[1], defaults={"last_at": now}
    )
    if is_new:
        # Rarely enough, and only where something is written anyway: what is long past is forgotten.
        Attempts.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()
    return row


@transaction.atomic
def give_back(keys: tuple[Key, ...]) -> None:
    """The attempt was right: it does not count, and a lock that it alone would have set is open again."""
    for kind, key in keys:
        row = Attempts.objects.select_for_update().filter(kind=kind, key=key).first()
        if row is None:
            continue
        row.count = max(0, row.count - 1)
        if row.count < limit_of(kind):
            row.locked_until = None
        row.save(update_fields=["count", "locked_until"])


def forget(key: Key) -> int:
    """Begin to count anew for a key; the number of rows that there were (0 or 1)."""
    return Attempts.objects.filter(kind=key[0], key=key[1]).delete()[0]


def locked_among(usernames: Iterable[tuple[int, str]], now: datetime) -> dict[int, datetime]:
    """Which of these officers (id, user name) are locked out, and until when: one query, however many they are."""
    locked = Attempts.objects.filter(kind=Attempts.Kind.ACCOUNT, locked_until__gt=now)
    until = {row.key: row.locked_until for row in locked if row.locked_until is not None}
    keys = {pk: account_key(username)[1] for pk, username in usernames} if until else {}
    return {pk: until[key] for pk, key in keys.items() if key in until}


def locked_until(officer: Officer, now: datetime) -> datetime | None:
    """Until when an officer's account is locked; None when it is not."""
    kind, key = account_key(officer.username)
    row = Attempts.objects.filter(kind=kind, key=key, locked_until__gt=now).first()
    return row.locked_until if row else None
