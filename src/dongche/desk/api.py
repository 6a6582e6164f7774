"""Both scorecards and the contribution to district and city, for programs: what the pages show under the filters."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import ninja
from ninja import Query
from pydantic import Field

from dongche.desk import contribution, scorecards
from dongche.desk.narrowing import Narrowed, UnknownFilter, asked_places
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.reporting.api.metrics import DayToCome
from dongche.reporting.models import SuperiorFigure
from dongche.web.access import duty
from dongche.web.api import Day, Given, Instant, Router, Text, refuses
from dongche.web.problems import NotFound

router = Router("scorecards")


class CardQuery(Given):
    """Of which day, known when, and of which places; the filters are those of the page."""

    on: Annotated[Day | None, Field(description="Day; today when none is given.")] = None
    as_known: Annotated[Instant | None, Field(description="As the figures were known at this instant.")] = (
        None
    )
    subdistrict: Annotated[Text, Field(description="Code of a sub-district that you see.")] = ""
    focus: Text = ""
    line: Text = ""
    community: Text = ""
    grid: Text = ""
    category: Text = ""
    section: Annotated[Text, Field(description="Section of the industry, a letter.")] = ""
    size: Text = ""
    above_scale: Annotated[Text, Field(description="1 or 0.")] = ""


class LineOut(ninja.Schema):
    """A line of a scorecard: `value` in per cent or `count` in places; neither, and why under `missing`, never 0."""

    code: str
    name: str
    value: Decimal | None
    count: int | None
    numerator: int | Decimal | None
    denominator: int | Decimal | None
    target: Decimal | None
    is_met: bool | None
    definition: str
    missing: str


class CardOut(ninja.Schema):
    code: str
    name: str
    lines: list[LineOut]


class CardsOut(ninja.Schema):
    """Both scorecards of a day, over the `places` of your units that the filters leave."""

    on: date
    as_known: datetime | None
    places: int
    cards: list[CardOut]


class ShareOut(ninja.Schema):
    """A quantity of a part, or of all of yours, as a share in per cent of the total: null until that is given."""

    part: Annotated[str, Field(description="Name of the sub-district; empty where you see a single one.")]
    level: Annotated[
        SuperiorFigure.Level | None,
        Field(description="Whose total it is; null where it is that of all you see."),
    ]
    quantity: SuperiorFigure.Quantity
    own: int
    total: int | None
    share: Decimal | None
    source: str


class SharesOut(ninja.Schema):
    on: date
    as_known: datetime | None
    shares: list[ShareOut]


def _asked(request: OfficerRequest, asked: CardQuery) -> tuple[date, Narrowed]:
    """Raises: DayToCome, NotFound, UnknownFilter"""
    today = clock.today()
    on = asked.on or today
    if on > today:
        raise DayToCome(given=on, today=today)
    return on, asked_places(request, on)


@router.get("", response=CardsOut)
@refuses(DayToCome, NotFound, UnknownFilter)
@duty("desk.overview")
def both(request: OfficerRequest, asked: Query[CardQuery]) -> dict[str, Any]:
    """Give epidemic control and the economy of a day beside each other."""
    on, areas = _asked(request, asked)
    page = scorecards.build(request.user, on, areas, asked.as_known)
    return {"on": on, "as_known": asked.as_known, "places": page.places, "cards": page.cards}


@router.get("/contribution", response=SharesOut)
@refuses(DayToCome, NotFound, UnknownFilter)
@duty("desk.overview")
def shares(request: OfficerRequest, asked: Query[CardQuery]) -> dict[str, Any]:
    """Give what your places contribute to district and city, or each of your sub-districts to all of them."""
    on, areas = _asked(request, asked)
    found = contribution.build(request.user, on, areas, asked.as_known)
    told = [
        {
            "part": one.part,
            "level": one.level or None,
            "quantity": one.quantity,
            "own": one.own,
            "total": one.total,
            "share": one.share,
            "source": one.source,
        }
        for one in found
    ]
    return {"on": on, "as_known": asked.as_known, "shares": told}
