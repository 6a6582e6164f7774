"""The places an officer answers for by name go along when they hand over their posts (S30)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dongche.org.dated import handed_on
from dongche.org.handing import Handing, Step, still_held
from dongche.registry.imports import bulk
from dongche.registry.models import PlaceDuty


def _duties(handing: Handing) -> QuerySet[PlaceDuty]:
    if not handing.places:
        return PlaceDuty.objects.none()
    return PlaceDuty.objects.filter(
        still_held(handing.from_on),
        officer=handing.officer,
        entity__subdistrict__in=handing.subdistricts,
    )


def _count(handing: Handing) -> int:
    return _duties(handing).count()


def _move(handing: Handing, at: datetime) -> Mapping[str, Any]:
    """Shape: a fixed number of statements for each thousand places"""
    bulk.lock()
    held = list(_duties(handing))
    new = handed_on(held, handing.from_on, at, {"officer": handing.successor} if handing.successor else None)
    return {"ended": [duty.pk for duty in held], "given": [duty.pk for duty in new]}


places = Step("places", _("Places held by name"), _count, _move)
