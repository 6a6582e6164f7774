"""The proof of coverage for programs."""

from __future__ import annotations

from typing import Any

from ninja import Query

from dongche.kit import clock
from dongche.org.queries import Units
from dongche.org.request import OfficerRequest
from dongche.registry import outward
from dongche.registry.api.shapes import CoverageOut, DayQuery
from dongche.registry.queries import Places, whole_subdistricts
from dongche.web.access import duty
from dongche.web.api import Router

router = Router("coverage")


@router.get("", response=CoverageOut)
@duty("org.coverage")
def coverage(request: OfficerRequest, asked: Query[DayQuery]) -> dict[str, Any]:
    """Prove that every active place in reach has all its responsible people, or name each gap.

    The same as `dongche coverage --json`, over the places that you see.
    """
    places = Places.visible_to(request.user)
    whole = Units.visible_to(request.user).filter(pk__in=whole_subdistricts(request.user))
    return outward.coverage_as_json(places, asked.on or clock.today(), whole)
