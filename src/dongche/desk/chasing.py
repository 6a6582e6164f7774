"""Whose reports of a day are missing, who asks for them, and to whom a long silence rises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from dongche.analytics.figures import Figure
from dongche.desk import personal
from dongche.desk.areas import Areas
from dongche.desk.links import list_url
from dongche.kit import clock
from dongche.org.models import Officer
from dongche.org.queries import ROLES, duties_on
from dongche.org.words import ROLE_WORDS
from dongche.registry.queries import Places
from dongche.reporting import figures, silence
from dongche.reporting import queries as reporting
from dongche.reporting.brief.rows import said
from dongche.reporting.brief.wording import is_chinese
from dongche.web import campaign
from dongche.web.components import Chart, Masked, Series
from dongche.web.spreadsheets import Table
from dongche.web.templatetags.web import clock as clock_in_words
from dongche.web.templatetags.web import day as day_in_words

NAMED: Final = 5
CURVE_DAYS: Final = 14
MOST_LISTS: Final = 50
RATES: Final = ("reporting_rate", "reporting_rate_on_time")


@dataclass(frozen=True)
class Asked:
    """An officer who has to ask, and the places to ask; `silent` counts those that have been so for some days.

    `opens` are the numbers of the places whose pages the reader may open: of a past day some may be another's by now.
    """

    chase: reporting.Chase
    silent: int
    message: str
    phone: Masked | None
    opens: frozenset[str]

    @property
    def sms(self) -> str:
        """The address that opens a message on a phone, written already; nothing while the number is masked."""
        shown = self.phone is not None and self.phone.is_phone and not self.phone.is_masked
        return f"sms:{self.chase.phone}?body={quote(self.message)}" if shown else ""


@dataclass(frozen=True)
class Step:
    """A step of the reminders: from how many silent days on, whom, and how many places that is today."""

    days: int
    whom: str
    count: int
    url: str


@dataclass(frozen=True)
class Chasing:
    """The reports of a day: what was expected, what came, what is missing and with whom."""

    on: date
    cut_off: datetime | None
    expected: int
    received: int
    on_time: int
    same: int
    excluded: int
    asked: Sequence[Asked]
    lists: int
    silent_days: int
    steps: Sequence[Step]
    curve: Chart
    kept: dict[str, str]

    @property
    def more(self) -> int:
        """The lists that the page leaves to the Excel file, the shortest ones."""
        return self.lists - len(self.asked)

    @property
    def missing(self) -> int:
        return self.expected - self.received

    @property
    def late(self) -> int:
        return self.received - self.on_time

    def url(self, state: str, said: str = "") -> str:
        return list_url(state=state, said=said, on=self.on.isoformat(), **self.kept)

    @property
    def urls(self) -> dict[str, str]:
        return {
            "expected": self.url("expected"),
            "received": self.url("reported"),
            "on_time": self.url("reported", "on_time"),
            "late": self.url("reported", "late"),
            "same": self.url("reported", "same_as_yesterday"),
            "missing": self.url("not_reported"),
            "excluded": self.url("excluded"),
        }


def build(
    actor: Officer, on: date, now: datetime, areas: Areas, revealed: personal.Revealed = personal.CLOSED
) -> Chasing:
    """This function will say whose reports of a day are missing and who asks for them.

    Shape: a fixed number of queries beside those of the figures, however many places are missing
    """
    first = max(campaign.current().campaign.from_on, on - timedelta(days=CURVE_DAYS - 1))
    days = [first + timedelta(days=n) for n in range((on - first).days + 1)]
    found = figures.measure(actor, days=days, metrics=RATES, where=areas.where)
    today = {one.metric: one for one in found if one.on == on}
    expected, received = _parts(today.get("reporting_rate"))
    places = areas.within(Places.counted_for(actor, on))
    duties = duties_on(on)
    chased = reporting.chase(places, on, duties, each=NAMED)
    reminders = campaign.current().reminders_on(on)
    long, _officers = silence.by_officer(
        silence.silent(places, on, reminders.responsible_days), on, "served_by", duties
    )
    return Chasing(
        on=on,
        cut_off=figures.cut_off(on),
        expected=expected,
        received=received,
        on_time=_parts(today.get("reporting_rate_on_time"))[1],
        same=said(places, on, "same_as_yesterday").count(),
        excluded=reporting.count_in_state(places, on, "excluded"),
        asked=_asked(chased[:MOST_LISTS], long, actor, on, now, revealed),
        lists=len(chased),
        silent_days=reminders.responsible_days,
        steps=[
            Step(
                days_silent,
                str(ROLE_WORDS[role]),
                silence.silent(places, on, days_silent).count(),
                list_url(silent=days_silent, on=on.isoformat(), whose="units", **areas.kept),
            )
            for role, days_silent in reminders.steps
        ],
        curve=_curve(found),
        kept=areas.kept,
    )


def _asked(
    chased: Sequence[reporting.Chase],
    long: Mapping[int, int],
    actor: Officer,
    on: date,
    now: datetime,
    revealed: personal.Revealed,
) -> list[Asked]:
    """The lists of the page, with phones as on the page of a place: masked, and shown for a reason that is logged."""
    ids = [place.pk for one in chased for place in one.places]
    visible = Places.visible_to(actor)
    opens = frozenset(visible.filter(pk__in=ids).values_list("number", flat=True))
    # Who served a place once need not be called now.
    may_ask = actor.has_duty("registry.reveal") and on == clock.today()
    near = (
        set(visible.at_hand(actor).filter(pk__in=ids).values_list("number", flat=True)) if may_ask else set()
    )
    found = []
    for n, one in enumerate(chased):
        through = next((place.number for place in one.places if place.number in near), "")
        url = reverse("desk:place-reveal", args=[through]) if through else ""
        phone = (
            personal.of_officer(one.officer, revealed, url=url, actor=actor, at=f"reveal-officer-{n}")
            if one.officer
            else None
        )
        silent = long.get(one.officer.pk, 0) if one.officer else 0
        found.append(Asked(one, silent, _message(one, on, now), phone, opens))
    return found


def _parts(figure: Figure | None) -> tuple[int, int]:
    return (int(figure.denominator or 0), int(figure.numerator or 0)) if figure else (0, 0)


def _message(chase: reporting.Chase, on: date, now: datetime) -> str:
    """What can be sent to whoever asks: no phone and no name of a person in it."""
    names = ("、" if is_chinese() else ", ").join(place.name for place in chase.places)
    if chase.count > len(chase.places):
        names = gettext("%(names)s and others") % {"names": names}
    return ngettext(
        "%(time)s: %(count)s place you serve has not reported for %(day)s yet: %(names)s. Please remind it to "
        "scan the QR code at its door.",
        "%(time)s: %(count)s places you serve have not reported for %(day)s yet: %(names)s. Please remind them to "
        "scan the QR code at their doors.",
        chase.count,
    ) % {"time": clock_in_words(now), "count": chase.count, "day": day_in_words(on), "names": names}


def _curve(found: Sequence[Figure]) -> Chart:
    lines: dict[str, list[Figure]] = {metric: [] for metric in RATES}
    for figure in sorted(found, key=lambda one: one.on):
        lines[figure.metric].append(figure)
    names = dict(zip(RATES, (gettext("Reported"), gettext("Reported in time")), strict=True))
    longest = max(lines.values(), key=len)
    return Chart(
        id="chasing",
        label=gettext("Reports received by day"),
        kind="line",
        labels=[day_in_words(figure.on, "short") for figure in longest],
        series=[
            Series(
                names[metric], [figure.value for figure in line], "actual" if metric == RATES[0] else "plan"
            )
            for metric, line in lines.items()
            if line
        ],
        minimum=0,
        maximum=100,
    )


def table(actor: Officer, on: date, areas: Areas) -> Table:
    """The places whose reports are missing as a sheet: where they are, who asks, when they last reported."""
    missing = reporting.not_reported(areas.within(Places.counted_for(actor, on)), on)
    served = {
        pk: answers[ROLES.index("served_by")].officer for pk, answers in missing.resolved(on, duties_on(on))
    }
    headers = [
        gettext("Number"), gettext("Name"), gettext("Sub-district"), gettext("Community"), gettext("Grid"),
        gettext("Served by"), gettext("Last reported for"),
    ]  # fmt: skip
    told = Max("reports__on", filter=Q(reports__superseded_at__isnull=True, reports__on__lt=on))
    columns = ("pk", "number", "name", "subdistrict__name", "community__name", "grid__name", "last")

    def rows() -> Iterator[list[Any]]:
        found = missing.annotate(last=told).order_by("pk").values_list(*columns)
        for pk, *values, last in found.iterator(chunk_size=5000):
            officer = served.get(pk)
            yield [*values, officer.name if officer else "", last]

    return Table(gettext("Not reported"), headers, rows())
