"""Places for programs: listed, read, entered, changed, left out of those that should resume."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from ninja import Body, Query

from dongche.kit import chinese, clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import UnitKind
from dongche.org.queries import duties_on
from dongche.org.request import OfficerRequest
from dongche.registry import actions, outward
from dongche.registry.actions.places import ExclusionPeriod
from dongche.registry.alike import Alike, alike
from dongche.registry.api import changing, showing
from dongche.registry.api.reach import (
    NoSubdistrict,
    UnknownUnit,
    WhichSubdistrict,
    own_subdistrict,
    place_called,
    unit_called,
)
from dongche.registry.api.shapes import (
    EnterQuery,
    ExclusionEnd,
    ExclusionGiven,
    ExclusionOut,
    PlaceGiven,
    PlaceOut,
    PlacePage,
    PlaceQuery,
    WhoOut,
    WhoQuery,
)
from dongche.registry.models import Entity
from dongche.registry.queries import Exclusions, Places, responsible_for, version_of, was_expected
from dongche.registry.standing import in_standing
from dongche.web import paging
from dongche.web.access import duty
from dongche.web.api import Overtaken, Router, VersionMissing, etag_of, is_known, refuses, version_in
from dongche.web.paging import BrokenCursor
from dongche.web.problems import NotFound

router = Router("places")
NOT_VALUES = {"source", "reason"}


class LooksAlike(Problem):
    code = "registry.looks_alike"
    status = 409
    message = N_(
        "%(count)s places that are known may be this one: %(numbers)s. Nothing was entered. Change that place instead, "
        "or send the place again with despite=true."
    )

    def __init__(self, similar: list[Alike]) -> None:
        self.similar = similar
        super().__init__(count=len(similar), numbers=", ".join(one.place.number for one in similar))

    def as_json(self) -> dict[str, Any]:
        candidates = [
            {"number": one.place.number, "name": one.place.name, "reasons": list(one.reasons)}
            for one in self.similar
        ]
        return super().as_json() | {"candidates": candidates}


@router.get("", response=PlacePage)
@refuses(BrokenCursor, UnknownUnit)
@duty("registry.read")
def places(request: OfficerRequest, asked: Query[PlaceQuery]) -> dict[str, Any]:
    """List the places that you see, in the order in which they were entered.

    A page is asked for by the cursor of the one before, so a place that is entered meanwhile moves none: it comes at
    the end. Contacts of places are given one by one only.
    """
    officer = request.user
    found = Places.visible_to(officer).with_line(clock.today())
    if asked.q:
        # Of nothing but punctuation there is nothing to find; it must not answer with everything.
        found = found.named_like(asked.q) if chinese.grams(asked.q) else found.none()
    if asked.community:
        found = found.filter(community=unit_called(officer, UnitKind.COMMUNITY, asked.community))
    if asked.grid:
        found = found.filter(grid=unit_called(officer, UnitKind.GRID, asked.grid))
    if asked.line:
        found = found.filter(line_id=unit_called(officer, UnitKind.DEPARTMENT, asked.line).pk)  # type: ignore[misc]
    if asked.category:
        found = found.filter(category=asked.category)
    if asked.focus:
        found = found.filter(focus=asked.focus)
    if asked.backbone is not None:
        found = found.on_backbone(clock.today(), asked.backbone)
    if asked.standing:
        found = in_standing(found, clock.today(), asked.standing)
    if asked.changed_since:
        found = found.filter(updated_at__gte=asked.changed_since)
    page = paging.page(
        found.defer("contact_name", "contact_phone"), "pk", after=asked.cursor, size=asked.limit
    )
    return {"items": showing.rows(page.rows), "next": page.pager.next}


@router.get("/{number}", response=PlaceOut)
@refuses(NotFound)
@duty("registry.read")
def place(request: OfficerRequest, response: HttpResponse, number: str) -> Any:
    """Give one place with the people who answer for it today, and why they do.

    The ETag changes with everything that is shown; send it as If-None-Match to get 304 while nothing did, and as
    If-Match to change the place.
    """
    return _answer(request, response, place_called(request.user, number))


def _answer(request: OfficerRequest, response: HttpResponse, found: Entity) -> Any:
    shown, etag = _shown(request, found)
    if request.method == "GET" and is_known(request, etag):
        response = HttpResponse(status=304)
    response["ETag"], response["Cache-Control"] = etag, "private, no-cache"
    return response if response.status_code == 304 else shown


def _shown(request: OfficerRequest, found: Entity) -> tuple[PlaceOut, str]:
    """What is shown of a place, and its ETag."""
    version = version_of(found)
    shown = PlaceOut.model_validate(showing.one(found, version, request.user))
    return shown, etag_of(version, shown.model_dump_json().encode())


@router.patch("/{number}", response=PlaceOut)
@refuses(NotFound, VersionMissing, Overtaken, actions.NothingChanged, actions.CreditCodeTaken)
@duty("registry.write")
def change(request: OfficerRequest, response: HttpResponse, number: str, given: Body[PlaceGiven]) -> Any:
    """Change values of a place, by the rules of a row of a spreadsheet.

    Only the values that are sent change; null empties one. If-Match says which version you change: the ETag of the
    place, or its `version` in quotes.
    """
    found, versions = place_called(request.user, number), version_in(request)
    version = version_of(found)
    if version not in versions:
        raise Overtaken(_shown(request, found)[1])
    sent = given.model_dump(exclude_unset=True, exclude=NOT_VALUES)
    if not sent:
        raise actions.NothingChanged(number=found.number)
    values = changing.read(sent, subdistrict=found.subdistrict, on=clock.today(), place=found)
    try:
        actions.change_place(
            place=found,
            given=values,
            version=version,
            source=given.source,
            reason=given.reason,
            by=request.user,
            at=clock.now(),
        )
    except actions.ChangedMeanwhile:
        raise Overtaken(_shown(request, place_called(request.user, number))[1]) from None
    return _answer(request, response, place_called(request.user, number))


@router.post("", response={201: PlaceOut})
@refuses(LooksAlike, actions.CreditCodeTaken, UnknownUnit, WhichSubdistrict, NoSubdistrict)
@duty("registry.write")
def enter(
    request: OfficerRequest, response: HttpResponse, asked: Query[EnterQuery], given: Body[PlaceGiven]
) -> Any:
    """Enter a new place, by the rules of a row of a spreadsheet.

    Places that may be the same are named and nothing is entered, unless you say `despite=true`.
    """
    subdistrict = own_subdistrict(request.user, asked.subdistrict)
    sent = given.model_dump(exclude_unset=True, exclude=NOT_VALUES)
    values = changing.read(sent, subdistrict=subdistrict, on=clock.today())
    similar = [] if asked.despite else alike(values, subdistrict_id=subdistrict.pk, actor=request.user)
    if similar:
        raise LooksAlike(similar)
    new = actions.enter_place(
        subdistrict=subdistrict, given=values, source=given.source, by=request.user, at=clock.now()
    )
    response["Location"] = reverse("api:registry_place", args=[new.number])
    return _answer(request, response, place_called(request.user, new.number))


@router.get("/{number}/who", response=WhoOut)
@refuses(NotFound)
@duty("registry.read")
def who(request: OfficerRequest, number: str, asked: Query[WhoQuery]) -> dict[str, Any]:
    """Name the people who answer for a place on a day, and the rule that chose each of them.

    The same as `dongche who --json`.
    """
    found, on = place_called(request.user, number), asked.on or clock.today()
    duties = duties_on(on, asked.as_known, subdistricts=[found.subdistrict_id])
    answers = responsible_for(found, on, asked.as_known, duties=duties)
    phone = showing.phone_for(request.user)
    return {
        "place": {"number": found.number, "name": found.name, "category": found.category},
        "on": on,
        "as_known": asked.as_known,
        "expected": was_expected(found, on, asked.as_known),
        "responsible": [outward.answer_as_json(answer, duties, phone) for answer in answers],
    }


@router.get("/{number}/exclusions", response=list[ExclusionOut])
@refuses(NotFound)
@duty("registry.read")
def exclusions(request: OfficerRequest, number: str) -> Any:
    """List the days on which a place is not among those that should resume, the latest first."""
    found = place_called(request.user, number)
    return list(
        Exclusions.visible_to(request.user)
        .filter(entity=found, superseded_at__isnull=True)
        .order_by("-from_on", "-pk")
    )


@router.post("/{number}/exclusions", response={201: ExclusionOut})
@refuses(NotFound, actions.AlreadyExcluded, ExclusionPeriod)
@duty("registry.write")
def exclude(request: OfficerRequest, number: str, given: Body[ExclusionGiven]) -> Any:
    """Leave a place out of those that should resume, for a reason."""
    found = place_called(request.user, number)
    return actions.exclude_place(entity=found, **given.model_dump(), by=request.user, at=clock.now())


@router.post("/{number}/exclusions/{int:id}/end", response=ExclusionOut)
@refuses(NotFound, actions.ExclusionEnded)
@duty("registry.write")
def end_exclusion(request: OfficerRequest, number: str, id: int, given: Body[ExclusionEnd]) -> Any:
    """Count a place again from a day on."""
    found = place_called(request.user, number)
    exclusion = Exclusions.visible_to(request.user).filter(entity=found, pk=id).first()
    if exclusion is None:
        raise NotFound
    ended = actions.end_exclusion(exclusion=exclusion, **given.model_dump(), by=request.user, at=clock.now())
    if ended is not None:
        return ended
    return {
        "id": None,
        "kind": exclusion.kind,
        "reason": exclusion.reason,
        "from_on": exclusion.from_on,
        "until_on": given.until_on,
    }
