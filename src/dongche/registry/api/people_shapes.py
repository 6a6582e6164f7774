"""What operations on people take and give."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import ninja
from pydantic import Field

from dongche.web.api import Day, Given, Text

State = Literal["required", "unknown", "expected", "over", "exempt", "not_required", "forgotten"]


class PeopleQuery(Given):
    """Which people of a place to list."""

    observation: Annotated[
        State | None, Field(description="State of observation today; for whose duty it is to know.")
    ] = None
    cursor: Annotated[Text, Field(description="`next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class PersonGiven(Given):
    """Values of somebody, as a row of a roster gives them: codes or words. null empties a value."""

    name: Text | None = None
    sex: Text | None = None
    document_type: Annotated[Text | None, Field(description="Such as passport or 护照.")] = None
    document_number: Text | None = None
    phone: Text | None = None
    household: Text | None = None
    address: Text | None = None
    job: Text | None = None
    origin_place: Annotated[Text | None, Field(description="From where the person came.")] = None
    origin: Annotated[Text | None, Field(description="Such as hubei or 外省.")] = None
    risk: Text | None = None
    arrived_on: Day | None = None
    transport: Text | None = None
    vehicle: Text | None = None
    stays: Text | None = None
    had_contact: bool | None = None
    observed_from: Day | None = None
    observed_until: Day | None = None
    observed_at: Text | None = None
    health_code: Text | None = None
    at_post_on: Day | None = None
    until_on: Annotated[Day | None, Field(description="The first day away for good.")] = None
    source: Literal["entered", "visited", "self_reported"] = "entered"
    reason: Annotated[Text, Field(max_length=200)] = ""


class PersonOut(ninja.Schema):
    """Somebody on the roster of a place. Name, number and phone are masked; health is null to whose duty it is not."""

    code: str
    place: str
    name: str
    document_type: str
    document_number: str
    phone: str
    job: str
    origin: str
    risk: str
    arrived_on: date | None
    transport: str
    at_post_on: date | None
    from_on: date
    until_on: date | None
    health_code: str | None
    observation: State | None
    why: Annotated[str | None, Field(description="The rule, from when and until when, in a sentence.")]
    erased: Annotated[bool, Field(description="Deleted because the time of the data was over.")]
    updated_at: datetime


class PersonPage(ninja.Schema):
    items: list[PersonOut]
    next: Annotated[str | None, Field(description="The cursor of the next page; null on the last one.")]


class CountsOut(ninja.Schema):
    """The health file of a place on a day."""

    place: str
    on: date
    people: int
    observation: dict[State, int]
    measured: int
    fever: int
    symptoms: int


class HealthGiven(Given):
    on: Annotated[Day | None, Field(description="Today when it is not sent.")] = None
    half: Annotated[
        Literal["am", "pm"] | None, Field(description="The half of the day it is now when it is not sent.")
    ] = None
    temperature: Annotated[Text | float, Field(description="Degrees Celsius.")] = ""
    symptoms: Annotated[Text, Field(description="“none” when there are none.")] = ""


class HealthOut(ninja.Schema):
    """That it was noted; what was noted is not said back."""

    person: str
    on: date
    half: str
    known_at: datetime


class RevealGiven(Given):
    field: Text = ""
    reason: Annotated[Text, Field(max_length=200)] = ""


class RevealOut(ninja.Schema):
    person: str
    field: str
    value: str
