"""六 三保 (supplies, policy, publicity: S67) and 七 防控: only what is recorded; what is not, is said."""

from __future__ import annotations

from django.utils.translation import gettext

from dongche.analytics import disclosure
from dongche.analytics.figures import SUPPRESSED
from dongche.reporting.brief.context import PACK_MASKS, Context, pack_source
from dongche.reporting.brief.model import Given, Section, Sentence
from dongche.reporting.brief.sentences import joined, sentence
from dongche.web import campaign


def threshold() -> Given:
    """Masks for fewer days than this are too few."""
    return Given(str(campaign.current().masks_low_below), pack_source(PACK_MASKS))


def guarantees(context: Context) -> Section:
    """This function will say how long masks last, and that policy and publicity have no records yet."""
    unrecorded = sentence(
        gettext(
            "Supplies handed out, policies delivered, publicity done: no records are kept yet, so no figures are given."
        )
    )
    return Section(gettext("The three guarantees"), (_masks(context), unrecorded))


def _masks(context: Context) -> Sentence:
    day = context.day
    told, short = day.total("masks_told"), day.total("masks_short")
    if not told:
        return sentence(gettext("Masks: no place has reported for how many days its masks last."))
    least = threshold()
    known = context.count("masks_told", told, day.total("reported"))
    if not short:
        return sentence(
            gettext(
                "Masks: %(told)s places gave their stock; it lasts at least %(days)s days (%(source)s) at all of them."
            ),
            told=known,
            days=least,
            source=least.source,
        )
    return sentence(
        gettext(
            "Masks: %(told)s places gave their stock; it lasts fewer than %(days)s days (%(source)s) at %(short)s."
        ),
        told=known,
        days=least,
        source=least.source,
        short=context.count("masks_short", short, told),
    )


def control(context: Context) -> Section:
    """This function will say what was reported on temperatures, nothing found included (S91)."""
    unrecorded = sentence(
        gettext("Joint patrols and rectification: no records are kept yet, so no figures are given.")
    )
    return Section(gettext("Prevention and control"), (_temperatures(context), unrecorded))


def _temperatures(context: Context) -> Sentence:
    day = context.day
    told, places, people = (day.total(f"temperature_{name}") for name in ("told", "places", "people"))
    if not told:
        return sentence(gettext("Temperatures: no place has reported any."))
    said = [
        sentence(
            gettext("Temperatures: %(told)s places reported."),
            told=context.count("temperature_told", told, day.total("reported")),
        )
    ]
    at_people = context.health_count("temperature_people", people, day.total("temperature_at_post"))
    at_places = context.health_count("temperature_places", places, told)
    if not people:
        said.append(sentence(gettext("Nobody with an abnormal temperature was reported.")))
    else:
        said.append(
            sentence(
                gettext("People with an abnormal temperature: %(people)s; places concerned: %(places)s."),
                people=at_people,
                places=at_places,
            )
        )
    if SUPPRESSED in (at_people.figure.reason, at_places.figure.reason):
        limit = Given(str(disclosure.SMALLEST_PUBLISHED), gettext("protection of personal information"))
        said.append(
            sentence(
                gettext(
                    "Numbers under %(limit)s are not printed, to protect the persons; service officers have them."
                ),
                limit=limit,
            )
        )
    return joined(said)
