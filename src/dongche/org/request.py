"""What a view of officers is given."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from dongche.org.models import Officer


class OfficerRequest(HttpRequest):
    """A request whose sender is known: `@duty` lets nobody else in. A type only, no such object is ever made."""

    user: Officer
    htmx: HtmxDetails
