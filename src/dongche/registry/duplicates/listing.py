"""Pairs of places as rows of a list and of a file, and what the page of two places needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext, pgettext

from dongche.registry.duplicates import comparing
from dongche.registry.duplicates.comparing import Hanging, Row, Said
from dongche.registry.duplicates.forms import MergeForm
from dongche.registry.models import DuplicatePair, Entity
from dongche.registry.whereabouts import whereabouts
from dongche.web.components import Mood

MOODS: Final[dict[str, Mood]] = {"open": "soon", "postponed": "info", "apart": "none", "merged": "good"}


@dataclass(frozen=True)
class Line:
    pair: DuplicatePair
    evidence: Sequence[Said]
    url: str


@dataclass(frozen=True)
class Choice:
    """One value of a field that differs: what it is, since when, and whether it is chosen."""

    number: str
    shown: str
    version: Any
    is_chosen: bool


@dataclass(frozen=True)
class Compared:
    row: Row
    choices: Sequence[Choice]


def rows(pairs: Iterable[DuplicatePair]) -> list[Line]:
    return [
        Line(
            pair,
            comparing.evidence(pair),
            reverse("registry:duplicate", args=[pair.first.number, pair.second.number]),
        )
        for pair in pairs
    ]


def headers() -> list[str]:
    one, other = gettext("One place"), gettext("The other place")
    columns = [gettext("Number"), gettext("Place name"), gettext("Address"), gettext("Community")]
    sides = [f"{side}: {column}" for side in (one, other) for column in columns]
    return [
        gettext("Likelihood (%)"),
        *sides,
        gettext("What speaks for and against"),
        gettext("State"),
        gettext("Reason"),
    ]


def file_rows(pairs: Iterable[DuplicatePair]) -> Iterator[list[Any]]:
    """The rows of the Excel list; no personal values are among them."""
    for pair in pairs:
        words = pgettext("list", ", ").join(str(said.text) for said in comparing.evidence(pair))
        sides = [
            value
            for place in (pair.first, pair.second)
            for value in (
                place.number,
                place.name,
                place.address,
                place.community.name if place.community else "",
            )
        ]
        yield [pair.percent, *sides, words, str(pair.get_state_display()), pair.reason]


def side_by_side(
    pair: DuplicatePair,
    places: Sequence[Entity],
    found: Sequence[Row],
    hung: Sequence[Hanging],
    form: MergeForm,
) -> dict[str, Any]:
    """This function will give what the page of two places shows."""
    return {
        "pair": pair,
        "mood": MOODS[pair.state],
        "places": places,
        "evidence": comparing.evidence(pair),
        "compared": [_compared(row, places, form) for row in found],
        "hanging": hung,
        "form": form,
        "map": whereabouts(places),
    }


def _compared(row: Row, places: Sequence[Entity], form: MergeForm) -> Compared:
    chosen = form.chosen(row.name) if row.differs else ""
    choices = [
        Choice(place.number, side.shown, side.version, place.number == chosen)
        for place, side in zip(places, row.sides, strict=True)
    ]
    return Compared(row, choices)
