"""One place, whole: what it is, who answers for it and why, what it reported, where each value came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from dongche.desk import personal
from dongche.desk.personal import CLOSED, Revealed
from dongche.kit import clock
from dongche.org.models import Officer, Unit
from dongche.org.queries import Answer, Duties, duties_on
from dongche.org.words import CAUSE_WORDS, ROLE_WORDS, acting_in_words, rule_in_words, unit_in_words
from dongche.registry import labels, timeline
from dongche.registry.calling import calls
from dongche.registry.models import Document, Entity, Exclusion, PlaceDuty, Standing
from dongche.registry.queries import (
    Documents,
    Exclusions,
    PlaceDuties,
    Places,
    Standings,
    cells_of,
    naming_proposals,
    responsible_for,
)
from dongche.registry.reasons import reasons
from dongche.registry.standards import gb4754
from dongche.registry.standing import STANDINGS, standing_of
from dongche.registry.whereabouts import whereabouts
from dongche.reporting.models import Difficulty, Report
from dongche.reporting.queries import Reports
from dongche.web.components import Chart, Masked, Series
from dongche.web.languages import in_language
from dongche.web.templatetags.web import day as day_in_words

HISTORY = 14


@dataclass(frozen=True)
class Responsible:
    """One role filled, with the rule that chose the officer; or not filled, with the cause."""

    role: str
    officer: Officer | None
    unit: Unit | None
    why: str
    phone: Masked | None
    acting: str = ""
    of_unit: str = ""


@dataclass(frozen=True)
class Told:
    """A report of the place, with its difficulties in words."""

    report: Report
    difficulties: Sequence[str]


@dataclass(frozen=True)
class Stands:
    """On which step the place stands, in words and as a mood of a badge, and the course that led there."""

    word: str
    mood: str
    course: Sequence[Standing]


@dataclass(frozen=True)
class Dossier:
    place: Entity
    community: Unit | None
    grid: Unit | None
    line: Unit | None
    industry: str
    venue: str
    why: Mapping[str, str]
    people: Sequence[Responsible]
    named: Sequence[PlaceDuty]
    standing: Stands
    today: Report | None
    contact: Sequence[Masked]
    reports: Sequence[Told]
    chart: Chart | None
    exclusions: Sequence[Exclusion]
    documents: Sequence[Document]
    where: Mapping[str, Any] | None
    story: timeline.Page


def build(place: Entity, on: date, actor: Any, story: timeline.Page, revealed: Revealed = CLOSED) -> Dossier:
    duties = duties_on(on, subdistricts=[place.subdistrict_id])
    cell = cells_of([place.pk], on)[place.pk]
    rule = duties.line_rule(cell)
    answers = naming_proposals(duties.resolve(cell), place, on)
    may_ask = may_reveal(place, actor)
    # Who served it once need not call it now.
    now = answers if on == clock.today() else responsible_for(place, clock.today())
    in_full = calls(now, actor)
    ask_url = reverse("desk:place-reveal", args=[place.number]) if may_ask else ""
    people = [
        Responsible(
            str(ROLE_WORDS[answer.role]),
            answer.officer,
            answer.unit,
            rule_in_words(answer.rule) if answer.officer else str(CAUSE_WORDS[answer.cause]),
            personal.of_officer(answer.officer, revealed, url=ask_url, actor=actor, at=f"reveal-officer-{n}")
            if answer.officer
            else None,
            _acting(answer, duties),
            unit_in_words(answer.unit),
        )
        for n, answer in enumerate(answers)
    ]
    reports = list(Reports.visible_to(actor).last_reports(place, on, HISTORY))
    return Dossier(
        place=place,
        community=duties.units.get(place.community_id or 0),
        grid=duties.units.get(place.grid_id or 0),
        line=duties.units.get(rule.department_id) if rule else None,
        industry=_industry(place),
        venue=labels.value("nine_small_class", place.nine_small_class, {}),
        why=reasons(place, on),
        people=people,
        named=list(
            PlaceDuties.visible_to(actor)
            .in_force(on)
            .filter(entity=place)
            .select_related("officer")
            .order_by("-role")
        ),
        standing=_standing(place, on, actor),
        today=next((report for report in reports if report.on == on), None),
        contact=[
            personal.of_place(place, field, revealed, in_full=in_full, may_ask=may_ask)
            for field in ("contact_name", "contact_phone")
        ],
        reports=[
            Told(report, [str(Difficulty(kind).label) for kind in report.difficulties]) for report in reports
        ],
        chart=_chart(reports, on),
        exclusions=list(Exclusions.visible_to(actor).filter(entity=place).order_by("-from_on")),
        documents=list(Documents.visible_to(actor).of(place)[:PAPERS]),
        where=whereabouts([place]) if place.lon is not None else None,
        story=story,
    )


# What a standing looks like: at work, on the way, or asking for somebody's attention.
MOODS = {
    "at_capacity": "good",
    "producing": "good",
    "resumed": "soon",
    "suspended": "warn",
    "not_resumed": "warn",
}
COURSE = 8
PAPERS = 50


def _standing(place: Entity, on: date, actor: Any) -> Stands:
    now = standing_of(place, on)
    course = Standings.visible_to(actor).course_of(place, on)[:COURSE]
    return Stands(str(STANDINGS[now]), MOODS.get(now, "none"), list(course))


def _acting(answer: Answer, duties: Duties) -> str:
    """For whom the officer acts, and until when; nothing where they answer for the place themselves."""
    holder = answer.stands_in_for
    if holder is None:
        return ""
    leave = duties.leaves.get(holder.pk)
    return acting_in_words(holder.name, leave.until_on if leave else None)


def may_reveal(place: Entity, actor: Any) -> bool:
    """Whether the actor may have personal values of this place shown: by duty, and not from a level above."""
    return bool(
        actor.has_duty("registry.reveal")
        and Places.visible_to(actor).at_hand(actor).filter(pk=place.pk).exists()
    )


def _industry(place: Entity) -> str:
    """The code with the name of its division in Chinese, of its section in English."""
    section = gb4754.sections().get(place.section)
    if section is None:
        return place.industry
    chinese = gb4754.divisions().get(place.division, section.zh)
    return f"{place.industry or place.section} {in_language({'en': section.en, 'zh-Hans': chinese})}"


def _chart(reports: Sequence[Report], on: date) -> Chart | None:
    """Staff at post by day, with gaps where nothing was reported."""
    if not reports:
        return None
    known = {report.on: report for report in reports}
    days = [on - timedelta(days=n) for n in reversed(range(HISTORY))]
    return Chart(
        id="staff",
        label=gettext("Staff at post by day"),
        kind="columns",
        labels=[day_in_words(day, "short") for day in days],
        series=[
            Series(gettext("At post"), [known[day].staff_at_post if day in known else None for day in days])
        ],
        unit="",
        minimum=0,
    )
