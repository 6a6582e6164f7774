"""Tokens of officers, and programs that ask with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from dongche.kit import clock
from dongche.org.access import actions
from dongche.org.access.models import ApiToken
from dongche.org.models import Officer
from tests.town import NOW


def issue(officer: Officer, *, is_strong: bool = True) -> tuple[ApiToken, str]:
    """A token for thirty days, with its secret."""
    now = clock.real()
    return actions.issue_token(
        officer=officer,
        name="sync",
        issued_at=now,
        expires_at=now + timedelta(days=30),
        is_strong=is_strong,
        by=officer,
        at=NOW,
    )


def program(officer: Officer, **more: Any) -> Client:
    """A program that speaks for an officer, in English unless it asks for another language."""
    _token, secret = issue(officer)
    headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"} | more
    return Client(headers=headers)
