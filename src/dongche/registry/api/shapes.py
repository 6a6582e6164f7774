"""What operations of the registry take and give. Money is in 万元, as in the spreadsheets of the registry."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import ninja
from pydantic import Field

from dongche.registry.models import Category, Exclusion, Focus
from dongche.web.api import Day, Given, Instant, Text

# As in `registry.standing.STANDINGS`; programs read them in the description of the API.
StandingName = Literal[
    "at_capacity", "producing", "resumed", "suspended", "not_resumed", "unknown", "closed", "left_out"
]
Amount = int | Annotated[float, Field(allow_inf_nan=False)] | Text


class PlaceQuery(Given):
    """Which places to list."""

    q: Annotated[
        Text, Field(max_length=60, description="Two characters of a name; number, credit code or phone.")
    ] = ""
    community: Annotated[Text, Field(description="Code of a community.")] = ""
    grid: Annotated[Text, Field(description="Code of a grid.")] = ""
    line: Annotated[Text, Field(description="Code of the department that answers for the place today.")] = ""
    category: Category | None = None
    focus: Focus | None = None
    standing: Annotated[
        StandingName | None, Field(description="How far the place has come by today; closed or left out.")
    ] = None
    backbone: Annotated[bool | None, Field(description="On the list of backbone firms today, or not.")] = None
    changed_since: Annotated[
        Instant | None, Field(description="Only places changed at or after this instant.")
    ] = None
    cursor: Annotated[Text, Field(description="`next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class DayQuery(Given):
    """The day that is asked of; today when none is given."""

    on: Day | None = None


class PlaceValues(Given):
    """Values of a place, as a row of a spreadsheet gives them. null empties a value; what is not sent stays."""

    name: Text | None = None
    credit_code: Text | None = None
    category: Annotated[
        Text | None, Field(description="Its code or its word, such as street_shop or 临街商铺.")
    ] = None
    nine_small_class: Text | None = None
    industry: Annotated[Text | None, Field(description="GB/T 4754-2017.")] = None
    address: Text | None = None
    community: Annotated[Text | None, Field(description="Code or name.")] = None
    grid: Annotated[Text | None, Field(description="Code or name; found by the position when left out.")] = (
        None
    )
    contact_name: Text | None = None
    contact_phone: Text | None = None
    staff_count: Amount | None = None
    revenue: Annotated[Amount | None, Field(description="Of a year; a bare number is in 万元.")] = None
    assets: Annotated[Amount | None, Field(description="A bare number is in 万元.")] = None
    construction_qualified: bool | None = None
    focus: Text | None = None
    output_normal: Annotated[
        Amount | None, Field(description="Of a normal day; a bare number is in 万元.")
    ] = None
    area_m2: Amount | None = None
    lon: Annotated[Amount | None, Field(description="WGS-84, in degrees.")] = None
    lat: Amount | None = None
    opened_on: Day | None = None


class PlaceGiven(PlaceValues):
    """A place, or a change of one: how it is known, and why."""

    source: Literal["entered", "visited", "self_reported"] = "entered"
    reason: Annotated[Text, Field(max_length=200)] = ""


class UnitOut(ninja.Schema):
    code: str
    name: str


class PlaceRow(ninja.Schema):
    """A place in a list. `version` says what a change is made from: send it as If-Match: "version"."""

    number: str
    version: int
    name: str
    credit_code: str
    category: str
    nine_small_class: str
    industry: str
    size: str
    above_scale: bool
    focus: str
    standing: Annotated[
        StandingName,
        Field(description="How far it has come by today; `unknown` until something is known of it."),
    ]
    backbone: Annotated[bool, Field(description="Whether it is on the list of backbone firms today.")]
    address: str
    community: UnitOut | None
    grid: UnitOut | None
    line: UnitOut | None
    staff_count: int | None
    revenue: Annotated[str | None, Field(description="万元")]
    assets: Annotated[str | None, Field(description="万元")]
    output_normal: Annotated[str | None, Field(description="万元")]
    area_m2: int | None
    construction_qualified: bool | None
    lon: float | None
    lat: float | None
    opened_on: date | None
    counts_from: date
    counts_until: date | None
    updated_at: datetime


class PlacePage(ninja.Schema):
    items: list[PlaceRow]
    next: Annotated[str | None, Field(description="The cursor of the next page; null on the last one.")]


class RowOut(ninja.Schema):
    table: str
    id: int


class HolderOut(ninja.Schema):
    officer: str
    name: str
    until_on: date | None


class AnswerOut(ninja.Schema):
    """A role of a place: who fills it and by which rule, or the cause why nobody does."""

    role: str
    officer: str | None
    name: str | None
    phone: Annotated[str | None, Field(description="Masked, but for one's own.")]
    unit: str | None
    unit_name: str | None
    rule: str | None
    rule_version: int | None
    cause: str | None
    stands_in_for: HolderOut | None
    party_organisation: str | None
    dedicated_to: str | None
    rows: list[RowOut]


class PlaceOut(PlaceRow):
    """One place, with the people who answer for it today. The contact is masked unless it is your duty to call it."""

    contact_name: str
    contact_phone: str
    contact_masked: bool
    responsible: list[AnswerOut]


class WhoPlace(ninja.Schema):
    number: str
    name: str
    category: str


class WhoOut(ninja.Schema):
    """As `dongche who --json` prints it."""

    place: WhoPlace
    on: date
    as_known: datetime | None
    expected: bool
    responsible: list[AnswerOut]


class WhoQuery(DayQuery):
    as_known: Annotated[Instant | None, Field(description="By what was believed at this instant.")] = None


class EnterQuery(Given):
    despite: Annotated[bool, Field(description="Enter it although places are known that look alike.")] = False
    subdistrict: Annotated[Text, Field(description="Code; needed by who keeps several.")] = ""


class ExclusionGiven(Given):
    kind: Exclusion.Kind
    reason: Annotated[Text, Field(min_length=1, max_length=200)]
    from_on: Day
    until_on: Annotated[Day | None, Field(description="The first day on which the place counts again.")] = (
        None
    )


class ExclusionEnd(Given):
    until_on: Annotated[Day, Field(description="The first day on which the place counts again.")]
    reason: Annotated[Text, Field(max_length=200)] = ""


class ExclusionOut(ninja.Schema):
    """`id` is null when an end on or before the first day has withdrawn it altogether."""

    id: int | None
    kind: str
    reason: str
    from_on: date
    until_on: date | None


class Progress(ninja.Schema):
    done: int
    total: int


class ImportProblem(ninja.Schema):
    code: str
    message: str


class ImportOut(ninja.Schema):
    """Where an import stands: uploaded, reading, ready, applying, applied, undoing, undone, failed or dropped."""

    code: str
    kind: str
    state: str
    file_name: str
    subdistrict: str
    progress: Progress
    counts: Annotated[dict[str, int], Field(description="new, changed, unchanged, duplicate, refused")]
    problem: ImportProblem | None
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    undone: Annotated[dict[str, int], Field(description="gone, restored, left; empty before it is undone")]


class UndoGiven(Given):
    reason: Annotated[Text, Field(description="Why; it stands in the audit log.")] = ""


class ImportGiven(Given):
    subdistrict: Annotated[Text, Field(description="Code; needed by who keeps several.")] = ""
    kind: Annotated[
        Literal["places", "tenants", "electricity"], Field(description="What the file holds.")
    ] = "places"


class GapPlace(ninja.Schema):
    number: str
    name: str


class GapOut(ninja.Schema):
    role: str
    cause: str
    unit: str | None
    unit_name: str | None
    count: int
    places: list[GapPlace]


class LoadOut(ninja.Schema):
    officer: str
    places: int


class PartOut(ninja.Schema):
    subdistrict: str
    name: str
    places: int
    covered: int
    percent: str


class CoverageOut(ninja.Schema):
    """As `dongche coverage --json` prints it, of the places in reach."""

    on: date
    places: int
    covered: int
    percent: Annotated[str | None, Field(description="Two places; null without any active place.")]
    subdistricts: Annotated[list[PartOut], Field(description="Of which you see every place.")]
    gaps: list[GapOut]
    places_most: int
    overloaded: list[LoadOut]
    idle: list[str]
