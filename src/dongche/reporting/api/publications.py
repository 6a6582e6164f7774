"""What was published, for programs: by its hash, its text byte for byte, and whether it still comes out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

import ninja
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.http import HttpResponse
from ninja import Query
from pydantic import Field

from dongche.org.request import OfficerRequest
from dongche.reporting import publication
from dongche.reporting.models import Publication
from dongche.reporting.publication import Publications
from dongche.web import paging
from dongche.web.access import duty
from dongche.web.api import Day, Given, Router, Text, is_known, refuses
from dongche.web.paging import BrokenCursor
from dongche.web.problems import NotFound

router = Router("publications")
FOR_GOOD: Final = "private, max-age=31536000, immutable"


class PublicationQuery(Given):
    """Which publications to list."""

    unit: Annotated[Text, Field(description="Code of a sub-district, community or department.")] = ""
    from_on: Annotated[Day | None, Field(description="Of this day and later ones.")] = None
    until_on: Annotated[Day | None, Field(description="Of days before this one.")] = None
    current: Annotated[
        bool | None, Field(description="Only the last word about each day, unless it withdrew the day.")
    ] = None
    cursor: Annotated[Text, Field(description="`next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class PublicationOut(ninja.Schema):
    """A publication: who said what is in the text of this hash, when, and what was known then."""

    digest: Annotated[str, Field(description="SHA-256 of the text, in hexadecimal.")]
    previous: Annotated[str, Field(description="The hash of the publication before it; empty for the first.")]
    unit: Annotated[str, Field(alias="unit.code")]
    unit_name: Annotated[str, Field(alias="unit.name")]
    level: Annotated[str, Field(alias="unit.kind")]
    on: date
    number: int
    kind: Publication.Kind
    is_current: bool
    speaker: str
    reason: str
    published_at: datetime
    as_known: datetime


class PublicationPage(ninja.Schema):
    items: list[PublicationOut]
    next: Annotated[str | None, Field(description="The cursor of the next page; null on the last one.")]


class CellOut(ninja.Schema):
    """A figure that comes out otherwise than it was published; `anew` is null when it is not there any more."""

    published: dict[str, Any]
    anew: dict[str, Any] | None


class VerdictOut(ninja.Schema):
    """`intact`: the text has its hash and follows the one before. `reproduced`: the facts give the same text again."""

    unit: str
    on: date
    number: int
    kind: Publication.Kind
    digest: str
    intact: bool
    reproduced: bool
    digest_anew: str
    differing: list[CellOut]


@router.get("", response=PublicationPage)
@refuses(BrokenCursor)
@duty("reporting.read")
def publications(request: OfficerRequest, asked: Query[PublicationQuery]) -> dict[str, Any]:
    """List what was published for the units whose places you answer for, the latest day first."""
    found = _shown(request)
    if asked.current is not None:
        found = found.filter(is_current=asked.current)  # type: ignore[misc]
    if asked.unit:
        found = found.filter(unit__code=asked.unit)
    if asked.from_on:
        found = found.filter(on__gte=asked.from_on)
    if asked.until_on:
        found = found.filter(on__lt=asked.until_on)
    page = paging.page(found.defer("content"), "-on", after=asked.cursor, size=asked.limit)
    return {"items": page.rows, "next": page.pager.next}


@router.get("/{digest}", response={200: dict[str, Any]})
@refuses(NotFound)
@duty("reporting.read")
def snapshot(request: OfficerRequest, digest: str) -> HttpResponse:
    """Give the text that was frozen, byte for byte: its SHA-256 is the hash in the address.

    It never changes; keep it as long as you like.
    """
    found, etag = _called(request, digest), f'"{digest}"'
    answer = (
        HttpResponse(status=304)
        if is_known(request, etag)
        else HttpResponse(found.content.encode(), content_type="application/json")
    )
    answer["ETag"], answer["Cache-Control"] = etag, FOR_GOOD
    return answer


@router.get("/{digest}/verification", response=VerdictOut)
@refuses(NotFound)
@duty("reporting.read")
def verification(request: OfficerRequest, digest: str) -> dict[str, Any]:
    """Compute what was published anew, from the facts as known then, and say whether it is the same to the bit."""
    found = _called(request, digest)
    before = (
        Publications.unscoped(reason="the numbers of a unit and day are one chain")
        .filter(unit=found.unit_id, on=found.on, number=found.number - 1)
        .first()
    )
    verdict = publication.verify(found, before)
    cells = [{"published": said, "anew": anew} for said, anew in verdict.differing]
    return verdict.as_json() | {"differing": cells}


def _shown(request: OfficerRequest) -> Publications:
    later = Publications.unscoped(reason="whether there is a later word about what is shown").filter(
        unit=OuterRef("unit"), on=OuterRef("on"), number__gt=OuterRef("number")
    )
    found = Publications.visible_to(request.user).select_related("unit")
    stands = ~Q(kind=Publication.Kind.WITHDRAWAL) & ~Exists(later)
    return found.annotate(is_current=ExpressionWrapper(stands, BooleanField()))


def _called(request: OfficerRequest, digest: str) -> Publication:
    found = _shown(request).filter(digest=digest).first()
    if found is None:
        raise NotFound
    return found
