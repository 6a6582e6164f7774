"""Screens on walls: opened with a code to type, paired once, closed."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from dongche.kit.errors import Problem
from dongche.kit.identifiers import ALPHABET
from dongche.kit.messages import N_
from dongche.org.access.models import Screen
from dongche.org.access.queries import screen_hash
from dongche.org.audit import Actor, System, action, record
from dongche.org.models import Officer, Unit

CODE_LENGTH: Final = 8
PAIR_WITHIN: Final = timedelta(minutes=30)
MOST: Final = 30


class TooManyScreens(Problem):
    code = "org.too_many_screens"
    status = 409
    message = N_(
        "%(unit)s has %(count)s screens already. Close one that is not used any more, then open another."
    )


class ScreenCodeOver(Problem):
    code = "org.screen_code_over"
    status = 404
    message = N_(
        "No screen waits for the code “%(given)s”: a code is typed within 30 minutes and only once. Compare it, or let "
        "headquarters open another screen."
    )


class ScreenClosed(Problem):
    code = "org.screen_closed"
    status = 409
    message = N_("The screen “%(name)s” is closed already; nothing was changed.")


@action("org.open_screen")
def open_screen(
    *, unit: Unit, name: str, opened_at: datetime, by: Officer, at: datetime
) -> tuple[Screen, str]:
    """Let a screen show the figures of a unit.

    Shape:  its row, and the code to type into it within 30 minutes, which can be shown this once
    Raises: TooManyScreens
    """
    Unit.objects.select_for_update().get(pk=unit.pk)
    count = Screen.objects.filter(unit=unit, closed_at__isnull=True).count()
    if count >= MOST:
        raise TooManyScreens(unit=unit.name, count=count)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    screen = Screen.objects.create(
        unit=unit,
        name=name,
        pairing_hash=screen_hash(code),
        pairing_until=opened_at + PAIR_WITHIN,
        opened_by=by,
        opened_at=opened_at,
    )
    record("screen", screen.pk, by=by, at=at, after={"name": name, "unit_id": unit.pk}, within=unit)
    return screen, code


@action("org.pair_screen")
def pair_screen(*, screen: Screen, paired_at: datetime, by: System, at: datetime) -> str:
    """Give a screen into which its code was typed the secret it shows from now on.

    Raises: ScreenCodeOver – somebody was faster
    """
    secret = secrets.token_urlsafe(32)
    paired = Screen.objects.filter(pk=screen.pk, paired_at__isnull=True, closed_at__isnull=True)
    if not paired.update(paired_at=paired_at, last_seen_at=paired_at, secret_hash=screen_hash(secret)):
        raise ScreenCodeOver(given="")
    record("screen", screen.pk, by=by, at=at, after={"name": screen.name}, within=screen.unit)
    return secret


@action("org.close_screen")
def close_screen(*, screen: Screen, closed_at: datetime, by: Actor, at: datetime) -> Screen:
    """Let a screen show nothing any more.

    Raises: ScreenClosed
    """
    if not Screen.objects.filter(pk=screen.pk, closed_at__isnull=True).update(closed_at=closed_at):
        raise ScreenClosed(name=screen.name)
    record("screen", screen.pk, by=by, at=at, before={"name": screen.name}, within=screen.unit)
    screen.refresh_from_db()
    return screen
