"""What was published of the days, whether it still comes out, what is known now; and the form that freezes a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.analytics.figures import Figure
from dongche.desk.areas import Areas
from dongche.desk.instants import in_address
from dongche.desk.measured import SMALLEST, in_people_unit
from dongche.kit import clock
from dongche.org.models import Officer, Unit
from dongche.reporting import figures
from dongche.reporting import publication as snapshots
from dongche.reporting.models import Publication
from dongche.reporting.publication import Publications, Verdict
from dongche.web.languages import in_language


@dataclass(frozen=True)
class Line:
    """One cell of a publication: as published, computed anew as known then, and known now."""

    name: str
    where: str
    published: Decimal | None
    again: Decimal | None
    now: Decimal | None
    numerators: tuple[Decimal | int | None, Decimal | int | None]
    denominators: tuple[Decimal | int | None, Decimal | int | None]
    reason: str | None

    @property
    def is_restated(self) -> bool:
        return (self.published, self.numerators[0], self.denominators[0]) != (
            self.now,
            self.numerators[1],
            self.denominators[1],
        )


@dataclass(frozen=True)
class Page:
    """A publication with its check. Shape: `lines` are its figures of the whole, `cells` those of its parts."""

    publication: Publication
    verdict: Verdict
    lines: Sequence[Line]
    cells: Sequence[Line]
    others: Sequence[Publication]

    @property
    def restated(self) -> int:
        return sum(line.is_restated for line in (*self.lines, *self.cells))

    @property
    def is_last(self) -> bool:
        return all(one.number <= self.publication.number for one in self.others)


def page(publication: Publication) -> Page:
    """This function will compute a publication anew, and what is known now: the facts of its day are read twice."""
    others = list(
        Publications.unscoped(reason="of the same unit and day as one that is seen")
        .filter(unit=publication.unit_id, on=publication.on)
        .select_related("unit")
        .order_by("number")
    )
    before = next((one for one in others if one.number == publication.number - 1), None)
    verdict = snapshots.verify(publication, before)
    said = publication.said["figures"]
    counted = {
        f"{one['metric']}@{one['version']}": one["counted_in"] for one in publication.said["definitions"]
    }
    again = {_key(one): one for one in verdict.figures}
    now = {
        (one.metric, tuple(sorted(one.scope.items()))): one
        for one in (snapshots.compute(publication.unit, publication.on, clock.now()) if said else [])
    }
    words = {name: figures.labels(name) for name in {name for one in said for name in one["scope"]}}
    lines = [
        _line(one, again.get(_key(one)), now.get(_key(one)), words, counted[one["definition"]])
        for one in said
    ]
    return Page(
        publication,
        verdict,
        [line for line in lines if not line.where],
        [line for line in lines if line.where],
        others,
    )


def _key(row: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return row["metric"], tuple(sorted(row["scope"].items()))


def _line(
    said: Mapping[str, Any],
    again: Mapping[str, Any] | None,
    now: Figure | None,
    words: Mapping[str, Mapping[str, str]],
    counted_in: str,
) -> Line:
    known = {one.metric: one for one in figures.definitions()}
    name = in_language(known[said["metric"]].names) if said["metric"] in known else said["metric"]
    where = " × ".join(words[dimension].get(key, key) for dimension, key in said["scope"].items())
    return Line(
        name=name,
        where=where,
        published=_decimal(said),
        again=_decimal(again),
        now=now.value if now else None,
        numerators=(
            _told(said, "numerator", counted_in),
            in_people_unit(now, now.numerator) if now else None,
        ),
        denominators=(
            _told(said, "denominator", counted_in),
            in_people_unit(now, now.denominator) if now else None,
        ),
        reason=said["reason"],
    )


def _told(row: Mapping[str, Any], part: str, counted_in: str) -> Decimal | int | None:
    """A part of a published figure in the unit people count it in, as its own definition has it."""
    smallest = SMALLEST.get(counted_in)
    return row[part] if row[part] is None or smallest is None else Decimal(row[part]) / smallest


def _decimal(row: Mapping[str, Any] | None) -> Decimal | None:
    return None if row is None or row["value"] is None else Decimal(row["value"])


def first_of(officer: Officer, on: date, areas: Areas) -> Publication | None:
    """This function will find the first publication of a day for the unit whose places a page speaks of.

    Empty: nothing was published, or the page speaks of places of several units
    """
    unit = snapshots.whole_unit(officer, areas.chosen)
    if unit is None:
        return None
    found = Publications.unscoped(reason="of the unit whose places the officer sees")
    return found.filter(unit=unit, on=on).order_by("number").select_related("unit").first()


class PublishForm(forms.Form):
    """Whose statement it is; after the first time, why it is said again."""

    speaker = forms.CharField(
        label=_("Statement by"), max_length=80, help_text=_("Name and post of whoever says these figures.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=400,
        required=False,
        help_text=_("Needed for a correction or withdrawal: what has changed since."),
    )
    as_known = forms.CharField(widget=forms.HiddenInput)
    after = forms.IntegerField(widget=forms.HiddenInput)

    def clean_as_known(self) -> datetime:
        try:
            instant = datetime.fromisoformat(self.cleaned_data["as_known"])
        except ValueError:
            raise forms.ValidationError(gettext("The time is damaged. Open the page again.")) from None
        return instant if instant.tzinfo else instant.replace(tzinfo=clock.BEIJING)


@dataclass(frozen=True)
class Draft:
    """What would be published of a day for a unit, as known at an instant."""

    unit: Unit
    on: date
    as_known: datetime
    last: Publication | None
    lines: Sequence[Line]


def draft(unit: Unit, on: date, as_known: datetime) -> Draft:
    """This function will compute what would be frozen."""
    last = Publications.unscoped(reason="of a unit one publishes for").latest_of(unit, on)
    found = [one for one in snapshots.compute(unit, on, as_known) if not one.scope]
    known = figures.definitions()
    lines = [
        _line(snapshots.plain(one), None, one, {}, known.get(one.definition).counted_in) for one in found
    ]
    return Draft(unit, on, as_known, last, lines)


def initial(made: Draft, officer: Officer) -> dict[str, Any]:
    return {
        "speaker": made.last.speaker if made.last else officer.name,
        "as_known": in_address(made.as_known),
        "after": made.last.number if made.last else 0,
    }


def unit_asked(officer: Officer, on: date, code: str) -> tuple[list[Unit], Unit | None]:
    """The units the officer publishes for, and the one asked for: the first where none is."""
    units = snapshots.publishable_units(officer, on)
    found = next((unit for unit in units if unit.code == code), None) if code else next(iter(units), None)
    return units, found
