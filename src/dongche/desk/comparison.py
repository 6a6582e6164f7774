"""Sub-districts beside each other: what a district or a city compares them by (S111)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from dongche.desk.areas import Areas
from dongche.desk.links import list_url
from dongche.desk.measured import HEADLINES, Now, definition_of, in_people_unit, keyed
from dongche.kit.decimals import percent
from dongche.org.models import Officer, Unit
from dongche.reporting import figures
from dongche.web.languages import in_language
from dongche.web.spreadsheets import Table

# Columns of a figure in the spreadsheet.
PARTS = 4


@dataclass(frozen=True)
class Compared:
    """A sub-district beside the others, or all of them together; rates in per cent, None without a figure.

    `share`: how much of all resumed places stand there (S111)
    """

    name: str
    places: int
    resumed: Decimal | None
    capacity: Decimal | None
    at_post: Decimal | None
    reported: Decimal | None
    missing: int
    share: Decimal | None
    urls: Mapping[str, str]


def compare(now: Now, kept: Mapping[str, str], unit: Unit | None = None) -> Compared:
    """A row of the comparison: what is expected, the rates, who is missing; each with the list behind it."""
    scope = {"subdistrict": unit.code} if unit else {}
    found = {metric: now.of(metric, **scope) for metric in HEADLINES}
    expected, resumed = now.parts("resumption_rate", **scope)
    _, all_resumed = now.parts("resumption_rate")
    _, reported = now.parts("reporting_rate", **scope)
    values = {metric: figure.value if figure else None for metric, figure in found.items()}
    urls = {
        "places": list_url(state="expected", **scope, **kept),
        "resumed": list_url(state="resumed", **scope, **kept),
        "missing": list_url(state="not_reported", **scope, **kept),
    }
    if unit is not None:
        urls["overview"] = f"{reverse('desk:overview')}?{urlencode({**kept, **scope})}"
    return Compared(
        name=unit.name if unit else gettext("Total"),
        places=expected,
        resumed=values["resumption_rate"],
        capacity=values["capacity_recovery_rate"],
        at_post=values["return_to_post_rate"],
        reported=values["reporting_rate"],
        missing=expected - reported,
        share=percent(resumed, all_resumed) if all_resumed else None,
        urls=urls,
    )


def table(officer: Officer, on: date, areas: Areas, known_at: datetime | None = None) -> Table:
    """This function will give the comparison as rows of a spreadsheet: of each figure its parts, not its rate alone."""
    by = ((), ("subdistrict",))
    now = keyed(
        figures.measure(officer, days=(on,), as_known=known_at, by=by, metrics=HEADLINES, where=areas.where)
    )
    headers = [gettext("Code"), gettext("Sub-district"), gettext("Day")]
    for metric in HEADLINES:
        name = in_language(definition_of(now.whole(metric)).names)
        headers += [
            f"{name} (%)",
            gettext("%(figure)s: numerator") % {"figure": name},
            gettext("%(figure)s: denominator") % {"figure": name},
            gettext("%(figure)s: definition") % {"figure": name},
        ]
    units = [areas.chosen] if areas.chosen else [*areas.served, None]
    rows = [_parts_of(now, unit, on) for unit in units]
    return Table(gettext("By sub-district"), [*headers, gettext("Share of all resumed (%)")], rows)


def _parts_of(now: Now, unit: Unit | None, on: date) -> list[Any]:
    scope = {"subdistrict": unit.code} if unit else {}
    row: list[Any] = [unit.code if unit else "", unit.name if unit else gettext("Total"), on]
    for metric in HEADLINES:
        found = now.of(metric, **scope)
        parts = [] if found is None else [
            found.value, in_people_unit(found, found.numerator), in_people_unit(found, found.denominator),
            found.definition,
        ]  # fmt: skip
        row += parts or [None] * PARTS
    resumed, everywhere = (now.parts("resumption_rate", **one)[1] for one in (scope, {}))
    return [*row, percent(resumed, everywhere) if everywhere else None]
