"""What the counts of a brief mean. They are no metrics of the pack, but they are defined just as strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from dongche.kit.messages import N_
from dongche.reporting import figures
from dongche.web.languages import in_language


@dataclass(frozen=True)
class Count:
    """A count with its base, both in words (message ids)."""

    name: str
    formula: str
    counted_in: str = "places"


COUNTS: Mapping[str, Count] = {
    "newly_resumed@1": Count(
        N_("Newly resumed"),
        N_("Places resumed on the day and not on the day before ÷ places that should resume"),
    ),
    "stopped@1": Count(
        N_("No longer open"),
        N_(
            "Places resumed the day before that report for the day that they are not open ÷ places that should resume"
        ),
    ),
    "silent@1": Count(
        N_("Silent after resuming"),
        N_("Places resumed the day before that have not reported for the day ÷ places that should resume"),
    ),
    "ever_resumed@1": Count(
        N_("Ever resumed"),
        N_(
            "Places that reported on at least one day of the campaign that they are open ÷ places that should resume"
        ),
    ),
    "masks_told@1": Count(
        N_("Mask stock reported"),
        N_("Places that reported for how many days their masks last ÷ places that reported"),
    ),
    "masks_short@1": Count(
        N_("Short of masks"),
        N_("Places whose masks last fewer days than the threshold ÷ places that reported their masks"),
    ),
    "temperature_told@1": Count(
        N_("Temperatures reported"),
        N_(
            "Places that reported how many people had an abnormal temperature, zero included ÷ places that reported"
        ),
    ),
    "temperature_places@1": Count(
        N_("Places with an abnormal temperature"),
        N_(
            "Places that reported at least one person with an abnormal temperature ÷ places that reported temperatures"
        ),
    ),
    "temperature_people@1": Count(
        N_("People with an abnormal temperature"),
        N_("People reported with an abnormal temperature ÷ people at post where temperatures were reported"),
        "people",
    ),
    "difficulty_any@1": Count(
        N_("Places with a difficulty"), N_("Places that named at least one difficulty ÷ places that reported")
    ),
    "difficulty@1": Count(
        N_("Difficulty named"),
        N_("Places that named the difficulty ÷ places that reported; a place may name several"),
    ),
    "without_duty@1": Count(
        N_("Places without a responsible person"),
        N_("Places for which at least one of the four roles is filled by nobody ÷ places that should resume"),
    ),
    "gap@1": Count(
        N_("Gap in responsibility"),
        N_("Places for which the role is filled by nobody for this cause ÷ places that should resume"),
    ),
}


@dataclass(frozen=True)
class Meaning:
    """A definition in the language of the page."""

    code: str
    name: str
    formula: str
    counted_in: str


def meaning(code: str) -> Meaning | None:
    """This function will say what the code of a definition means, or None when there is no such definition."""
    count = COUNTS.get(code)
    if count is not None:
        return Meaning(code, gettext(count.name), gettext(count.formula), count.counted_in)
    found = next((one for one in figures.definitions() if one.code == code), None)
    if found is None:
        return None
    formula = in_language(found.formulas).rstrip("。.")
    return Meaning(code, in_language(found.names), formula, found.counted_in)
