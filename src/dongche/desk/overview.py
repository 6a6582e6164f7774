"""The overview: the figures of a day, where they come from, and the list behind each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from dongche.analytics import forecast
from dongche.analytics.figures import Figure
from dongche.desk import corroboration, maps, matrices, settled
from dongche.desk.areas import Areas
from dongche.desk.comparison import Compared, compare
from dongche.desk.corroboration import Corroborated
from dongche.desk.links import list_url, short
from dongche.desk.measured import HEADLINES, definition_of, in_people_unit, keyed
from dongche.desk.settled import Settled
from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Units, duties_on
from dongche.org.words import in_area
from dongche.registry.queries import Places, cells_of
from dongche.reporting import figures
from dongche.reporting import queries as reporting
from dongche.reporting.brief.context import LISTS
from dongche.reporting.brief.issuer import full_name
from dongche.reporting.brief.model import Part
from dongche.reporting.brief.wording import LARGE_FEN, WAN_FEN, is_chinese
from dongche.web import campaign
from dongche.web.components import (
    Chart,
    Explained,
    MapView,
    Matrix,
    Series,
    Tile,
)
from dongche.web.languages import in_language
from dongche.web.templatetags.web import day as day_in_words
from dongche.web.templatetags.web import number

SPARK_DAYS = 14
AHEAD_DAYS = 7
# The list behind a headline figure, by state and by what the report says; whom to ask is more use than who reported.
ROWS = {metric: LISTS[metric, Part.VALUE] for metric in HEADLINES} | {"reporting_rate": ("not_reported", "")}
WAITING = 8
# What the figures of a day are grouped by: of one sub-district, and of several beside each other.
WITHIN: tuple[tuple[str, ...], ...] = ((), ("line",), ("community",), ("line", "community"), ("grid",))
ACROSS: tuple[tuple[str, ...], ...] = (
    (), ("subdistrict",), ("category",), ("subdistrict", "category"), ("community",)
)  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """A place that has not reported, and who asks it."""

    number: str
    name: str
    url: str
    community: str
    officer: str


@dataclass(frozen=True)
class Overview:
    title: str
    on: date
    day_number: int
    places: int
    areas: Areas
    tiles: Sequence[Tile]
    compared: Sequence[Compared]
    together: Compared | None
    matrix: Matrix
    curve: Chart
    map: MapView
    waiting: Sequence[Waiting]
    waiting_count: int
    waiting_url: str
    restated: Sequence[Settled] = ()
    corroborated: Corroborated | None = None


def build(
    officer: Officer, on: date, today: date, areas: Areas, known_at: datetime | None = None
) -> Overview:
    """Everything the overview shows of a day to this officer, as known now or at an instant.

    Shape: figures of the day by line, community, their cross and grid; the headline figures of every day so far. Of
           several sub-districts: by sub-district, category, their cross and community
    """
    kept = areas.kept | ({} if on == today else {"on": on.isoformat()})
    first = campaign.current().campaign.from_on
    days = [first + timedelta(days=n) for n in range((on - first).days + 1)] or [on]
    # As known then is computed from every row that was ever believed: of the last days, not of the whole campaign.
    days = days if known_at is None else days[-SPARK_DAYS:]
    now = keyed(
        figures.measure(
            officer,
            days=(on,),
            as_known=known_at,
            by=ACROSS if areas.are_compared else WITHIN,
            metrics=HEADLINES,
            where=areas.where,
        )
    )
    series: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures.measure(
        officer, days=days, as_known=known_at, metrics=HEADLINES, where=areas.where
    ):
        series[figure.metric].append(figure)
    for line in series.values():
        line.sort(key=lambda figure: figure.on)

    units = list(_units(officer, on, areas))
    expected, reported = now.parts("reporting_rate")
    # Whom to ask is a question of now.
    waiting = [] if known_at else _waiting(officer, on, areas)
    drawn = maps.of_communities if areas.are_compared else maps.of_grids
    return Overview(
        title=_title(officer, on, areas, units),
        on=on,
        day_number=(on - first).days + 1,
        places=expected,
        areas=areas,
        tiles=[_tile(metric, series.get(metric, []), kept) for metric in HEADLINES],
        compared=[compare(now, kept, unit) for unit in areas.served] if areas.are_compared else [],
        together=compare(now, kept) if areas.are_compared else None,
        matrix=matrices.across(now, areas, kept) if areas.are_compared else matrices.within(now, units, kept),
        curve=curve(series.get("resumption_rate", [])),
        map=drawn(now, units, kept, expected),
        waiting=waiting,
        waiting_count=expected - reported,
        waiting_url=list_url(state="not_reported", **kept),
        restated=[] if known_at else settled.headlines(officer, on, areas),
        corroborated=None if known_at else corroboration.of_day(officer, on, areas, kept),
    )


def _units(officer: Officer, on: date, areas: Areas) -> Units:
    units = Units.visible_to(officer).of_service().in_force(on).order_by("code")
    return units.filter(subdistrict=areas.chosen) if areas.chosen else units


def _title(officer: Officer, on: date, areas: Areas, units: Sequence[Unit]) -> str:
    if areas.are_compared:
        posts = officer.acting_posts_on(on)
        return full_name(posts[0].unit) if posts else gettext("All sub-districts")
    named = (full_name(unit) for unit in units if unit.kind == UnitKind.HEADQUARTERS)
    return next(named, gettext("Overview"))


def explained(figure: Figure, url: str = "") -> Explained:
    definition = definition_of(figure)
    return Explained(
        name=in_language(definition.names),
        meaning=in_language(definition.formulas),
        definition=figure.definition,
        on=figure.on,
        as_known=figure.as_known,
        numerator=in_people_unit(figure, figure.numerator),
        denominator=in_people_unit(figure, figure.denominator),
        coverage=figure.coverage,
        excluded=figure.excluded or 0,
        url=url,
        definition_url=f"{reverse('desk:definition', args=[figure.metric])}?on={figure.on.isoformat()}",
    )


def _tile(metric: str, line: Sequence[Figure], kept: Mapping[str, str]) -> Tile:
    if not line:
        return Tile(label=metric, value=None, reason="no_entities")
    last = line[-1]
    before = line[-2].value if len(line) > 1 else None
    change = last.value - before if last.value is not None and before is not None else None
    state, said = ROWS[metric]
    url = list_url(state=state, said=said, **kept)
    return Tile(
        label=in_language(definition_of(last).names),
        value=last.value,
        reason=last.reason,
        change=change,
        note=_note(last),
        series=[figure.value for figure in line[-SPARK_DAYS:]],
        url=url,
        explained=explained(last, url),
    )


def _note(figure: Figure) -> str:
    parts = {
        "numerator": number(in_people_unit(figure, figure.numerator)),
        "denominator": number(in_people_unit(figure, figure.denominator)),
    }
    if figure.metric == "resumption_rate":
        return gettext("%(numerator)s of %(denominator)s places") % parts
    if figure.metric == "reporting_rate":
        missing = (figure.denominator or 0) - (figure.numerator or 0)
        return ngettext(
            "%(missing)s place has not reported", "%(missing)s places have not reported", missing
        ) % {"missing": number(missing)}
    if figure.metric == "return_to_post_rate":
        return gettext("%(numerator)s of %(denominator)s staff") % parts
    if (figure.denominator or 0) < LARGE_FEN:
        return gettext("%(numerator)s of %(denominator)s yuan") % parts
    return gettext("%(numerator)s of %(denominator)s million yuan") % {
        "numerator": _large(figure.numerator or 0),
        "denominator": _large(figure.denominator or 0),
    }


def _large(fen: int) -> str:
    """A large amount in the unit people count it in: 万元 in Chinese, millions of yuan in English."""
    return number(fen // WAN_FEN) if is_chinese() else number(Decimal(fen) / WAN_FEN / 100, 2)


def curve(line: Sequence[Figure]) -> Chart:
    """The resumption rate so far, what was planned, and where it goes from here if nothing else changes."""
    target = campaign.current().targets.get("resumption_rate")
    plan = campaign.current().plans.get("resumption_rate")
    goes_on = forecast.ahead([figure.value for figure in line], AHEAD_DAYS, most=100)
    days = [figure.on for figure in line]
    if goes_on:
        days += [days[-1] + timedelta(days=n) for n in range(1, AHEAD_DAYS + 1)]
    series = [Series(gettext("Actual"), [figure.value for figure in line])]
    if plan:
        series.append(Series(gettext("Plan"), [plan.on(day) for day in days], "plan"))
    if goes_on:
        # It begins where what is known ends, so that the lines meet.
        before, last = [None] * (len(line) - 1), line[-1].value
        series.append(
            Series(
                gettext("Forecast"),
                [*before, last, *goes_on.values],
                "forecast",
                [*before, last, *goes_on.low],
                [*before, last, *goes_on.high],
            )
        )
    return Chart(
        id="curve",
        label=gettext("Resumption rate by day"),
        kind="line",
        labels=[day_in_words(day, "short") for day in days],
        series=series,
        minimum=0,
        maximum=100,
        target=target,
        target_label="" if target is None else gettext("Target %(target)s%%") % {"target": number(target)},
        note=_how_it_goes_on(goes_on) if goes_on else "",
    )


def _how_it_goes_on(goes_on: forecast.Forecast) -> str:
    """The sentence below the curve: what the dotted part is, and how far it may be believed."""
    return gettext(
        "Forecast of %(days)s days: exponential smoothing with a damped trend. Of %(judged)s forecasts made the same "
        "way from earlier days, at least %(share)s%% lay within the band: %(low)s–%(high)s%% on the last day."
    ) % {
        "days": AHEAD_DAYS,
        "judged": number(goes_on.judged),
        "share": number(int(forecast.SHARE * 100)),
        "low": number(goes_on.low[-1], 1),
        "high": number(goes_on.high[-1], 1),
    }


def _waiting(officer: Officer, on: date, areas: Areas) -> list[Waiting]:
    """The first few; of a past day there may be some that are another's now, whose pages do not open."""
    places = reporting.not_reported(areas.within(Places.counted_for(officer, on)), on)
    waiting = list(places.order_by("number")[:WAITING])
    ids = [place.pk for place in waiting]
    duties = duties_on(on, subdistricts={place.subdistrict_id for place in waiting})
    cells, names = cells_of(ids, on), areas.names if areas.are_compared else {}
    own = set(Places.visible_to(officer).filter(pk__in=ids).values_list("pk", flat=True))
    found = []
    for place in waiting:
        served_by = duties.resolve(cells[place.pk])[0]
        community = duties.units.get(place.community_id or 0)
        area = names.get(place.subdistrict_id, "")
        found.append(
            Waiting(
                place.number,
                place.name,
                reverse("desk:place", args=[place.number]) if place.pk in own else "",
                in_area(area, short(community.name) if community else "—"),
                served_by.officer.name if served_by.officer else "—",
            )
        )
    return found
