"""A screen at the door: nobody is signed in, a cookie says which screen it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db import OperationalError

from dongche.org.access.models import Screen
from dongche.org.access.queries import Screens
from dongche.org.access.sessions import impatient

COOKIE: Final = "dongche_screen"
KEPT: Final = timedelta(days=400)  # as long as browsers keep a cookie
SEEN_EVERY: Final = timedelta(minutes=5)


def screen_with(secret: str, now: datetime) -> Screen | None:
    """The open screen that holds a secret; that it was seen is noted now and then. None where there is none."""
    if not secret:
        return None
    every = Screens.unscoped(reason="nobody is signed in on a screen; its secret says which it is")
    screen = every.that_is(secret).select_related("unit__subdistrict").first()
    if screen is not None and (screen.last_seen_at is None or now - screen.last_seen_at >= SEEN_EVERY):
        with suppress(OperationalError), impatient():
            Screen.objects.filter(pk=screen.pk).update(last_seen_at=now)
    return screen


def waiting_for(code: str, now: datetime) -> Screen | None:
    """The screen that waits for a typed code."""
    every = Screens.unscoped(reason="nobody is signed in on a screen; the code says which it is")
    return every.to_pair(code, now).select_related("unit").first()
