"""The dossier of a place on paper: what its page shows, with every personal value masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext, pgettext

from dongche.desk import dossier as pages
from dongche.desk.dossier import Dossier
from dongche.org.models import Officer
from dongche.registry import timeline
from dongche.registry.models import Entity
from dongche.reporting.timeline import reports
from dongche.web import typesetting
from dongche.web.fields import masked_name, masked_phone
from dongche.web.templatetags.web import day, moment, moment_of, number, yuan

SHEET: Final = Path(__file__).with_name("sheets") / "dossier.typ"
# Of so many events those are printed that are no reports: these have a table of their own.
EVENTS: Final = 200


def to_pdf(place: Entity, on: date, actor: Officer, at: datetime) -> bytes:
    """This function will set the dossier of a place as of a day, as PDF/A-2b in the language that is active.

    The place is one that the actor may see. What only some may read, such as names and phones, is masked for everybody:
    paper goes on to others.
    Raises: FontsMissing
    """
    story = timeline.page(place, actor, size=EVENTS)
    return typesetting.to_pdf(SHEET, _content(pages.build(place, on, actor, story), on, actor, at), at=at)


def _content(one: Dossier, on: date, actor: Officer, at: datetime) -> dict[str, Any]:
    place = one.place
    where = [str(unit.name) for unit in (one.community, one.grid) if unit]
    return {
        "title": gettext("Dossier of a place"),
        "name": place.name,
        "number": place.number,
        "unit": str(place.subdistrict.name),
        "lead": " · ".join([place.number, str(place.get_category_display()), *where]),
        "day": gettext("as of %(day)s") % {"day": day(on, "year")},
        "footer": gettext("%(unit)s · printed %(at)s by %(officer)s · personal values are masked")
        % {"unit": place.subdistrict.name, "at": moment(at, "long"), "officer": actor.name},
        "facts_title": gettext("The place"),
        "facts": _facts(one),
        "tables": [_people(one), _course(one), _reports(one), _exclusions(one), _documents(one), _story(one)],
    }


def _facts(one: Dossier) -> list[tuple[str, str, str]]:
    """Label, value, and what explains it."""
    place, why = one.place, one.why
    pairs = [
        (gettext("Standing"), one.standing.word, ""),
        (
            gettext("Report of the day"),
            str(one.today.get_state_display()) if one.today else gettext("Not reported"),
            "",
        ),
        (gettext("Credit code"), place.credit_code, ""),
        (gettext("Address"), place.address, ""),
        (gettext("Line"), str(one.line.name) if one.line else "", ""),
        (gettext("Three focuses"), str(place.get_focus_display()), ""),
        (gettext("Industry"), one.industry, ""),
        (gettext("Size"), str(place.get_size_display() or gettext("Unknown")), why.get("size", "")),
        (
            gettext("Four-above"),
            gettext("Yes") if place.above_scale else gettext("No"),
            why.get("above_scale", ""),
        ),
        (gettext("Staff"), number(place.staff_count), ""),
        (gettext("Normal output a day (yuan)"), yuan(place.output_normal_fen), ""),
        (gettext("Contact"), _contact(place), ""),
    ]
    if why.get("nine_small_class"):
        pairs.insert(8, (gettext("Nine small class"), one.venue, why["nine_small_class"]))
    return [(label, value or "—", reason) for label, value, reason in pairs]


def _contact(place: Entity) -> str:
    known = [masked_name(place.contact_name), masked_phone(place.contact_phone)]
    return " ".join(value for value in known if value)


def _table(
    title: str,
    columns: Sequence[tuple[str, int]],
    rows: Sequence[Sequence[str]],
    empty: str,
    numeric: Sequence[int] = (),
) -> dict[str, Any]:
    """A table of the sheet; columns with the share of its width that each gets."""
    return {
        "title": title,
        "columns": [name for name, _width in columns],
        "widths": [width for _name, width in columns],
        "rows": [list(row) for row in rows],
        "empty": empty,
        "numeric": list(numeric),
    }


def _people(one: Dossier) -> dict[str, Any]:
    return _table(
        gettext("Who answers for this place"),
        [(gettext("Role"), 3), (gettext("Officer"), 4), (gettext("Unit"), 4), (gettext("Chosen by"), 8)],
        [
            (
                each.role,
                " ".join(filter(None, [each.officer.name, each.acting]))
                if each.officer
                else gettext("Nobody"),
                str(each.unit.name) if each.unit else "—",
                each.why,
            )
            for each in one.people
        ],
        "",
    )


def _course(one: Dossier) -> dict[str, Any]:
    return _table(
        gettext("How far it has come"),
        [(gettext("From"), 3), (gettext("Standing"), 3), (gettext("Source"), 3), (gettext("Reason"), 8)],
        [
            (
                day(point.on, "year"),
                str(point.get_step_display()),
                str(point.get_source_display()),
                point.reason or "—",
            )
            for point in one.standing.course
        ],
        gettext("Nothing is known of it yet."),
    )


def _reports(one: Dossier) -> dict[str, Any]:
    return _table(
        gettext("Reports"),
        [
            (gettext("Day"), 3), (gettext("State"), 3), (gettext("At post"), 3), (gettext("Output (yuan)"), 4),
            (gettext("Normal (yuan)"), 4), (gettext("Received"), 4), (gettext("Difficulties"), 7),
        ],
        [
            (
                day(told.report.on),
                str(told.report.get_state_display()),
                f"{number(told.report.staff_at_post)} / {number(told.report.staff_due)}",
                yuan(told.report.output_fen),
                yuan(told.report.output_normal_fen),
                moment_of(told.report.received_at, told.report.on),
                pgettext("list", ", ").join(told.difficulties) or "—",
            )
            for told in one.reports
        ],
        gettext("No report in the last two weeks"),
        numeric=(2, 3, 4),
    )  # fmt: skip


def _exclusions(one: Dossier) -> dict[str, Any]:
    return _table(
        gettext("Not counted"),
        [(gettext("Why it is left out"), 4), (gettext("From"), 6), (gettext("Reason"), 8)],
        [
            (str(each.get_kind_display()), timeline.period(each.from_on, each.until_on), each.reason)
            for each in one.exclusions
        ],
        gettext("Never: it is in the figures of every day."),
    )


def _documents(one: Dossier) -> dict[str, Any]:
    return _table(
        gettext("Documents"),
        [
            (gettext("Title"), 8),
            (gettext("Kind"), 4),
            (gettext("Day on the paper"), 4),
            (gettext("Added"), 5),
        ],
        [
            (
                paper.title,
                str(paper.get_kind_display()),
                day(paper.on, "year") or "—",
                moment(paper.known_at, "long"),
            )
            for paper in one.documents
        ],
        gettext("None yet."),
    )


def _story(one: Dossier) -> dict[str, Any]:
    return _table(
        gettext("What happened"),
        [(gettext("When"), 6), (gettext("What"), 8), (gettext("By"), 4), (gettext("Details"), 9)],
        [
            (moment(event.at, "long"), event.title, event.by or "—", " · ".join(event.details) or "—")
            for event in one.story.events
            if event.kind != reports.kind
        ],
        gettext("Nothing recorded."),
    )
